"""``evaluate --place``: OpenROAD's numbers beside ABC's, by a stand-in for OpenROAD."""

import json
import os
import sys
from pathlib import Path

import pytest

COMMAND = "evaluate sklansky:8 brent-kung:4 --targets 0.1,0.3 --place platform".split()
ANSWER = (
    "print('worst slack max 0.0125')\n"
    "print('Total  1.0e-06 2.0e-06 5.0e-07 3.5e-06 100.0%')\n"
    "print('design area 43.21 um2')\n"
)


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """A platform folder where the commands run."""
    folder = tmp_path / "platform"
    folder.mkdir()
    (folder / "config.mk").write_text(
        "TECH_LEF = $(PLATFORM_DIR)/t.lef\nSC_LEF = $(PLATFORM_DIR)/c.lef\n"
        "PLACE_SITE = core\nIO_PLACER_H = metal3\nIO_PLACER_V = metal2\n"
    )
    for file in ("t.lef", "c.lef", "setRC.tcl"):
        (folder / file).touch()
    return folder


@pytest.fixture
def fake_openroad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a Python script first on the path, as OpenROAD."""

    def install(script: str) -> None:
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "openroad"
        program.write_text(f"#!{sys.executable}\nimport sys\n{script}")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    return install


def test_json_has_the_placed_numbers(run, platform: Path, fake_openroad) -> None:
    fake_openroad(ANSWER)
    status, out, err = run(*COMMAND, "--json")
    assert status == 0, err
    for design in (designs := json.loads(out)):
        for point in design["points"]:
            assert point.pop("placed_delay_ns") == pytest.approx(point["target_ns"] - 0.0125)
            assert point.pop("placed_area_um2") == 43.21
            assert point.pop("placed_power_uw") == pytest.approx(3.5)
    assert designs == json.loads(run(*COMMAND[:-2], "--json")[1])


def test_the_table_has_three_more_columns(run, platform: Path, fake_openroad) -> None:
    fake_openroad(ANSWER)
    status, out, err = run(*COMMAND)
    assert status == 0, err
    assert all(heading in out for heading in ("placed ns", "placed um2", "placed uW"))
    assert out.count("0.0875") == out.count("0.2875") == 2 and out.count("43.21") == 4
    assert "placed" not in run(*COMMAND[:-2])[1]


def test_without_openroad_it_says_how_to_get_it(
    run, platform: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    status, out, err = run(*COMMAND)
    assert (status, out, err.count("\n")) == (3, "", 1)
    assert err.startswith("circuitvae: openroad: not on PATH; build or install it as https://")


def test_a_folder_that_is_no_platform_is_refused(run, fake_openroad) -> None:
    fake_openroad(ANSWER)
    status, out, err = run(*COMMAND)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("circuitvae: platform: expected a platform folder")


def test_openroad_that_fails_is_a_failing_tool(run, platform: Path, fake_openroad) -> None:
    fake_openroad("print('[ERROR ORD-2013] instance g00 LEF master X not found.'); sys.exit(1)\n")
    status, out, err = run(*COMMAND)
    assert (status, out, err.count("\n")) == (3, "", 1)
    assert "status 1, [ERROR ORD-2013] instance g00 LEF master X not found." in err
