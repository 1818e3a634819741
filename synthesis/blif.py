"""Writes a netlist as technology-independent BLIF, the form ABC reads."""

from synthesis.netlist import Netlist, Op

_COVERS = {
    Op.AND: ("11",),
    Op.OR: ("1-", "-1"),
    Op.XOR: ("01", "10"),
    Op.AO21: ("11-", "--1"),
}


def blif(netlist: Netlist) -> str:
    """The netlist as BLIF: one ``.names`` per node and per output, in the netlist's own order.

    The text depends on nothing but the netlist. That matters: ABC's mapper gives other areas for
    other orders of the same nodes.

    References:
        "Berkeley Logic Interchange Format (BLIF)", University of California, Berkeley, 1992.
    """
    lines = [
        f".model {netlist.name}",
        " ".join([".inputs", *(pin.name for pin in netlist.inputs)]),
        " ".join([".outputs", *(pin.name for pin in netlist.outputs)]),
    ]
    for node in netlist.nodes:
        lines.append(" ".join([".names", *node.inputs, node.name]))
        lines += [f"{cube} 1" for cube in _COVERS[node.op]]
    for output in netlist.outputs:
        lines += [f".names {output.net} {output.name}", "1 1"]
    return "\n".join([*lines, ".end", ""])
