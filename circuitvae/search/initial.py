"""First designs, the same kind for every method: the classical adders, edited at random."""

from collections.abc import Container

import numpy as np

from circuitvae.prefix.classical import classical_adders
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.keys import keys


def initial_designs(
    width: int, count: int, rng: np.random.Generator, known: Container[PrefixGraph] = ()
) -> list[PrefixGraph]:
    """Draws up to ``count`` different legal graphs that are not in ``known``.

    Each takes every row from one of two classical adders, flips a few cells and is made legal.
    Fewer come back where the width has not that many (the draws give up after 50 rounds).
    """
    parents = np.stack([graph.grid for graph in classical_adders(width).values()])
    seen: set[bytes] = set()
    found: list[PrefixGraph] = []
    for _ in range(50):
        first, second = parents[rng.integers(len(parents), size=(2, count))]
        mixed = np.where(rng.random((count, 1, 1)) < rng.random((count, width, 1)), first, second)
        log_rates = np.log(1 / width**2), np.log(max(0.1, 1 / width**2))
        flip_rate = np.exp(rng.uniform(*log_rates, size=(count, 1, 1)))
        cells = mixed ^ (rng.random(mixed.shape) < flip_rate)
        grids = legalize(cells)
        for key, grid in zip(keys(grids), grids, strict=True):
            if key not in seen and len(found) < count:
                seen.add(key)
                if (graph := PrefixGraph(grid)) not in known:
                    found.append(graph)
        if len(found) == count:
            break
    return found
