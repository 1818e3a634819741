"""Simulated annealing over the cells of prefix graphs: a few chains cooled over the budget."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from circuitvae.prefix.convert import from_bits, to_bits
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from circuitvae.search.method import Method
from circuitvae.search.moves import mutate, random_grids
from circuitvae.search.optimizer import Problem, State
from synthesis.errors import UserError

_FREE_STEPS = 100
"""Steps over designs told before that a chain takes at most in search of a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the chains move and cool.

    The defaults come from nine settings (1, 4, 8 chains; hot 0.003, 0.01, 0.03; cold a twentieth)
    under Moto and Kaneko's objective, 32 bits, 1,000 designs, three seeds, weights 0.33 and 0.66.

    Attributes:
        chains: Chains, and designs it likes to be asked for at once.
        hot: Temperature at the start, in units of cost.
        cold: Temperature when the budget is spent.
        mean_flips: Mean number of cells a move flips, geometrically distributed from 1.
        deletions: Probability that a flip takes a node away, not adds one.
    """

    chains: int = 4
    hot: float = 0.003
    cold: float = 0.00015
    mean_flips: float = 1.5
    deletions: float = 0.6

    def __post_init__(self) -> None:
        if self.chains < 1:
            raise UserError(f"chains must be at least 1, found {self.chains}")
        if not 0 < self.cold <= self.hot < math.inf:
            raise UserError(
                f"cold and hot must rise and be above 0, found {self.cold} and {self.hot}"
            )
        if not 0 <= self.deletions <= 1:
            raise UserError(f"deletions must be from 0 to 1, found {self.deletions}")
        if not 1 <= self.mean_flips < math.inf:
            raise UserError(f"mean_flips must be at least 1, found {self.mean_flips}")


class Annealing(Method):
    """Metropolis chains whose temperature falls geometrically with the share of the budget spent.

    A chain stands on a design and proposes a neighbour. A neighbour told before is accepted or
    refused at once and costs nothing. Each chain has a delay weight: the objective's, or one of as
    many as there are chains, spread over the whole range, where the front is wanted.

    References:
        Kirkpatrick, Gelatt, Vecchi, "Optimization by Simulated Annealing", Science, 1983.
    """

    def __init__(self, problem: Problem, settings: Settings = Settings()):
        super().__init__(problem)
        self.batch_size = settings.chains
        self._settings = settings
        weights = problem.objective.spread_weights(settings.chains)
        self._weights = np.resize(weights, settings.chains)
        self._standing: list[PrefixGraph] = []
        """Where each chain stands; empty until something is told."""
        self._proposed: dict[PrefixGraph, tuple[int, PrefixGraph]] = {}
        """What was asked last: by which chain, and from where."""

    def ask(self, count: int) -> list[PrefixGraph]:
        """At most ``count`` new graphs, a neighbour of each chain in turn."""
        rng, width = self.rng(), self.problem.width
        if not self._standing:
            return self.first_graphs(count, rng)
        self._proposed = {}
        standing = list(self._standing)
        for turn in range(count):
            chain = (self._round + turn) % len(standing)
            for _ in range(_FREE_STEPS):
                neighbour = self._neighbour(standing[chain], rng)
                if neighbour in self.curves:
                    if self._accepts(chain, standing[chain], neighbour, rng):
                        standing[chain] = neighbour
                elif neighbour not in self._proposed:
                    self._proposed[neighbour] = chain, standing[chain]
                    break
        return self.new_graphs(lambda: random_grids(width, count, rng), count, [*self._proposed])

    def tell(self, graphs: Sequence[PrefixGraph], points: Float[np.ndarray, "B T 2"]) -> None:
        """Takes curves (delay_ns, area_um2); each chain accepts its neighbours or stays."""
        super().tell(graphs, points)
        # Not the stream that the next neighbours are drawn from.
        rng = np.random.default_rng([self.problem.seed, self._round, 1])
        if not self._standing and self.curves:
            known = list(self.curves)
            self._standing = [
                known[self._costs(known, weight).argmin()] for weight in self._weights
            ]
        for graph in graphs:
            if graph in self._proposed:
                chain, origin = self._proposed[graph]
                accepted = self._accepts(chain, origin, graph, rng)
                self._standing[chain] = graph if accepted else origin
        self._proposed = {}

    def state(self) -> State:
        """What every baseline remembers, and where the chains stand."""
        return {**super().state(), "standing": to_bits(self._standing, self.problem.width)}

    def restore(self, state: State) -> None:
        """Continues from what :meth:`state` gave."""
        super().restore(state)
        self._standing = list(from_bits(state["standing"], self.problem.width))

    def _neighbour(self, graph: PrefixGraph, rng: np.random.Generator) -> PrefixGraph:
        flips = rng.geometric(1 / self._settings.mean_flips, 1)
        cells = mutate(graph.grid[None], flips, self._settings.deletions, rng)
        return PrefixGraph(self.reduced(legalize(cells))[0])

    def _costs(self, graphs: Sequence[PrefixGraph], weight: float) -> Float[np.ndarray, " B"]:
        points = np.stack([self.curves[graph] for graph in graphs])
        return self.problem.objective.costs(points, weight)

    def _accepts(
        self, chain: int, origin: PrefixGraph, neighbour: PrefixGraph, rng: np.random.Generator
    ) -> bool:
        settings = self._settings
        spent = min(len(self.curves) / self.problem.budget, 1.0)
        temperature = settings.hot * (settings.cold / settings.hot) ** spent
        old, new = self._costs([origin, neighbour], self._weights[chain])
        return bool(rng.random() < math.exp(min(0.0, (old - new) / temperature)))
