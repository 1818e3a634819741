"""``circuitvae library``: which cell libraries there are, what is in one, and more from the net."""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from circuitvae.cli import options
from synthesis.fetch import fetch, fetchable, is_fetched
from synthesis.gates import Gate
from synthesis.liberty_cache import read_cached
from synthesis.library import Cell, Library, list_libraries

app = typer.Typer(
    help="Cell libraries: what is there, what is in one, and more from the net.",
    no_args_is_help=True,
)


@app.command("list")
def list_(as_json: options.JsonOption = False) -> None:
    """List the libraries that --library knows by name, and those that can be fetched.

    Folders with a libraries.toml are looked up in $CIRCUITVAE_LIBRARY_PATH, in the user's data
    folder, and in the package itself; then installed design kits: $PDK_ROOT or ~/.ciel or ~/.volare
    (ciel, volare), $ORFS_ROOT or $FLOW_HOME (OpenROAD-flow-scripts), and qflow's.
    """
    rows: dict[str, tuple[str, str | None]] = {
        name: (process, str(folder)) for name, process, folder in list_libraries()
    }
    for name, process in fetchable().items():
        rows.setdefault(name, (process, None))
    if as_json:
        found = [{"name": n, "process": p, "folder": folder} for n, (p, folder) in rows.items()]
        print(json.dumps(found, indent=2))
        return
    table = Table("name", "process")
    table.add_column("found in", overflow="fold")
    for name, (process, folder) in rows.items():
        table.add_row(name, process, folder or f"(circuitvae library fetch {name})")
    options.console().print(table)


@app.command("fetch")
def fetch_(
    name: Annotated[str, typer.Argument(help="A library of `library list`.")],
    accept_unverified: Annotated[
        bool,
        typer.Option(
            "--accept-unverified",
            help="Also take files whose checksum this project does not know, as they stand in the "
            "pinned commit; their checksums are recorded and hold from then on.",
        ),
    ] = False,
) -> None:
    """Download a library, checked by checksum, into the user's data folder.

    $CIRCUITVAE_FETCH_URL names a mirror of https://raw.githubusercontent.com to load from.
    """
    if is_fetched(name):
        options.console().print(f"{name} is there already; use it with --library {name}")
    else:
        folder = fetch(name, accept_unverified=accept_unverified)
        options.console().print(
            f"{name} is now in {folder}; use it with --library {name}", soft_wrap=True
        )


@app.command()
def info(
    names: Annotated[list[str], typer.Argument(metavar="NAME|FILE...", help="A library.")],
    as_json: options.JsonOption = False,
) -> None:
    """Show what a library holds and the conditions designs are judged under."""
    about = _describe(options.cell_library(names))
    if as_json:
        print(json.dumps(about, indent=2))
    else:
        _print(about, options.console())


def _describe(library: Library) -> dict[str, Any]:
    """All that ``info`` shows; None for what is not known."""
    inferred = library.given_driver_cell is None
    has_driver = not inferred or library.cells_of(Gate.BUF)
    has_load = not inferred or library.cells_of(Gate.INV)
    return {
        "name": library.name,
        "process": library.process,
        "files": [_header(path) for path in library.files],
        "driver_cell": library.driver_cell if has_driver else None,
        "load_ff": library.load_ff if has_load else None,
        "dont_use": library.dont_use,
        "inferred": inferred,
        "wire_ff_per_um": library.wire_ff_per_um,
        "row_height_um": library.row_height_um,
        "gates": {gate.value: _drives(cells) for gate in Gate if (cells := library.cells_of(gate))},
        "other_cells": [name for name, cell in library.cells.items() if not cell.gate],
        "left_out": dict(library.left_out),
        "missing_gates": library.missing_gates(),
        "can_build_adders": library.can_build_adders,
    }


def _header(path: Path) -> dict[str, Any]:
    file = read_cached(path)
    return {
        "path": str(path),
        "process_factor": file.process,
        "voltage_v": file.voltage_v,
        "temperature_c": file.temperature_c,
        "time_unit_ns": file.time_unit_ns,
        "capacitance_unit_ff": file.capacitance_unit_ff,
    }


def _drives(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Cells of one function; ``drive`` is the greatest load in those of the weakest cell."""
    weakest = min((cell.max_load_ff for cell in cells if cell.max_load_ff), default=None)
    return [
        {
            "cell": cell.name,
            "area_um2": cell.area_um2,
            "max_load_ff": cell.max_load_ff,
            "drive": cell.max_load_ff / weakest if cell.max_load_ff and weakest else None,
        }
        for cell in cells
    ]


def _print(about: dict[str, Any], console: Console) -> None:
    console.print(f"{about['name']}: {about['process']}", style="bold", soft_wrap=True)
    for file in about["files"]:
        console.print(f"  file {file['path']}", soft_wrap=True)
        nominal = _known(
            ("process {:g}", file["process_factor"]),
            ("{:g} V", file["voltage_v"]),
            ("{:g} C", file["temperature_c"]),
        )
        console.print(
            f"    nominal {nominal}; in units of {1000 * file['time_unit_ns']:g} ps "
            f"and {file['capacitance_unit_ff']:g} fF"
        )
    how = "inferred" if about["inferred"] else "as the manifest says"
    driver, load_ff = about["driver_cell"], about["load_ff"]
    console.print(
        f"  every input driven by {driver or '(no buffer to infer it from)'}, every output loaded "
        f"with {'(no inverter to infer it from)' if load_ff is None else f'{load_ff:g} fF'}, "
        f"{len(about['dont_use'])} cells not to be used: {how}",
        soft_wrap=True,
    )
    wires = _known(
        ("{:g} fF/um", about["wire_ff_per_um"]), ("rows {:g} um high", about["row_height_um"])
    )
    console.print(f"  wires {wires}")
    console.print(_functions(about))
    if about["left_out"]:
        console.print(_left_out(about["left_out"]))
    console.print(
        "can build adders"
        if about["can_build_adders"]
        else f"cannot build adders: no {', '.join(about['missing_gates']).upper()}",
        soft_wrap=True,
    )


def _known(*values: tuple[str, float | None]) -> str:
    return ", ".join(form.format(v) for form, v in values if v is not None) or "not known"


def _functions(about: dict[str, Any]) -> Table:
    table = Table("function", "cells", "least area um2", "drive strengths, by area")
    for gate, cells in about["gates"].items():
        drives = [
            cell["cell"] + (f"\N{NO-BREAK SPACE}x{cell['drive']:.2g}" if cell["drive"] else "")
            for cell in cells
        ]
        table.add_row(gate.upper(), str(len(cells)), f"{cells[0]['area_um2']:g}", ", ".join(drives))
    if others := about["other_cells"]:
        table.add_row("other", str(len(others)), "", _some(others))
    return table


def _left_out(reasons: dict[str, str]) -> Table:
    names = defaultdict(list)
    for name, reason in reasons.items():
        names[reason].append(name)
    table = Table("left out because", "cells", "which")
    for reason, cells in sorted(names.items(), key=lambda item: (-len(item[1]), item[0])):
        table.add_row(reason, str(len(cells)), _some(cells))
    return table


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + ", ..." * (len(names) > 4)
