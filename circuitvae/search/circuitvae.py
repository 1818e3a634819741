"""CircuitVAE: a graph VAE with a joint surrogate, refitted as results come, searched by descent.

References:
    Song, Swope, Kirby, Roy, Godil, Raiman, Catanzaro, "CircuitVAE: Efficient and Scalable Latent
    Circuit Optimization", DAC 2024, https://arxiv.org/abs/2406.09535.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.stats
from jaxtyping import Bool, Float, Int, UInt8

from circuitvae.model.dataset import Dataset, keys
from circuitvae.model.features import free_cells, graph_batch, grids_of_cells
from circuitvae.model.losses import rank_weights
from circuitvae.model.settings import ModelSettings, TrainSettings, check_positive
from circuitvae.model.surrogate import Scale
from circuitvae.model.train import Batch, Learner
from circuitvae.prefix.convert import from_bits
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.initial import initial_designs
from circuitvae.search.latent import Candidates, DescentSettings, explore
from circuitvae.search.objective import FRONT_WEIGHTS
from circuitvae.search.optimizer import Problem, State
from synthesis.errors import UserError

_SPARE_ROWS = 64
_NOISE_LEVELS = (1.0, 2.0, 4.0)
_MUTATION_ROUNDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How CircuitVAE searches.

    Attributes:
        batch_size: Designs it likes to be asked for at once.
        initial: Designs told before the first training; until then it asks for edited classics.
        first_fits: Fits at the first training.
        refit_after: New designs that bring the next fit.
        rank_k: Flatness ``k`` of the rank weights of training data and starts.
        screening: New candidates wanted for each design asked for.
        mean_edits: Cells flipped, on average, in the edited copy of each decoded design.
        diverse_share: Share of a batch drawn at random from the candidates, not the best predicted.
        model: Sizes of the networks.
        training: How they are fitted.
        descent: How latent space is searched.
    """

    batch_size: int = 32
    initial: int = 64
    first_fits: int = 4
    refit_after: int = 16
    rank_k: float = 1e-3
    screening: int = 4
    mean_edits: float = 1.5
    diverse_share: float = 0.2
    model: ModelSettings = field(default_factory=ModelSettings)
    training: TrainSettings = field(default_factory=TrainSettings)
    descent: DescentSettings = field(default_factory=DescentSettings)

    def __post_init__(self) -> None:
        check_positive(self)
        if self.diverse_share > 1:
            raise UserError(f"diverse_share must be at most 1, found {self.diverse_share}")


class CircuitVAE:
    """The search method of the paper, as an :class:`circuitvae.search.optimizer.Optimizer`.

    A ``tell`` that completes enough new designs refits the model from where it stood. Designs
    asked for are not asked for again, so that one whose synthesis fails cannot stall the search.

    Shapes: ``B`` designs, ``K`` trajectories, ``T`` delay targets, ``N`` bit width.
    """

    def __init__(self, problem: Problem, settings: Settings = Settings()):
        self.batch_size = settings.batch_size
        self._problem = problem
        self._settings = settings
        weight = problem.objective.delay_weight
        self._delay_weights = (
            np.linspace(*FRONT_WEIGHTS, 8) if weight is None else np.array([weight])
        )
        self._data = self._no_data()
        self._learner = Learner(
            problem.width, problem.targets, settings.model, settings.training, problem.seed
        )
        self._fitted = 0
        self._seen: dict[bytes, None] = {}
        self._figures: dict[str, float] = {}

    def ask(self, count: int) -> list[PrefixGraph]:
        """At most ``count`` new designs; fewer only where the width has no more."""
        rng = self._rng(0, len(self._seen))
        if self._fitted:
            chosen = self._propose(count, rng)
        else:
            known = set(from_bits(self._seen_bits(), self._problem.width))
            designs = initial_designs(self._problem.width, count, rng, known)
            chosen = {key: graph.grid for graph in designs for key in keys(graph.grid[None])}
        self._fill(chosen, count, rng)
        self._seen |= dict.fromkeys(chosen)
        return [PrefixGraph(grid) for grid in chosen.values()]

    def tell(self, graphs: Sequence[PrefixGraph], points: Float[np.ndarray, "B T 2"]) -> None:
        """Takes curves; designs told before keep their first.

        Raises:
            UserError: The curves do not fit the graphs or the problem.
        """
        width, targets = self._problem.width, self._problem.targets
        expected = (len(graphs), targets, 2)
        if any(graph.width != width for graph in graphs):
            raise UserError(f"expected graphs of {width} bits, found another width")
        if points.shape != expected or not np.isfinite(points).all():
            raise UserError(f"expected {expected} finite points, found shape {points.shape}")
        known = len(self._data)
        grids = np.array([graph.grid for graph in graphs]).reshape(-1, width, width)
        self._data.add(grids, self._problem.objective.scaled(points))
        self._seen |= dict.fromkeys(keys(grids))
        count, settings = len(self._data), self._settings
        if self._fitted:
            self._figures |= self._rank_correlations(known)
            if count - self._fitted >= settings.refit_after:
                self._fit()
        elif count >= settings.initial and width > 2:
            for _ in range(settings.first_fits):
                self._fit()

    def state(self) -> State:
        """Designs, model and counters."""
        return {
            "data": self._data.state(),
            "model": self._learner.state(),
            "fitted": np.array(self._fitted),
            "seen": self._seen_bits(),
        }

    def restore(self, state: State) -> None:
        """Continues from what :meth:`state` gave."""
        self._data = self._no_data()
        self._data.restore(state["data"])
        self._learner.restore(state["model"])
        self._fitted = int(state["fitted"])
        self._seen = dict.fromkeys(row.tobytes() for row in np.asarray(state["seen"]))

    def diagnostics(self) -> Mapping[str, float]:
        """Figures of the last fit, the last ``ask`` and the surrogate on the designs last told."""
        return dict(self._figures)

    def _no_data(self) -> Dataset:
        problem = self._problem
        return Dataset(problem.width, problem.targets, problem.budget + _SPARE_ROWS)

    def _rng(self, purpose: int, count: int) -> np.random.Generator:
        return np.random.default_rng([self._problem.seed, purpose, count])

    def _seen_bits(self) -> UInt8[np.ndarray, "B bytes"]:
        bits = np.frombuffer(b"".join(self._seen), dtype=np.uint8)
        return bits.reshape(len(self._seen), -(-(self._problem.width**2) // 8))

    def _costs(self) -> Float[np.ndarray, "W B"]:
        """True costs of the data at each delay weight."""
        weight = self._delay_weights[:, None, None]
        points = self._data.points
        return (weight * points[..., 0] + (1 - weight) * points[..., 1]).min(axis=-1)

    def _rank_weights(self) -> Float[np.ndarray, " B"]:
        return rank_weights(self._costs(), self._settings.rank_k)

    def _fit(self) -> None:
        rng = self._rng(1, self._learner.steps)
        training, points = self._settings.training, self._data.points
        weights = self._rank_weights()
        self._learner.scale = Scale.of(points, self._delay_weights, weights)
        shape = (training.steps, training.batch)
        batches = Batch(
            rng.choice(len(points), shape, p=weights).astype(np.int32),
            self._problem.objective.draw_weights(rng, training.steps * training.batch)
            .reshape(shape)
            .astype(np.float32),
        )
        self._figures |= self._learner.fit(self._data.buffers, self._data.padded_points, batches)
        self._fitted = len(points)

    def _rank_correlations(self, known: int) -> dict[str, float]:
        """Spearman's rho of predicted and true cost on the designs just told, before training."""
        costs = self._costs()[:, known:]
        if costs.shape[1] < 3:
            return {}
        graphs = self._data.graphs(np.arange(known, len(self._data)))
        rho, elite_rho = [], []
        for weight, true in zip(self._delay_weights, costs, strict=True):
            predicted = self._learner.predict(graphs, np.full(len(true), weight))
            best = np.argsort(true)[: max(len(true) // 10, 3)]
            rho.append(_spearman(predicted, true))
            elite_rho.append(_spearman(predicted[best], true[best]))
        return {"spearman": float(np.mean(rho)), "elite_spearman": float(np.mean(elite_rho))}

    def _propose(
        self, count: int, rng: np.random.Generator
    ) -> dict[bytes, Bool[np.ndarray, "N N"]]:
        """The best predicted and some random of the new designs along fresh trajectories.

        Beside each decoded design stands a copy with a few cells flipped; the surrogate screens
        both. Every delay weight searched has its turn in choosing.
        """
        best = self._costs().min(axis=1)
        grids: dict[bytes, Bool[np.ndarray, "N N"]] = {}
        gains: list[float] = []
        strata: list[int] = []
        decoded = new_decodes = 0
        for noise in _NOISE_LEVELS:
            found = self._explore(rng, noise)
            decoded += found.decoded
            every = np.concatenate([found.grids, self._edited(found.grids, rng)])
            new = {
                key: row
                for row, key in enumerate(keys(every))
                if key not in self._seen and key not in grids
            }
            rows = np.array(list(new.values()), dtype=int)
            new_decodes += int((rows < len(found.grids)).sum())
            if len(rows):
                weights = np.tile(found.delay_weights, 2)[rows]
                predicted = self._learner.predict(graph_batch(every[rows]), weights)
                incumbent = np.interp(weights, self._delay_weights, best) / self._learner.scale.cost
                gains.extend(incumbent - predicted)
                strata.extend(np.searchsorted(self._delay_weights, weights))
                grids |= zip(new, every[rows], strict=True)
            if len(grids) >= self._settings.screening * count:
                break
        self._figures["new_share"] = new_decodes / decoded
        order = _best_of_each(np.array(gains), np.array(strata, dtype=int))
        greedy = count - round(self._settings.diverse_share * count)
        diverse = rng.permutation(order[greedy:])[: count - greedy]
        items = list(grids.items())
        return dict(items[row] for row in (*order[:greedy], *diverse))

    def _edited(
        self, grids: Bool[np.ndarray, "B N N"], rng: np.random.Generator
    ) -> Bool[np.ndarray, "B N N"]:
        """Each design with a few free cells flipped, made legal."""
        free = free_cells(self._problem.width)
        cells = grids[:, *free]
        flipped = cells ^ (
            rng.random(cells.shape) < self._settings.mean_edits / max(len(free[0]), 1)
        )
        return legalize(grids_of_cells(flipped, self._problem.width))

    def _explore(self, rng: np.random.Generator, noise: float) -> Candidates:
        trajectories = self._settings.descent.trajectories
        rows = rng.choice(len(self._data), trajectories, p=self._rank_weights())
        found, descent = explore(
            self._learner,
            self._settings.descent,
            self._learner.encode(self._data.graphs(rows)),
            self._problem.objective.draw_weights(rng, trajectories),
            rng,
            self._problem.width,
            noise,
        )
        costs = np.asarray(descent.costs)
        self._figures |= {
            "legal_share": found.legal,
            "added_nodes": found.added_nodes,
            "descent_gain": float((costs[0] - costs[-1]).mean()),
        }
        return found

    def _fill(
        self, chosen: dict[bytes, Bool[np.ndarray, "N N"]], count: int, rng: np.random.Generator
    ) -> None:
        """Adds mutants of the elite until there are ``count`` designs, or no more are found."""
        width = self._problem.width
        free = free_cells(width)
        if len(chosen) >= count or not len(free[0]) or not len(self._data):
            return
        weights = self._rank_weights()
        for _ in range(_MUTATION_ROUNDS):
            rows = rng.choice(len(weights), count, p=weights)
            rates = np.exp(rng.uniform(np.log(0.5 / len(free[0])), np.log(0.5), (count, 1)))
            cells = self._data.grids[rows][:, *free]
            flipped = cells ^ (rng.random(cells.shape) < rates)
            mutants = legalize(grids_of_cells(flipped, width))
            for key, grid in zip(keys(mutants), mutants, strict=True):
                if key not in self._seen and len(chosen) < count:
                    chosen[key] = grid
            if len(chosen) == count:
                break


def _best_of_each(
    gains: Float[np.ndarray, " B"], strata: Int[np.ndarray, " B"]
) -> Int[np.ndarray, " B"]:
    """Order in which the best of every stratum comes first, then the second best, and so on.

    Examples:
        >>> _best_of_each(np.array([0.1, 0.9, 0.8, 0.7]), np.array([0, 1, 1, 1])).tolist()
        [1, 0, 2, 3]
    """
    order = np.lexsort((-gains, strata))
    first = np.searchsorted(strata[order], strata[order])
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order)) - first
    return np.lexsort((-gains, rank))


def _spearman(first: Float[np.ndarray, " B"], second: Float[np.ndarray, " B"]) -> float:
    """Spearman's rho, 0 where either is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(scipy.stats.spearmanr(first, second).statistic)
