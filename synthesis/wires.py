"""Wire loads of a datapath layout, in which bit i of an adder stands in column i."""

from collections.abc import Mapping
from enum import StrEnum

from synthesis.errors import UserError
from synthesis.library import Library
from synthesis.mapped import MappedNetlist


class Wires(StrEnum):
    """What wires cost."""

    NONE = "none"
    """Nothing: nets are loaded by pins alone."""
    DATAPATH = "datapath"
    """Capacitance by the columns they cross, a row height each."""


def wire_ff_per_column(library: Library) -> float:
    """Capacitance of a wire across one column, which is as wide as rows are high.

    Raises:
        UserError: The library does not say.
    """
    if library.wire_ff_per_um is None or library.row_height_um is None:
        raise UserError(
            f"library {library.name}: wires need its wire_ff_per_um (capacitance of signal wires) "
            "and row_height_um (height of its cells); set both in its table of a libraries.toml"
        )
    return library.wire_ff_per_um * library.row_height_um


def net_spans(netlist: MappedNetlist, columns: Mapping[str, int]) -> dict[str, int]:
    """Columns that each net crosses, from the lowest to the highest it touches.

    Args:
        netlist: Its instances stand in their columns.
        columns: Column of each input and output.
    """
    touched: dict[str, list[int]] = {}
    for net in (*netlist.inputs, *netlist.outputs):
        touched.setdefault(net, []).append(columns[net])
    for instance in netlist.instances:
        for net in instance.nets:
            touched.setdefault(net, []).append(instance.column)
    return {net: max(where) - min(where) for net, where in touched.items()}
