"""Linear delay models of a library's gates, for analytic timing and sizing.

A gate of size ``x`` takes ``intrinsic + resistance * load / x``; its inputs weigh ``x * input``;
its area is ``fixed + x * per_size``. Size 1 is the weakest cell of the gate.

References:
    Sutherland, Sproull, Harris, "Logical Effort: Designing Fast CMOS Circuits", 1999, chapter 3.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from synthesis.errors import UserError
from synthesis.gates import Gate
from synthesis.liberty_cache import read_cached
from synthesis.library import Cell, Library
from synthesis.nldm import Arc, TimingTables

_FANOUTS = (2.0, 6.0)
"""Loads between which delays are taken as linear, in input capacitances of the cell itself."""
_SLEW_FANOUT = 3.0
"""Load that sets the slew at which all gates are judged, in input capacitances of a NAND2."""
_SLEW_STEPS = 8


@dataclass(frozen=True, slots=True)
class LinearGate:
    """One gate of a library over all its sizes.

    Attributes:
        intrinsic_ns: Delay without load from each input, in the gate's canonical order; the mean
            of rise and fall.
        resistance_ns_per_ff: Of size 1, the mean over the inputs.
        input_ff: Capacitance of each input at size 1.
        fixed_area_um2: Area that does not grow with size.
        area_um2_per_size: Area that does.
        largest: Size of the strongest cell.
    """

    intrinsic_ns: tuple[float, ...]
    resistance_ns_per_ff: float
    input_ff: tuple[float, ...]
    fixed_area_um2: float
    area_um2_per_size: float
    largest: float


def linear_gates(library: Library, gates: Iterable[Gate]) -> dict[Gate, LinearGate]:
    """Fits each gate to the library's cells of it.

    Raises:
        UserError: The library lacks a gate or NAND2, or has no sound timing tables of its cells.
    """
    tables = _Tables(library)
    fitted = {}
    for gate in gates:
        library.smallest(gate)
        fitted[gate] = _fit(library.cells_of(gate), tables)
    return fitted


def driver_line(library: Library, cell: str) -> tuple[float, float]:
    """Intrinsic delay (ns) and resistance (ns/fF) of the cell that drives inputs, its slowest arc.

    Raises:
        UserError: The library lacks the cell or NAND2, or has no sound timing tables of them.
    """
    tables = _Tables(library)
    return max(_line(arc, tables.slew_ns, tables.nand_ff) for arc in tables.arcs(cell))


class _Tables:
    """Timing tables of all a library's files, and the slew to read them at."""

    def __init__(self, library: Library):
        self._library = library
        self._owner: dict[str, TimingTables] = {}
        for path in library.files:
            file = read_cached(path)
            self._owner |= dict.fromkeys([cell.name for cell in file.cells], TimingTables(file))
        nand = library.smallest(Gate.NAND2)
        self.nand_ff = nand.input_capacitance_ff[0]
        self.slew_ns = _settled_slew_ns(self.arcs(nand.name), _SLEW_FANOUT * self.nand_ff)

    def arcs(self, cell: str) -> tuple[Arc, ...]:
        if cell not in self._owner:
            raise UserError(f"library {self._library.name}: no cell {cell}")
        arcs = self._owner[cell].arcs(cell)
        if not arcs:
            raise UserError(f"library {self._library.name}: cell {cell} has no timing tables")
        return arcs


def _settled_slew_ns(arcs: tuple[Arc, ...], load_ff: float) -> float:
    """The slew that a chain of this cell, each loaded alike, settles at."""
    slew_ns = 0.0
    for _ in range(_SLEW_STEPS):
        transitions = [
            table.at(slew_ns, load_ff)
            for arc in arcs
            for table in (arc.rise_transition, arc.fall_transition)
        ]
        slew_ns = float(np.mean(transitions))
    return slew_ns


def _line(arc: Arc, slew_ns: float, unit_ff: float) -> tuple[float, float]:
    """Intrinsic delay (ns) and resistance (ns/fF) of an arc; ``unit_ff`` is a fan-out of 1."""
    low_ff, high_ff = (fanout * unit_ff for fanout in _FANOUTS)
    low_ns, high_ns = (
        (arc.cell_rise.at(slew_ns, ff) + arc.cell_fall.at(slew_ns, ff)) / 2
        for ff in (low_ff, high_ff)
    )
    resistance = (high_ns - low_ns) / (high_ff - low_ff)
    return low_ns - resistance * low_ff, resistance


def _lines(cell: Cell, tables: _Tables) -> list[tuple[float, float]]:
    """The line of the slowest arc of each input."""
    arcs = tables.arcs(cell.name)
    found = []
    for pin, own_ff in zip(cell.inputs, cell.input_capacitance_ff, strict=True):
        lines = [_line(arc, tables.slew_ns, own_ff) for arc in arcs if arc.related_pin == pin]
        if not lines:
            raise UserError(f"cell {cell.name}: no timing tables of input {pin}")
        found.append(max(lines, key=lambda line: line[0] + line[1] * _FANOUTS[1] * own_ff))
    return found


def _fit(cells: tuple[Cell, ...], tables: _Tables) -> LinearGate:
    """A line through the cells of one gate, weighted towards the weak ones."""
    lines = np.array([_lines(cell, tables) for cell in cells])
    intrinsics, resistances = lines[..., 0], lines[..., 1].mean(axis=1)
    sizes = resistances.max() / resistances
    areas = np.array([cell.area_um2 for cell in cells])
    if np.ptp(sizes) > 0:
        per_size, fixed = np.polyfit(sizes, areas, 1, w=1 / sizes)
    else:
        per_size, fixed = areas.min(), 0.0
    inputs = np.array([cell.input_capacitance_ff for cell in cells])
    return LinearGate(
        intrinsic_ns=tuple(np.median(intrinsics, axis=0).tolist()),
        resistance_ns_per_ff=float(resistances.max()),
        # Through the origin, so that effort does not depend on size.
        input_ff=tuple((inputs / sizes[:, None]).mean(axis=0).tolist()),
        fixed_area_um2=float(fixed),
        area_um2_per_size=float(per_size),
        largest=float(sizes.max()),
    )
