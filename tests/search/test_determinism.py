"""A search finds the same designs with any number of workers and after being killed anywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, sys
from pathlib import Path
from circuitvae.circuits.adder import Adder
from circuitvae.search import driver
from circuitvae.search.circuitvae import CircuitVAE
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import Task
from synthesis.flow import Flow
from synthesis.library import load_library
from test_circuitvae import QUICK

class Quick(CircuitVAE):
    def __init__(self, problem):
        super().__init__(problem, QUICK)

folder, workers, place, count, method = sys.argv[1:]
calls = 0

def killed_after(function):
    def call(*arguments, **names):
        global calls
        result = function(*arguments, **names)
        calls += 1
        if calls == int(count):
            os.kill(os.getpid(), 9)
        return result
    return call

owner, name = {
    "archive": (driver.Archive, "add"),
    "checkpoint": (driver.ocp.CheckpointManager, "save"),
    "history": (driver, "write_atomically"),
}[place]
setattr(owner, name, killed_after(getattr(owner, name)))
settings = driver.SearchSettings(method, 60, None, seed=4, workers=int(workers))
task = Task(8, Adder(), Flow(load_library("generic45"), (0.15, 0.3)))
record = {"task": task.record(), "settings": settings.record()}
path = Path(folder)
resume = (path / "run.json").exists()
with (RunFolder.resume if resume else RunFolder.create)(path, record) as run:
    outcome = driver.Search(task, settings, run).run()
for result in outcome.results:
    print(result.graph.digest, result.curve)
"""


def search(
    folder: Path, workers: int, place: str = "archive", count: int = 0, method: str = "genetic"
) -> tuple[int, str]:
    """Exit status and the designs found, in order, of a search killed after so many calls."""
    tests = Path(__file__).parent
    path = os.pathsep.join([str(tests), str(tests.parent / "helpers")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(workers), place, str(count), method],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return done.returncode, done.stdout


def history(folder: Path) -> list[list[str]]:
    """The rows without the time each result came at."""
    rows = [line.split(",") for line in (folder / "history.csv").read_text().splitlines()]
    return [row[:1] + row[2:] for row in rows]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[list[str]]]:
    """Designs and history of an undisturbed search with one worker."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    status, designs = search(folder, workers=1)
    assert status == 0 and len(set(designs.splitlines())) == 60
    return designs, history(folder)


def test_any_number_of_workers_finds_the_same(tmp_path: Path, whole) -> None:
    status, designs = search(tmp_path / "run", workers=3)
    assert (status, designs, history(tmp_path / "run")) == (0, *whole)


@pytest.mark.parametrize(
    ("place", "count"),
    [("archive", 41), ("checkpoint", 1), ("history", 2)],
)
def test_a_search_killed_anywhere_ends_as_if_it_had_not_been(
    tmp_path: Path, whole, place: str, count: int
) -> None:
    assert search(tmp_path / "run", 2, place, count) == (-9, "")
    status, designs = search(tmp_path / "run", 2)
    assert (status, designs, history(tmp_path / "run")) == (0, *whole)


def test_circuitvae_ends_the_same_though_killed_and_with_other_workers(tmp_path: Path) -> None:
    method = "__main__:Quick"
    status, designs = search(tmp_path / "whole", 1, method=method)
    assert status == 0 and len(set(designs.splitlines())) == 60
    assert search(tmp_path / "run", 3, "archive", 50, method) == (-9, "")
    assert search(tmp_path / "run", 2, method=method) == (0, designs)
    assert history(tmp_path / "run") == history(tmp_path / "whole")
