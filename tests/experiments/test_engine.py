"""The engine as a judge of designs."""

from dataclasses import replace

import numpy as np
import pytest

from circuitvae.model import sizing
from circuitvae.model.features import graph_batch
from circuitvae.prefix import analysis
from circuitvae.search.initial import initial_designs
from experiments.ablations.engine import Engine
from problems import analytic_problem, plain_engine
from synthesis.library import Library
from synthesis.wires import Wires, wire_ff_per_column


def designs(count: int) -> np.ndarray:
    graphs = initial_designs(8, count, np.random.default_rng(0))
    return np.stack([graph.grid for graph in graphs])


@pytest.mark.parametrize("wires", [Wires.NONE, Wires.DATAPATH])
def test_the_engine_is_asked_at_the_price_of_each_weight(generic45: Library, wires: Wires) -> None:
    given = analytic_problem(8, None)
    flow = replace(given.task.flow, wires=wires)
    given = replace(given, task=replace(given.task, flow=flow))
    objective, engine, grids = given.objective, Engine(given), designs(256)
    wire_ff = wire_ff_per_column(generic45) if wires is Wires.DATAPATH else 0.0
    around = sizing.surroundings(generic45, 8, flow.timing, wire_ff)
    for weight in (0.1, 0.6, 0.9):
        # A ns is worth what w of it costs, in units of the reference, over what (1 - w) um2 do.
        price = weight / objective.delay_ref_ns / ((1 - weight) / objective.area_ref_um2)
        direct = sizing.size(graph_batch(grids), around, np.full(256, price, np.float32))
        delay, area = objective.scaled(np.stack(direct, axis=-1)).T
        expected = weight * delay + (1 - weight) * area
        np.testing.assert_allclose(engine.costs(grids, weight), expected, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_chunks_do_not_show(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "size", plain_engine)
    monkeypatch.setitem(sizing._SLOTS_AT_ONCE, "cpu", 100)
    given = analytic_problem(8, 0.5)
    grids = designs(count)
    points = np.stack([0.04 * analysis.depths(grids), 4.0 * analysis.sizes(grids)], axis=-1)
    expected = given.objective.scaled(points).mean(axis=-1)
    np.testing.assert_allclose(Engine(given).costs(grids, 0.5), expected, rtol=1e-6)
