"""Prior-regularised descent in latent space, and the designs decoded along its trajectories.

Shapes: ``K`` trajectories, ``P`` points kept of each, ``D`` latent size, ``N`` bit width,
``B`` designs.

References:
    Song et al., "CircuitVAE", DAC 2024, https://arxiv.org/abs/2406.09535.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Key

from circuitvae.model.features import AnyArray, grids_of_cells
from circuitvae.model.settings import check_positive
from circuitvae.model.surrogate import Scale
from circuitvae.model.train import Learner
from circuitvae.prefix.legalize import legalize
from synthesis.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentSettings:
    """How designs are sought in latent space.

    Attributes:
        trajectories: Number ``K`` run at once.
        segments: Points ``P`` decoded of each trajectory, evenly spaced, its end among them.
        segment_steps: Steps of Adam between those points.
        learning_rate: Of Adam, in latent units.
        prior_weights: Range of gamma, drawn log-uniformly for each trajectory.
        start_noise: Noise added to a start, in posterior standard deviations.
        temperature: Of the logistic noise added to the decoder's logits; cells above 0 are taken.
    """

    trajectories: int = 256
    segments: int = 5
    segment_steps: int = 16
    learning_rate: float = 0.1
    prior_weights: tuple[float, float] = (1e-3, 1e-1)
    start_noise: float = 1.0
    temperature: float = 1.0

    def __post_init__(self) -> None:
        check_positive(self)
        low, high = self.prior_weights
        if not 0 < low <= high:
            raise UserError(f"prior_weights must be a rising pair above 0, found {low}, {high}")

    def draw_prior_weights(self, rng: np.random.Generator, count: int) -> Float[np.ndarray, " K"]:
        """Gammas of some trajectories."""
        low, high = np.log(self.prior_weights)
        return np.exp(rng.uniform(low, high, count)).astype(np.float32)


class Starts(NamedTuple):
    """Where trajectories begin, and the delay weight that each is for."""

    latents: Float[AnyArray, "K D"]
    delay_weights: Float[AnyArray, " K"]


class Descent(NamedTuple):
    """Trajectories.

    Attributes:
        latents: Points along them, the start not included.
        costs: Predicted costs at the start and at each point.
    """

    latents: Float[Array, "P K D"]
    costs: Float[Array, "P+1 K"]


class Candidates(NamedTuple):
    """Decoded, legal, different designs.

    Attributes:
        grids: The designs.
        trajectories: Number of the one that each was first decoded on.
        decoded: Number of decodes they are what is left of.
        legal: Share of the different decodes that were legal as decoded.
        added_nodes: Mean number of nodes that legalising added to them.
    """

    grids: Bool[np.ndarray, "B N N"]
    trajectories: Int[np.ndarray, " B"]
    decoded: int
    legal: float
    added_nodes: float


@partial(jax.jit, static_argnames=("graphdef", "settings"))
def descend(
    graphdef: nnx.GraphDef,
    settings: DescentSettings,
    params: nnx.State,
    scale: Scale,
    starts: Starts,
    prior_weights: Float[Array, " K"],
) -> Descent:
    """Walks down the surrogate ``f(z, w)`` of the cost."""
    model = nnx.merge(graphdef, params)

    def predicted(latents: Float[Array, "K D"]) -> Float[Array, " K"]:
        return scale.costs(model.surrogate(latents), starts.delay_weights)

    return walk(predicted, settings, jnp.asarray(starts.latents), prior_weights)


def walk(
    predicted: Callable[[Array], Array],
    settings: DescentSettings,
    starts: Float[Array, "K D"],
    prior_weights: Float[Array, " K"],
) -> Descent:
    """Adam on ``f(z) + gamma |z|^2 / 2``, the last term being -gamma log N(z; 0, I) + const.

    Args:
        predicted: ``f``, of ``K`` points ``[K, D]`` at once.
        settings: Steps and their size.
        starts: Where trajectories begin.
        prior_weights: Gamma of each.
    """
    optimizer = optax.adam(settings.learning_rate)

    def objective(latents: Float[Array, "K D"]) -> Float[Array, ""]:
        return (predicted(latents) + prior_weights * (latents**2).sum(axis=-1) / 2).sum()

    def step(
        carry: tuple[Float[Array, "K D"], optax.OptState], _: None
    ) -> tuple[tuple[Float[Array, "K D"], optax.OptState], None]:
        latents, moments = carry
        updates, moments = optimizer.update(jax.grad(objective)(latents), moments)
        return (latents + updates, moments), None

    def segment(
        carry: tuple[Float[Array, "K D"], optax.OptState], _: None
    ) -> tuple[tuple[Float[Array, "K D"], optax.OptState], tuple[Array, Array]]:
        carry, _ = jax.lax.scan(step, carry, None, settings.segment_steps)
        return carry, (carry[0], predicted(carry[0]))

    _, (latents, costs) = jax.lax.scan(
        segment, (starts, optimizer.init(starts)), None, settings.segments
    )
    return Descent(latents, jnp.concatenate([predicted(starts)[None], costs]))


@partial(jax.jit, static_argnames="graphdef")
def sample_cells(
    graphdef: nnx.GraphDef,
    params: nnx.State,
    latents: Float[Array, "*B D"],
    temperature: float | Float[Array, ""],
    key: Key[Array, ""],
) -> Bool[Array, "*B F"]:
    """Free cells drawn from the decoder's Bernoullis at a temperature (0 thresholds at 1/2)."""
    logits = nnx.merge(graphdef, params).decoder(latents)
    return logits + temperature * jax.random.logistic(key, logits.shape) > 0


def decode(
    learner: Learner,
    latents: Float[AnyArray, "P K D"],
    temperature: float,
    rng: np.random.Generator,
    width: int,
) -> Candidates:
    """Draws a grid at each point, makes it legal, and drops what comes twice.

    Args:
        learner: The trained model.
        latents: Points along trajectories.
        temperature: Of the decoder.
        rng: Source of the draws.
        width: Bits ``N``.
    """
    key = jax.random.key(rng.integers(2**31))
    params = learner.learned.params
    cells = sample_cells(learner.graphdef, params, latents, np.float32(temperature), key)
    decoded = np.asarray(cells).reshape(-1, cells.shape[-1])
    first = _first_rows(decoded)
    raw = grids_of_cells(decoded[first], width)
    legal = legalize(raw)
    added = np.count_nonzero(legal & ~raw, axis=(1, 2))
    distinct = _first_rows(legal.reshape(len(legal), -1))
    return Candidates(
        grids=legal[distinct],
        trajectories=first[distinct] % latents.shape[1],
        decoded=len(decoded),
        legal=float((added == 0).mean()),
        added_nodes=float(added.mean()),
    )


def _first_rows(rows: Bool[np.ndarray, "B F"]) -> Int[np.ndarray, " distinct"]:
    """Where each distinct row stands first."""
    return np.sort(np.unique(np.packbits(rows, axis=1), axis=0, return_index=True)[1])
