"""The screen: its estimates, and what it learns of their errors."""

import numpy as np
import pytest

from circuitvae.prefix import analysis
from circuitvae.prefix.classical import sklansky
from circuitvae.search.initial import initial_designs
from circuitvae.search.objective import FRONT_WEIGHTS
from circuitvae.search.optimizer import Problem
from circuitvae.search.screen import FRONT_STEPS, Screen
from problems import analytic_problem
from synthesis.estimate import Estimator


def designs(count: int, seed: int = 0) -> np.ndarray:
    graphs = initial_designs(8, count, np.random.default_rng(seed))
    return np.stack([graph.grid for graph in graphs])


@pytest.mark.parametrize("weight", [0.5, None])
def test_what_is_best_at_one_target_is_sifted_out(weight: float | None) -> None:
    given = made_up(weight)
    screen, grids, number = Screen(given), designs(140), given.task.circuit.numbered
    estimator = Estimator(given.task.flow, given.task.netlist(sklansky(8)))
    targets, objective = range(len(given.task.flow.targets_ns)), given.objective

    def costs(grid: np.ndarray, weight: float) -> np.ndarray:
        """At each target."""
        curve = estimator.curve(number(grid), targets)
        return np.array([objective.costs(point[None, None], weight)[0] for point in curve])

    expected = np.zeros(140, dtype=bool)
    turns = len(screen.delay_weights)
    for turn, own in enumerate(screen.delay_weights):
        target = costs(sklansky(8).grid, own).argmin()
        judged = np.array([costs(grid, own)[target] for grid in grids[turn::turns]])
        first = np.argsort(judged, kind="stable")[: int(np.ceil(0.3 * len(judged)))]
        expected[turn + turns * first] = True
    kept = screen.sift(grids, 0.3)
    np.testing.assert_array_equal(kept, grids[expected])
    # Where another target is best for what was told, that is the one.
    curves = np.full((3, len(targets), 2), 9.0)
    curves[1, -1] = 1e-3
    screen.seek_from(curves)
    assert screen._starts == [len(targets) - 1] * turns
    assert len(screen.sift(grids[:1], 0.01)) == 1 and not len(screen.sift(grids[:0], 0.3))
    assert (screen.sift(grids, 1.0) == grids).all()


@pytest.mark.parametrize("weight", [0.2, 0.9, None])
def test_points_are_the_best_of_the_estimated_curves(weight: float | None) -> None:
    given = made_up(weight)
    screen, grids = Screen(given), designs(20)
    estimator = Estimator(given.task.flow, given.task.netlist(sklansky(8)))
    targets = range(len(given.task.flow.targets_ns))
    curves = np.array(
        [estimator.curve(given.task.circuit.numbered(grid), targets) for grid in grids]
    )
    expected = [given.objective.costs(curves, each) for each in screen.delay_weights]
    np.testing.assert_allclose(screen.costs(screen.points(grids)).T, expected, rtol=1e-5)


def made_up(delay_weight: float | None = 0.25) -> Problem:
    return analytic_problem(8, delay_weight)


def test_the_front_has_its_ends_and_weights_between() -> None:
    weights = Screen(made_up(None)).delay_weights
    np.testing.assert_allclose(weights[[0, -1]], FRONT_WEIGHTS)
    assert len(weights) == FRONT_STEPS
    assert Screen(made_up(0.3)).delay_weights.tolist() == [0.3]


def test_costs_by_hand() -> None:
    # Delay 2 and area 1: 0.25 * 2 + 0.75 * 1.
    assert Screen(made_up()).costs(np.array([[[2.0, 1.0]]])).tolist() == [[1.25]]
    points = np.tile([2.0, 1.0], (1, FRONT_STEPS, 1))
    front = Screen(made_up(None))
    np.testing.assert_allclose(front.costs(points), 1 + front.delay_weights[None])


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_ends_of_delay_weight_have_finite_points(weight: float) -> None:
    points = Screen(made_up(weight)).points(designs(2))
    assert np.isfinite(points).all() and (points > 0).all()


@pytest.mark.parametrize("delay_weight", [0.25, None])
def test_it_learns_what_estimates_do_not_see(delay_weight: float | None) -> None:
    screen = Screen(made_up(delay_weight))
    grids = designs(300)
    points = screen.points(grids)
    true = screen.costs(points) + 0.05 * (analysis.sizes(grids) - 12)[:, None]
    alone, unsure = screen.predict(grids, points)
    np.testing.assert_allclose(alone, screen.costs(points), atol=1e-7)
    assert (unsure == unsure[0, 0]).all() and unsure[0, 0] > 0

    screen.learn(grids[:23], points[:23], true[:23])  # too few
    np.testing.assert_array_equal(screen.predict(grids, points)[1], unsure)

    screen.learn(grids[:200], points[:200], true[:200])
    predicted, deviation = screen.predict(grids[200:], points[200:])
    assert predicted.shape == deviation.shape == (100, len(screen.delay_weights))
    errors = [np.abs(costs - true[200:]).mean() for costs in (predicted, alone[200:])]
    assert errors[0] < 0.25 * errors[1]
    assert (deviation >= 0).all() and deviation.mean() > 0
    # Its twin: what there is no reason for is not learned.
    noise = np.random.default_rng(0).permutation(true[:200] - alone[:200])
    screen.learn(grids[:200], points[:200], alone[:200] + noise)
    predicted, _ = screen.predict(grids[200:], points[200:])
    assert np.abs(predicted - true[200:]).mean() > 0.5 * errors[1]
