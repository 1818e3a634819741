"""CircuitVAE with one part taken out or replaced; each a method that ``--optimizer`` takes.

Shapes: ``C`` candidates, ``K`` trajectories, ``P`` points kept of each, ``D`` latent size, ``N``
bit width.
"""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from circuitvae.search.circuitvae import CircuitVAE, Settings
from circuitvae.search.latent import Descent
from circuitvae.search.optimizer import Problem
from circuitvae.search.screen import Screen


class RandomMoves(CircuitVAE):
    """Goes as far from each start as descent would, in a direction drawn at random."""

    def descend(self, starts: Float[np.ndarray, "K D"], rng: np.random.Generator) -> Descent:
        """The descent's distances along one straight line for each trajectory."""
        descent = super().descend(starts, rng)
        lengths = jnp.linalg.norm(descent.latents - starts, axis=-1, keepdims=True)
        directions = rng.standard_normal(starts.shape).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        return descent._replace(latents=starts + lengths * directions)


class NoMoves(CircuitVAE):
    """Decodes the starts: samples of the posteriors of good designs."""

    def descend(self, starts: Float[np.ndarray, "K D"], rng: np.random.Generator) -> Descent:
        """Trajectories that stay where they are."""
        descent = super().descend(starts, rng)
        return descent._replace(latents=jnp.broadcast_to(starts, descent.latents.shape))


class Unbred(CircuitVAE):
    """Proposes what it decodes and nothing else: neither mutants nor children."""

    def __init__(self, problem: Problem):
        super().__init__(problem, replace(Settings(), decoded=1.0))


class UnbredRandomMoves(Unbred, RandomMoves):
    """Both: what random latent moves find alone."""


class UnbredNoMoves(Unbred, NoMoves):
    """Both: what resampling of good designs finds alone."""


class _EngineAlone(Screen):
    def learn(self, *told: Any) -> None:
        """Nothing."""


class EngineAlone(CircuitVAE):
    """The engine's verdict as it stands, not corrected by what synthesis made of other designs."""

    screened_by = _EngineAlone


class Unpretrained(CircuitVAE):
    """No proposals on the engine alone before the first batch; the pool starts small."""

    def __init__(self, problem: Problem):
        few = replace(Settings().screening, first=100, first_rounds=1)
        super().__init__(problem, replace(Settings(), screening=few))


class NoOptimism(CircuitVAE):
    """A design's promise is its predicted cost, however unsure that is."""

    def __init__(self, problem: Problem):
        sure = replace(Settings().screening, optimism=0.0)
        super().__init__(problem, replace(Settings(), screening=sure))
