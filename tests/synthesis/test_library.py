import gzip
import hashlib
import os
import pickle
from pathlib import Path

import pytest

from synthesis.errors import UserError
from synthesis.gates import Gate
from synthesis.liberty import read_liberty
from synthesis.library import ADDER_GATES, list_libraries, load_library

pytestmark = pytest.mark.usefixtures("own_folders")

FORMULAS = {
    "INV": "!A",
    "BUF": "A",
    "NAND2": "!(A B)",
    "NOR2": "!(A + B)",
    "XOR2": "A ^ B",
    "XNOR2": "!(A ^ B)",
    "AOI21": "!(A + B C)",
    "OAI21": "!(A (B + C))",
}


def cell(name, formula, area=1.0, *, capacitance=1.0, limit=10.0, extra=""):
    inputs = sorted({letter for letter in formula if letter.isalpha()})
    pins = "".join(
        f"pin ({pin}) {{ direction : input; capacitance : {capacitance}; }}" for pin in inputs
    )
    output = f'pin (Y) {{ direction : output; max_capacitance : {limit}; function : "{formula}"; }}'
    return f"cell ({name}) {{ area : {area}; {extra} {pins} {output} }}\n"


def text(*cells, name="demo"):
    units = 'time_unit : "1ns"; capacitive_load_unit (1, ff); nom_voltage : 1.1;'
    return f"library ({name}) {{ {units}\n{''.join(cells)}}}\n"


GATES = [cell(f"{name}_1", formula) for name, formula in FORMULAS.items()]
LATCH = 'cell (LATCH) { latch (IQ, IQN) { enable : "G"; } pin (Q) { direction : output; } }\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that names are sought in, with one library in two files, one of them packed."""
    texts = [text(*GATES[:4]), text(*GATES[4:], cell("INV_2", "!A", 2.0), LATCH)]
    (tmp_path / "one.lib").write_text(texts[0])
    (tmp_path / "two.lib.gz").write_bytes(gzip.compress(texts[1].encode()))
    checksums = [hashlib.sha256(content.encode()).hexdigest() for content in texts]
    (tmp_path / "libraries.toml").write_text(f"""
[demo]
process = "a process"
files = ["one.lib", "two.lib.gz"]
sha256 = ["{checksums[0]}", "{checksums[1]}"]
driver_cell = "BUF_1"
load_ff = 2.5
wire_ff_per_um = 0.1
row_height_um = 1.4
dont_use = ["NOR*", "NONE_*"]
""")
    monkeypatch.setenv("CIRCUITVAE_LIBRARY_PATH", str(tmp_path))
    return tmp_path


def write(folder, *cells, name="cells.lib"):
    path = folder / name
    path.write_text(text(*cells))
    return path


def edit_manifest(folder, old, new):
    path = folder / "libraries.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_named_library_is_loaded_with_its_settings(folder):
    library = load_library("demo")
    assert (library.name, library.process) == ("demo", "a process")
    assert (library.driver_cell, library.load_ff) == ("BUF_1", 2.5)
    assert (library.wire_ff_per_um, library.row_height_um) == (0.1, 1.4)
    assert library.files == (folder / "one.lib", folder / "two.lib.gz")
    assert library.dont_use == ("NOR2_1",)
    assert library.left_out == {
        "NOR2_1": "dont_use 'NOR*' in the manifest",
        "LATCH": "sequential",
    }
    assert "NOR2_1" not in library.cells and len(library.cells) == 8
    assert Gate.NOR2 in library.missing_gates()
    assert [found.name for found in library.cells_of(Gate.INV)] == ["INV_1", "INV_2"]
    assert library.smallest(Gate.AOI21).inputs == ("B", "C", "A")
    assert library.cells_of(Gate.OA21) == ()


def test_by_path_driver_load_and_dont_use_are_inferred(tmp_path):
    path = write(
        tmp_path,
        *GATES,
        cell("INV_small", "!A", 0.5, capacitance=0.75),
        cell("BUF_same", "A", 1.1, limit=14.0),
        cell("BUF_next", "A", 1.5, limit=20.0),
        cell("BUF_big", "A", 2.0, limit=40.0),
        cell("BUF_never", "A", 1.2, limit=30.0, extra="dont_use : true;"),
    )
    library = load_library(str(path))
    assert library.driver_cell == "BUF_next"  # the smallest with a load of at least 15
    assert library.load_ff == 3.0  # four times 0.75 fF
    assert library.dont_use == ("BUF_never",)
    assert library.left_out == {"BUF_never": "dont_use in Liberty"}
    assert library.process == "demo, 1.1 V"
    assert library.can_build_adders
    library.require_adder_gates()
    assert load_library([path]) == library


def test_a_single_buffer_is_the_driver(tmp_path):
    assert load_library([write(tmp_path, *GATES)]).driver_cell == "BUF_1"


def test_cells_that_cannot_be_used_are_told_why(tmp_path):
    three_state = cell("TRI", "A").replace("function", "three_state : EN; function")
    two_outputs = cell("HA", "A").replace("pin (Y)", "pin (X) { direction : output; } pin (Y)")
    path = write(
        tmp_path,
        *GATES,
        LATCH,
        three_state,
        two_outputs,
        "cell (FILL) { area : 1; }",
        cell("ODD", "A").replace('"A"', '"A & VDD"'),
        cell("HOLD", "A").replace("output", "inout"),
        cell("MUTE", "A").replace("function", "formula"),
        cell("WIDE", "A B C D"),
    )
    library = load_library([path])
    assert library.left_out["LATCH"] == "sequential"
    assert library.left_out["TRI"] == "three-state"
    assert library.left_out["HA"] == "has 2 outputs"
    assert library.left_out["FILL"] == "has 0 outputs"
    assert "VDD is not among" in library.left_out["ODD"]
    assert library.left_out["HOLD"] == "has a pin that is neither input nor output"
    assert library.left_out["MUTE"] == "its output has no function"
    assert library.cells["WIDE"].gate is None
    assert library.dont_use == ()


@pytest.mark.parametrize("gate", [gate for gate in ADDER_GATES if gate not in ("inv", "buf")])
def test_a_missing_gate_is_named(tmp_path, gate):
    cells = [found for found in GATES if f"({gate.name}_1)" not in found]
    library = load_library([write(tmp_path, *cells)])
    assert not library.can_build_adders
    with pytest.raises(UserError, match=f"library demo has no usable {gate.name}"):
        library.require_adder_gates()
    with pytest.raises(UserError, match=gate.name):
        library.smallest(gate)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (GATES[1:], "demo has no usable INV,"),
        ([GATES[0], *GATES[2:]], "demo has no usable BUF,"),
        (GATES[2:], "demo has no usable INV and no BUF"),
        ([LATCH], "demo has no usable combinational gate"),
    ],
)
def test_without_inverter_or_buffer_nothing_can_be_built(tmp_path, cells, message):
    library = load_library([write(tmp_path, *cells)])
    assert not library.can_build_adders
    with pytest.raises(UserError, match=message):
        library.require_adder_gates()


def test_what_cannot_be_inferred_is_told_when_it_is_needed(tmp_path):
    library = load_library([write(tmp_path, GATES[2], LATCH)])
    with pytest.raises(UserError, match="demo has no usable BUF, which is needed here"):
        _ = library.driver_cell
    with pytest.raises(UserError, match="demo has no usable INV, which is needed here"):
        _ = library.load_ff


def test_drive_is_compared_by_area_where_a_load_is_missing(tmp_path):
    silent = cell("BUF_other", "A", 3.0).replace("max_capacitance : 10.0;", "")
    path = write(tmp_path, *GATES, cell("BUF_2", "A", 1.2, limit=20.0), silent)
    assert load_library([path]).driver_cell == "BUF_other"  # 3.0 >= 1.5 * 1.0


def test_power_domain_cells_are_left_out_by_their_marks(tmp_path):
    shifter = cell("SHIFT", "A", 0.1, extra='is_level_shifter : "true";')
    library = load_library([write(tmp_path, *GATES, shifter)])
    assert library.dont_use == ("SHIFT",)
    assert library.left_out == {"SHIFT": "is_level_shifter in Liberty"}


def test_bus_pins_are_told(tmp_path):
    bus = """cell (WORD) { bus (A) { bus_type : two; direction : input; }
        pin (Y) { direction : output; function : "A[0] & A[1]"; } }"""
    library = load_library([write(tmp_path, *GATES, bus)])
    assert "A[0] is not among" in library.left_out["WORD"]


def test_the_first_file_has_three_kinds_of_cell(tmp_path):
    few = write(tmp_path, *GATES[:2], name="few.lib")
    least = write(tmp_path, LATCH, name="least.lib")
    many = write(tmp_path, *GATES[2:], name="many.lib")
    assert load_library([few, least, many]).files == (many, few, least)
    assert load_library([many, few]).files == (many, few)
    assert load_library([few, least]).files == (few, least)


def test_a_cell_in_two_files_is_refused(tmp_path):
    paths = [write(tmp_path, *GATES, name=name) for name in ("a.lib", "b.lib")]
    with pytest.raises(UserError, match=r"b\.lib: cell INV_1 is also in .*a\.lib"):
        load_library(paths)


@pytest.mark.parametrize("spec", ["missing.lib", "missing.lib.gz", "some/where", "x.liberty"])
def test_what_looks_like_a_path_is_one(spec):
    with pytest.raises(UserError, match="no such Liberty file"):
        load_library(spec)


def test_a_file_of_any_name_is_a_path(tmp_path, monkeypatch):
    write(tmp_path, *GATES, name="cells")
    monkeypatch.chdir(tmp_path)
    library = load_library("cells")
    assert library.files == (tmp_path / "cells",)


def test_no_files_are_refused():
    with pytest.raises(UserError, match="at least one Liberty file"):
        load_library([])


def test_an_unknown_name_gets_the_known_and_the_nearest(folder):
    with pytest.raises(UserError, match=r"known: demo, generic45; did you mean 'demo'\?"):
        load_library("dem0")
    with pytest.raises(UserError, match="or give a path"):
        load_library("zzz")


def test_the_manifest_is_checked_against_the_files(folder):
    (folder / "one.lib").write_text(text(*GATES[:4]) + " ")
    with pytest.raises(UserError, match=r"one\.lib: sha256 .*expected [0-9a-f]{64}, found"):
        load_library("demo")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"one.lib"', '"none.lib"', "none.lib: no such Liberty file"),
        ('"BUF_1"', '"BUF_9"', "driver_cell: BUF_9 is not one"),
        ('"BUF_1"', '"LATCH"', "driver_cell: LATCH is not one"),
    ],
)
def test_a_manifest_that_does_not_fit_is_told(folder, old, new, message):
    edit_manifest(folder, old, new)
    with pytest.raises(UserError, match=message):
        load_library("demo")


def test_a_driver_may_be_kept_from_mapping(folder):
    edit_manifest(folder, '"NONE_*"', '"BUF_*"')
    assert load_library("demo").driver_cell == "BUF_1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("load_ff = 2.5", "load_ff = 2.6"),
        ('driver_cell = "BUF_1"', 'driver_cell = "INV_1"'),
        ('"NOR*"', '"NAND*"'),
        ("wire_ff_per_um = 0.1", "wire_ff_per_um = 0.2"),
        ("row_height_um = 1.4", ""),
    ],
)
def test_the_digest_knows_every_setting_that_counts(folder, old, new):
    before = load_library("demo")
    edit_manifest(folder, old, new)
    after = load_library("demo")
    assert after.digest != before.digest and after != before


def test_the_digest_knows_only_what_counts(folder):
    before = load_library("demo")
    edit_manifest(folder, "a process", "another process")
    edit_manifest(folder, '"NONE_*"', '"NIL_*"')
    after = load_library("demo")
    assert after == before and hash(after) == hash(before)
    assert before != "demo"


def test_a_library_survives_pickling(folder):
    library = load_library("demo")
    copy = pickle.loads(pickle.dumps(library))
    assert copy == library and copy.cells == library.cells
    assert copy.smallest(Gate.XOR2) == library.smallest(Gate.XOR2)


def test_plain_files_are_unpacked_once(folder, tmp_path):
    library = load_library("demo")
    target = tmp_path / "plain"
    plain, unpacked = library.plain_files(target)
    assert plain.read_bytes() == (folder / "one.lib").read_bytes()
    assert unpacked.read_bytes() == gzip.decompress((folder / "two.lib.gz").read_bytes())
    assert set(target.iterdir()) == {plain, unpacked}
    os.utime(unpacked, (0, 0))
    assert library.plain_files(target)[1].stat().st_mtime == 0
    unpacked.write_text("spoilt")
    library.plain_files(target)
    assert unpacked.read_bytes() == gzip.decompress((folder / "two.lib.gz").read_bytes())


def test_libraries_are_listed(folder):
    listed = list_libraries()
    assert listed[0] == ("demo", "a process", folder)
    assert [name for name, _, _ in listed] == ["demo", "generic45"]


REAL_FOLDER = os.environ.get("CIRCUITVAE_LIBRARY_PATH", "")
REAL = {
    # name: units in ns and fF, driver, smallest inverter with its input in fF and area in um2,
    # each as the Liberty text has it (0.0023020 pF and 0.0028674 pF in the two that are in pF)
    "nangate45": (1.0, 1.0, "BUF_X1", "INV_X1", 1.700230, 0.532),
    "sky130hd": (1.0, 1e3, "sky130_fd_sc_hd__buf_1", "sky130_fd_sc_hd__inv_1", 2.302, 3.7536),
    "sg13g2": (1.0, 1e3, "sg13g2_buf_4", "sg13g2_inv_1", 2.8674, 5.4432),
    "asap7": (1e-3, 1.0, "BUFx2_ASAP7_75t_R", "INVx1_ASAP7_75t_R", 0.619928, 0.04374),
}


@pytest.mark.parametrize("name", REAL)
def test_real_libraries(name, monkeypatch):
    if not any(
        (Path(folder) / "libraries.toml").is_file() for folder in REAL_FOLDER.split(os.pathsep)
    ):
        pytest.skip("real libraries: $CIRCUITVAE_LIBRARY_PATH names no folder with libraries.toml")
    monkeypatch.setenv("CIRCUITVAE_LIBRARY_PATH", REAL_FOLDER)
    time_unit_ns, capacitance_unit_ff, driver, inverter, capacitance_ff, area_um2 = REAL[name]
    library = load_library(name)
    for path in library.files:
        file = read_liberty(path)
        assert (file.time_unit_ns, file.capacitance_unit_ff) == (time_unit_ns, capacitance_unit_ff)
    library.require_adder_gates()
    assert library.driver_cell == driver
    smallest = library.smallest(Gate.INV)
    assert (smallest.name, smallest.area_um2) == (inverter, area_um2)
    assert smallest.input_capacitance_ff == pytest.approx((capacitance_ff,), rel=1e-4)
    for gate in Gate:
        for found in library.cells_of(gate):
            assert len(found.inputs) == gate.input_count and min(found.input_capacitance_ff) > 0
    assert not set(library.dont_use) & set(library.cells)
    by_path = load_library(library.files)
    assert by_path.can_build_adders
    assert "buf" in by_path.driver_cell.lower()
