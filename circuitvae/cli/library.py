"""``circuitvae library``: which cell libraries there are, what is in one, and more from the net."""

from collections import defaultdict
from typing import Annotated

import typer
from rich.table import Table

from circuitvae.cli import options
from synthesis.fetch import fetch, fetchable, is_fetched
from synthesis.gates import Gate
from synthesis.liberty_cache import read_cached
from synthesis.library import ADDER_GATES, Library, list_libraries

app = typer.Typer(
    help="Cell libraries: what is there, what is in one, and more from the net.",
    no_args_is_help=True,
)


@app.command("list")
def list_() -> None:
    """List the libraries that --library knows by name, and those that can be fetched.

    Folders with a libraries.toml are looked up in $CIRCUITVAE_LIBRARY_PATH, in the user's data
    folder, and in the package itself; then installed design kits: $PDK_ROOT (ciel, volare),
    $ORFS_ROOT or $FLOW_HOME (OpenROAD-flow-scripts), and qflow's.
    """
    table = Table("name", "process", "found in")
    rows = {name: (process, str(place)) for name, process, place in list_libraries()}
    for name, process in fetchable().items():
        rows.setdefault(name, (process, f"(circuitvae library fetch {name})"))
    for name, row in rows.items():
        table.add_row(name, *row)
    options.console().print(table)


@app.command("fetch")
def fetch_(name: Annotated[str, typer.Argument(help="A library of `library list`.")]) -> None:
    """Download a library, checked by checksum, into the user's data folder.

    $CIRCUITVAE_FETCH_URL names a mirror of https://raw.githubusercontent.com to load from.
    """
    if is_fetched(name):
        options.console().print(f"{name} is there already; use it with --library {name}")
    else:
        folder = fetch(name)
        options.console().print(
            f"{name} is now in {folder}; use it with --library {name}", soft_wrap=True
        )


@app.command()
def info(
    names: Annotated[list[str], typer.Argument(metavar="NAME|FILE...", help="A library.")],
) -> None:
    """Show what a library holds and the conditions designs are judged under."""
    library = options.cell_library(names)
    console = options.console()
    console.print(f"[bold]{library.name}[/bold]: {library.process}")
    for path in library.files:
        console.print(f"  file {path}", soft_wrap=True)
    corner = read_cached(library.files[0])
    nominal = ((corner.voltage_v, "V"), (corner.temperature_c, "C"))
    if given := [f"{value:g} {unit}" for value, unit in nominal if value is not None]:
        console.print(f"  nominal {', '.join(given)}")
    console.print(
        f"  every input driven by {library.driver_cell}, every output loaded with "
        f"{library.load_ff:g} fF",
    )
    table = Table("function", "cells", "least area um2", "drive strengths, by area")
    for gate in Gate:
        cells = library.cells_of(gate)
        if cells:
            table.add_row(
                gate.name,
                str(len(cells)),
                f"{cells[0].area_um2:g}",
                ", ".join(cell.name for cell in cells),
            )
    console.print(table)
    if library.left_out:
        console.print(_left_out(library))
    missing = [gate.name for gate in ADDER_GATES if not library.cells_of(gate)]
    console.print(
        f"cannot build adders: no {', '.join(missing)}" if missing else "can build adders"
    )


def _left_out(library: Library) -> Table:
    names = defaultdict(list)
    for name, reason in library.left_out.items():
        names[reason].append(name)
    table = Table("left out because", "cells", "which")
    for reason, cells in sorted(names.items(), key=lambda item: (-len(item[1]), item[0])):
        table.add_row(reason, str(len(cells)), ", ".join(cells[:4]) + ", ..." * (len(cells) > 4))
    return table
