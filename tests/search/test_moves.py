import numpy as np
import pytest

from circuitvae.prefix import PrefixGraph, ripple, sizes, sklansky
from circuitvae.search.moves import crossover, mutate, random_grids


@pytest.mark.parametrize("width", [1, 2, 3, 7, 32])
def test_grids_are_legal(width):
    grids = random_grids(width, 20, np.random.default_rng(0))
    assert grids.shape == (20, width, width)
    for grid in grids:
        PrefixGraph(grid)


def test_sizes_reach_from_near_ripple_carry_to_dense():
    # 32 bits: ripple carry has 31 nodes, Brent-Kung 57, Kogge-Stone 129, all cells 496.
    found = sizes(random_grids(32, 400, np.random.default_rng(0)))
    assert found.min() < 40
    assert found.max() > 250
    assert 0.1 < np.mean((found > 57) & (found < 129)) < 0.6


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
