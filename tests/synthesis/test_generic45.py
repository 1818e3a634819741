import hashlib
import itertools
import re
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from synthesis import generic45, tools
from synthesis.gates import Gate, truth_table
from synthesis.liberty import liberty_text, read_liberty
from synthesis.library import load_library

DATA = Path(generic45.__file__).parent / "data"
LIBERTY = DATA / "generic45.lib"


@pytest.fixture(autouse=True)
def only_the_packaged_library(tmp_path, monkeypatch):
    monkeypatch.delenv("CIRCUITVAE_LIBRARY_PATH", raising=False)
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "user" / name)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)


@cache
def cell_texts():
    text = liberty_text(LIBERTY)
    return {cell.name: text[slice(*cell.span)] for cell in read_liberty(LIBERTY).cells}


def timing(cell, pin):
    """Text of the timing group of one pin in the committed file."""
    return cell_texts()[cell].split(f'related_pin : "{pin}"')[1].split("timing ()")[0]


def values(rows):
    return np.array([[float(item) for item in row.split(",")] for row in rows.split('"')[1::2]])


def table(cell, pin, group):
    """One NLDM table of the committed file, ``[slew, load]`` in ps."""
    (rows,) = re.findall(rf"{group} \(.*?values \((.*?)\);", timing(cell, pin), re.DOTALL)
    return values(rows)


def sense(cell, pin):
    return re.search(r"timing_sense : (\w+)", timing(cell, pin))[1]


def test_the_committed_files_are_what_the_generator_makes(tmp_path, monkeypatch):
    """If this fails after a change of the model: ``python -m synthesis.generic45``."""
    assert LIBERTY.read_text() == generic45.liberty()
    assert (DATA / "libraries.toml").read_text() == generic45.manifest(LIBERTY.read_text())
    assert LIBERTY.stat().st_size < 800_000
    # main() writes just these two files.
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(generic45, "__file__", str(tmp_path / "generic45.py"))
    generic45.main()
    written = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert written == {path.name: path.read_bytes() for path in (LIBERTY, DATA / "libraries.toml")}


def test_it_says_what_it_is():
    head = LIBERTY.read_text()[:300]
    assert "no foundry's process" in " ".join(head.split())
    assert "Apache-2.0" in head


def test_it_loads_by_name_and_has_every_gate():
    library = load_library("generic45")
    library.require_adder_gates()
    assert library.missing_gates() == ()
    assert library.left_out == {} and library.dont_use == ()
    assert library.driver_cell == "BUF_X2"
    assert library.load_ff == pytest.approx(4 * 1.74227, abs=1e-3)  # four inputs of INV_X1
    assert (library.wire_ff_per_um, library.row_height_um) == (0.2, 1.4)
    strengths = [cell.name for cell in library.cells_of(Gate.INV)]
    assert strengths == ["INV_X1", "INV_X2", "INV_X4", "INV_X8", "INV_X16", "INV_X32"]
    for gate in Gate:
        assert len(library.cells_of(gate)) >= (3 if gate in (Gate.NAND3, Gate.NOR3) else 4)
        areas = [cell.area_um2 for cell in library.cells_of(gate)]
        loads = [cell.max_load_ff for cell in library.cells_of(gate)]
        assert areas == sorted(set(areas)) and loads == sorted(set(loads))
        assert library.smallest(gate).name == f"{gate.name}_X1"
    file = read_liberty(LIBERTY)
    assert file.sha256 == hashlib.sha256(LIBERTY.read_bytes()).hexdigest()
    assert (file.time_unit_ns, file.capacitance_unit_ff) == (0.001, 1.0)
    assert (file.voltage_v, file.temperature_c) == (1.1, 25.0)


@pytest.mark.parametrize(
    ("name", "area_um2"),
    # (columns of transistors + 1) * 0.19 um * 1.4 um, 0.266 um2 each
    [
        ("INV_X1", 0.532),
        ("INV_X4", 1.33),
        ("NAND2_X1", 0.798),
        ("AND2_X1", 1.064),
        ("AOI21_X1", 1.064),
        ("AOI21_X2", 1.862),
        ("XOR2_X1", 1.596),
        ("MUX2_X1", 1.862),
    ],
)
def test_areas_are_as_worked_by_hand(name, area_um2):
    assert load_library("generic45").cells[name].area_um2 == area_um2


FORMULAS = {
    "INV": "!A",
    "BUF": "A",
    "NAND2B": "!(!A & B)",
    "NOR2B": "!(!A | B)",
    "XOR2": "A ^ B",
    "XNOR2": "!(A ^ B)",
    "XOR3": "A ^ B ^ C",
    "XNOR3": "!(A ^ B ^ C)",
    "MUX2": "S B | !S A",
    "MUXI2": "!(S B | !S A)",
    "MAJ3": "A B | A C | B C",
    "MAJI3": "!(A B | A C | B C)",
}
for count, letters in ((2, "AB"), (3, "ABC"), (4, "ABCD")):
    for kind, operator in (("AND", " & "), ("OR", " | ")):
        FORMULAS[f"{kind}{count}"] = operator.join(letters)
        FORMULAS[f"N{kind}{count}"] = f"!({operator.join(letters)})"
for digits in ("21", "22", "211", "221", "222"):
    for inner, outer, name in ((" & ", " | ", "AO"), (" | ", " & ", "OA")):
        groups = [
            f"({inner.join(f'{letter}{index + 1}' for index in range(int(digit)))})"
            if digit == "2"
            else letter
            for letter, digit in zip("ABC", digits, strict=False)
        ]
        FORMULAS[f"{name}I{digits}"] = f"!({outer.join(groups)})"
        if len(digits) == 2 or digits == "211":
            FORMULAS[f"{name}{digits}"] = outer.join(groups)


def test_functions_are_what_the_names_say():
    seen = set()
    for cell in read_liberty(LIBERTY).cells:
        name = cell.name.split("_")[0]
        inputs = [pin.name for pin in cell.pins if pin.direction == "input"]
        (output,) = (pin for pin in cell.pins if pin.direction == "output")
        assert truth_table(output.function, inputs) == truth_table(FORMULAS[name], inputs)
        seen.add(name)
    assert seen == set(FORMULAS)
    assert len(seen) == 40


@pytest.mark.parametrize(
    ("cell", "pin", "expected"),
    [
        ("INV_X1", "A", "negative_unate"),
        ("BUF_X1", "A", "positive_unate"),
        ("NAND2B_X1", "A", "positive_unate"),
        ("NAND2B_X1", "B", "negative_unate"),
        ("OAI21_X2", "A1", "negative_unate"),
        ("OA21_X2", "B", "positive_unate"),
        ("XOR2_X1", "A", "non_unate"),
        ("XNOR3_X1", "C", "non_unate"),
        ("MUX2_X1", "S", "non_unate"),
        ("MUX2_X1", "B", "positive_unate"),
        ("MAJ3_X1", "C", "positive_unate"),
    ],
)
def test_senses(cell, pin, expected):
    assert sense(cell, pin) == expected


def test_senses_agree_with_the_functions():
    for cell in read_liberty(LIBERTY).cells:
        *inputs, output = cell.pins
        names = [pin.name for pin in inputs]
        rows = truth_table(output.function, names)
        for index, pin in enumerate(names):
            low = [row for row in range(2 ** len(names)) if not row >> index & 1]
            changes = {(rows >> (row | 1 << index) & 1) - (rows >> row & 1) for row in low} - {0}
            expected = {1: "positive_unate", -1: "negative_unate"}
            wanted = expected[changes.pop()] if len(changes) == 1 else "non_unate"
            assert sense(cell.name, pin) == wanted


def test_every_table_is_positive_and_grows_with_the_load_and_edges_with_the_slew():
    text = LIBERTY.read_text()
    tables = re.findall(r"(cell_\w+|\w+_transition) \(\w+\) \{\s+values \((.*?)\);", text)
    assert len(tables) > 1000
    for group, rows in tables:
        found = values(rows)
        assert found.shape == (6, 6)
        assert np.all(found > 0)
        assert np.all(np.diff(found, axis=1) >= 0)
        if group.endswith("transition"):
            assert np.all(np.diff(found, axis=0) >= 0)
    inverter = table("INV_X1", "A", "cell_rise")
    assert np.all(np.diff(inverter[:, -1]) > 0)


def test_a_stronger_cell_is_faster_at_the_same_load():
    # X4 has its fourth load, 8 * 4 units, where X1 is already past 16: compare at 16 units.
    weak, strong = table("NAND2_X1", "A", "cell_fall"), table("NAND2_X4", "A", "cell_fall")
    # NAND2_X1's loads are efforts / 2: its last is 18 units. X4's effort 8 is 16 units.
    assert np.all(strong[:, 3] < weak[:, 5])


ABC_TROUBLE = re.compile(r"[Ww]arning|[Ee]rror|[Cc]annot|not |[1-9]\d* (?:seq|tri-state|no func)")


def abc(commands, folder):
    return subprocess.run(
        [tools.yosys_abc(), "-q", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def test_abc_reads_it_without_a_warning(tmp_path):
    output = abc(f"read_lib -w {LIBERTY}; print_genlib", tmp_path)
    gates = re.findall(r"^GATE (\w+_X\d+) ", output, re.MULTILINE)
    assert gates == [cell.name for cell in read_liberty(LIBERTY).cells]
    assert not ABC_TROUBLE.search(output)
    assert "has 138 cells (0 skipped" in output


def test_abc_does_warn_where_there_is_cause(tmp_path):
    text = LIBERTY.read_text().replace('function : "!A"', "three_state : A", 1)
    (tmp_path / "odd.lib").write_text(text)
    assert ABC_TROUBLE.search(abc("read_lib -w odd.lib; print_genlib", tmp_path))


def test_a_fan_out_of_four_takes_in_abc_what_the_constants_say(tmp_path):
    lines = [".model chain", ".inputs n0"]
    copies = [f"c{stage}_{copy}" for stage in range(20) for copy in range(3)]
    lines.append(f".outputs n20 {' '.join(copies)}")
    lines += [f".gate INV_X1 A=n{stage} Y=n{stage + 1}" for stage in range(20)]
    lines += [f".gate INV_X1 A=n{copy[1:].split('_')[0]} Y={copy}" for copy in copies]
    (tmp_path / "chain.blif").write_text("\n".join([*lines, ".end", ""]))
    output = abc(f"read_lib {LIBERTY}; read_blif chain.blif; topo; stime -p", tmp_path)
    path = [float(delay) for delay in re.findall(r"INV_X1 .*?Df =\s*([0-9.]+)", output)]
    assert len(path) == 20
    stages = [later - earlier for earlier, later in itertools.pairwise(path[8:18])]
    # A rising and a falling stage: twice 18 ps, within the tables' interpolation.
    assert np.mean(stages[:8]) == pytest.approx(18.0, rel=0.02)


@pytest.mark.skipif(tools.opensta() is None, reason="OpenSTA (sta) is not installed")
def test_opensta_reads_it_without_a_warning(tmp_path):
    (tmp_path / "chain.v").write_text(
        "module chain(input a, output y); INV_X1 g (.A(a), .Y(y)); endmodule\n"
    )
    (tmp_path / "script.tcl").write_text(
        f"read_liberty {LIBERTY}\nread_verilog chain.v\nlink_design chain\n"
        "set_input_transition 20 [get_ports a]\nset_load 5.23 [get_ports y]\n"
        "set_max_delay 100 -to [get_ports y]\n"
        "report_checks -format full -digits 2\nexit\n"
    )
    done = subprocess.run(
        [tools.opensta(), "-no_splash", "-exit", "script.tcl"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    output = done.stdout + done.stderr
    assert not re.search(r"[Ww]arning|[Ee]rror", output), output
    # Third slew, third load of the rising table: the same number, to the rounding of the load.
    (arrival,) = re.findall(r"([0-9.]+) +data arrival time", output)[:1]
    assert float(arrival) == pytest.approx(table("INV_X1", "A", "cell_rise")[2, 2], abs=0.05)
