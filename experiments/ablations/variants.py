"""CircuitVAE with one part taken out or replaced; each a method that ``--optimizer`` takes.

Shapes: ``B`` designs, ``T`` delay targets.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from circuitvae.model.surroundings import surroundings
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.circuitvae import CircuitVAE, Settings
from circuitvae.search.latent import Descent, DescentSettings, Starts
from circuitvae.search.optimizer import Problem, State
from circuitvae.search.screen import Screen
from experiments.ablations.soft import costs_of, soft_descent
from synthesis.timing import UNIFORM

_RADII = 1.0, 4.0, 16.0
"""Least, first and greatest radius of a trust region, latent units."""
_SOFT_DESCENT = DescentSettings(trajectories=64, segment_steps=4, learning_rate=0.3)
"""Fewer and longer steps: one through the soft grid costs a hundred of the surrogate's."""


class RandomMoves(CircuitVAE):
    """Goes as far from each start as descent would, in a direction drawn at random."""

    def descend(self, starts: Starts, rng: np.random.Generator) -> Descent:
        """The descent's distances along one straight line for each trajectory."""
        descent = super().descend(starts, rng)
        lengths = jnp.linalg.norm(descent.latents - starts.latents, axis=-1, keepdims=True)
        directions = rng.standard_normal(starts.latents.shape).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        return descent._replace(latents=starts.latents + lengths * directions)


class NoMoves(CircuitVAE):
    """Decodes the starts: samples of the posteriors of good designs."""

    def descend(self, starts: Starts, rng: np.random.Generator) -> Descent:
        """Trajectories that stay where they are."""
        descent = super().descend(starts, rng)
        return descent._replace(latents=jnp.broadcast_to(starts.latents, descent.latents.shape))


class Unbred(CircuitVAE):
    """Proposes what it decodes and nothing else: neither mutants nor children."""

    def __init__(self, problem: Problem):
        super().__init__(problem, replace(Settings(), decoded=1.0))


class UnbredRandomMoves(Unbred, RandomMoves):
    """Both: what random latent moves find alone."""


class UnbredNoMoves(Unbred, NoMoves):
    """Both: what resampling of good designs finds alone."""


class _EstimateAlone(Screen):
    def learn(self, *told: Any) -> None:
        """Nothing."""


class EstimateAlone(CircuitVAE):
    """Estimates as they stand, not corrected by what synthesis made of other designs."""

    screened_by = _EstimateAlone


class Unpretrained(CircuitVAE):
    """One round of proposals before the first batch instead of four; the pool starts small."""

    def __init__(self, problem: Problem):
        few = replace(Settings().screening, first=100, first_rounds=1)
        super().__init__(problem, replace(Settings(), screening=few))


class NoOptimism(CircuitVAE):
    """A design's promise is its predicted cost, however unsure that is."""

    def __init__(self, problem: Problem):
        sure = replace(Settings().screening, optimism=0.0)
        super().__init__(problem, replace(Settings(), screening=sure))


class TrustRegion(CircuitVAE):
    """Descends within a ball around each start, wider after an improvement, else narrower.

    References:
        Eriksson et al., "Scalable Global Optimization via Local Bayesian Optimization", NeurIPS
        2019, https://arxiv.org/abs/1910.01739 (TuRBO).
    """

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self._radius = _RADII[1]

    def descend(self, starts: Starts, rng: np.random.Generator) -> Descent:
        """The descent's points; those outside the ball where the way to them leaves it."""
        descent = super().descend(starts, rng)
        centres = jnp.asarray(starts.latents)
        moves = descent.latents - centres
        far = jnp.linalg.norm(moves, axis=-1, keepdims=True) / self._radius
        return descent._replace(latents=centres + moves / jnp.maximum(far, 1.0))

    def tell(self, graphs: Sequence[PrefixGraph], points: Float[np.ndarray, "B T 2"]) -> None:
        """Takes curves, and what they say of the radius."""
        super().tell(graphs, points)
        if "improvement" in self.figures:
            factor = 2.0 if self.figures["improvement"] > 0 else 0.8
            self._radius = float(np.clip(self._radius * factor, _RADII[0], _RADII[2]))
        self.figures["radius"] = self._radius

    def state(self) -> State:
        """The radius too."""
        return {**super().state(), "radius": np.array(self._radius)}

    def restore(self, state: State) -> None:
        """Continues from what :meth:`state` gave."""
        super().restore(state)
        self._radius = float(state["radius"])


class SoftGrid(CircuitVAE):
    """Descends the cost of the decoder's soft grid, legalised, instead of the surrogate's.

    Wires are free and bits alike there, whatever the task says.
    """

    def __init__(self, problem: Problem):
        super().__init__(problem, replace(Settings(), descent=_SOFT_DESCENT))
        objective, library = problem.objective, problem.task.flow.library
        around = surroundings(library, problem.width, UNIFORM, 0.0)
        self._soft = costs_of(around, objective.delay_ref_ns, objective.area_ref_um2)

    def descend(self, starts: Starts, rng: np.random.Generator) -> Descent:
        """Adam on the soft grid's cost and the prior, as on the surrogate's."""
        settings, learner = self._settings.descent, self._learner
        return soft_descent(
            learner.graphdef,
            settings,
            learner.learned.params,
            learner.scale.cost,
            starts,
            settings.draw_prior_weights(rng, len(starts.latents)),
            self._soft,
            self.problem.width,
        )
