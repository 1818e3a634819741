"""Writes a prefix graph as a Yosys techmap file: the carry unit of every adder Yosys maps."""

import itertools
from collections.abc import Iterator, Mapping

from circuitvae.hdl.emit import header
from circuitvae.prefix.graph import PrefixGraph

_USAGE = """\
// Yosys replaces its look-ahead carry unit ($lcu: sums, differences, comparisons) by this module.
//   yosys 0.39 or later:     synth -extra-map THIS_FILE
//   older yosys:             synth -run begin:fine; techmap -map +/techmap.v -map THIS_FILE;
//                            opt; then abc and the rest as usual
//   OpenROAD-flow-scripts:   export SYNTH_OPERATIONS_ARGS="-extra-map /path/THIS_FILE"
//   siliconcompiler:         add_yosys_synthextramap("THIS_FILE")
//   LibreLane:               no hook for $lcu
// Of several such files the narrowest that is wide enough serves a $lcu. Widths below that of the
// graph leave out its upper rows; one bit more, as a sum with carry-out asks for, ripples.
// ABC may restructure the logic afterwards: compare area and delay with and without this file.
"""


def yosys_techmap(graph: PrefixGraph, notes: Mapping[str, str]) -> str:
    """A techmap file for every ``$lcu`` of up to ``N + 1`` bits, given a graph of ``N``.

    The carry-in joins the generate of bit 0, as in :class:`circuitvae.circuits.adder.Adder`.
    Correct for any ``P`` and ``G``, both 1 included.

    Args:
        graph: The prefix graph.
        notes: What else the header shall say.

    References:
        Yosys manual, command ``techmap``; its ``techmap.v``, module ``_90_lcu_brent_kung``.
    """
    width = graph.width
    head = header("Prefix graph for Yosys's $lcu", graph, notes)
    return (
        head
        + _USAGE
        + "\n".join(
            [
                "",
                '(* techmap_celltype = "$lcu" *)',
                f"module _70_lcu_circuitvae_{width:03d}_{graph.digest} (P, G, CI, CO);",
                "  parameter WIDTH = 1;",
                "  (* force_downto *)",
                "  input [WIDTH-1:0] P, G;",
                "  input CI;",
                "  (* force_downto *)",
                "  output [WIDTH-1:0] CO;",
                "",
                f"  wire _TECHMAP_FAIL_ = WIDTH < 1 || WIDTH > {width + 1};",
                "",
                "  wire g_0_0 = G[0] | (P[0] & CI);",
                "  assign CO[0] = g_0_0;",
                *_rows(graph),
                "",
                f"  generate if (WIDTH > {width}) begin : row_{width}",
                f"    assign CO[{width}] = G[{width}] | (P[{width}] & g_{width - 1}_0);",
                "  end endgenerate",
                "endmodule",
                "",
            ]
        )
    )


def _rows(graph: PrefixGraph) -> Iterator[str]:
    """The rows above bit 0: each declares its nets and, where ``WIDTH`` has it, drives them."""
    for row, nodes in itertools.groupby(graph.nodes(), key=lambda node: node[0]):
        nets: list[str] = []
        assigns: list[str] = []
        for _, column in nodes:
            upper, lower = graph.parents(row, column)
            assigns.append(
                f"g_{row}_{column} = {_generate(*upper)} | "
                f"({_propagate(*upper)} & {_generate(*lower)})"
            )
            nets.append(f"g_{row}_{column}")
            if column:
                assigns.append(f"p_{row}_{column} = {_propagate(*upper)} & {_propagate(*lower)}")
                nets.append(f"p_{row}_{column}")
        yield ""
        yield f"  wire {', '.join(nets)};"
        yield f"  generate if (WIDTH > {row}) begin : row_{row}"
        yield from (f"    assign {line};" for line in [*assigns, f"CO[{row}] = g_{row}_0"])
        yield "  end endgenerate"


def _generate(row: int, column: int) -> str:
    return f"G[{row}]" if row == column > 0 else f"g_{row}_{column}"


def _propagate(row: int, column: int) -> str:
    return f"P[{row}]" if row == column else f"p_{row}_{column}"
