"""Searches with and without the designs of another run to start from, and compares.

``python -m experiments.archives.run run`` searches into folders in ``results/``;
``... report`` compares those that are finished and writes ``results/archives.csv``.
"""

import csv
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import typer

from circuitvae.cli import answered
from experiments.ablations.run import chosen
from experiments.archives.config import Config
from experiments.sample_efficiency.report import markdown, write_csv

RESULTS = Path(__file__).parent / "results"

app = typer.Typer()


def search(options: Iterable[str], config: Config, seed: int, folder: Path) -> None:
    """Runs a search, from where it was cut off if it was.

    Raises:
        CalledProcessError: It failed; what it said stands above.
    """
    command = [sys.executable, "-m", "circuitvae", "search", *config.common, *options]
    command += ["--budget", str(config.counts[-1]), "--seed", str(seed), "--out", str(folder)]
    if (folder / "run.json").exists():
        command.append("--resume")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def best_costs(folder: Path, config: Config) -> list[float] | None:
    """Least cost after each number of designs; None if the run is shorter."""
    file = folder / "history.csv"
    rows = list(csv.DictReader(file.read_text().splitlines())) if file.exists() else []
    if len(rows) < config.counts[-1]:
        return None
    return [float(rows[count - 1]["best_cost"]) for count in config.counts]


@app.command()
def run(
    seed: list[int] = typer.Option([], help="All of the configuration by default."),  # noqa: B008
    change: list[str] = typer.Option([], help="Likewise."),  # noqa: B008
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Searches what is not finished yet."""
    config = Config()
    changes = chosen(change, {name: name for name in config.changes})
    for number in seed or config.seeds:
        source = out / f"source-{number}"
        if best_costs(source, config) is None:
            search(config.source, config, number, source)
        for name in changes:
            for kind, more in (("alone", []), ("started", ["--start-from", str(source)])):
                folder = out / f"{name}-{kind}-{number}"
                if best_costs(folder, config) is None:
                    search([*config.changes[name], *more], config, number, folder)


@app.command()
def report(
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Prints best costs, medians over the seeds, and what starting from another run gains."""
    config = Config()
    rows: list[dict[str, object]] = []
    table = []
    for name in config.changes:
        found = {
            kind: {
                seed: costs
                for seed in config.seeds
                if (costs := best_costs(out / f"{name}-{kind}-{seed}", config))
            }
            for kind in ("alone", "started")
        }
        for kind, by_seed in found.items():
            for seed, costs in by_seed.items():
                after = {f"after_{n}": cost for n, cost in zip(config.counts, costs, strict=True)}
                rows.append({"change": name, "search": kind, "seed": seed, **after})
        both = sorted(found["alone"].keys() & found["started"].keys())
        if both:
            alone, started = (np.array([found[kind][seed] for seed in both]) for kind in found)
            for count, one, other in zip(config.counts, alone.T, started.T, strict=True):
                table.append(
                    [
                        name,
                        count,
                        f"{np.median(one):.4f}",
                        f"{np.median(other):.4f}",
                        f"{(one - other).mean():+.4f}",
                        f"{(other < one).sum()} of {len(both)}",
                    ]
                )
    if not rows:
        raise typer.BadParameter("expected finished runs, found none")
    write_csv(out / "archives.csv", rows)
    print(markdown(["change", "designs", "alone", "started", "mean gain", "seeds"], table))


if __name__ == "__main__":
    answered(app)
