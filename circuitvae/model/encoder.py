"""Graph encoder: each node with what it hears of its parents, pooled row by row."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int

from circuitvae.model.features import AnyArray, GraphBatch, free_cells
from circuitvae.model.settings import ModelSettings

_WAVES = 6


def positions(values: Int[AnyArray, "*M"], width: int) -> Float[Array, "*M waves"]:
    """Sines and cosines of bit positions, wavelengths from 4 bits to 4 times the width."""
    angles = np.arange(width)[:, None] * 2 * np.pi / np.geomspace(4.0, 4.0 * max(width, 2), _WAVES)
    table = np.concatenate([np.sin(angles), np.cos(angles)], axis=-1).astype(np.float32)
    return jnp.asarray(table)[values]


def node_features(graphs: GraphBatch, width: int) -> Float[Array, "B M features"]:
    """Span, level and fan-out of each node and of both its parents."""
    row, column = (jnp.asarray(values, jnp.int32) for values in (graphs.row, graphs.column))
    is_child = row > column
    levels = max(width - 1, 1).bit_length()
    own = jnp.stack([graphs.level / levels, jnp.log1p(graphs.fanout)], axis=-1)
    lower = jnp.asarray(graphs.lower, jnp.int32)[..., None]
    of_upper = jnp.roll(own, 1, axis=-2)
    of_lower = jnp.take_along_axis(own, lower, axis=-2)
    split = jnp.take_along_axis(row, lower[..., 0], axis=-1)
    parents = jnp.concatenate([of_upper, of_lower, positions(split, width)], axis=-1)
    scalars = jnp.stack([is_child, column == 0], axis=-1)
    spans = [positions(jnp.maximum(values, 0), width) for values in (row, column, row - column)]
    return jnp.concatenate([scalars, own, *spans, is_child[..., None] * parents], axis=-1)


def row_means(
    values: Float[Array, "BM C"], row: Int[AnyArray, "B M"], width: int
) -> Float[Array, "B NC"]:
    """Means over the nodes of each row; empty slots belong to none."""
    rows = len(row) * width
    first = width * np.arange(len(row))[:, None]
    segment = jnp.where(row < 0, rows, jnp.asarray(row, jnp.int32) + first).reshape(-1)
    sums, counts = (
        jax.ops.segment_sum(each, segment, rows + 1)[:-1]
        for each in (values, jnp.ones(len(values)))
    )
    return (sums / jnp.maximum(counts, 1.0)[:, None]).reshape(len(row), -1)


class Encoder(nnx.Module):
    """Mean and log-variance of the posterior of z, given a prefix graph.

    A node hears from both parents once, of what they are and not of what was learned of them: so
    nothing has to be derived through gathers, whose transposes are slow on CPUs. Position survives
    the pooling: node features are averaged within their row, the rows stay apart, and every free
    cell has an embedding of its own.

    Args:
        width: Bits ``N``.
        settings: Sizes.
        rngs: Source of the initial parameters.
    """

    def __init__(self, width: int, settings: ModelSettings, *, rngs: nnx.Rngs):
        self.width = width
        channels, hidden = settings.channels, settings.hidden
        linear = partial(nnx.Linear, dtype=settings.precision, rngs=rngs)
        self.embed = linear(8 + 8 * _WAVES, channels)
        self.mix = linear(channels, channels)
        self.read_rows = linear(width * channels, hidden)
        self.read_cells = linear(
            len(free_cells(width)[0]),  # none below 3 bits, where fan-based initialisers fail
            hidden,
            kernel_init=nnx.initializers.normal(1 / width),
        )
        self.hidden = linear(hidden, hidden)
        self.posterior = linear(hidden, 2 * settings.latent)

    def __call__(self, graphs: GraphBatch) -> tuple[Float[Array, "B D"], Float[Array, "B D"]]:
        """Mean and log-variance."""
        features = node_features(graphs, self.width)
        features = features.reshape(-1, features.shape[-1])  # two axes: CPUs multiply them faster
        nodes = jax.nn.relu(self.mix(jax.nn.relu(self.embed(features))))
        rows = row_means(nodes.astype(jnp.float32), graphs.row, self.width)
        cells = jnp.asarray(graphs.cells, jnp.float32)
        hidden = self.read_rows(rows) + self.read_cells(cells)
        hidden = jax.nn.relu(self.hidden(jax.nn.relu(hidden)))
        posterior = self.posterior(hidden).astype(jnp.float32)
        mean, log_variance = jnp.split(posterior, 2, axis=-1)
        return mean, log_variance
