"""Virtual cells in ABC: what they add by hand, and that nothing else changes."""

from collections.abc import Iterator
from itertools import islice

import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import sklansky
from synthesis import abc_runs
from synthesis.abc import AbcSession
from synthesis.errors import ToolError, UserError
from synthesis.flow import Flow, Synthesizer
from synthesis.library import Library
from synthesis.mapped import MappedNetlist, read_blif
from synthesis.netlist import Input, Netlist, Node, Op, Output
from synthesis.structural import GateChooser
from synthesis.timing import UNIFORM, IOTiming
from synthesis.virtual_cells import VirtualCells
from synthesis.virtual_liberty import VirtualLibrary, _functions
from synthesis.ways import Ways

ADDER = Adder().netlist(sklansky(8))
AND = Netlist(
    "one_and",
    (Input("a", 0), Input("b", 3)),
    (Output("y", "n", 3),),
    (Node("n", Op.AND, ("a", "b"), 3),),
)


@pytest.fixture
def abc() -> Iterator[AbcSession]:
    with AbcSession() as session:
        yield session


def read_cells(session: AbcSession, library: Library, then: str) -> None:
    commands = []
    for index, path in enumerate(library.plain_files(session.folder)):
        excluded = " ".join(f"-X {cell}" for cell in library.dont_use)
        (session.folder / f"cells{index}.lib").symlink_to(path)
        commands.append(f"read_lib {'-m' if index else ''} {excluded} cells{index}.lib")
    (session.folder / "read").write_text("\n".join([*commands, then, ""]))
    session.run("source read", 60)


def delay_ps(session: AbcSession, netlist: MappedNetlist) -> float:
    (session.folder / "netlist.blif").write_text(netlist.blif())
    steps = ["empty", "read_blif netlist.blif", "print_stats", "topo", "stime"]
    ((delay, _),) = abc_runs.run(session, netlist.name, steps, 60, timed=1)
    return delay


def structural(netlist: Netlist, library: Library) -> MappedNetlist:
    """The least gates, all as slow as each other."""
    cells = [cell for cell in library.cells.values() if cell.gate]
    delays = {cell.name: dict.fromkeys(cell.inputs, 10.0) for cell in cells}
    return GateChooser(netlist, Ways(library, delays)).choose()


def timed_ps(
    session: AbcSession,
    library: Library,
    timing: IOTiming,
    netlist: Netlist = AND,
    wire_ff_per_column: float = 0.0,
) -> float:
    """Delay of the smallest gates, by way of virtual cells."""
    virtual = VirtualCells(library, timing, *netlist.ports, wire_ff_per_column)
    (session.folder / "virtual.lib").write_text(virtual.liberty)
    read_cells(session, library, "read_lib -m virtual.lib")
    columns = {pin.name: pin.column for pin in netlist.inputs}
    decorated = virtual.with_all(read_blif(structural(netlist, library).blif(), columns))
    for path in session.folder.glob("cells*.lib"):
        path.unlink()
    return delay_ps(session, decorated) - virtual.shift_ps


def plain_ps(
    session: AbcSession, library: Library, netlist: Netlist = AND, load_ff: float | None = None
) -> float:
    load_ff = library.load_ff if load_ff is None else load_ff
    (session.folder / "constraints").write_text(
        f"set_driving_cell {library.driver_cell}\nset_load {load_ff} [all_outputs]\n"
    )
    read_cells(session, library, "read_constr constraints")
    return delay_ps(session, structural(netlist, library))


def test_without_times_delays_are_those_without_virtual_cells(
    any_library: Library, abc: AbcSession
) -> None:
    timed = timed_ps(abc, any_library, UNIFORM, ADDER)
    # Another process: a driving cell once read is never forgotten.
    with AbcSession() as other:
        assert timed == pytest.approx(plain_ps(other, any_library, ADDER), abs=0.02)


def test_times_by_hand(generic45: Library, abc: AbcSession) -> None:
    least = timed_ps(abc, generic45, UNIFORM)
    for timing, more_ps in [
        (IOTiming(arrival_ns=(("a", 0.5), ("b", 0.5))), 500),
        (IOTiming(arrival_ns=(("a", -0.5), ("b", -0.5))), -500),
        (IOTiming(arrival_ns=(("a", 0.1), ("b", 0.1)), required_ns=(("y", 0.3),)), -200),
        (IOTiming(required_ns=(("y", -0.0307),)), 30.7),
    ]:
        assert timed_ps(abc, generic45, timing) == pytest.approx(least + more_ps, abs=0.02)
    # Input b alone, far later than a, decides; a fraction of a picosecond is kept.
    late = timed_ps(abc, generic45, IOTiming(arrival_ns=(("b", 5.0003),)))
    assert least - 10 < late - 5000.3 <= least + 0.02


def test_loads_by_hand(generic45: Library, abc: AbcSession) -> None:
    heavy = timed_ps(abc, generic45, IOTiming(load_ff=(("y", 20.0),)))
    # The AND stands in column 3: only input a has a wire, of 3 columns.
    wired = timed_ps(abc, generic45, UNIFORM, wire_ff_per_column=2.0)
    free = timed_ps(abc, generic45, UNIFORM)
    with AbcSession() as other:
        assert heavy == pytest.approx(plain_ps(other, generic45, load_ff=20.0), abs=0.02)
    moved = Netlist("wired", AND.inputs, (Output("y", "n", 5),), AND.nodes)
    # Two more columns to the output are as good as 4 fF on it.
    far = timed_ps(abc, generic45, UNIFORM, moved, 2.0)
    near = timed_ps(abc, generic45, IOTiming(load_ff=(("y", 4.0 + generic45.load_ff),)), AND, 2.0)
    assert far == pytest.approx(near, abs=0.02) and free < wired < far


def test_another_driver_counts(generic45: Library, abc: AbcSession) -> None:
    weak = timed_ps(abc, generic45, IOTiming(driver_cell="BUF_X1"))
    strong = timed_ps(abc, generic45, IOTiming(driver_cell="BUF_X8"))
    assert weak > timed_ps(abc, generic45, UNIFORM) > strong


def test_abc_writes_back_what_was_put_in(generic45: Library, abc: AbcSession) -> None:
    timing = IOTiming(arrival_ns=(("a", tuple(i / 10 for i in range(8))),))
    virtual = VirtualCells(generic45, timing, *ADDER.ports, 0.3)
    gates = structural(ADDER, generic45)
    decorated = virtual.with_all(gates)
    cells = {instance.cell for instance in decorated.instances}
    # Eight arrival times, one required time; the widest net crosses 4 columns.
    assert len([cell for cell in cells if cell.startswith("virtual_source")]) == 8
    assert len([cell for cell in cells if cell.startswith("virtual_sink")]) == 1
    assert 0 < len([cell for cell in cells if cell.startswith("virtual_load")]) <= 4
    plain = virtual.read(decorated.blif())
    assert (plain.inputs, plain.outputs) == (gates.inputs, gates.outputs)
    assert [i[:2] for i in plain.instances] == [i[:2] for i in gates.instances]

    (abc.folder / "virtual.lib").write_text(virtual.liberty)
    read_cells(abc, generic45, "read_lib -m virtual.lib")
    (abc.folder / "decorated.blif").write_text(decorated.blif())
    abc.run("read_blif decorated.blif; topo; upsize; dnsize; write_blif sized.blif", 60)
    (abc.folder / "plain.blif").write_text(
        virtual.read((abc.folder / "sized.blif").read_text()).blif()
    )
    (abc.folder / "gates.blif").write_text(gates.blif())
    output = abc.run("cec gates.blif plain.blif", 60)
    assert "Networks are equivalent" in output


def test_an_input_that_nothing_reads(generic45: Library) -> None:
    netlist = Netlist("spare", (*AND.inputs, Input("c", 9)), AND.outputs, AND.nodes)
    timing = IOTiming(arrival_ns=(("a", 0.2),))
    synthesizer = Synthesizer(Flow(generic45, (0.3,), timing=timing))
    assert synthesizer.curve(netlist, prove=True)[0].delay_ns > 0.2
    synthesizer.close()


@pytest.mark.parametrize("port", ["source", "sink"])
def test_virtual_cells_that_are_lost_or_doubled_are_a_failure(
    generic45: Library, port: str
) -> None:
    virtual = VirtualCells(generic45, UNIFORM, *AND.ports)
    lines = virtual.with_ports(structural(AND, generic45)).blif().splitlines()
    (*_, line) = (line for line in lines if f".gate virtual_{port}" in line)
    doubled = "\n".join([*lines[:-1], line, lines[-1]])
    changed = (
        doubled.replace("a.source", "b.source")
        if port == "source"
        else ("\n".join(other for other in lines if other != line))
    )
    with pytest.raises(ToolError, match="virtual cells are not at the ports"):
        virtual.read(changed)


def test_more_different_times_than_functions(generic45: Library) -> None:
    functions = list(_functions())
    assert len(set(functions)) == len(functions) == 1891
    virtual = VirtualLibrary(generic45, "BUF_X2")
    virtual._functions = islice(_functions(), 2)
    assert virtual.source(0.1) == virtual.source(0.1) != virtual.source(0.2)
    with pytest.raises(UserError, match="at most 2 different times and loads"):
        virtual.load(3.0)
