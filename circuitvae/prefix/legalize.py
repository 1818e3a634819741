"""Makes any set of cells a legal prefix graph by adding what its nodes lack."""

from typing import no_type_check

import numpy as np
from jaxtyping import Bool

from synthesis.compiled import compiled


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
    _add_lower_parents(grids)
    return grids.reshape(cells.shape)


@compiled
@no_type_check
def _add_lower_parents(grids):
    for grid in grids:
        for row in range(len(grid) - 1, 0, -1):
            upper = row
            for column in range(row - 1, -1, -1):
                if grid[row, column]:
                    grid[upper - 1, column] = True
                    upper = column
