"""What can be read off prefix grids: parents, levels, fan-outs, size, depth; one or many at once.

A grid is a lower-triangular bool array ``[..., N, N]``: row ``i`` is the most significant bit of a
span, column ``j`` the least. Node ``(i, j)`` combines its upper parent ``(i, k)``, ``k`` being the
next present column above ``j`` in row ``i``, with its lower parent ``(k - 1, j)``.

Shapes: ``...`` any batch, ``N`` bit width. The functions loop over rows only, never over cells.

References:
    Roy et al., "PrefixRL: Optimization of Parallel Prefix Circuits using Deep Reinforcement
    Learning", DAC 2021, https://arxiv.org/abs/2205.07000, section 3.
"""

import numpy as np
from jaxtyping import Bool, Int

Grids = Bool[np.ndarray, "*B N N"]


def upper_parents(grids: Grids) -> Int[np.ndarray, "*B N N"]:
    """Column ``k`` of every node's upper parent ``(i, k)``; -1 where a cell has none.

    The lower parent of the same node is ``(k - 1, j)``.
    """
    width = grids.shape[-1]
    columns = np.where(grids, np.arange(width, dtype=np.int16), np.int16(width))
    nearest = np.minimum.accumulate(columns[..., ::-1], axis=-1)[..., ::-1]
    above = np.full_like(columns, width)
    above[..., :-1] = nearest[..., 1:]
    return np.where(grids & (above < width), above, np.int16(-1))


def levels(grids: Grids) -> Int[np.ndarray, "*B N N"]:
    """Level of every node: inputs 0, others one more than their later parent; -1 where absent.

    Along a row, the node of rank m below the diagonal has level max over m' <= m of
    (level of the lower parent of m') + m - m' + 1, a running maximum: one step a row.
    """
    width = grids.shape[-1]
    uppers = upper_parents(grids)
    result = np.full(grids.shape, -1, dtype=np.int16)
    columns = np.arange(width)
    for row in range(width):
        present = grids[..., row, :]
        rank = np.cumsum(present[..., ::-1], axis=-1, dtype=np.int16)[..., ::-1] - 1
        lower_rows = np.maximum(uppers[..., row, :].astype(np.intp) - 1, 0)
        lower = np.take_along_axis(result, lower_rows[..., None, :], axis=-2)[..., 0, :]
        start = np.where(present & (columns < row), lower + 1 - rank, -rank)
        latest = np.maximum.accumulate(
            np.where(present, start, np.int16(-width))[..., ::-1], axis=-1
        )[..., ::-1]
        result[..., row, :] = np.where(present, latest + rank, -1)
    return result


def fanouts(grids: Grids) -> Int[np.ndarray, "*B N N"]:
    """Number of nodes that each node is a parent of (sums and outputs are not counted)."""
    width = grids.shape[-1]
    flat = grids.reshape(-1, width, width)
    uppers = upper_parents(flat)
    design, row, column = np.nonzero(uppers >= 0)
    upper = uppers[design, row, column].astype(np.intp)
    children = np.concatenate(
        [
            np.ravel_multi_index((design, row, upper), flat.shape),
            np.ravel_multi_index((design, upper - 1, column), flat.shape),
        ]
    )
    return np.bincount(children, minlength=flat.size).reshape(grids.shape)


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
