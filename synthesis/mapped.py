"""Mapped netlists: instances of a library's cells, and their BLIF."""

from dataclasses import dataclass
from typing import NamedTuple


class Instance(NamedTuple):
    """One cell of a mapped netlist.

    Attributes:
        cell: The cell's name in its library.
        pins: (pin, net) of every input, then of the output.
        column: Bit position it is placed at.
    """

    cell: str
    pins: tuple[tuple[str, str], ...]
    column: int


@dataclass(frozen=True, slots=True)
class MappedNetlist:
    """A combinational circuit of a library's cells.

    Attributes:
        name: A Verilog identifier.
        inputs: Names of the input nets.
        outputs: Names of the output nets.
        instances: Every driver before what it drives.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    instances: tuple[Instance, ...]

    def blif(self) -> str:
        """The netlist as mapped BLIF, in its own order."""
        lines = [
            f".model {self.name}",
            " ".join([".inputs", *self.inputs]),
            " ".join([".outputs", *self.outputs]),
        ]
        for cell, pins, _ in self.instances:
            lines.append(f".gate {cell} " + " ".join([f"{pin}={net}" for pin, net in pins]))
        return "\n".join([*lines, ".end", ""])
