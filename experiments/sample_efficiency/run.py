"""Runs the searches that are compared, and reports on them.

``python -m experiments.sample_efficiency.run run`` searches into run folders in ``results/``;
``... report`` reads what is there, finished or not, and writes ``results/*.csv`` and the plot.
"""

import os
import platform
import signal
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import typer

from circuitvae.circuits.adder import Adder
from circuitvae.cli import answered
from circuitvae.search.driver import Search, SearchSettings
from circuitvae.search.interrupts import Interrupts
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import Task
from experiments.sample_efficiency.config import Config
from experiments.sample_efficiency.measure import dense_targets
from experiments.sample_efficiency.report import (
    cost_table,
    curve_rows,
    final_rows,
    final_table,
    mean_table,
    plot_curves,
    ratio_table,
    read_runs,
    rescore,
    write_csv,
)
from synthesis import tools
from synthesis.errors import ToolError, UserError
from synthesis.library import load_library

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that the grid asks for."""

    width: int
    delay_weight: float | None
    method: str
    seed: int
    budget: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.width}-{self.delay_weight}-{self.method.replace(':', '.')}-{self.seed}"

    def finished(self, folder: Path) -> bool:
        """Whether the folder holds as many designs as the budget allows."""
        history = folder / "history.csv"
        return history.exists() and len(history.read_text().splitlines()) > self.budget


def search(run: Planned, library: str, targets: int, path: Path) -> None:
    """Searches into a run folder, from where it was cut off if it was; ends the process on errors.

    One synthesis worker; neither proofs nor plots. Ctrl-C is left to the process that started this.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        task = Task.make(run.width, Adder(), load_library(library))
        targets_ns = dense_targets(task.flow.targets_ns, targets)
        task = replace(task, flow=replace(task.flow, targets_ns=targets_ns))
        settings = SearchSettings(run.method, run.budget, run.delay_weight, run.seed, workers=1)
        record = {
            "task": task.record(),
            "settings": settings.record(),
            "versions": tools.versions(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        }
        resume = (path / "run.json").exists()
        with (RunFolder.resume if resume else RunFolder.create)(path, record) as folder:
            outcome = Search(task, settings, folder).run()
    except (UserError, ToolError, OSError) as error:
        sys.exit(f"{run.name}: {error}")
    seconds = max(result.seconds for result in outcome.results)
    print(
        f"{run.name}: {outcome.stopped}, {len(outcome.results)} designs, {seconds:.0f} s",
        flush=True,
    )


def side_by_side(processes: Sequence[BaseProcess], count: int) -> None:
    """Runs processes, ``count`` at a time; those at work end with this one."""
    waiting, running = deque(processes), list[BaseProcess]()
    try:
        while waiting or running:
            while waiting and len(running) < count:
                running.append(waiting.popleft())
                running[-1].start()
            wait([process.sentinel for process in running])
            running = [process for process in running if process.is_alive()]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join()


def search_all(
    planned: Sequence[Planned], library: str, targets: int, out: Path, processes: int
) -> None:
    """Searches every planned run that is not finished yet.

    Raises:
        typer.Exit: A run failed; what it said stands above.
    """
    context = get_context("spawn")
    started = [
        context.Process(target=search, args=(one, library, targets, out / one.name))
        for one in planned
        if not one.finished(out / one.name)
    ]
    print(f"{len(started)} of {len(planned)} runs to do", flush=True)
    with Interrupts():
        side_by_side(started, processes)
    if any(process.exitcode for process in started):
        raise typer.Exit(3)


app = typer.Typer()


@app.command()
def run(
    library: str = Config().library,
    width: list[int] = typer.Option([], help="All of the configuration by default."),  # noqa: B008
    weight: list[float] = typer.Option([], help="Delay weights; likewise."),  # noqa: B008
    method: list[str] = typer.Option([], help="Likewise."),  # noqa: B008
    seed: list[int] = typer.Option([], help="Likewise."),  # noqa: B008
    budget: int | None = typer.Option(None, help="Designs a run; the configuration's by default."),
    processes: int = typer.Option(1, min=1, help="Runs side by side."),
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Searches every run of the grid that is not finished yet."""
    config = Config()
    tasks = [
        (bits, delay_weight)
        for bits, delay_weight in config.tasks
        if bits in (width or [bits]) and delay_weight in (weight or [delay_weight])
    ]
    if width and weight:
        tasks = list(product(width, weight))
    if not tasks:
        raise typer.BadParameter(
            "expected a width or weight of the configuration's tasks; for another task give both"
        )
    # Seeds outermost, so that all methods have some runs early.
    planned = [
        Planned(*task, name, number, budget or config.budgets.get(name, config.budget))
        for number, task, name in product(seed or config.seeds, tasks, method or config.methods)
    ]
    search_all(planned, library, config.targets, out, processes)


@app.command()
def report(
    out: Path = typer.Option(RESULTS, help="Folder of the run folders."),  # noqa: B008
) -> None:
    """Prints tables of the runs there are; writes ``curves.csv``, ``final.csv``, ``curves.svg``."""
    config = Config()
    runs, widths = read_runs(out, config)
    write_csv(out / "curves.csv", curve_rows(runs))
    plot_curves(runs, out / "curves.svg")
    print(cost_table(runs, config.counts))
    print(ratio_table(runs, config))
    print(mean_table(runs, config), flush=True)
    rescored = rescore(config, runs, widths)
    write_csv(out / "final.csv", final_rows(runs, rescored))
    print(final_table(runs, rescored))


if __name__ == "__main__":
    answered(app)
