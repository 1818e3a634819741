"""A steady-state genetic algorithm over the cells of prefix graphs."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.method import Method
from circuitvae.search.moves import crossover, mutate, random_grids
from circuitvae.search.optimizer import Problem
from synthesis.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the population evolves.

    The defaults come from trials of some twenty settings under Moto and Kaneko's objective (node
    area 1, node delay 1 + 0.5 fan-out), six to eight seeds each. After 1,000 designs of 16 and 32
    bits none was better on every task; after 3,000 of 32 and 64 bits a population of 50 was, by
    under 0.4 %. Populations of 200 and rare deletions (0.1) were clearly worse.

    Attributes:
        batch_size: Designs it likes to be asked for at once.
        population: Best designs told that may become parents; also the number of first designs.
        tournament: Designs drawn for each parent, of which the cheapest is taken.
        crossover: Probability that a child has two parents.
        mean_flips: Mean number of cells a mutation flips, geometrically distributed from 1.
        deletions: Probability that a flip takes a node away, not adds one.
    """

    batch_size: int = 32
    population: int = 30
    tournament: int = 3
    crossover: float = 0.7
    mean_flips: float = 1.5
    deletions: float = 0.6

    def __post_init__(self) -> None:
        for name in ("batch_size", "population", "tournament"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be at least 1, found {getattr(self, name)}")
        for name in ("crossover", "deletions"):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f"{name} must be from 0 to 1, found {getattr(self, name)}")
        if not 1 <= self.mean_flips < math.inf:
            raise UserError(f"mean_flips must be at least 1, found {self.mean_flips}")


class Genetic(Method):
    """Tournament selection, crossover, mutation, legalisation; the best told so far survive.

    Every child has a delay weight, drawn from the objective, by which its parents are chosen: one
    weight if it is fixed, the whole range if the front is wanted.

    Shapes: ``B`` children, ``P`` population, ``N`` bit width, ``T`` delay targets.
    """

    def __init__(self, problem: Problem, settings: Settings = Settings()):
        super().__init__(problem)
        self.batch_size = settings.batch_size
        self._settings = settings

    def ask(self, count: int) -> list[PrefixGraph]:
        """At most ``count`` new graphs; fewer only where the width has hardly any more.

        Edited classical adders until the population is full, its children from then on.
        """
        rng, width = self.rng(), self.problem.width
        if len(self.curves) < self._settings.population:
            return self.first_graphs(count, rng)
        grids, points = self._population()
        graphs = self.new_graphs(lambda: self._children(grids, points, count, rng), count)
        return self.new_graphs(lambda: random_grids(width, count, rng), count, graphs)

    def _population(self) -> tuple[Bool[np.ndarray, "P N N"], Float[np.ndarray, "P T 2"]]:
        """The designs of best rank, at the delay weight that suits each best."""
        weights = self.problem.objective.spread_weights(8)
        points = np.stack(list(self.curves.values()))
        costs = self._costs(points, weights)
        ranks = costs.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable").min(axis=0)
        best = ranks.argsort(kind="stable")[: self._settings.population]
        graphs = list(self.curves)
        return np.stack([graphs[index].grid for index in best]), points[best]

    def _costs(
        self, points: Float[np.ndarray, "P T 2"], weights: Float[np.ndarray, " W"]
    ) -> Float[np.ndarray, "W P"]:
        """The cost of every design at every delay weight."""
        repeated = np.broadcast_to(points, (len(weights), *points.shape))
        return self.problem.objective.costs(repeated, weights[:, None])

    def _children(
        self,
        grids: Bool[np.ndarray, "P N N"],
        points: Float[np.ndarray, "P T 2"],
        count: int,
        rng: np.random.Generator,
    ) -> Bool[np.ndarray, "B N N"]:
        settings = self._settings
        costs = self._costs(points, self.problem.objective.draw_weights(rng, count))
        first, second = (tournament(costs, settings.tournament, rng) for _ in range(2))
        mixed = crossover(grids[first], grids[second], rng)
        single = rng.random(count) >= settings.crossover
        cells = np.where(single[:, None, None], grids[first], mixed)
        flips = rng.geometric(1 / settings.mean_flips, count)
        return legalize(mutate(cells, flips, settings.deletions, rng))


def tournament(
    costs: Float[np.ndarray, "B P"], entrants: int, rng: np.random.Generator
) -> Int[np.ndarray, " B"]:
    """For each row of costs, the cheapest of some columns drawn at random."""
    drawn = rng.integers(costs.shape[1], size=(len(costs), entrants))
    winners = np.take_along_axis(costs, drawn, axis=1).argmin(axis=1)
    return drawn[np.arange(len(costs)), winners]
