"""Makes any set of cells a legal prefix graph by adding what its nodes lack."""

import numpy as np
from jaxtyping import Bool


def legalize(cells: Bool[np.ndarray, "*B N N"]) -> Bool[np.ndarray, "*B N N"]:
    """Legal grids that contain ``cells`` and only what one pass must add to them.

    Cells above the diagonal are dropped; inputs (the diagonal) and outputs (column 0) are added;
    then, from the last row to the first, every node's missing lower parent. One pass is enough:
    a row's lower parents lie in earlier rows only.

    References:
        Roy et al., "PrefixRL", DAC 2021, https://arxiv.org/abs/2205.07000, section 3.
    """
    width = cells.shape[-1]
    grids = np.tril(cells).reshape(-1, width, width)
    grids[:, :, 0] = True
    grids[:, np.arange(width), np.arange(width)] = True
    columns = np.arange(width, dtype=np.int16)
    for row in range(width - 1, 0, -1):
        present = grids[:, row, : row + 1]
        nearest = np.minimum.accumulate(
            np.where(present, columns[: row + 1], np.int16(width))[:, ::-1], axis=1
        )[:, ::-1]
        design, column = np.nonzero(present[:, :row])
        grids[design, nearest[design, column + 1] - 1, column] = True
    return grids.reshape(cells.shape)
