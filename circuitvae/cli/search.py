"""``circuitvae search``: find adders, prove them, draw them."""

import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from circuitvae.circuits.adder import Adder
from circuitvae.cli import options
from circuitvae.search.optimizer import OPTIMIZERS
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import Task
from synthesis import tools
from synthesis.errors import UserError
from synthesis.recipes import Effort
from synthesis.wires import Wires

if TYPE_CHECKING:
    from circuitvae.search.driver import SearchSettings


def search(
    width: Annotated[int, typer.Option(help="Bits of the adder, 1 to 256.")] = 16,
    library: options.LibraryOption = ["generic45"],  # noqa: B006
    budget: Annotated[
        int, typer.Option(min=1, help="Unique designs to synthesise, classical adders included.")
    ] = 500,
    delay_weight: Annotated[
        float | None,
        typer.Option(
            help="Search for the least w * delay + (1 - w) * area, each relative to the Sklansky "
            "adder's least, w from 0 to 1."
        ),
    ] = None,
    pareto: Annotated[
        bool,
        typer.Option("--pareto", help="Search the whole area-delay front (if no weight is given)."),
    ] = False,
    optimizer: Annotated[
        str,
        typer.Option(help=f"{', '.join(OPTIMIZERS)}, or module:class of your own."),
    ] = "circuitvae",
    targets: options.TargetsOption = None,
    effort: options.EffortOption = Effort.FAST,
    timing: options.TimingOption = None,
    wires: options.WiresOption = Wires.NONE,
    carry_in: options.CarryInOption = False,
    carry_out: options.CarryOutOption = True,
    start_from: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="RUN",
            help="Synthesise first the best designs of another run, of whatever width, library or "
            "timing; repeat the option for several.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, same result.")] = 0,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Synthesis threads; by default one per core, but one where the method is at work "
            "meanwhile, as circuitvae is.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; by default one in runs/ named by the task.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the run in the folder, finished or killed.")
    ] = False,
) -> None:
    """Search for adders that are small and fast in a cell library.

    Ends with a table of the front found beside the classical adders, and a folder with a proved
    Verilog file for each design on the front, plots, and every design synthesised on the way.
    Ctrl-C stops early and keeps all results.
    """
    # Imported here so that the other commands start without JAX and Orbax.
    import jax

    from circuitvae.search.driver import SearchSettings
    from circuitvae.search.optimizer import find_optimizer
    from circuitvae.search.starts import starts

    if pareto and delay_weight is not None:
        raise UserError("expected --pareto or --delay-weight, found both; leave one out")
    cells = options.cell_library(library)
    # A core is left to a method that is at work while designs are synthesised.
    ahead = getattr(find_optimizer(optimizer), "ahead", False)
    workers = workers or max((os.cpu_count() or 1) - ahead, 1)
    out = out or Path("runs") / f"adder{width}-{cells.name}-{optimizer.replace(':', '.')}-{seed}"
    stored = RunFolder.open(out) if resume else None
    # The runs that a search began with may have grown since, or be gone.
    first = stored.starts if stored else []
    first = first or starts([RunFolder.open(path) for path in start_from or []], width)
    settings = SearchSettings(optimizer, budget, delay_weight, seed, workers, tuple(first))
    task = Task.make(
        width,
        Adder(carry_in, carry_out),
        cells,
        stored.record["task"]["targets_ns"]
        if stored and not targets
        else options.targets_ns(targets),
        effort,
        options.io_timing(timing),
        wires,
    )
    record = {
        "task": task.record(),
        "settings": settings.record(),
        "versions": tools.versions(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        kept = platformdirs.user_cache_path("circuitvae") / "jax"
        jax.config.update("jax_compilation_cache_dir", str(kept))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    with (RunFolder.resume if resume else RunFolder.create)(out, record) as folder:
        _run(task, settings, folder)


def _run(task: Task, settings: "SearchSettings", folder: RunFolder) -> None:
    from circuitvae.report.run import finish
    from circuitvae.search.driver import Search, Status

    errors = options.console(stderr=True)
    budget = settings.budget

    started = time.monotonic()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} designs"),
        TextColumn("{task.fields[rate]:.1f}/s  {task.fields[best]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=errors,
    ) as progress:
        bar = progress.add_task("starting", total=budget, rate=0.0, best="")
        first: list[int] = []

        def show(status: Status) -> None:
            first.append(status.evaluations) if not first else None
            rate = (status.evaluations - first[0]) / (time.monotonic() - started)
            best = (
                f"hypervolume {status.hypervolume:.4g}"
                if settings.delay_weight is None
                else f"best cost {status.best_cost:.4f}"
            )
            progress.update(
                bar,
                description=status.activity,
                completed=status.evaluations,
                rate=rate,
                best=best + (f", {status.failures} failed" if status.failures else ""),
            )

        outcome = Search(task, settings, folder, show).run()
    if outcome.stopped != "budget":
        errors.print(
            f"stopped: {outcome.stopped} after {len(outcome.results)} of {budget} designs"
            + ("; continue with --resume" if outcome.stopped == "interrupted" else "")
        )
    finish(task, settings, folder, outcome, options.console())
