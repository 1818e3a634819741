"""What is made of the runs: tables, result files and the plot.

Shapes: ``O`` orders of the nodes, ``T`` delay targets.
"""

import csv
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from circuitvae.archive import Result
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.report.figure import save_figure
from circuitvae.search.objective import Objective
from circuitvae.search.optimizer import Problem
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import Task, points_array
from experiments.sample_efficiency.config import Config
from experiments.sample_efficiency.measure import (
    Key,
    Run,
    Runs,
    dense_targets,
    geometric_mean,
    interval,
    ratios,
)
from synthesis.errors import UserError
from synthesis.recipes import reordered
from synthesis.workers import SynthesisPool

_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#E69F00", "#CC79A7", "#56B4E9")
"""Okabe and Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/."""


def read_runs(folder: Path, config: Config) -> tuple[dict[Key, list[Run]], dict[int, RunFolder]]:
    """Every run that has results, by task and method, our method first; one folder of each width.

    Raises:
        UserError: There is none, or runs of one width differ in flow.
    """
    runs: dict[Key, list[Run]] = {}
    widths: dict[int, RunFolder] = {}
    for file in sorted(folder.glob("*/run.json")):
        run_folder = RunFolder.open(file.parent)
        if results := run_folder.results():
            task, settings = run_folder.record["task"], run_folder.record["settings"]
            first = widths.setdefault(task["width"], run_folder)
            if task["flow_digest"] != first.record["task"]["flow_digest"]:
                raise UserError(
                    f"{file.parent}: expected the flow of {first.path}, found another library, "
                    "targets, recipe or ABC; move one of them away"
                )
            key = Key(task["width"], settings["delay_weight"], settings["optimizer"])
            run = measured(
                results,
                run_folder.objective(),
                settings["seed"],
                outside_synthesis_s(file.parent),
                config.finalists,
            )
            runs.setdefault(key, []).append(run)
    if not runs:
        raise UserError(f"{folder}: expected folders of runs, found none; make some with `run`")
    order = sorted(runs, key=lambda key: (*key[:2], key.method != config.ours, key.method))
    return {key: runs[key] for key in order}, widths


def problem_of(folder: RunFolder) -> Problem:
    """What the method of a run was given."""
    settings = folder.record["settings"]
    task = Task.of_record(folder.record["task"])
    return Problem(task, folder.objective(), settings["budget"], settings["seed"])


def outside_synthesis_s(folder: Path) -> float:
    """Seconds of a run in which no design was synthesised; NaN if its log does not say.

    Time between a stop and the resumption is left out; what a stop cut off of a batch counts.
    """
    file = folder / "diagnostics.jsonl"
    rounds = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    if not rounds or any("synthesis_s" not in each for each in rounds):
        return float("nan")
    return rounds[-1]["seconds"] - sum(each["synthesis_s"] for each in rounds)


def measured(
    results: Sequence[Result],
    objective: Objective,
    seed: int,
    outside_s: float,
    finalists: int,
) -> Run:
    """What a run's archive says; a design that failed costs infinitely much."""
    costs = np.array(
        [
            np.inf
            if result.curve is None
            else objective.costs(points_array([result.curve])[0], objective.nominal_weight)
            for result in results
        ]
    )
    seconds = np.array([result.seconds for result in results])
    order = np.argsort(costs, kind="stable")
    return Run(
        seed,
        np.minimum.accumulate(costs),
        seconds,
        outside_s,
        tuple(results[row].graph for row in order[:finalists] if np.isfinite(costs[row])),
    )


def over_orders(
    task: Task, graphs: Iterable[PrefixGraph], orders: int
) -> dict[PrefixGraph, Float[np.ndarray, "O T 2"]]:
    """Curves (delay_ns, area_um2) of each design, its netlist's nodes in several orders."""
    with SynthesisPool(task.flow, os.cpu_count() or 1) as pool:
        futures = {
            graph: [pool.submit(reordered(task.netlist(graph), order)) for order in range(orders)]
            for graph in graphs
        }
        return {
            graph: points_array([future.result() for future in some])
            for graph, some in futures.items()
        }


class Rescored(NamedTuple):
    """A run's best designs, their costs means over orders of the nodes.

    Attributes:
        found: Cost of the design that was best as found.
        final: The best of the finalists.
        cost: Its cost.
        dense: The same at dense targets.
    """

    found: float
    final: PrefixGraph
    cost: float
    dense: float


def rescore(
    config: Config, runs: Runs, widths: Mapping[int, RunFolder]
) -> dict[Key, list[Rescored]]:
    """Re-scores every run's finalists at their own targets, the best of them at dense ones."""
    scores: dict[Key, list[Rescored]] = {}
    for width, folder in widths.items():
        task, objective = Task.of_record(folder.record["task"]), folder.objective()
        targets_ns = dense_targets(task.flow.targets_ns, config.dense_targets)
        dense_task = replace(task, flow=replace(task.flow, targets_ns=targets_ns))
        own_runs = [(key, run) for key, some in runs.items() if key.width == width for run in some]
        own = over_orders(
            task, {graph for _, run in own_runs for graph in run.finalists}, config.orders
        )
        finals, costs = [], []
        for key, run in own_runs:
            curves = np.stack([own[graph].mean(axis=0) for graph in run.finalists])
            costs.append(objective.costs(curves, key.delay_weight))
            finals.append(run.finalists[int(costs[-1].argmin())])
        dense = over_orders(dense_task, set(finals), config.orders)
        for (key, _), final, cost in zip(own_runs, finals, costs, strict=True):
            dense_cost = float(objective.costs(dense[final].mean(axis=0), key.delay_weight))
            one = Rescored(float(cost[0]), final, float(cost.min()), dense_cost)
            scores.setdefault(key, []).append(one)
    return scores


def write_csv(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Writes a table of results, its columns named by the first row.

    Raises:
        UserError: There is none; what the file held stays.
    """
    rows = list(rows)
    if not rows:
        raise UserError(f"{path}: expected results to write, found none; run the experiment first")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def curve_rows(runs: Runs) -> Iterable[dict[str, object]]:
    """Best cost by designs: a row for each improvement and the last design of each run."""
    for key, some in runs.items():
        for run in some:
            improved = np.diff(run.best, prepend=np.inf) < 0
            improved[-1] = True
            for index in np.flatnonzero(improved):
                yield key._asdict() | {
                    "seed": run.seed,
                    "designs": index + 1,
                    "seconds": f"{run.seconds[index]:.1f}",
                    "best_cost": f"{run.best[index]:.6f}",
                }


def final_rows(
    runs: Runs, rescored: Mapping[Key, Sequence[Rescored]]
) -> Iterable[dict[str, object]]:
    """The end of each run."""
    for key, some in runs.items():
        for run, one in zip(some, rescored[key], strict=True):
            yield key._asdict() | {
                "seed": run.seed,
                "designs": run.designs,
                "seconds": f"{run.seconds[-1]:.1f}",
                "outside_synthesis_s": f"{run.outside_s:.1f}",
                "best_cost": f"{run.best[-1]:.6f}",
                "its_mean_of_orders": f"{one.found:.6f}",
                "final": one.final.digest,
                "mean_of_orders": f"{one.cost:.6f}",
                "dense_targets": f"{one.dense:.6f}",
            }


def markdown(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def best_cell(runs: Sequence[Run], designs: int) -> str:
    """Median [least, greatest] best cost after so many designs; marked where a run is shorter."""
    best = [run.best_at(designs) for run in runs]
    shortest = min(run.designs for run in runs)
    mark = f" at {shortest:,}" if shortest < designs else ""
    return f"{np.median(best):.4f} [{min(best):.4f}, {max(best):.4f}]{mark}"


def cost_table(runs: Runs, counts: Sequence[int]) -> str:
    """Best cost by designs, and seconds, of each method and task."""
    return markdown(
        [
            *("width", "weight", "method", "designs of each seed"),
            *(f"best at {count:,}" for count in counts),
            *("seconds", "outside synthesis"),
        ],
        [
            [
                *key,
                ", ".join(f"{run.seed}: {run.designs:,}" for run in some),
                *(best_cell(some, count) for count in counts),
                f"{np.median([run.seconds[-1] for run in some]):,.0f}",
                f"{np.median([run.outside_s for run in some]):,.0f}",
            ]
            for key, some in runs.items()
        ],
    )


def ratio_table(runs: Runs, config: Config) -> str:
    """Designs we need for each rival's final best."""
    rivals = [rival for group in config.rivals for rival in group]
    return markdown(
        ["width", "weight", "rival", "its final best", "its designs", f"{config.ours}'s", "ratio"],
        [
            [
                *key,
                f"{one.cost:.4f}",
                f"{one.rival_designs:,.0f}",
                f"{'' if one.reached else '>'}{one.needed:,.0f}",
                f"{'' if one.reached else '>'}{one.value:.3f}",
            ]
            for key, one in ratios(runs, config.ours, rivals).items()
        ],
    )


def mean_table(runs: Runs, config: Config) -> str:
    """Geometric means of the ratios over tasks and each group of rivals, with intervals."""
    rows = []
    for rivals in config.rivals:
        if found := ratios(runs, config.ours, rivals):
            low, high = interval(runs, config.ours, rivals, config.resamples)
            mark = "" if all(one.reached for one in found.values()) else ">"
            mean = f"{mark}{geometric_mean(found):.3f}"
            rows.append([", ".join(rivals), len(found), mean, f"{low:.3f} to {high:.3f}"])
    return markdown(["rivals", "ratios", "geometric mean", "95 % interval"], rows)


def final_table(runs: Runs, rescored: Mapping[Key, Sequence[Rescored]]) -> str:
    """Median costs of the best as found and of the final designs."""
    return markdown(
        ["width", "weight", "method", "as found", "over orders", "final over orders", "dense"],
        [
            [
                *key,
                f"{np.median([run.best[-1] for run in some]):.4f}",
                *(
                    f"{np.median([getattr(one, name) for one in rescored[key]]):.4f}"
                    for name in ("found", "cost", "dense")
                ),
            ]
            for key, some in runs.items()
        ],
    )


def plot_curves(runs: Runs, *paths: Path) -> None:
    """Draws best cost against designs, a panel a task: medians over seeds, bands to the extremes.

    The first twentieth of the longest run is left out.
    """
    tasks = list(dict.fromkeys(key[:2] for key in runs))
    colours = dict(zip(dict.fromkeys(key.method for key in runs), cycle(_COLOURS), strict=False))
    first = 1 + max(run.designs for some in runs.values() for run in some) // 20
    rows, columns = -(-len(tasks) // 3), min(len(tasks), 3)
    figure = Figure(figsize=(3.2 * columns + 1.6, 2.6 * rows), layout="constrained")
    panels = [figure.add_subplot(rows, columns, 1 + index) for index in range(len(tasks))]
    for axes, task in zip(panels, tasks, strict=True):
        axes.set(title=f"{task[0]} bit, delay weight {task[1]}", xlabel="designs", xscale="log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.spines[["top", "right"]].set_visible(False)
        for method, colour in colours.items():
            if some := runs.get(Key(*task, method)):
                end = max(run.designs for run in some)
                designs = np.unique(np.geomspace(min(first, end), end, 60).astype(int))
                best = np.array([[run.best_at(count) for count in designs] for run in some])
                bounds = best.min(axis=0), best.max(axis=0)
                axes.fill_between(designs, *bounds, alpha=0.15, color=colour, linewidth=0)
                axes.plot(designs, np.median(best, axis=0), color=colour, label=method)
    for axes in panels[::columns]:
        axes.set_ylabel("best cost")
    handles = dict(
        pair[::-1]
        for axes in panels
        for pair in zip(*axes.get_legend_handles_labels(), strict=True)
    )
    figure.legend(handles.values(), handles, loc="outside right upper", frameon=False)
    save_figure(figure, *paths)
