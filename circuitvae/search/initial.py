"""First designs, the same kind for every method: the classical adders, edited at random."""

from collections.abc import Callable, Container, Iterator
from itertools import islice

import numpy as np
from jaxtyping import Bool

from circuitvae.prefix.classical import classical_adders
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.keys import keys


def initial_designs(
    width: int,
    count: int,
    rng: np.random.Generator,
    known: Container[PrefixGraph] = (),
    reduced: Callable[[np.ndarray], np.ndarray] = lambda grids: grids,
) -> list[PrefixGraph]:
    """Draws up to ``count`` of :func:`initial_grids`, reduced, as graphs not in ``known``."""
    grids = initial_grids(width, count, rng)
    graphs = (PrefixGraph(reduced(grid[None])[0]) for grid in grids)
    return list(islice((graph for graph in graphs if graph not in known), count))


def initial_grids(
    width: int, count: int, rng: np.random.Generator
) -> Iterator[Bool[np.ndarray, "N N"]]:
    """Draws different legal grids, ``count`` at a time, those that come twice left out.

    Each takes every row from one of two classical adders, flips a few cells and is made legal.
    The draws give up after 50 rounds: a narrow width has not that many.
    """
    parents = np.stack([graph.grid for graph in classical_adders(width).values()])
    seen: set[bytes] = set()
    for _ in range(50):
        first, second = parents[rng.integers(len(parents), size=(2, count))]
        mixed = np.where(rng.random((count, 1, 1)) < rng.random((count, width, 1)), first, second)
        log_rates = np.log(1 / width**2), np.log(max(0.1, 1 / width**2))
        flip_rate = np.exp(rng.uniform(*log_rates, size=(count, 1, 1)))
        cells = mixed ^ (rng.random(mixed.shape) < flip_rate)
        grids = legalize(cells)
        for key, grid in zip(keys(grids), grids, strict=True):
            if key not in seen:
                seen.add(key)
                yield grid
