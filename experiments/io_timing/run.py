"""Compares synthesis that knows the arrival times with one that does not.

``python -m experiments.io_timing.run`` writes ``results/points.csv`` and prints a table.
"""

import csv
from pathlib import Path

from rich.table import Table

from circuitvae.circuits.adder import Adder
from circuitvae.cli import answered
from circuitvae.cli.options import console
from circuitvae.prefix.classical import parse_classical, sklansky
from experiments.io_timing.config import Config
from experiments.io_timing.profiles import profiles
from synthesis.flow import Flow, Synthesizer, default_targets
from synthesis.library import load_library
from synthesis.netlist import Netlist
from synthesis.opensta import signoff

RESULTS = Path(__file__).parent / "results"
HEADER = ("effort", "profile", "design", "way", "target_ns", "opensta_ns", "area_um2")
Point = tuple[float, float, float]
"""Target, OpenSTA's delay under the profile, area."""


def points(flow: Flow, judged_under: Flow, netlist: Netlist) -> list[Point]:
    """What a flow makes of a netlist, its delays by OpenSTA under another flow's conditions."""
    synthesizer = Synthesizer(flow)
    try:
        found = []
        texts = synthesizer.netlists(netlist)
        for point, verilog in zip(synthesizer.curve(netlist), texts, strict=True):
            verdict = signoff(verilog, flow.library, judged_under.sdc(netlist, verilog))
            found.append((point.target_ns, verdict.delay_ns, point.area_um2))
        return found
    finally:
        synthesizer.close()


def dominated(blind: list[Point], aware: list[Point]) -> tuple[int, int, int]:
    """Blind points that an aware one beats in delay at no more area; equalled; ahead."""
    beaten = equalled = 0
    for _, delay, area in blind:
        at_no_more_area = min((d for _, d, a in aware if a <= area), default=float("inf"))
        beaten += at_no_more_area < delay
        equalled += at_no_more_area == delay
    return beaten, equalled, len(blind) - beaten - equalled


def main() -> None:
    """Runs the experiment."""
    config = Config()
    library = load_library(config.library)
    rows: list[tuple[object, ...]] = []
    headings = ["least ns, um2: blind", "aware", "area at the blind's least ns"]
    table = Table(
        *("effort", "profile", "design", *headings, "beaten / equalled / ahead"),
        title=f"OpenSTA, {config.width} bit, {library.name}",
    )
    for effort in config.efforts:
        for profile, timing in profiles(config.width, config.late_ns).items():
            circuit = Adder(carry_in=profile == "carry_in")
            reference = circuit.netlist(sklansky(config.width))
            blind_targets = default_targets(library, reference)
            own_targets = default_targets(library, reference, timing)
            for design in config.designs:
                netlist = circuit.netlist(parse_classical(design, config.width))
                knows = Flow(library, own_targets, effort, timing)
                blind = points(Flow(library, blind_targets, effort), knows, netlist)
                aware = points(knows, knows, netlist)
                for way, found in (("blind", blind), ("aware", aware)):
                    rows += [(effort, profile, design, way, *point) for point in found]
                delay, area = min(point[1:] for point in blind)
                reached = min((p[2] for p in aware if p[1] <= delay), default=float("nan"))
                least = [f"{d:.4f}, {a:.1f}" for d, a in ((delay, area), min(p[1:] for p in aware))]
                counts = " / ".join(map(str, dominated(blind, aware)))
                table.add_row(effort, profile, design, *least, f"{reached / area - 1:+.1%}", counts)
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "points.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
    console().print(table)


if __name__ == "__main__":
    answered(main)
