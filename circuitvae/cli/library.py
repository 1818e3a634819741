"""``circuitvae library``: which cell libraries there are, and what is in one."""

from typing import Annotated

import typer
from rich.table import Table

from circuitvae.cli import options
from synthesis.gates import Gate
from synthesis.library import list_libraries

app = typer.Typer(help="Cell libraries: what is there, what is in one.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List the libraries that --library knows by name, and where each was found.

    Folders with a libraries.toml are looked up in $CIRCUITVAE_LIBRARY_PATH, in the user's data
    folder, and in the package itself.
    """
    table = Table("name", "process", "found in")
    for name, process, place in list_libraries():
        table.add_row(name, process, str(place))
    options.console().print(table)


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
    missing = library.missing_gates()
    console.print(
        f"cannot build adders: no {', '.join(gate.name for gate in missing)}"
        if missing
        else "can build adders"
    )
