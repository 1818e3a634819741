"""CircuitVAE with one part taken out or replaced; each a method that ``--optimizer`` takes.

Shapes: ``B`` designs, ``C`` candidates, ``S`` of them kept, ``K`` trajectories,
``D`` latent size, ``N`` bit width.
"""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from circuitvae.model.features import graph_batch
from circuitvae.model.sizing import surroundings
from circuitvae.search.circuitvae import CircuitVAE, Settings
from circuitvae.search.latent import Descent, DescentSettings
from circuitvae.search.optimizer import Problem
from circuitvae.search.screen import Screen, best_by_turns
from experiments.ablations.engine import Engine
from experiments.ablations.soft import costs_of, soft_descent

_SOFT_DESCENT = DescentSettings(trajectories=64, segment_steps=4, learning_rate=0.3)
"""Fewer and longer steps: one through the soft grid costs a hundred of the surrogate's."""


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


class _EstimateAlone(Screen):
    def learn(self, *told: Any) -> None:
        """Nothing."""


class EstimateAlone(CircuitVAE):
    """Estimates as they stand, not corrected by what synthesis made of other designs."""

    screened_by = _EstimateAlone


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


class Unbounded(CircuitVAE):
    """Descent as far as it goes, without trust regions."""

    def __init__(self, problem: Problem):
        whole = Settings()
        free = replace(whole.descent, radii=(np.inf, np.inf, np.inf))
        super().__init__(problem, replace(whole, descent=free))


class EngineSifts(CircuitVAE):
    """The sizing engine decides which proposals join the pool."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self._engine = Engine(problem)

    def sift(self, grids: Bool[np.ndarray, "B N N"]) -> Bool[np.ndarray, "S N N"]:
        """The best by the engine at one weight each, in turn."""
        turns = len(self.delay_weights)
        costs = np.empty(len(grids))
        for turn, weight in enumerate(self.delay_weights.tolist()):
            costs[turn::turns] = self._engine.costs(grids[turn::turns], weight)
        return grids[best_by_turns(costs, turns, self.screening.sifted)]


class SurrogateSifts(CircuitVAE):
    """The surrogate decides which proposals join the pool; before it has learned all do."""

    def sift(self, grids: Bool[np.ndarray, "B N N"]) -> Bool[np.ndarray, "S N N"]:
        """The best by the surrogate at one weight each, in turn."""
        if not (self._learner.steps and len(grids)):
            return grids
        turns = len(self.delay_weights)
        weights = self.delay_weights[np.arange(len(grids)) % turns]
        costs = self._learner.predict(graph_batch(grids), weights)
        return grids[best_by_turns(costs, turns, self.screening.sifted)]


class SoftGrid(CircuitVAE):
    """Descends the cost of the decoder's soft grid, legalised, instead of the surrogate's."""

    def __init__(self, problem: Problem):
        super().__init__(problem, replace(Settings(), descent=_SOFT_DESCENT))
        flow, objective = problem.task.flow, problem.objective
        around = surroundings(flow.library, problem.width, flow.timing, 0.0)
        references = objective.delay_ref_ns, objective.area_ref_um2
        self._soft = costs_of(around, *references, objective.nominal_weight)

    def descend(self, starts: Float[np.ndarray, "K D"], rng: np.random.Generator) -> Descent:
        """Adam on the soft grid's cost and the prior, as on the surrogate's."""
        settings, learner = self._settings.descent, self._learner
        low, high = np.log(settings.prior_weights)
        gammas = np.exp(rng.uniform(low, high, len(starts))).astype(np.float32)
        return soft_descent(
            learner.graphdef,
            settings,
            learner.learned.params,
            learner.scale.cost,
            starts,
            gammas,
            self._soft,
            np.float32(self._radius),
            self.problem.width,
        )
