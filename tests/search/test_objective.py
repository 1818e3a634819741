"""The weighted cost, worked by hand."""

import numpy as np
import pytest

from circuitvae.search.objective import FRONT_WEIGHTS, Objective
from synthesis.errors import UserError
from synthesis.flow import Point

REFERENCE = (Point(0.2, 0.2, 100.0), Point(0.4, 0.4, 80.0))


def test_the_best_point_of_the_curve_counts() -> None:
    objective = Objective.scaled_by(REFERENCE, 0.75)
    assert (objective.delay_ref_ns, objective.area_ref_um2) == (0.2, 80.0)
    assert objective.reference_point == (0.4, 160.0)
    points = np.array([[[0.2, 120.0], [0.3, 80.0]], [[0.1, 160.0], [0.4, 40.0]]])
    # First design: 0.75 * 1 + 0.25 * 1.5 = 1.125 and 0.75 * 1.5 + 0.25 * 1 = 1.375.
    # Second: 0.75 * 0.5 + 0.25 * 2 = 0.875 and 0.75 * 2 + 0.25 * 0.5 = 1.625.
    assert objective.costs(points, 0.75) == pytest.approx([1.125, 0.875])
    # By area alone: 80 / 80 and 40 / 80. A weight for each design.
    assert objective.costs(points, np.array([0.0, 0.75])) == pytest.approx([1.0, 0.875])


def test_weights_are_fixed_or_drawn() -> None:
    rng = np.random.default_rng(0)
    assert (Objective(1.0, 1.0, 0.3).draw_weights(rng, 4) == 0.3).all()
    drawn = Objective(1.0, 1.0).draw_weights(rng, 1000)
    assert FRONT_WEIGHTS[0] <= drawn.min() < 0.1 and 0.9 < drawn.max() <= FRONT_WEIGHTS[1]


def test_weights_of_the_front_multiply_the_price_of_delay() -> None:
    assert Objective(1.0, 1.0, 0.3).spread_weights(4).tolist() == [0.3]
    # Prices of 1/19, 1 and 19: the ends and the middle of their logarithms.
    np.testing.assert_allclose(Objective(1.0, 1.0).spread_weights(3), [0.05, 0.5, 0.95])
    weights = Objective(1.0, 1.0).spread_weights(5)
    prices = weights / (1 - weights)
    np.testing.assert_allclose(prices[1:] / prices[:-1], 19**0.5)


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_out_of_range_is_refused(weight: float) -> None:
    with pytest.raises(UserError, match="from 0 to 1"):
        Objective(1.0, 1.0, weight)
