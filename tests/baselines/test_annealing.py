"""Chains: where they start, what they accept, what settings are refused."""

import numpy as np
import pytest

from circuitvae.baselines.annealing import Annealing, Settings
from circuitvae.prefix import kogge_stone, ripple, sklansky
from circuitvae.search.objective import Objective
from problems import problem
from synthesis.errors import UserError

GRAPHS = [ripple(6), sklansky(6), kogge_stone(6)]


def chains(delay_weight, **settings):
    """Chains told that, by delay alone, three adders cost 3, 1 and 2; by area 1, 5 and 9."""
    objective = Objective(1.0, 1.0, delay_weight)
    method = Annealing(problem(6, objective, targets=1), Settings(**settings))
    method.tell(GRAPHS, np.array([[[3.0, 1.0]], [[1.0, 5.0]], [[2.0, 9.0]]]))
    return method


def test_chains_start_from_the_best_at_their_weight():
    assert chains(1.0, chains=2)._standing == [sklansky(6)] * 2
    # The whole front: one chain looks at area, the other at delay.
    assert chains(None, chains=2)._standing == [ripple(6), sklansky(6)]


@pytest.mark.parametrize(
    ("cost", "temperature", "accepted"),
    [
        (0.9, 1e-3, 200),  # better: always
        (1.1, 1e-3, 0),  # worse by 100 temperatures: never, e^-100
        (1.1, 1e9, 200),  # worse by nothing that counts: always
        (1.1, 0.1 / np.log(2), 100),  # worse by ln 2 temperatures: half of the time
    ],
)
def test_what_is_accepted(cost, temperature, accepted):
    method = chains(1.0, hot=temperature, cold=temperature)
    (neighbour,) = method.ask(1)
    method.curves[neighbour] = np.array([[cost, 1.0]])
    rng = np.random.default_rng(0)
    count = sum(method._accepts(0, sklansky(6), neighbour, rng) for _ in range(200))
    assert abs(count - accepted) <= 20 * (0 < accepted < 200)


def test_it_cools_with_the_budget_spent():
    method = chains(1.0, hot=1e9, cold=1e-9)
    (neighbour,) = method.ask(1)
    method.curves[neighbour] = np.array([[1.1, 1.0]])
    rng = np.random.default_rng(0)
    assert method._accepts(0, sklansky(6), neighbour, rng)
    method.problem = problem(6, method.problem.objective, targets=1, budget=4)
    assert not method._accepts(0, sklansky(6), neighbour, rng)


def test_a_chain_whose_neighbour_fails_stays():
    method = chains(1.0, chains=1)
    method.ask(1)
    method.tell([], np.empty((0, 1, 2)))
    assert method._standing == [sklansky(6)]


@pytest.mark.parametrize(
    "settings",
    [{"chains": 0}, {"cold": 0.0}, {"hot": 1e-9}, {"deletions": 1.5}, {"mean_flips": 0.5}],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(UserError):
        Settings(**settings)
