"""CircuitVAE: a graph VAE with a joint surrogate, fitted to screened designs, searched by descent.

References:
    Song, Swope, Kirby, Roy, Godil, Raiman, Catanzaro, "CircuitVAE: Efficient and Scalable Latent
    Circuit Optimization", DAC 2024, https://arxiv.org/abs/2406.09535.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from circuitvae.model.features import GraphBatch, graph_batch
from circuitvae.model.losses import kl_divergence
from circuitvae.model.settings import ModelSettings, TrainSettings, check_positive
from circuitvae.model.surrogate import Scale
from circuitvae.model.train import Batch, Learner
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.latent import Descent, DescentSettings, Starts, decode, descend
from circuitvae.search.optimizer import Problem, State
from circuitvae.search.screened import Proposals, Screened, ScreenSettings, rank_correlations
from synthesis.errors import UserError

_OUTLIER = 3.0
"""Standard deviations at which the values that the surrogate learns are cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How CircuitVAE searches.

    Attributes:
        first_fits: Fits before the first round.
        decoded: Share of the proposals that trajectories decode to; the others are bred.
        screening: How designs are screened.
        model: Sizes of the networks.
        training: How they are fitted.
        descent: How latent space is searched.
    """

    first_fits: int = 6
    decoded: float = 0.5
    screening: ScreenSettings = field(default_factory=ScreenSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    training: TrainSettings = field(default_factory=TrainSettings)
    descent: DescentSettings = field(default_factory=DescentSettings)

    def __post_init__(self) -> None:
        check_positive(self)
        if self.decoded > 1:
            raise UserError(f"decoded must be at most 1, found {self.decoded}")


class CircuitVAE(Screened):
    """The search method of the paper, its surrogate taught by a screen.

    Each round fits the VAE and its surrogate, from where they stood, to the pool, whose costs are
    the screen's, which learns of synthesis; descends from its best designs; and offers the pool
    what the trajectories decode to, and what is bred of those designs.

    Shapes: ``B`` designs, ``W`` delay weights, ``N`` bit width, ``T`` delay targets.
    """

    def __init__(self, problem: Problem, settings: Settings = Settings()):
        super().__init__(problem, settings.screening)
        self._settings = settings
        self._learner = Learner(
            problem.width,
            len(self.delay_weights),
            settings.model,
            settings.training,
            problem.seed,
        )

    def propose(self, rng: np.random.Generator) -> Proposals:
        """What trajectories decode to, and what is bred of the pool."""
        weights = self.rank_weights()
        for _ in range(1 if self._learner.steps else self._settings.first_fits):
            self._fit(weights, rng)
        count = round(self._settings.decoded * self.screening.proposals)
        decoded = self.new_to_pool(lambda: self._decoded(weights, rng), count)
        others = self.screening.proposals - count
        return decoded.joined(self.new_to_pool(lambda: self.bred(others, rng), others, decoded))

    def _fit(self, weights: Float[np.ndarray, " B"], rng: np.random.Generator) -> None:
        """One fit to the pool and the lower bounds of its costs, as batches are chosen by them.

        What a bound differs in from the estimated cost is shared by delay and area.
        """
        training, pool = self._settings.training, self.pool
        points = pool.points + (pool.bounds - self.screen.costs(pool.points))[..., None]
        scale = Scale.of(points, self.delay_weights, weights)
        margin = _OUTLIER * scale.deviation
        points = np.clip(points, scale.mean - margin, scale.mean + margin)
        picks = rng.choice(len(pool), (training.steps, training.batch), p=weights)
        drawn = self.problem.objective.draw_weights(rng, picks.size)
        self._learner.scale = Scale.of(points, self.delay_weights, weights)
        batches = Batch(
            GraphBatch(*(values[picks] for values in pool.graphs)),
            points[picks].astype(np.float32),
            drawn.reshape(picks.shape).astype(np.float32),
        )
        self.figures |= self._learner.fit(batches)

    def _decoded(self, weights: Float[np.ndarray, " B"], rng: np.random.Generator) -> Proposals:
        settings = self._settings.descent
        rows = rng.choice(len(self.pool), settings.trajectories, p=weights)
        chosen = GraphBatch(*(values[rows] for values in self.pool.graphs))
        mean, log_variance = self._learner.encode(chosen)
        spread = settings.start_noise * np.exp(0.5 * log_variance)
        latents = (mean + spread * rng.standard_normal(mean.shape)).astype(np.float32)
        turns = rng.integers(len(self.delay_weights), size=settings.trajectories)
        starts = Starts(latents, self.delay_weights[turns].astype(np.float32))
        descent = self.descend(starts, rng)
        found = decode(
            self._learner, descent.latents, settings.temperature, rng, self.problem.width
        )
        costs = np.asarray(descent.costs)
        kl_nats = kl_divergence(jnp.asarray(mean), jnp.asarray(log_variance)).mean(axis=0)
        self.figures |= {
            "least_kl_nats": float(kl_nats.min()),
            "greatest_kl_nats": float(kl_nats.max()),
            "distinct_share": len(found.grids) / found.decoded,
            "legal_share": found.legal,
            "added_nodes": found.added_nodes,
            "descent_gain": float((costs[0] - costs[-1]).mean()),
        }
        return Proposals(found.grids, turns[found.trajectories])

    def descend(self, starts: Starts, rng: np.random.Generator) -> Descent:
        """Trajectories from starts, each with a gamma of its own."""
        settings, learner = self._settings.descent, self._learner
        return descend(
            learner.graphdef,
            settings,
            learner.learned.params,
            learner.scale,
            starts,
            settings.draw_prior_weights(rng, len(starts.latents)),
        )

    def tell(self, graphs: Sequence[PrefixGraph], points: Float[np.ndarray, "B T 2"]) -> None:
        """Takes curves (delay_ns, area_um2); reports how the latent surrogate had ordered them."""
        super().tell(graphs, points)
        if not (self._learner.steps and len(graphs)):
            return
        batch = graph_batch(np.stack([graph.grid for graph in graphs]))
        predicted = self._learner.predict(batch, self.delay_weights)
        figures = rank_correlations(predicted, self.costs(points))
        self.figures |= {f"latent_{name}": value for name, value in figures.items()}

    def state(self) -> State:
        """Designs, pool and model."""
        return {"screened": super().state(), "model": self._learner.state()}

    def restore(self, state: State) -> None:
        """Continues from what :meth:`state` gave."""
        super().restore(state["screened"])
        self._learner.restore(state["model"])
