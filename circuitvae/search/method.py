"""What methods share: memory of the designs told, and draws of designs that are new."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float

from circuitvae.prefix.convert import from_bits, to_bits
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.initial import initial_designs
from circuitvae.search.moves import random_grids
from circuitvae.search.optimizer import Problem, State
from synthesis.errors import UserError

_DRAWS = 500
"""Draws without enough new designs after which a width counts as exhausted."""


class Method:
    """An :class:`circuitvae.search.optimizer.Optimizer` without ``batch_size`` and ``ask``.

    Draws depend on the seed, on how often it was told and on what: its state is a few arrays.

    Shapes: ``B`` designs, ``T`` delay targets, ``N`` bit width.
    """

    ahead = False

    def __init__(self, problem: Problem):
        self.problem = problem
        self.curves: dict[PrefixGraph, Float[np.ndarray, "T 2"]] = {}
        """The first curve of every design told."""
        self._round = 0
        self.reduced = problem.task.circuit.reduced

    def tell(self, graphs: Sequence[PrefixGraph], points: Float[np.ndarray, "B T 2"]) -> None:
        """Takes curves (delay_ns, area_um2); a design told before keeps its first.

        Raises:
            UserError: The curves do not fit the graphs or the problem, or are not finite.
        """
        shape = (len(graphs), self.problem.targets, 2)
        if np.shape(points) != shape or any(g.width != self.problem.width for g in graphs):
            raise UserError(
                f"expected graphs of {self.problem.width} bits with points of shape {shape}, "
                f"found widths {sorted({g.width for g in graphs})} and shape {np.shape(points)}"
            )
        if not np.isfinite(points).all():
            bad = graphs[int(np.argwhere(~np.isfinite(points))[0, 0])]
            raise UserError(f"expected finite points, found others for the design {bad.digest}")
        self._round += 1
        for graph, curve in zip(graphs, points, strict=True):
            self.curves.setdefault(graph, curve)

    def state(self) -> State:
        """Designs as bits ``[B, bytes]``, their points ``[B, T, 2]``, the round."""
        points = np.array(list(self.curves.values())).reshape(-1, self.problem.targets, 2)
        bits = to_bits(list(self.curves), self.problem.width)
        return {"designs": bits, "points": points, "round": np.array(self._round)}

    def restore(self, state: State) -> None:
        """Continues from what :meth:`state` gave."""
        graphs = from_bits(state["designs"], self.problem.width)
        self.curves = dict(zip(graphs, state["points"], strict=True))
        self._round = int(state["round"])

    def diagnostics(self) -> Mapping[str, float]:
        """Nothing to report."""
        return {}

    def rng(self, asked: int = 0) -> np.random.Generator:
        """The generator of this round's draws; ``asked`` tells asks between two results apart."""
        return np.random.default_rng([self.problem.seed, self._round, asked][: 2 + (asked > 0)])

    def first_graphs(self, count: int, rng: np.random.Generator) -> list[PrefixGraph]:
        """Edited classical adders never told; random graphs where there are not as many."""
        width = self.problem.width
        first = initial_designs(width, count, rng, self.curves, self.reduced)
        return self.new_graphs(lambda: random_grids(width, count, rng), count, first)

    def new_graphs(
        self,
        draw: Callable[[], Bool[np.ndarray, "B N N"]],
        count: int,
        found: Sequence[PrefixGraph] = (),
    ) -> list[PrefixGraph]:
        """``found``, filled up to ``count`` different graphs never told by drawing legal grids.

        Fewer come back where the draws give nothing new for long.
        """
        new = dict.fromkeys(found)
        for _ in range(_DRAWS):
            if len(new) >= count:
                break
            graphs = map(PrefixGraph, self.reduced(draw()))
            new.update(dict.fromkeys(graph for graph in graphs if graph not in self.curves))
        return list(new)[:count]
