"""Problems that methods can be tried on without synthesis: a task, and made-up curves."""

from collections.abc import Iterable
from functools import cache

import numpy as np

from circuitvae.baselines.screened import GeneticScreened
from circuitvae.circuits.adder import Adder
from circuitvae.model.features import GraphBatch
from circuitvae.model.sizing import Sized
from circuitvae.model.surroundings import Surroundings
from circuitvae.prefix import PrefixGraph, sklansky
from circuitvae.search.objective import Objective
from circuitvae.search.optimizer import Problem
from circuitvae.search.screened import ScreenSettings
from circuitvae.search.task import Task
from synthesis.flow import Flow
from synthesis.library import load_library

_NS, _UM2 = 0.02, 4.0
"""Units of delay and area that make analytic curves look like those of the built-in library."""


@cache
def task(width: int, targets: int) -> Task:
    """Adders in the built-in library; what the targets are makes no difference here."""
    targets_ns = tuple(0.1 * count for count in range(1, targets + 1))
    return Task(width, Adder(), Flow(load_library("generic45"), targets_ns))


def problem(
    width: int, objective: Objective, targets: int = 2, budget: int = 100, seed: int = 0
) -> Problem:
    """A problem in the built-in library under an objective of the test's own."""
    return Problem(task(width, targets), objective, budget, seed)


def moto_kaneko(graph: PrefixGraph) -> tuple[float, float]:
    """Delay and area where a node takes 1 + 0.5 * fan-out and has area 1; inputs take no 1."""
    arrival = {(i, i): 0.5 * graph.fanouts[i, i] for i in range(graph.width)}
    for node in graph.nodes():
        delay = 1 + 0.5 * graph.fanouts[node]
        arrival[node] = max(arrival[parent] for parent in graph.parents(*node)) + delay
    return max(arrival.values()), float(graph.size)


def analytic_points(graphs: Iterable[PrefixGraph], targets: int = 3) -> np.ndarray:
    """Moto and Kaneko's delay and area; at the slowest target 30 % more delay, 20 % less area."""
    points = np.array([moto_kaneko(graph) for graph in graphs]).reshape(-1, 1, 2)
    slower = np.linspace(0, 1, targets)
    return points * np.stack([_NS * (1 + 0.3 * slower), _UM2 * (1 - 0.2 * slower)], axis=-1)


def analytic_problem(
    width: int,
    delay_weight: float | None,
    targets: int = 3,
    budget: int = 100,
    seed: int = 0,
) -> Problem:
    """The problem of :func:`analytic_points`, costs in units of the Sklansky adder's."""
    (reference,) = analytic_points([sklansky(width)], targets)
    delay_ref, area_ref = reference.min(axis=0)
    objective = Objective(max(delay_ref, _NS), max(area_ref, _UM2), delay_weight)
    return problem(width, objective, targets, budget, seed)


def plain_engine(graphs: GraphBatch, around: Surroundings, prices: np.ndarray) -> Sized:
    """In the place of :func:`circuitvae.model.sizing.size`, which takes seconds to compile."""
    nodes = (graphs.row > graphs.column).sum(axis=1)
    return Sized(2 * _NS * graphs.level.max(axis=1), _UM2 * nodes)


class SmallScreened(GeneticScreened):
    """A method on a screen whose rounds are quick."""

    def __init__(self, problem: Problem):
        super().__init__(problem, ScreenSettings(first=60, first_rounds=1, kept=200, proposals=40))
