"""OpenROAD, by a stand-in: the script it gets, the answers it may give, and how it may fail.

``CIRCUITVAE_RECORD_GOLDEN=1 pytest tests/synthesis/test_openroad.py`` writes the recorded scripts
anew; read their difference before committing it.
"""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import sklansky
from synthesis import openroad, opensta, tools
from synthesis.errors import ToolError, ToolNotFoundError, ToolTimeoutError, UserError
from synthesis.flow import Flow, Synthesizer
from synthesis.library import Library
from synthesis.openroad import Placement, place
from synthesis.orfs import Platform
from synthesis.timing import IOTiming

GOLDEN = Path(__file__).parent / "golden"
NETLIST = Adder(carry_in=True).netlist(sklansky(3))
HUMP = IOTiming(
    arrival_ns=(("a", (0.05, 0.125, 0.05)), ("cin", 0.2)),
    required_ns=(("sum", -0.025), ("cout", 0.01)),
    load_ff=(("sum", (1.5, 2.0, 2.5)),),
    driver_cell="BUF_X1",
)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    folder = tmp_path / "platform"
    folder.mkdir()
    for name in ("tech.lef", "cells.lef", "rc.tcl", "tracks.tcl"):
        (folder / name).write_text(f"content of {name}\n")
    lef = (folder / "tech.lef", folder / "cells.lef")
    tracks = folder / "tracks.tcl"
    return Platform("demo", lef, "core_site", "metal3", "metal2", folder / "rc.tcl", tracks)


@pytest.fixture
def verilog(generic45: Library) -> str:
    synthesizer = Synthesizer(Flow(generic45, (0.2,)))
    (text,) = synthesizer.netlists(NETLIST)
    synthesizer.close()
    return text


@pytest.mark.parametrize("name", ["place_plain.tcl", "place_hump.tcl"])
def test_scripts_are_the_recorded_ones(name: str, generic45: Library, platform: Platform) -> None:
    if name == "place_plain.tcl":
        plain = replace(platform, tracks=None)
        text = openroad.script(NETLIST, replace(generic45, dont_use=()), plain, 0.25)
    else:
        two = generic45.files * 2
        library = replace(generic45, dont_use=("INV_X1", "CLKBUF_X3"), files=two)
        layers = replace(platform, horizontal_layers="M4 M6")
        text = openroad.script(NETLIST, library, layers, 0.3, HUMP)
    if os.environ.get("CIRCUITVAE_RECORD_GOLDEN") == "1":
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()


def test_the_script_names_no_path(generic45: Library, platform: Platform) -> None:
    text = openroad.script(NETLIST, generic45, platform, 0.25)
    assert not [path for path in (*generic45.files, *platform.lef) if str(path) in text]


def test_the_target_must_be_a_clock_period(generic45: Library, platform: Platform) -> None:
    with pytest.raises(UserError, match=r"expected one above 0 ns, found -0\.1"):
        openroad.script(NETLIST, generic45, platform, -0.1)


def test_timing_must_be_the_netlists(generic45: Library, platform: Platform) -> None:
    with pytest.raises(UserError, match="arrival_ns: no port 'c'; expected a, b, cin"):
        openroad.script(NETLIST, generic45, platform, 0.2, IOTiming(arrival_ns=(("c", 1.0),)))


def test_the_driver_is_one_of_the_librarys_cells(generic45: Library, platform: Platform) -> None:
    bad = IOTiming(driver_cell="BUF_X1; exec reboot")
    with pytest.raises(UserError, match="driver_cell: generic45 has no cell 'BUF_X1; exec reboot'"):
        openroad.script(NETLIST, generic45, platform, 0.2, bad)


def in_opensta(verilog: str, library: Library, timing: IOTiming, folder: Path) -> tuple:
    """(delay_ns, power_uw) by OpenSTA under the script's own constraints, without placement."""
    target_ns = 0.5
    nowhere = Platform("none", (), "site", "m3", "m2", Path("rc.tcl"), None)
    text = openroad.script(NETLIST, library, nowhere, target_ns, timing)
    known = "read_liberty read_verilog link_design create_clock set_ report_power"
    lines = [line for line in text.splitlines() if line.startswith(tuple(known.split()))]
    folder.mkdir()
    opensta.write_inputs(openroad.vector_ports(verilog, NETLIST), library, folder)
    report = "report_checks -path_delay max -format end -digits 6"
    kept = [line for line in lines if not line.startswith("set_dont_use")]
    (folder / "script.tcl").write_text("\n".join([*kept, report, ""]))
    command = [str(tools.require_opensta()), "-no_init", "-no_splash", "-exit", "script.tcl"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert "Error" not in done.stdout + done.stderr and "Warning" not in done.stdout + done.stderr
    ((slack_ns,),) = [re.findall(r"(-?\d+\.\d+) \((?:MET|VIOLATED)\)", done.stdout)]
    (powers_uw,) = opensta.total_powers_uw(done.stdout)
    return target_ns - float(slack_ns), sum(powers_uw)


@pytest.mark.skipif(tools.opensta() is None, reason="OpenSTA (sta) is not installed")
def test_constraints_mean_in_opensta_what_they_say(
    generic45: Library, verilog: str, tmp_path: Path
) -> None:
    plain = opensta.signoff(verilog, generic45)
    delay_ns, power_uw = in_opensta(verilog, generic45, IOTiming(), tmp_path / "plain")
    assert delay_ns == pytest.approx(plain.delay_ns, abs=2e-6)
    assert power_uw == pytest.approx(plain.power_uw, rel=1e-4)
    shifted = IOTiming(
        arrival_ns=(("a", 0.1), ("b", (0.1, 0.1, 0.1)), ("cin", 0.1)),
        required_ns=(("sum", -0.05), ("cout", -0.05)),
    )
    late_ns, same_uw = in_opensta(verilog, generic45, shifted, tmp_path / "shifted")
    assert late_ns == pytest.approx(plain.delay_ns + 0.15, abs=2e-6) and same_uw == power_uw
    for change in (
        IOTiming(arrival_ns=(("cin", 0.3),)),
        IOTiming(required_ns=(("sum", (0.0, 0.0, -0.3)),)),
        IOTiming(load_ff=(("sum", 30.0), ("cout", 30.0))),
        IOTiming(driver_cell="BUF_X1"),
    ):
        changed_ns, _ = in_opensta(verilog, generic45, change, tmp_path / repr(change)[:60])
        assert changed_ns > delay_ns + 1e-3


def test_ports_become_vectors_and_nothing_else_changes(verilog: str) -> None:
    text = openroad.vector_ports(verilog, NETLIST)
    assert text.startswith(
        f"module {NETLIST.name}(a, b, cin, sum, cout);\n"
        "  input [2:0] a;\n  input [2:0] b;\n  input cin;\n  output [2:0] sum;\n  output cout;\n"
    )
    assert "\\" not in text and ".A(a[0])" in text
    gates = re.compile(r"^  \w+ +g\d+\(", re.MULTILINE)
    assert gates.findall(text) == gates.findall(verilog) != []


@pytest.fixture
def fake_openroad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a Python script in OpenROAD's place."""

    def install(script: str, version: str = "v2.0-17598-ga008522d8") -> None:
        program = tmp_path / "openroad"
        program.write_text(
            f"#!{sys.executable}\nimport pathlib, sys, time\n"
            f"if sys.argv[1:] == ['-version']: print({version!r}); sys.exit()\n{script}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return install


LOG = """\
[INFO ODB-0227] LEF file: cells0.lef, created 22 layers, 27 vias
[INFO ODB-0227] LEF file: cells1.lef, created 135 library cells
[WARNING ORD-2011] LEF master ANTENNA_X1 has no liberty cell.
[INFO IFP-0001] Added 12 rows of 88 site core_site.
[INFO GPL-0018] Movable instances area: 27.132 um^2
[NesterovSolve] Iter:    1 overflow: 0.412 HPWL: 301220
[INFO PPL-0001] Number of available slots 312
[INFO RSZ-0058] Using max wire length 661um.
[INFO RSZ-0098] No setup violations found
Placement Analysis
---------------------------------
total displacement         12.4 u
---------------------------------
{slack}
Group                  Internal  Switching    Leakage      Total
                          Power      Power      Power      Power (Watts)
----------------------------------------------------------------
Sequential         0.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00   0.0%
Combinational      7.010210e-06 2.093964e-06 3.352670e-07 9.439441e-06 100.0%
----------------------------------------------------------------
Total              7.010210e-06 2.093964e-06 3.352670e-07 9.439441e-06 100.0%
                          74.3%      22.2%       3.6%
design area 27.132000000000005 um2
"""
NEW, OLD = LOG.format(slack="worst slack max 0.031250"), LOG.format(slack="worst slack -0.031250")


def test_an_answer_is_read(
    generic45: Library, platform: Platform, verilog: str, fake_openroad
) -> None:
    library = replace(generic45, files=generic45.files * 2, checksums=generic45.checksums * 2)
    fake_openroad(
        "assert sys.argv[1:] == ['-no_init', '-no_splash', '-exit', 'script.tcl']\n"
        "read = lambda name: pathlib.Path(name).read_text()\n"
        "assert read('design.v').startswith('module design(a, b, cin, sum, cout);')\n"
        "assert read('cells0.lib') == read('cells1.lib')\n"
        "assert read('cells0.lef') + read('cells1.lef') == 'content of tech.lef\\ncontent of "
        "cells.lef\\n'\n"
        "assert read('parasitics.tcl') + read('tracks.tcl') == 'content of rc.tcl\\ncontent of "
        "tracks.tcl\\n'\n"
        "assert 'create_clock -name reference -period 0.25' in read('script.tcl')\n"
        f"print({NEW!r})"
    )
    result = place(verilog, NETLIST, library, platform, 0.25)
    assert result == Placement(0.25 - 0.03125, pytest.approx(27.132), pytest.approx(9.439441))


def test_a_missed_target_and_an_older_form_are_read(
    generic45: Library, platform: Platform, verilog: str, fake_openroad
) -> None:
    fake_openroad(f"print({OLD!r})")
    assert place(verilog, NETLIST, generic45, platform, 0.25).delay_ns == 0.25 + 0.03125


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("print('all is well')", "status 0, expected one worst slack.* found 0, 0 and 0"),
        (f"print({NEW!r}); sys.exit(7)", "status 7"),
        (f"print({NEW + NEW!r})", "found 2, 2 and 2"),
        (f"print({NEW.replace('0.031250', 'INF')!r})", "found 0, 1 and 1"),
        (f"print({NEW.replace('7.010210e-06', 'nan')!r})", "found 1, 0 and 1"),
        (f"print({NEW.replace('27.132000000000005', 'nan')!r})", "found 1, 1 and 0"),
        (
            f"print({NEW!r}); print('[WARNING ORD-1013] instance g1 LEF master X not found.')",
            r"status 0, \[WARNING ORD-1013\] instance g1 LEF master X not found",
        ),
        (
            "print('[ERROR GPL-0302] Use a higher -density.'); sys.exit(1)",
            r"status 1, \[ERROR GPL-0302\] Use a higher -density",
        ),
        ("import os; os.kill(os.getpid(), 11)", "status -11"),
    ],
    ids="nonsense status twice slack power area lef error crash".split(),
)
def test_a_wrong_answer_is_a_failure(
    generic45: Library,
    platform: Platform,
    verilog: str,
    fake_openroad,
    script: str,
    problem: str,
) -> None:
    fake_openroad(script)
    with pytest.raises(ToolError, match=f"^openroad: v2.0-17598-ga008522d8: .*{problem}") as caught:
        place(verilog, NETLIST, generic45, platform, 0.25)
    assert caught.value.log and caught.value.log.is_file()
    caught.value.log.unlink()


def test_an_older_version_is_named(
    generic45: Library, platform: Platform, verilog: str, fake_openroad
) -> None:
    fake_openroad(
        "print('[ERROR STA-0402] place_pins -hor_layers is not a known keyword or flag.')\n"
        "print('Error: script.tcl, 30 STA-0402'); sys.exit(1)",
        version="1 0b8b7ae255f8",
    )
    message = r"^openroad: 1 0b8b7ae255f8: status 1, \[ERROR STA-0402\] place_pins -hor_layers"
    with pytest.raises(ToolError, match=message) as caught:
        place(verilog, NETLIST, generic45, platform, 0.25)
    assert caught.value.log
    caught.value.log.unlink()


def test_a_hanging_tool_is_stopped(
    generic45: Library, platform: Platform, verilog: str, fake_openroad
) -> None:
    fake_openroad("time.sleep(600)")
    with pytest.raises(ToolTimeoutError, match="openroad: still busy after 1 s"):
        place(verilog, NETLIST, generic45, platform, 0.25, timeout_s=1)


def test_a_missing_tool_is_named(
    generic45: Library, platform: Platform, verilog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolNotFoundError, match="openroad: not on PATH; build or install it"):
        place(verilog, NETLIST, generic45, platform, 0.25)
