"""One search for the whole front against searches at one delay weight each.

``python -m experiments.front.run run`` searches into run folders in ``results/``; ``... report``
prints hypervolumes and writes ``results/front.csv``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import typer

from circuitvae.archive import Result
from circuitvae.cli import answered
from circuitvae.search.pareto import hypervolume, pareto_front
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import points_array
from experiments.front.config import Config
from experiments.sample_efficiency.report import markdown, write_csv
from experiments.sample_efficiency.run import Planned, search_all

RESULTS = Path(__file__).parent / "results"


def planned(config: Config, seed: int) -> list[Planned]:
    """The search for the front, then those at one weight."""
    return [
        Planned(config.width, weight, config.method, seed, config.budget)
        for weight in (None, *config.delay_weights)
    ]


def volume(results: Sequence[Result], reference: tuple[float, float]) -> float:
    """Hypervolume of all points of some designs."""
    curves = points_array([result.curve for result in results if result.curve is not None])
    points = curves.reshape(-1, 2)
    return hypervolume(points[pareto_front(points)], reference)


def row(out: Path, config: Config, seed: int) -> dict[str, object] | None:
    """Hypervolumes by a seed's searches; None if one of them is not finished."""
    runs = planned(config, seed)
    if not all(run.finished(out / run.name) for run in runs):
        return None
    folders = [RunFolder.open(out / run.name) for run in runs]
    reference = folders[0].objective().reference_point
    found = [folder.results()[: config.budget] for folder in folders]
    share = config.budget // len(config.delay_weights)
    one = volume(found[0], reference)
    quarter = volume([result for results in found[1:] for result in results[:share]], reference)
    each = volume([result for results in found[1:] for result in results], reference)
    return {
        "seed": seed,
        "front": f"{one:.4f}",
        "weights_budget_shared": f"{quarter:.4f}",
        "weights_budget_each": f"{each:.4f}",
        "front_over_shared": f"{one / quarter:.4f}",
        "front_over_each": f"{one / each:.4f}",
    }


app = typer.Typer()


@app.command()
def run(
    seed: list[int] = typer.Option([], help="All of the configuration by default."),  # noqa: B008
    processes: int = typer.Option(1, min=1, help="Runs side by side."),
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Searches every run that is not finished yet."""
    config = Config()
    runs = [one for number in seed or config.seeds for one in planned(config, number)]
    search_all(runs, config.library, config.targets, out, processes)


@app.command()
def report(
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Prints a row for each seed that is finished, and medians."""
    config = Config()
    rows = [one for seed in config.seeds if (one := row(out, config, seed))]
    if not rows:
        raise typer.BadParameter(f"{out}: expected all runs of a seed finished; make them by `run`")
    write_csv(out / "front.csv", rows)
    medians = np.median([[float(str(value)) for value in one.values()] for one in rows], axis=0)
    table = [[*one.values()] for one in rows] + [["median", *(f"{x:.4f}" for x in medians[1:])]]
    print(markdown(list(rows[0]), table))


if __name__ == "__main__":
    answered(app)
