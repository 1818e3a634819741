"""The screen: what it takes from the engine, and what it learns of the engine's errors."""

from dataclasses import replace

import numpy as np
import pytest

from circuitvae.model import sizing
from circuitvae.model.features import graph_batch
from circuitvae.prefix import analysis
from circuitvae.prefix.classical import ripple, sklansky
from circuitvae.search.initial import initial_designs
from circuitvae.search.objective import FRONT_WEIGHTS
from circuitvae.search.optimizer import Problem
from circuitvae.search.screen import FRONT_STEPS, Screen, structure
from problems import analytic_problem, plain_engine, problem
from synthesis.library import Library
from synthesis.wires import Wires, wire_ff_per_column


def designs(count: int, seed: int = 0) -> np.ndarray:
    graphs = initial_designs(8, count, np.random.default_rng(seed))
    return np.stack([graph.grid for graph in graphs])


@pytest.mark.parametrize("wires", [Wires.NONE, Wires.DATAPATH])
def test_points_are_those_of_the_engine_at_the_price_of_each_weight(
    generic45: Library, wires: Wires
) -> None:
    given = analytic_problem(8, None)
    flow = replace(given.task.flow, wires=wires)
    given = replace(given, task=replace(given.task, flow=flow))
    objective, screen = given.objective, Screen(given)
    graphs = graph_batch(designs(256))
    wire_ff = wire_ff_per_column(generic45) if wires is Wires.DATAPATH else 0.0
    around = sizing.surroundings(generic45, 8, flow.timing, wire_ff)
    found = screen.points(graphs)
    for index, weight in enumerate(screen.delay_weights):
        # A ns is worth what w of it costs, in units of the reference, over what (1 - w) um2 do.
        price = weight / objective.delay_ref_ns / ((1 - weight) / objective.area_ref_um2)
        direct = sizing.size(graphs, around, np.full(256, price, np.float32))
        expected = objective.scaled(np.stack(direct, axis=-1))
        np.testing.assert_allclose(found[:, index], expected, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_chunks_do_not_show(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "size", plain_engine)
    monkeypatch.setitem(sizing._SLOTS_AT_ONCE, "cpu", 100)
    given = analytic_problem(8, None)
    grids = designs(count)
    expected = given.objective.scaled(
        np.stack([0.04 * analysis.depths(grids), 4.0 * analysis.sizes(grids)], axis=-1)
    )
    found = Screen(given).points(graph_batch(grids))
    np.testing.assert_allclose(found, np.repeat(expected[:, None], FRONT_STEPS, 1), rtol=1e-6)


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
    points = Screen(made_up(weight)).points(graph_batch(designs(2)))
    assert np.isfinite(points).all() and (points > 0).all()


@pytest.mark.parametrize("delay_weight", [0.25, None])
def test_it_learns_what_the_engine_does_not_see(
    delay_weight: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizing, "size", plain_engine)
    screen = Screen(made_up(delay_weight))
    grids = designs(300)
    points = screen.points(graph_batch(grids))
    features = structure(grids, points)
    true = screen.costs(points) + 0.05 * (analysis.sizes(grids) - 12)[:, None]
    alone, unsure = screen.predict(features, points)
    np.testing.assert_array_equal(alone, screen.costs(points))
    assert not unsure.any()

    screen.learn(features[:23], points[:23], true[:23])  # too few
    assert not screen.predict(features, points)[1].any()

    screen.learn(features[:200], points[:200], true[:200])
    predicted, deviation = screen.predict(features[200:], points[200:])
    assert predicted.shape == deviation.shape == (100, len(screen.delay_weights))
    errors = [np.abs(costs - true[200:]).mean() for costs in (predicted, alone[200:])]
    assert errors[0] < 0.25 * errors[1]
    assert (deviation >= 0).all() and deviation.mean() > 0
    # Its twin: what there is no reason for is not learned.
    noise = np.random.default_rng(0).permutation(true[:200] - alone[:200])
    screen.learn(features[:200], points[:200], alone[:200] + noise)
    predicted, _ = screen.predict(features[200:], points[200:])
    assert np.abs(predicted - true[200:]).mean() > 0.5 * errors[1]


def test_the_seed_decides_the_trees() -> None:
    grids = designs(60)
    points = np.zeros((60, 1, 2), np.float32)
    features = structure(grids, points)
    costs = np.random.default_rng(0).normal(size=(60, 1))
    found = []
    for seed in (0, 0, 2**32 + 1):
        screen = Screen(problem(8, made_up().objective, seed=seed))
        screen.learn(features, points, costs)
        found.append(screen.predict(features, points)[0])
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_structure_by_hand() -> None:
    # Of 3 bits: levels up to 5, five fan-outs, three values a row each of level, nodes, fan-out.
    grids = np.stack([ripple(3).grid, sklansky(4).grid[:3, :3]])
    points = np.array([[[0.5, 0.25]], [[1.0, 2.0]]], np.float32)
    found = structure(grids, points)
    assert found.dtype == np.float32
    assert found[0].tolist() == [
        *(0.5, 0.25),
        *(2, 2),  # levels, size
        *(1, 1, 0, 0, 0),  # nodes of levels 1 to 5
        *(0, 0, 0, 0, 0),  # nodes of fan-out 2, 3, 4, 6, 8 or more
        *(0, 1, 2),  # levels of the outputs
        *(1, 2, 2),  # nodes of each row, the input's counted
        *(1, 1, 0),  # fan-outs of the outputs
        *(1, 1, 1),  # and of the inputs
    ]
    np.testing.assert_array_equal(found[1, 2:], found[0, 2:])
    assert structure(grids[:0], points[:0]).shape == (0, found.shape[1])


def test_one_input_is_no_adder_of_many() -> None:
    grid = sklansky(1).grid[None]
    assert np.isfinite(structure(grid, np.zeros((1, 1, 2), np.float32))).all()
