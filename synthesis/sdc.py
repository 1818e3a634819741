"""Design constraints (SDC) under which other tools judge a netlist as this project's flow does.

References:
    Synopsys, "Using the Synopsys Design Constraints Format", application note, version 2.1, 2017.
"""

import re
from collections.abc import Mapping, Sequence

from synthesis.errors import UserError
from synthesis.library import Library
from synthesis.timing import UNIFORM, IOTiming

PERIOD_NS = 1.0
"""Of the clock against which ports are timed, unless a tool aims at it: a slack is this less the
delay."""
_NAME = re.compile(r"[A-Za-z_][\w$]*(?:\[\d+\])?")


def sdc(
    library: Library,
    timing: IOTiming = UNIFORM,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    net_loads_ff: Mapping[str, float] | None = None,
    period_ns: float = PERIOD_NS,
) -> str:
    """Arrival and required times, driver, loads of outputs and of nets; units are ns and fF.

    Args:
        library: Its driving cell and load hold where the timing does not say otherwise.
        timing: The IO timing.
        inputs: Bits that enter; only those named here get times of their own.
        outputs: Bits that leave, likewise.
        net_loads_ff: Wire capacitance by net.
        period_ns: Of the clock.

    Raises:
        UserError: A bit or net has a name that Tcl might misread.
    """
    lines = [
        f"create_clock -name reference -period {period_ns:g}",
        "set_input_delay 0 -clock reference [all_inputs]",
        "set_output_delay 0 -clock reference [all_outputs]",
        f"set_driving_cell -lib_cell {timing.driver_cell or library.driver_cell} [all_inputs]",
        f"set_load {library.load_ff} [all_outputs]",
    ]
    for bit in inputs:
        if arrival := timing.arrival(bit):
            lines.append(f"set_input_delay {arrival:g} -clock reference [get_ports {_quoted(bit)}]")
    for bit in outputs:
        if required := timing.required(bit):
            lines.append(
                f"set_output_delay {-required:g} -clock reference [get_ports {_quoted(bit)}]"
            )
        if (load_ff := timing.load(bit, library.load_ff)) != library.load_ff:
            lines.append(f"set_load {load_ff:g} [get_ports {_quoted(bit)}]")
    for net, load_ff in (net_loads_ff or {}).items():
        lines.append(f"set_load {load_ff:g} [get_nets {_quoted(net)}]")
    return "\n".join([*lines, ""])


def _quoted(name: str) -> str:
    """A name for Tcl. OpenSTA's patterns take ``[3]`` as it stands, and find vectors' bits so."""
    if not _NAME.fullmatch(name):
        raise UserError(f"expected the name of a bit or net such as sum[3], found {name!r}")
    return f"{{{name}}}"
