"""What a search wants of a design's area-delay curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import expit, logit

from synthesis.errors import UserError
from synthesis.flow import Point

FRONT_WEIGHTS = (0.05, 0.95)
"""Range of the delay weights searched when the whole front is wanted."""


def _front_weights(places: Float[np.ndarray, " count"]) -> Float[np.ndarray, " count"]:
    """Delay weights at places from 0 to 1 of the front's range.

    Even steps multiply the price of delay, ``w / (1 - w)``, by even factors: steps of the weight
    itself would leave the fast end of the front, where the price rises steeply, nearly empty.
    """
    low, high = logit(FRONT_WEIGHTS)
    return np.asarray(expit(low + (high - low) * places))


def check_delay_weight(weight: float | None) -> None:
    """Passes for None and for a weight from 0 to 1.

    Raises:
        UserError: It is neither.
    """
    if weight is not None and not 0 <= weight <= 1:
        raise UserError(f"delay weight must be from 0 to 1, found {weight}")


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted cost of delay and area, the least over a design's curve.

    ``cost = w * delay_ns / delay_ref_ns + (1 - w) * area_um2 / area_ref_um2``, where the references
    are the Sklansky adder's least delay and least area in the same task.

    Shapes: ``B`` designs, ``T`` delay targets; points are (delay_ns, area_um2).

    Attributes:
        delay_ref_ns: Delay that costs 1.
        area_ref_um2: Area that costs 1.
        delay_weight: ``w`` from 0 to 1, or None to search the whole front.

    References:
        Song et al., "CircuitVAE", DAC 2024, https://arxiv.org/abs/2406.09535 (cost);
        Roy et al., "PrefixRL", DAC 2021, https://arxiv.org/abs/2205.07000 (best point of a curve).
    """

    delay_ref_ns: float
    area_ref_um2: float
    delay_weight: float | None = None

    def __post_init__(self) -> None:
        check_delay_weight(self.delay_weight)

    @classmethod
    def scaled_by(cls, reference: Sequence[Point], delay_weight: float | None) -> "Objective":
        """The objective in which a curve's least delay and least area cost 1 each.

        Raises:
            UserError: The least delay is not above 0, which late required times can bring about.
        """
        delay_ns = min(point.delay_ns for point in reference)
        if delay_ns <= 0:
            raise UserError(
                f"timing: expected a delay above 0 to weigh others by, found {delay_ns:g} ns; "
                "subtract the same time from all of required_ns: it changes no order of designs"
            )
        return cls(delay_ns, min(point.area_um2 for point in reference), delay_weight)

    @property
    def nominal_weight(self) -> float:
        """The weight by which one design is called best; 0.5 where the whole front is searched."""
        return 0.5 if self.delay_weight is None else self.delay_weight

    @property
    def reference_point(self) -> tuple[float, float]:
        """Where hypervolume is measured from: twice the references."""
        return 2 * self.delay_ref_ns, 2 * self.area_ref_um2

    def spread_weights(self, count: int) -> Float[np.ndarray, " weights"]:
        """The fixed delay weight alone, or ``count`` from end to end of the front's range."""
        if self.delay_weight is None:
            return _front_weights(np.linspace(0, 1, count))
        return np.array([self.delay_weight])

    def draw_weights(self, rng: np.random.Generator, count: int) -> Float[np.ndarray, " count"]:
        """Delay weights to search by: the fixed one, or drawn over the front's range."""
        if self.delay_weight is None:
            return _front_weights(rng.uniform(size=count))
        return np.full(count, self.delay_weight)

    def scaled(self, points: Float[np.ndarray, "*any 2"]) -> Float[np.ndarray, "*any 2"]:
        """Points in units of the references."""
        return points / np.array([self.delay_ref_ns, self.area_ref_um2])

    def costs(
        self, points: Float[np.ndarray, "*B T 2"], delay_weight: float | np.ndarray
    ) -> Float[np.ndarray, "*B"]:
        """Cost of each design at its best point; ``delay_weight`` broadcasts against ``B``."""
        weight = np.asarray(delay_weight)[..., None]
        scaled = self.scaled(points)
        costs = weight * scaled[..., 0] + (1 - weight) * scaled[..., 1]
        return np.asarray(costs.min(axis=-1))
