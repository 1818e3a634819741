"""``evaluate --signoff``: OpenSTA's numbers beside ABC's."""

import json
import sys
from pathlib import Path

import pytest

from synthesis import opensta, tools

needs_opensta = pytest.mark.skipif(tools.opensta() is None, reason="OpenSTA (sta) is not installed")
COMMAND = "evaluate sklansky:8 brent-kung:4 --targets 0.1,0.3".split()


@needs_opensta
def test_json_has_both_delays(run) -> None:
    status, plain, _ = run(*COMMAND, "--json")
    assert status == 0
    status, out, _ = run(*COMMAND, "--signoff", "--json")
    assert status == 0
    for design in (designs := json.loads(out)):
        assert len(design["points"]) == 2
        for point in design["points"]:
            assert point.pop("signoff_power_uw") > 0
            assert point.pop("signoff_delay_ns") == pytest.approx(point["delay_ns"], rel=0.02)
    assert designs == json.loads(plain)


def test_the_table_has_two_more_columns(run, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = opensta.SignOff(0.98765, "cout", 1.0, 2.0, 3.5)
    monkeypatch.setattr(opensta, "signoff", lambda verilog, library: verdict)
    monkeypatch.setattr(tools, "opensta", lambda: Path("sta"))
    status, out, _ = run(*COMMAND, "--signoff")
    assert status == 0
    assert "OpenSTA ns" in out and "power uW" in out
    # Two designs, two targets each.
    assert out.count("0.9877") == out.count("6.50") == 4
    assert "OpenSTA" not in run(*COMMAND)[1]


def test_without_opensta_it_says_how_to_get_it(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "opensta", lambda: None)
    status, out, err = run(*COMMAND, "--signoff")
    assert (status, out) == (3, "")
    assert err == ("circuitvae: sta: not on PATH; install OpenSTA by `apt-get install opensta`\n")


def test_opensta_that_fails_is_a_failing_tool(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "fake-sta"
    program.write_text(f"#!{sys.executable}\nprint('all is well')\n")
    program.chmod(0o755)
    monkeypatch.setattr(tools, "opensta", lambda: program)
    status, _, err = run(*COMMAND, "--signoff")
    assert status == 3 and err.startswith("circuitvae: sta: status 0, expected one slowest output")
