"""Technology-independent netlists: AND, OR, XOR and AO21 nodes over named nets."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Op(StrEnum):
    """What a node computes of its inputs."""

    AND = "and"
    OR = "or"
    XOR = "xor"
    AO21 = "ao21"
    """``(inputs[0] & inputs[1]) | inputs[2]``: the carry of a prefix node."""


class Node(NamedTuple):
    """One operation; its name is the net it drives, ``column`` its bit position."""

    name: str
    op: Op
    inputs: tuple[str, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Input:
    """A bit that enters, such as ``a[3]``; its name is its net."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Output:
    """A bit that leaves, such as ``sum[3]``, and the net that drives it."""

    name: str
    net: str
    column: int


@dataclass(frozen=True, slots=True)
class Netlist:
    """A combinational circuit. Nodes stand in topological order.

    Attributes:
        name: A Verilog identifier.
        inputs: The bits that enter.
        outputs: The bits that leave.
        nodes: The operations, every driver before what it drives.
    """

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        known = {pin.name for pin in self.inputs}
        for node in self.nodes:
            if len(node.inputs) != (3 if node.op is Op.AO21 else 2):
                raise ValueError(f"node {node.name} has {len(node.inputs)} inputs")
            if missing := [net for net in node.inputs if net not in known]:
                raise ValueError(f"node {node.name} reads {missing[0]}, which nothing drives yet")
            if node.name in known:
                raise ValueError(f"net {node.name} is driven twice")
            known.add(node.name)
        for output in self.outputs:
            if output.net not in known:
                raise ValueError(f"output {output.name} reads {output.net}, which nothing drives")

    @property
    def ports(self) -> tuple[tuple[Input, ...], tuple[Output, ...]]:
        """Inputs and outputs."""
        return self.inputs, self.outputs
