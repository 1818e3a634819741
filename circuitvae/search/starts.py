"""Good designs of other runs, of whatever width, library or timing, for a search to start from."""

from collections.abc import Sequence

import numpy as np

from circuitvae.archive import Result
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.resize import resized
from circuitvae.search.pareto import pareto_front
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import points_array
from synthesis.errors import UserError

COUNT = 32
"""Designs taken from all runs together."""


def starts(folders: Sequence[RunFolder], width: int) -> list[PrefixGraph]:
    """The best designs of runs, the same number of each, as designs of ``width`` bits.

    Raises:
        UserError: In one of them nothing was synthesised yet.
    """
    found: dict[PrefixGraph, None] = {}
    for number, folder in enumerate(folders, 1):
        best = by_fronts(folder.results())
        if not best:
            raise UserError(f"{folder.path}: nothing was synthesised in this run yet")
        some = dict.fromkeys(wide for graph in best for wide in resized(graph, width))
        new = [graph for graph in some if graph not in found]
        found |= dict.fromkeys(new[: COUNT * number // len(folders) - len(found)])
    return list(found)


def by_fronts(results: Sequence[Result]) -> list[PrefixGraph]:
    """Designs on the Pareto front, then those on the front of the others, and so on.

    Those of one front stand by digest: as if drawn from all of it, whatever came first.

    References:
        Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Trans.
        Evolutionary Computation, 2002, section III.A.
    """
    good = [result for result in results if result.curve is not None]
    left = sorted(good, key=lambda result: result.graph.digest)
    order: list[PrefixGraph] = []
    while left:
        points = points_array([result.curve for result in left if result.curve is not None])
        front = np.unique(pareto_front(points.reshape(-1, 2)) // points.shape[1]).tolist()
        order += [left[row].graph for row in front]
        left = [result for row, result in enumerate(left) if row not in set(front)]
    return order
