"""OpenROAD places, buffers and sizes a netlist: area, delay and power with wires.

**Not run against the real program**: written from its documentation, and tested with a stand-in.

The core is square and half full. Cells are placed globally, pins around them, cells again; wires
are estimated from the placement; nets are buffered (``repair_design``) and gates buffered and
sized up to the delay target (``repair_timing``); cells are put into rows, and timing and power
reported with the wires of that placement. Nothing is routed, and there is no power grid.

A clock whose period is the delay target stands at no pin. Inputs arrive after its edge, outputs
are required before the next, so that delay = target - worst slack, and the delay is the worst of
arrival + path - required as everywhere in this package.

References:
    OpenROAD, https://github.com/The-OpenROAD-Project/OpenROAD:
    ``src/{ifp,ppl,gpl,rsz,dpl}/README.md`` (commands and options; ``set_layer_rc`` takes the units
    of the first Liberty file, so the platform's wires are read before units change),
    ``src/Main.cc`` (an error of the script is status 1), ``src/rsz/test/gcd_resize.ok`` (``worst
    slack max 1.27``, in older versions ``worst slack 1.28``), ``src/rsz/src/Resizer.tcl``
    (``rsz::design_area`` in square metres, which ``report_design_area`` rounds).
    OpenSTA, ``power/Power.tcl``: ``-activity`` is transitions in a clock period.
    OpenROAD-flow-scripts, ``flow/scripts/*place*.tcl``: the order of the steps.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from synthesis import opensta, tools
from synthesis.abc import keep_log
from synthesis.errors import ToolError, UserError
from synthesis.library import Library
from synthesis.netlist import Netlist
from synthesis.orfs import Platform
from synthesis.sdc import sdc
from synthesis.timing import IOTiming

UTILIZATION_PERCENT = 50
"""Share of the core that cells fill before buffers are added; global placement's default density
of 0.7 leaves room for them."""
MARGIN_UM = 2.0
"""Space between core and pins."""

_SCRIPT = """\
{read_lef}{read_cells}read_verilog design.v
link_design design
source parasitics.tcl
set_cmd_units -time ns -capacitance fF
{dont_use}{constraints}initialize_floorplan -utilization {utilization} -aspect_ratio 1 \
-core_space {margin_um} -site {site}
{tracks}
global_placement -skip_io
place_pins -hor_layers {{{horizontal_layers}}} -ver_layers {{{vertical_layers}}}
global_placement
estimate_parasitics -placement
repair_design
repair_timing -setup
detailed_placement
estimate_parasitics -placement
report_worst_slack -max -digits 6
set_power_activity -input -activity {activity:g}
report_power -digits 6
puts "design area [expr {{[rsz::design_area] * 1e12}}] um2"
"""
# What is not found, a port or an outline, is left out with a warning and falsifies the rest.
_COMPLAINT = re.compile(r"^(?:\[ERROR .*|Error: .*|\[WARNING .* not found.*)", re.MULTILINE)
_SLACK = re.compile(r"^worst slack (?:max )?(-?\d+\.\d+)$", re.MULTILINE)
_AREA = re.compile(r"^design area (\d+(?:\.\d+)?(?:e[+-]\d+)?) um2$", re.MULTILINE)
_HEADER = re.compile(r"module[^;]*;\s*input[^;]*;\s*output[^;]*;")
_ESCAPED_BIT = re.compile(r"\\(\w+\[\d+\]) ")


@dataclass(frozen=True, slots=True)
class Placement:
    """What OpenROAD made of a netlist.

    Attributes:
        delay_ns: The worst of arrival + path - required, with wires.
        area_um2: Of all cells, by their outlines in LEF.
        power_uw: At :data:`synthesis.opensta.TRANSITIONS_PER_NS` of every input.
    """

    delay_ns: float
    area_um2: float
    power_uw: float


def place(
    verilog: str,
    netlist: Netlist,
    library: Library,
    platform: Platform,
    target_ns: float,
    timing: IOTiming = IOTiming(),  # noqa: B008
    timeout_s: float = 600.0,
) -> Placement:
    """Places a mapped netlist, buffers and sizes it up to a delay target.

    Args:
        verilog: One module of the library's cells, as ABC writes it.
        netlist: What it was mapped from.
        library: The cells; the platform's LEF must have an outline for each.
        platform: The process they are placed in.
        target_ns: What arrival + path - required shall not exceed.
        timing: Arrival and required times, driver and loads.
        timeout_s: Limit for OpenROAD.

    Raises:
        UserError: The timing is not for this netlist or library, or the target is not above 0.
        ToolNotFoundError: OpenROAD is not installed.
        ToolTimeoutError: It took longer.
        ToolError: It failed, complained, or did not say what it should have.
    """
    program = tools.require_openroad()
    text = script(netlist, library, platform, target_ns, timing)
    with tempfile.TemporaryDirectory(prefix="circuitvae-openroad-") as name:
        folder = Path(name)
        opensta.write_inputs(vector_ports(verilog, netlist), library, folder)
        for index, path in enumerate(platform.lef):
            (folder / f"cells{index}.lef").symlink_to(path)
        (folder / "parasitics.tcl").symlink_to(platform.parasitics)
        if platform.tracks:
            (folder / "tracks.tcl").symlink_to(platform.tracks)
        (folder / "script.tcl").write_text(text)
        command = [str(program), "-no_init", "-no_splash", "-exit", "script.tcl"]
        done = tools.run_to_end("openroad", command, folder, timeout_s)
    return _parse(done.stdout, done.returncode, target_ns)


def script(
    netlist: Netlist,
    library: Library,
    platform: Platform,
    target_ns: float,
    timing: IOTiming = IOTiming(),  # noqa: B008
) -> str:
    """The Tcl that OpenROAD runs; files go by plain names of its working folder.

    Raises:
        UserError: The timing is not for this netlist or library, or the target is not above 0.
    """
    inputs = [pin.name for pin in netlist.inputs]
    outputs = [pin.name for pin in netlist.outputs]
    timing.check(inputs, outputs)
    if target_ns <= 0:
        raise UserError(
            f"placing takes the delay target for a clock period: expected one above 0 ns, found "
            f"{target_ns:g}; give other --targets"
        )
    driver = timing.driver_cell or library.driver_cell
    if driver not in library.cells and driver not in library.left_out:
        raise UserError(f"timing: driver_cell: {library.name} has no cell {driver!r}")
    lef = [f"read_lef cells{index}.lef\n" for index in range(len(platform.lef))]
    return _SCRIPT.format(
        read_lef="".join(lef),
        read_cells=opensta.read_cells(library),
        dont_use=f"set_dont_use {{{' '.join(library.dont_use)}}}\n" if library.dont_use else "",
        constraints=sdc(library, timing, inputs, outputs, period_ns=target_ns),
        utilization=UTILIZATION_PERCENT,
        margin_um=MARGIN_UM,
        site=platform.site,
        tracks="source tracks.tcl" if platform.tracks else "make_tracks",
        horizontal_layers=platform.horizontal_layers,
        vertical_layers=platform.vertical_layers,
        activity=opensta.TRANSITIONS_PER_NS * target_ns,
    )


def vector_ports(verilog: str, netlist: Netlist) -> str:
    """Verilog with ports such as ``a[3:0]``, where ABC writes a port for each bit."""
    ports: list[str] = []
    declarations: list[str] = []
    for direction, pins in (("input", netlist.inputs), ("output", netlist.outputs)):
        bits = [pin.name.partition("[") for pin in pins]
        for port in dict.fromkeys(name for name, _, _ in bits):
            width = sum(name == port for name, _, _ in bits)
            is_vector = any(bracket for name, bracket, _ in bits if name == port)
            ports.append(port)
            declarations.append(f"  {direction} {f'[{width - 1}:0] ' if is_vector else ''}{port};")
    header = "\n".join([f"module {netlist.name}({', '.join(ports)});", *declarations])
    body = _HEADER.sub("", verilog, count=1)
    return header + _ESCAPED_BIT.sub(r"\1", body)


def _parse(output: str, status: int, target_ns: float) -> Placement:
    complaint = _COMPLAINT.search(output)
    slacks, areas = _SLACK.findall(output), _AREA.findall(output)
    powers = opensta.total_powers_uw(output)
    counts = len(slacks), len(powers), len(areas)
    if status or complaint or counts != (1, 1, 1):
        problem = (
            complaint.group()
            if complaint
            else "expected one worst slack, one total power and one design area, found "
            "{}, {} and {}".format(*counts)
        )
        raise ToolError(
            "openroad",
            f"{tools.openroad_version()}: status {status}, {problem}",
            keep_log("openroad", output),
        )
    return Placement(target_ns - float(slacks[0]), float(areas[0]), sum(powers[0]))
