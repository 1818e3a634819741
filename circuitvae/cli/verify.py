"""``circuitvae verify``: is a Verilog file an adder?"""

from pathlib import Path
from typing import Annotated

import typer

from circuitvae.circuits import CIRCUITS
from circuitvae.cli import options
from circuitvae.hdl.prove import prove_verilog
from circuitvae.prefix.graph import check_width
from synthesis.equivalence import InterfaceError
from synthesis.errors import UserError, unknown
from synthesis.yosys import YosysError


def verify(
    file: Annotated[Path, typer.Argument(help="Verilog of one combinational design.")],
    width: Annotated[int, typer.Option(help="Bits of the operands a and b.")],
    circuit: Annotated[str, typer.Option(help=f"One of {', '.join(CIRCUITS)}.")] = "adder",
    carry_in: options.CarryInOption = False,
    carry_out: options.CarryOutOption = True,
) -> None:
    """Prove that a Verilog file adds, whatever its structure; if not, print an input that shows it.

    The top module's ports must be a, b, sum and, unless switched off, cout; with --carry-in, cin.
    Exit status 0: proved; 1: it is not that circuit.
    """
    check_width(width)
    if circuit not in CIRCUITS:
        raise unknown("circuit", circuit, CIRCUITS)
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: expected a Verilog file: {error}") from error
    try:
        (verdict,) = prove_verilog(CIRCUITS[circuit](carry_in, carry_out), width, [text])
    except InterfaceError as error:
        raise _refuse(file, width, circuit, str(error)) from error
    except YosysError as error:
        raise UserError(f"{file}: expected combinational Verilog; Yosys says: {error}") from error
    if verdict is not None:
        raise _refuse(file, width, circuit, str(verdict))
    print(f"{file}: proved, {circuit} of {width} bits")


def _refuse(file: Path, width: int, circuit: str, why: str) -> typer.Exit:
    print(f"{file}: no {circuit} of {width} bits: {why}")
    return typer.Exit(1)
