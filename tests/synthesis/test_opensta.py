"""OpenSTA against ABC and against arithmetic, and what happens when it misbehaves."""

import hashlib
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import kogge_stone, sklansky
from synthesis import opensta, tools
from synthesis.errors import ToolError, ToolNotFoundError, ToolTimeoutError
from synthesis.flow import Flow, Synthesizer
from synthesis.library import Library
from synthesis.netlist import Input, Netlist, Node, Op, Output
from synthesis.opensta import SignOff, signoff
from synthesis.recipes import Effort

needs_opensta = pytest.mark.skipif(tools.opensta() is None, reason="OpenSTA (sta) is not installed")

INVERTER = "module top(a, y);\n input a; output y;\n INV_X1 g (.A(a), .Y(y));\nendmodule\n"


@needs_opensta
def test_an_inverter_by_hand(generic45: Library) -> None:
    result = signoff(INVERTER, generic45)
    assert result.endpoint == "y"
    # Half of C V^2 per transition, 0.1 transitions per ns: 0.5 * 6.969 fF * 1.1^2 V^2 * 0.1 GHz.
    # The net of input a is the driver's, and does not count.
    assert result.switching_uw == pytest.approx(0.5 * 6.969e-15 * 1.1**2 * 1e8 * 1e6, rel=1e-3)
    # generic45 has no power tables.
    assert result.internal_uw == result.leakage_uw == 0
    assert result.power_uw == result.switching_uw


@needs_opensta
def test_a_single_nand_agrees_with_abc(any_library: Library) -> None:
    netlist = Netlist(
        "one_and",
        (Input("a", 0), Input("b", 0)),
        (Output("y", "n", 0),),
        (Node("n", Op.AND, ("a", "b"), 0),),
    )
    synthesizer = Synthesizer(Flow(any_library, (1.0,)))
    (point,), (verilog,) = synthesizer.curve(netlist), synthesizer.netlists(netlist)
    synthesizer.close()
    assert signoff(verilog, any_library).delay_ns == pytest.approx(point.delay_ns, rel=0.02)


@needs_opensta
def test_fast_adders_agree_with_abc(any_library: Library) -> None:
    netlist = Adder().netlist(sklansky(16))
    synthesizer = Synthesizer(Flow(any_library, (0.001, 0.2), Effort.BEST))
    curve, netlists = synthesizer.curve(netlist), synthesizer.netlists(netlist)
    synthesizer.close()
    for point, verilog in zip(curve, netlists, strict=True):
        result = signoff(verilog, any_library)
        # asap7: see experiments/signoff.
        tolerance = 0.06 if any_library.name == "asap7" else 0.02
        assert result.delay_ns == pytest.approx(point.delay_ns, rel=tolerance)
        assert result.endpoint.startswith(("sum[", "cout"))
        assert result.switching_uw > 0


@needs_opensta
def test_another_driver_or_load_would_not_agree(generic45: Library) -> None:
    delay_ns = signoff(INVERTER, generic45).delay_ns
    for change in ({"given_load_ff": 9.0}, {"given_driver_cell": "BUF_X1"}):
        assert signoff(INVERTER, replace(generic45, **change)).delay_ns > 1.02 * delay_ns


WIRES = """
  wire_load ("long") { resistance : 0; capacitance : 1; slope : 1; fanout_length (1, 1); }
  default_wire_load : "long";
"""


@needs_opensta
def test_a_default_wire_load_is_left_out(
    generic45: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, cell, cells = generic45.files[0].read_text().partition("  cell (")
    text = head + WIRES + cell + cells
    (tmp_path / "wired.lib").write_text(text)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    wired = replace(generic45, files=(tmp_path / "wired.lib",), checksums=(checksum,))
    assert signoff(INVERTER, wired) == signoff(INVERTER, generic45)
    command = "set_wire_load_model -name none -library wires\n"
    monkeypatch.setattr(opensta, "_SCRIPT", opensta._SCRIPT.replace(command, ""))
    assert signoff(INVERTER, wired).delay_ns > 1.02 * signoff(INVERTER, generic45).delay_ns


@needs_opensta
@pytest.mark.parametrize(
    ("verilog", "problem"),
    [
        (INVERTER.replace("INV_X1", "NO_SUCH"), "module NO_SUCH not found"),
        (INVERTER.replace(".Y(y)", ".Y(z)"), "found 0 and 1"),
        ("module top(\n", "syntax error"),
        ("", "Error"),
    ],
    ids=["unknown cell", "output without driver", "broken", "empty"],
)
def test_a_netlist_that_is_none_is_a_failure(
    generic45: Library, verilog: str, problem: str
) -> None:
    with pytest.raises(ToolError, match=problem) as caught:
        signoff(verilog, generic45)
    assert caught.value.log and caught.value.log.is_file()
    caught.value.log.unlink()


def test_netlists_are_those_behind_the_curve(generic45: Library) -> None:
    netlist = Adder().netlist(kogge_stone(13))
    synthesizer = Synthesizer(Flow(generic45, (0.001, 0.18, 0.3), Effort.BEST))
    curve, netlists = synthesizer.curve(netlist), synthesizer.netlists(netlist)
    assert netlists == synthesizer.netlists(netlist) and len(set(netlists)) == 3
    for point, verilog in zip(curve, netlists, strict=True):
        (synthesizer.session.folder / "again.v").write_text(verilog)
        output = synthesizer.session.run("empty; read_verilog -m again.v; topo; stime", 60)
        ((area, delay_ps),) = re.findall(r"Area =\s*(\S+) .*Delay =\s*(\S+) ps", output)
        assert (float(delay_ps) / 1000, float(area)) == (point.delay_ns, point.area_um2)
    synthesizer.close()


def test_a_netlist_that_abc_did_not_write_is_a_failure(generic45: Library, fake_abc) -> None:
    netlist = Adder().netlist(sklansky(4))
    genlib = "".join(
        f"GATE {cell.name} 1 {cell.output}=?;\n"
        + "".join(f"PIN {pin} UNKNOWN 1 999 10 0 10 0\n" for pin in cell.inputs)
        for cell in generic45.cells.values()
    )
    fake_abc(
        "for line in commands():\n"
        "    if line.startswith('echo '): print('\\n' + line[5:-1] + ' ', flush=True)\n"
        "    elif line.startswith('source'):\n"
        f"        open('delays.genlib', 'w').write({genlib!r})\n"
        "        print('driving cell to be \"BUF_X2\"')\n"
        f"    else: print('{netlist.name} Area = 1.0 (100 %) Delay = 1.0 ps')\n"
    )
    synthesizer = Synthesizer(Flow(generic45, (1.0,)))
    assert len(synthesizer.curve(netlist)) == 1
    with pytest.raises(ToolError, match="ABC wrote no netlist"):
        synthesizer.netlists(netlist)
    synthesizer.close()


def test_the_script_names_no_path(generic45: Library) -> None:
    assert opensta.script(generic45) == (
        "set link_make_black_boxes 0\n"
        "read_liberty cells0.lib\n"
        "read_liberty wires.lib\n"
        "set_cmd_units -time ns -capacitance fF\n"
        "read_verilog design.v\n"
        "link_design design\n"
        "set_wire_load_model -name none -library wires\n"
        "create_clock -name reference -period 1\n"
        "set_input_delay 0 -clock reference [all_inputs]\n"
        "set_output_delay 0 -clock reference [all_outputs]\n"
        "set_driving_cell -lib_cell BUF_X2 [all_inputs]\n"
        "set_load 6.969 [all_outputs]\n"
        "set_power_activity -input -activity 0.1\n"
        "report_checks -path_delay max -format end -digits 6\n"
        "report_power -digits 6\n"
    )


@pytest.fixture
def fake_sta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a Python script in OpenSTA's place."""

    def install(script: str) -> None:
        program = tmp_path / "sta"
        program.write_text(f"#!{sys.executable}\nimport pathlib, sys, time\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return install


ANSWER = """
print("sum[2] (output)                         1.000000    0.135301    0.864699 (MET)")
print("Total                7.010210e-06 2.093964e-06 3.352670e-07 9.439441e-06 100.0%")
"""


def test_an_answer_is_read(generic45: Library, fake_sta) -> None:
    fake_sta(
        "assert sys.argv[1:] == ['-no_init', '-no_splash', '-exit', 'script.tcl']\n"
        "assert pathlib.Path('design.v').read_text().startswith('module design(')\n" + ANSWER
    )
    result = signoff(INVERTER, generic45)
    assert result == SignOff(0.135301, "sum[2]", *map(pytest.approx, (7.01021, 2.093964, 0.335267)))
    assert result.power_uw == pytest.approx(9.439441)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("print('all is well')", "status 0, expected one slowest output.* found 0 and 0"),
        (ANSWER + "print('Error: script.tcl, 3 no such file')", "status 0, Error: script.tcl, 3"),
        (ANSWER + "sys.exit(7)", "status 7"),
        (ANSWER + ANSWER, "status 0, .*found 2 and 2"),
        (ANSWER.replace("0.135301", "nan"), "status 0, .*found 0 and 1"),
        (ANSWER.replace("7.010210e-06", "nan"), "status 0, .*found 1 and 0"),
    ],
    ids=["nonsense", "error and status 0", "status", "twice", "delay", "power"],
)
def test_a_wrong_answer_is_a_failure(
    generic45: Library, fake_sta, script: str, problem: str
) -> None:
    fake_sta(script)
    with pytest.raises(ToolError, match=f"^sta: {problem}") as caught:
        signoff(INVERTER, generic45)
    assert caught.value.log
    caught.value.log.unlink()


def test_a_hanging_tool_is_stopped(generic45: Library, fake_sta) -> None:
    fake_sta("time.sleep(600)")
    with pytest.raises(ToolTimeoutError, match="still busy after 1 s"):
        signoff(INVERTER, generic45, timeout_s=1)


def test_a_missing_tool_is_named(
    generic45: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolNotFoundError, match="apt-get install opensta"):
        signoff(INVERTER, generic45)
