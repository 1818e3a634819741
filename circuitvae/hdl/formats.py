"""Every format a design can be exported to; what is a circuit is proved before it leaves."""

from collections.abc import Callable, Mapping

from circuitvae.circuits.base import Circuit
from circuitvae.hdl.emit import verilog
from circuitvae.hdl.prove import prove_blif, prove_techmap, prove_verilog
from circuitvae.hdl.techmap import yosys_techmap
from circuitvae.prefix.convert import to_cellmap, to_dot, to_graphml, to_json
from circuitvae.prefix.graph import PrefixGraph
from synthesis import tools
from synthesis.blif import blif
from synthesis.equivalence import Difference
from synthesis.errors import ToolError, unknown

Notes = Mapping[str, str]


LICENCE = "CC0-1.0: use this generated file as you like"


def stamped(notes: Notes) -> dict[str, str]:
    """Notes, and what every file says beside them: the tools in use and the licence."""
    versions = ", ".join(f"{name} {version}" for name, version in tools.versions().items())
    return {**notes, "tools": versions, "licence": LICENCE}


def _proved(text: str, *verdicts: Difference | None) -> str:
    for verdict in verdicts:
        if verdict is not None:
            raise ToolError("proof", f"the exported file is wrong: {verdict}")
    return text


def _verilog(circuit: Circuit, graph: PrefixGraph, notes: Notes) -> str:
    text = verilog(circuit, graph, notes=notes)
    return _proved(text, *prove_verilog(circuit, graph.width, [text]))


def _blif(circuit: Circuit, graph: PrefixGraph, notes: Notes) -> str:
    text = blif(circuit.netlist(graph))
    return _proved(text, *prove_blif(circuit, graph.width, [text]))


def _techmap(circuit: Circuit, graph: PrefixGraph, notes: Notes) -> str:
    text = yosys_techmap(graph, notes)
    return _proved(text, *(prove_techmap(text, graph.width + extra) for extra in (0, 1)))


FORMATS: dict[str, Callable[[Circuit, PrefixGraph, Notes], str]] = {
    "verilog": _verilog,
    "blif": _blif,
    "cellmap": lambda circuit, graph, notes: to_cellmap(graph),
    "json": lambda circuit, graph, notes: to_json(graph),
    "graphml": lambda circuit, graph, notes: to_graphml(graph),
    "dot": lambda circuit, graph, notes: to_dot(graph),
    "yosys-techmap": _techmap,
}
"""Writers by name, called with circuit, graph and the notes that a header shall carry."""


def export(name: str, circuit: Circuit, graph: PrefixGraph, notes: Notes) -> str:
    """A design in a format, proved where it is a circuit.

    Raises:
        UserError: No such format; the message suggests the nearest.
        ToolError: The proof failed; nothing is handed out.
    """
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    return FORMATS[name](circuit, graph, stamped(notes))
