"""OpenSTA's numbers beside ABC's, in ``evaluate --signoff`` and on the front of a search."""

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
    monkeypatch.setattr(opensta, "signoff", lambda verilog, library, constraints: verdict)
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


SEARCH = "search --width 8 --budget 30 --optimizer random --workers 2 --out".split()


def front_points(run_folder: str) -> list[dict[str, float]]:
    designs = json.loads((Path(run_folder) / "front.json").read_text())
    return [point for design in designs for point in design["points"]]


@needs_opensta
def test_the_front_of_a_search_is_signed_off(run) -> None:
    status, out, err = run(*SEARCH, "r")
    assert status == 0, err
    assert "OpenSTA ns" in out and "power uW" in out and "left out" not in out
    assert json.loads(Path("r/run.json").read_text())["versions"]["opensta"][0].isdigit()
    signed = [point for point in front_points("r") if "signoff_delay_ns" in point]
    fastest = min(front_points("r"), key=lambda point: point["delay_ns"])
    assert fastest in signed and len(signed) < len(front_points("r"))
    for point in signed:
        assert point["signoff_delay_ns"] == pytest.approx(point["delay_ns"], rel=0.001)
        assert point["signoff_power_uw"] > 0
    # Points that others dominate are not on the front, and were not asked about.
    for point in front_points("r"):
        dominated = any(
            other["delay_ns"] <= point["delay_ns"] and other["area_um2"] < point["area_um2"]
            for other in front_points("r")
        )
        assert not (dominated and point in signed)


def test_without_opensta_the_front_is_the_same_but_for_one_line(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "opensta", lambda: None)
    status, out, err = run(*SEARCH, "r")
    assert status == 0, err
    line = "Sign-off left out: sta: not on PATH; install OpenSTA by `apt-get install opensta`\n"
    assert out.count(line) == 1 and "OpenSTA ns" not in out
    assert not any("signoff_delay_ns" in point for point in front_points("r"))
    assert "opensta" not in json.loads(Path("r/run.json").read_text())["versions"]

    program = tmp_path / "fake-sta"
    program.write_text(f"#!{sys.executable}\nprint('all is well')\n")
    program.chmod(0o755)
    monkeypatch.setattr(tools, "opensta", lambda: program)
    status, broken, err = run(*SEARCH, "broken")
    assert status == 0, err
    assert "Sign-off left out: sta: status 0, expected one slowest output" in broken
    assert front_points("broken") == front_points("r")
