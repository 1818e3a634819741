"""The sizing engine: by hand, by what must hold, and in every library."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from circuitvae.model import sizing
from circuitvae.model.features import GraphBatch, graph_batch
from circuitvae.model.sizing import Sized, label, size
from circuitvae.model.surroundings import GateModel, Surroundings, surroundings
from circuitvae.prefix.classical import classical_adders, ripple, sklansky
from synthesis.library import Library
from synthesis.timing import UNIFORM, IOTiming


def batch(width: int) -> GraphBatch:
    adders = classical_adders(width).values()
    return graph_batch(np.stack([graph.grid for graph in adders]))


def sized(graphs: GraphBatch, around: Surroundings, price: float) -> Sized:
    found = size(graphs, around, np.full(len(graphs.row), price, np.float32))
    return Sized(*map(np.asarray, found))


def gate(intrinsic: list[float], resistance: float, inputs: list[float], area: float) -> GateModel:
    return GateModel(
        np.array(intrinsic, np.float32),
        np.float32(resistance),
        np.array(inputs, np.float32),
        np.float32(area - 1),
        np.float32(1),
    )


MADE_UP = Surroundings(
    carry=gate([3, 4, 5], 2, [1, 2, 3], 3),
    propagate=gate([1, 3], 1, [1, 1], 2),
    inverter=gate([0.001], 1, [1], 5),
    total=gate([10, 10], 0.5, [4, 4], 6),
    half_area=np.float32(7),
    driver_intrinsic=np.float32(0),
    driver_resistance=np.float32(1),
    arrival=np.zeros(2, np.float32),
    required=np.zeros(3, np.float32),
    load=np.array([8, 8, 8], np.float32),
    wire=np.float32(0),
)
"""Times in ps; the soft maximum is as good as sharp."""


def test_two_bits_by_hand():
    # Each input bit's driver: NAND2 1, NOR2 1 (but for bit 0), half sum 4 fF: 5 and 6 ps, then 2.
    # g0 drives sum[1] (4) and the carry gate (2): 5 + 2 + 6 = 13; sum[1]: 13 + 10 + 4 = 27.
    # g1 drives the carry gate (3): 6 + 2 + 3 = 11; p1 (1): 9.
    # cout: max(9 + 3, 13 + 4, 11 + 5) = 17, and 2 * 8 for its load: 33.
    found = sized(graph_batch(sklansky(2).grid[None]), MADE_UP, 0.0)
    assert found.delay_ns == pytest.approx([0.033], rel=1e-4)
    # Two bits of half sum and sum, 13 each; g0, g1 of 2 each; the half sum is p1; the carry 3,
    # whose parents' phases agree.
    assert found.area_um2 == pytest.approx([2 * 13 + 2 * 2 + 3], rel=1e-4)


def test_a_late_carry_is_taken_last():
    # With propagates for nothing, what joining saves in a ripple adder is all but a gate a bit.
    wide = MADE_UP._replace(
        arrival=np.zeros(8, np.float32),
        required=np.zeros(9, np.float32),
        load=np.full(9, 8, np.float32),
    )
    graphs = graph_batch(ripple(8).grid[None])
    slow, fast = (sized(graphs, wide, price) for price in (0.0, 1e6))
    assert fast.delay_ns[0] < 0.75 * slow.delay_ns[0]
    assert fast.area_um2[0] > slow.area_um2[0]


def test_a_higher_price_buys_delay_with_area(generic45: Library):
    graphs, around = batch(16), surroundings(generic45, 16, UNIFORM, 0.0)
    found = [sized(graphs, around, price) for price in (0.0, 100.0, 1000.0, 10000.0)]
    for cheap, dear in pairwise(found):
        assert (dear.delay_ns <= 1.01 * cheap.delay_ns).all()
        assert (dear.area_um2 >= 0.99 * cheap.area_um2).all()
    assert found[-1].delay_ns.mean() < 0.9 * found[0].delay_ns.mean()


def test_delay_follows_a_shift_of_all_arrival_and_required_times(generic45: Library):
    graphs = batch(8)
    plain = sized(graphs, surroundings(generic45, 8, UNIFORM, 0.0), 500.0)
    late = IOTiming(arrival_ns=(("a", 0.1), ("b", 0.1)))
    early = IOTiming(required_ns=(("sum", -0.1), ("cout", -0.1)))
    for timing in (late, early):
        moved = sized(graphs, surroundings(generic45, 8, timing, 0.0), 500.0)
        np.testing.assert_allclose(moved.delay_ns, plain.delay_ns + 0.1, atol=1e-5)
        np.testing.assert_allclose(moved.area_um2, plain.area_um2, rtol=1e-3)


def test_the_top_bit_arriving_late_hurts_less_than_the_bottom_bit(generic45: Library):
    graphs = graph_batch(ripple(8).grid[None])
    late = (0.0,) * 7 + (0.1,)
    delays = [
        sized(graphs, surroundings(generic45, 8, IOTiming((("a", bits),)), 0.0), 0.0).delay_ns
        for bits in (late, late[::-1])
    ]
    assert delays[0] < delays[1] - 0.05


def test_wires_and_loads_increase_delay(generic45: Library):
    graphs = batch(16)
    plain = sized(graphs, surroundings(generic45, 16, UNIFORM, 0.0), 500.0)
    wired = sized(graphs, surroundings(generic45, 16, UNIFORM, 1.0), 500.0)
    loaded = IOTiming(load_ff=(("sum", 50.0), ("cout", 50.0)))
    heavy = sized(graphs, surroundings(generic45, 16, loaded, 0.0), 500.0)
    assert (wired.delay_ns > plain.delay_ns).all() and (heavy.delay_ns > plain.delay_ns).all()


def test_a_carry_out_that_is_not_there_is_never_late(generic45: Library):
    graphs = batch(16)
    early = IOTiming(required_ns=(("cout", -1.0),))
    plain, late, without = (
        sized(graphs, surroundings(generic45, 16, timing, 0.0, carry_out=there), 500.0).delay_ns
        for timing, there in [(UNIFORM, True), (early, True), (early, False)]
    )
    assert (late > 1.0).all() and (without <= plain).all()


def test_neither_padding_nor_company_changes_results(generic45: Library):
    around = surroundings(generic45, 16, UNIFORM, 0.0)
    graphs = batch(16)
    alone = graph_batch(sklansky(16).grid[None])
    wider = alone._replace(
        row=np.pad(alone.row, ((0, 0), (0, 40)), constant_values=-1),
        column=np.pad(alone.column, ((0, 0), (0, 40)), constant_values=-1),
        lower=np.pad(alone.lower, ((0, 0), (0, 40))),
        level=np.pad(alone.level, ((0, 0), (0, 40))),
    )
    at = list(classical_adders(16).values()).index(sklansky(16))
    expected = [values[at] for values in sized(graphs, around, 500.0)]
    for other in (alone, wider):
        found = [values[0] for values in sized(other, around, 500.0)]
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_prices_are_those_of_each_graph(generic45: Library):
    around = surroundings(generic45, 8, UNIFORM, 0.0)
    twice = graph_batch(np.stack([sklansky(8).grid] * 2))
    both = size(twice, around, np.array([0.0, 2000.0], np.float32))
    for index, price in enumerate((0.0, 2000.0)):
        one = sized(graph_batch(sklansky(8).grid[None]), around, price)
        np.testing.assert_allclose(both.delay_ns[index], one.delay_ns[0], rtol=1e-5)


def test_any_number_of_grids_is_labelled_as_one_by_one(generic45: Library, monkeypatch):
    monkeypatch.setitem(sizing._SLOTS_AT_ONCE, "cpu", 100)
    around = surroundings(generic45, 8, UNIFORM, 0.0)
    grids = np.stack([graph.grid for graph in classical_adders(8).values()])
    expected = sized(graph_batch(grids), around, 500.0)
    for count in (0, 3, 4, 6):
        delay_ns, area_um2 = label(graph_batch(grids[:count]), around, 500.0)
        np.testing.assert_allclose(delay_ns, expected.delay_ns[:count], rtol=1e-4)
        np.testing.assert_allclose(area_um2, expected.area_um2[:count], rtol=1e-4)


def test_shapes_compile_once(generic45: Library):
    around = surroundings(generic45, 8, UNIFORM, 0.0)
    sized(batch(8), around, 1.0)
    compiled = size._cache_size()
    sized(batch(8), surroundings(generic45, 8, IOTiming((("a", 0.1),)), 1.0), 700.0)
    assert size._cache_size() == compiled


def test_gradients_are_differences_at_the_sizes_found(generic45: Library):
    # At price 0 nothing is sized; with next to no temperature maxima are sharp.
    around = surroundings(generic45, 8, UNIFORM, 0.5)
    sharp = around.inverter._replace(intrinsic=np.array([1e-3], np.float32))
    around = around._replace(inverter=sharp)
    graphs = batch(8)
    prices = jnp.zeros(len(graphs.row))

    def total(wire: jax.Array) -> jax.Array:
        return size(graphs, around._replace(wire=wire), prices).delay_ns.sum()

    step = 0.05
    by_wire = jax.grad(total)(jnp.float32(0.5))
    difference = (total(jnp.float32(0.5 + step)) - total(jnp.float32(0.5 - step))) / (2 * step)
    assert by_wire == pytest.approx(float(difference), rel=0.05)

    def late(arrival: jax.Array) -> jax.Array:
        return size(graphs, around._replace(arrival=arrival), prices + 500).delay_ns.sum()

    # A shift of all arrivals, ps, is one of the delay, ns.
    by_arrival = jax.grad(late)(jnp.zeros(8))
    assert by_arrival.sum() * 1000 == pytest.approx(len(graphs.row), rel=1e-3)


@pytest.mark.parametrize("width", [1, 2, 3, 64, 128])
def test_any_width(width: int, generic45: Library):
    around = surroundings(generic45, width, UNIFORM, 0.2)
    found = sized(graph_batch(sklansky(width).grid[None]), around, 1000.0)
    assert np.isfinite(found).all() and (np.stack(found) > 0).all()


def test_order_of_classics_in_every_library(any_library: Library):
    adders = classical_adders(32)
    graphs = graph_batch(np.stack([adders[name].grid for name in ("ripple", "sklansky")]))
    around = surroundings(any_library, 32, UNIFORM, 0.0)
    cheap, dear = sized(graphs, around, 0.0), sized(graphs, around, 1e6)
    assert cheap.area_um2[0] < cheap.area_um2[1]
    assert dear.delay_ns[0] > dear.delay_ns[1]
    assert np.isfinite(dear).all()
