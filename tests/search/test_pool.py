"""The pool: what it holds, what it forgets, and which designs it would have synthesised."""

import numpy as np
import pytest

from circuitvae.model import sizing
from circuitvae.model.features import graph_batch, node_slots
from circuitvae.prefix import analysis
from circuitvae.prefix.classical import kogge_stone, ripple, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.initial import initial_designs
from circuitvae.search.keys import bits, keys
from circuitvae.search.niches import RADIUS
from circuitvae.search.pool import Pool
from circuitvae.search.screen import FRONT_STEPS, Screen
from problems import analytic_problem, plain_engine

RNG = np.random.default_rng


@pytest.fixture(autouse=True)
def quick_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "size", plain_engine)


def make(optimism: float = 0.5, weight: float | None = 0.5) -> Pool:
    return Pool(8, Screen(analytic_problem(8, weight)), optimism)


def designs(count: int, seed: int = 0) -> np.ndarray:
    graphs = initial_designs(8, count, RNG(seed))
    return np.stack([graph.grid for graph in graphs])


def filled(count: int = 100, told: int = 30, weight: float | None = 0.5) -> Pool:
    """A pool that was told costs of its first designs; they rise with size."""
    pool, grids = make(weight=weight), designs(count)
    pool.add(grids)
    pool.tell(grids[:told], costs_of(pool, grids[:told]))
    return pool


def costs_of(pool: Pool, grids: np.ndarray) -> np.ndarray:
    return np.repeat(analysis.sizes(grids)[:, None] / 10, pool.costs.shape[1], axis=1)


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_keys_and_bits(width: int) -> None:
    grids = np.stack([ripple(width).grid, sklansky(width).grid])
    names = keys(grids)
    assert len({*names}) == len({ripple(width), sklansky(width)})
    assert bits(names, width).tobytes() == b"".join(names)
    assert bits([], width).shape == (0, len(names[0]))


def test_designs_are_held_once() -> None:
    pool, grids = make(), designs(20)
    assert pool.add(np.concatenate([grids, grids[:5]])) == 20
    assert pool.add(grids[::-1]) == 0
    assert len(pool) == 20
    np.testing.assert_array_equal(pool.grids, grids)
    for held, values in zip(pool.graphs, graph_batch(grids), strict=True):
        np.testing.assert_array_equal(held, values)


def test_each_design_stands_highest_at_some_weight() -> None:
    pool = make(optimism=0.0, weight=None)
    pool.add(designs(30))
    for row, weight in enumerate(pool.weights):
        ahead = (pool.costs < pool.costs[row]).sum(axis=0)
        assert ahead[weight] == ahead.min()
    assert len(set(pool.weights)) > 1


def test_graphs_of_more_nodes_than_slots_are_left_out() -> None:
    pool = Pool(32, Screen(analytic_problem(32, 0.5)), 0.5)
    dense, largest = np.tri(32, dtype=bool), kogge_stone(32).grid
    assert dense.sum() > node_slots(32) > largest.sum()
    assert pool.add(np.stack([dense, largest])) == 1
    assert np.isnan(pool.tell(dense[None], np.ones((1, 1)))).all() and len(pool) == 1
    np.testing.assert_array_equal(pool.grids, largest[None])
    predicted = pool.tell(np.stack([dense, largest]), np.ones((2, 1)))
    assert np.isnan(predicted[:, 0]).tolist() == [True, False]


@pytest.mark.parametrize("weight", [0.5, None])
def test_what_was_told_is_known_and_the_rest_predicted(weight: float | None) -> None:
    pool, grids = filled(weight=weight), designs(100)
    engine = pool._screen.costs(pool.points)
    errors = np.abs(np.stack([pool.costs, engine]) - costs_of(pool, grids))
    assert errors[0, :30].mean() < 0.05 * errors[1, :30].mean()
    assert errors[0, 30:].mean() < 0.5 * errors[1, 30:].mean()
    doubt = pool.costs - pool.bounds
    assert (doubt >= 0).all() and doubt[:30].mean() < 0.2 * doubt[30:].mean()
    assert (doubt[30:] > 0).mean() > 0.9


def test_luck_of_one_design_is_not_taken_for_its_worth() -> None:
    pool, grids, rng = make(), designs(100), RNG(1)
    pool.add(grids)
    noisy = costs_of(pool, grids) + rng.normal(0, 0.3, (100, 1))
    pool.tell(grids, noisy)
    errors = np.abs(np.stack([pool.costs, noisy]) - costs_of(pool, grids)).mean(axis=(1, 2))
    assert errors[0] < 0.9 * errors[1]
    assert pool.best.tolist() == [noisy.min()]


def test_what_was_told_of_a_front_stands() -> None:
    pool, grids, rng = make(weight=None), designs(40), RNG(1)
    told = rng.normal(size=(40, FRONT_STEPS))
    pool.tell(grids, told)
    np.testing.assert_array_equal(pool.costs, told)
    np.testing.assert_array_equal(pool.bounds, pool.costs)


def test_the_first_cost_told_counts_and_predictions_come_back() -> None:
    pool, grids = make(), designs(3)
    pool.add(grids[:2])
    before = pool.costs.copy()
    np.testing.assert_array_equal(pool.tell(grids[:2], np.array([[1.0], [2.0]])), before)
    pool.tell(grids[1:], np.array([[9.0], [3.0]]))
    assert pool.state()["costs"].tolist() == [[1.0], [2.0], [3.0]] and pool.best.tolist() == [1.0]


def test_nothing_told() -> None:
    pool = make()
    assert pool.best.tolist() == [np.inf]
    assert pool.tell(designs(1)[:0], np.empty((0, 1))).shape == (0, 1)
    pool.add(designs(3))
    assert pool.tell(designs(1)[:0], np.empty((0, 1))).shape == (0, 1)
    assert pool.choose(5, ()).shape == (3, 8, 8)


def test_designs_are_ranked_by_the_delay_that_suits_each_best() -> None:
    pool = make(weight=None, optimism=0.0)
    pool.add(designs(6))
    # The third lies within the hull: it leads at no weight, but it does at delays about its own.
    points = np.array([(0.8, 1.5), (1.5, 0.8), (1.1, 1.25), (0.82, 1.52), (1.52, 0.82), (1.6, 1.6)])
    weights = pool._screen.delay_weights
    pool.costs = points[:, :1] * weights + points[:, 1:] * (1 - weights)
    assert {*pool.costs.argmin(axis=0)} == {0, 1}
    np.testing.assert_array_equal(pool.promise[:, [0, -1]], pool.costs[:, [0, -1]])
    assert {*pool.rank()[:3]} == {0, 1, 2} and pool.rank()[-1] == 5


def test_optimism_prefers_the_uncertain() -> None:
    pool = make(optimism=2.0)
    pool.add(designs(2))
    pool.costs, pool._deviation = np.array([[1.0], [1.1]]), np.array([[0.0], [0.1]])
    # 1.1 - 2 * 0.1 = 0.9.
    np.testing.assert_allclose(pool.promise, [[1.0], [0.9]])
    assert pool.rank().tolist() == [1, 0]


def test_the_best_of_each_depth_stand_far_up() -> None:
    grids = designs(200)
    depths = analysis.depths(grids)
    near = np.count_nonzero(grids ^ grids[depths == 3][0], axis=(1, 2)) <= RADIUS
    shallow, deep = grids[near & (depths == 3)][:3], grids[near & (depths == 4)][:1]
    pool = make()
    pool.add(np.concatenate([deep, shallow]))
    pool.costs = np.array([[2.0], [1.0], [1.1], [1.2]])
    pool._deviation = np.zeros((4, 1))
    # One niche. Places 1, 2, 3 of the first depth; 2 of the second, the last by cost.
    assert pool.rank().tolist() == [1, 0, 2, 3]


def test_pruning_keeps_what_was_told_and_the_best() -> None:
    pool = filled()
    best = set(keys(pool.grids[pool.rank()[:40]]))
    told = set(keys(pool.grids[:30]))
    before = dict(zip(keys(pool.grids), pool.costs.tolist(), strict=True))
    pool.prune(40)
    assert set(keys(pool.grids)) == best | told
    assert 40 <= len(pool) < 70
    # Everything moved together.
    assert dict(zip(keys(pool.grids), pool.costs.tolist(), strict=True)).items() <= before.items()
    for held, values in zip(pool.graphs, graph_batch(pool.grids), strict=True):
        np.testing.assert_array_equal(held, values)
    fresh = make()
    fresh.add(pool.grids)
    np.testing.assert_array_equal(pool.points, fresh.points)
    assert pool.add(pool.grids) == 0
    size = len(pool)
    pool.prune(size)
    assert len(pool) == size


def test_chosen_designs_are_new_and_each_value_has_its_turn() -> None:
    pool, rng = make(weight=None, optimism=0.0), RNG(0)
    pool.add(designs(60))
    pool.costs = rng.normal(size=pool.costs.shape)
    excluded = set(keys(pool.grids[pool.rank()[:10]]))
    values = pool.promise
    assert values.shape[1] > FRONT_STEPS
    values[[key in excluded for key in keys(pool.grids)]] = np.inf
    expected = []
    for turn in range(10, 30):  # turns go on where those before stopped
        best = values[:, turn % values.shape[1]].argmin()
        expected.append(keys(pool.grids)[best])
        values[best] = np.inf
    assert keys(pool.choose(20, excluded)) == expected


def test_what_was_told_is_not_chosen() -> None:
    pool = filled()
    assert not {*keys(pool.choose(70, ()))} & {*keys(pool.grids[:30])}


def test_a_design_that_is_waiting_counts_as_chosen() -> None:
    pool = make(optimism=5.0)
    pool.add(designs(60))
    chosen = pool.choose(8, ())
    again = [pool.choose(1, keys(chosen[:count]))[0] for count in range(8)]
    assert (again == chosen).all()
    # Its twin: by promise alone others would have followed.
    assert (chosen != pool.grids[pool.promise[:, 0].argsort(kind="stable")[:8]]).any()


def test_a_batch_does_not_ask_the_same_twice() -> None:
    def apart(optimism: float) -> float:
        pool = make(optimism=optimism)
        near = [sklansky(8).grid]
        for row, column in [(7, 1), (7, 2), (7, 3), (5, 1), (5, 2)]:
            grid = sklansky(8).grid.copy()
            grid[row, column] ^= True
            near.append(PrefixGraph.legalized(grid).grid)
        pool.add(np.concatenate([np.stack(near), designs(60)]))
        assert (
            pool.choose(1, ()).tolist() == pool.grids[pool.promise[:, :1].argmin(axis=0)].tolist()
        )
        chosen = pool.choose(12, ())
        assert len({*keys(chosen)}) == 12
        return np.count_nonzero(chosen[:, None] != chosen, axis=(2, 3)).mean()

    # Its twin: without regard to uncertainty the most promising lie close together.
    assert apart(20.0) > apart(0.0) + 0.5


def test_all_are_chosen_where_there_are_no_more() -> None:
    pool = make()
    assert pool.choose(5, ()).shape == (0, 8, 8)
    pool.add(designs(3))
    assert {*keys(pool.choose(5, ()))} == {*keys(designs(3))}


@pytest.mark.parametrize("weight", [0.5, None])
@pytest.mark.parametrize("told", [0, 30])
def test_a_restored_pool_chooses_the_same(told: int, weight: float | None) -> None:
    pool, other = filled(told=told, weight=weight), make(weight=weight)
    pool.prune(60)
    other.restore(pool.state())
    for first, second in zip(pool.graphs, other.graphs, strict=True):
        np.testing.assert_array_equal(first[: len(pool)], second[: len(pool)])
    for count in range(2):
        more = designs(20, seed=9 + count)
        for one in (pool, other):
            one.add(more)
        np.testing.assert_array_equal(pool.promise, other.promise)
        chosen = pool.choose(12, ())
        np.testing.assert_array_equal(chosen, other.choose(12, ()))
        for one in (pool, other):
            one.tell(chosen, costs_of(one, chosen))
