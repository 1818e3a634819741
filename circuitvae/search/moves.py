"""Random grids and the moves between grids that methods share.

Shapes: ``B`` designs, ``N`` bit width.
"""

import numpy as np
from jaxtyping import Bool, Int

from circuitvae.prefix.legalize import legalize

GREATEST_DENSITY = 0.5
"""Share of the cells, at most, that a random design has before it is made legal."""


def random_grids(width: int, count: int, rng: np.random.Generator) -> Bool[np.ndarray, "count N N"]:
    """Legal grids from independent random cells, their density log-uniform for each grid.

    Densities go from half a cell a grid to half of all cells, so that sparse designs near ripple
    carry are as common as dense ones near Kogge-Stone.
    """
    density = np.exp(rng.uniform(np.log(0.5 / width**2), np.log(GREATEST_DENSITY), (count, 1, 1)))
    return legalize(rng.random((count, width, width)) < density)


def crossover(
    first: Bool[np.ndarray, "B N N"],
    second: Bool[np.ndarray, "B N N"],
    rng: np.random.Generator,
) -> Bool[np.ndarray, "B N N"]:
    """Children of two parents, each by rows, by columns or by cells, at even odds.

    By rows or columns, a child has the second parent's cells in a range of them, else the first's;
    by cells, each is either's.
    """
    count, width, _ = first.shape
    low, high = np.sort(rng.integers(width + 1, size=(2, count, 1)), axis=0)
    within = (np.arange(width) >= low) & (np.arange(width) < high)
    coins = rng.random(first.shape) < 0.5
    kind = rng.integers(3, size=(count, 1, 1))
    chosen = np.select([kind == 0, kind == 1], [within[:, :, None], within[:, None, :]], coins)
    return np.where(chosen, second, first)


def mutate(
    cells: Bool[np.ndarray, "B N N"],
    flips: Int[np.ndarray, " B"],
    deletions: float,
    rng: np.random.Generator,
) -> Bool[np.ndarray, "B N N"]:
    """Flips cells between the diagonal and column 0, ``flips[b]`` of grid ``b``.

    Each flip is a deletion with the probability given, else an addition, where cells allow it.
    """
    width = cells.shape[1]
    rows, columns = np.nonzero(np.tri(width, k=-1, dtype=bool) & (np.arange(width) > 0))
    free = cells[:, rows, columns]
    if free.size:
        for step in range(flips.max()):
            present = rng.random((len(cells), 1)) < deletions
            keys = rng.random(free.shape) + (free == present)
            chosen = keys.argmax(axis=1)
            active = np.flatnonzero(flips > step)
            free[active, chosen[active]] ^= True
    result = cells.copy()
    result[:, rows, columns] = free
    return result
