"""Mapped netlists: instances of a library's cells, and their BLIF."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from synthesis.errors import ToolError

_TIMING = (
    ".and_gate_delay",
    ".default_input_arrival",
    ".default_output_required",
    ".input_arrival",
    ".output_required",
)
"""What ABC adds where a netlist was read with arrival times."""
_MODULE = re.compile(r"module\s+(\S+)\s*\([^;]*;(.*)endmodule", re.DOTALL)
_PIN = re.compile(r"\.(\w+)\(\s*([^()]+?)\s*\)")
_INSTANCE = re.compile(rf"\w+ \w+ ?\((?:{_PIN.pattern}(?:, ?)?)+\)")


class Instance(NamedTuple):
    """One cell of a mapped netlist.

    Attributes:
        cell: The cell's name in its library.
        pins: Every input, then the output.
        nets: What is at each.
        column: Bit position it is placed at.
    """

    cell: str
    pins: tuple[str, ...]
    nets: tuple[str, ...]
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
        lines += [_gate(cell, pins) % nets for cell, pins, nets, _ in self.instances]
        return "\n".join([*lines, ".end", ""])


@cache
def _gate(cell: str, pins: tuple[str, ...]) -> str:
    """An instance's line of BLIF, its nets left open."""
    return " ".join([".gate", cell, *(f"{pin}=%s" for pin in pins)])


def read_blif(text: str, columns: Mapping[str, int]) -> MappedNetlist:
    """Reads mapped BLIF as ABC writes it, drivers first.

    A cell stands in the highest column of its inputs: a prefix node beside its upper parent, a
    buffer or inverter beside its driver.

    Args:
        text: One model.
        columns: Column of each input; an input that is not there has none.

    Raises:
        ToolError: The text is not such a netlist.
    """
    lines: dict[str, list[list[str]]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        if words := line.partition("#")[0].split():
            lines.setdefault(words[0], []).append(words[1:])
    wanted = {".model", ".inputs", ".outputs", ".end"}
    if wanted - lines.keys() or lines.keys() - wanted - {".gate", *_TIMING}:
        raise ToolError("yosys-abc", f"expected mapped BLIF, found {' '.join(lines) or 'nothing'}")
    cells = []
    for cell, *connections in lines.get(".gate", []):
        pins = [connection.partition("=") for connection in connections]
        cells.append((cell, [(pin, net) for pin, _, net in pins]))
    (name,), inputs, outputs = (lines[key][0] for key in (".model", ".inputs", ".outputs"))
    return MappedNetlist(name, tuple(inputs), tuple(outputs), _placed(name, cells, columns))


def read_verilog(text: str, columns: Mapping[str, int]) -> MappedNetlist:
    """Reads a Verilog module as ABC writes it; otherwise as :func:`read_blif`.

    Raises:
        ToolError: The text is not such a netlist.
    """
    module = _MODULE.fullmatch(text.strip())
    if not module:
        raise ToolError("yosys-abc", f"expected a Verilog module, found {text[:40]!r}")
    name, body = module.groups()
    statements = [" ".join(statement.split()) for statement in body.split(";")]
    ports: dict[str, list[str]] = {"input": [], "output": [], "wire": []}
    cells = []
    for statement in filter(None, statements):
        kind, _, rest = statement.partition(" ")
        if kind in ports:
            ports[kind] += [_plain(net) for net in rest.split(",")]
        elif _INSTANCE.fullmatch(statement):
            cells.append((kind, [(pin, _plain(net)) for pin, net in _PIN.findall(rest)]))
        else:
            raise ToolError("yosys-abc", f"{name}: expected an instance, found {statement!r}")
    instances = _placed(name, cells, columns)
    return MappedNetlist(name, tuple(ports["input"]), tuple(ports["output"]), instances)


def _plain(net: str) -> str:
    """A net's name without the marks of an escaped identifier."""
    return net.strip().removeprefix("\\")


def _placed(
    name: str, cells: Iterable[tuple[str, list[tuple[str, str]]]], columns: Mapping[str, int]
) -> tuple[Instance, ...]:
    """Instances in their columns."""
    known = dict(columns)
    missing: set[str] = set()
    instances = []
    for cell, connections in cells:
        pins, nets = zip(*connections, strict=True)
        *inputs, output = nets
        missing.update(net for net in inputs if net not in known)
        column = max((known[net] for net in inputs if net in known), default=0)
        known[output] = column
        instances.append(Instance(cell, pins, nets, column))
    if late := missing & known.keys():
        raise ToolError("yosys-abc", f"{name}: {min(late)} is read before it is driven")
    return tuple(instances)
