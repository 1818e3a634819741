"""The end of a run: its front proved and written, plots, and the table a person reads."""

import numpy as np
from rich.console import Console
from rich.table import Table

from circuitvae.prefix.classical import classical_adders
from circuitvae.report.comparison import area_saved, compare_points
from circuitvae.report.diagram import draw_graph
from circuitvae.report.front import (
    FrontPoint,
    classical_points,
    design_names,
    front_json,
    front_of,
    front_values,
    prove_and_write,
)
from circuitvae.report.pareto import plot_pareto
from circuitvae.report.signoff import sign_off_front, table_cells, table_headings
from circuitvae.search.driver import Outcome, SearchSettings
from circuitvae.search.run_folder import RunFolder, write_atomically
from circuitvae.search.task import Task, points_array
from synthesis import tools
from synthesis.errors import ToolError


def finish(
    task: Task, settings: SearchSettings, folder: RunFolder, outcome: Outcome, console: Console
) -> None:
    """Proves and writes the front of a run, draws it, and prints it beside the classical adders.

    OpenSTA's numbers stand beside ABC's where it is installed; where it fails, the rest is kept.

    Raises:
        ToolError: A proof failed; nothing unproved is written.
    """
    front = front_of(outcome.results)
    names = design_names(front, task.width)
    with console.status(f"proving {len(names)} designs and the netlists behind their points"):
        paths = prove_and_write(task, front, folder.front, folder.notes, settings.workers)
    signed = _sign_off(task, settings, folder, front, console)
    write_atomically(folder.path / "front.json", front_json(front, names, paths, signed))

    classical = classical_points(outcome.results, task.width)
    curves = [result.curve for result in outcome.results if result.curve is not None]
    plot_pareto(
        front_values(front),
        {name: classical[name] for name in _PLOTTED if name in classical},
        points_array(curves).reshape(-1, 2),
        f"{task.width}-bit adders, {task.flow.library.name}, {len(outcome.results)} designs",
        folder.path / "pareto.svg",
        folder.path / "pareto.png",
    )
    best = outcome.best().graph
    draw_graph(best, folder.path / "best.svg", folder.path / "best.png")

    found = Table(
        *("design", "delay ns", "area um2"),
        *table_headings(next(iter(signed.values()), {})),
        *("size", "depth", "fan-out"),
        title="The front found",
    )
    for point in front:
        graph = point.graph
        found.add_row(
            names[graph],
            f"{point.point.delay_ns:.4f}",
            f"{point.point.area_um2:.2f}",
            *table_cells(signed.get(point, {})),
            *(str(value) for value in (graph.size, graph.depth, graph.max_fanout)),
        )
    console.print(found)
    console.print(_classical_table(task, outcome, classical))
    console.print(
        f"Every file in {folder.front}/ is proved equal to a + b, and so is every gate-level "
        f"netlist behind these numbers.\nThe front: {folder.path / 'front.json'}, "
        f"{folder.path / 'pareto.svg'}; the best design drawn: {folder.path / 'best.svg'}",
        highlight=False,
        soft_wrap=True,
    )


def _sign_off(
    task: Task,
    settings: SearchSettings,
    folder: RunFolder,
    front: list[FrontPoint],
    console: Console,
) -> dict[FrontPoint, dict[str, float]]:
    """OpenSTA's numbers of the front; none, and why, where it is missing or fails."""
    try:
        signed = sign_off_front(task, front, settings.workers)
        versions = folder.record["versions"] | {"opensta": tools.opensta_version()}
    except ToolError as error:
        console.print(f"Sign-off left out: {error}", markup=False, soft_wrap=True)
        return {}
    folder.update(folder.record | {"versions": versions})
    return signed


_PLOTTED = (
    "sklansky",
    "kogge-stone",
    "brent-kung",
    "han-carlson",
    "ladner-fischer-0",
    "ladner-fischer-1",
)
"""Classical adders that the plot shows; the table shows all. Ripple lies far to the right."""


def _classical_table(task: Task, outcome: Outcome, classical: dict) -> Table:
    """Each classical adder's curve, and what the designs found do to its points."""
    graphs = classical_adders(task.width)
    found_front = front_values(
        front_of([r for r in outcome.results if r.graph not in set(graphs.values())])
    )
    weight = outcome.objective.delay_weight
    table = Table(
        *("classical adder", "size", "depth", "fan-out", "fastest: ns, um2", "smallest: ns, um2"),
        *(["cost"] if weight is not None else []),
        *("area saved", "dominated / equalled / ahead"),
        title="Classical adders in the same flow: area the designs found save at no more delay",
    )
    totals = [0, 0, 0]
    for name, points in classical.items():
        graph = graphs[name]
        fastest, smallest = points[points[:, 0].argmin()], points[points[:, 1].argmin()]
        counts = compare_points(points, found_front)
        saved = area_saved(points, found_front)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        cost = [] if weight is None else [f"{outcome.objective.costs(points, weight):.4f}"]
        table.add_row(
            name,
            *(str(value) for value in (graph.size, graph.depth, graph.max_fanout)),
            f"{fastest[0]:.3f}, {fastest[1]:.1f}",
            f"{smallest[0]:.3f}, {smallest[1]:.1f}",
            *cost,
            f"{saved.min():.1%}..{saved.max():.1%}" if np.isfinite(saved).all() else "-",
            " / ".join(str(count) for count in counts),
        )
    table.add_section()
    best: list[str] = []
    if weight is not None:
        found = len(found_front) > 0
        best = [f"{outcome.objective.costs(found_front, weight):.4f}" if found else "-"]
    table.add_row("designs found", *[""] * 5, *best, "", " / ".join(str(total) for total in totals))
    return table
