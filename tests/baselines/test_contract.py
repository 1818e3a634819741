"""What every baseline must do, whatever it searches by."""

import copy
from dataclasses import replace

import jax
import numpy as np
import pytest

from circuitvae.baselines.annealing import Annealing
from circuitvae.baselines.genetic import Genetic, Settings
from circuitvae.baselines.random import Random
from circuitvae.baselines.screened import GeneticScreened
from circuitvae.circuits.adder import Adder
from circuitvae.model import sizing
from circuitvae.prefix import classical_adders, kogge_stone, ripple, sklansky
from circuitvae.search.objective import Objective
from circuitvae.search.screened import ScreenSettings
from problems import plain_engine, problem
from synthesis.errors import UserError


def made_up(width, seed=0, delay_weight=0.5):
    return problem(width, Objective(0.1, 50.0, delay_weight), seed=seed)


def small_population(problem):
    return Genetic(problem, Settings(population=12))


def small_pool(problem):
    return GeneticScreened(problem, ScreenSettings(first=60, kept=150, proposals=40))


METHODS = {
    "random": Random,
    "annealing": Annealing,
    "genetic": Genetic,
    "genetic of 12": small_population,
    "genetic, screened": small_pool,
}
MEMORYLESS = [name for name in METHODS if name != "genetic, screened"]
"""Methods that remember nothing of what they asked for until they are told."""


def curves(graphs):
    """Two points of each: by depth and size, and a slower, smaller one."""
    fast = np.array([[0.05 * graph.depth, 4.0 * graph.size] for graph in graphs])
    fast = fast.reshape(-1, 1, 2)
    return np.concatenate([fast, fast * [1.5, 0.9]], axis=1)


def told(method, rounds, count=8):
    """Runs the driver's loop; returns what was asked."""
    graphs = list(classical_adders(method.problem.width).values())
    method.tell(graphs, curves(graphs))
    asked = []
    for _ in range(rounds):
        graphs = method.ask(count)
        method.tell(graphs, curves(graphs))
        asked.append(graphs)
    return asked


@pytest.fixture(params=METHODS)
def make(request, monkeypatch):
    monkeypatch.setattr(sizing, "size", plain_engine)
    return METHODS[request.param]


@pytest.mark.parametrize("delay_weight", [None, 0.0, 0.7])
@pytest.mark.parametrize("width", [6, 11, 16])
def test_it_asks_for_as_many_new_graphs_as_wanted(make, width, delay_weight):
    method = make(made_up(width, delay_weight=delay_weight))
    asked = told(method, rounds=6)
    assert [len(graphs) for graphs in asked] == [8] * 6
    known = set(classical_adders(width).values())
    every = [graph for graphs in asked for graph in graphs]
    assert len({*every, *known}) == len(every) + len(known)
    assert {graph.width for graph in every} == {width}


def test_without_carry_out_no_circuit_is_asked_for_twice(make):
    given = made_up(8)
    circuit = Adder(carry_out=False)
    method = make(replace(given, task=replace(given.task, circuit=circuit)))
    graphs = [graph for batch in told(method, rounds=4) for graph in batch]
    assert len({circuit.netlist(graph).nodes for graph in graphs}) == len(graphs)


@pytest.mark.parametrize(
    # All legal graphs: cells (2,1) is free at 3 bits; 8 - 1 and 64 - 21 of the choices are legal at
    # 4 and 5 bits, counted by trying each.
    ("width", "legal"),
    [(1, 1), (2, 1), (3, 2), (4, 7), (5, 43)],
)
def test_it_finds_every_graph_of_a_small_width_and_stops(make, width, legal):
    method = make(made_up(width))
    graphs = list(classical_adders(width).values())
    while graphs:
        method.tell(graphs, curves(graphs))
        graphs = method.ask(16)
    assert len(method.curves) == legal


def test_nothing_told_and_nothing_asked(make):
    method = make(made_up(9))
    assert len(method.ask(5)) == 5
    assert method.ask(0) == []
    method.tell([], np.empty((0, 2, 2)))
    assert len(method.ask(5)) == 5


def test_the_same_seed_gives_the_same_run_and_another_another(make):
    first, same = (told(make(made_up(10, seed=3)), 4) for _ in range(2))
    assert first == same
    assert first != told(make(made_up(10, seed=4)), 4)


@pytest.mark.parametrize("make", MEMORYLESS, indirect=True)
def test_asking_changes_nothing_and_telling_does(make):
    method = make(made_up(10))
    told(method, 2)
    graphs = method.ask(8)
    assert method.ask(8) == graphs
    # All of them failed to synthesise: other designs are wanted.
    method.tell([], np.empty((0, 2, 2)))
    assert method.ask(8) != graphs


@pytest.mark.parametrize("make", ["genetic, screened"], indirect=True)
def test_what_failed_is_not_asked_for_again_by_what_remembers_it(make):
    method = make(made_up(10))
    told(method, 2)
    first = method.ask(8)
    method.tell([], np.empty((0, 2, 2)))
    assert not {*first} & {*method.ask(8)}


@pytest.mark.parametrize("delay_weight", [None, 0.5])
def test_a_restored_method_continues_as_if_never_stopped(make, delay_weight):
    whole = make(made_up(10, delay_weight=delay_weight))
    told(whole, 3)
    restored = make(made_up(10, delay_weight=delay_weight))
    restored.restore(copy.deepcopy(whole.state()))
    for _ in range(3):
        graphs = whole.ask(8)
        assert restored.ask(8) == graphs
        for method in (whole, restored):
            method.tell(graphs, curves(graphs))
    assert restored.curves.keys() == whole.curves.keys()


def test_a_state_is_not_changed_by_going_on(make):
    method = make(made_up(10))
    told(method, 1)
    state = method.state()
    before = copy.deepcopy(state)
    graphs = method.ask(8)
    method.tell(graphs, curves(graphs))
    leaves = jax.tree.leaves(state)
    assert all(isinstance(leaf, np.ndarray) and leaf.size for leaf in leaves)
    for leaf, earlier in zip(leaves, jax.tree.leaves(before), strict=True):
        np.testing.assert_array_equal(leaf, earlier)


def test_a_design_told_twice_keeps_its_first_curve(make):
    method = make(made_up(4))
    method.tell([ripple(4)], np.ones((1, 2, 2)))
    method.tell([ripple(4), sklansky(4)], np.full((2, 2, 2), 7.0))
    assert [curve.tolist() for curve in method.curves.values()] == [
        [[1.0, 1.0]] * 2,
        [[7.0, 7.0]] * 2,
    ]


@pytest.mark.parametrize(
    ("graphs", "points"),
    [
        ([kogge_stone(5)], np.ones((1, 2, 2))),
        ([kogge_stone(4)], np.ones((1, 3, 2))),
        ([kogge_stone(4)], np.ones((2, 2, 2))),
    ],
)
def test_curves_that_do_not_fit_are_refused(make, graphs, points):
    method = make(made_up(4))
    with pytest.raises(UserError, match="expected graphs of 4 bits with points of shape"):
        method.tell(graphs, points)
    assert not method.curves


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_points_that_are_not_finite_are_refused(make, value):
    method = make(made_up(4))
    points = np.ones((2, 2, 2))
    points[1, 0, 1] = value
    digest = sklansky(4).digest
    with pytest.raises(UserError, match=f"finite points, found others for the design {digest}"):
        method.tell([ripple(4), sklansky(4)], points)
    assert not method.curves
