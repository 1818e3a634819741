"""The prefix graph: an immutable, always legal value."""

import hashlib
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from circuitvae.prefix import analysis
from circuitvae.prefix.legalize import legalize
from synthesis.errors import UserError

MAX_WIDTH = 256


class IllegalGraphError(UserError):
    """The cells given are not a legal prefix graph."""


def check_width(width: int) -> int:
    """Returns ``width`` if a prefix graph may have it.

    Raises:
        UserError: It is not between 1 and 256.
    """
    if not 1 <= width <= MAX_WIDTH:
        raise UserError(
            f"width must be from 1 to {MAX_WIDTH} bits (the grid has width^2 cells), found {width}"
        )
    return width


class PrefixGraph:
    """A prefix graph of ``N`` bits, as a value: hashable, comparable, never changed.

    Args:
        grid: Bool ``[N, N]``; row = most significant bit of a span, column = least.

    Raises:
        IllegalGraphError: The grid is not a legal prefix graph; the message names a cell.

    Examples:
        >>> graph = PrefixGraph.legalized(np.zeros((4, 4), dtype=bool))
        >>> graph
        PrefixGraph(width=4, size=3, depth=3)
        >>> graph.parents(3, 0)
        ((3, 3), (2, 0))
    """

    def __init__(self, grid: Bool[np.ndarray, "N N"]):
        grid = np.array(grid, dtype=bool)
        if grid.ndim != 2 or grid.shape[0] != grid.shape[1]:
            raise IllegalGraphError(f"expected a square grid of cells, found shape {grid.shape}")
        check_width(grid.shape[0])
        if cells := np.argwhere(np.triu(grid, 1)).tolist():
            raise IllegalGraphError(f"cell {tuple(cells[0])} lies above the diagonal")
        if cells := np.argwhere(analysis.missing_parents(grid)).tolist():
            row, column = cells[0]
            why = (
                "every bit needs its input"
                if row == column
                else "every bit needs its output"
                if column == 0
                else "it is the lower parent of another node"
            )
            raise IllegalGraphError(
                f"cell ({row}, {column}) is missing: {why} (legalizing adds it)"
            )
        grid.setflags(write=False)
        self.grid = grid

    @classmethod
    def legalized(cls, cells: Bool[np.ndarray, "N N"]) -> "PrefixGraph":
        """The graph that :func:`~circuitvae.prefix.legalize.legalize` makes of ``cells``."""
        return cls(legalize(np.asarray(cells, dtype=bool)))

    @property
    def width(self) -> int:
        """Number of bits ``N``."""
        return self.grid.shape[0]

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name this graph everywhere."""
        text = f"{self.width}:".encode() + np.packbits(self.grid).tobytes()
        return hashlib.sha256(text).hexdigest()[:16]

    @property
    def size(self) -> int:
        """Number of prefix nodes, inputs not counted."""
        return int(analysis.sizes(self.grid))

    @cached_property
    def levels(self) -> Int[np.ndarray, "N N"]:
        """Level of each node, -1 where absent."""
        return analysis.levels(self.grid)

    @property
    def depth(self) -> int:
        """Greatest level."""
        return int(self.levels.max())

    @cached_property
    def fanouts(self) -> Int[np.ndarray, "N N"]:
        """Number of prefix nodes each node feeds."""
        return analysis.fanouts(self.grid)

    @property
    def max_fanout(self) -> int:
        """Greatest fan-out among prefix nodes and inputs."""
        return int(self.fanouts.max())

    @cached_property
    def _uppers(self) -> list[list[int]]:
        return analysis.upper_parents(self.grid).tolist()

    def parents(self, row: int, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Upper and lower parent of a node below the diagonal.

        Raises:
            KeyError: The graph has no such node, or it is an input.
        """
        upper = self._uppers[row][column]
        if upper < 0:
            raise KeyError((row, column))
        return (row, upper), (upper - 1, column)

    def nodes(self) -> Iterator[tuple[int, int]]:
        """The prefix nodes (without inputs), every parent before its children."""
        for row in range(self.width):
            for column in range(row - 1, -1, -1):
                if self._uppers[row][column] >= 0:
                    yield row, column

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrefixGraph) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"PrefixGraph(width={self.width}, size={self.size}, depth={self.depth})"
