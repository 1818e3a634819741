"""Takes parts out of CircuitVAE and looks what is lost.

``python -m experiments.ablations.run run`` searches into run folders in ``results/``;
``... report`` compares what is there, finished or not, and writes ``results/ablations.csv``.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TypeVar

import numpy as np
import typer

from circuitvae.archive import Result
from circuitvae.cli import answered
from circuitvae.search.objective import Objective
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import points_array
from experiments.ablations.config import Config, Task
from experiments.front.run import volume
from experiments.sample_efficiency.report import markdown, write_csv
from experiments.sample_efficiency.run import Planned, search_all

RESULTS = Path(__file__).parent / "results"
Named = TypeVar("Named")


def score(results: Sequence[Result], objective: Objective) -> float:
    """The lower the better: least cost or, of a front, hypervolume with its sign turned."""
    if objective.delay_weight is None:
        return -volume(results, objective.reference_point)
    curves = points_array([result.curve for result in results if result.curve is not None])
    return float(objective.costs(curves, objective.delay_weight).min())


Found = dict[tuple[Task, int, str], dict[int, float]]
"""Scores by task, number of designs and method, then seed."""


def read(out: Path, config: Config) -> Found:
    """What the runs of the experiment's tasks had found after as many designs as they have."""
    found: Found = {}
    for task, method in product(config.tasks, (config.whole, *config.variants)):
        prefix = planned(task, method, 0).name.removesuffix("0")
        for path in sorted(out.glob(f"{prefix}*")):
            folder, seed = RunFolder.open(path), int(path.name.removeprefix(prefix))
            results = folder.results()
            for count in task.counts:
                if len(results) >= count:
                    runs = found.setdefault((task, count, method), {})
                    runs[seed] = score(results[:count], folder.objective())
    return found


def planned(task: Task, method: str, seed: int) -> Planned:
    """A run of a method at a task."""
    return Planned(task.width, task.delay_weight, method, seed, task.counts[-1])


def short(method: str) -> str:
    """A method's name without its module."""
    return method.rpartition(":")[2]


def score_rows(found: Found) -> Iterable[dict[str, object]]:
    """A row for each run."""
    for (task, count, method), runs in found.items():
        for seed, one in runs.items():
            yield {
                "task": task.name,
                "designs": count,
                "method": short(method),
                "seed": seed,
                "score": f"{abs(one):.6f}",
            }


def difference_rows(found: Found, config: Config) -> Iterable[list[str]]:
    """Each variant against what it is a variant of, seed by seed; above 0: the part helps."""
    pairs = [(config.whole, variant) for variant in config.variants]
    counts = [(task, count) for task in config.tasks for count in task.counts]
    for (task, count), (whole, variant) in product(counts, [*pairs, *config.pairs]):
        first, second = (found.get((task, count, name), {}) for name in (whole, variant))
        if not (seeds := sorted(first.keys() & second.keys())):
            continue
        gains = np.array([second[seed] - first[seed] for seed in seeds])
        error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.nan
        yield [
            task.name,
            str(count),
            short(whole),
            short(variant),
            *(", ".join(f"{abs(runs[seed]):.6g}" for seed in seeds) for runs in (first, second)),
            f"{gains.mean():+.3g} ± {error:.2g}",
            f"{(gains > 0).sum()} of {len(gains)}",
        ]


def chosen(asked: Sequence[str], known: Mapping[str, Named]) -> list[Named]:
    """What was asked for by name, or all.

    Raises:
        typer.BadParameter: A name is unknown.
    """
    if unknown := set(asked) - known.keys():
        raise typer.BadParameter(f"expected of {', '.join(known)}, found {', '.join(unknown)}")
    return [known[name] for name in asked or known]


app = typer.Typer()


@app.command()
def run(
    task: list[str] = typer.Option([], help="As 64-front; the configuration's by default."),  # noqa: B008
    method: list[str] = typer.Option([], help="As RandomMoves; likewise."),  # noqa: B008
    seed: list[int] = typer.Option([], help="Likewise."),  # noqa: B008
    processes: int = typer.Option(1, min=1, help="Runs side by side."),
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Searches every run that is not finished yet."""
    config = Config()
    methods = chosen(method, {short(name): name for name in (config.whole, *config.variants)})
    for one in chosen(task, {one.name: one for one in config.tasks}):
        # Seeds outermost, so that all methods have some runs early.
        runs = [planned(one, name, n) for n, name in product(seed or config.seeds, methods)]
        search_all(runs, config.library, one.targets, out, processes)


@app.command()
def report(
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Prints what each part adds, and writes ``ablations.csv``."""
    config = Config()
    found = read(out, config)
    if not found:
        least = min(count for task in config.tasks for count in task.counts)
        raise typer.BadParameter(f"{out}: expected runs of {least} designs or more, found none")
    write_csv(out / "ablations.csv", score_rows(found))
    headings = [
        "task",
        "designs",
        "with",
        "without",
        "scores with",
        "scores without",
        "part gains",
        "seeds",
    ]
    print(markdown(headings, difference_rows(found, config)))


if __name__ == "__main__":
    answered(app)
