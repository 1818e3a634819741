"""Pareto fronts of delay and area, and how much they cover."""

import numpy as np
from jaxtyping import Float, Int


def pareto_front(points: Float[np.ndarray, "B 2"]) -> Int[np.ndarray, " F"]:
    """Indices of the points that no other dominates, by rising delay; of equal points the first.

    Examples:
        >>> pareto_front(np.array([[3.0, 1.0], [1.0, 3.0], [2.0, 3.0], [1.0, 3.0]]))
        array([1, 0])
    """
    order = np.lexsort((points[:, 1], points[:, 0]))
    least_area = np.minimum.accumulate(points[order, 1])
    before = np.concatenate([[np.inf], least_area[:-1]])[: len(order)]
    return order[points[order, 1] < before]


def hypervolume(points: Float[np.ndarray, "B 2"], reference: tuple[float, float]) -> float:
    """Area that the points dominate below and left of ``reference``, exact.

    Points that are not better than the reference in both columns add nothing.

    References:
        Zitzler and Thiele, "Multiobjective Optimization Using Evolutionary Algorithms",
        PPSN V, 1998, section 4.

    Examples:
        Two steps: (4 - 1) * (4 - 3) + (4 - 2) * (3 - 1) = 3 + 4.

        >>> hypervolume(np.array([[1.0, 3.0], [2.0, 1.0]]), (4.0, 4.0))
        7.0
    """
    inside = points[(points < reference).all(axis=1)]
    delays, areas = inside[pareto_front(inside)].T
    ceilings = np.concatenate([[reference[1]], areas[:-1]])[: len(areas)]
    return float(((reference[0] - delays) * (ceilings - areas)).sum())
