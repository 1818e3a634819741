"""``circuitvae export``: a design as a file for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from circuitvae.circuits.adder import Adder
from circuitvae.cli import options
from circuitvae.designs import resolve
from circuitvae.hdl.formats import FORMATS
from circuitvae.hdl.formats import export as export_text
from synthesis.errors import UserError


def export(
    design: Annotated[
        str,
        typer.Argument(help="sklansky:32, a JSON, cell map or Verilog file, RUN@best, RUN@DIGEST."),
    ],
    format_name: Annotated[
        str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")
    ] = "verilog",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output if none.")
    ] = None,
    carry_in: options.CarryInOption = False,
    carry_out: options.CarryOutOption = True,
    legalize: Annotated[
        bool, typer.Option("--legalize", help="Add the cells that an illegal cell map lacks.")
    ] = False,
) -> None:
    """Write a design as Verilog, BLIF, a Yosys techmap and more; circuits are proved first."""
    found = resolve(design, circuit=Adder(carry_in, carry_out), legalize=legalize)
    notes = {"design": design, **found.notes}
    text = export_text(format_name, found.circuit, found.graph, notes)
    if output is None:
        print(text, end="")
        return
    try:
        output.write_text(text)
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {error.strerror}") from error
