"""Search on a screen: many designs proposed and judged by it, few synthesised.

Shapes: ``B`` designs, ``T`` delay targets, ``W`` delay weights, ``N`` bit width.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import scipy.stats
from jaxtyping import Bool, Float, Int

from circuitvae.model.settings import check_positive
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.initial import initial_grids
from circuitvae.search.keys import bits, keys
from circuitvae.search.method import Method
from circuitvae.search.moves import crossover, mutate, random_grids
from circuitvae.search.optimizer import Problem, State
from circuitvae.search.pool import Pool
from circuitvae.search.screen import Screen
from synthesis.errors import UserError

_FLATNESS = 10
"""Added to a design's rank; its weight is one over that."""
_BATCH_POINTS = 384
"""Points of curves that a batch asks synthesis for, at most: six delay targets of 64 designs."""
_BATCHES = 3
"""Batches, of the size of the next, that the designs asked for would make."""
_DRAWS = 20
"""Draws of proposals, at most, until there are enough that the pool does not hold."""
_MEAN_FLIPS = 1.5
_DELETIONS = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenSettings:
    """How designs are screened.

    Attributes:
        batch_size: Least and most designs it likes to be asked for at once; in between, a third
            of those asked for so far, fewer where their curves have more than six targets.
        first: Edited classical adders that are judged before anything else.
        first_rounds: Rounds of proposals before the first batch, instead of one before each; no
            synthesis is spent on them.
        proposals: Designs new to the pool that the engine judges in a round.
        sifted: Share of them, the best by the engine, that are estimated and join the pool.
        mutants: Share of the designs bred that are mutants of one parent, not children of two.
        kept: Designs that the pool keeps after each round.
        optimism: Standard deviations by which a design counts as better than predicted.
    """

    batch_size: tuple[int, int] = (16, 64)
    first: int = 2000
    first_rounds: int = 4
    proposals: int = 1200
    sifted: float = 0.33
    mutants: float = 0.4
    kept: int = 4500
    optimism: float = 2.0

    def __post_init__(self) -> None:
        check_positive(self, "optimism")
        for name in ("sifted", "mutants"):
            if getattr(self, name) > 1:
                raise UserError(f"{name} must be at most 1, found {getattr(self, name)}")
        least, most = self.batch_size
        if not 0 < least <= most:
            raise UserError(f"batch_size must be a rising pair above 0, found {least}, {most}")


class Proposals(NamedTuple):
    """Legal grids, and the numbers of the delay weights that the screen is to judge them at."""

    grids: Bool[np.ndarray, "B N N"]
    weights: Int[np.ndarray, " B"]

    def joined(self, others: "Proposals") -> "Proposals":
        """Both, one after the other."""
        return Proposals(*map(np.concatenate, zip(self, others, strict=True)))


class Screened(Method):
    """A method that proposes designs to a pool, from which batches are chosen.

    Args:
        problem: What is searched.
        settings: How designs are screened.

    Attributes:
        screened_by: What judges designs.
        screening: How designs are screened.
        screen: The one of this search.
        pool: All designs proposed that are still worth anything.
        figures: Of the last round, for the log.
    """

    screened_by: type[Screen] = Screen
    ahead = True

    def __init__(self, problem: Problem, settings: ScreenSettings = ScreenSettings()):
        super().__init__(problem)
        self.screening = settings
        self.screen = self.screened_by(problem)
        self.pool = Pool(problem.width, self.screen, settings.optimism)
        self.figures: dict[str, float] = {}
        self._known: dict[bytes, None] = {}
        self._asked: set[bytes] = set()

    @property
    def batch_size(self) -> int:
        """Designs it likes to be asked for at once: the more there are, the less a few teach."""
        least, most = self.screening.batch_size
        most = min(most, _BATCH_POINTS // self.problem.targets)
        return max(min(len(self._known) // _BATCHES, most), least)

    @abstractmethod
    def propose(self, rng: np.random.Generator) -> Proposals:
        """Legal grids, new to the pool, that might be better than what it holds."""

    def new_to_pool(
        self,
        draw: Callable[[], Proposals],
        count: int,
        others: Proposals | None = None,
    ) -> Proposals:
        """The first ``count`` different grids drawn, never asked for, not in pool or ``others``.

        What is drawn twice or known costs no verdict of the screen, so methods whose draws repeat
        themselves are screened as much as others. Fewer come back where a draw gives nothing new.
        """
        seen = set(keys(others.grids)) if others else set()
        found: dict[bytes, tuple[Bool[np.ndarray, "N N"], int]] = {}
        for _ in range(_DRAWS):
            if len(found) >= count:
                break
            before = len(found)
            drawn = draw()
            grids = self.reduced(drawn.grids)
            for key, *one in zip(keys(grids), grids, drawn.weights, strict=True):
                if key not in seen and key not in self.pool and key not in self._known:
                    found.setdefault(key, tuple(one))
            if len(found) == before:
                break
        width, first = self.problem.width, list(found.values())[:count]
        grids = np.array([grid for grid, _ in first], dtype=bool).reshape(-1, width, width)
        return Proposals(grids, np.array([weight for _, weight in first], dtype=int))

    def rank_weights(self) -> Float[np.ndarray, " B"]:
        """Odds of each design of the pool to be drawn: one over its rank, flattened.

        References:
            Tripp et al., "Sample-Efficient Optimization in the Latent Space of Deep Generative
            Models via Weighted Retraining", NeurIPS 2020, https://arxiv.org/abs/2006.09191,
            section 4.
        """
        order = self.pool.rank()
        weights = np.empty(len(order))
        weights[order] = 1 / (_FLATNESS + np.arange(len(order)))
        return weights / weights.sum()

    def parents(self, rng: np.random.Generator, count: int) -> Proposals:
        """Draws, with repetition, of the whole pool, the first by rank the likeliest."""
        rows = rng.choice(len(self.pool), count, p=self.rank_weights())
        return Proposals(self.pool.grids[rows], self.pool.weights[rows])

    def bred(self, count: int, rng: np.random.Generator) -> Proposals:
        """Mutants of designs of the pool, and children of pairs.

        They are judged where their (first) parents stand highest, which they resemble.
        """
        parents = self.parents(rng, count)
        single = round(self.screening.mutants * count)
        flips = rng.geometric(1 / _MEAN_FLIPS, single)
        mutants = mutate(parents.grids[:single], flips, _DELETIONS, rng)
        others = self.parents(rng, count - single).grids
        children = crossover(parents.grids[single:], others, rng)
        return Proposals(legalize(np.concatenate([mutants, children])), parents.weights)

    @property
    def delay_weights(self) -> Float[np.ndarray, " W"]:
        """Weights at which the pool's costs are known."""
        return self.screen.delay_weights

    def costs(self, points: Float[np.ndarray, "B T 2"]) -> Float[np.ndarray, "B W"]:
        """Costs of curves at each delay weight."""
        objective = self.problem.objective
        return np.stack([objective.costs(points, each) for each in self.delay_weights], axis=1)

    def ask(self, count: int) -> list[PrefixGraph]:
        """At most ``count`` graphs never asked for; fewer only where there are hardly any more."""
        rng, width, settings = self.rng(len(self._known)), self.problem.width, self.screening
        self.figures = {}
        rounds = 1
        if len(self.pool) <= len(self.curves):
            firsts = np.array(
                list(islice(initial_grids(width, settings.first, rng), settings.first))
            )
            turns = np.arange(len(firsts)) % len(self.delay_weights)
            self._join(Proposals(self.reduced(firsts), turns))
            rounds = settings.first_rounds
        if len(self.pool) > 1:
            new = 0
            for _ in range(rounds):
                new += self._join(self.propose(rng))
                self.pool.prune(settings.kept)
            self.figures["screened"] = float(new)
        chosen = [PrefixGraph(grid) for grid in self.pool.choose(count, self._known)]

        def unknown() -> Bool[np.ndarray, "B N N"]:
            grids = self.reduced(random_grids(width, count, rng))
            return grids[[key not in self._known for key in keys(grids)]]

        graphs = self.new_graphs(unknown, count, chosen)
        self._asked = set(keys(_stack(graphs, width)))
        self._known |= dict.fromkeys(keys(_stack(graphs, width)))
        return graphs

    def _join(self, proposals: Proposals) -> int:
        """Adds to the pool what the engine likes best; returns how many."""
        return self.pool.add(self.screen.sift(*proposals, self.screening.sifted))

    def tell(self, graphs: Sequence[PrefixGraph], points: Float[np.ndarray, "B T 2"]) -> None:
        """Takes curves (delay_ns, area_um2); a design told before keeps its first.

        Raises:
            UserError: The curves do not fit the graphs or the problem, or are not finite.
        """
        super().tell(graphs, points)
        costs = self.costs(points)
        grids = _stack(graphs, self.problem.width)
        self._known |= dict.fromkeys(keys(grids))
        before = self.pool.best
        predicted = self.pool.tell(grids, costs)
        # What was asked for before the last batch and not told by now has failed.
        self.pool.drop(self._known.keys() - self._asked)
        self.figures |= rank_correlations(predicted, costs)
        if np.isfinite(before).all():
            self.figures["improvement"] = float((before - self.pool.best).mean())

    def state(self) -> State:
        """Designs told and asked for, and the pool."""
        known = bits(self._known, self.problem.width)
        return {"method": super().state(), "pool": self.pool.state(), "known": known}

    def restore(self, state: State) -> None:
        """Continues from what :meth:`state` gave."""
        super().restore(state["method"])
        self.pool.restore(state["pool"])
        self._known = dict.fromkeys(row.tobytes() for row in np.asarray(state["known"]))
        self._asked = set(self._known)

    def diagnostics(self) -> Mapping[str, float]:
        """Figures of the last ``ask``, and of the screen on the designs last told."""
        return {**self.figures, "pool": float(len(self.pool))}


def _stack(graphs: Sequence[PrefixGraph], width: int) -> Bool[np.ndarray, "B N N"]:
    return np.array([graph.grid for graph in graphs], dtype=bool).reshape(-1, width, width)


def rank_correlations(
    predicted: Float[np.ndarray, "B W"], costs: Float[np.ndarray, "B W"]
) -> dict[str, float]:
    """Spearman's rho of predicted and true costs, of all designs and of the best tenth."""
    held = ~np.isnan(predicted).any(axis=1)
    predicted, costs = predicted[held], costs[held]
    if len(costs) < 3:
        return {}
    rho, elite_rho = [], []
    for guess, true in zip(predicted.T, costs.T, strict=True):
        best = np.argsort(true)[: max(len(true) // 10, 3)]
        rho.append(_spearman(guess, true))
        elite_rho.append(_spearman(guess[best], true[best]))
    return {"spearman": float(np.mean(rho)), "elite_spearman": float(np.mean(elite_rho))}


def _spearman(first: Float[np.ndarray, " B"], second: Float[np.ndarray, " B"]) -> float:
    """Spearman's rho, 0 where either is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(scipy.stats.spearmanr(first, second).statistic)
