"""The binary adder of a prefix graph."""

from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Bool

from circuitvae.circuits.base import Port
from circuitvae.hdl import golden
from circuitvae.prefix.graph import PrefixGraph
from synthesis.compiled import compiled
from synthesis.matches import AND, AO21, OR, XOR
from synthesis.netlist import Input, Netlist, Node, Op, Output
from synthesis.numbered import NODE, Numbered, arranged


@dataclass(frozen=True, slots=True)
class Adder:
    """``{cout, sum} = a + b + cin``, carry-in and carry-out optional.

    A carry-in joins the generate of bit 0: ``g[0] = a[0] b[0] | (a[0] | b[0]) cin``. Without a
    carry-out, the nodes that only it needs (those of the last row) are left out.
    Propagates are ORs, as carry generation allows; the sums use separate XORs.

    References:
        Zimmermann, "Binary Adder Architectures for Cell-Based VLSI and their Synthesis",
        ETH Zürich, 1997, sections 3.5 and 4.
    """

    carry_in: bool = False
    carry_out: bool = True

    @property
    def key(self) -> str:
        """For example ``adder-cin-cout``."""
        return "adder" + "-cin" * self.carry_in + "-cout" * self.carry_out

    def inputs(self, width: int) -> list[Port]:
        """Ports ``a``, ``b`` and, if there is one, ``cin``."""
        return [Port("a", width), Port("b", width)] + [Port("cin")] * self.carry_in

    def outputs(self, width: int) -> list[Port]:
        """Ports ``sum`` and, if there is one, ``cout``."""
        return [Port("sum", width)] + [Port("cout")] * self.carry_out

    def golden(self, width: int, module: str) -> str:
        """Verilog with the operator ``+``."""
        return golden.adder(width, module, carry_in=self.carry_in, carry_out=self.carry_out)

    def netlist(self, graph: PrefixGraph) -> Netlist:
        """Nets ``g_i_j`` and ``p_i_j`` carry the generate and propagate of span i..j."""
        width = graph.width
        rows = width if self.carry_out else width - 1
        nodes: list[Node] = []

        def add(name: str, op: Op, column: int, *inputs: str) -> None:
            nodes.append(Node(name, op, inputs, column))

        for i in range(width):
            add(f"x_{i}", Op.XOR, i, f"a[{i}]", f"b[{i}]")
        for i in range(rows):
            if i > 0 or self.carry_in:
                add(f"p_{i}_{i}", Op.OR, i, f"a[{i}]", f"b[{i}]")
            generate = "k_0" if i == 0 and self.carry_in else f"g_{i}_{i}"
            add(generate, Op.AND, i, f"a[{i}]", f"b[{i}]")
        if self.carry_in and rows:
            add("g_0_0", Op.AO21, 0, "p_0_0", "cin", "k_0")
        for i, j in graph.nodes():
            if i < rows:
                (_, k), (low, _) = graph.parents(i, j)
                add(f"g_{i}_{j}", Op.AO21, i, f"p_{i}_{k}", f"g_{low}_{j}", f"g_{i}_{k}")
                if j > 0:
                    add(f"p_{i}_{j}", Op.AND, i, f"p_{i}_{k}", f"p_{low}_{j}")
        carries = ["cin"] if self.carry_in else []
        for i in range(width):
            if i > 0 or carries:
                add(f"s_{i}", Op.XOR, i, f"x_{i}", f"g_{i - 1}_0" if i > 0 else "cin")
        outputs = [
            Output(f"sum[{i}]", f"s_{i}" if i > 0 or carries else "x_0", i) for i in range(width)
        ]
        if self.carry_out:
            outputs.append(Output("cout", f"g_{width - 1}_0", width - 1))
        inputs = [Input(bit, i) for port in "ab" for i, bit in enumerate(Port(port, width).bits())]
        return Netlist(
            name=f"adder_{width}_{graph.digest}",
            inputs=(*inputs, *(Input(name, 0) for name in carries)),
            outputs=tuple(outputs),
            nodes=tuple(nodes),
        )

    def reduced(self, grids: Bool[np.ndarray, "B N N"]) -> Bool[np.ndarray, "B N N"]:
        """Without a carry-out, nothing of the last row but its input and its output."""
        if self.carry_out:
            return grids
        grids = grids.copy()
        grids[:, -1, 1:-1] = False
        return grids

    def numbered(self, grid: Bool[np.ndarray, "N N"]) -> Numbered:
        """What :func:`synthesis.numbered.numbered` makes of :meth:`netlist`, much sooner."""
        width, cin = len(grid), int(self.carry_in)
        rows = width if self.carry_out else width - 1
        room = np.zeros(2 * width + 1 + 2 * np.count_nonzero(grid), NODE)
        nodes, carry = _nodes(grid, rows, cin, room)
        columns = np.concatenate([np.arange(width), np.arange(width), np.zeros(cin, int)])
        first = len(columns)
        sums = first + len(nodes) - width + np.arange(width)
        if not cin:
            sums[0] = first
        outputs = np.append(sums, carry) if self.carry_out else sums
        return arranged(nodes, columns, outputs)[0]


@compiled
@no_type_check
def _nodes(grid, rows, carry_in, nodes):
    """The nodes of an adder's netlist, in its order, and the net of its carry-out if it has one."""
    width = len(grid)
    first = 2 * width + carry_in
    generate = np.full((width, width), -1)
    propagate = np.full((width, width), -1)
    nodes["nand"][:] = -1
    nodes["half_sum"][:] = -1
    count = 0
    for bit in range(width):
        _fill(nodes[count], XOR, bit, width + bit, width + bit, bit)
        count += 1
    for bit in range(rows):
        if bit > 0 or carry_in:
            _fill(nodes[count], OR, bit, width + bit, width + bit, bit)
            nodes[count]["half_sum"] = first + bit
            propagate[bit, bit] = first + count
            count += 1
        _fill(nodes[count], AND, bit, width + bit, width + bit, bit)
        nodes[bit]["nand"] = generate[bit, bit] = first + count
        count += 1
    if carry_in and rows > 0:
        _fill(nodes[count], AO21, propagate[0, 0], 2 * width, generate[0, 0], 0)
        generate[0, 0] = first + count
        count += 1
    for row in range(rows):
        upper = row
        for column in range(row - 1, -1, -1):
            if not grid[row, column]:
                continue
            both = propagate[row, upper]
            lower, own = generate[upper - 1, column], generate[row, upper]
            _fill(nodes[count], AO21, both, lower, own, row)
            generate[row, column] = first + count
            count += 1
            if column > 0:
                lower = propagate[upper - 1, column]
                _fill(nodes[count], AND, both, lower, lower, row)
                propagate[row, column] = first + count
                count += 1
            upper = column
    for bit in range(width):
        if bit > 0 or carry_in:
            carry = generate[bit - 1, 0] if bit > 0 else 2 * width
            _fill(nodes[count], XOR, first + bit, carry, carry, bit)
            count += 1
    return nodes[:count].copy(), generate[width - 1, 0]


@compiled
@no_type_check
def _fill(node, op, one, two, three, column):
    node["op"], node["column"] = op, column
    node["nets"][0], node["nets"][1], node["nets"][2] = one, two, three
