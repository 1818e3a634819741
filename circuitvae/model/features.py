"""Prefix graphs as the arrays the encoder reads: padded node lists, and the free cells.

A graph's nodes stand row by row, columns falling, so that a node's upper parent is the slot before
it and only the lower parent needs an index.

Shapes: ``B`` batch, ``N`` bit width, ``F`` free cells, ``M`` node slots.
"""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Int

from circuitvae.prefix import analysis

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
    """Slots ``M``: all cells of a narrow grid, else a third more than Kogge-Stone's nodes."""
    return min(width * (width + 1) // 2, width * (width.bit_length() + 1))


def graph_batch(grids: Bool[np.ndarray, "B N N"]) -> GraphBatch:
    """Features of legal grids.

    Nodes beyond the ``M`` slots (the last rows of graphs far larger than any good one) are left
    out; their cells remain in ``cells``.
    """
    width = grids.shape[-1]
    slots = node_slots(width)
    uppers = analysis.upper_parents(grids)
    design, row, reversed_column = np.nonzero(grids[:, :, ::-1])
    column = width - 1 - reversed_column
    counts = np.count_nonzero(grids, axis=(1, 2))
    slot = np.arange(len(design)) - np.repeat(np.cumsum(counts) - counts, counts)
    slot_at = np.zeros(grids.shape, dtype=np.int16)
    slot_at[design, row, column] = slot
    upper = uppers[design, row, column].astype(np.intp)
    lower = np.where(upper >= 0, slot_at[design, np.maximum(upper - 1, 0), column], 0)
    kept = slot < slots

    def padded(values: Int[np.ndarray, " nodes"], empty: int) -> Int[np.ndarray, "B M"]:
        result = np.full((len(grids), slots), empty, dtype=np.int16)
        result[design[kept], slot[kept]] = values[kept]
        return result

    return GraphBatch(
        cells=grids[:, *free_cells(width)],
        row=padded(row, -1),
        column=padded(column, -1),
        lower=padded(lower, 0),
        level=padded(analysis.levels(grids)[design, row, column], 0),
        fanout=padded(analysis.fanouts(grids)[design, row, column], 0),
    )


def grids_of_cells(cells: Bool[np.ndarray, "B F"], width: int) -> Bool[np.ndarray, "B N N"]:
    """Grids that hold the given free cells, all inputs and all outputs; legal or not."""
    grids = np.zeros((len(cells), width, width), dtype=bool)
    grids[:, *free_cells(width)] = cells
    grids[:, np.arange(width), np.arange(width)] = True
    grids[:, :, 0] = True
    return grids
