"""SDC, compared with what it should be."""

import pytest

from synthesis.errors import UserError
from synthesis.library import Library
from synthesis.sdc import sdc
from synthesis.timing import IOTiming

UNIFORM = """\
create_clock -name reference -period 1
set_input_delay 0 -clock reference [all_inputs]
set_output_delay 0 -clock reference [all_outputs]
set_driving_cell -lib_cell BUF_X2 [all_inputs]
set_load 6.969 [all_outputs]
"""


def test_uniform_timing(generic45: Library) -> None:
    assert sdc(generic45) == UNIFORM
    assert sdc(generic45, IOTiming(), ["a[0]"], ["y"], {}) == UNIFORM
    assert sdc(generic45, period_ns=0.3) == UNIFORM.replace("-period 1", "-period 0.3")


def test_bits_and_nets_of_their_own(generic45: Library) -> None:
    timing = IOTiming(
        arrival_ns=(("a", (0.0, -0.25)),),
        required_ns=(("y", 0.5),),
        load_ff=(("y", 9.0),),
        driver_cell="BUF_X4",
    )
    text = sdc(generic45, timing, ["a[0]", "a[1]"], ["y"], {"n_1": 1.5})
    assert text == UNIFORM.replace("BUF_X2", "BUF_X4") + (
        "set_input_delay -0.25 -clock reference [get_ports {a[1]}]\n"
        "set_output_delay -0.5 -clock reference [get_ports {y}]\n"
        "set_load 9 [get_ports {y}]\n"
        "set_load 1.5 [get_nets {n_1}]\n"
    )


@pytest.mark.parametrize("name", ["a}; exec rm x; {", "*", "a[*]", "a b", "a\n", "", "$x", "a\\"])
def test_names_that_tcl_might_misread(generic45: Library, name: str) -> None:
    with pytest.raises(UserError, match="expected the name of a bit or net"):
        sdc(generic45, net_loads_ff={name: 1.0})
