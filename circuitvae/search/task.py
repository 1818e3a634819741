"""The task: the conditions under which designs are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from circuitvae.archive import Key
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import sklansky
from circuitvae.prefix.graph import PrefixGraph, check_width
from synthesis.errors import UserError
from synthesis.flow import Flow, Point, default_targets, whole_picoseconds
from synthesis.library import Library, list_libraries, load_library
from synthesis.netlist import Netlist
from synthesis.recipes import Effort
from synthesis.timing import UNIFORM, IOTiming, timing_of
from synthesis.wires import Wires


@dataclass(frozen=True)
class Task:
    """One circuit of one width in one flow.

    Attributes:
        width: Bits.
        circuit: What a prefix graph computes.
        flow: How its netlist is synthesised.
    """

    width: int
    circuit: Adder
    flow: Flow

    @classmethod
    def make(
        cls,
        width: int,
        circuit: Adder,
        library: Library,
        targets_ns: Sequence[float] | None = None,
        effort: Effort = Effort.FAST,
        timing: IOTiming = UNIFORM,
        wires: Wires = Wires.NONE,
    ) -> "Task":
        """A task whose delay targets, unless given, spread around the Sklansky adder's delay.

        Raises:
            UserError: The width or a target is out of range, the timing is not one of the
                circuit's, or the library does not say what wires cost.
        """
        graph = sklansky(check_width(width))
        library.require_adder_gates()
        netlist = circuit.netlist(graph)
        timing.check([pin.name for pin in netlist.inputs], [pin.name for pin in netlist.outputs])
        targets = (
            default_targets(library, netlist, timing, wires)
            if targets_ns is None
            else whole_picoseconds(targets_ns)
        )
        return cls(width, circuit, Flow(library, targets, effort, timing, wires))

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Task":
        """The task that :meth:`record` wrote down.

        Raises:
            UserError: Its library is not there any more, or is another one now.
        """
        names = {name for name, _, _ in list_libraries()}
        name, files = record["library"], [Path(file) for file in record["library_files"]]
        library = load_library(name if name in names else files)
        if library.digest != record["library_digest"] and name in names:
            library = load_library(files)
        if library.digest != record["library_digest"]:
            raise UserError(f"library {name} is not the one the run used (digests differ)")
        circuit = Adder(carry_in=record["carry_in"], carry_out=record["carry_out"])
        return cls.make(
            record["width"],
            circuit,
            library,
            record["targets_ns"],
            Effort(record["effort"]),
            timing_of(record.get("timing", {}), "the run's timing"),
            Wires(record.get("wires", Wires.NONE)),
        )

    @property
    def key(self) -> Key:
        """Names these conditions in an archive."""
        return Key(self.circuit.key, self.flow.digest, self.flow.library.digest)

    def netlist(self, graph: PrefixGraph) -> Netlist:
        """What is synthesised for ``graph``."""
        return self.circuit.netlist(graph)

    def record(self) -> dict[str, object]:
        """The task in JSON's types, for run records."""
        library = self.flow.library
        return {
            "width": self.width,
            "carry_in": self.circuit.carry_in,
            "carry_out": self.circuit.carry_out,
            "library": library.name,
            "library_files": [str(path) for path in library.files],
            "library_digest": library.digest,
            "targets_ns": list(self.flow.targets_ns),
            "effort": self.flow.effort,
            "timing": self.flow.timing.record(),
            "wires": self.flow.wires,
            "flow_digest": self.flow.digest,
        }


def points_array(curves: Sequence[Sequence[Point]]) -> Float[np.ndarray, "B T 2"]:
    """Curves as numbers: (delay_ns, area_um2) of ``B`` designs at ``T`` targets."""
    return np.array([[(p.delay_ns, p.area_um2) for p in curve] for curve in curves], dtype=float)
