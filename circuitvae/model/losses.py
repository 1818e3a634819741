"""The terms of the training loss.

The loss of CircuitVAE (Song et al., DAC 2024, https://arxiv.org/abs/2406.09535) is
``L = E_q(z|x)[-log p(x|z)] + beta KL(q(z|x) || N(0, I)) + alpha E_q(z|x)[(f(z) - c(x))^2]``
with designs ``x`` drawn by rank of their cost ``c``
(:meth:`circuitvae.search.screened.Screened.rank_weights`).

Shapes: ``B`` batch, ``F`` free cells, ``D`` latent size, ``T`` points of a curve.
"""

import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from circuitvae.model.features import AnyArray
from circuitvae.model.surrogate import Scale


def reconstruction(logits: Float[Array, "B F"], cells: Bool[AnyArray, "B F"]) -> Float[Array, " B"]:
    """``-log p(x|z)`` in nats: independent Bernoulli cells, summed."""
    return optax.sigmoid_binary_cross_entropy(logits, cells.astype(logits.dtype)).sum(axis=-1)


def kl_divergence(
    mean: Float[Array, "B D"], log_variance: Float[Array, "B D"]
) -> Float[Array, "B D"]:
    """``KL(N(mean, variance) || N(0, 1))`` of each dimension, in nats."""
    return 0.5 * (mean**2 + jnp.exp(log_variance) - 1 - log_variance)


def surrogate_error(
    predicted: Float[Array, "B T 2"],
    points: Float[AnyArray, "B T 2"],
    delay_weights: Float[AnyArray, " B"],
    scale: Scale,
) -> Float[Array, " B"]:
    """``(f(z) - c(x))^2`` of the standardised cost, plus the mean of the same over the points.

    The paper has the first term for one cost; the second teaches the curve that serves any weight.
    """
    points = scale.standardise(jnp.asarray(points))
    cost_error = scale.costs(predicted, delay_weights) - scale.costs(points, delay_weights)
    return cost_error**2 + ((predicted - points) ** 2).mean(axis=(-2, -1))
