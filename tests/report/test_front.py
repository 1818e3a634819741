"""The front of a run, and that nothing unproved is written."""

from pathlib import Path

import pytest

from circuitvae.archive import Result
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import brent_kung, kogge_stone, sklansky
from circuitvae.report import front as front_module
from circuitvae.report.front import front_of, prove_and_write
from circuitvae.search.task import Task
from synthesis.errors import ToolError
from synthesis.flow import Point, Synthesizer
from synthesis.library import Library


@pytest.fixture
def task(generic45: Library) -> Task:
    return Task.make(8, Adder(), generic45, [0.12, 0.3])


@pytest.fixture
def results(task: Task) -> list[Result]:
    synthesizer = Synthesizer(task.flow)
    curves = [
        Result(graph, synthesizer.curve(task.netlist(graph)), None, 0.0)
        for graph in (sklansky(8), brent_kung(8), kogge_stone(8))
    ]
    synthesizer.close()
    return [*curves, Result(sklansky(8), None, "failed", 0.0)]


def test_the_front_is_over_all_points_of_all_designs() -> None:
    fast = (Point(0.1, 0.2, 50.0), Point(0.3, 0.3, 40.0))
    small = (Point(0.1, 0.25, 45.0), Point(0.3, 0.3, 41.0))
    found = front_of(
        [Result(sklansky(4), fast, None, 0.0), Result(brent_kung(4), small, None, 0.0)]
    )
    # 0.3 ns at 41 is dominated by 0.3 ns at 40.
    assert [(p.point.delay_ns, p.point.area_um2) for p in found] == [
        (0.2, 50),
        (0.25, 45),
        (0.3, 40),
    ]
    assert [p.graph for p in found] == [sklansky(4), brent_kung(4), sklansky(4)]
    assert front_of([]) == []


def test_every_design_of_the_front_is_written(task: Task, results, tmp_path: Path) -> None:
    front = front_of(results)
    paths = prove_and_write(task, front, tmp_path / "front", {"seed": "1"}, workers=2)
    assert set(paths) == {point.graph for point in front}
    assert all("// seed: 1\n" in path.read_text() for path in paths.values())


def test_wrong_verilog_is_not_handed_out(
    task: Task, results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit = front_module.verilog
    monkeypatch.setattr(
        front_module, "verilog", lambda *args, **notes: emit(*args, **notes).replace("^", "|", 1)
    )
    with pytest.raises(ToolError, match="is not an adder: for a = "):
        prove_and_write(task, front_of(results), tmp_path / "front", {}, workers=1)
    assert not list((tmp_path / "front").iterdir())


def test_a_curve_that_does_not_repeat_is_refused(task: Task, results, tmp_path: Path) -> None:
    lucky = tuple(point._replace(area_um2=point.area_um2 / 2) for point in results[0].curve)
    front = front_of([Result(sklansky(8), lucky, None, 0.0)])
    with pytest.raises(ToolError, match="gave another curve"):
        prove_and_write(task, front, tmp_path / "front", {}, workers=1)
