"""Prefix graphs of another width, built like a given one."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool

from circuitvae.prefix.graph import PrefixGraph, check_width

_Grid = Bool[np.ndarray, "_ _"]


def resized(graph: PrefixGraph, width: int) -> list[PrefixGraph]:
    """Graphs of ``width`` bits that are built like ``graph``, itself if it has that width.

    The low bits of an adder are an adder, so a narrower graph is cut out. A wider one is doubled,
    as often as it takes, and cut; there are two ways. Stacked: the upper half is built like the
    lower, whose carry its outputs take last, as in Sklansky's adder: a level more. Spread: the
    graph is built over pairs of bits, and every second output takes the carry below it, as in
    Brent and Kung's: two levels more.

    Raises:
        UserError: The width is out of range.

    Examples:
        >>> [wide.depth for wide in resized(PrefixGraph.legalized(np.eye(2, dtype=bool)), 8)]
        [3, 4]
    """
    check_width(width)
    found = dict.fromkeys(_cut(graph.grid, width, double) for double in (_stacked, _spread))
    return list(found)


def _cut(grid: _Grid, width: int, double: Callable[[_Grid], _Grid]) -> PrefixGraph:
    while len(grid) < width:
        grid = double(grid)
    return PrefixGraph(grid[:width, :width])


def _stacked(grid: _Grid) -> _Grid:
    wide = np.kron(np.eye(2, dtype=bool), grid)
    wide[:, 0] = True
    return wide


def _spread(grid: _Grid) -> _Grid:
    wide = np.kron(grid, np.array([[False, False], [True, False]])) | np.eye(
        2 * len(grid), dtype=bool
    )
    wide[:, 0] = True
    return wide
