"""What OpenSTA and OpenROAD say of the sized netlists behind ABC's curves."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from circuitvae.prefix.graph import PrefixGraph
from circuitvae.report.front import FrontPoint
from circuitvae.search.task import Task
from synthesis import openroad, opensta, tools
from synthesis.flow import Synthesizer
from synthesis.orfs import Platform

COLUMNS = {
    "signoff_delay_ns": ("OpenSTA ns", ".4f"),
    "signoff_power_uw": ("power uW", ".2f"),
    "placed_delay_ns": ("placed ns", ".4f"),
    "placed_area_um2": ("placed um2", ".2f"),
    "placed_power_uw": ("placed uW", ".2f"),
}
"""Heading and format, in tables, of the keys that a point may have beside ABC's."""


def table_headings(values: Mapping[str, float]) -> list[str]:
    """Headings of the columns that :func:`table_cells` fills."""
    return [COLUMNS[key][0] for key in values]


def table_cells(values: Mapping[str, float]) -> list[str]:
    """Cells of a table's row, one for each key."""
    return [f"{value:{COLUMNS[key][1]}}" for key, value in values.items()]


def sized_netlists(task: Task, graphs: Sequence[PrefixGraph]) -> list[tuple[str, ...]]:
    """Sized netlists of designs as Verilog, for each design one at each target.

    Raises:
        ToolError: ABC failed.
    """
    synthesizer = Synthesizer(task.flow)
    try:
        return [synthesizer.netlists(task.netlist(graph)) for graph in graphs]
    finally:
        synthesizer.close()


def sign_off(
    task: Task, designs: Sequence[tuple[PrefixGraph, str]], workers: int
) -> list[dict[str, float]]:
    """OpenSTA's delay (ns) and power (uW) of sized netlists, by their keys in JSON.

    Args:
        task: What they were synthesised for; its timing and wires count.
        designs: Each netlist with its design.
        workers: OpenSTA processes at once.

    Raises:
        ToolError: OpenSTA is missing or failed.
    """
    tools.require_opensta()
    flow = task.flow

    def judge(design: tuple[PrefixGraph, str]) -> opensta.SignOff:
        graph, verilog = design
        return opensta.signoff(verilog, flow.library, flow.sdc(task.netlist(graph), verilog))

    with ThreadPoolExecutor(workers) as pool:
        return [
            {"signoff_delay_ns": verdict.delay_ns, "signoff_power_uw": verdict.power_uw}
            for verdict in pool.map(judge, designs)
        ]


def sign_off_front(
    task: Task, front: Sequence[FrontPoint], workers: int
) -> dict[FrontPoint, dict[str, float]]:
    """:func:`sign_off` of the points of a front; other points of its designs are left out.

    Raises:
        ToolError: OpenSTA is missing, or a tool failed.
    """
    tools.require_opensta()
    graphs = list(dict.fromkeys(p.graph for p in front))
    netlists = dict(zip(graphs, sized_netlists(task, graphs), strict=True))
    chosen = [(p.graph, netlists[p.graph][p.curve.index(p.point)]) for p in front]
    return dict(zip(front, sign_off(task, chosen, workers), strict=True))


def place_netlists(
    task: Task, graph: PrefixGraph, netlists: Sequence[str], platform: Platform, workers: int
) -> list[dict[str, float]]:
    """OpenROAD's delay (ns), area (um2) and power (uW) of a design's netlists, by key in JSON.

    Args:
        task: What they were synthesised for.
        graph: The design.
        netlists: One for each target.
        platform: The process they are placed in.
        workers: OpenROAD processes at once.

    Raises:
        ToolError: OpenROAD is missing or failed.
    """
    netlist = task.netlist(graph)

    def judge(verilog: str, target_ns: float) -> openroad.Placement:
        flow = task.flow
        return openroad.place(verilog, netlist, flow.library, platform, target_ns, flow.timing)

    with ThreadPoolExecutor(workers) as pool:
        return [
            {
                "placed_delay_ns": placed.delay_ns,
                "placed_area_um2": placed.area_um2,
                "placed_power_uw": placed.power_uw,
            }
            for placed in pool.map(judge, netlists, task.flow.targets_ns)
        ]
