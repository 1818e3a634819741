"""Fronts and hypervolumes, worked by hand and against brute force."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from circuitvae.search.pareto import hypervolume, pareto_front

GRID = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12)


@given(GRID)
def test_the_front_is_what_nothing_dominates(pairs: list[tuple[int, int]]) -> None:
    points = np.array(pairs, dtype=float).reshape(-1, 2)
    expected = {p for p in pairs if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in pairs)}
    front = pareto_front(points)
    assert sorted(expected) == [tuple(points[i]) for i in front]
    assert all(index == pairs.index(pairs[index]) for index in front)


@given(GRID)
def test_hypervolume_counts_unit_squares(pairs: list[tuple[int, int]]) -> None:
    points = np.array(pairs, dtype=float).reshape(-1, 2)
    squares = sum(any(x <= i and y <= j for x, y in pairs) for i in range(5) for j in range(5))
    assert hypervolume(points, (5.0, 5.0)) == squares
