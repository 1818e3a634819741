"""Surrogate of synthesis: from z to an area-delay curve, hence to any weighted cost.

Shapes: ``B`` batch, ``D`` latent size, ``T`` points of a curve, each (delay, area) in units of the
objective's references.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from circuitvae.model.features import AnyArray
from circuitvae.model.settings import ModelSettings

SOFT_MIN = 0.1
"""Temperature of the soft minimum over the points, in standard deviations of the cost."""


class Scale(NamedTuple):
    """What standardises points and costs.

    Attributes:
        mean: Mean of each point's delay and area.
        deviation: Standard deviation of the same.
        cost: Standard deviation of the cost.
    """

    mean: Float[AnyArray, "T 2"]
    deviation: Float[AnyArray, "T 2"]
    cost: Float[AnyArray, ""]

    @classmethod
    def of(
        cls,
        points: Float[np.ndarray, "B T 2"],
        delay_weights: Float[np.ndarray, " W"],
        sample_weights: Float[np.ndarray, " B"],
    ) -> "Scale":
        """Weighted moments of data, the cost's averaged over the delay weights."""
        mean = np.average(points, axis=0, weights=sample_weights)
        variance = np.average((points - mean) ** 2, axis=0, weights=sample_weights)
        weighted = delay_weights[:, None, None] * points[..., 0]
        costs = (weighted + (1 - delay_weights[:, None, None]) * points[..., 1]).min(axis=-1)
        middle = np.average(costs, axis=1, weights=sample_weights)[:, None]
        spread = np.sqrt(np.average((costs - middle) ** 2, axis=1, weights=sample_weights)).mean()
        floor = 1e-4
        return cls(
            mean.astype(np.float32),
            np.maximum(np.sqrt(variance), floor).astype(np.float32),
            np.maximum(spread, floor).astype(np.float32),
        )

    def standardise(self, points: Float[Array, "*B T 2"]) -> Float[Array, "*B T 2"]:
        """Points with mean 0 and deviation 1 at each place of the curve."""
        return (points - self.mean) / self.deviation

    def costs(
        self, standardised: Float[Array, "*B T 2"], delay_weights: Float[AnyArray, "*B"]
    ) -> Float[Array, "*B"]:
        """Soft minimum over the points of the weighted cost, in its standard deviations."""
        points = standardised * self.deviation + self.mean
        weight = delay_weights[..., None]
        costs = (weight * points[..., 0] + (1 - weight) * points[..., 1]) / self.cost
        return -SOFT_MIN * jax.nn.logsumexp(-costs / SOFT_MIN, axis=-1)


class Surrogate(nnx.Module):
    """Standardised (delay, area) at each place of a curve.

    Args:
        points: Number ``T`` of points of a curve.
        settings: Sizes.
        rngs: Source of the initial parameters.
    """

    def __init__(self, points: int, settings: ModelSettings, *, rngs: nnx.Rngs):
        hidden = settings.surrogate_hidden
        linear = partial(nnx.Linear, dtype=settings.precision, rngs=rngs)
        self.first = linear(settings.latent, hidden)
        self.second = linear(hidden, hidden)
        self.points = linear(hidden, 2 * points)

    def __call__(self, latents: Float[Array, "*B D"]) -> Float[Array, "*B T 2"]:
        """Points that :class:`Scale` gives units to."""
        hidden = jax.nn.silu(self.first(latents))
        points = self.points(jax.nn.silu(self.second(hidden))).astype(jnp.float32)
        return jnp.reshape(points, (*latents.shape[:-1], -1, 2))
