"""Writes ``generic45``, this project's own cell library: modelled, and no foundry's process.

Some forty functions in several drive strengths. :mod:`synthesis.logical_effort` says how areas,
capacitances and delays come about; every number in the Liberty text follows from there. There are
no power tables. Wires of 0.2 fF/um are from Weste and Harris, "CMOS VLSI Design", 4th edition,
2010. ``python -m synthesis.generic45`` writes the library and its manifest anew.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float

from synthesis.logical_effort import ROW_HEIGHT_UM, SUPPLY_V, UNIT_INPUT_FF, Cell, make_cell

SLEWS_PS = np.array([2.0, 8.0, 20.0, 50.0, 100.0, 200.0])
EFFORTS = np.array([0.5, 1.0, 3.0, 8.0, 16.0, 36.0])
"""Loads of the tables: inputs of an inverter as strong as the cell's weakest path."""

_SWING = 0.8 - 0.2
"""Part of a ramp that counts as its slew."""
_WIRE_FF_PER_UM = 0.2
_DRIVES = {"all": (1, 2, 4, 8, 16, 32), "most": (1, 2, 4, 8), "few": (1, 2, 4)}
_CELLS = """
INV     all   Y = A
BUF     all   m = A; Y = m
NAND2   most  Y = A & B
NAND3   few   Y = A & B & C
NAND4   few   Y = A & B & C & D
NOR2    most  Y = A | B
NOR3    few   Y = A | B | C
NOR4    few   Y = A | B | C | D
NAND2B  few   m = A; Y = m & B
NOR2B   few   m = A; Y = m | B
AND2    most  m = A & B; Y = m
AND3    few   m = A & B & C; Y = m
AND4    few   m = A & B & C & D; Y = m
OR2     most  m = A | B; Y = m
OR3     few   m = A | B | C; Y = m
OR4     few   m = A | B | C | D; Y = m
XOR2    most  m = A | B; Y = m | A & B
XNOR2   most  m = A & B; Y = m & (A | B)
XOR3    few   k = A | B; m = k | A & B; n = m | C; Y = n | m & C
XNOR3   few   k = A | B; m = k | A & B; n = m & C; Y = n & (m | C)
AOI21   most  Y = B | A1 & A2
AOI22   most  Y = A1 & A2 | B1 & B2
AOI211  few   Y = C | B | A1 & A2
AOI221  few   Y = C | A1 & A2 | B1 & B2
AOI222  few   Y = A1 & A2 | B1 & B2 | C1 & C2
OAI21   most  Y = B & (A1 | A2)
OAI22   most  Y = (A1 | A2) & (B1 | B2)
OAI211  few   Y = C & B & (A1 | A2)
OAI221  few   Y = C & (A1 | A2) & (B1 | B2)
OAI222  few   Y = (A1 | A2) & (B1 | B2) & (C1 | C2)
AO21    most  m = B | A1 & A2; Y = m
AO22    few   m = A1 & A2 | B1 & B2; Y = m
AO211   few   m = C | B | A1 & A2; Y = m
OA21    most  m = B & (A1 | A2); Y = m
OA22    few   m = (A1 | A2) & (B1 | B2); Y = m
OA211   few   m = C & B & (A1 | A2); Y = m
MUX2    few   n = S; m = A & n | B & S; Y = m
MUXI2   few   n = S; Y = A & n | B & S
MAJ3    few   m = A & B | C & (A | B); Y = m
MAJI3   few   Y = A & B | C & (A | B)
"""
"""Name, drive strengths, and stages as :func:`synthesis.logical_effort.make_cell` takes them."""


def cells() -> list[Cell]:
    """All cells of the library."""
    rows = [line.split(maxsplit=2) for line in _CELLS.strip().splitlines()]
    return [
        make_cell(f"{name}_X{drive}", drive, stages)
        for name, drives, stages in rows
        for drive in _DRIVES[drives]
    ]


def liberty() -> str:
    """The library as Liberty text, in ps and fF."""
    made = cells()
    lines = [
        "/* generic45: a generic, modelled cell library. It describes no foundry's process and",
        "   must not be used for a chip. Written by `python -m synthesis.generic45`, which says",
        "   how its numbers come about. SPDX-License-Identifier: Apache-2.0 */",
        "library (generic45) {",
        "  delay_model : table_lookup;",
        '  time_unit : "1ps";',
        '  voltage_unit : "1V";',
        '  current_unit : "1mA";',
        '  pulling_resistance_unit : "1kohm";',
        '  leakage_power_unit : "1nW";',
        "  capacitive_load_unit (1, ff);",
        "  nom_process : 1;",
        f"  nom_voltage : {SUPPLY_V};",
        "  nom_temperature : 25;",
        "  operating_conditions (typical) {",
        f"    process : 1; voltage : {SUPPLY_V}; temperature : 25;",
        "  }",
        "  default_operating_conditions : typical;",
        f"  default_max_transition : {SLEWS_PS[-1]:g};",
    ]
    for edge in ("rise", "fall"):
        lines += [
            f"  input_threshold_pct_{edge} : 50;",
            f"  output_threshold_pct_{edge} : 50;",
            f"  slew_lower_threshold_pct_{edge} : 20;",
            f"  slew_upper_threshold_pct_{edge} : 80;",
        ]
    templates = {_template(cell): _loads(cell) for cell in made}
    for template, loads in sorted(templates.items()):
        lines += [
            f"  lu_table_template ({template}) {{",
            "    variable_1 : input_net_transition;",
            "    variable_2 : total_output_net_capacitance;",
            f'    index_1 ("{_row(SLEWS_PS)}");',
            f'    index_2 ("{_row(loads * UNIT_INPUT_FF)}");',
            "  }",
        ]
    for cell in made:
        lines += _cell_lines(cell)
    return "\n".join([*lines, "}", ""])


def _loads(cell: Cell) -> Float[np.ndarray, " load"]:
    return EFFORTS * cell.drive / cell.depth


def _template(cell: Cell) -> str:
    return f"drive{cell.drive}_depth{cell.depth}"


def _cell_lines(cell: Cell) -> Iterator[str]:
    yield f"  cell ({cell.name}) {{"
    yield f"    area : {cell.area_um2:.3f};"
    for pin in cell.inputs:
        yield f"    pin ({pin}) {{"
        yield "      direction : input;"
        yield f"      capacitance : {cell.capacitance(pin) * UNIT_INPUT_FF:.3f};"
        yield "    }"
    yield "    pin (Y) {"
    yield "      direction : output;"
    yield f'      function : "{cell.function}";'
    yield f"      max_capacitance : {_loads(cell)[-1] * UNIT_INPUT_FF:.2f};"
    for pin in cell.inputs:
        yield from _timing_lines(cell, pin)
    yield "    }"
    yield "  }"


def _timing_lines(cell: Cell, pin: str) -> Iterator[str]:
    by_edge = {
        rises: cell.responses(pin, rises, SLEWS_PS / _SWING, _loads(cell))
        for rises in (True, False)
    }
    senses = {
        "positive_unate" if rises == rising else "negative_unate"
        for rises, responses in by_edge.items()
        for rising in responses
    }
    yield "      timing () {"
    yield f'        related_pin : "{pin}";'
    yield f"        timing_sense : {senses.pop() if len(senses) == 1 else 'non_unate'};"
    for rising, edge in ((True, "rise"), (False, "fall")):
        found = [responses[rising] for responses in by_edge.values() if rising in responses]
        delay = np.max([delay for delay, _ in found], axis=0)
        slew = _SWING * np.max([ramp for _, ramp in found], axis=0)
        for group, table in ((f"cell_{edge}", delay), (f"{edge}_transition", slew)):
            yield f"        {group} ({_template(cell)}) {{"
            yield "          values (" + ", ".join(f'"{_row(row)}"' for row in table) + ");"
            yield "        }"
    yield "      }"


def _row(values: Float[np.ndarray, " values"]) -> str:
    return ",".join(f"{value:.2f}" for value in values)


def manifest(text: str) -> str:
    """The ``libraries.toml`` that goes with the Liberty text."""
    return f"""\
# Written by `python -m synthesis.generic45`.
[generic45]
process = "generic 45 nm, modelled, no foundry's process, typical, {SUPPLY_V:.2f} V, 25 C"
files = ["generic45.lib"]
sha256 = ["{hashlib.sha256(text.encode()).hexdigest()}"]
license = "Apache-2.0"
origin = "synthesis/generic45.py of this project"
driver_cell = "BUF_X2"
load_ff = {4 * UNIT_INPUT_FF:.3f}
wire_ff_per_um = {_WIRE_FF_PER_UM}
row_height_um = {ROW_HEIGHT_UM:g}
dont_use = []
"""


def main() -> None:
    """Writes the library and its manifest into the package."""
    folder = Path(__file__).parent / "data"
    text = liberty()
    (folder / "generic45.lib").write_text(text, encoding="ascii")
    (folder / "libraries.toml").write_text(manifest(text), encoding="ascii")


if __name__ == "__main__":
    main()
