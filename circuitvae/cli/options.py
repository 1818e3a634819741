"""Options that several commands share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from circuitvae.circuits.adder import Adder
from circuitvae.search.task import Task
from synthesis.errors import UserError
from synthesis.library import Library, load_library
from synthesis.recipes import Effort
from synthesis.timing import UNIFORM, IOTiming, read_timing
from synthesis.wires import Wires

LibraryOption = Annotated[
    list[str],
    typer.Option(
        "--library",
        "-l",
        metavar="NAME|FILE",
        help="Cell library: a name (see `library list`) or Liberty files, plain or gzipped; "
        "repeat the option for a library in several files.",
    ),
]
TargetsOption = Annotated[
    str | None,
    typer.Option(
        metavar="NS,NS,...",
        help="Delay targets in ns, a point of the curve each. By default six, from 0.75 to 2 times "
        "the Sklansky adder's least delay.",
    ),
]
EffortOption = Annotated[
    Effort,
    typer.Option(
        help="fast: structural recipe; best: the better of it and ABC's mapper; high: the best of "
        "many recipes, mean over four orders of the nodes, for final figures."
    ),
]
TimingOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml",
        help="Arrival times of inputs, required times and loads of outputs, driving cell; without "
        "it all bits are alike.",
    ),
]
WiresOption = Annotated[
    Wires,
    typer.Option(help="none: wires are free; datapath: nets are loaded by the columns they cross."),
]
CarryInOption = Annotated[bool, typer.Option("--carry-in/--no-carry-in", help="With a port cin.")]
CarryOutOption = Annotated[
    bool, typer.Option("--carry-out/--no-carry-out", help="With a port cout.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.")
]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="Synthesis processes; by default one per core.")
]


def console(*, stderr: bool = False) -> Console:
    """Where tables go: as wide as the terminal, or wide enough where there is none.

    Brackets and colons in names and paths are printed as they are.
    """

    def make(width: int | None) -> Console:
        return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)

    found = make(None)
    return found if found.is_terminal else make(120)


def cell_library(names: Sequence[str]) -> Library:
    """The library that ``--library`` names."""
    return load_library(names[0] if len(names) == 1 else [Path(name) for name in names])


def targets_ns(text: str | None) -> tuple[float, ...] | None:
    """Delay targets from ``0.25,0.3,0.4``.

    Raises:
        UserError: They are no numbers.
    """
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UserError(
            f"--targets: expected numbers in ns as in 0.25,0.3,0.4, found {text!r}"
        ) from None


def make_task(
    width: int,
    circuit: Adder,
    library: Library,
    targets: str | None,
    effort: Effort,
    timing: IOTiming,
    wires: Wires,
) -> Task:
    """The task that the shared options describe."""
    return Task.make(width, circuit, library, targets_ns(targets), effort, timing, wires)


def io_timing(path: Path | None) -> IOTiming:
    """The timing that ``--timing`` names."""
    return UNIFORM if path is None else read_timing(path)
