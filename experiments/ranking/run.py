"""Lets the screen learn from the first designs of a run and order what is proposed next.

``python -m experiments.ranking.run FOLDER ...``, each the folder of a search at one delay weight,
prints a table and writes ``results/ranking.csv``.

Shapes: ``B`` designs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import typer
from jaxtyping import Float
from scipy.stats import spearmanr

from circuitvae.archive import Result
from circuitvae.cli import answered
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.optimizer import Problem, find_optimizer
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.screen import Screen
from circuitvae.search.screened import Screened
from circuitvae.search.task import points_array
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


def next_proposals(folder: RunFolder, count: int, config: Config) -> list[PrefixGraph]:
    """Designs that a run's method proposes after its first ones; fewer where the run is too short.

    Those that the run synthesised next; where a screen chose these, some of what the method, told
    of the first, proposes to its screen, so that the screen's choice does not narrow what it is to
    order.
    """
    results = valid_results(folder)
    method = find_optimizer(folder.record["settings"]["optimizer"])(problem_of(folder))
    if not isinstance(method, Screened):
        return [result.graph for result in results[count : count + config.following]]
    if len(results) < count:
        return []
    known = results[:count]
    curves = points_array([result.curve for result in known if result.curve is not None])
    method.tell([result.graph for result in known], curves)
    method.ask(method.batch_size)  # So that it makes its pool.
    rng = np.random.default_rng(count)
    grids = method.propose(rng).grids
    picks = rng.choice(len(grids), min(config.following, len(grids)), replace=False)
    return [PrefixGraph(grid) for grid in grids[picks]]


def valid_results(folder: RunFolder) -> list[Result]:
    """Those of the run's designs that were synthesised without failure."""
    return [result for result in folder.results() if result.curve is not None]


def guesses(
    problem: Problem, first: Sequence[Result], following: Sequence[PrefixGraph]
) -> dict[str, Float[np.ndarray, " B"]]:
    """Costs of the following designs by engine, estimate, and the screen told of the first."""
    screen = Screen(problem)
    grids = np.array([*(result.graph.grid for result in first), *(one.grid for one in following)])
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
    problem: Problem, following: Sequence[PrefixGraph], config: Config
) -> dict[str, Float[np.ndarray, " B"]]:
    """Costs at dense targets, means over all orders of the nodes, and over even and odd ones."""
    task, objective = problem.task, problem.objective
    dense_ns = dense_targets(task.flow.targets_ns, config.targets)
    dense = replace(task, flow=replace(task.flow, targets_ns=dense_ns))
    by_order = over_orders(dense, following, config.orders)
    points = np.stack([by_order[graph] for graph in following])
    parts = {"all": points, "even": points[:, ::2], "odd": points[:, 1::2]}
    return {
        f"{name} orders": objective.costs(part.mean(axis=1), objective.nominal_weight)
        for name, part in parts.items()
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
    for count in config.firsts:
        following = next_proposals(folder, count, config)
        if len(following) < config.following:
            continue
        true = labels(problem, following, config)
        guessed = guesses(problem, valid_results(folder)[:count], following)
        pairs = [*((guess, "all orders") for guess in guessed), ("odd orders", "even orders")]
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
        least = min(config.firsts)
        raise typer.BadParameter(
            f"expected runs of {least} designs or more, without a screen of "
            f"{least + config.following}, found none"
        )
    RESULTS.mkdir(exist_ok=True)
    write_csv(RESULTS / "ranking.csv", rows)
    print(markdown(list(rows[0]), [list(row.values()) for row in rows]))


if __name__ == "__main__":
    answered(lambda: typer.run(main))
