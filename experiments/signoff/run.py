"""Times the same sized netlists by ABC and by OpenSTA, and compares.

``python -m experiments.signoff.run [LIBRARY ...]`` writes ``results/LIBRARY.csv`` and prints a
table.
"""

import csv
import sys
from itertools import islice
from pathlib import Path

import numpy as np
from rich.table import Table
from scipy.stats import pearsonr, spearmanr

from circuitvae.circuits.adder import Adder
from circuitvae.cli import answered
from circuitvae.cli.options import console
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.initial import initial_designs
from experiments.signoff.config import Config
from synthesis import tools
from synthesis.flow import Flow, Synthesizer, default_targets
from synthesis.library import load_library
from synthesis.opensta import signoff
from synthesis.recipes import Effort

RESULTS = Path(__file__).parent / "results"
HEADER = ("design", "target_ns", "area_um2", "abc_ns", "opensta_ns", "opensta_uw", "endpoint")


def designs(config: Config) -> dict[str, PrefixGraph]:
    """Classical and random designs, by name or digest."""
    found = dict(islice(classical_adders(config.width).items(), config.classical))
    rng = np.random.default_rng(config.seed)
    drawn = initial_designs(config.width, config.designs - len(found), rng, set(found.values()))
    return found | {graph.digest: graph for graph in drawn}


def compare(name: str, config: Config) -> list[tuple[str | float, ...]]:
    """A row of :data:`HEADER` for each design and target in library ``name``."""
    library, circuit = load_library(name), Adder()
    targets = default_targets(library, circuit.netlist(sklansky(config.width)))
    flow = Flow(library, tuple(targets[index] for index in config.targets), Effort.BEST)
    synthesizer = Synthesizer(flow)
    rows: list[tuple[str | float, ...]] = []
    try:
        for design, graph in designs(config).items():
            netlist = circuit.netlist(graph)
            netlists = synthesizer.netlists(netlist)
            for point, verilog in zip(synthesizer.curve(netlist), netlists, strict=True):
                verdict = signoff(verilog, library)
                values = (point.delay_ns, verdict.delay_ns, verdict.power_uw)
                rounded = (round(value, 6) for value in values)
                rows.append((design, point.target_ns, point.area_um2, *rounded, verdict.endpoint))
    finally:
        synthesizer.close()
    return rows


def main() -> None:
    """Runs every library named on the command line, or all."""
    config = Config()
    RESULTS.mkdir(exist_ok=True)
    headings = ["points", "Pearson", "Spearman", "mean ratio", "sd of ratio", "least", "greatest"]
    table = Table("library", *headings, title=f"OpenSTA {tools.opensta_version()} / ABC, delay")
    for name in sys.argv[1:] or config.libraries:
        rows = compare(name, config)
        with (RESULTS / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
        abc, opensta = np.array([row[3:5] for row in rows], dtype=float).T
        ratio = opensta / abc
        agreement = [pearsonr(abc, opensta).statistic, spearmanr(abc, opensta).statistic]
        spread = [ratio.mean(), ratio.std(ddof=1), ratio.min(), ratio.max()]
        table.add_row(name, str(len(rows)), *(f"{value:.4f}" for value in agreement + spread))
    console().print(table)


if __name__ == "__main__":
    answered(main)
