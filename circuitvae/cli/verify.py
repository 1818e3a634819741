"""``circuitvae verify``: is a Verilog file an adder?"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from circuitvae.circuits.adder import Adder
from circuitvae.cli import options
from circuitvae.hdl.prove import prove
from circuitvae.prefix.graph import check_width
from synthesis.errors import UserError
from synthesis.yosys import YosysError


class CircuitName(StrEnum):
    """Circuits by name."""

    adder = "adder"


def verify(
    file: Annotated[Path, typer.Argument(help="Verilog of one combinational design.")],
    width: Annotated[int, typer.Option(help="Bits of the operands a and b.")],
    circuit: Annotated[CircuitName, typer.Option(help="What it shall compute.")] = CircuitName.adder,
    carry_in: options.CarryInOption = False,
    carry_out: options.CarryOutOption = True,
) -> None:
    """Prove that a Verilog file adds, whatever its structure; if not, print an input that shows it.

    The top module's ports must be a, b, sum and, unless switched off, cout; with --carry-in, cin.
    Exit status 0: proved; 1: it is not that circuit.
    """
    check_width(width)
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: expected a Verilog file: {error}") from error
    try:
        (verdict,) = prove(Adder(carry_in, carry_out), width, [text])
    except YosysError as error:
        raise UserError(f"{file}: expected combinational Verilog; Yosys says: {error}") from error
    if verdict is not None:
        print(f"{file}: not a {width}-bit {circuit.value}: {verdict}")
        raise typer.Exit(1)
    print(f"{file}: proved equal to a {width}-bit {circuit.value}")
