"""Judges designs without synthesis: the sizing engine, and what trees learned of its errors.

Shapes: ``B`` designs, ``W`` delay weights, ``F`` features, ``N`` bit width.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from sklearn.ensemble import ExtraTreesRegressor

from circuitvae.model import sizing
from circuitvae.model.features import GraphBatch
from circuitvae.prefix import analysis
from circuitvae.search.optimizer import Problem
from synthesis.wires import Wires, wire_ff_per_column

FRONT_STEPS = 7
"""Delay weights that stand for the front."""

_GREATEST_WEIGHT = 0.99
"""Above this the price of delay grows without bound."""
_TREES = 60
_FANOUTS = (2, 3, 4, 6, 8)
_LEAST_TOLD = 24
"""Designs told before the trees learn."""


class Screen:
    """Predicts the costs of designs at each delay weight, and how sure that is.

    The engine (:mod:`circuitvae.model.sizing`) sizes each graph at the price of delay that each
    weight means. What synthesis makes of it differs; extremely randomised trees on the structure
    and the engine's results predict that difference, and their spread is the uncertainty.

    Args:
        problem: What is searched.

    Attributes:
        delay_weights: The objective's, or some of the front.

    Raises:
        UserError: The library has no sound timing tables of the gates that adders need.

    References:
        Geurts, Ernst, Wehenkel, "Extremely randomized trees", Machine Learning, 2006.
    """

    def __init__(self, problem: Problem):
        self._objective, self._seed = problem.objective, problem.seed
        self.delay_weights = problem.objective.spread_weights(FRONT_STEPS)
        flow = problem.task.flow
        wire_ff = wire_ff_per_column(flow.library) if flow.wires is Wires.DATAPATH else 0.0
        self._around = sizing.surroundings(flow.library, problem.width, flow.timing, wire_ff)
        bounded = np.minimum(self.delay_weights, _GREATEST_WEIGHT)
        price = problem.objective.area_ref_um2 / problem.objective.delay_ref_ns
        self._prices = (price * bounded / (1 - bounded)).astype(np.float32)
        self._trees: ExtraTreesRegressor | None = None

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
        features: Float[np.ndarray, "B F"],
        points: Float[np.ndarray, "B W 2"],
        costs: Float[np.ndarray, "B W"],
    ) -> None:
        """Fits the trees to the difference between the costs of synthesis and the engine's."""
        if len(costs) >= _LEAST_TOLD:
            self._trees = ExtraTreesRegressor(
                _TREES, min_samples_leaf=3, max_features=0.4, random_state=self._seed % 2**32
            ).fit(features, np.squeeze(costs - self.costs(points)))

    def predict(
        self, features: Float[np.ndarray, "B F"], points: Float[np.ndarray, "B W 2"]
    ) -> tuple[Float[np.ndarray, "B W"], Float[np.ndarray, "B W"]]:
        """Mean and standard deviation of the predicted costs."""
        costs = self.costs(points)
        if self._trees is None or not len(features):
            return costs, np.zeros_like(costs)
        every = np.stack([tree.predict(features) for tree in self._trees.estimators_])
        every = every.reshape(-1, *costs.shape)
        return costs + every.mean(axis=0), every.std(axis=0)


def structure(
    grids: Bool[np.ndarray, "B N N"], points: Float[np.ndarray, "B W 2"]
) -> Float[np.ndarray, "B F"]:
    """What the trees see: the engine's points, size, levels, fan-outs, nodes of each row."""
    levels, fanouts = analysis.levels(grids), analysis.fanouts(grids)
    deepest = max(grids.shape[-1] - 1, 1).bit_length() + 4
    columns: Sequence[np.ndarray] = [
        points.reshape(len(grids), 2 * points.shape[1]),
        levels.max(axis=(1, 2))[:, None],
        analysis.sizes(grids)[:, None],
        np.stack([(levels == level).sum(axis=(1, 2)) for level in range(1, deepest)], axis=1),
        np.stack([(fanouts >= least).sum(axis=(1, 2)) for least in _FANOUTS], axis=1),
        levels[:, :, 0],
        grids.sum(axis=2),
        fanouts[:, :, 0],
        np.diagonal(fanouts, axis1=1, axis2=2),
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)
