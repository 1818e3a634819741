"""Fronts and hypervolumes, worked by hand and against brute force."""

import itertools

import numpy as np
import pytest

from circuitvae.search.pareto import hypervolume, pareto_front


def dominated(point: np.ndarray, points: np.ndarray) -> bool:
    return bool(((points <= point).all(axis=1) & (points < point).any(axis=1)).any())


@pytest.mark.parametrize("seed", range(5))
def test_front_is_what_no_point_dominates(seed: int) -> None:
    # A coarse grid, so that equal points and equal columns occur.
    points = np.random.default_rng(seed).integers(0, 12, (40, 2)).astype(float)
    front = pareto_front(points)
    expected = {tuple(p) for p in points.tolist() if not dominated(np.array(p), points)}
    assert [tuple(p) for p in points[front].tolist()] == sorted(expected)


def test_front_of_few_points() -> None:
    assert pareto_front(np.empty((0, 2))).tolist() == []
    assert pareto_front(np.array([[1.0, 1.0]])).tolist() == [0]
    # The first of equal points stays; of equal delays the least area.
    assert pareto_front(np.array([[1.0, 1.0], [1.0, 1.0]])).tolist() == [0]
    assert pareto_front(np.array([[1.0, 2.0], [1.0, 1.0], [2.0, 1.0]])).tolist() == [1]


def test_hypervolume_by_hand() -> None:
    reference = (4.0, 4.0)
    # (1, 3): 3 x 1; (2, 1): 2 x 2 below it; 3 + 4 = 7.
    points = np.array([[2.0, 1.0], [1.0, 3.0]])
    assert hypervolume(points, reference) == 7.0
    # Dominated, doubled, on the border, beyond: nothing more.
    more = np.array([[3.0, 3.0], [2.0, 1.0], [4.0, 0.0], [0.0, 4.0], [5.0, 0.5]])
    assert hypervolume(np.concatenate([points, more]), reference) == 7.0
    # (0, 0) dominates all: 4 x 4.
    assert hypervolume(np.concatenate([points, np.zeros((1, 2))]), reference) == 16.0
    assert hypervolume(np.empty((0, 2)), reference) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_hypervolume_counts_dominated_unit_squares(seed: int) -> None:
    points = np.random.default_rng(seed).integers(0, 10, (6, 2)).astype(float)
    squares = [
        corner
        for corner in itertools.product(range(8), range(8))
        if (points <= np.array(corner)).all(axis=1).any()
    ]
    assert hypervolume(points, (8.0, 8.0)) == len(squares)
