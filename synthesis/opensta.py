"""OpenSTA's opinion of a sized netlist, under the conditions that ABC judged it by.

Wires cost what the constraints say: the wire-load model that many Liberty files name as their
default, which OpenSTA would apply unasked, gives way to one without capacitance.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from synthesis import tools
from synthesis.abc import keep_log
from synthesis.errors import ToolError
from synthesis.library import Library
from synthesis.sdc import PERIOD_NS, sdc

TRANSITIONS_PER_NS = 0.1
"""Of every input, for power; OpenSTA follows them through the gates."""

_NO_WIRES = """\
library (wires) {
  time_unit : "1ns";
  capacitive_load_unit (1, ff);
  input_threshold_pct_rise : 50;
  input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50;
  output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20;
  slew_lower_threshold_pct_fall : 20;
  slew_upper_threshold_pct_rise : 80;
  slew_upper_threshold_pct_fall : 80;
  wire_load (none) { resistance : 0; capacitance : 0; slope : 0; fanout_length (1, 0); }
}
"""
_SCRIPT = """\
set link_make_black_boxes 0
{read_cells}read_liberty wires.lib
set_cmd_units -time ns -capacitance fF
read_verilog design.v
link_design design
set_wire_load_model -name none -library wires
{constraints}set_power_activity -input -activity {activity}
report_checks -path_delay max -format end -digits 6
report_power -digits 6
"""
_MODULE = re.compile(r"^module\s+\w+", re.MULTILINE)
_WORST = re.compile(
    r"^(\S+) \(output\)" + r"\s+-?\d+\.\d+" * 2 + r"\s+(-?\d+\.\d+)\s", re.MULTILINE
)
_POWER = re.compile(r"^Total\s" + r"\s+(\d\.\d+e[+-]\d+)" * 4, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SignOff:
    """What OpenSTA says of a netlist.

    Attributes:
        delay_ns: The worst of arrival + path - required over the outputs.
        endpoint: The output at which it ends.
        internal_uw: Power inside cells; 0 where the library has no power tables.
        switching_uw: Power of charging nets and outputs.
        leakage_uw: Power at rest.
    """

    delay_ns: float
    endpoint: str
    internal_uw: float
    switching_uw: float
    leakage_uw: float

    @property
    def power_uw(self) -> float:
        """All power, at :data:`TRANSITIONS_PER_NS` of every input."""
        return self.internal_uw + self.switching_uw + self.leakage_uw


def signoff(
    verilog: str, library: Library, constraints: str | None = None, timeout_s: float = 120.0
) -> SignOff:
    """Times a combinational netlist and estimates its power.

    Args:
        verilog: One module of the library's cells.
        library: The cells.
        constraints: Conditions from :mod:`synthesis.sdc`; if none, the library's driving cell
            drives every input, its load hangs on every output, and wires are free.
        timeout_s: Limit for OpenSTA.

    Raises:
        ToolNotFoundError: OpenSTA is not installed.
        ToolTimeoutError: It took longer.
        ToolError: It failed, complained, or did not say what it should have.
    """
    program = tools.require_opensta()
    with tempfile.TemporaryDirectory(prefix="circuitvae-sta-") as name:
        folder = Path(name)
        write_inputs(verilog, library, folder)
        (folder / "wires.lib").write_text(_NO_WIRES)
        (folder / "script.tcl").write_text(script(library, constraints))
        command = [str(program), "-no_init", "-no_splash", "-exit", "script.tcl"]
        done = tools.run_to_end("sta", command, folder, timeout_s)
    return _parse(done.stdout, done.returncode)


def script(library: Library, constraints: str | None = None) -> str:
    """The Tcl that OpenSTA runs; files go by plain names of its working folder."""
    return _SCRIPT.format(
        read_cells=read_cells(library),
        constraints=sdc(library) if constraints is None else constraints,
        activity=TRANSITIONS_PER_NS,
    )


def write_inputs(verilog: str, library: Library, folder: Path) -> None:
    """Puts a netlist, its module named ``design``, and the cells where scripts find them."""
    for index, path in enumerate(library.plain_files(folder)):
        (folder / f"cells{index}.lib").symlink_to(path)
    (folder / "design.v").write_text(_MODULE.sub("module design", verilog))


def read_cells(library: Library) -> str:
    """The Tcl that reads the cells which :func:`write_inputs` put into the working folder."""
    return "".join(f"read_liberty cells{index}.lib\n" for index in range(len(library.files)))


def total_powers_uw(output: str) -> list[tuple[float, float, float]]:
    """Internal, switching and leakage power of every total that ``report_power`` printed."""
    totals = [map(float, watts[:3]) for watts in _POWER.findall(output)]
    return [
        (1e6 * internal, 1e6 * switching, 1e6 * leakage) for internal, switching, leakage in totals
    ]


def _parse(output: str, status: int) -> SignOff:
    # The status is 0 even after errors.
    complaint = re.search(r"^Error: .*", output, re.MULTILINE)
    worst, power = _WORST.findall(output), total_powers_uw(output)
    if status or complaint or len(worst) != 1 or len(power) != 1:
        problem = (
            complaint.group()
            if complaint
            else f"expected one slowest output and one total power, "
            f"found {len(worst)} and {len(power)}"
        )
        raise ToolError("sta", f"status {status}, {problem}", keep_log("sta", output))
    ((endpoint, slack_ns),) = worst
    return SignOff(round(PERIOD_NS - float(slack_ns), 6), endpoint, *power[0])
