"""What stops a search, what does not, and that nothing found is lost either way."""

import errno
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from circuitvae.archive import Archive, Key, Result, StorageError
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import classical_adders, kogge_stone
from circuitvae.search.driver import Outcome, Search, SearchSettings, ocp
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import Task
from synthesis.errors import UserError, WorkerError
from synthesis.flow import Flow, Point, Synthesizer
from synthesis.library import Library, load_library

WIDTH = 8
SETTINGS = SearchSettings("random", 30, 0.5, seed=1, workers=2)
UNLUCKY = kogge_stone(WIDTH)


def make_task(library: Library, timeout_s: float = 120.0) -> Task:
    return Task(WIDTH, Adder(), Flow(library, (0.15, 0.3), timeout_s=timeout_s))


def search(task: Task, folder: Path) -> Outcome:
    record = {"task": task.record(), "settings": SETTINGS.record()}
    resume = (folder / "run.json").exists()
    with (RunFolder.resume if resume else RunFolder.create)(folder, record) as run:
        return Search(task, SETTINGS, run).run()


def found(results: Sequence[Result]) -> list[tuple[str, tuple[Point, ...] | None]]:
    return [(result.graph.digest, result.curve) for result in results]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list:
    """What an undisturbed search finds."""
    outcome = search(make_task(load_library("generic45")), tmp_path_factory.mktemp("runs") / "run")
    return found(outcome.results)


def kept(folder: Path) -> dict:
    return dict(found(RunFolder.open(folder).results()))


@pytest.mark.parametrize(
    ("moment", "problem"),
    [
        ("time.sleep(600)", "still busy"),
        ("sys.exit(9)", "died, status 9"),
        ("print('no idea', flush=True); continue", "found 0"),
    ],
    ids=["hangs", "dies", "nonsense"],
)
def test_a_tool_that_fails_at_one_design_costs_that_design(
    generic45: Library, tmp_path: Path, abc_with_bad_moments, whole: list, moment, problem
) -> None:
    abc_with_bad_moments(UNLUCKY.digest, moment)
    outcome = search(make_task(generic45, timeout_s=3), tmp_path / "run")
    results = {result.graph: result for result in outcome.results}
    assert results[UNLUCKY].curve is None and problem in results[UNLUCKY].error
    expected = [(digest, curve) for digest, curve in whole if digest != UNLUCKY.digest]
    assert [item for item in found(outcome.results) if item[1]] == expected


def after(count: int, monkeypatch: pytest.MonkeyPatch, action) -> None:
    """Does something once, when so many results are in the archive."""
    add, calls = Archive.add, []

    def counted(self, key, result):
        add(self, key, result)
        calls.append(result)
        if len(calls) == count:
            action()

    monkeypatch.setattr(Archive, "add", counted)


def test_a_tool_that_vanishes_stops_the_search(
    generic45: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: list, fake_abc
) -> None:
    task = make_task(generic45)
    real = os.environ.get("YOSYS_ABC")
    task.flow.digest  # noqa: B018  # as with the real ABC
    after(15, monkeypatch, lambda: fake_abc("sys.exit(1)"))
    # A worker that has to be started anew meets what is there now.
    monkeypatch.setattr("synthesis.flow.Synthesizer.curve", once_each(monkeypatch))
    with pytest.raises(WorkerError, match="no worker can be started"):
        search(task, tmp_path / "run")
    monkeypatch.undo()
    assert os.environ.get("YOSYS_ABC") == real
    assert 15 <= len(kept(tmp_path / "run")) < 30
    assert kept(tmp_path / "run").items() <= dict(whole).items()
    assert found(search(task, tmp_path / "run").results) == whole


def once_each(monkeypatch: pytest.MonkeyPatch):
    """A :meth:`Synthesizer.curve` whose process is not there for a second design."""
    curve = Synthesizer.curve

    def once(self, netlist, *, prove=False):
        try:
            return curve(self, netlist, prove=prove)
        finally:
            self.session.kill()

    return once


def test_a_library_that_changes_stops_the_search(
    generic45: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: list
) -> None:
    file = tmp_path / "cells.lib"
    original = generic45.files[0].read_bytes()
    file.write_bytes(original)
    task = make_task(load_library(str(file)))
    after(15, monkeypatch, lambda: file.write_bytes(original + b"/* newer */\n"))
    monkeypatch.setattr("synthesis.flow.Synthesizer.curve", once_each(monkeypatch))
    with pytest.raises(UserError, match=r"cells\.lib: changed since it was loaded"):
        search(task, tmp_path / "run")
    monkeypatch.undo()
    assert 15 <= len(kept(tmp_path / "run")) < 30
    with pytest.raises(UserError, match=r"task\.(flow|library)_digest"):
        search(make_task(load_library(str(file))), tmp_path / "run")
    file.write_bytes(original)
    results = search(make_task(load_library(str(file))), tmp_path / "run").results
    assert [digest for digest, _ in found(results)] == [digest for digest, _ in whole]
    assert all(curve for _, curve in found(results))


def test_a_full_archive_stops_the_search(
    generic45: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: list
) -> None:
    opened = Archive.__init__

    def small(self, path):
        opened(self, path)
        (pages,) = self._database.execute("PRAGMA page_count").fetchone()
        self._database.execute(f"PRAGMA max_page_count = {pages + 1}")

    monkeypatch.setattr(Archive, "__init__", small)
    with pytest.raises(StorageError, match=r"database or disk is full; .* continue with --resume"):
        search(make_task(generic45), tmp_path / "run")
    monkeypatch.undo()
    assert 0 < len(kept(tmp_path / "run")) < 30
    assert found(search(make_task(generic45), tmp_path / "run").results) == whole


def full(*arguments: object, **names: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")


def orbax_full(*arguments: object, **names: object) -> None:
    raise ValueError("RESOURCE_EXHAUSTED: No space left on device [os_error_code='28']")


def test_a_full_working_folder_stops_the_search(
    generic45: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: list
) -> None:
    curve, calls = Synthesizer.curve, itertools.count()

    def in_time(self, netlist, *, prove=False):
        return curve(self, netlist, prove=prove) if next(calls) < 25 else full()

    monkeypatch.setattr(Synthesizer, "curve", in_time)
    with pytest.raises(StorageError, match=r"No space left on device.*; .* with --resume"):
        search(make_task(generic45), tmp_path / "run")
    monkeypatch.undo()
    assert 20 <= len(kept(tmp_path / "run")) < 30
    assert found(search(make_task(generic45), tmp_path / "run").results) == whole


@pytest.mark.parametrize(
    ("place", "failure"),
    [
        ("circuitvae.search.driver.write_atomically", full),
        ("circuitvae.search.driver.ocp.CheckpointManager.save", orbax_full),
    ],
    ids=["history", "checkpoint"],
)
def test_a_full_disk_stops_the_search(
    generic45: Library, tmp_path: Path, monkeypatch, whole: list, place: str, failure
) -> None:
    after(20, monkeypatch, lambda: monkeypatch.setattr(place, failure))
    with pytest.raises(StorageError, match=r"No space left on device.*; .* with --resume"):
        search(make_task(generic45), tmp_path / "run")
    monkeypatch.undo()
    assert 20 <= len(kept(tmp_path / "run")) <= 30
    assert found(search(make_task(generic45), tmp_path / "run").results) == whole
    assert len((tmp_path / "run/history.csv").read_text().splitlines()) == 1 + 30


def test_other_errors_of_checkpoints_are_not_taken_for_a_full_disk(
    generic45: Library, tmp_path: Path, monkeypatch
) -> None:
    def unfit(*arguments, **names):
        raise ValueError("unsupported type")

    monkeypatch.setattr(ocp.CheckpointManager, "save", unfit)
    with pytest.raises(ValueError, match="unsupported type"):
        search(make_task(generic45), tmp_path / "run")


def command(folder: Path, *options: str, budget: int) -> list[str]:
    return [
        *(sys.executable, "-m", "circuitvae", "search", "--width", "8", "--optimizer", "random"),
        *("--targets", "0.15,0.3", "--budget", str(budget), "--workers", "2"),
        *("--out", str(folder), *options),
    ]


def test_the_command_says_in_one_line_that_there_is_no_room(tmp_path: Path) -> None:
    run = tmp_path / "run"
    little_room = ["/bin/sh", "-c", 'ulimit -f 1500; exec "$@"', "sh"]
    stopped = subprocess.run(
        [*little_room, *command(run, budget=80)], capture_output=True, text=True
    )
    assert stopped.returncode == 3 and "Traceback" not in stopped.stderr
    (line,) = [text for text in stopped.stderr.splitlines() if text.startswith("circuitvae: ")]
    assert "archive.sqlite" in line and line.endswith("then continue with --resume")
    before = kept(run)
    assert 0 < len(before) < 80
    subprocess.run(command(run, "--resume", budget=80), check=True, capture_output=True)
    assert len(kept(run)) == 80 and before.items() <= kept(run).items()


def started(folder: Path) -> subprocess.Popen[str]:
    """A long search that has found something, and heeds SIGINT though the tests may ignore it.

    They do where a shell runs them in the background.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command(folder, budget=5000), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 120
    while not (folder / "history.csv").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    return process


def children(pid: int) -> list[int]:
    numbers = Path(f"/proc/{pid}/task/{pid}/children").parent.parent.glob("*/children")
    return [int(number) for file in numbers for number in file.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc to find children in")
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 128 + 15), (signal.SIGKILL, -9), (signal.SIGINT, 0)]
)
def test_no_abc_outlives_a_search(tmp_path: Path, ends, number: int, status: int) -> None:
    process = started(tmp_path / "run")
    tools = children(process.pid)
    assert len(tools) == 2  # an ABC for each worker
    process.send_signal(number)
    assert process.wait(60) == status
    assert all(ends(pid) for pid in tools)
    assert len(kept(tmp_path / "run")) > 5
    RunFolder.open(tmp_path / "run")


def test_one_search_a_folder(tmp_path: Path) -> None:
    run = tmp_path / "run"
    process = started(run)
    try:
        for options in [(), ("--resume",)]:
            second = subprocess.run(
                command(run, *options, budget=5000), capture_output=True, text=True
            )
            assert second.returncode == 2 and len(second.stderr.splitlines()) == 1
            assert "another search is at work" in second.stderr or not options
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    # The lock went with its process.
    budget = len(kept(run)) + 1
    assert subprocess.run(command(run, "--resume", budget=budget)).returncode == 0


def test_a_folder_is_free_again_when_closed(tmp_path: Path) -> None:
    record = {"task": {}}
    with RunFolder.create(tmp_path / "run", record):
        assert RunFolder.open(tmp_path / "run").record == record
        with pytest.raises(UserError, match="another search is at work in this folder"):
            RunFolder.resume(tmp_path / "run", record)
    RunFolder.resume(tmp_path / "run", record).close()


def test_a_folder_with_nothing_but_a_lock_is_new(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    RunFolder.create(tmp_path, {"task": {}}).close()


WRITER = """
import sys
from pathlib import Path
from circuitvae.archive import Archive, Key, Result
from circuitvae.prefix.classical import classical_adders
sys.stdin.readline()
archive = Archive(Path(sys.argv[1]))
for graph in classical_adders(32).values():
    archive.add(Key("adder", "flow", "library"), Result(graph, None, "no tool", 0.0))
archive.close()
"""


def test_processes_that_fill_one_archive_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE)
        for _ in range(3)
    ]
    for writer in writers:
        writer.communicate(b"go\n")
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    archive = Archive(path)
    graphs = [result.graph for result in archive.results(Key("adder", "flow", "library"))]
    archive.close()
    assert set(graphs) == set(classical_adders(32).values()) and len(graphs) == len(set(graphs))
