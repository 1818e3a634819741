"""Judges designs without synthesis: by estimates, and by what was learned of their errors.

Shapes: ``B`` designs, ``W`` delay weights, ``N`` bit width.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Bool, Float, Int

from circuitvae.prefix.classical import sklansky
from circuitvae.search.optimizer import Problem
from circuitvae.search.residual import Residual
from synthesis.estimate import Estimator

FRONT_STEPS = 7
"""Delay weights that stand for the front."""

_ERROR = 0.03
"""Of estimated costs, before anything is known of it."""
_DIGITS = 7
_LEAST_TOLD = 24
"""Designs told before their errors are learned."""


class Screen:
    """Predicts the costs of designs at each delay weight, and how sure that is.

    :mod:`synthesis.estimate` sizes the very gates that synthesis begins with. What synthesis makes
    of them differs; a Gaussian process predicts that difference
    (:mod:`circuitvae.search.residual`) and how sure that is.

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
        references = problem.objective.delay_ref_ns, problem.objective.area_ref_um2
        shares = np.stack([self.delay_weights, 1 - self.delay_weights])
        self._rates = shares / np.array(references)[:, None]  # of a ns and of a um2
        self._numbered = problem.task.circuit.numbered
        reference = sklansky(problem.width)
        self._estimator = Estimator(flow, problem.task.netlist(reference))
        self._targets = range(len(flow.targets_ns))
        self.seek_from(self._estimator.curve(self._numbered(reference.grid), self._targets)[None])
        self._residual = Residual(_ERROR)

    def seek_from(self, curves: Float[np.ndarray, "B T 2"]) -> None:
        """Seeks best targets from those on at which the best of these curves are best."""
        if len(curves):
            best = (curves @ self._rates).min(axis=0)
            self._starts: list[int] = best.argmin(axis=0).tolist()

    def points(self, grids: Bool[np.ndarray, "B N N"]) -> Float[np.ndarray, "B W 2"]:
        """Estimates of (delay, area) at each delay weight, in units of the references.

        Each at the best target near that of the best design told.
        """
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            points = np.array(list(threads.map(self._best, grids)))
        points = points.reshape(len(grids), len(self.delay_weights), 2)
        return self._objective.scaled(points).astype(np.float32)

    def _best(self, grid: Bool[np.ndarray, "N N"]) -> Float[np.ndarray, "W 2"]:
        """(delay_ns, area_um2) at each weight's best target."""
        sized, rates = self._estimator.sized(self._numbered(grid)), self._rates.T.tolist()
        tried: dict[int, tuple[float, float]] = {}

        def cost(target: int, rates: list[float]) -> float:
            if target not in tried:
                tried[target] = sized(target)
            return rates[0] * tried[target][0] + rates[1] * tried[target][1]

        for best, own in zip(self._starts, rates, strict=True):
            for step in (-1, 1):
                while best + step in self._targets and cost(best + step, own) < cost(best, own):
                    best += step
        points = np.array(list(tried.values()))
        return points[(points @ self._rates).argmin(axis=0)]

    def sift(self, grids: Bool[np.ndarray, "B N N"], share: float) -> Bool[np.ndarray, "S N N"]:
        """A share of designs, the best at the best target of the best design told.

        Each is judged at one weight, in turn.
        """
        turns = len(self.delay_weights)

        def cost(row: int) -> float:
            sized = self._estimator.sized(self._numbered(grids[row]))
            return float(np.array(sized(self._starts[row % turns])) @ self._rates[:, row % turns])

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            costs = np.array(list(threads.map(cost, range(len(grids)))))
        return grids[best_by_turns(costs, turns, share)]

    def costs(self, points: Float[np.ndarray, "B W 2"]) -> Float[np.ndarray, "B W"]:
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


def best_by_turns(
    costs: Float[np.ndarray, " B"], turns: int, share: float
) -> Int[np.ndarray, " S"]:
    """Rows of a share of the least costs, of each turn its own; rows take turns."""
    kept = []
    for turn in range(turns):
        own = np.arange(turn, len(costs), turns)
        best = np.argsort(costs[own], kind="stable")
        kept.append(own[best[: math.ceil(share * len(own))]])
    return np.sort(np.concatenate(kept))
