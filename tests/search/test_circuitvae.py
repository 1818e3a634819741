import itertools

import numpy as np
import pytest

from circuitvae.model.settings import ModelSettings, TrainSettings
from circuitvae.model.train import fit
from circuitvae.prefix import analysis
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.circuitvae import CircuitVAE, Settings
from circuitvae.search.initial import initial_designs
from circuitvae.search.latent import DescentSettings, descend
from circuitvae.search.objective import Objective
from circuitvae.search.optimizer import Problem
from synthesis.errors import UserError

TARGETS = 3
QUICK = Settings(
    batch_size=12,
    initial=24,
    refit_after=10,
    model=ModelSettings(latent=8, channels=8, hidden=32, surrogate_hidden=16),
    training=TrainSettings(steps=20),
    descent=DescentSettings(trajectories=16, segments=2, segment_steps=5),
)


def analytic_points(graphs):
    """Moto and Kaneko's objective: node area 1, node delay 1 + fan-out / 2, inputs included.

    The curve is made up: a target 15 % slower costs a tenth less area.
    """
    points = []
    for graph in graphs:
        delays = 1 + 0.5 * graph.fanouts
        arrival = np.diag(np.diag(delays)).astype(float)
        for node in graph.nodes():
            arrival[node] = delays[node] + max(arrival[parent] for parent in graph.parents(*node))
        slack = np.linspace(0, 0.3, TARGETS)
        points.append(np.stack([arrival.max() * (1 + slack), graph.size * (1 - slack * 2 / 3)], -1))
    return np.array(points).reshape(-1, TARGETS, 2)


def make(width, weight=0.5, budget=200, seed=0, settings=QUICK):
    reference = analytic_points([sklansky(width)])[0]
    objective = Objective(reference[0, 0], max(reference[-1, 1], 1.0), weight)
    return CircuitVAE(Problem(width, objective, TARGETS, budget, seed), settings)


def drive(optimizer, width, budget, count=12):
    """Alternates as the driver does; checks every batch."""
    told = dict.fromkeys(classical_adders(width).values())
    optimizer.tell(list(told), analytic_points(told))
    while len(told) < budget and (graphs := optimizer.ask(min(count, budget - len(told)))):
        assert len(graphs) <= min(count, budget - len(told))
        assert len(set(graphs)) == len(graphs)
        assert not told.keys() & set(graphs)
        assert all(graph.width == width for graph in graphs)
        told |= dict.fromkeys(graphs)
        optimizer.tell(graphs, analytic_points(graphs))
    return list(told)


def every_graph(width):
    free = [(i, j) for i in range(width) for j in range(1, i)]
    grids = np.zeros((2 ** len(free), width, width), dtype=bool)
    for grid, cells in zip(grids, itertools.product([False, True], repeat=len(free)), strict=True):
        for cell, present in zip(free, cells, strict=True):
            grid[cell] = present
    return {PrefixGraph(grid) for grid in legalize(grids)}


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_narrow_widths_are_exhausted(width):
    assert set(drive(make(width), width, budget=10_000)) == every_graph(width)


@pytest.mark.parametrize(("width", "weight"), [(8, 0.3), (8, None), (13, 0.9)])
def test_batches_are_full_until_the_budget_is_spent(width, weight):
    optimizer = make(width, weight)
    assert len(drive(optimizer, width, budget=80)) == 80
    figures = optimizer.diagnostics()
    assert {
        "reconstruction_accuracy",
        "kl_nats",
        "active_dimensions",
        "spearman",
        "elite_spearman",
        "new_share",
        "legal_share",
        "added_nodes",
        "descent_gain",
    } <= figures.keys()
    assert all(np.isfinite(value) for value in figures.values())


def test_designs_whose_synthesis_failed_are_not_asked_for_again():
    optimizer = make(8)
    drive(optimizer, 8, budget=60)
    batches = [optimizer.ask(12) for _ in range(4)]
    assert len({graph for batch in batches for graph in batch}) == 48


def test_the_same_seed_gives_the_same_designs_and_another_others():
    first, second, other = (drive(make(8, seed=seed), 8, budget=60) for seed in (0, 0, 1))
    assert first == second != other


@pytest.mark.parametrize("budget", [12, 60])  # before and after the first training
def test_a_restored_search_continues_identically(budget):
    first, second = make(8), make(8)
    drive(first, 8, budget)
    first.ask(3)
    second.restore(first.state())
    for _ in range(2):
        graphs = first.ask(12)
        assert graphs == second.ask(12)
        for optimizer in (first, second):
            optimizer.tell(graphs, analytic_points(graphs))


def test_state_holds_arrays_alone():
    optimizer = make(8)
    drive(optimizer, 8, budget=60)

    def leaves(tree):
        return [x for v in tree.values() for x in (leaves(v) if isinstance(v, dict) else [v])]

    assert all(isinstance(leaf, np.ndarray) for leaf in leaves(optimizer.state()))


def test_nothing_recompiles_after_the_first_round():
    optimizer = make(9)
    drive(optimizer, 9, budget=48)
    compiled = fit._cache_size(), descend._cache_size()
    drive(optimizer, 9, budget=100)
    assert (fit._cache_size(), descend._cache_size()) == compiled


def test_bad_curves_are_refused():
    optimizer = make(8)
    with pytest.raises(UserError, match=r"\(1, 3, 2\) finite points, found shape \(1, 2, 2\)"):
        optimizer.tell([sklansky(8)], np.ones((1, 2, 2)))
    with pytest.raises(UserError, match="finite"):
        optimizer.tell([sklansky(8)], np.full((1, 3, 2), np.nan))
    with pytest.raises(UserError, match="graphs of 8 bits"):
        optimizer.tell([sklansky(5)], np.ones((1, 3, 2)))


def test_settings_are_checked():
    with pytest.raises(UserError, match=r"diverse_share must be at most 1, found 1\.5"):
        Settings(diverse_share=1.5)
    with pytest.raises(UserError, match="batch_size"):
        Settings(batch_size=0)


@pytest.mark.slow
def test_it_beats_random_designs_at_equal_evaluations():
    optimizer = make(16, 0.66, budget=300, settings=Settings())
    objective = optimizer._problem.objective
    searched = drive(optimizer, 16, budget=300, count=32)
    drawn = initial_designs(16, 300, np.random.default_rng(0))
    costs, random_costs = (
        objective.costs(analytic_points(graphs), 0.66) for graphs in (searched, drawn)
    )
    assert costs.min() < random_costs.min()
    assert np.median(costs[-100:]) < np.quantile(random_costs, 0.05)


def test_the_analytic_delay_by_hand():
    # Sklansky of 2: inputs (0,0) and (1,1) drive one node: 1.5 each; the node drives none: 1.
    # Sklansky of 4: (0,0) drives (1,0) 1.5; (1,0) drives (2,0), (3,0): 2; (3,0) 1; in all 4.5.
    # (1,1) 1.5, too; (2,2) drives (3,2), (2,0): 2; (3,2) drives (3,0): 1.5; (3,0) 1: 4.5.
    assert analytic_points([sklansky(2), sklansky(4)])[:, 0, 0].tolist() == [2.5, 4.5]
    assert analysis.sizes(sklansky(4).grid) == 4
