"""Estimated curves: sizes by hand, and against synthesis in every library."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import classical_adders, kogge_stone, sklansky
from circuitvae.search.initial import initial_designs
from synthesis.estimate import _GATE, Estimator, _size, _spans
from synthesis.flow import Flow, Synthesizer, default_targets
from synthesis.library import Library
from synthesis.structural import Choice, GateChooser
from synthesis.timing import IOTiming
from synthesis.wires import Wires, net_spans

NETLIST = Adder().netlist


def gates(largest: float = 8.0) -> np.ndarray:
    """An inverter: 10 ps and 2 ps/fF at size 1, 1 fF, 3 + 0.5 um2 a size."""
    return np.array([(1, [10, 0, 0], 2, [1, 0, 0], 3, 0.5, largest)], _GATE)


def chain(target_ps: float, largest: float = 8.0, load_ff: float = 9.0) -> tuple[float, float]:
    """Two inverters between a driver of 2 ps/fF, ready at 5 ps, and a load."""
    rows = np.array([[0, 0, 0, 1, 0, 0], [0, 1, 1, 2, 0, 0]])
    loads = np.array([0.0, 0.0, load_ff])
    ends, none = np.array([2]), np.array([0.0])
    return _size(rows, gates(largest), ends, none, loads, np.array([5.0]), 2.0, target_ps)


def test_a_chain_with_time_to_spare_stays_small() -> None:
    # 5 + 2 * 1, then 10 + 2 * 1, then 10 + 2 * 9.
    assert chain(1000) == pytest.approx((47, 7))


def test_a_chain_for_a_target_grows_as_far_as_it_must() -> None:
    delay_ps, area_um2 = chain(40)
    assert delay_ps == pytest.approx(40, rel=0.01)
    # 25 + 2 x + 2 y / x + 18 / y = 40 costs 6 + (x + y) / 2; the cheapest by trial.
    y = np.linspace(1, 8, 5000)
    x = (linear := 15 - 18 / y) / 4 - np.sqrt(np.maximum((linear / 4) ** 2 - y, 0))
    met = ((linear / 4) ** 2 >= y) & (x >= 1)
    # At size 1 of the first gate the second must be fast enough alone.
    sizes = [(x + y)[met].min()] if met.any() else []
    alone = y[27 + 2 * y + 18 / y <= 40]
    sizes += [1 + alone.min()] if len(alone) else []
    assert area_um2 == pytest.approx(6 + min(sizes) / 2, rel=0.01)


def test_no_gate_is_larger_than_the_largest_cell() -> None:
    tight = chain(1, largest=1.5, load_ff=100)
    # Both at 1.5: 5 + 2 * 1.5, then 10 + 2 * 1.5 / 1.5, then 10 + 2 * 100 / 1.5.
    assert tight == pytest.approx((8 + 12 + 10 + 200 / 1.5, 7.5), rel=0.02)
    assert chain(1, load_ff=100)[0] < tight[0]


@pytest.mark.parametrize("wires", list(Wires))
def test_curves_are_like_those_of_synthesis(any_library: Library, wires: Wires) -> None:
    if wires is Wires.DATAPATH and any_library.wire_ff_per_um is None:
        pytest.skip("the library does not say what wires cost")
    width, rng = 12, np.random.default_rng(0)
    graphs = [*classical_adders(width).values(), *initial_designs(width, 10, rng)]
    netlists = [NETLIST(graph) for graph in graphs]
    targets_ns = default_targets(any_library, netlists[0], wires=wires)
    flow = Flow(any_library, targets_ns, wires=wires)
    estimator = Estimator(flow, netlists[0])
    found = np.array([estimator.curve(Adder().numbered(graph.grid)) for graph in graphs])
    with closing(Synthesizer(flow)) as synthesizer:
        true = np.array(
            [
                [(point.delay_ns, point.area_um2) for point in synthesizer.curve(netlist)]
                for netlist in netlists
            ]
        )
    costs = [(points / true.min(axis=(0, 1))).sum(axis=2).min(axis=1) for points in (found, true)]
    assert spearmanr(*costs).statistic > 0.7
    assert np.abs(np.log(costs[0] / costs[1])).max() < 0.2


@pytest.mark.parametrize("later_ns", [-1.0, -0.15, 0.1, 10.0])
def test_late_inputs_shift_the_curve(generic45: Library, later_ns: float) -> None:
    netlist, numbers = NETLIST(sklansky(8)), Adder().numbered(sklansky(8).grid)
    targets_ns = np.array([0.15, 0.2, 1.0])
    usual = Estimator(Flow(generic45, tuple(targets_ns)), netlist).curve(numbers)
    timing = IOTiming(arrival_ns=(("a", later_ns), ("b", later_ns)))
    shifted = Flow(generic45, tuple(targets_ns + later_ns), timing=timing)
    curve = Estimator(shifted, netlist).curve(numbers)
    np.testing.assert_allclose(curve - [later_ns, 0], usual, rtol=1e-6)


def test_early_outputs_shift_sizes(generic45: Library) -> None:
    netlist, numbers = NETLIST(sklansky(8)), Adder().numbered(sklansky(8).grid)
    usual = Estimator(Flow(generic45, (2.0,)), netlist).curve(numbers)
    timing = IOTiming(required_ns=(("sum", -1.0), ("cout", -1.0)))
    curve = Estimator(Flow(generic45, (3.0,), timing=timing), netlist).curve(numbers)
    np.testing.assert_allclose(curve - [1.0, 0], usual, rtol=1e-6)


def test_a_target_that_leaves_no_time_for_gates_asks_for_the_fastest(generic45: Library) -> None:
    netlist, numbers = NETLIST(sklansky(8)), Adder().numbered(sklansky(8).grid)
    timing = IOTiming(arrival_ns=(("a", 0.5), ("b", 0.5)))
    curve = Estimator(Flow(generic45, (-1.0, 0.0, 0.5, 0.501), timing=timing), netlist)
    found = curve.curve(numbers)
    np.testing.assert_allclose(found, np.broadcast_to(found[-1], found.shape), rtol=1e-6)
    relaxed = Estimator(Flow(generic45, (2.0,), timing=timing), netlist).curve(numbers)
    assert found[-1, 0] < relaxed[0, 0]


def test_loads_and_wires_count(generic45: Library) -> None:
    netlist, numbers = NETLIST(kogge_stone(8)), Adder().numbered(kogge_stone(8).grid)
    flow = Flow(generic45, (1.0,))

    def delay_ns(flow: Flow) -> float:
        return float(Estimator(flow, netlist).curve(numbers)[0, 0])

    loaded = replace(flow, timing=IOTiming(load_ff=(("sum", 50.0),)))
    assert delay_ns(loaded) > delay_ns(flow)
    assert delay_ns(replace(flow, wires=Wires.DATAPATH)) > delay_ns(flow)


def test_wires_cross_as_many_columns_as_in_the_netlist(generic45: Library) -> None:
    netlist = NETLIST(sklansky(9))
    estimator = Estimator(Flow(generic45, (0.3,), wires=Wires.DATAPATH), netlist)
    numbers, none = Adder().numbered(sklansky(9).grid), np.zeros(18)
    rows, inner, wires = Choice(numbers, estimator._ways, none, none[:10]).placed(0.3)
    ends, columns = wires[2 * numbers.outputs], np.array([pin.column for pin in netlist.outputs])
    count = len(wires) + len(inner)
    found = _spans(rows, estimator._gates, numbers.columns, ends, columns, np.zeros(count))
    ports = {pin.name: pin.column for pins in netlist.ports for pin in pins}
    by_name = net_spans(GateChooser(netlist, estimator._ways).choose(0.3), ports)
    assert sorted(found[found > 0]) == sorted(span for span in by_name.values() if span)
