"""The sizing engine as a judge of designs, in the place of estimates.

Shapes: ``B`` designs, ``N`` bit width.
"""

import numpy as np
from jaxtyping import Bool, Float

from circuitvae.model import sizing
from circuitvae.model.features import graph_batch
from circuitvae.search.optimizer import Problem
from synthesis.wires import Wires, wire_ff_per_column

_GREATEST_WEIGHT = 0.99
"""Above this the price of delay grows without bound."""


class Engine:
    """Costs of designs sized by :mod:`circuitvae.model.sizing` at the price of their weight.

    Args:
        problem: What is searched.
    """

    def __init__(self, problem: Problem):
        self._objective, flow = problem.objective, problem.task.flow
        wire_ff = wire_ff_per_column(flow.library) if flow.wires is Wires.DATAPATH else 0.0
        self._around = sizing.surroundings(flow.library, problem.width, flow.timing, wire_ff)

    def costs(
        self, grids: Bool[np.ndarray, "B N N"], delay_weight: float
    ) -> Float[np.ndarray, " B"]:
        """The engine's costs at a delay weight."""
        bounded = min(delay_weight, _GREATEST_WEIGHT)
        per_ns = self._objective.area_ref_um2 / self._objective.delay_ref_ns
        price = per_ns * bounded / (1 - bounded)
        points = np.stack(sizing.label(graph_batch(grids), self._around, price), axis=-1)
        delay, area = self._objective.scaled(points).T
        return delay_weight * delay + (1 - delay_weight) * area
