"""Judges designs without synthesis: the sizing engine, and what was learned of its errors.

Shapes: ``B`` designs, ``W`` delay weights, ``N`` bit width.
"""

import numpy as np
from jaxtyping import Bool, Float

from circuitvae.model import sizing
from circuitvae.model.features import GraphBatch
from circuitvae.search.optimizer import Problem
from circuitvae.search.residual import Residual
from synthesis.wires import Wires, wire_ff_per_column

FRONT_STEPS = 7
"""Delay weights that stand for the front."""

_GREATEST_WEIGHT = 0.99
"""Above this the price of delay grows without bound."""
_ERROR = 0.03
"""Of the engine's costs, before anything is known of it."""
_DIGITS = 7
_LEAST_TOLD = 24
"""Designs told before their errors are learned."""


class Screen:
    """Predicts the costs of designs at each delay weight, and how sure that is.

    The engine (:mod:`circuitvae.model.sizing`) sizes each graph at the price of delay that each
    weight means. What synthesis makes of it differs; a Gaussian process predicts that difference
    (:mod:`circuitvae.search.residual`) and how sure that is.

    Args:
        problem: What is searched.

    Attributes:
        delay_weights: The objective's, or some of the front.

    Raises:
        UserError: The library has no sound timing tables of the gates that adders need.
    """

    def __init__(self, problem: Problem):
        self._objective = problem.objective
        self.delay_weights = problem.objective.spread_weights(FRONT_STEPS)
        flow = problem.task.flow
        wire_ff = wire_ff_per_column(flow.library) if flow.wires is Wires.DATAPATH else 0.0
        self._around = sizing.surroundings(flow.library, problem.width, flow.timing, wire_ff)
        bounded = np.minimum(self.delay_weights, _GREATEST_WEIGHT)
        price = problem.objective.area_ref_um2 / problem.objective.delay_ref_ns
        self._prices = (price * bounded / (1 - bounded)).astype(np.float32)
        self._residual = Residual(_ERROR)

    def points(self, graphs: GraphBatch) -> Float[np.ndarray, "B W 2"]:
        """The engine's (delay, area) at each delay weight, in units of the references."""
        labels = [sizing.label(graphs, self._around, float(price)) for price in self._prices]
        found = np.stack([np.stack(label, axis=-1) for label in labels], axis=1)
        return self._objective.scaled(found).astype(np.float32)

    def costs(self, points: Float[np.ndarray, "B W 2"]) -> Float[np.ndarray, "B W"]:
        """Cost of each point at its weight."""
        return self.delay_weights * points[..., 0] + (1 - self.delay_weights) * points[..., 1]

    def learn(
        self,
        grids: Bool[np.ndarray, "B N N"],
        points: Float[np.ndarray, "B W 2"],
        costs: Float[np.ndarray, "B W"],
    ) -> None:
        """Learns the difference between the costs of synthesis and the engine's."""
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
