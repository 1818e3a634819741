"""Prefix graphs as the arrays the encoder reads: padded node lists, and the free cells.

A graph's nodes stand row by row, columns falling, so that a node's upper parent is the slot before
it and only the lower parent needs an index.

Shapes: ``B`` batch, ``N`` bit width, ``F`` free cells, ``M`` node slots.
"""

from typing import NamedTuple, no_type_check

import jax
import numpy as np
from jaxtyping import Bool, Int

from circuitvae.prefix.analysis import walk
from synthesis.compiled import compiled

AnyArray = np.ndarray | jax.Array


class GraphBatch(NamedTuple):
    """Prefix graphs as arrays of one shape for each width.

    Attributes:
        cells: Which free cells are present.
        row: Most significant bit of each node's span; -1 where a slot is empty.
        column: Least significant bit.
        lower: Slot of the lower parent; 0 where there is none.
        level: Level, inputs 0.
        fanout: Number of nodes it is a parent of.
    """

    cells: Bool[AnyArray, "*B F"]
    row: Int[AnyArray, "*B M"]
    column: Int[AnyArray, "*B M"]
    lower: Int[AnyArray, "*B M"]
    level: Int[AnyArray, "*B M"]
    fanout: Int[AnyArray, "*B M"]


def free_cells(width: int) -> tuple[Int[np.ndarray, " F"], Int[np.ndarray, " F"]]:
    """Rows and columns of the cells that legality leaves open: ``1 <= column < row``."""
    rows, columns = np.tril_indices(width, -1)
    return rows[columns > 0], columns[columns > 0]


def node_slots(width: int) -> int:
    """Slots ``M``: Kogge-Stone's nodes and half the width more; all cells of a narrow grid."""
    levels = (width - 1).bit_length()
    kogge_stone = width * (levels + 1) - 2**levels + 1
    return min(width * (width + 1) // 2, kogge_stone + width // 2)


def graph_batch(grids: Bool[np.ndarray, "B N N"]) -> GraphBatch:
    """Features of legal grids.

    Nodes beyond the ``M`` slots (the last rows of graphs far larger than any good one) are left
    out; their cells remain in ``cells``.
    """
    width = grids.shape[-1]
    return GraphBatch(grids[:, *free_cells(width)], *_nodes(*walk(grids), node_slots(width)))


@compiled
@no_type_check
def _nodes(uppers, levels, fanouts, slots):
    """Row, column, slot of the lower parent, level and fan-out of the node in each slot."""
    count, width, _ = uppers.shape
    found = np.zeros((5, count, slots), np.int16)
    found[:2] = -1
    place = np.zeros((width, width), np.int16)
    for design in range(count):
        slot = 0
        for row in range(width):
            for column in range(row, -1, -1):
                if levels[design, row, column] < 0 or slot == slots:
                    continue
                place[row, column] = slot
                upper = uppers[design, row, column]
                found[0, design, slot], found[1, design, slot] = row, column
                if upper >= 0:
                    found[2, design, slot] = place[upper - 1, column]
                found[3, design, slot] = levels[design, row, column]
                found[4, design, slot] = fanouts[design, row, column]
                slot += 1
    return found


def grids_of_cells(cells: Bool[np.ndarray, "B F"], width: int) -> Bool[np.ndarray, "B N N"]:
    """Grids that hold the given free cells, all inputs and all outputs; legal or not."""
    grids = np.zeros((len(cells), width, width), dtype=bool)
    grids[:, *free_cells(width)] = cells
    grids[:, np.arange(width), np.arange(width)] = True
    grids[:, :, 0] = True
    return grids
