import numpy as np
import pytest

from circuitvae.baselines.genetic import Genetic, Settings, tournament
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
