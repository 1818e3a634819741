"""Which designs of other runs a search starts from."""

from pathlib import Path

import pytest

from circuitvae.archive import Result
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import brent_kung, classical_adders, kogge_stone, ripple, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.resize import resized
from circuitvae.search.driver import Outcome, Search, SearchSettings
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.starts import COUNT, by_fronts, starts
from circuitvae.search.task import Task
from synthesis.errors import UserError
from synthesis.flow import Point
from synthesis.library import load_library


def result(graph: PrefixGraph, *points: tuple[float, float]) -> Result:
    curve = tuple(Point(1.0, *point) for point in points) or None
    return Result(graph, curve, None if curve else "failed", 0.0)


def test_fronts_by_hand() -> None:
    fast = result(kogge_stone(8), (1, 9), (2, 8))
    small = result(ripple(8), (8, 1), (9, 1))
    behind = result(sklansky(8), (2, 9), (8, 2))
    last = result(brent_kung(8), (9, 9), (9, 8))
    found = by_fronts([last, result(ripple(8)), behind, small, fast])
    assert set(found[:2]) == {small.graph, fast.graph}
    assert found[2:] == [behind.graph, last.graph]
    assert found == by_fronts([fast, behind, small, last])
    assert by_fronts([result(ripple(8))]) == by_fronts([]) == []


def search(width: int, folder: Path, budget: int, **changes) -> Outcome:
    task = Task.make(width, Adder(), load_library("generic45"), [0.15, 0.3])
    settings = SearchSettings("random", budget, None, seed=3, workers=2, **changes)
    record = {"task": task.record(), "settings": settings.record()}
    resume = (folder / "run.json").exists()
    with (RunFolder.resume if resume else RunFolder.create)(folder, record) as run:
        return Search(task, settings, run).run()


def test_the_best_of_a_narrower_run_are_synthesised_first(tmp_path: Path) -> None:
    narrow = search(6, tmp_path / "narrow", 30)
    other = search(12, tmp_path / "other", 40)
    folders = [RunFolder.open(tmp_path / name) for name in ("narrow", "other")]
    found = starts(folders, 12)
    assert len(set(found)) == len(found) == COUNT
    half = found[: COUNT // 2]
    rest = [graph for graph in by_fronts(other.results) if graph not in half]
    assert found[COUNT // 2 :] == rest[: COUNT // 2]
    wide = {graph for each in by_fronts(narrow.results) for graph in resized(each, 12)}
    assert set(half) <= wide

    changes = {"starts": tuple(found)}
    first = [*dict.fromkeys([*classical_adders(12).values(), *found])]
    outcome = search(12, tmp_path / "wide", len(first) + 10, **changes)
    graphs = [each.graph for each in outcome.results]
    assert set(graphs[: len(first)]) == set(first) and len(graphs) == len(first) + 10
    assert len(search(12, tmp_path / "wide", len(first) + 20, **changes).results) == len(first) + 20
    with pytest.raises(UserError, match=r"cannot resume: the run there has settings\.starts"):
        search(12, tmp_path / "wide", 100)


def test_a_run_without_designs_is_refused(tmp_path: Path) -> None:
    task = Task.make(4, Adder(), load_library("generic45"), [0.15])
    record = {"task": task.record(), "settings": {}}
    with RunFolder.create(tmp_path / "empty", record) as folder:
        pass
    with pytest.raises(UserError, match="empty: nothing was synthesised in this run yet"):
        starts([folder], 4)
