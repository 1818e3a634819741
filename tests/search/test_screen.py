"""The screen: its two estimates, and what it learns of the errors of the better."""

from dataclasses import replace

import numpy as np
import pytest

from circuitvae.model import sizing
from circuitvae.model.features import graph_batch
from circuitvae.model.surroundings import surroundings
from circuitvae.prefix import analysis
from circuitvae.prefix.classical import sklansky
from circuitvae.search.initial import initial_designs
from circuitvae.search.objective import FRONT_WEIGHTS
from circuitvae.search.optimizer import Problem
from circuitvae.search.screen import FRONT_STEPS, Screen
from problems import analytic_problem, plain_engine
from synthesis.estimate import Estimator
from synthesis.library import Library
from synthesis.wires import Wires, wire_ff_per_column


def designs(count: int, seed: int = 0) -> np.ndarray:
    graphs = initial_designs(8, count, np.random.default_rng(seed))
    return np.stack([graph.grid for graph in graphs])


@pytest.mark.parametrize("wires", [Wires.NONE, Wires.DATAPATH])
def test_the_engine_is_asked_at_the_price_of_each_weight(generic45: Library, wires: Wires) -> None:
    given = analytic_problem(8, None)
    flow = replace(given.task.flow, wires=wires)
    given = replace(given, task=replace(given.task, flow=flow))
    objective, screen, grids = given.objective, Screen(given), designs(256)
    wire_ff = wire_ff_per_column(generic45) if wires is Wires.DATAPATH else 0.0
    around = surroundings(generic45, 8, flow.timing, wire_ff)
    for index, weight in enumerate(screen.delay_weights):
        # A ns is worth what w of it costs, in units of the reference, over what (1 - w) um2 do.
        price = weight / objective.delay_ref_ns / ((1 - weight) / objective.area_ref_um2)
        direct = sizing.size(graph_batch(grids), around, np.full(256, price, np.float32))
        delay, area = objective.scaled(np.stack(direct, axis=-1)).T
        expected = weight * delay + (1 - weight) * area
        np.testing.assert_allclose(screen.engine_costs(grids, index), expected, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_chunks_do_not_show(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "size", plain_engine)
    monkeypatch.setitem(sizing._SLOTS_AT_ONCE, "cpu", 100)
    given = analytic_problem(8, 0.5)
    grids = designs(count)
    points = np.stack([0.04 * analysis.depths(grids), 4.0 * analysis.sizes(grids)], axis=-1)
    expected = given.objective.scaled(points).mean(axis=-1)
    np.testing.assert_allclose(Screen(given).engine_costs(grids, 0), expected, rtol=1e-6)


@pytest.mark.parametrize("weight", [0.5, None])
def test_what_the_engine_likes_best_is_sifted_out(
    weight: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizing, "size", plain_engine)
    screen, grids = Screen(made_up(weight)), designs(140)
    weights = len(screen.delay_weights)
    numbers = np.random.default_rng(0).integers(weights, size=140)
    kept = {grid.tobytes() for grid in screen.sift(grids, numbers, 0.3)}
    for number in range(weights):
        costs = screen.engine_costs(grids[numbers == number], number)
        best = np.array([grid.tobytes() in kept for grid in grids[numbers == number]])
        assert best.sum() == np.ceil(0.3 * len(costs))
        assert costs[best].max() <= costs[~best].min()
    assert len(screen.sift(grids[:1], numbers[:1], 0.01)) == 1
    assert (screen.sift(grids, numbers, 1.0) == grids).all()


@pytest.mark.parametrize("weight", [0.2, 0.9, None])
def test_points_are_the_best_of_the_estimated_curves(weight: float | None) -> None:
    given = made_up(weight)
    screen, grids = Screen(given), designs(20)
    estimator = Estimator(given.task.flow, given.task.netlist(sklansky(8)))
    curves = np.array([estimator.curve(given.task.circuit.numbered(grid)) for grid in grids])
    expected = [given.objective.costs(curves, each) for each in screen.delay_weights]
    more = screen.costs(screen.points(grids)).T / expected - 1
    assert more.min() > -1e-5
    # A curve may rise before it falls again.
    assert (more < 1e-5).mean() > 0.98


def test_one_target_is_enough() -> None:
    given = made_up()
    flow = replace(given.task.flow, targets_ns=given.task.flow.targets_ns[:1])
    screen = Screen(replace(given, task=replace(given.task, flow=flow)))
    assert screen.points(designs(3)).shape == (3, 1, 2)


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
