"""Reads a prefix graph back from the Verilog that :mod:`circuitvae.hdl.emit` writes."""

import contextlib
import functools
import io
import re
import tempfile

import numpy as np
from pyverilog.ast_code_generator.codegen import ASTCodeGenerator
from pyverilog.vparser import ast as vast
from pyverilog.vparser.parser import ParseError, VerilogParser

from circuitvae.circuits.adder import Adder
from circuitvae.hdl.emit import SPAN, verilog
from circuitvae.prefix.graph import PrefixGraph, check_width
from synthesis.errors import UserError


def read_prefix_adder(text: str, source: str = "Verilog") -> tuple[Adder, PrefixGraph]:
    """The adder and the graph for which :func:`circuitvae.hdl.emit.verilog` writes ``text``.

    The graph is taken from the names of the spans; then every port, wire and assign must be the
    one that this graph gives, so what is read is what the file computes. Layout, comments, order
    and the module's name may differ. An adder without carry-out comes back with the least last
    row, for its file holds none of that row's nodes.

    Args:
        text: One Verilog module.
        source: Where the text comes from, for messages.

    Raises:
        UserError: The text is not Verilog, or not of this form.
    """
    found = _statements(text, source)
    operand = next(
        filter(None, (re.fullmatch(r"input \[(\d+):0\] a", port) for port in found)), None
    )
    if operand is None:
        raise _other_form(source, "no port `input [N-1:0] a`")
    width = check_width(int(operand[1]) + 1)
    circuit = Adder(carry_in="input cin" in found, carry_out="output cout" in found)
    cells = np.zeros((width, width), dtype=bool)
    for statement in found:
        if span := re.fullmatch(rf"wire {SPAN.pattern};", statement):
            row, column = int(span[2]), int(span[3])
            if row >= width:
                raise _other_form(source, f"`{statement}` in an adder of {width} bits")
            cells[row, min(row, column)] = True
    graph = PrefixGraph.legalized(cells)
    expected = _statements(verilog(circuit, graph), source)
    for statement, line in found.items():
        if statement not in expected:
            raise _other_form(source, f"`{statement}` in line {line}")
    for statement in expected:
        if statement not in found:
            raise _other_form(source, f"no `{statement}`")
    return circuit, graph


def _other_form(source: str, found: str) -> UserError:
    return UserError(
        f"{source}: expected a prefix adder as `circuitvae export --format verilog` writes it, "
        f"found {found} (`circuitvae verify` checks any adder)"
    )


def _statements(text: str, source: str) -> dict[str, int]:
    """Ports, wires and assigns of the only module in canonical form, and the line of each."""
    parser = _parser()
    parser.lexer.reset_lineno()
    try:
        definitions = parser.parse(text).description.definitions
    except ParseError as error:
        place = str(error).strip().removeprefix("None: ")
        raise UserError(f"{source}: expected Verilog, found a syntax error ({place})") from None
    if len(definitions) != 1:
        raise _other_form(source, f"{len(definitions)} modules or attributes")
    code = ASTCodeGenerator()
    found: dict[str, int] = {}
    for item in (*definitions[0].portlist.ports, *definitions[0].items):
        for part in item.list if isinstance(item, vast.Decl) else (item,):
            if not isinstance(part, vast.Ioport | vast.Wire | vast.Assign):
                kind = type(part).__name__.lower()
                raise _other_form(source, f"{kind} in line {item.lineno}")
            statement = code.visit(part)
            if statement in found:
                raise _other_form(source, f"`{statement}` twice")
            found[statement] = item.lineno
    return found


@functools.cache
def _parser() -> VerilogParser:
    """Pyverilog's parser, whose generator would write tables and messages where it runs."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        return VerilogParser(outputdir=folder, debug=False)
