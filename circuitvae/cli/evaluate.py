"""``circuitvae evaluate``: what designs cost in a flow."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from circuitvae.circuits.adder import Adder
from circuitvae.cli import options
from circuitvae.designs import Design, resolve
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.report.front import describe
from circuitvae.report.signoff import (
    place_netlists,
    sign_off,
    sized_netlists,
    table_cells,
    table_headings,
)
from circuitvae.search.task import Task
from synthesis import opensta, tools
from synthesis.flow import Point
from synthesis.orfs import Platform, read_platform
from synthesis.recipes import Effort
from synthesis.wires import Wires
from synthesis.workers import SynthesisPool

DesignsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="DESIGN...",
        help="sklansky:32 and the like; a JSON, cell map or prefix-adder Verilog file; RUN@best, "
        "RUN@fastest, RUN@smallest or RUN@DIGEST.",
    ),
]


def evaluate(
    designs: DesignsArgument,
    library: options.LibraryOption = ["generic45"],  # noqa: B006
    targets: options.TargetsOption = None,
    effort: options.EffortOption = Effort.FAST,
    timing: options.TimingOption = None,
    wires: options.WiresOption = Wires.NONE,
    carry_in: options.CarryInOption = False,
    carry_out: options.CarryOutOption = True,
    legalize: Annotated[
        bool, typer.Option("--legalize", help="Add the cells that an illegal cell map lacks.")
    ] = False,
    workers: options.WorkersOption = None,
    signoff: Annotated[
        bool,
        typer.Option(
            "--signoff",
            help="Also give OpenSTA's delay and power of each sized netlist, power at "
            f"{opensta.TRANSITIONS_PER_NS:g} transitions per input and ns.",
        ),
    ] = False,
    place: Annotated[
        Path | None,
        typer.Option(
            metavar="PLATFORM_FOLDER",
            help="Also give delay, area and power after OpenROAD placed, buffered and sized each "
            "netlist, in a process that OpenROAD-flow-scripts describes, as in "
            "flow/platforms/nangate45. Not yet run against the real OpenROAD.",
        ),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Synthesise designs and print their area-delay curves."""
    if signoff:
        tools.require_opensta()
    if place:
        tools.require_openroad()
    platform = read_platform(place) if place else None
    circuit = Adder(carry_in, carry_out)
    found = [resolve(name, circuit=circuit, legalize=legalize) for name in designs]
    cells, io_timing = options.cell_library(library), options.io_timing(timing)
    workers = workers or os.cpu_count() or 1
    curves: dict[int, tuple[Point, ...]] = {}
    beside: dict[int, list[dict[str, float]]] = {}
    for conditions in dict.fromkeys((d.graph.width, d.circuit) for d in found):
        task = options.make_task(*conditions, cells, targets, effort, io_timing, wires)
        members = [i for i, d in enumerate(found) if (d.graph.width, d.circuit) == conditions]
        several = synthesise(task, [found[i] for i in members], workers)
        curves |= dict(zip(members, several, strict=True))
        if signoff or platform:
            graphs = [found[i].graph for i in members]
            others = _by_other_tools(task, graphs, signoff, platform, workers)
            beside |= dict(zip(members, others, strict=True))
    if as_json:
        rows = [
            describe(d.name, d.graph, curves[i], beside.get(i, ())) for i, d in enumerate(found)
        ]
        print(json.dumps(rows, indent=2))
        return
    headings = ["size", "depth", "fan-out", "target ns", "delay ns", "area um2"]
    name = Column("design", overflow="fold")
    table = Table(name, *headings, *table_headings(beside[0][0] if beside else {}))
    for index, design in enumerate(found):
        graph = design.graph
        about = [design.name, str(graph.size), str(graph.depth), str(graph.max_fanout)]
        for number, point in enumerate(curves[index]):
            values = [f"{point.target_ns:.3f}", f"{point.delay_ns:.4f}", f"{point.area_um2:.2f}"]
            if beside:
                values += table_cells(beside[index][number])
            table.add_row(*about, *values)
            about = [""] * 4
        table.add_section()
    options.console().print(table)


def synthesise(task: Task, designs: Sequence[Design], workers: int) -> list[tuple[Point, ...]]:
    """Curves of designs under a task."""
    with SynthesisPool(task.flow, workers) as pool:
        futures = [pool.submit(task.netlist(design.graph)) for design in designs]
        return [future.result() for future in futures]


def _by_other_tools(
    task: Task,
    graphs: Sequence[PrefixGraph],
    signoff: bool,
    platform: Platform | None,
    workers: int,
) -> list[list[dict[str, float]]]:
    """What OpenSTA and OpenROAD, where asked for, say of designs at each target."""
    found = []
    for graph, netlists in zip(graphs, sized_netlists(task, graphs), strict=True):
        said = []
        if signoff:
            said.append(sign_off(task, [(graph, verilog) for verilog in netlists], workers))
        if platform:
            said.append(place_netlists(task, graph, netlists, platform, workers))
        found.append(
            [
                {key: value for one in several for key, value in one.items()}
                for several in zip(*said, strict=True)
            ]
        )
    return found
