"""Writes the circuit of a prefix graph as structural Verilog-2001, by way of Pyverilog."""

import re
from collections.abc import Mapping

from pyverilog.ast_code_generator.codegen import ASTCodeGenerator
from pyverilog.vparser import ast as vast

from circuitvae.circuits.base import Circuit, Port
from circuitvae.prefix.graph import PrefixGraph
from synthesis.errors import UserError
from synthesis.netlist import Netlist, Op

SPAN = re.compile(r"([gp])_(\d+)_(\d+)")
"""A net of span i..j: generate ``g_i_j`` or propagate ``p_i_j``."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = """
    always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config
    deassign default defparam design disable edge else end endcase endconfig endfunction
    endgenerate endmodule endprimitive endspecify endtable endtask event for force forever fork
    function generate genvar highz0 highz1 if ifnone incdir include initial inout input instance
    integer join large liblist library localparam macromodule medium module nand negedge nmos
    nor noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1
    pulldown pullup pulsestyle_onevent pulsestyle_ondetect rcmos real realtime reg release
    repeat rnmos rpmos rtran rtranif0 rtranif1 scalared showcancelled signed small specify
    specparam strong0 strong1 supply0 supply1 table task time tran tranif0 tranif1 tri tri0 tri1
    triand trior trireg unsigned use vectored wait wand weak0 weak1 while wire wor xnor xor
"""
"""IEEE Std 1364-2001, annex B."""
_BIT = re.compile(r"(\w+)\[(\d+)\]")
_OPERATORS = {Op.AND: vast.And, Op.OR: vast.Or, Op.XOR: vast.Xor}


def verilog(
    circuit: Circuit,
    graph: PrefixGraph,
    module: str | None = None,
    notes: Mapping[str, str] = {},
) -> str:
    """One module: a wire and an assign for every node, in sections by prefix level.

    Args:
        circuit: What the graph computes.
        graph: The prefix graph.
        module: Name of the module; the netlist's own if None.
        notes: What else the header shall say, such as library, tool versions, seed, licence.

    Raises:
        UserError: ``module`` is not a Verilog identifier.
    """
    netlist = circuit.netlist(graph)
    module = netlist.name if module is None else module
    if not _IDENTIFIER.fullmatch(module) or module in _KEYWORDS.split():
        raise UserError(f"expected a Verilog identifier for the module name, found {module!r}")
    definition = vast.ModuleDef(
        name=module,
        paramlist=None,
        portlist=vast.Portlist(
            [_port(vast.Input, port) for port in circuit.inputs(graph.width)]
            + [_port(vast.Output, port) for port in circuit.outputs(graph.width)]
        ),
        items=_items(netlist, graph),
    )
    source = vast.Source("", vast.Description([definition]))
    body = ASTCodeGenerator().visit(source).strip()
    return header(f"Prefix circuit {circuit.key}", graph, notes) + f"\n{body}\n"


def header(title: str, graph: PrefixGraph, notes: Mapping[str, str]) -> str:
    """Comment lines that say what a file holds; no note can end the comment it stands in."""
    facts = {
        "width": f"{graph.width} bits",
        "size": f"{graph.size} prefix nodes",
        "depth": f"{graph.depth} levels",
        "max fan-out": f"{graph.max_fanout} prefix nodes",
        "digest": graph.digest,
    }
    lines = [f"{name}: {value}" for name, value in [*facts.items(), *notes.items()]]
    return "".join(f"// {_one_line(line)}\n" for line in [title, *lines])


def _one_line(text: str) -> str:
    """Printable ASCII without line breaks, and without the backslash that could join lines."""
    joined = " ".join(text.split()).replace("\\", "/")
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in joined)


def _port(direction: type[vast.Variable], port: Port) -> vast.Ioport:
    width = (
        None
        if port.width is None
        else vast.Width(vast.IntConst(str(port.width - 1)), vast.IntConst("0"))
    )
    return vast.Ioport(direction(port.name, width=width))


def _items(netlist: Netlist, graph: PrefixGraph) -> list[vast.Node]:
    """Wires and assigns with titles: single bits, each prefix level, results, outputs."""
    sections = _sections(netlist, graph)
    items: list[vast.Node] = []
    for section in sorted(set(sections.values())):
        title = (
            "Single bits"
            if section == 0
            else f"Prefix level {section}"
            if section <= graph.depth
            else "Results"
        )
        nodes = [node for node in netlist.nodes if sections[node.name] == section]
        items.append(vast.EmbeddedCode("\n" * bool(items) + f"// {title}"))
        items += [vast.Wire(node.name) for node in nodes]
        for node in nodes:
            first, second, *rest = map(_net, node.inputs)
            value = (
                vast.Or(rest[0], vast.And(first, second))
                if node.op is Op.AO21
                else _OPERATORS[node.op](first, second)
            )
            items.append(_assign(node.name, value))
    items.append(vast.EmbeddedCode("\n// Outputs"))
    items += [_assign(output.name, _net(output.net)) for output in netlist.outputs]
    return items


def _sections(netlist: Netlist, graph: PrefixGraph) -> dict[str, int]:
    """Section of each node: its prefix level, 0 before the graph, ``depth + 1`` after it."""
    read = {net for node in netlist.nodes for net in node.inputs}
    sections: dict[str, int] = {}
    for node in netlist.nodes:
        drivers = [sections[net] for net in node.inputs if net in sections]
        if span := SPAN.fullmatch(node.name):
            sections[node.name] = int(graph.levels[int(span[2]), int(span[3])])
        elif not drivers or (node.name in read and not any(drivers)):
            sections[node.name] = 0
        else:
            sections[node.name] = graph.depth + 1
    return sections


def _net(name: str) -> vast.Node:
    if bit := _BIT.fullmatch(name):
        return vast.Pointer(vast.Identifier(bit[1]), vast.IntConst(bit[2]))
    return vast.Identifier(name)


def _assign(name: str, value: vast.Node) -> vast.Assign:
    return vast.Assign(vast.Lvalue(_net(name)), vast.Rvalue(value))
