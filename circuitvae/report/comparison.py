"""Which points of one curve the points of a front dominate."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Comparison(NamedTuple):
    """Counts of a curve's points, by what a front does to them.

    Attributes:
        dominated: Some point of the front is no worse in both and better in one.
        equalled: The front holds the very point, and nothing better.
        ahead: The front has nothing as good.
    """

    dominated: int
    equalled: int
    ahead: int


def compare_points(points: Float[np.ndarray, "T 2"], front: Float[np.ndarray, "F 2"]) -> Comparison:
    """Compares ``T`` points of a curve with ``F`` points, smaller being better in both columns.

    Examples:
        >>> compare_points(np.array([[1.0, 5.0], [2.0, 2.0]]), np.array([[1.0, 4.0], [2.0, 2.0]]))
        Comparison(dominated=1, equalled=1, ahead=0)
    """
    covers = (front[None] <= points[:, None]).all(axis=-1)
    better = covers & (front[None] < points[:, None]).any(axis=-1)
    dominated = np.any(better, axis=1)
    equalled = np.any(covers, axis=1) & ~dominated
    return Comparison(
        int(dominated.sum()), int(equalled.sum()), int((~dominated & ~equalled).sum())
    )


def area_saved(
    points: Float[np.ndarray, "T 2"], front: Float[np.ndarray, "F 2"]
) -> Float[np.ndarray, " T"]:
    """Share of each point's area that the front's smallest design of no more delay saves.

    Negative where the front is larger, minus infinity where nothing on it is as fast.

    Examples:
        >>> area_saved(np.array([[1.0, 5.0], [2.0, 2.0]]), np.array([[1.0, 4.0], [3.0, 1.0]]))
        array([ 0.2, -1. ])
    """
    in_time = front[None, :, 0] <= points[:, None, 0]
    least = np.where(in_time, front[None, :, 1], np.inf).min(axis=1, initial=np.inf)
    return 1 - least / points[:, 1]
