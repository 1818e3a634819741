"""Judges designs without synthesis: two estimates, and what was learned of the better's errors.

Shapes: ``B`` designs, ``W`` delay weights, ``N`` bit width.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Bool, Float, Int

from circuitvae.model import sizing
from circuitvae.model.features import graph_batch
from circuitvae.model.surroundings import surroundings
from circuitvae.prefix.classical import kogge_stone, sklansky
from circuitvae.search.optimizer import Problem
from circuitvae.search.residual import Residual
from synthesis.estimate import Estimator
from synthesis.wires import Wires, wire_ff_per_column

FRONT_STEPS = 7
"""Delay weights that stand for the front."""

_GREATEST_WEIGHT = 0.99
"""Above this the price of delay grows without bound."""
_AROUND = 2
"""Targets tried on either side of the Sklansky adder's best, at most; farther ones favour designs
that are too slow for the weight."""
_ERROR = 0.03
"""Of estimated costs, before anything is known of it."""
_DIGITS = 7
_LEAST_TOLD = 24
"""Designs told before their errors are learned."""


class Screen:
    """Predicts the costs of designs at each delay weight, and how sure that is.

    Each weight means a price of delay. The engine (:mod:`circuitvae.model.sizing`) sizes graphs for
    it, thousands at once; slower and better, :mod:`synthesis.estimate` sizes the very gates that
    synthesis begins with. What synthesis makes of them differs; a Gaussian process predicts that
    difference (:mod:`circuitvae.search.residual`) and how sure that is.

    Args:
        problem: What is searched.

    Attributes:
        delay_weights: The objective's, or some of the front.

    Raises:
        ToolError: ABC failed to read the library.
        UserError: The library has no sound timing tables of the gates that adders need.
    """

    def __init__(self, problem: Problem):
        self._objective = problem.objective
        self.delay_weights = problem.objective.spread_weights(FRONT_STEPS)
        flow = problem.task.flow
        wire_ff = wire_ff_per_column(flow.library) if flow.wires is Wires.DATAPATH else 0.0
        self._around = surroundings(
            flow.library,
            problem.width,
            flow.timing,
            wire_ff,
            carry_out=problem.task.circuit.carry_out,
        )
        bounded = np.minimum(self.delay_weights, _GREATEST_WEIGHT)
        price = problem.objective.area_ref_um2 / problem.objective.delay_ref_ns
        self._prices = (price * bounded / (1 - bounded)).astype(np.float32)
        self._numbered = problem.task.circuit.numbered
        reference = sklansky(problem.width)
        self._estimator = Estimator(flow, problem.task.netlist(reference))
        curve = self._objective.scaled(self._estimator.curve(self._numbered(reference.grid)))
        self._starts = self.costs(curve[:, None]).argmin(axis=0).tolist()
        self._targets = len(curve)
        self._residual = Residual(_ERROR)
        # Compiles the engine for small and for large graphs while a search's first designs are
        # synthesised.
        self.engine_costs(np.stack([reference.grid, kogge_stone(problem.width).grid]), 0)

    def points(self, grids: Bool[np.ndarray, "B N N"]) -> Float[np.ndarray, "B W 2"]:
        """Estimates of (delay, area) at each delay weight, in units of the references.

        Of the targets, those are tried that lead downhill from the Sklansky adder's best, near it.
        """
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            found = list(threads.map(self._lowest, grids))
        return np.array(found, np.float32).reshape(-1, len(self.delay_weights), 2)

    def _lowest(self, grid: Bool[np.ndarray, "N N"]) -> Float[np.ndarray, "W 2"]:
        estimate = self._estimator.points(self._numbered(grid))
        points: dict[int, Float[np.ndarray, " 2"]] = {}
        costs: dict[int, Float[np.ndarray, " W"]] = {}

        def cost(target: int, weight: int) -> float:
            if target not in points:
                points[target] = self._objective.scaled(np.array(estimate(target)))
                costs[target] = self.costs(points[target][None])
            return float(costs[target][weight])

        for weight, target in enumerate(self._starts):
            near = range(max(target - _AROUND, 0), min(target + _AROUND + 1, self._targets))
            least = cost(target, weight)
            for step in (-1, 1):
                while target + step in near and cost(target + step, weight) < least:
                    target += step
                    least = cost(target, weight)
        return np.array(list(points.values()))[np.array(list(costs.values())).argmin(axis=0)]

    def sift(
        self, grids: Bool[np.ndarray, "B N N"], weights: Int[np.ndarray, " B"], share: float
    ) -> Bool[np.ndarray, "S N N"]:
        """A share of designs, the best by the engine.

        Args:
            grids: The designs.
            weights: Number of the delay weight that each is judged at.
            share: Of those of each weight.
        """
        kept = []
        for weight in range(len(self.delay_weights)):
            own = np.flatnonzero(weights == weight)
            best = np.argsort(self.engine_costs(grids[own], weight), kind="stable")
            kept.append(own[best[: math.ceil(share * len(own))]])
        return grids[np.sort(np.concatenate(kept))]

    def engine_costs(
        self, grids: Bool[np.ndarray, "B N N"], weight: int
    ) -> Float[np.ndarray, " B"]:
        """The engine's costs at a delay weight, by its number."""
        price = float(self._prices[weight])
        points = np.stack(sizing.label(graph_batch(grids), self._around, price), axis=-1)
        scaled, own = self._objective.scaled(points), self.delay_weights[weight]
        return own * scaled[:, 0] + (1 - own) * scaled[:, 1]

    def costs(self, points: Float[np.ndarray, "*B #W 2"]) -> Float[np.ndarray, "*B W"]:
        """Cost of each point at its weight."""
        return self.delay_weights * points[..., 0] + (1 - self.delay_weights) * points[..., 1]

    def learn(
        self,
        grids: Bool[np.ndarray, "B N N"],
        points: Float[np.ndarray, "B W 2"],
        costs: Float[np.ndarray, "B W"],
    ) -> None:
        """Learns the difference between the costs of synthesis and the estimated ones."""
        if len(costs) >= _LEAST_TOLD:
            self._residual.learn(grids, costs - self.costs(points))

    def predict(
        self, grids: Bool[np.ndarray, "B N N"], points: Float[np.ndarray, "B W 2"]
    ) -> tuple[Float[np.ndarray, "B W"], Float[np.ndarray, "B W"]]:
        """Mean and standard deviation of the predicted costs."""
        costs = self.costs(points)
        if not len(grids):
            return costs, costs
        mean, deviation = self._residual.predict(grids)
        # Products of matrices round by their number of rows, which a resumed search changes.
        deviation = np.broadcast_to(deviation, costs.shape).round(_DIGITS)
        return (costs + mean).round(_DIGITS), deviation

    def covariance(
        self, grids: Bool[np.ndarray, "B N N"]
    ) -> tuple[Float[np.ndarray, "B B"], float]:
        """Of the errors of predicted costs, and the variance of noise; up to a common factor."""
        return self._residual.covariance(grids)
