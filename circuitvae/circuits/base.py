"""What a prefix graph computes: the interface of every circuit."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from circuitvae.prefix.graph import PrefixGraph
from synthesis.netlist import Netlist
from synthesis.numbered import Numbered


@dataclass(frozen=True, slots=True)
class Port:
    """A vector of ``width`` bits, or a single wire where ``width`` is None."""

    name: str
    width: int | None = None

    def bits(self) -> list[str]:
        """Names of the bits, least significant first."""
        return (
            [self.name] if self.width is None else [f"{self.name}[{i}]" for i in range(self.width)]
        )


@runtime_checkable
class Circuit(Protocol):
    """A function that a prefix graph of any width implements."""

    @property
    def key(self) -> str:
        """A short text that names the circuit and its options, for archives and file names."""

    def inputs(self, width: int) -> list[Port]:
        """Input ports at this width."""

    def outputs(self, width: int) -> list[Port]:
        """Output ports at this width."""

    def netlist(self, graph: PrefixGraph) -> Netlist:
        """The circuit that ``graph`` makes, as technology-independent nodes."""

    def numbered(self, grid: Bool[np.ndarray, "N N"]) -> Numbered:
        """The same of a legal grid by numbers, as :func:`synthesis.numbered.numbered` has them."""

    def reduced(self, grids: Bool[np.ndarray, "B N N"]) -> Bool[np.ndarray, "B N N"]:
        """Legal grids without the nodes that the circuit leaves out: equal ones are one circuit."""

    def golden(self, width: int, module: str) -> str:
        """Behavioural Verilog of the same function, sharing nothing with :meth:`netlist`."""
