"""Pareto fronts of delay and area, and how much they cover."""

import numpy as np
from jaxtyping import Float, Int


def pareto_front(points: Float[np.ndarray, "B 2"]) -> Int[np.ndarray, "F"]:
    """Indices of the points that no other dominates, by rising first column.

    Smaller is better in both columns; of equal points the first is kept.

    Examples:
        >>> pareto_front(np.array([[2.0, 1.0], [1.0, 3.0], [2.0, 2.0]])).tolist()
        [1, 0]
    """
    order = np.lexsort((np.arange(len(points)), points[:, 1], points[:, 0]))
    areas = points[order, 1]
    lowest_before = np.concatenate([[np.inf], np.minimum.accumulate(areas)[:-1]])
    return order[areas < lowest_before]


def hypervolume(points: Float[np.ndarray, "B 2"], reference: tuple[float, float]) -> float:
    """Area that the points dominate within the corner at ``reference``.

    Examples:
        Two steps: (4 - 1) * (4 - 3) + (4 - 2) * (3 - 1) = 3 + 4.

        >>> hypervolume(np.array([[1.0, 3.0], [2.0, 1.0]]), (4.0, 4.0))
        7.0
    """
    inside = points[(points < reference).all(axis=1)]
    front = inside[pareto_front(inside)]
    heights = np.concatenate([[reference[1]], front[:-1, 1]])[: len(front)] - front[:, 1]
    return float(((reference[0] - front[:, 0]) * heights).sum())
