"""Random search: what a method must beat to have learned anything."""

from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.method import Method
from circuitvae.search.moves import random_grids


class Random(Method):
    """Asks for random legal graphs, none twice."""

    batch_size = 32

    def ask(self, count: int) -> list[PrefixGraph]:
        """At most ``count`` new graphs; fewer only where the width has hardly any more."""
        rng = self.rng()
        return self.new_graphs(lambda: random_grids(self.problem.width, count, rng), count)
