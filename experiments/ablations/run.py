"""Takes parts out of CircuitVAE and looks what is lost.

``python -m experiments.ablations.run run`` searches into run folders in ``results/``;
``... report`` compares what is there, finished or not, and writes ``results/ablations.csv``;
``... moves`` compares what descent and random moves decode to, without synthesis.
"""

from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import typer

from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import points_array
from experiments.ablations.config import Config
from experiments.ablations.moves import KINDS, compare
from experiments.sample_efficiency.report import markdown, write_csv
from experiments.sample_efficiency.run import Planned, search_all

RESULTS = Path(__file__).parent / "results"


class Scores(NamedTuple):
    """What a run found within the budget.

    Attributes:
        best: Least cost.
        mean_of_best: Mean cost of its best few designs.
    """

    best: float
    mean_of_best: float


def scores(folder: RunFolder, config: Config) -> Scores | None:
    """Of a run; None if it is shorter than the budget."""
    results = folder.results()[: config.budget]
    if len(results) < config.budget:
        return None
    curves = points_array([result.curve for result in results if result.curve is not None])
    objective = folder.objective()
    costs = np.sort(objective.costs(curves, objective.nominal_weight))
    return Scores(float(costs[0]), float(costs[: config.best].mean()))


Found = dict[tuple[float, str], dict[int, Scores]]
"""Scores by delay weight and method, then seed."""


def read(out: Path, config: Config) -> Found:
    """All runs of the experiment's width that are long enough."""
    found: Found = {}
    for file in sorted(out.glob("*/run.json")):
        folder = RunFolder.open(file.parent)
        settings = folder.record["settings"]
        if folder.record["task"]["width"] == config.width and (one := scores(folder, config)):
            runs = found.setdefault((settings["delay_weight"], settings["optimizer"]), {})
            runs[settings["seed"]] = one
    return found


def short(method: str) -> str:
    """A method's name without its module."""
    return method.rpartition(":")[2]


def score_rows(found: Found) -> Iterable[dict[str, object]]:
    """A row for each run."""
    for (weight, method), runs in sorted(found.items()):
        for seed, one in sorted(runs.items()):
            yield {
                "delay_weight": weight,
                "method": short(method),
                "seed": seed,
                "best_cost": f"{one.best:.6f}",
                "mean_of_best": f"{one.mean_of_best:.6f}",
            }


def difference_rows(found: Found, config: Config) -> Iterable[list[str]]:
    """Each variant against what it is a variant of, seed by seed; above 0: the part helps."""
    pairs = [(config.whole, variant) for variant in config.variants]
    for weight, (whole, variant) in product(config.delay_weights, [*pairs, *config.pairs]):
        first, second = found.get((weight, whole), {}), found.get((weight, variant), {})
        if not (seeds := sorted(first.keys() & second.keys())):
            continue
        with_part = np.array([first[seed] for seed in seeds])
        without = np.array([second[seed] for seed in seeds])
        cells = []
        for lost in (without - with_part).T:
            error = lost.std(ddof=1) / np.sqrt(len(lost)) if len(lost) > 1 else np.nan
            cells += [f"{lost.mean():+.4f} ± {error:.4f}", f"{(lost > 0).sum()} of {len(lost)}"]
        medians = [f"{np.median(each[:, 0]):.4f}" for each in (with_part, without)]
        yield [str(weight), short(whole), short(variant), *medians, *cells]


app = typer.Typer()


@app.command()
def run(
    weight: list[float] = typer.Option([], help="All of the configuration by default."),  # noqa: B008
    method: list[str] = typer.Option([], help="Likewise; class names will do."),  # noqa: B008
    seed: list[int] = typer.Option([], help="Likewise."),  # noqa: B008
    processes: int = typer.Option(1, min=1, help="Runs side by side."),
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Searches every run that is not finished yet."""
    config = Config()
    methods = [
        name
        for name in (config.whole, *config.variants)
        if not method or name in method or short(name) in method
    ]
    planned = [
        Planned(config.width, delay_weight, name, number, config.budget)
        for number, delay_weight, name in product(
            seed or config.seeds, weight or config.delay_weights, methods
        )
    ]
    search_all(planned, config.library, config.targets, out, processes)


@app.command()
def report(
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Prints what each part adds, and writes ``ablations.csv``."""
    config = Config()
    found = read(out, config)
    write_csv(out / "ablations.csv", score_rows(found))
    headings = ["weight", "with", "without", "median best, with", "without"]
    headings += ["lost, best ± s.e.", "seeds", f"lost, mean of {config.best} best", "seeds"]
    print(markdown(headings, difference_rows(found, config)))


@app.command()
def moves(
    folders: list[Path] = typer.Argument(..., help="Folders of whole runs."),  # noqa: B008
) -> None:
    """Compares what descent and random moves decode to; writes ``results/moves.csv``."""
    config = Config()
    rows = [row for path in folders for row in compare(path, config.firsts, config.draws)]
    write_csv(RESULTS / "moves.csv", rows)
    figures = [name for name in rows[0] if name not in ("run", "first", "moves", "draw")]
    table = []
    for first, kind in product(config.firsts, KINDS):
        some = [row for row in rows if (row["first"], row["moves"]) == (first, kind)]
        means = [np.mean([float(str(row[name])) for row in some]) for name in figures]
        table.append([first, kind, *(f"{mean:.4g}" for mean in means)])
    print(markdown(["designs told", "moves", *figures], table))


if __name__ == "__main__":
    app()
