"""What OpenSTA says of the sized netlists that ABC's curves come from."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from circuitvae.prefix.graph import PrefixGraph
from circuitvae.report.front import FrontPoint
from circuitvae.search.task import Task
from synthesis import opensta, tools
from synthesis.flow import Synthesizer

COLUMNS = {
    "signoff_delay_ns": ("OpenSTA ns", ".4f"),
    "signoff_power_uw": ("power uW", ".2f"),
}
"""Heading and format, in tables, of the keys that a point may have beside ABC's."""


def table_cells(values: Mapping[str, float]) -> list[str]:
    """Cells of a table's row for the keys of :data:`COLUMNS` that are there."""
    return [f"{values[key]:{form}}" for key, (_, form) in COLUMNS.items() if key in values]


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


def sign_off(task: Task, netlists: Sequence[str], workers: int) -> list[dict[str, float]]:
    """OpenSTA's delay (ns) and power (uW) of sized netlists, by their keys in JSON.

    Raises:
        ToolError: OpenSTA is missing or failed.
    """
    tools.require_opensta()
    judge = partial(opensta.signoff, library=task.flow.library)
    with ThreadPoolExecutor(workers) as pool:
        return [
            {"signoff_delay_ns": verdict.delay_ns, "signoff_power_uw": verdict.power_uw}
            for verdict in pool.map(judge, netlists)
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
    chosen = [netlists[p.graph][p.curve.index(p.point)] for p in front]
    return dict(zip(front, sign_off(task, chosen, workers), strict=True))
