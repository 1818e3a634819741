"""What designs add to the front: their areas at delays along it.

The cost at a delay weight is least on the convex hull of the front. A design within the hull that
is better than all others as fast is seen by its area at that delay alone. Past the outermost of
these delays the cost at the first and the last weight says as much.

Shapes: ``B`` designs, ``W`` delay weights from low to high, ``D`` delays. Delay and area are in
units of the objective's references.
"""

import numpy as np
from jaxtyping import Float

_PARTS = 3
"""Delays to each two neighbouring delay weights."""


def delays(
    least: Float[np.ndarray, " W"], delay_weights: Float[np.ndarray, " W"]
) -> Float[np.ndarray, " D"]:
    """Delays along the front, closer together where the price of delay is high.

    They divide evenly what lies between the corners of the polygon that the least costs bound.

    Args:
        least: Least cost at each delay weight.
        delay_weights: At least two.
    """
    price, intercept = _lines(least, delay_weights)
    corners = np.diff(intercept) / np.diff(price)
    last = len(corners) - 1
    places = np.linspace(0, last, _PARTS * last + 1)
    return np.interp(places, np.arange(last + 1), corners)


def areas(
    costs: Float[np.ndarray, "B W"],
    delay_weights: Float[np.ndarray, " W"],
    at: Float[np.ndarray, " D"],
) -> Float[np.ndarray, "B D"]:
    """Area of each design at delays: of the convex hull of its curve, as its costs bound it.

    A cost says that no point of the curve lies below a line; the highest of the lines counts. This
    is the epsilon-constraint method's objective (Haimes, Lasdon, Wismer, IEEE Trans. SMC, 1971).
    """
    price, intercept = _lines(costs, delay_weights)
    return np.asarray((intercept[:, :, None] - price[:, None] * at).max(axis=1))


def _lines(
    costs: Float[np.ndarray, "*B W"], delay_weights: Float[np.ndarray, " W"]
) -> tuple[Float[np.ndarray, " W"], Float[np.ndarray, "*B W"]]:
    """Price of delay and area at no delay of the line ``w delay + (1 - w) area = cost``."""
    return delay_weights / (1 - delay_weights), costs / (1 - delay_weights)
