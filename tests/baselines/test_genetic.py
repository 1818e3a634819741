import numpy as np
import pytest

from circuitvae.baselines.genetic import Genetic, Settings, crossover, mutate, tournament
from circuitvae.prefix import kogge_stone, ripple, sklansky
from circuitvae.search.objective import Objective
from problems import problem
from synthesis.errors import UserError


def test_the_population_is_the_cheapest_of_a_fixed_weight():
    method = Genetic(problem(4, Objective(1.0, 1.0, 1.0), targets=1), Settings(population=2))
    graphs = [ripple(4), sklansky(4), kogge_stone(4)]
    # By delay alone, costs are 3, 1, 2.
    method.tell(graphs, np.array([[[3.0, 1.0]], [[1.0, 5.0]], [[2.0, 9.0]]]))
    grids, curves = method._population()
    assert curves[:, 0, 0].tolist() == [1.0, 2.0]
    np.testing.assert_array_equal(grids, [sklansky(4).grid, kogge_stone(4).grid])


def test_the_population_keeps_both_ends_of_the_front():
    method = Genetic(problem(4, Objective(1.0, 1.0, None), targets=1), Settings(population=2))
    graphs = [ripple(4), sklansky(4), kogge_stone(4)]
    # The first is smallest, the second fastest, the third beaten by the second in both.
    method.tell(graphs, np.array([[[3.0, 1.0]], [[1.0, 5.0]], [[2.0, 9.0]]]))
    assert sorted(method._population()[1][:, 0, 0]) == [1.0, 3.0]


def test_tournament():
    rng = np.random.default_rng(0)
    costs = np.tile([4.0, 3.0, 2.0, 1.0], (4000, 1))
    # The least of two draws with replacement is the last with 1 - (3/4)^2 = 7/16, the first with
    # (1/4)^2 = 1/16; of one draw, any with 1/4.
    shares = np.bincount(tournament(costs, 2, rng), minlength=4) / 4000
    np.testing.assert_allclose(shares, np.array([1, 3, 5, 7]) / 16, atol=0.03)
    shares = np.bincount(tournament(costs, 1, rng), minlength=4) / 4000
    np.testing.assert_allclose(shares, 0.25, atol=0.03)
    # Each row has its own costs.
    costs = np.eye(3) * -1.0
    assert tournament(costs, 50, rng).tolist() == [0, 1, 2]


def test_crossover_takes_ranges_of_rows_or_columns_or_single_cells():
    first = np.zeros((600, 5, 5), dtype=bool)
    children = crossover(first, ~first, np.random.default_rng(0))
    kinds = {"rows": 0, "columns": 0, "cells": 0}
    for child in children:
        by_rows = (child == child[:, :1]).all()
        by_columns = (child == child[:1]).all()
        if by_rows:
            edges = np.diff(child[:, 0].astype(int), prepend=0, append=0)
        elif by_columns:
            edges = np.diff(child[0].astype(int), prepend=0, append=0)
        assert not (by_rows or by_columns) or (edges == 1).sum() <= 1
        kinds["rows" if by_rows else "columns" if by_columns else "cells"] += 1
    assert min(kinds.values()) > 100


def test_crossover_of_a_design_with_itself_is_that_design():
    grids = np.stack([sklansky(9).grid] * 30)
    np.testing.assert_array_equal(crossover(grids, grids, np.random.default_rng(0)), grids)


def test_mutation_flips_as_many_free_cells_as_told():
    cells = np.stack([sklansky(9).grid] * 300)
    before = cells.copy()
    flips = np.repeat([1, 2, 3], 100)
    mutants = mutate(cells, flips, 0.5, np.random.default_rng(0))
    np.testing.assert_array_equal(cells, before)
    changed = mutants ^ cells
    # A cell may be flipped back: 1 flip is 1 change, 2 are 2 or 0, 3 are 3 or 1.
    counts = changed.sum(axis=(1, 2))
    assert (counts[:100] == 1).all()
    assert set(counts[100:200]) <= {0, 2}
    assert set(counts[200:]) <= {1, 3}
    assert not changed[:, :, 0].any()
    assert not np.triu(changed).any()


@pytest.mark.parametrize(("deletions", "sign"), [(0.0, 1), (1.0, -1)])
def test_mutation_only_adds_or_only_deletes(deletions, sign):
    cells = np.stack([sklansky(9).grid] * 50)
    flips = np.full(50, 3)
    mutants = mutate(cells, flips, deletions, np.random.default_rng(0))
    assert (mutants.sum(axis=(1, 2)) - cells.sum(axis=(1, 2)) == 3 * sign).all()


@pytest.mark.parametrize(("deletions", "node"), [(1.0, False), (0.0, True)])
def test_mutation_does_the_other_where_cells_allow_no_such_flip(deletions, node):
    # 3 bits have the one free cell (2, 1): a node that is absent cannot be taken away.
    cells = np.stack([ripple(3).grid])
    cells[0, 2, 1] = node
    mutant = mutate(cells, np.array([1]), deletions, np.random.default_rng(0))
    assert mutant[0, 2, 1] != node


@pytest.mark.parametrize("width", [1, 2])
def test_mutation_has_nothing_to_flip_in_two_bits(width):
    cells = np.stack([ripple(width).grid] * 3)
    np.testing.assert_array_equal(
        mutate(cells, np.array([1, 2, 3]), 0.5, np.random.default_rng(0)), cells
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("batch_size", 0, "batch_size must be at least 1, found 0"),
        ("population", 0, "population must be at least 1, found 0"),
        ("tournament", -1, "tournament must be at least 1, found -1"),
        ("crossover", 1.5, "crossover must be from 0 to 1, found 1.5"),
        ("deletions", -0.1, "deletions must be from 0 to 1, found -0.1"),
        ("mean_flips", 0.5, "mean_flips must be at least 1, found 0.5"),
        ("mean_flips", float("nan"), "mean_flips must be at least 1, found nan"),
        ("mean_flips", float("inf"), "mean_flips must be at least 1, found inf"),
    ],
)
def test_settings_out_of_range_are_refused(name, value, message):
    with pytest.raises(UserError, match=message):
        Settings(**{name: value})
