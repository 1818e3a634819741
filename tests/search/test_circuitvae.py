import itertools
from dataclasses import replace

import jax
import numpy as np
import orbax.checkpoint as ocp
import pytest

from circuitvae.model import sizing
from circuitvae.model.settings import ModelSettings, TrainSettings
from circuitvae.model.train import fit
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search import screened
from circuitvae.search.circuitvae import CircuitVAE, Settings
from circuitvae.search.initial import initial_designs
from circuitvae.search.keys import keys
from circuitvae.search.latent import DescentSettings, descend
from circuitvae.search.screened import ScreenSettings
from problems import analytic_points, analytic_problem, plain_engine
from synthesis.errors import UserError

QUICK = Settings(
    first_fits=2,
    screening=ScreenSettings(
        batch_size=(12, 12), first=100, kept=200, proposals=300, first_rounds=1
    ),
    model=ModelSettings(latent=8, channels=8, hidden=32, surrogate_hidden=16),
    training=TrainSettings(steps=20, batch=32),
    descent=DescentSettings(trajectories=16, segments=2, segment_steps=5),
)


def make(width, weight=0.5, seed=0, settings=QUICK):
    return CircuitVAE(analytic_problem(width, weight, budget=300, seed=seed), settings)


def drive(optimizer, budget, count=12):
    """Alternates as the driver does; checks every batch."""
    width = optimizer.problem.width
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
def test_narrow_widths_are_exhausted(width, monkeypatch):
    monkeypatch.setattr(sizing, "size", plain_engine)
    assert set(drive(make(width), budget=10_000)) == every_graph(width)


@pytest.mark.parametrize("weight", [0.3, None])
def test_batches_are_full_until_the_budget_is_spent(weight):
    optimizer = make(8, weight)
    assert len(drive(optimizer, budget=80)) == 80
    figures = optimizer.diagnostics()
    assert {
        "reconstruction_accuracy",
        "kl_nats",
        "least_kl_nats",
        "greatest_kl_nats",
        "active_dimensions",
        "spearman",
        "elite_spearman",
        "latent_spearman",
        "latent_elite_spearman",
        "improvement",
        "screened",
        "pool",
        "distinct_share",
        "legal_share",
        "added_nodes",
        "descent_gain",
    } <= figures.keys()
    assert all(np.isfinite(value) for value in figures.values())
    assert 0 <= figures["least_kl_nats"] < figures["greatest_kl_nats"]


def test_designs_whose_synthesis_failed_are_not_asked_for_again():
    optimizer = make(8)
    drive(optimizer, budget=40)
    batches = []
    for _ in range(4):
        batches.append(optimizer.ask(12))
        optimizer.tell([], np.empty((0, 3, 2)))
    assert len({*itertools.chain(*batches), *optimizer.curves}) == 48 + 40
    held = [keys(graph.grid[None])[0] in optimizer.pool for batch in batches for graph in batch]
    # The last might be on its way still; the others lead no search any more.
    assert held == [False] * 36 + [True] * 12


def test_figures_are_of_the_last_round():
    optimizer = make(8)
    drive(optimizer, budget=60)
    assert "spearman" in optimizer.diagnostics()
    optimizer.ask(2)
    optimizer.tell([], np.empty((0, 3, 2)))
    figures = optimizer.diagnostics()
    assert "spearman" not in figures and "latent_spearman" not in figures
    assert "screened" in figures


def test_a_narrow_width_is_exhausted_though_designs_fail(monkeypatch):
    monkeypatch.setattr(sizing, "size", plain_engine)
    optimizer = make(4)
    failed = every_graph(4) - set(classical_adders(4).values())
    drive(optimizer, budget=len(classical_adders(4).values()))
    assert set(optimizer.ask(12)) == failed
    optimizer.tell([], np.empty((0, 3, 2)))
    assert optimizer.ask(12) == []


def test_the_same_seed_gives_the_same_designs_and_another_others():
    first, second, other = (drive(make(8, seed=seed), budget=40) for seed in (0, 0, 1))
    assert first == second != other


@pytest.mark.parametrize("weight", [0.5, None])
@pytest.mark.parametrize("budget", [6, 40])  # before and after the first fit
def test_a_restored_search_continues_identically(budget, weight, tmp_path):
    first, second = make(8, weight), make(8, weight)
    drive(first, budget)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(tmp_path / "state", first.state())
        checkpointer.wait_until_finished()
        second.restore(checkpointer.restore(tmp_path / "state"))
    for _ in range(2):
        graphs = first.ask(12)
        assert graphs == second.ask(12)
        for optimizer in (first, second):
            optimizer.tell(graphs, analytic_points(graphs))
    np.testing.assert_array_equal(first.pool.costs, second.pool.costs)


@pytest.mark.parametrize("budget", [6, 40])
def test_state_holds_arrays_alone_none_of_them_empty(budget):
    optimizer = make(8)
    drive(optimizer, budget)
    leaves = jax.tree.leaves(optimizer.state())
    assert all(isinstance(leaf, np.ndarray) and leaf.size for leaf in leaves)


def test_nothing_recompiles_after_the_first_round():
    def compiled():
        return [function._cache_size() for function in (fit, descend, sizing.size)]

    optimizer = make(8)
    drive(optimizer, budget=24)
    before = compiled()
    drive(optimizer, budget=80)
    assert compiled() == before


@pytest.mark.parametrize(
    ("graph", "points", "message"),
    [
        (sklansky(8), np.ones((1, 2, 2)), r"points of shape \(1, 3, 2\), .* shape \(1, 2, 2\)"),
        (sklansky(8), np.full((1, 3, 2), np.nan), "finite points"),
        (sklansky(8), np.full((1, 3, 2), np.inf), "finite points"),
        (sklansky(5), np.ones((1, 3, 2)), r"graphs of 8 bits .* widths \[5\]"),
    ],
)
def test_bad_curves_are_refused(graph, points, message):
    optimizer = make(8)
    with pytest.raises(UserError, match=message):
        optimizer.tell([graph], points)
    assert not optimizer.curves and not len(optimizer.pool)


def test_batches_grow_with_what_is_known(monkeypatch):
    optimizer = make(8, settings=replace(QUICK, screening=ScreenSettings(batch_size=(12, 20))))
    designs = initial_designs(8, 90, np.random.default_rng(0))
    sizes = []
    for some in np.split(np.arange(90), [30, 48]):
        graphs = [designs[one] for one in some]
        optimizer.tell(graphs, analytic_points(graphs))
        sizes.append(optimizer.batch_size)
    assert sizes == [12, 16, 20]
    again = make(8, settings=replace(QUICK, screening=ScreenSettings(batch_size=(12, 20))))
    again.restore(optimizer.state())
    assert again.batch_size == 20
    monkeypatch.setattr(screened, "_BATCH_POINTS", 17 * again.problem.targets)
    assert again.batch_size == 17
    monkeypatch.setattr(screened, "_BATCH_POINTS", 1)
    assert again.batch_size == 12


def test_what_is_bred_is_judged_where_its_parent_stands_highest():
    optimizer = make(8, weight=None)
    optimizer.ask(12)
    parents = optimizer.parents(np.random.default_rng(0), 40)
    rows = [(optimizer.pool.grids == grid).all(axis=(1, 2)).argmax() for grid in parents.grids]
    np.testing.assert_array_equal(parents.weights, optimizer.pool.weights[rows])
    assert len(set(parents.weights)) > 2
    np.testing.assert_array_equal(
        optimizer.bred(40, np.random.default_rng(0)).weights, parents.weights
    )


def test_no_optimism_is_a_setting():
    assert ScreenSettings(optimism=0.0).optimism == 0


@pytest.mark.parametrize(
    ("settings", "name", "value", "message"),
    [
        (ScreenSettings, "mutants", 1.5, "at most 1, found 1.5"),
        (ScreenSettings, "batch_size", (0, 8), "a rising pair above 0, found 0, 8"),
        (ScreenSettings, "batch_size", (9, 8), "a rising pair above 0, found 9, 8"),
        (ScreenSettings, "optimism", float("nan"), "finite and above 0, found nan"),
        (Settings, "decoded", 1.5, "at most 1, found 1.5"),
        (Settings, "first_fits", 0, "finite and above 0, found 0"),
    ],
)
def test_settings_are_checked(settings, name, value, message):
    with pytest.raises(UserError, match=f"{name} must be {message}"):
        settings(**{name: value})


def costs(optimizer, graphs):
    weight = optimizer.problem.objective.delay_weight
    return optimizer.problem.objective.costs(analytic_points(graphs), weight)


@pytest.mark.parametrize("seed", [0, 1])
def test_it_beats_edited_classical_adders_at_equal_evaluations(seed):
    optimizer = make(8, 0.5, seed=seed)
    searched = costs(optimizer, drive(optimizer, budget=80))
    edited = costs(optimizer, initial_designs(8, 80, np.random.default_rng(seed)))
    assert searched.min() < edited.min()
    assert np.median(searched[-24:]) < np.quantile(edited, 0.1)


@pytest.mark.slow
def test_with_its_own_settings_it_beats_them_by_far():
    optimizer = make(16, 0.66, settings=Settings())
    searched = costs(optimizer, drive(optimizer, budget=300, count=32))
    edited = costs(optimizer, initial_designs(16, 300, np.random.default_rng(0)))
    assert searched.min() < edited.min()
    assert np.median(searched[-100:]) < np.quantile(edited, 0.05)
