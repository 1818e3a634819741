"""Judges designs by engine and estimate, synthesises them, and compares their costs.

``python -m experiments.agreement.run [LIBRARY ...]`` writes ``results/LIBRARY.csv`` and prints a
table.
"""

import csv
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
from jaxtyping import Float
from rich.table import Table
from scipy.stats import spearmanr

from circuitvae.circuits.adder import Adder
from circuitvae.cli import answered
from circuitvae.cli.options import console
from circuitvae.model.features import graph_batch
from circuitvae.model.sizing import label
from circuitvae.model.surroundings import surroundings
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.initial import initial_designs
from circuitvae.search.objective import Objective
from experiments.agreement.config import Config
from synthesis.estimate import Estimator
from synthesis.flow import Flow, Point, Synthesizer, default_targets, whole_picoseconds
from synthesis.library import Library, load_library
from synthesis.timing import UNIFORM

RESULTS = Path(__file__).parent / "results"
GUESSES = ("engine", "estimate")
HEADER = (
    *("design", "delay_weight"),
    *(
        f"{kind}{unit}"
        for kind in ("", "engine_", "estimate_")
        for unit in ("delay_ns", "area_um2")
    ),
    *("cost", "engine_cost", "estimate_cost"),
)


def designs(config: Config) -> dict[str, PrefixGraph]:
    """Classical and drawn designs, by name or digest."""
    found = classical_adders(config.width)
    rng = np.random.default_rng(config.seed)
    drawn = initial_designs(config.width, config.designs - len(found), rng, set(found.values()))
    return found | {graph.digest: graph for graph in drawn}


def curves_of(
    library: Library, graphs: dict[str, PrefixGraph], config: Config
) -> tuple[list[tuple[Point, ...]], Float[np.ndarray, "designs T 2"]]:
    """Each graph's curve by synthesis and as estimated, (delay_ns, area_um2)."""
    circuit = Adder()
    targets_ns = default_targets(library, circuit.netlist(sklansky(config.width)))
    # The first default target is 0.75 times the least delay.
    least_ns = targets_ns[0] / 0.75
    flow = Flow(library, whole_picoseconds([factor * least_ns for factor in config.factors]))
    netlists = [circuit.netlist(graph) for graph in graphs.values()]
    estimator = Estimator(flow, netlists[0])
    estimated = [estimator.curve(circuit.numbered(graph.grid)) for graph in graphs.values()]
    with closing(Synthesizer(flow)) as synthesizer:
        return [synthesizer.curve(netlist) for netlist in netlists], np.array(estimated)


def compare(name: str, config: Config) -> list[tuple[str | float, ...]]:
    """A row of :data:`HEADER` for each delay weight and design in library ``name``."""
    library, graphs = load_library(name), designs(config)
    curves, estimated = curves_of(library, graphs, config)
    points = np.array([[(point.delay_ns, point.area_um2) for point in curve] for curve in curves])
    around = surroundings(library, config.width, UNIFORM, 0.0)
    batch = graph_batch(np.stack([graph.grid for graph in graphs.values()]))
    reference = list(graphs.values()).index(sklansky(config.width))
    rows: list[tuple[str | float, ...]] = []
    for weight in config.delay_weights:
        objective = Objective.scaled_by(curves[reference], weight)
        price = weight / (1 - weight) * objective.area_ref_um2 / objective.delay_ref_ns
        by_engine = np.stack(label(batch, around, price), axis=1)
        best = [cheapest(each, objective) for each in (points, by_engine[:, None], estimated)]
        values = np.hstack([*best, objective.costs(np.stack(best, axis=1)[:, :, None], weight)])
        for design, row in zip(graphs, values.tolist(), strict=True):
            rows.append((design, weight, *(round(value, 5) for value in row)))
    return rows


def cheapest(
    points: Float[np.ndarray, "designs T 2"], objective: Objective
) -> Float[np.ndarray, "designs 2"]:
    """Each curve's point of least cost."""
    best = objective.costs(points[:, :, None], objective.nominal_weight).argmin(axis=1)
    return points[np.arange(len(points)), best]


def agreement(values: Float[np.ndarray, "designs 9"], guess: int) -> list[str]:
    """Rank correlations of costs, over all designs and in the best 30 %, and mean ratios."""
    cost, guessed = values[:, 6], values[:, 7 + guess]
    best = np.argsort(cost)[: len(cost) * 3 // 10]
    ranks = [
        spearmanr(cost, guessed).statistic,
        spearmanr(cost[best], guessed[best]).statistic,
    ]
    own = 2 + 2 * guess
    ratios = (values[:, own : own + 2] / values[:, :2]).mean(axis=0)
    return [f"{value:.2f}" for value in (*ranks, *ratios)]


def main() -> None:
    """Runs every library named on the command line, or all."""
    config = Config()
    RESULTS.mkdir(exist_ok=True)
    headings = ["weight", "by", "Spearman", "in the best 30 %", "delay ratio", "area ratio"]
    table = Table("library", *headings, title="Without synthesis / by synthesis")
    for name in sys.argv[1:] or config.libraries:
        rows = compare(name, config)
        with (RESULTS / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
        values = np.array([row[2:] for row in rows], dtype=float)
        weights = np.array([row[1] for row in rows])
        for weight in config.delay_weights:
            for number, guess in enumerate(GUESSES):
                figures = agreement(values[weights == weight], number)
                table.add_row(name, f"{weight}", guess, *figures)
    console().print(table)


if __name__ == "__main__":
    answered(main)
