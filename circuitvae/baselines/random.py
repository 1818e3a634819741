"""Random search: what a method must beat to have learned anything."""

import numpy as np
from jaxtyping import Bool

from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.method import Method

GREATEST_DENSITY = 0.5
"""Share of the cells, at most, that a random design has before it is made legal."""


def random_grids(width: int, count: int, rng: np.random.Generator) -> Bool[np.ndarray, "count N N"]:
    """Legal grids from independent random cells, their density log-uniform for each grid.

    Densities go from half a cell a grid to half of all cells, so that sparse designs near ripple
    carry are as common as dense ones near Kogge-Stone.
    """
    density = np.exp(rng.uniform(np.log(0.5 / width**2), np.log(GREATEST_DENSITY), (count, 1, 1)))
    return legalize(rng.random((count, width, width)) < density)


class Random(Method):
    """Asks for random legal graphs, none twice."""

    batch_size = 32

    def ask(self, count: int) -> list[PrefixGraph]:
        """At most ``count`` new graphs; fewer only where the width has hardly any more."""
        rng = self.rng()
        return self.new_graphs(lambda: random_grids(self.problem.width, count, rng), count)
