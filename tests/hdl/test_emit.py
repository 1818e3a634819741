import re
from collections import Counter

import numpy as np
import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.hdl.emit import verilog
from circuitvae.hdl.prove import prove_blif, prove_verilog
from circuitvae.prefix.classical import kogge_stone, sklansky
from circuitvae.prefix.graph import PrefixGraph
from synthesis.blif import blif
from synthesis.errors import UserError

CARRIES = [(False, False), (False, True), (True, False), (True, True)]


def irregular(width: int, seed: int = 0) -> PrefixGraph:
    cells = np.random.default_rng(seed).random((width, width)) < 0.3
    return PrefixGraph.legalized(cells)


@pytest.mark.parametrize(("carry_in", "carry_out"), CARRIES)
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 13])
def test_verilog_is_proved_an_adder_and_its_mutants_are_caught(
    width: int, carry_in: bool, carry_out: bool
) -> None:
    circuit = Adder(carry_in=carry_in, carry_out=carry_out)
    text = verilog(circuit, irregular(width))
    mutants = []
    # Half sums, a carry, the top sum: what the outputs need in any graph.
    for net in ("x_0", "g_1_0", f"x_{width - 1}"):
        if assign := re.search(rf"assign {net} = (.*) ([&|^]) (.*);", text):
            operator = "|" if assign[2] == "^" else "^"
            mutants.append(
                text.replace(assign[0], f"assign {net} = {assign[1]} {operator} {assign[3]};")
            )
    verdicts = prove_verilog(circuit, width, [text, *mutants])
    assert verdicts[0] is None
    assert all(verdict is not None for verdict in verdicts[1:])


@pytest.mark.parametrize(("carry_in", "carry_out"), CARRIES)
def test_blif_is_proved_an_adder_and_a_mutant_is_caught(carry_in: bool, carry_out: bool) -> None:
    circuit = Adder(carry_in=carry_in, carry_out=carry_out)
    text = blif(circuit.netlist(irregular(8)))
    mutant = text.replace("11- 1\n--1 1", "11- 1", 1)
    assert mutant != text
    right, wrong = prove_blif(circuit, 8, [text, mutant])
    assert right is None
    assert wrong is not None


def test_every_node_has_one_wire_and_one_assign() -> None:
    graph = sklansky(8)
    text = verilog(Adder(), graph)
    wires = re.findall(r"^  wire (\w+);$", text, re.MULTILINE)
    assigned = re.findall(r"^  assign (\S+) = ", text, re.MULTILINE)
    nodes = [node.name for node in Adder().netlist(graph).nodes]
    assert Counter(wires) == Counter(nodes)
    assert Counter(assigned) == Counter([*nodes, *(f"sum[{i}]" for i in range(8)), "cout"])
    # 8 XOR, 8 AND, 7 OR; 12 nodes with g, of which 5 have p too (7 lie in column 0); 7 sums;
    # 9 outputs.
    assert len(nodes) == 8 + 8 + 7 + 12 + 5 + 7
    assert text.count("\n  // Prefix level ") == 3


def test_nets_are_declared_before_they_are_read() -> None:
    text = verilog(Adder(carry_in=True), irregular(13))
    declared: set[str] = set()
    for line in text.splitlines():
        if wire := re.fullmatch(r"  wire (\w+);", line):
            declared.add(wire[1])
        elif assign := re.fullmatch(r"  assign \S+ = (.*);", line):
            assert set(re.findall(r"\w+_\w+", assign[1])) <= declared


def test_header_states_the_graph() -> None:
    text = verilog(Adder(), kogge_stone(8), notes={"seed": "7"})
    # Kogge-Stone of 8 bits: 8 * 3 - 7 = 17 nodes, log2(8) = 3 levels.
    for line in (
        "// width: 8 bits",
        "// size: 17 prefix nodes",
        "// depth: 3 levels",
        f"// digest: {kogge_stone(8).digest}",
        "// seed: 7",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize(
    "note",
    [
        "x\nendmodule",
        "x\r\nendmodule",
        "*/ endmodule /*",
        "x\x0bx\u2028endmodule",
        "x\\",
        "\x1b\x00",
    ],
)
def test_no_note_breaks_out_of_the_header(note: str) -> None:
    text = verilog(Adder(), sklansky(2), notes={"note": note, note: "value"})
    head, _, body = text.partition("\n\n")
    assert body == verilog(Adder(), sklansky(2)).partition("\n\n")[2]
    lines = head.split("\n")
    assert len(lines) == 8
    for line in lines:
        assert re.fullmatch(r"// [\x20-\x5b\x5d-\x7e]*", line)


def test_module_name_is_kept() -> None:
    assert "\nmodule add_2\n" in verilog(Adder(), sklansky(2), module="add_2")


@pytest.mark.parametrize("module", ["", "1a", "a b", "a;", "module", "nand", "größe", "a\n"])
def test_illegal_module_name_is_refused(module: str) -> None:
    with pytest.raises(UserError, match="expected a Verilog identifier"):
        verilog(Adder(), sklansky(2), module=module)
