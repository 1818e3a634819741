"""Graph encoder: message passing between parents and children, pooled row by row."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from circuitvae.model.features import AnyArray, GraphBatch, free_cells
from circuitvae.model.settings import ModelSettings

_WAVES = 6


def positional(values: Int[AnyArray, "*M"], width: int) -> Float[Array, "*M waves"]:
    """Sines and cosines of bit positions, wavelengths from 4 bits to 4 times the width."""
    wavelengths = jnp.geomspace(4.0, 4.0 * max(width, 2), _WAVES)
    angles = 2 * jnp.pi * values[..., None].astype(jnp.float32) / wavelengths
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=-1)


def node_features(graphs: GraphBatch, width: int) -> Float[Array, "B M features"]:
    """Span, level and fan-out of each node, positions as waves."""
    row, column = graphs.row, graphs.column
    scalars = [
        row == column,
        column == 0,
        graphs.level / max(width - 1, 1).bit_length(),
        jnp.log1p(graphs.fanout),
    ]
    waves = [positional(values, width) for values in (row, column, row - column)]
    return jnp.concatenate([jnp.stack(scalars, axis=-1).astype(jnp.float32), *waves], axis=-1)


class MessageRound(nnx.Module):
    """Each node hears from both parents and from all its children.

    ``h <- norm(h + relu(W [h, h_upper, h_lower, sum over children of h]))``, the children it is an
    upper parent of and those it is a lower parent of summed apart.
    """

    def __init__(self, settings: ModelSettings, *, rngs: nnx.Rngs):
        channels, precision = settings.channels, settings.precision
        self.mix = nnx.Linear(5 * channels, channels, dtype=precision, rngs=rngs)
        self.norm = nnx.LayerNorm(channels, dtype=precision, rngs=rngs)

    def __call__(
        self,
        nodes: Float[Array, "B M C"],
        is_child: Float[Array, "B M 1"],
        lower: Int[Array, "B M"],
    ) -> Float[Array, "B M C"]:
        """New features; ``is_child`` is 1 where a node has parents."""
        batch, slots, channels = nodes.shape
        index = (lower + slots * jnp.arange(batch)[:, None]).reshape(-1)
        from_upper = is_child * jnp.roll(nodes, 1, axis=1)
        from_lower = is_child * nodes.reshape(-1, channels)[index].reshape(nodes.shape)
        sent = is_child * nodes
        from_upper_child = jnp.roll(sent, -1, axis=1)
        from_lower_children = (
            jnp.zeros((batch * slots, channels), nodes.dtype)
            .at[index]
            .add(sent.reshape(-1, channels))
            .reshape(nodes.shape)
        )
        heard = jnp.concatenate(
            [nodes, from_upper, from_lower, from_upper_child, from_lower_children], axis=-1
        )
        return self.norm(nodes + jax.nn.relu(self.mix(heard)))


class Encoder(nnx.Module):
    """Mean and log-variance of the posterior of z, given a prefix graph.

    Position survives the pooling: node features are averaged within their row, the rows stay
    apart, and every free cell has an embedding of its own.

    Args:
        width: Bits ``N``.
        settings: Sizes.
        rngs: Source of the initial parameters.
    """

    def __init__(self, width: int, settings: ModelSettings, *, rngs: nnx.Rngs):
        self.width = width
        self.precision = settings.precision
        channels, hidden = settings.channels, settings.hidden
        linear = partial(nnx.Linear, dtype=settings.precision, rngs=rngs)
        self.embed = linear(4 + 6 * _WAVES, channels)
        self.rounds = nnx.List([MessageRound(settings, rngs=rngs) for _ in range(settings.rounds)])
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
        is_child = jnp.asarray(graphs.row > graphs.column, self.precision)[..., None]
        lower = jnp.asarray(graphs.lower, jnp.int32)
        nodes = jax.nn.relu(self.embed(node_features(graphs, self.width)))
        for message_round in self.rounds:
            nodes = message_round(nodes, is_child, lower)
        membership = jax.nn.one_hot(graphs.row, self.width, dtype=self.precision)
        rows = jnp.einsum("bmn,bmc->bnc", membership, nodes)
        rows = rows / jnp.maximum(membership.sum(axis=1), 1.0)[..., None]
        cells = jnp.asarray(graphs.cells, jnp.float32)
        hidden = self.read_rows(rows.reshape(len(rows), -1)) + self.read_cells(cells)
        hidden = jax.nn.relu(self.hidden(jax.nn.relu(hidden)))
        posterior = self.posterior(hidden).astype(jnp.float32)
        mean, log_variance = jnp.split(posterior, 2, axis=-1)
        return mean, log_variance
