"""Designs that are known but not synthesised, judged by a screen: where batches are chosen from.

Shapes: ``B`` designs, ``W`` delay weights, ``V`` values to compare by, ``N`` bit width.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import rankdata

from circuitvae.model.features import GraphBatch, graph_batch, node_slots
from circuitvae.prefix.convert import pack, unpack
from circuitvae.search.front import areas, delays
from circuitvae.search.keys import bits, keys
from circuitvae.search.niches import niches, places
from circuitvae.search.screen import Screen

_TINY = 1e-9
_CANDIDATES = 500
"""Designs, the first by rank, that a batch is chosen of."""


class Pool:
    """Designs with their screen's verdicts.

    Graphs of more nodes than the model has slots for are left out: they are far from any optimum.

    Args:
        width: Bits ``N``.
        screen: Judges designs.
        optimism: Standard deviations by which a design counts as better than predicted.

    Attributes:
        grids: The designs.
        graphs: Their features.
        points: Estimated points ``[B, W, 2]``.
        costs: Costs ``[B, W]`` as the screen predicts them. At one delay weight those of designs
            told too: what synthesis makes of one order of a netlist's nodes is partly luck.
    """

    def __init__(self, width: int, screen: Screen, optimism: float):
        self._width, self._screen, self._optimism = width, screen, optimism
        self._rows: dict[bytes, int] = {}
        self._told: dict[bytes, Float[np.ndarray, " W"]] = {}
        weights = len(screen.delay_weights)
        self._front = weights > 1
        none = np.zeros((0, width, width), dtype=bool)
        self.graphs = graph_batch(none)
        self.grids = none
        self.points = np.zeros((0, weights, 2), np.float32)
        self.costs = np.zeros((0, weights))
        self._deviation = np.zeros((0, weights))
        self._ranked: Int[np.ndarray, " B"] | None = None

    def __len__(self) -> int:
        return len(self.grids)

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    @property
    def bounds(self) -> Float[np.ndarray, "B W"]:
        """Costs less the optimism's standard deviations."""
        return self.costs - self._optimism * self._deviation

    @property
    def promise(self) -> Float[np.ndarray, "B V"]:
        """Values by the lower bounds of the costs: the lower, the more promising."""
        return self._values(self.bounds)

    @property
    def weights(self) -> Int[np.ndarray, " B"]:
        """Number of the delay weight at which each design stands highest."""
        return np.asarray(_standing(self.bounds).argmin(axis=1))

    def _values(self, costs: Float[np.ndarray, "B W"]) -> Float[np.ndarray, "B V"]:
        """What designs are compared by: cost, or areas along the front and costs at its ends."""
        if not self._front:
            return costs
        weights = self._screen.delay_weights
        along = areas(costs, weights, delays(self.costs.min(axis=0), weights))
        return np.column_stack([costs[:, 0], along, costs[:, -1]])

    def rank(self) -> Int[np.ndarray, " B"]:
        """All designs, the best of each value and kind first, then the second best, and so on.

        Near designs are of a kind, and so are those of one depth: what is best of its depth stays
        in sight where the screen underrates the depth.
        """
        if self._ranked is None:
            promise = self.promise
            order = np.argsort(_standing(promise).min(axis=1), kind="stable")
            depths = np.asarray(self.graphs.level).max(axis=1)
            kinds = niches(self.grids, order), np.unique(depths, return_inverse=True)[1]
            found = [places(each, kind) for each in promise.T for kind in kinds]
            self._ranked = np.argsort(np.min(found, axis=0), kind="stable")
        return self._ranked

    def add(self, grids: Bool[np.ndarray, "B N N"]) -> int:
        """Adds legal grids that it does not hold; returns how many."""
        grids = grids[np.count_nonzero(grids, axis=(1, 2)) <= node_slots(self._width)]
        first: dict[bytes, int] = {}
        for row, key in enumerate(keys(grids)):
            if key not in self._rows:
                first.setdefault(key, row)
        new = grids[list(first.values())]
        if len(new):
            graphs = graph_batch(new)
            self._append(new, graphs, self._screen.points(new))
        return len(new)

    def _append(
        self,
        grids: Bool[np.ndarray, "B N N"],
        graphs: GraphBatch,
        points: Float[np.ndarray, "B W 2"],
    ) -> None:
        self._rows |= zip(keys(grids), range(len(self), len(self) + len(grids)), strict=True)
        pairs = zip(self.graphs, graphs, strict=True)
        self.graphs = GraphBatch(*(np.concatenate(pair) for pair in pairs))
        costs, deviation = self._screen.predict(grids, points)
        self.grids = np.concatenate([self.grids, grids])
        self.points = np.concatenate([self.points, points])
        self.costs = np.concatenate([self.costs, costs])
        self._deviation = np.concatenate([self._deviation, deviation])
        self._ranked = None

    def tell(
        self, grids: Bool[np.ndarray, "B N N"], costs: Float[np.ndarray, "B W"]
    ) -> Float[np.ndarray, "B W"]:
        """Takes costs of synthesis; the screen learns of them and judges all designs anew.

        Returns:
            What the screen had predicted; not a number for designs it cannot hold.
        """
        self.add(grids)
        told = keys(grids)
        places = [self._rows.get(key) for key in told]
        predicted = np.array(
            [
                self.costs[row] if row is not None else np.full(costs.shape[1], np.nan)
                for row in places
            ]
        ).reshape(costs.shape)
        self._told |= {
            key: cost
            for key, cost, row in zip(told, costs, places, strict=True)
            if row is not None and key not in self._told
        }
        self._judge()
        return predicted

    @property
    def best(self) -> Float[np.ndarray, " W"]:
        """Least costs told; infinite while there is none."""
        return self._told_costs().min(axis=0, initial=np.inf)

    def told_rows(self) -> list[int]:
        """Where the designs stand whose costs are of synthesis."""
        return [self._rows[key] for key in self._told]

    def _judge(self) -> None:
        rows = self.told_rows()
        true = self._told_costs()
        self._screen.learn(self.grids[rows], self.points[rows], true)
        self.costs, self._deviation = self._screen.predict(self.grids, self.points)
        if self._front:
            # One process serves all weights: where synthesis repeats itself it would blur.
            self.costs[rows], self._deviation[rows] = true, 0
        self._ranked = None

    def _told_costs(self) -> Float[np.ndarray, "told W"]:
        weights = len(self._screen.delay_weights)
        return np.array(list(self._told.values())).reshape(len(self._told), weights)

    def prune(self, count: int) -> None:
        """Keeps about ``count`` designs: the first by rank, and all that were told."""
        if len(self) <= count:
            return
        kept = np.zeros(len(self), dtype=bool)
        kept[self.rank()[:count]] = True
        kept[self.told_rows()] = True
        self._keep(kept)

    def drop(self, failed: Iterable[bytes]) -> None:
        """Lets go of designs that it holds and was not told of."""
        rows = [self._rows[key] for key in failed if key in self._rows and key not in self._told]
        if rows:
            kept = np.ones(len(self), dtype=bool)
            kept[rows] = False
            self._keep(kept)

    def _keep(self, kept: Bool[np.ndarray, " B"]) -> None:
        ranked = self.rank()
        self.graphs = GraphBatch(*(values[kept] for values in self.graphs))
        self._rows = {
            key: index
            for index, key in enumerate(key for key, row in self._rows.items() if kept[row])
        }
        self.grids, self.points = self.grids[kept], self.points[kept]
        self.costs, self._deviation = self.costs[kept], self._deviation[kept]
        self._ranked = (np.cumsum(kept) - 1)[ranked[kept[ranked]]]

    def choose(self, count: int, excluded: Collection[bytes]) -> Bool[np.ndarray, "B N N"]:
        """The most promising designs to synthesise together, by each value in turn.

        Turns go on from where those of the designs excluded stopped. Each one chosen takes from
        the others the uncertainty that its result will take from them, so that a batch does not
        ask one question many times.

        Args:
            count: How many, at most.
            excluded: Keys of designs asked for: not chosen, and where they were not told yet their
                results are as good as known. Those told are excluded anyway.

        References:
            Desautels, Krause, Burdick, "Parallelizing exploration-exploitation tradeoffs in
            Gaussian process bandit optimization", JMLR 2014 (GP-BUCB).
        """
        names = list(self._rows)
        untold = [row for row in self.rank() if names[row] not in self._told]
        waiting = [row for row in untold if names[row] in excluded]
        free = [row for row in untold if names[row] not in excluded][:_CANDIDATES]
        if not free:
            return self.grids[free]
        order = np.array(waiting + free)
        covariance, noise = self._screen.covariance(self.grids[order])
        left = covariance.diagonal().copy()
        before = np.maximum(left, _TINY)
        factors = np.zeros((len(waiting) + count, len(order)))
        chosen: list[int] = []

        def learn_of(one: int) -> None:
            """Takes from the variances what the result of one design will tell."""
            known = factors[: len(chosen)]
            row = covariance[one] - known[:, one] @ known
            factor = factors[len(chosen)] = row / np.sqrt(max(row[one], 0) + noise + _TINY)
            np.subtract(left, factor**2, out=left)
            chosen.append(one)

        for one in range(len(waiting)):
            learn_of(one)
        for turn in range(len(excluded), len(excluded) + min(count, len(free))):
            shrinkage = np.sqrt(np.clip(left / before, 0, 1))
            deviation = self._deviation[order] * shrinkage[:, None]
            promise = self._values(self.costs[order] - self._optimism * deviation)
            promise[chosen] = np.inf
            learn_of(int(promise[:, turn % promise.shape[1]].argmin()))
        return self.grids[order[chosen[len(waiting) :]]]

    def state(self) -> dict[str, Any]:
        """Designs as bits, their points, and the costs told."""
        told, costs = bits(self._told, self._width), self._told_costs()
        return {"grids": pack(self.grids), "points": self.points, "told": told, "costs": costs}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continues from what :meth:`state` gave."""
        told = [row.tobytes() for row in np.asarray(state["told"])]
        self._told = dict(zip(told, np.asarray(state["costs"]), strict=True))
        grids = unpack(np.asarray(state["grids"]), self._width)
        self._append(grids, graph_batch(grids), np.asarray(state["points"]))
        self._judge()


def _standing(values: Float[np.ndarray, "B V"]) -> Int[np.ndarray, "B V"]:
    """Place of each design by each value, the least first."""
    return np.asarray(rankdata(values, "ordinal", axis=0))
