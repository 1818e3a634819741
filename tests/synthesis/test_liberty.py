import gzip
import hashlib
import random

import pytest

from synthesis.errors import UserError
from synthesis.liberty import liberty_text, parse_liberty, read_liberty

TEXT = r"""
/* library (wrong) { cell (wrong) { */
library ("demo") { // a brace in a line comment: {
  time_unit : "10ps"; capacitive_load_unit (0.5, "pf");
  comment : "braces } in { strings, and an escaped \" quote";
  default_input_pin_cap : 0.02;
  nom_voltage : 1.2;
  operating_conditions (slow) { process : 1.1; voltage : 0.9; temperature : 125 }
  cell (ND2) {
    /* area : 7; */ area : 1.5
    pg_pin (VDD) { pg_type : primary_power; }
    pin (A, B) { direction : input; capacitance : 0.004; }
    pin ("Y") {
      direction : output; max_capacitance : 0.1; function : "!(A \
        B)";
      timing () { related_pin : "A B"; cell_rise (t) { values ("1, 2", \
        "3, 4"); } }
    }
  }
  cell (DFF) {
    dont_use : true;
    ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; }
    bus (D) { direction : input; pin (D[0]) { direction : input; } }
    pin (Q) { direction : output; three_state : "EN"; function : "IQ"; }
  }
  cell (ICG) { clock_gating_integrated_cell : latch_posedge; }
}
"""


def write(folder, text, name="demo.lib"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["demo.lib", "demo.lib.gz"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_reads_header_cells_and_pins(tmp_path, name, newline):
    text = TEXT.replace("\n", newline)
    file = read_liberty(write(tmp_path, text, name))
    assert file.library == "demo"
    assert file.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert file.time_unit_ns == 0.01  # 10 ps
    assert file.capacitance_unit_ff == 500.0  # half a pF
    # The header's own value goes before the operating conditions, which supply the other two.
    assert (file.voltage_v, file.temperature_c, file.process) == (1.2, 125.0, 1.1)
    nand, flip_flop, clock_gate = file.cells
    assert (nand.name, nand.area_um2, nand.sequential, nand.dont_use) == ("ND2", 1.5, False, None)
    first, second, output = nand.pins
    # 0.004 * 0.5 pF = 2 fF; 0.1 * 0.5 pF = 50 fF
    assert (first.name, first.direction, first.capacitance_ff) == ("A", "input", 2.0)
    assert (second.name, second.capacitance_ff) == ("B", 2.0)
    assert (output.name, output.max_capacitance_ff) == ("Y", 50.0)
    assert output.function is not None and output.function.split() == ["!(A", "B)"]
    assert flip_flop.sequential and clock_gate.sequential
    assert flip_flop.dont_use == "dont_use"
    bus, stored = flip_flop.pins
    assert (bus.name, bus.capacitance_ff) == ("D", 10.0)  # default_input_pin_cap
    assert stored.three_state


def test_spans_give_the_text_of_a_cell(tmp_path):
    path = write(tmp_path, TEXT, "demo.lib.gz")
    nand, flip_flop, _ = read_liberty(path).cells
    text = liberty_text(path)
    assert text[slice(*nand.span)].startswith("cell (ND2) {")
    assert text[slice(*nand.span)].count("values") == 1
    assert text[slice(*flip_flop.span)].endswith('"IQ"; }\n  }')


def test_conditions_are_optional():
    text = (
        b'library (x) { time_unit : "1ns"; capacitive_load_unit (1, ff); cell (c) { area : 1; } }'
    )
    file = parse_liberty(text, "x.lib")
    assert (file.voltage_v, file.temperature_c, file.process) == (None, None, None)


GOOD = 'library (x) { time_unit : "1ns"; capacitive_load_unit (1, ff); cell (c) { area : 1; } }'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("module adder; endmodule", "not Liberty"),
        ("library without any group", "not Liberty"),
        ("} library (x) {}", "closing brace"),
        (GOOD[:-1], "1 groups are never closed"),
        (GOOD.replace("cell", "sell"), "no cells"),
        (GOOD.replace('"1ns"', '"1 fortnight"'), "time_unit.*'1 fortnight'"),
        (GOOD.replace("time_unit", "tame_unit"), "time_unit.*'nothing'"),
        # ABC takes each of these for another unit, and says nothing.
        (GOOD.replace("1ns", "1us"), "time_unit: expected one of 1ps, .* 1ns, found '1us'"),
        (GOOD.replace("1ns", "1fs"), "time_unit.*'1fs'"),
        (GOOD.replace("1ns", "0.001ns"), "time_unit.*'0.001ns'"),
        (GOOD.replace("ff", "nf"), r"capacitive_load_unit.*\(NUMBER, pf\).*\(1, nf\)"),
        (GOOD.replace("ff", "FF"), r"capacitive_load_unit.*\(1, FF\)"),
        (GOOD.replace("cell (c)", 'cell ("c | quit")'), r"name of a cell.*'c \| quit'"),
        (GOOD.replace("area", 'pin ("A B") { } area'), "name of a pin.*'A B'"),
        (GOOD.replace("ff", "F"), r"capacitive_load_unit.*\(1, F\)"),
        (GOOD.replace("(1,", "(one,"), "capacitive_load_unit.*'one'"),
        (GOOD.replace("area : 1", "area : big"), "area of cell c.*'big'"),
        (GOOD.replace("area : 1", "area : nan"), "area of cell c.*'nan'"),
    ],
)
def test_bad_text_gets_one_line_that_names_the_file(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(UserError, match=message) as error:
        read_liberty(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_good_text_passes(tmp_path):
    assert read_liberty(write(tmp_path, GOOD)).cells[0].name == "c"


PACKED = gzip.compress(GOOD.encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(GOOD.encode(), "not a sound gzip", id="plain text"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(PACKED[:-12], "truncated", id="cut in the data"),
        pytest.param(PACKED[:5], "truncated", id="cut in the header"),
        pytest.param(PACKED[:-8] + bytes(8), "not a sound gzip", id="wrong checksum"),
        pytest.param(PACKED[:10] + b"\xff" * 40, "not a sound gzip", id="garbage"),
    ],
)
def test_bad_gzip_gets_one_line(tmp_path, content, message):
    path = tmp_path / "demo.lib.gz"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_liberty(path)


def test_missing_files_and_folders_get_one_line(tmp_path):
    with pytest.raises(UserError, match="no such Liberty file"):
        read_liberty(tmp_path / "none.lib")
    with pytest.raises(UserError, match="cannot be read"):
        read_liberty(tmp_path)


def test_every_truncation_is_noticed():
    for length in range(TEXT.rindex("}")):
        with pytest.raises(UserError):
            parse_liberty(TEXT[:length].encode(), "cut.lib")


def test_noise_never_ends_in_anything_but_a_user_error():
    generator = random.Random(0)
    outcomes = {True: 0, False: 0}
    for _ in range(500):
        noisy = list(TEXT)
        for _ in range(5):
            noisy[generator.randrange(len(noisy))] = generator.choice('{}"();:/*\\a1 \n')
        try:
            parse_liberty("".join(noisy).encode(), "noisy.lib")
            outcomes[True] += 1
        except UserError:
            outcomes[False] += 1
    assert min(outcomes.values()) > 0


@pytest.mark.parametrize(
    "attribute", ["dont_use", "pad_cell", "is_level_shifter", "is_isolation_cell", "always_on"]
)
@pytest.mark.parametrize(("value", "apart"), [("true", True), ('"true"', True), ("false", False)])
def test_cells_that_are_not_for_ordinary_logic(tmp_path, attribute, value, apart):
    text = TEXT.replace("cell (ND2) {", f"cell (ND2) {{ {attribute} : {value};")
    assert read_liberty(write(tmp_path, text)).cells[0].dont_use == (attribute if apart else None)


@pytest.mark.parametrize(
    ("unit", "nanoseconds"), [("1ps", 0.001), ("10ps", 0.01), ("100ps", 0.1), ("1ns", 1.0)]
)
@pytest.mark.parametrize("form", ['"{}"', "{}", "{} "])
def test_units_of_time(unit, nanoseconds, form):
    text = GOOD.replace('"1ns"', form.format(unit))
    assert parse_liberty(text.encode(), "x.lib").time_unit_ns == nanoseconds


@pytest.mark.parametrize(
    ("unit", "femtofarads"),
    [("1, ff", 1.0), ("1,fF", 1.0), ('1.0000, "pf"', 1000.0), ("0.5, pF", 500.0), ("10, ff", 10.0)],
)
def test_units_of_capacitance(unit, femtofarads):
    text = GOOD.replace("1, ff", unit)
    assert parse_liberty(text.encode(), "x.lib").capacitance_unit_ff == femtofarads
