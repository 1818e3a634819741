"""Sizes designs by the engine and synthesises them, and compares their costs.

``python -m experiments.agreement.run [LIBRARY ...]`` writes ``results/LIBRARY.csv`` and prints a
table.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from jaxtyping import Float
from rich.table import Table
from scipy.stats import spearmanr

from circuitvae.circuits.adder import Adder
from circuitvae.cli.options import console
from circuitvae.model.features import graph_batch
from circuitvae.model.sizing import label, surroundings
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.initial import initial_designs
from circuitvae.search.objective import Objective
from experiments.agreement.config import Config
from synthesis.flow import Flow, Point, Synthesizer, default_targets, whole_picoseconds
from synthesis.library import Library, load_library
from synthesis.timing import UNIFORM

RESULTS = Path(__file__).parent / "results"
COLUMNS = ("delay_ns", "area_um2", "engine_ns", "engine_um2", "cost", "engine_cost")
HEADER = ("design", "delay_weight", *COLUMNS)


def designs(config: Config) -> dict[str, PrefixGraph]:
    """Classical and drawn designs, by name or digest."""
    found = classical_adders(config.width)
    rng = np.random.default_rng(config.seed)
    drawn = initial_designs(config.width, config.designs - len(found), rng, set(found.values()))
    return found | {graph.digest: graph for graph in drawn}


def synthesised(
    library: Library, graphs: dict[str, PrefixGraph], config: Config
) -> list[tuple[Point, ...]]:
    """The curve of each graph."""
    circuit = Adder()
    targets_ns = default_targets(library, circuit.netlist(sklansky(config.width)))
    # The first default target is 0.75 times the least delay.
    least_ns = targets_ns[0] / 0.75
    flow = Flow(library, whole_picoseconds([factor * least_ns for factor in config.factors]))
    synthesizer = Synthesizer(flow)
    try:
        return [synthesizer.curve(circuit.netlist(graph)) for graph in graphs.values()]
    finally:
        synthesizer.close()


def compare(name: str, config: Config) -> list[tuple[str | float, ...]]:
    """A row of :data:`HEADER` for each delay weight and design in library ``name``."""
    library, graphs = load_library(name), designs(config)
    curves = synthesised(library, graphs, config)
    points = np.array([[(point.delay_ns, point.area_um2) for point in curve] for curve in curves])
    around = surroundings(library, config.width, UNIFORM, 0.0)
    grids = np.stack([graph.grid for graph in graphs.values()])
    reference = list(graphs.values()).index(sklansky(config.width))
    rows: list[tuple[str | float, ...]] = []
    for weight in config.delay_weights:
        objective = Objective.scaled_by(curves[reference], weight)
        best = objective.costs(points[:, :, None], weight).argmin(axis=1)
        price = weight / (1 - weight) * objective.area_ref_um2 / objective.delay_ref_ns
        pair = np.stack(
            [
                points[np.arange(len(points)), best],
                np.stack(label(graph_batch(grids), around, price), axis=1),
            ],
            axis=1,
        )
        costs = objective.costs(pair[:, :, None], weight)
        values = np.hstack([pair.reshape(len(pair), 4), costs])
        for design, row in zip(graphs, values.tolist(), strict=True):
            rows.append((design, weight, *(round(value, 5) for value in row)))
    return rows


def agreement(values: Float[np.ndarray, "designs 6"]) -> list[str]:
    """Rank correlations of costs, over all designs and in the best 30 %, and mean ratios."""
    cost, engine_cost = values[:, 4:].T
    best = np.argsort(cost)[: len(cost) * 3 // 10]
    ranks = [
        spearmanr(cost, engine_cost).statistic,
        spearmanr(cost[best], engine_cost[best]).statistic,
    ]
    ratios = (values[:, 2:4] / values[:, :2]).mean(axis=0)
    return [f"{value:.2f}" for value in (*ranks, *ratios)]


def main() -> None:
    """Runs every library named on the command line, or all."""
    config = Config()
    RESULTS.mkdir(exist_ok=True)
    headings = ["weight", "Spearman", "in the best 30 %", "delay ratio", "area ratio"]
    table = Table("library", *headings, title="Sizing engine / synthesis")
    for name in sys.argv[1:] or config.libraries:
        rows = compare(name, config)
        with (RESULTS / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
        values = np.array([row[2:] for row in rows], dtype=float)
        weights = np.array([row[1] for row in rows])
        for weight in config.delay_weights:
            table.add_row(name, f"{weight}", *agreement(values[weights == weight]))
    console().print(table)


if __name__ == "__main__":
    main()
