"""What can be read off prefix grids: parents, levels, fan-outs, size, depth; one or many at once.

A grid is a lower-triangular bool array ``[..., N, N]``: row ``i`` is the most significant bit of a
span, column ``j`` the least. Node ``(i, j)`` combines its upper parent ``(i, k)``, ``k`` being the
next present column above ``j`` in row ``i``, with its lower parent ``(k - 1, j)``.

Shapes: ``...`` any batch, ``N`` bit width.

References:
    Roy et al., "PrefixRL: Optimization of Parallel Prefix Circuits using Deep Reinforcement
    Learning", DAC 2021, https://arxiv.org/abs/2205.07000, section 3.
"""

from typing import no_type_check

import numpy as np
from jaxtyping import Bool, Int

from synthesis.compiled import compiled

Grids = Bool[np.ndarray, "*B N N"]


def upper_parents(grids: Grids) -> Int[np.ndarray, "*B N N"]:
    """Column ``k`` of every node's upper parent ``(i, k)``; -1 where a cell has none.

    The lower parent of the same node is ``(k - 1, j)``.
    """
    return walk(grids)[0]


def levels(grids: Grids) -> Int[np.ndarray, "*B N N"]:
    """Level of every node: inputs 0, others one more than their later parent; -1 where absent."""
    return walk(grids)[1]


def fanouts(grids: Grids) -> Int[np.ndarray, "*B N N"]:
    """Number of nodes that each node is a parent of (sums and outputs are not counted)."""
    return walk(grids)[2]


def walk(grids: Grids) -> Int[np.ndarray, "3 *B N N"]:
    """:func:`upper_parents`, :func:`levels` and :func:`fanouts` at once."""
    found = _walk(grids.reshape(-1, *grids.shape[-2:]))
    return found.reshape(3, *grids.shape)


@compiled
@no_type_check
def _walk(grids):
    """:func:`walk` of grids ``[B, N, N]``: rows rise and columns fall, so parents come first."""
    count, width, _ = grids.shape
    found = np.full((3, count, width, width), -1, np.int16)
    found[2] = 0
    for design in range(count):
        uppers, levels, fanouts = found[0, design], found[1, design], found[2, design]
        for row in range(width):
            upper = -1
            for column in range(row, -1, -1):
                if not grids[design, row, column]:
                    continue
                level = 0
                if upper >= 0:
                    uppers[row, column] = upper
                    level = 1 + max(levels[row, upper], levels[upper - 1, column])
                    fanouts[row, upper] += 1
                    fanouts[upper - 1, column] += 1
                levels[row, column] = level
                upper = column
    return found


def sizes(grids: Grids) -> Int[np.ndarray, "*B"]:
    """Number of prefix nodes, inputs not counted."""
    return np.asarray(np.count_nonzero(grids, axis=(-2, -1)) - grids.shape[-1])


def depths(grids: Grids) -> Int[np.ndarray, "*B"]:
    """Greatest level."""
    return np.asarray(levels(grids).max(axis=(-2, -1)))


def missing_parents(grids: Grids) -> Bool[np.ndarray, "*B N N"]:
    """Cells that legality demands and the grids lack: inputs, outputs and lower parents."""
    width = grids.shape[-1]
    flat = grids.reshape(-1, width, width)
    needed = np.broadcast_to(np.eye(width, dtype=bool), flat.shape).copy()
    needed[:, :, 0] = True
    uppers = upper_parents(flat)
    design, row, column = np.nonzero(uppers >= 0)
    needed[design, uppers[design, row, column] - 1, column] = True
    return (needed & ~flat).reshape(grids.shape)
