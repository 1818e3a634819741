"""Gates chosen by hand-worked delays: which, in which phase, how many; always the same logic."""

import math
import random
from collections import Counter

import numpy as np
import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import brent_kung, ripple, sklansky
from circuitvae.prefix.graph import PrefixGraph
from synthesis.abc import AbcSession
from synthesis.blif import blif
from synthesis.errors import UserError
from synthesis.gates import Gate
from synthesis.library import Library
from synthesis.mapped import MappedNetlist
from synthesis.netlist import Input, Netlist, Node, Op, Output
from synthesis.propagates import propagates
from synthesis.structural import GateChooser
from synthesis.timing import IOTiming
from synthesis.ways import Ways, read_delays

DELAYS_PS = {Gate.INV: 5.0, Gate.BUF: 10.0, Gate.XOR2: 30.0, Gate.XNOR2: 30.0}
SLOW = {Gate.AND2: 25.0, Gate.OR2: 25.0, Gate.AO21: 30.0, Gate.OA21: 30.0}


@pytest.fixture
def ways(generic45: Library) -> Ways:
    """Inverting gates take 10 ps (3 inputs: 15 ps) from each pin, an inverter 5 ps."""
    delays = {}
    for cell in generic45.cells.values():
        if cell.gate:
            usual = 15.0 if len(cell.inputs) == 3 else 10.0
            delay = (DELAYS_PS | SLOW).get(cell.gate, usual)
            delays[cell.name] = dict.fromkeys(cell.inputs, delay)
    return Ways(generic45, delays)


def net(*nodes: Node, outputs: tuple[str, ...], inputs: str = "abcdefg") -> Netlist:
    return Netlist(
        "circuit",
        tuple(Input(name, 0) for name in inputs),
        tuple(Output(f"out_{name}", name, 0) for name in outputs),
        nodes,
    )


def kinds(netlist: MappedNetlist) -> Counter[str]:
    return Counter(instance.cell.split("_")[0] for instance in netlist.instances)


def equivalent(netlist: Netlist, mapped: MappedNetlist, library: Library) -> bool:
    with AbcSession() as session:
        (path,) = library.plain_files(session.folder)
        (session.folder / "cells.lib").symlink_to(path)
        (session.folder / "logic.blif").write_text(blif(netlist))
        (session.folder / "mapped.blif").write_text(mapped.blif())
        output = session.run("read_lib cells.lib; read_blif mapped.blif; cec logic.blif", 60)
    return "Networks are equivalent" in output


CARRIES = [
    Node("x", Op.AO21, ("a", "b", "c"), 0),
    Node("y", Op.AO21, ("d", "x", "e"), 1),
]


def test_carries_alternate_where_that_is_faster(ways: Ways) -> None:
    """Two AO21 take 60 ps; two AOI21 and INV 40 ps; AOI21, then OAI21 of d and e inverted 30."""
    chooser = GateChooser(net(*CARRIES, outputs=("y",)), ways)
    assert kinds(chooser.choose()) == {"AO21": 2}
    assert kinds(chooser.choose(0.045)) == {"AOI21": 2, "INV": 2}
    assert kinds(chooser.choose(0.035)) == {"AOI21": 1, "OAI21": 1, "INV": 2}


def test_a_late_carry_skips_a_level(ways: Ways) -> None:
    """With b 100 ps late, d & x | e = (d & a) & b | (d & c | e): b passes one gate."""
    circuit = net(*CARRIES, outputs=("y",))
    late = GateChooser(circuit, ways, IOTiming(arrival_ns=(("b", 0.1),)))
    assert kinds(late.choose(0.121)) == {"NAND2": 1, "AOI21": 1, "INV": 1, "OAI21": 1}
    # Without the hurry the carries stay as they are.
    assert kinds(late.choose()) == {"AO21": 2}


def test_an_early_required_time_calls_for_faster_gates(ways: Ways) -> None:
    circuit = net(*CARRIES, outputs=("y",))
    early = GateChooser(circuit, ways, IOTiming(required_ns=(("out_y", -0.1),)))
    assert kinds(early.choose(0.135)) == {"AOI21": 1, "OAI21": 1, "INV": 2}


def test_a_chain_of_ands_is_one_wide_gate(ways: Ways, generic45: Library) -> None:
    chain = [Node("x", Op.AND, ("a", "b"), 0), Node("y", Op.AND, ("x", "c"), 1)]
    circuit = net(*chain, Node("z", Op.AO21, ("y", "d", "e"), 2), outputs=("z",))
    chosen = GateChooser(circuit, ways).choose(0.0)
    assert equivalent(circuit, chosen, generic45)
    assert len(chosen.instances) < 6


def test_the_later_input_takes_the_faster_pin(generic45: Library) -> None:
    delays = {
        cell.name: {pin: 10.0 + 2 * index for index, pin in enumerate(cell.inputs)}
        for cell in generic45.cells.values()
        if cell.gate
    }
    nodes = [Node("x", Op.AND, ("a", "b"), 0), Node("y", Op.XOR, ("x", "c"), 0)]
    for late in ("a", "b"):
        timing = IOTiming(arrival_ns=((late, 0.05),))
        chosen = GateChooser(net(*nodes, outputs=("y",)), Ways(generic45, delays), timing).choose(0)
        first = chosen.instances[0]
        assert first.nets[first.pins.index("A")] == late


def test_brent_kung_of_four_bits_by_hand(ways: Ways, generic45: Library) -> None:
    """A bit is NAND2 and OAI21, its XNOR and its propagate; bit 0 needs the XOR.

    Three carries are OAI21 of complemented inputs, after one inverter; the carry-out is AO21.
    """
    circuit = Adder().netlist(brent_kung(4))
    assert propagates(circuit) == {f"p_{i}_{i}": f"x_{i}" for i in (1, 2, 3)}
    chosen = GateChooser(circuit, ways).choose()
    leaves = Counter(NAND2=4, OAI21=3, XOR2=1)
    carries = Counter(OAI21=3, NOR2=1, INV=1, AO21=1)
    found = kinds(chosen)
    sums = found - leaves - carries
    assert sums["XOR2"] + sums["XNOR2"] == sums.total() == 3
    area_um2 = sum(generic45.cells[instance.cell].area_um2 for instance in chosen.instances)
    # 5 NAND2 or NOR2, 6 OAI21, 4 XOR2 or XNOR2, AO21, INV.
    assert area_um2 == pytest.approx(5 * 0.798 + 6 * 1.064 + 4 * 1.596 + 1.33 + 0.532)
    assert equivalent(circuit, chosen, generic45)


def test_a_propagate_that_is_seen_stays_an_or(ways: Ways, generic45: Library) -> None:
    circuit = Adder().netlist(sklansky(4))
    shown = Netlist(
        circuit.name, circuit.inputs, (*circuit.outputs, Output("p", "p_2_2", 2)), circuit.nodes
    )
    assert propagates(circuit) and not propagates(shown)
    swapped = Node("v", Op.XOR, ("p_2_2", "g_0_0"), 2)
    seen = Netlist(
        circuit.name,
        circuit.inputs,
        (*circuit.outputs, Output("w", "v", 2)),
        (*circuit.nodes, swapped),
    )
    assert not propagates(seen)
    for other in (shown, seen):
        assert equivalent(other, GateChooser(other, ways).choose(), generic45)


def test_a_propagate_wrongly_replaced_fails_the_proof(
    ways: Ways, generic45: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    circuit = Adder().netlist(sklansky(4))
    shown = Netlist(
        circuit.name, circuit.inputs, (*circuit.outputs, Output("p", "p_2_2", 2)), circuit.nodes
    )
    wrong = propagates(circuit)
    monkeypatch.setattr("synthesis.numbered.propagates", lambda netlist: wrong)
    assert not equivalent(shown, GateChooser(shown, ways).choose(), generic45)


@pytest.mark.parametrize("target_ns", [0.0, 0.06, 0.1, math.inf])
@pytest.mark.parametrize("width", [1, 2, 3, 7, 16])
def test_every_choice_is_the_same_circuit(
    ways: Ways, generic45: Library, width: int, target_ns: float
) -> None:
    rng = np.random.default_rng(width)
    for graph in (ripple(width), PrefixGraph.legalized(rng.random((width, width)) < 0.3)):
        for circuit in (Adder(), Adder(carry_in=True), Adder(carry_out=False)):
            netlist = circuit.netlist(graph)
            chosen = GateChooser(netlist, ways).choose(target_ns)
            assert equivalent(netlist, chosen, generic45)
            assert {instance.column for instance in chosen.instances} == set(range(width))


@pytest.mark.parametrize("seed", range(12))
def test_any_netlist_keeps_its_function(ways: Ways, generic45: Library, seed: int) -> None:
    """Random operations on few nets, so that siblings, masks and shared nets abound."""
    draw = random.Random(seed)
    nets, nodes = list("abcde"), []
    for index in range(30):
        op = draw.choice([Op.AND, Op.OR, Op.XOR, Op.AO21, Op.AO21])
        again = nodes and op is not Op.AO21 and draw.random() < 0.5
        pairs = [node.inputs for node in nodes if len(node.inputs) == 2]
        inputs = tuple(draw.sample(nets[-8:], 3 if op is Op.AO21 else 2))
        if again and pairs:
            inputs = draw.choice(pairs)
        nodes.append(Node(f"n{index}", op, inputs, 0))
        nets.append(f"n{index}")
    outputs = draw.sample(nets[5:], 6)
    circuit = net(*nodes, outputs=tuple(outputs))
    for target_ns in (0.0, 0.1, math.inf):
        assert equivalent(circuit, GateChooser(circuit, ways).choose(target_ns), generic45)


@pytest.mark.parametrize("target_ns", [0.0, 0.05, math.inf])
def test_a_full_adder_without_its_sum(ways: Ways, generic45: Library, target_ns: float) -> None:
    """The half sum leaves the circuit and is the propagate too; nothing else reads it."""
    nodes = [Node("k", Op.AND, ("a", "b"), 0), Node("p", Op.OR, ("a", "b"), 0)]
    nodes += [Node("x", Op.XOR, ("a", "b"), 0), Node("y", Op.AO21, ("p", "c", "k"), 0)]
    circuit = net(*nodes, outputs=("x", "y"))
    assert propagates(circuit) == {"p": "x"}
    assert equivalent(circuit, GateChooser(circuit, ways).choose(target_ns), generic45)


def test_inputs_and_shared_nets_reach_outputs_through_buffers(
    ways: Ways, generic45: Library
) -> None:
    nodes = (Node("x", Op.AND, ("a", "b"), 0),)
    inputs = (Input("a", 0), Input("b", 0))
    outputs = (Output("one", "x", 0), Output("two", "x", 0), Output("same", "a", 0))
    circuit = Netlist("circuit", inputs, outputs, nodes)
    chosen = GateChooser(circuit, ways).choose()
    assert kinds(chosen)["BUF"] == 2
    assert equivalent(circuit, chosen, generic45)


def test_less_time_costs_area(ways: Ways, generic45: Library) -> None:
    chooser = GateChooser(Adder().netlist(sklansky(32)), ways)
    areas = [
        sum(generic45.cells[instance.cell].area_um2 for instance in chooser.choose(t).instances)
        for t in (math.inf, 0.3, 0.2, 0.0)
    ]
    assert areas == sorted(areas) and areas[0] < areas[-1]


def test_delays_are_read_from_genlib_and_must_be_there(generic45: Library) -> None:
    text = "GATE NAND2_X1 0.80 ZN=!(A1 & A2);\n  PIN A1 UNKNOWN 1 999 18.37 0.00 18.37 0.00\n"
    assert read_delays(text) == {"NAND2_X1": {"A1": 18.37}}
    with pytest.raises(UserError, match="library generic45: no delay of INV"):
        Ways(generic45, {})
