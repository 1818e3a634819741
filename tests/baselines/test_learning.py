"""Methods that learn beat chance under an objective that needs no tools."""

import numpy as np
import pytest

from circuitvae.baselines.annealing import Annealing
from circuitvae.baselines.genetic import Genetic
from circuitvae.baselines.random import Random
from circuitvae.prefix import classical_adders, ripple, sklansky
from circuitvae.search.objective import Objective
from circuitvae.search.optimizer import Problem


def moto_kaneko(graph):
    """Delay and area where a node takes 1 + 0.5 * fan-out and has area 1."""
    arrival = {(i, i): 0.5 * graph.fanouts[i, i] for i in range(graph.width)}
    for node in graph.nodes():
        delay = 1 + 0.5 * graph.fanouts[node]
        arrival[node] = max(arrival[parent] for parent in graph.parents(*node)) + delay
    return max(arrival.values()), float(graph.size)


def points(graphs):
    return np.array([[moto_kaneko(graph)] for graph in graphs]).reshape(-1, 1, 2)


def best_cost(make, width, delay_weight, budget, seed):
    objective = Objective(*moto_kaneko(sklansky(width)), delay_weight)
    method = make(Problem(width, objective, 1, budget, seed))
    graphs = list(classical_adders(width).values())
    while graphs:
        method.tell(graphs, points(graphs))
        graphs = method.ask(min(method.batch_size, budget - len(method.curves)))
    assert len(method.curves) == budget
    return objective.costs(np.stack(list(method.curves.values())), delay_weight).min()


def test_the_objective_worked_by_hand():
    # Ripple carry of 3 bits: input 0 feeds one node, 0.5; node (1,0) feeds one, 1.5; (2,0) none, 1.
    assert moto_kaneko(ripple(3)) == (3.0, 2.0)


@pytest.mark.parametrize("method", [Genetic, Annealing])
@pytest.mark.parametrize("delay_weight", [0.33, 0.66])
def test_it_learns(method, delay_weight):
    # 400 designs of 16 bits. Random search ends where it begins: at the best classical adder.
    learned = [best_cost(method, 16, delay_weight, 400, seed) for seed in range(3)]
    random = [best_cost(Random, 16, delay_weight, 400, seed) for seed in range(3)]
    assert max(learned) < 0.99 * min(random)
