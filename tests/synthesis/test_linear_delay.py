"""Linear delay models, of a small Liberty text by hand and of every library."""

from pathlib import Path

import pytest

from synthesis.errors import UserError
from synthesis.gates import Gate
from synthesis.library import Library, load_library
from synthesis.linear_delay import driver_line, linear_gates


def arc(pin: str, intrinsic: float, resistance: float) -> str:
    """Rise takes a ns less than ``intrinsic + resistance * load``, fall one more."""
    loads = (1, 4, 16)
    rise, fall = (
        ", ".join(str(intrinsic + resistance * load + more) for load in loads) for more in (-1, 1)
    )
    return f"""timing () {{ related_pin : "{pin}";
        cell_rise (by_load) {{ values ("{rise}"); }} cell_fall (by_load) {{ values ("{fall}"); }}
        rise_transition (by_load) {{ values ("1, 1, 1"); }}
        fall_transition (by_load) {{ values ("1, 1, 1"); }} }}"""


def nand(size: int, arcs: str) -> str:
    """Area 1 + 2 a size; inputs of 1 and 2 fF a size."""
    return f"""cell (NAND_X{size}) {{ area : {1 + 2 * size};
      pin (A) {{ direction : input; capacitance : {size}; }}
      pin (B) {{ direction : input; capacitance : {2 * size}; }}
      pin (Y) {{ direction : output; function : "!(A & B)"; {arcs} }} }}"""


def tiny(folder: Path, *cells: str) -> Library:
    path = folder / "tiny.lib"
    path.write_text(
        """library (tiny) { time_unit : "1ns"; capacitive_load_unit (1, ff);
        lu_table_template (by_load) {
          variable_1 : total_output_net_capacitance; index_1 ("1, 4, 16"); }"""
        + "\n".join(cells)
        + "}"
    )
    return load_library([path])


def both(size: int) -> str:
    return nand(size, arc("A", 10, 4 / size) + arc("B", 12, 2 / size))


def test_a_gate_of_two_sizes_by_hand(tmp_path: Path) -> None:
    library = tiny(tmp_path, both(1), both(2))
    gate = linear_gates(library, [Gate.NAND2])[Gate.NAND2]
    assert gate.intrinsic_ns == pytest.approx((10, 12))
    # The mean of 4 and 2; a cell of twice the size has half of it.
    assert gate.resistance_ns_per_ff == pytest.approx(3)
    assert gate.input_ff == pytest.approx((1, 2))
    assert (gate.fixed_area_um2, gate.area_um2_per_size) == pytest.approx((1, 2))


def test_a_gate_of_one_size_grows_from_nothing(tmp_path: Path) -> None:
    gate = linear_gates(tiny(tmp_path, both(1)), [Gate.NAND2])[Gate.NAND2]
    assert (gate.fixed_area_um2, gate.area_um2_per_size) == pytest.approx((0, 3))


def test_a_driver_is_its_slowest_arc(tmp_path: Path) -> None:
    assert driver_line(tiny(tmp_path, both(2)), "NAND_X2") == pytest.approx((12, 1))


def test_an_input_without_tables_is_refused(tmp_path: Path) -> None:
    library = tiny(tmp_path, nand(1, arc("A", 10, 4)))
    with pytest.raises(UserError, match="cell NAND_X1: no timing tables of input B"):
        linear_gates(library, [Gate.NAND2])


def test_a_gate_or_driver_that_is_not_there_is_refused(tmp_path: Path) -> None:
    library = tiny(tmp_path, both(1))
    with pytest.raises(UserError, match="no usable AOI21"):
        linear_gates(library, [Gate.AOI21])
    with pytest.raises(UserError, match="no cell BUF"):
        driver_line(library, "BUF")


def test_models_of_every_library_are_sound(any_library: Library) -> None:
    for gate in linear_gates(any_library, [Gate.INV, Gate.NAND2, Gate.AOI21]).values():
        assert min(gate.intrinsic_ns) > 0 and gate.resistance_ns_per_ff > 0
        assert min(gate.input_ff) > 0 and gate.area_um2_per_size > 0
    intrinsic_ns, ns_per_ff = driver_line(any_library, any_library.driver_cell)
    assert intrinsic_ns > 0 and ns_per_ff > 0
