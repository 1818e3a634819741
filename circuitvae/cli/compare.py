"""``circuitvae compare``: runs and designs side by side, in one flow."""

import json
import os
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from circuitvae.cli import options
from circuitvae.cli.evaluate import synthesise
from circuitvae.designs import Design, resolve
from circuitvae.prefix.classical import sklansky
from circuitvae.report.front import front_of, front_values
from circuitvae.search.objective import Objective
from circuitvae.search.pareto import hypervolume, pareto_front
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import Task, points_array
from synthesis.errors import UserError


def compare(
    items: Annotated[
        list[str], typer.Argument(metavar="RUN|DESIGN...", help="Run folders and designs.")
    ],
    library: options.LibraryOption = ["generic45"],  # noqa: B006
    plot: Annotated[
        Path | None, typer.Option(help="Draw the fronts into this SVG or PNG file.")
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Compare runs and designs: least delay, least area, best cost, hypervolume.

    Everything is compared in one flow: that of the first run, or, where no run is given, the
    default flow of --library. Runs of another flow are refused.
    """
    runs = [RunFolder.open(Path(item)) for item in items if Path(item).is_dir()]
    designs = [resolve(item) for item in items if not Path(item).is_dir()]
    task = _common_task(runs, designs, library)
    reference = Design("reference", sklansky(task.width), task.circuit)
    curve, *curves = synthesise(task, [reference, *designs], os.cpu_count() or 1)
    weights = {run.record["settings"]["delay_weight"] for run in runs}
    objective = Objective.scaled_by(curve, weights.pop() if len(weights) == 1 else None)

    rows, fronts, everything = [], {}, []
    for run in runs:
        results = [result for result in run.results() if result.curve is not None]
        points = points_array([result.curve for result in results if result.curve is not None])
        everything.append(points.reshape(-1, 2))
        fronts[str(run.path)] = front_values(front_of(results))
        seconds = round(max(result.seconds for result in results), 1)
        rows.append(_row(str(run.path), len(results), seconds, fronts[str(run.path)], objective))
    for design, design_curve in zip(designs, curves, strict=True):
        points = points_array([design_curve])[0]
        fronts[design.name] = points[pareto_front(points)]
        rows.append(_row(design.name, 1, None, fronts[design.name], objective))

    if plot:
        from circuitvae.report.pareto import plot_pareto

        union = np.concatenate(list(fronts.values()))
        history = np.concatenate([*everything, union])
        title = f"{task.width}-bit adders, {task.flow.library.name}"
        plot_pareto(union[pareto_front(union)], fronts, history, title, plot)
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(*(column.replace("_", " ") for column in rows[0]))
    for row in rows:
        table.add_row(*(_show(value) for value in row.values()))
    options.console().print(table)


def _row(
    name: str, designs: int, seconds: float | None, front: np.ndarray, objective: Objective
) -> dict[str, object]:
    return {
        "item": name,
        "designs": designs,
        "seconds": seconds,
        "least_delay_ns": float(front[:, 0].min()),
        "least_area_um2": float(front[:, 1].min()),
        "delay_weight": objective.nominal_weight,
        "best_cost": float(objective.costs(front, objective.nominal_weight)),
        "hypervolume": hypervolume(front, objective.reference_point),
    }


def _show(value: object) -> str:
    return "" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)


def _common_task(runs: list[RunFolder], designs: list[Design], library: list[str]) -> Task:
    if runs:
        task = Task.of_record(runs[0].record["task"])
    else:
        width, circuit = designs[0].graph.width, designs[0].circuit
        task = Task.make(width, circuit, options.cell_library(library))
    for run in runs:
        if run.record["task"] != runs[0].record["task"]:
            raise UserError(
                f"{run.path}: expected a run of the same task as {runs[0].path}, found another "
                "width, carry, library, targets or effort; compare runs of one task"
            )
    for design in designs:
        if (design.graph.width, design.circuit) != (task.width, task.circuit):
            raise UserError(
                f"{design.name}: expected {task.circuit.key} of {task.width} bits like the rest, "
                f"found {design.circuit.key} of {design.graph.width}"
            )
    return task
