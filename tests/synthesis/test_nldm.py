"""Timing tables, read from small Liberty texts by hand and from every library."""

from pathlib import Path

import pytest

from synthesis.errors import UserError
from synthesis.liberty import read_liberty
from synthesis.liberty_cache import read_cached
from synthesis.library import Library
from synthesis.nldm import Arc, Table, TimingTables

HEAD = """library (tiny) {
  time_unit : "10ps"; capacitive_load_unit (2, pf);
  lu_table_template (both) {
    variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("1, 3"); index_2 ("1, 2, 4");
  }
  lu_table_template (swapped) {
    variable_1 : total_output_net_capacitance; variable_2 : input_net_transition;
    index_1 ("1, 2, 4"); index_2 ("1, 3");
  }
  lu_table_template (by_load) { variable_1 : total_output_net_capacitance; index_1 ("1, 2"); }
  lu_table_template (odd) { variable_1 : related_out_total_output_net_capacitance; index_1 ("1"); }
"""
CELL = """  cell (INV) {
    pin (A) { direction : input; capacitance : 1; }
    pin ("Y") { direction : output; function : "!A";
      timing () { related_pin : "A"; timing_sense : negative_unate;
        cell_rise (both) { values ("10, 20, 40", \\
                                   "30, 40, 60"); }
        cell_fall (swapped) { values ("10, 30", "20, 40", "40, 60"); }
        rise_transition (by_load) { index_1 ("5, 7"); values ("1, 2"); }
        fall_transition (scalar) { values ("0.5"); }
      }
      timing () { related_pin : "A"; timing_type : three_state_disable; }
    }
  }
}
"""


def arcs(folder: Path, text: str = HEAD + CELL) -> tuple[Arc, ...]:
    path = folder / "tiny.lib"
    path.write_text(text)
    return TimingTables(read_liberty(path)).arcs("INV")


def test_units_axes_and_order_by_hand(tmp_path: Path) -> None:
    (arc,) = arcs(tmp_path)
    assert (arc.related_pin, arc.output, arc.sense) == ("A", "Y", "negative_unate")
    assert arc.cell_rise.slew_ns == pytest.approx((0.01, 0.03))
    assert arc.cell_rise.load_ff == pytest.approx((2000, 4000, 8000))
    assert arc.cell_rise.values_ns[1] == pytest.approx((0.3, 0.4, 0.6))
    assert arc.cell_fall.values_ns == arc.cell_rise.values_ns
    assert arc.rise_transition.load_ff == pytest.approx((10000, 14000))
    assert arc.fall_transition == Table((0.0,), (0.0,), ((0.005,),))


def test_values_between_and_beyond_the_points_by_hand() -> None:
    table = Table((0.0, 1.0), (0.0, 10.0, 20.0), ((1.0, 2.0, 4.0), (2.0, 3.0, 5.0)))
    assert table.at(0.0, 5.0) == 1.5
    assert table.at(0.5, 15.0) == 3.5
    assert table.at(1.0, 20.0) == 5.0
    # 0.2 per load beyond the last, 0.1 below the first; 1 per slew.
    assert table.at(0.0, 30.0) == 6.0
    assert table.at(-1.0, -10.0) == -1.0
    assert Table((0.0,), (0.0,), ((7.0,),)).at(3.0, 4.0) == 7.0


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"30, 40, 60"', '"30, 40"', "2 x 3 axes and 5 values"),
        ('"30, 40, 60"', '"30, x, 60"', "among its numbers"),
        ("cell_fall (swapped)", "cell_fell (swapped)", "a timing group without cell_fall"),
        ("cell_rise (both)", "cell_rise (odd)", "over related_out_total_output"),
        ("cell_rise (both)", "cell_rise (none)", "1 x 1 axes and 6 values"),
    ],
)
def test_tables_that_are_not_sound(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(UserError, match=rf"tiny\.lib: cell INV, pin Y: expected NLDM.*{problem}"):
        arcs(tmp_path, (HEAD + CELL).replace(old, new))


def test_a_cell_that_is_not_there(tmp_path: Path) -> None:
    arcs(tmp_path)
    with pytest.raises(UserError, match="no cell NAND2"):
        TimingTables(read_liberty(tmp_path / "tiny.lib")).arcs("NAND2")


def test_every_input_of_every_gate_has_an_arc(any_library: Library) -> None:
    found = {}
    for path in any_library.files:
        file = read_cached(path)
        tables = TimingTables(file)
        wanted = [cell.name for cell in file.cells if cell.name in any_library.cells]
        found |= {name: tables.arcs(name) for name in wanted if any_library.cells[name].gate}
    for name, several in found.items():
        cell = any_library.cells[name]
        assert {arc.related_pin for arc in several} == set(cell.inputs)
        for arc in several:
            assert arc.output == cell.output and len(arc.cell_rise.load_ff) > 2
            # More load, more delay.
            assert arc.cell_rise.at(0.01, 20.0) > arc.cell_rise.at(0.01, 10.0)
