"""Lets the screen learn from the first designs of a run and order the next, and compares.

``python -m experiments.ranking.run FOLDER ...``, each the folder of a search at one delay weight,
prints a table and writes ``results/ranking.csv``.

Shapes: ``B`` designs, ``O`` orders of the nodes, ``T`` delay targets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import typer
from jaxtyping import Float
from scipy.stats import spearmanr

from circuitvae.archive import Result
from circuitvae.search.objective import Objective
from circuitvae.search.optimizer import Problem
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.screen import Screen
from circuitvae.search.task import Task, points_array
from experiments.ranking.config import Config
from experiments.sample_efficiency.measure import dense_targets
from experiments.sample_efficiency.report import markdown, over_orders, problem_of, write_csv
from synthesis.errors import UserError

RESULTS = Path(__file__).parent / "results"


def order_quality(
    guess: Float[np.ndarray, " B"], true: Float[np.ndarray, " B"], config: Config
) -> dict[str, float]:
    """Spearman's rho over all and within the truly best, and the overlap of the two tops."""
    best = np.argsort(true, kind="stable")[: max(round(config.elite * len(true)), 2)]
    top = max(round(config.top * len(true)), 1)
    tops = [set(np.argsort(values, kind="stable")[:top].tolist()) for values in (guess, true)]
    return {
        "spearman": float(spearmanr(guess, true).statistic),
        "elite_spearman": float(spearmanr(guess[best], true[best]).statistic),
        "precision": len(tops[0] & tops[1]) / top,
    }


def guesses(
    problem: Problem, first: Sequence[Result], following: Sequence[Result]
) -> dict[str, Float[np.ndarray, " B"]]:
    """Costs of the following designs by engine, estimate, and the screen told of the first."""
    screen = Screen(problem)
    grids = np.array([result.graph.grid for result in [*first, *following]])
    points = screen.points(grids)
    curves = points_array([result.curve for result in first if result.curve is not None])
    costs = problem.objective.costs(curves, problem.objective.nominal_weight)[:, None]
    count = len(first)
    screen.learn(grids[:count], points[:count], costs)
    predicted, _ = screen.predict(grids[count:], points[count:])
    estimate = screen.costs(points[count:])[:, 0]
    engine = screen.engine_costs(grids[count:], 0)
    return {"engine": engine, "estimate": estimate, "screen": predicted[:, 0]}


def labels(
    task: Task, objective: Objective, following: Sequence[Result], config: Config
) -> dict[str, Float[np.ndarray, " B"]]:
    """Costs by the run itself, at dense targets in one order, and there by even and odd orders."""

    def costs(points: Float[np.ndarray, "B T 2"]) -> Float[np.ndarray, " B"]:
        return objective.costs(points, objective.nominal_weight)

    dense_ns = dense_targets(task.flow.targets_ns, config.targets)
    dense = replace(task, flow=replace(task.flow, targets_ns=dense_ns))
    graphs = [result.graph for result in following]
    by_order = over_orders(dense, graphs, config.orders)
    points = np.stack([by_order[graph] for graph in graphs])
    return {
        "as found": costs(points_array([result.curve for result in following if result.curve])),
        "dense": costs(points[:, 0]),
        "dense, all orders": costs(points.mean(axis=1)),
        "dense, even orders": costs(points[:, ::2].mean(axis=1)),
        "dense, odd orders": costs(points[:, 1::2].mean(axis=1)),
    }


def measure(path: Path, config: Config) -> Iterable[dict[str, object]]:
    """Rows for each number of first designs that the run is long enough for.

    Raises:
        UserError: It searched for the whole front.
    """
    folder = RunFolder.open(path)
    if folder.record["settings"]["delay_weight"] is None:
        raise UserError(
            f"{path}: expected a search at one delay weight, found one for the whole front"
        )
    problem = problem_of(folder)
    results = [result for result in folder.results() if result.curve is not None]
    for count in config.firsts:
        following = results[count : count + config.following]
        if len(following) < config.following:
            continue
        true = labels(problem.task, problem.objective, following, config)
        guessed = guesses(problem, results[:count], following)
        pairs = [
            *((guess, label) for guess in guessed for label in list(true)[:3]),
            ("dense, odd orders", "dense, even orders"),
            ("dense, odd orders", "dense"),
        ]
        for guess, label in pairs:
            quality = order_quality({**guessed, **true}[guess], true[label], config)
            yield {
                "run": path.name,
                "first": count,
                "guess": guess,
                "label": label,
                **{name: f"{value:.3f}" for name, value in quality.items()},
            }


def main(folders: list[Path]) -> None:
    """Measures every run named, as far as it is long enough."""
    config = Config()
    rows = [row for path in folders for row in measure(path, config)]
    if not rows:
        least = min(config.firsts) + config.following
        raise typer.BadParameter(f"expected runs of {least} designs or more, found none")
    RESULTS.mkdir(exist_ok=True)
    write_csv(RESULTS / "ranking.csv", rows)
    print(markdown(list(rows[0]), [list(row.values()) for row in rows]))


if __name__ == "__main__":
    typer.run(main)
