"""OpenSTA's numbers stand at the point whose netlist they were taken from."""

from pathlib import Path

import pytest

from circuitvae.archive import Result
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import brent_kung, kogge_stone, sklansky
from circuitvae.report.front import front_of
from circuitvae.report.signoff import (
    place_netlists,
    sign_off,
    sign_off_front,
    sized_netlists,
    table_cells,
    table_headings,
)
from circuitvae.search.task import Task
from synthesis import openroad, opensta, tools
from synthesis.errors import ToolError, ToolNotFoundError
from synthesis.flow import Synthesizer
from synthesis.library import Library
from synthesis.openroad import Placement
from synthesis.opensta import SignOff
from synthesis.orfs import Platform
from synthesis.timing import IOTiming

GRAPHS = [sklansky(8), brent_kung(8), kogge_stone(8)]


@pytest.fixture
def task(generic45: Library) -> Task:
    return Task.make(8, Adder(), generic45, [0.12, 0.2, 0.3])


def test_each_point_of_the_front_has_its_own_netlists_numbers(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesizer = Synthesizer(task.flow)
    curves = {graph: synthesizer.curve(task.netlist(graph)) for graph in GRAPHS}
    texts = {graph: synthesizer.netlists(task.netlist(graph)) for graph in GRAPHS}
    synthesizer.close()
    distinct = {text: float(i) for i, text in enumerate(t for ts in texts.values() for t in ts)}
    monkeypatch.setattr(tools, "opensta", lambda: Path("sta"))

    def judge(text: str, library: Library, constraints: str) -> SignOff:
        return SignOff(distinct[text], "cout", 1.0, 0.5, 0.25)

    monkeypatch.setattr(opensta, "signoff", judge)
    assert sized_netlists(task, GRAPHS) == [texts[graph] for graph in GRAPHS]
    front = front_of([Result(graph, curves[graph], None, 0.0) for graph in GRAPHS])
    signed = sign_off_front(task, front, workers=2)
    assert list(signed) == front and len({p.graph for p in front}) > 1
    for point, values in signed.items():
        own = texts[point.graph][curves[point.graph].index(point.point)]
        assert values == {"signoff_delay_ns": distinct[own], "signoff_power_uw": 1.75}


def test_cells_of_a_row_follow_the_keys() -> None:
    assert table_cells({"signoff_delay_ns": 0.98765, "signoff_power_uw": 6.5}) == ["0.9877", "6.50"]
    assert table_headings({"placed_area_um2": 1.0, "placed_power_uw": 2.0}) == [
        "placed um2",
        "placed uW",
    ]
    assert table_cells({}) == table_headings({}) == []


def test_one_failure_is_the_failure(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(verilog: str, library: Library, constraints: str) -> SignOff:
        if verilog == "b":
            raise ToolError("sta", "broke")
        return SignOff(1.0, "cout", 1.0, 1.0, 1.0)

    monkeypatch.setattr(tools, "opensta", lambda: Path("sta"))
    monkeypatch.setattr(opensta, "signoff", judge)
    designs = [(sklansky(8), verilog) for verilog in "abc"]
    assert len(sign_off(task, designs[::2], workers=2)) == 2
    with pytest.raises(ToolError, match="broke"):
        sign_off(task, designs, workers=2)
    monkeypatch.setattr(tools, "opensta", lambda: None)
    with pytest.raises(ToolNotFoundError, match="apt-get install opensta"):
        sign_off(task, [], workers=1)


def test_other_tools_are_told_the_timing(generic45: Library, monkeypatch) -> None:
    timing = IOTiming(arrival_ns=(("a", 0.25),))
    task = Task.make(8, Adder(), generic45, [0.5], timing=timing)

    def judge(verilog: str, library: Library, constraints: str) -> SignOff:
        assert "set_input_delay 0.25 -clock reference [get_ports {a[7]}]" in constraints
        return SignOff(1.0, "cout", 1.0, 1.0, 1.0)

    def place(verilog, netlist, library, platform, target_ns, found) -> Placement:
        assert found == timing
        return Placement(1.0, 1.0, 1.0)

    monkeypatch.setattr(tools, "opensta", lambda: Path("sta"))
    monkeypatch.setattr(opensta, "signoff", judge)
    monkeypatch.setattr(openroad, "place", place)
    platform = Platform("nangate45", (), "site", "metal3", "metal2", Path("setRC.tcl"), None)
    assert len(sign_off(task, [(sklansky(8), "v")], workers=1)) == 1
    assert len(place_netlists(task, sklansky(8), ["v"], platform, 1)) == 1


def test_each_netlist_is_placed_for_its_own_target(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def place(verilog, netlist, library, platform, target_ns, timing) -> Placement:
        assert (netlist, library) == (task.netlist(sklansky(8)), task.flow.library)
        assert platform is nangate
        return Placement(target_ns, float(len(verilog)), 3.5)

    monkeypatch.setattr(openroad, "place", place)
    nangate = Platform("nangate45", (), "site", "metal3", "metal2", Path("setRC.tcl"), None)
    assert place_netlists(task, sklansky(8), ["v", "vv", "vvv"], nangate, 2) == [
        {"placed_delay_ns": target, "placed_area_um2": length, "placed_power_uw": 3.5}
        for target, length in ((0.12, 1), (0.2, 2), (0.3, 3))
    ]
