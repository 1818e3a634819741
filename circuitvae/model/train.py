"""Fits the VAE, and offers it as plain functions on NumPy arrays.

Shapes: ``B`` batch, ``S`` steps, ``D`` latent size, ``T`` points of a curve, ``W`` delay weights.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, Key

from circuitvae.model import losses
from circuitvae.model.features import AnyArray, GraphBatch
from circuitvae.model.settings import ModelSettings, TrainSettings
from circuitvae.model.surrogate import Scale
from circuitvae.model.vae import VAE

CHUNK = 256
"""Graphs that are encoded at once; shorter batches are padded, so that nothing recompiles."""

ACTIVE_NATS = 0.01
"""Mean KL divergence above which a latent dimension counts as active."""


class Learned(NamedTuple):
    """What training changes."""

    params: nnx.State
    moments: optax.OptState
    step: Int[Array, ""]


class Batch(NamedTuple):
    """What one step, or with a leading axis ``S`` one fit, trains on."""

    graphs: GraphBatch
    points: Float[AnyArray, "*S B T 2"]
    delay_weights: Float[AnyArray, "*S B"]


@partial(jax.jit, static_argnames=("width", "points", "settings"))
def _initial(
    width: int, points: int, settings: ModelSettings, key: Key[Array, ""]
) -> tuple[nnx.GraphDef, nnx.State]:
    return nnx.split(VAE(width, points, settings, rngs=nnx.Rngs(key)), nnx.Param)


@partial(jax.jit, static_argnames=("graphdef", "settings"))
def fit(
    graphdef: nnx.GraphDef,
    settings: TrainSettings,
    learned: Learned,
    scale: Scale,
    batches: Batch,
    key: Key[Array, ""],
) -> tuple[Learned, dict[str, Float[Array, ""]]]:
    """Runs one step for each batch; returns figures averaged over the last tenth of them."""
    optimizer = optax.adam(settings.learning_rate)

    def loss(
        params: nnx.State, batch: Batch, step: Int[Array, ""]
    ) -> tuple[Float[Array, ""], dict[str, Float[Array, ""]]]:
        model = nnx.merge(graphdef, params)
        mean, log_variance = model.encoder(batch.graphs)
        noise = jax.random.normal(jax.random.fold_in(key, step), mean.shape)
        latents = mean + jnp.exp(0.5 * log_variance) * noise
        logits = model.decoder(latents)
        nats = losses.reconstruction(logits, batch.graphs.cells).mean()
        kl = losses.kl_divergence(mean, log_variance).mean(axis=0)
        error = losses.surrogate_error(
            model.surrogate(latents), batch.points, batch.delay_weights, scale
        ).mean()
        kl_weight = settings.kl_weight * jnp.minimum(1.0, step / settings.kl_warmup)
        total = nats + kl_weight * kl.sum() + settings.surrogate_weight * error
        return total, {
            "reconstruction_nats": nats,
            "reconstruction_accuracy": ((logits > 0) == batch.graphs.cells).mean(),
            "kl_nats": kl.sum(),
            "active_dimensions": (kl > ACTIVE_NATS).sum().astype(jnp.float32),
            "surrogate_error": error,
        }

    def train_step(learned: Learned, batch: Batch) -> tuple[Learned, dict[str, Array]]:
        gradient, figures = jax.grad(loss, has_aux=True)(learned.params, batch, learned.step)
        updates, moments = optimizer.update(gradient, learned.moments)
        params = optax.apply_updates(learned.params, updates)
        return Learned(params, moments, learned.step + 1), figures

    learned, figures = jax.lax.scan(train_step, learned, batches)
    last = -max(len(batches.points) // 10, 1)
    return learned, {name: values[last:].mean() for name, values in figures.items()}


@partial(jax.jit, static_argnames="graphdef")
def _encode(
    graphdef: nnx.GraphDef, params: nnx.State, graphs: GraphBatch
) -> tuple[Float[Array, "B D"], Float[Array, "B D"]]:
    return nnx.merge(graphdef, params).encoder(graphs)


@partial(jax.jit, static_argnames="graphdef")
def _predict(
    graphdef: nnx.GraphDef,
    params: nnx.State,
    graphs: GraphBatch,
    delay_weights: Float[Array, " W"],
    scale: Scale,
) -> Float[Array, "B W"]:
    model = nnx.merge(graphdef, params)
    points = model.surrogate(model.encoder(graphs)[0])

    def costs(delay_weight: Float[Array, ""]) -> Float[Array, " B"]:
        return scale.costs(points, jnp.full(len(points), delay_weight))

    return jax.vmap(costs, out_axes=1)(delay_weights)


def _in_chunks(function: Callable[..., Any], *arrays: Any) -> Any:
    """Maps trees of arrays with one leading axis ``B``, ``CHUNK`` rows at a time."""
    count = len(jax.tree.leaves(arrays)[0])
    parts = []
    for start in range(0, count, CHUNK):
        rows = np.minimum(np.arange(start, start + CHUNK), count - 1)
        parts.append(function(*jax.tree.map(lambda values, rows=rows: values[rows], arrays)))
    return jax.tree.map(lambda *chunks: np.concatenate(chunks)[:count], *parts)


class Learner:
    """The model, its optimiser's moments and the scale of its data.

    Args:
        width: Bits ``N``.
        points: Points ``T`` of a curve.
        model: Sizes.
        training: How to fit.
        seed: Of the initial parameters and the training noise.

    Attributes:
        graphdef: The model's structure, a static argument of compiled functions.
        learned: Parameters and moments.
        scale: Standardises points and costs; set by the first fit.
    """

    def __init__(
        self, width: int, points: int, model: ModelSettings, training: TrainSettings, seed: int
    ):
        self.training = training
        self._key = jax.random.key(seed)
        self.graphdef, params = _initial(width, points, model, self._key)
        moments = optax.adam(training.learning_rate).init(params)
        self.learned = Learned(params, moments, jnp.zeros((), jnp.int32))
        self.scale = Scale(
            np.zeros((points, 2), np.float32),
            np.ones((points, 2), np.float32),
            np.ones((), np.float32),
        )

    @property
    def steps(self) -> int:
        """Training steps so far."""
        return int(self.learned.step)

    def fit(self, batches: Batch) -> dict[str, float]:
        """One fit at the present scale; continues from the parameters of the last."""
        self.learned, figures = fit(
            self.graphdef,
            self.training,
            self.learned,
            self.scale,
            batches,
            self._key,
        )
        return {name: float(value) for name, value in figures.items()}

    def encode(
        self, graphs: GraphBatch
    ) -> tuple[Float[np.ndarray, "B D"], Float[np.ndarray, "B D"]]:
        """Posterior mean and log-variance."""
        return _in_chunks(partial(_encode, self.graphdef, self.learned.params), graphs)

    def predict(
        self, graphs: GraphBatch, delay_weights: Float[np.ndarray, " W"]
    ) -> Float[np.ndarray, "B W"]:
        """Predicted costs of graphs at each delay weight, in units of ``scale.cost``."""
        weights = delay_weights.astype(np.float32)
        return _in_chunks(
            lambda chunk: _predict(self.graphdef, self.learned.params, chunk, weights, self.scale),
            graphs,
        )

    def state(self) -> dict[str, Any]:
        """Parameters, moments and scale in one array: many small ones take long to write."""
        values, _ = ravel_pytree((self.learned, self.scale))
        return {"values": np.asarray(values)}

    def restore(self, state: dict[str, Any]) -> None:
        """Continues from what :meth:`state` gave.

        Raises:
            ValueError: The state is of another model.
        """
        _, unravel = ravel_pytree((self.learned, self.scale))
        self.learned, self.scale = unravel(jnp.asarray(state["values"]))
