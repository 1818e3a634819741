"""Ranks the classical adders with free wires and with those of a datapath layout.

``python -m experiments.wires.run`` writes ``results/points.csv`` and prints a table.
"""

import csv
import math
from pathlib import Path

from rich.table import Table

from circuitvae.circuits.adder import Adder
from circuitvae.cli import answered
from circuitvae.cli.options import console
from circuitvae.prefix.classical import parse_classical
from experiments.wires.config import Config
from synthesis.flow import Flow, Point, Synthesizer
from synthesis.library import load_library
from synthesis.opensta import signoff
from synthesis.wires import Wires

RESULTS = Path(__file__).parent / "results"
HEADER = ("wires", "design", "target_ns", "abc_ns", "opensta_ns", "area_um2")


def ranked(values: dict[str, float], form: str) -> dict[str, str]:
    """Each value with its rank from the least; what is missing is infinite."""
    order = sorted(values.values())
    return {
        name: f"{value:{form}} ({order.index(value) + 1})" if value < math.inf else "missed"
        for name, value in values.items()
    }


def measure(wires: Wires, config: Config) -> dict[str, list[tuple[Point, float]]]:
    """Curve of each design, with OpenSTA's delays."""
    library, circuit = load_library(config.library), Adder()
    flow = Flow(library, config.targets_ns, config.effort, wires=wires)
    synthesizer = Synthesizer(flow)
    found = {}
    try:
        for design in config.designs:
            netlist = circuit.netlist(parse_classical(design, config.width))
            texts = synthesizer.netlists(netlist)
            delays = [signoff(v, library, flow.sdc(netlist, v)).delay_ns for v in texts]
            found[design] = list(zip(synthesizer.curve(netlist), delays, strict=True))
    finally:
        synthesizer.close()
    return found


def main() -> None:
    """Runs the experiment."""
    config = Config()
    curves = {wires: measure(wires, config) for wires in Wires}
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "points.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for wires, of in curves.items():
            for design, curve in of.items():
                for point, opensta_ns in curve:
                    writer.writerow(
                        (wires, design, point.target_ns, point.delay_ns, opensta_ns, point.area_um2)
                    )

    columns: dict[str, list[dict[str, str]]] = {}
    for of in curves.values():
        first, *middle, last = zip(*of.values(), strict=True)
        least = [point.delay_ns for point, _ in first]
        columns.setdefault("least ns", []).append(ranked(dict(zip(of, least, strict=True)), ".3f"))
        for points in middle:
            areas = [p.area_um2 if p.delay_ns <= p.target_ns else math.inf for p, _ in points]
            title = f"um2 at {points[0][0].target_ns:g} ns"
            columns.setdefault(title, []).append(ranked(dict(zip(of, areas, strict=True)), ".0f"))
        slowest = [point.delay_ns for point, _ in last]
        title = "ns of the smallest gates"
        columns.setdefault(title, []).append(ranked(dict(zip(of, slowest, strict=True)), ".3f"))
    table = Table(
        "design", *columns, title=f"{config.width} bit, {config.library}: free wires, datapath"
    )
    for design in config.designs:
        cells = ([found[design] for found in several] for several in columns.values())
        table.add_row(design, *(", ".join(pair) for pair in cells))
    console().print(table)
    for wires, of in curves.items():
        ratios = [opensta / point.delay_ns for curve in of.values() for point, opensta in curve]
        console().print(
            f"OpenSTA / ABC, wires {wires}: mean {sum(ratios) / len(ratios):.4f}, "
            f"least {min(ratios):.4f}, greatest {max(ratios):.4f}, {len(ratios)} points"
        )


if __name__ == "__main__":
    answered(main)
