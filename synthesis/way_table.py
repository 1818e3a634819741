"""The ways of a library as arrays, as compiled functions take them."""

from functools import lru_cache

import numpy as np

from synthesis.netlist import Op
from synthesis.ways import ALIASES, Way, Ways

WAY = np.dtype(
    [
        ("phase", "i8"),
        ("inputs", "i8"),
        ("input_phases", "i8", 5),
        ("area_um2", "f8"),
        ("delays_ps", "f8", 5),
        ("steps", "i8"),
        ("cells", "i8", 3),
        ("sources", "i8", (3, 3)),
    ]
)
"""A :class:`~synthesis.ways.Way`: numbers of its inputs and steps, each step's cell and sources."""


class WayTable:
    """The ways of a library, group by group as :mod:`synthesis.matches` names them.

    Attributes:
        cells: What the numbers of cells stand for; 0 is the inverter.
        inputs: Number of inputs of each cell.
        ways: Array of :data:`WAY`.
        groups: Where each group begins in it, and where the last ends.
    """

    def __init__(self, ways: Ways):
        groups: list[list[Way]] = [ways.xors if op is Op.XOR else ways.simple[op] for op in Op]
        groups += [[ways.half_sum], ways.wide_and, ways.skip_and, ways.wide_carry]
        groups += [ways.skip_propagate, ways.skip_carry, list(ALIASES)]
        flat = [way for group in groups for way in group]
        cells = [ways.inverter, *(cell for way in flat for cell, _ in way.steps)]
        self.cells = list(dict.fromkeys(cells))
        self.inputs = np.array([len(cell.delays_ps) for cell in self.cells])
        self.groups = np.cumsum([0, *map(len, groups)])
        self.ways = np.zeros(len(flat), WAY)
        for row, way in zip(self.ways, flat, strict=True):
            count = len(way.input_phases)
            row["phase"], row["inputs"], row["area_um2"] = way.phase, count, way.area_um2
            row["input_phases"][:count] = way.input_phases
            row["delays_ps"][:count] = way.delays_ps
            row["steps"] = len(way.steps)
            for step, (cell, sources) in enumerate(way.steps):
                row["cells"][step] = self.cells.index(cell)
                row["sources"][step, : len(sources)] = sources


@lru_cache(maxsize=16)
def way_table(ways: Ways) -> WayTable:
    """The table of a library's ways, made once."""
    return WayTable(ways)
