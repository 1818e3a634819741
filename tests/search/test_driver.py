"""The loop that counts, keeps, checkpoints and resumes, with a small method of the test's own."""

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from circuitvae.archive import Archive
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import classical_adders
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.driver import Outcome, Search, SearchSettings
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import Task
from synthesis.errors import ToolError, UserError
from synthesis.flow import Synthesizer
from synthesis.library import Library

WIDTH = 8


class Sampler:
    """Random graphs, a new stream of draws each round; repeats some on purpose."""

    batch_size = 5
    ahead = False

    def __init__(self, problem):
        self.problem = problem
        self.rounds = 0
        self.told = []

    def ask(self, count):
        rng = np.random.default_rng([self.problem.seed, self.rounds])
        cells = rng.random((count, self.problem.width, self.problem.width)) < 0.3
        graphs = [PrefixGraph.legalized(grid) for grid in cells]
        return [*graphs[:-1], graphs[0]]

    def tell(self, graphs, points):
        self.rounds += 1
        self.told.append((tuple(graphs), points.tolist()))

    def state(self):
        return {"rounds": np.array(self.rounds)}

    def restore(self, state):
        self.rounds = int(state["rounds"])

    def diagnostics(self):
        return {}


class Early(Sampler):
    """Is asked for a batch while the one before is synthesised; writes down the order of calls."""

    ahead = True
    calls = ""

    def __init__(self, problem):
        super().__init__(problem)
        self.asked = 0

    def ask(self, count):
        self.asked += 1
        Early.calls += "a"
        rng = np.random.default_rng([self.rounds, self.asked])
        cells = rng.random((count, self.problem.width, self.problem.width)) < 0.3
        return [PrefixGraph.legalized(grid) for grid in cells]

    def tell(self, graphs, points):
        super().tell(graphs, points)
        Early.calls += "t"

    def state(self):
        return super().state() | {"asked": np.array(self.asked)}

    def restore(self, state):
        super().restore(state)
        self.asked = int(state["asked"])


class Stubborn(Sampler):
    """Proposes the same graph for ever."""

    def ask(self, count):
        return [PrefixGraph.legalized(np.zeros((WIDTH, WIDTH), dtype=bool))]


def settings(budget: int = 40, optimizer: str = f"{__name__}:Sampler") -> SearchSettings:
    return SearchSettings(optimizer, budget, 0.5, seed=3, workers=2)


@pytest.fixture(scope="module")
def task() -> Task:
    from synthesis.library import load_library

    return Task.make(WIDTH, Adder(), load_library("generic45"), [0.15, 0.3])


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Sampler.__module__])


def after_calls(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupts a search when so many results are in the archive."""
    calls, archived = [], Archive.add

    def interrupt(self, key, result):
        archived(self, key, result)
        calls.append(result)
        if len(calls) == count:
            raise KeyboardInterrupt

    monkeypatch.setattr(Archive, "add", interrupt)


def search(task: Task, folder: Path, **changes) -> Outcome:
    record = {"task": task.record(), "settings": settings(**changes).record()}
    resume = (folder / "run.json").exists()
    with (RunFolder.resume if resume else RunFolder.create)(folder, record) as run:
        return Search(task, settings(**changes), run).run()


def test_the_budget_counts_unique_designs(task: Task, tmp_path: Path) -> None:
    outcome = search(task, tmp_path / "run")
    assert outcome.stopped == "budget"
    graphs = [result.graph for result in outcome.results]
    assert len(graphs) == len(set(graphs)) == 40
    assert set(classical_adders(WIDTH).values()) <= set(graphs)
    rows = (tmp_path / "run/history.csv").read_text().splitlines()
    assert rows[0] == "evaluations,seconds,best_cost,hypervolume"
    assert [int(row.split(",")[0]) for row in rows[1:]] == list(range(1, 41))
    costs, volumes = np.array([row.split(",")[2:] for row in rows[1:]], dtype=float).T
    assert (np.diff(costs) <= 0).all() and (np.diff(volumes) >= 0).all()
    log = (tmp_path / "run/diagnostics.jsonl").read_text().splitlines()
    seconds, synthesis_s = np.array(
        [[row["seconds"], row["synthesis_s"]] for row in map(json.loads, log)]
    ).T
    assert (synthesis_s > 0).all()
    # Each round's synthesis lies within the round.
    assert (synthesis_s <= np.diff(seconds, prepend=0.0)).all()


def test_a_search_that_repeats_itself_ends(task: Task, tmp_path: Path) -> None:
    outcome = search(task, tmp_path / "run", optimizer=f"{__name__}:Stubborn")
    assert outcome.stopped == "exhausted"


def test_one_bit_has_one_design(generic45: Library, tmp_path: Path) -> None:
    one_bit = Task.make(1, Adder(), generic45)
    outcome = search(one_bit, tmp_path / "run", optimizer="random")
    assert outcome.stopped == "exhausted" and len(outcome.results) == 1


def test_a_method_may_be_asked_one_batch_ahead(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Early, "calls", "")
    outcome = search(task, tmp_path / "run", optimizer=f"{__name__}:Early")
    assert outcome.stopped == "budget" and len(outcome.results) == 40
    # The classical adders first; of the last batch nothing comes after.
    assert re.fullmatch("ta(at)+t", Early.calls)
    log = map(json.loads, (tmp_path / "run/diagnostics.jsonl").read_text().splitlines())
    seconds, synthesis_s = zip(*((row["seconds"], row["synthesis_s"]) for row in log), strict=True)
    assert sum(synthesis_s) <= seconds[-1]


@pytest.mark.parametrize("method", ["Sampler", "Early"])
def test_an_interrupted_run_continues_as_if_it_had_not_been(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    changes = {"optimizer": f"{__name__}:{method}"}
    whole = search(task, tmp_path / "whole", **changes)
    after_calls(27, monkeypatch)
    stopped = search(task, tmp_path / "parts", **changes)
    assert stopped.stopped == "interrupted" and len(stopped.results) >= 26
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Sampler.__module__])
    resumed = search(task, tmp_path / "parts", **changes)
    assert [(r.graph, r.curve) for r in resumed.results] == [
        (r.graph, r.curve) for r in whole.results
    ]


def test_a_killed_run_loses_no_synthesised_design(task: Task, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [
        *(sys.executable, "-m", "circuitvae", "search", "--width", "16", "--optimizer", "random"),
        *("--budget", "400", "--out", str(folder), "--seed", "1"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    history = folder / "history.csv"
    deadline = time.monotonic() + 120
    while not (history.exists() and history.read_text().count("\n") > 60):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {result.graph: result for result in RunFolder.open(folder).results()}
    assert 60 <= len(before) < 400
    subprocess.run([*command, "--resume"], check=True, capture_output=True)
    after = RunFolder.open(folder).results()
    assert len(after) == 400
    # The very rows of the first part are still there: nothing was synthesised twice.
    assert [before[result.graph] for result in after[: len(before)]] == list(before.values())


def test_a_larger_budget_first_makes_up_for_the_classical_adders_left_out(
    task: Task, tmp_path: Path
) -> None:
    classical = set(classical_adders(WIDTH).values())
    few = search(task, tmp_path / "run", budget=3)
    assert len(few.results) == 3 < len(classical)
    assert search(task, tmp_path / "run", budget=2).results == few.results
    more = search(task, tmp_path / "run", budget=20)
    assert {result.graph for result in more.results[: len(classical)]} == classical
    assert len(more.results) == 20


def test_a_smaller_budget_is_not_overspent(task: Task, tmp_path: Path, monkeypatch) -> None:
    changes = {"optimizer": f"{__name__}:Early"}
    after_calls(15, monkeypatch)
    assert search(task, tmp_path / "run", **changes).stopped == "interrupted"
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Sampler.__module__])
    spent = len(RunFolder.open(tmp_path / "run").results())
    assert len(search(task, tmp_path / "run", budget=14, **changes).results) == spent


def test_results_stand_in_the_order_in_which_one_worker_gave_them(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, curve = [], Synthesizer.curve

    def noted(self, netlist, *, prove=False):
        order.append(netlist.name.rpartition("_")[2])
        return curve(self, netlist, prove=prove)

    monkeypatch.setattr(Synthesizer, "curve", noted)
    record = {"task": task.record(), "settings": settings().record()}
    with RunFolder.create(tmp_path / "run", record) as run:
        Search(task, replace(settings(), workers=1), run).run()
    found = [result.graph.digest for result in RunFolder.open(tmp_path / "run").results()]
    assert len(found) == 40 and found == order


def test_a_reference_that_failed_once_is_tried_again(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self, netlist, *, prove=False):
        raise ToolError("yosys-abc", "died, status 9")

    with monkeypatch.context() as context:
        context.setattr(Synthesizer, "curve", fail)
        with pytest.raises(ToolError, match="Sklansky adder failed: yosys-abc: died"):
            search(task, tmp_path / "run")
    assert search(task, tmp_path / "run").stopped == "budget"
    results = RunFolder.open(tmp_path / "run").results()
    assert len(results) == 40 and all(result.curve for result in results)


def test_a_failing_design_is_kept_as_a_failure_and_the_search_goes_on(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curve = Synthesizer.curve
    unlucky = classical_adders(WIDTH)["kogge-stone"].digest

    def fail(self, netlist, *, prove=False):
        if unlucky in netlist.name:
            raise ToolError("yosys-abc", "died, status 9")
        return curve(self, netlist, prove=prove)

    monkeypatch.setattr(Synthesizer, "curve", fail)
    outcome = search(task, tmp_path / "run")
    failed = [result for result in outcome.results if result.curve is None]
    assert [result.graph.digest for result in failed] == [unlucky]
    assert failed[0].error == "yosys-abc: died, status 9"
    assert len(outcome.results) == 40


def test_another_task_is_not_resumed(task: Task, tmp_path: Path) -> None:
    record = {"task": task.record(), "settings": settings().record()}
    RunFolder.create(tmp_path / "run", record).close()
    RunFolder.resume(tmp_path / "run", record | {"settings": settings(budget=99).record()}).close()
    with pytest.raises(UserError, match=r"has settings\.seed = 3, this command has 4"):
        RunFolder.resume(tmp_path / "run", record | {"settings": record["settings"] | {"seed": 4}})


def test_foreign_and_unwritable_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="expected an empty or new folder"):
        RunFolder.create(tmp_path, {})
    with pytest.raises(UserError, match="cannot be used as a run folder"):
        RunFolder.create(tmp_path / "notes.txt" / "run", {})
    with pytest.raises(UserError, match=r"cannot read run\.json"):
        RunFolder.open(tmp_path)
