"""Methods that learn beat chance under an objective that needs no tools."""

import numpy as np
import pytest

from circuitvae.baselines.annealing import Annealing
from circuitvae.baselines.genetic import Genetic
from circuitvae.baselines.random import Random
from circuitvae.prefix import classical_adders, ripple, sklansky
from problems import analytic_points, analytic_problem, moto_kaneko


def best_cost(make, width, delay_weight, budget, seed):
    method = make(analytic_problem(width, delay_weight, 1, budget, seed))
    graphs = list(classical_adders(width).values())
    while graphs:
        method.tell(graphs, analytic_points(graphs, 1))
        graphs = method.ask(min(method.batch_size, budget - len(method.curves)))
    assert len(method.curves) == budget
    curves = np.stack(list(method.curves.values()))
    return method.problem.objective.costs(curves, delay_weight).min()


def test_the_objective_worked_by_hand():
    # Ripple carry of 3 bits: input 0 feeds one node, 0.5; node (1,0) feeds one, 1.5; (2,0) none, 1.
    assert moto_kaneko(ripple(3)) == (3.0, 2.0)
    # Sklansky of 4: input 0 feeds (1,0), 0.5; (1,0) feeds two, 2; (3,0) feeds none, 1.
    assert moto_kaneko(sklansky(4)) == (3.5, 4.0)


@pytest.mark.parametrize("method", [Genetic, Annealing])
@pytest.mark.parametrize("delay_weight", [0.33, 0.66])
def test_it_learns(method, delay_weight):
    # 400 designs of 16 bits. Random search ends where it begins: at the best classical adder.
    learned = [best_cost(method, 16, delay_weight, 400, seed) for seed in range(3)]
    random = [best_cost(Random, 16, delay_weight, 400, seed) for seed in range(3)]
    assert max(learned) < 0.99 * min(random)
