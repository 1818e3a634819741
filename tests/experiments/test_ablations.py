import csv
from dataclasses import replace
from itertools import product
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

import experiments.ablations.run as experiment
import experiments.ablations.soft as soft
from circuitvae.model import sizing
from circuitvae.model.features import free_cells
from circuitvae.prefix import PrefixGraph, classical_adders
from circuitvae.search.circuitvae import CircuitVAE
from circuitvae.search.initial import initial_designs
from circuitvae.search.latent import Descent, Starts
from circuitvae.search.optimizer import find_optimizer
from circuitvae.search.screened import ScreenSettings
from experiments.ablations.config import Config, Task
from experiments.ablations.run import difference_rows, planned
from experiments.ablations.soft import Costs, soft_grid
from experiments.ablations.variants import (
    EstimateAlone,
    NoMoves,
    RandomMoves,
    SoftGrid,
    TrustRegion,
    Unbred,
)
from problems import analytic_points, analytic_problem, plain_engine

RNG = np.random.default_rng
WEIGHTS = np.full(6, 0.5, np.float32)


@pytest.mark.parametrize(
    "name", [*Config().variants, *(one for pair in Config().pairs for one in pair)]
)
def test_every_variant_is_a_method(name: str) -> None:
    assert hasattr(find_optimizer(name), "ask")


def after_one_batch(kind: type[CircuitVAE]) -> CircuitVAE:
    method = kind(analytic_problem(8, 0.5, budget=300))
    method.screening = ScreenSettings(first=100, first_rounds=1, kept=200, proposals=100)
    graphs = [*classical_adders(8).values(), *initial_designs(8, 40, np.random.default_rng(0))]
    graphs = list(dict.fromkeys(graphs))
    method.tell(graphs, analytic_points(graphs))
    method.ask(8)
    return method


@pytest.fixture(scope="module")
def whole() -> CircuitVAE:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sizing, "size", plain_engine)
        return after_one_batch(CircuitVAE)


def descent_of(kind: type[CircuitVAE], whole: CircuitVAE, starts: np.ndarray) -> Descent:
    method = kind(whole.problem)
    method.restore(whole.state())
    return method.descend(Starts(starts, WEIGHTS), np.random.default_rng(1))


def test_random_moves_go_as_far_as_descent_and_elsewhere(whole: CircuitVAE) -> None:
    starts = np.random.default_rng(0).standard_normal((6, 48)).astype(np.float32)
    moves = [descent_of(kind, whole, starts).latents - starts for kind in (CircuitVAE, RandomMoves)]
    lengths = [np.linalg.norm(move, axis=-1) for move in moves]
    np.testing.assert_allclose(*lengths, rtol=1e-4)
    cosine = (moves[0] * moves[1]).sum(axis=-1) / lengths[0] ** 2
    assert (np.abs(cosine) < 0.7).all()
    assert (descent_of(NoMoves, whole, starts).latents == starts).all()


def test_a_trust_region_is_not_left_and_follows_success(whole: CircuitVAE) -> None:
    starts = np.random.default_rng(0).standard_normal((6, 48)).astype(np.float32)
    method = TrustRegion(whole.problem)
    method.restore({**whole.state(), "radius": np.array(1.5)})
    found = method.descend(Starts(starts, WEIGHTS), RNG(1))
    lengths = np.linalg.norm(found.latents - starts, axis=-1)
    assert lengths.max() == pytest.approx(1.5, rel=1e-3) and (lengths > 0).all()
    assert np.linalg.norm(descent_of(CircuitVAE, whole, starts).latents - starts, axis=-1).max() > 2

    known = [PrefixGraph(grid) for grid in method.pool.grids[-2:]]
    worse, better = np.full((1, 3, 2), 9.0), np.full((1, 3, 2), 1e-3)
    method.tell(known[:1], worse)
    assert method.figures["radius"] == pytest.approx(1.2)
    method.tell(known[1:], better)
    assert method.state()["radius"] == pytest.approx(2.4)


def test_the_soft_grid_of_certain_cells_is_the_legal_one() -> None:
    rows, columns = free_cells(9)
    for seed in range(5):
        cells = np.tril(RNG(seed).random((9, 9)) < 0.2)
        certain = np.clip(cells[rows, columns], 1e-6, 1 - 1e-6).astype(np.float32)
        grid, parents = soft_grid(jnp.asarray(certain), 9)
        legal = PrefixGraph.legalized(cells)
        np.testing.assert_allclose(grid, legal.grid, atol=1e-3)
        for row, column in legal.nodes():
            upper = legal.parents(row, column)[0][1]
            assert parents[row, column, upper] == pytest.approx(1, abs=1e-3)


def test_the_soft_cost_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soft, "_CERTAIN", 1e-6)
    costs = Costs(node_ps=1.0, child_ps=0.5, node_um2=3.0, by_ps=2.0, by_um2=0.1)
    # Bit 2 of a ripple adder: (1, 0), which has a child, then (2, 0); the others' end at 0 and 1.5.
    first = 1 + 0.5 + np.log(2)
    second = 1 + np.logaddexp(0, first)
    latest = np.log(1 + np.exp(first) + np.exp(second))
    # Three inputs and two nodes.
    expected = 0.4 * 2 * latest + 0.6 * 0.1 * 3 * 5
    assert soft.soft_cost(jnp.zeros(1), 0.4, costs, 3) == pytest.approx(expected, rel=1e-4)


def test_descent_through_the_soft_grid_lowers_its_cost(whole: CircuitVAE) -> None:
    starts = np.random.default_rng(0).standard_normal((6, 48)).astype(np.float32)
    costs = np.asarray(descent_of(SoftGrid, whole, starts).costs)
    assert costs.shape == (6, 6) and costs[-1].mean() < costs[0].mean()


def test_without_breeding_it_proposes_what_it_decodes(
    whole: CircuitVAE, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed = []
    for kind in (CircuitVAE, Unbred):
        method = kind(whole.problem)
        method.screening = whole.screening
        method.restore(whole.state())
        monkeypatch.setattr(method, "bred", lambda count, rng: whole.parents(rng, 0))
        proposed.append(len(method.propose(np.random.default_rng(2)).grids))
    # Decodes are half of what the whole method proposes, and all of the other's.
    assert proposed == [50, 100]


def test_estimates_alone_learn_nothing(whole: CircuitVAE, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "size", plain_engine)
    alone = after_one_batch(EstimateAlone)
    unknown = ~np.isin(np.arange(len(alone.pool)), alone.pool.told_rows())
    estimated = alone.screen.costs(alone.pool.points)[unknown]
    np.testing.assert_allclose(alone.pool.costs[unknown], estimated, atol=1e-7)
    # Its twin: the whole method's screen has learned.
    learned = np.abs(whole.pool.costs - whole.screen.costs(whole.pool.points))
    assert (learned > 1e-5).mean() > 0.9


def test_gains_are_taken_seed_by_seed() -> None:
    task = Task(8, 0.5, 6, (100,))
    config = replace(Config(), tasks=(task,), variants=("m:A",), pairs=())
    found = {
        (task, 100, "circuitvae"): {0: 1.0, 1: 2.0, 2: 9.0},
        (task, 100, "m:A"): {0: 1.5, 1: 3.5},
    }
    # Gained 0.5 and 1.5: mean 1, standard error 0.5.
    (row,) = difference_rows(found, config)
    assert row == ["8-0.5", "100", "circuitvae", "A", "1, 2", "1.5, 3.5", "+1 ± 0.5", "2 of 2"]


def test_of_a_front_more_hypervolume_is_a_gain() -> None:
    task = Task(8, None, 6, (100,))
    config = replace(Config(), tasks=(task,), variants=("m:A",), pairs=())
    found = {(task, 100, "circuitvae"): {0: -5.0}, (task, 100, "m:A"): {0: -4.0}}
    (row,) = difference_rows(found, config)
    assert row[0] == "8-front" and row[4:6] == ["5", "4"] and row[-1] == "1 of 1"


def test_run_and_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(
        library="generic45",
        tasks=(Task(6, 0.5, 6, (14, 15)), Task(7, None, 6, (16,))),
        variants=("random",),
        pairs=(),
        whole="genetic",
        seeds=(0,),
    )
    monkeypatch.setattr(experiment, "Config", lambda: config)
    for _ in range(2):
        ended = CliRunner().invoke(experiment.app, ["run", "--out", str(tmp_path)])
        assert ended.exception is None
    assert ended.stdout.count("0 of 2 runs to do") == 2
    report = CliRunner().invoke(experiment.app, ["report", "--out", str(tmp_path)])
    assert report.exception is None and "| 6-0.5 | 14 | genetic | random |" in report.stdout
    with (tmp_path / "ablations.csv").open() as file:
        rows = list(csv.DictReader(file))
    compared = ["6-0.5", "14"], ["6-0.5", "15"], ["7-front", "16"]
    names = [[row["task"], row["designs"], row["method"]] for row in rows]
    assert sorted(names) == sorted(
        [*one, method] for one, method in product(compared, ["genetic", "random"])
    )
    # Against what the run itself says.
    for row in rows:
        if row["method"] == "genetic":
            task = config.tasks[row["task"] == "7-front"]
            with (tmp_path / planned(task, "genetic", 0).name / "history.csv").open() as file:
                own = list(csv.DictReader(file))[int(row["designs"]) - 1]
            expected = own["hypervolume" if task.delay_weight is None else "best_cost"]
            assert float(row["score"]) == pytest.approx(float(expected), rel=1e-4)
    before = (tmp_path / "ablations.csv").read_bytes()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/ablations.csv").write_bytes(before)
    empty = CliRunner().invoke(experiment.app, ["report", "--out", str(tmp_path / "empty")])
    assert empty.exit_code == 2 and "14 designs or more" in empty.output
    assert (tmp_path / "empty/ablations.csv").read_bytes() == before
    unknown = CliRunner().invoke(experiment.app, ["run", "--task", "9-front"])
    assert unknown.exit_code == 2 and "9-front" in unknown.output
