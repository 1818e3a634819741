"""Decoder: from z to the free cells of the grid."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from circuitvae.model.features import free_cells
from circuitvae.model.settings import ModelSettings


class Decoder(nnx.Module):
    """Logits of the free cells; the other cells are fixed by legality.

    Args:
        width: Bits ``N``.
        settings: Sizes.
        rngs: Source of the initial parameters.
    """

    def __init__(self, width: int, settings: ModelSettings, *, rngs: nnx.Rngs):
        hidden = settings.hidden
        linear = partial(nnx.Linear, dtype=settings.precision, rngs=rngs)
        self.first = linear(settings.latent, hidden)
        self.second = linear(hidden, hidden)
        self.logits = linear(
            hidden,
            len(free_cells(width)[0]),  # none below 3 bits, where fan-based initialisers fail
            kernel_init=nnx.initializers.normal(hidden**-0.5),
        )

    def __call__(self, latents: Float[Array, "*B D"]) -> Float[Array, "*B F"]:
        """Logits, in the order of :func:`circuitvae.model.features.free_cells`."""
        hidden = jax.nn.relu(self.first(latents))
        return self.logits(jax.nn.relu(self.second(hidden))).astype(jnp.float32)
