"""Areas at delays along the front, by hand."""

import numpy as np
import pytest

from circuitvae.search.front import areas, delays

WEIGHTS = np.array([1 / 2, 2 / 3, 4 / 5])
"""Prices of delay 1, 2 and 4."""


def costs(*points: tuple[float, float]) -> np.ndarray:
    """Least cost at each weight of the curve through some points (delay, area)."""
    delay, area = np.array(points).T
    return (np.outer(WEIGHTS, delay) + np.outer(1 - WEIGHTS, area)).min(axis=1)


def test_delays_divide_what_lies_between_the_corners() -> None:
    # Lines 3 - d, 5 - 2 d and 7 - 4 d, which meet at delays 2 and 1.
    least = costs((1, 3), (2, 1))
    np.testing.assert_allclose(delays(least, WEIGHTS), [2, 5 / 3, 4 / 3, 1])


def test_area_at_a_delay_is_that_of_the_curves_hull() -> None:
    curve = costs((1, 3), (2, 1))[None]
    found = areas(curve, WEIGHTS, np.array([1, 4 / 3, 2, 2.5]))
    # Past its last point the curve falls by the least price.
    np.testing.assert_allclose(found, [[3, 7 / 3, 1, 0.5]])


def test_a_design_within_the_hull_is_seen() -> None:
    found = np.stack([costs((1, 3)), costs((2, 1)), costs((1.4, 2.4))])
    assert 2 not in found.argmin(axis=0)
    at = areas(found, WEIGHTS, np.array([1, 1.4, 2]))
    np.testing.assert_allclose(at[:, 1], [2.6, 3.4, 2.4])
    assert at.argmin(axis=0).tolist() == [0, 2, 1]


@pytest.mark.parametrize("designs", [0, 1, 5])
def test_shapes(designs: int) -> None:
    assert areas(np.ones((designs, 3)), WEIGHTS, np.ones(4)).shape == (designs, 4)
