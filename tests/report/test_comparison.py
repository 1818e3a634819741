"""Which points a front dominates, counted by hand."""

import numpy as np

from circuitvae.report.comparison import area_saved, compare_points


def test_points_are_counted_by_hand() -> None:
    front = np.array([[1.0, 5.0], [2.0, 3.0], [4.0, 1.0]])
    # Better in one and equal in the other; better in both; the very point; better than the front
    # in delay; better in area; between two steps and below neither.
    points = np.array([[1.5, 5.0], [3.0, 4.0], [2.0, 3.0], [0.5, 9.0], [9.0, 0.5], [1.5, 4.0]])
    assert compare_points(points, front) == (2, 1, 3)


def test_an_empty_front_beats_nothing() -> None:
    assert compare_points(np.ones((3, 2)), np.empty((0, 2))) == (0, 0, 3)


def test_area_is_saved_by_the_smallest_design_in_time() -> None:
    front = np.array([[1.0, 6.0], [2.0, 3.0]])
    # At 2.5 ns the smallest in time is 3 of 4: a quarter saved; at 1.5 ns, 6 against 4: half more;
    # at 0.5 ns there is none.
    saved = area_saved(np.array([[2.5, 4.0], [1.5, 4.0], [0.5, 4.0]]), front)
    assert saved.tolist() == [0.25, -0.5, -np.inf]
