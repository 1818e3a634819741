"""Platform folders: what is read of them, in the forms that OpenROAD-flow-scripts has."""

import re
from pathlib import Path

import pytest

from synthesis.errors import ToolNotFoundError, UserError
from synthesis.orfs import Platform, read_platform

PLAIN = """
export TECH_LEF = $(PLATFORM_DIR)/lef/tech.lef
export SC_LEF = $(PLATFORM_DIR)/lef/cells.lef
export LIB_FILES = $(PLATFORM_DIR)/lib/typical.lib \\
                     $(ADDITIONAL_LIBS)
export ABC_CLOCK_PERIOD_IN_PS ?= $(shell sed -n "s/.*-period //p" $(SDC_FILE))
export PLACE_SITE = core_site   # in the technology LEF
export IO_PLACER_H = metal3
export IO_PLACER_V = metal2
"""
CONDITIONAL = """
$(info this platform says hello)
export SC_LEF ?= $(PLATFORM_DIR)/lef/cells.lef $(PLATFORM_DIR)/lef/more.lef
export TRACK ?= 9t
export TECH_LEF = $(PLATFORM_DIR)/lef/tech_$(TRACK).lef
ifeq ($(TRACK),9t)
  export PLACE_SITE ?= nine
else
  export PLACE_SITE ?= seven
endif
export IO_PLACER_H ?= M4 M6
export IO_PLACER_V ?= M5
export MAKE_TRACKS = $(PLATFORM_DIR)/openRoad/tracks.tcl
export LAYER_PARASITICS_FILE = $(PLATFORM_DIR)/rc/typical.tcl
-include ../private.mk
"""
FILES = (
    *("lef/tech.lef", "lef/tech_9t.lef", "lef/tech_7t.lef", "lef/cells.lef", "lef/more.lef"),
    *("setRC.tcl", "rc/typical.tcl", "openRoad/tracks.tcl"),
)


def make_platform(folder: Path, config: str, files: tuple[str, ...] = FILES) -> Path:
    folder.mkdir()
    (folder / "config.mk").write_text(config)
    for file in files:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).touch()
    return folder


def test_a_plain_platform(tmp_path: Path) -> None:
    folder = make_platform(tmp_path / "plain", PLAIN)
    expected = Platform(
        name="plain",
        lef=(folder / "lef/tech.lef", folder / "lef/cells.lef"),
        site="core_site",
        horizontal_layers="metal3",
        vertical_layers="metal2",
        parasitics=folder / "setRC.tcl",
        tracks=None,
    )
    assert read_platform(folder) == expected
    (folder / "make_tracks.tcl").touch()
    assert read_platform(folder).tracks == folder / "make_tracks.tcl"


def test_conditions_and_overrides_are_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_platform(tmp_path / "conditional", CONDITIONAL)
    found = read_platform(folder)
    lef = folder / "lef"
    assert found.lef == (lef / "tech_9t.lef", lef / "cells.lef", lef / "more.lef")
    assert (found.site, found.horizontal_layers, found.vertical_layers) == ("nine", "M4 M6", "M5")
    assert found.parasitics == folder / "rc/typical.tcl"
    assert found.tracks == folder / "openRoad/tracks.tcl"
    monkeypatch.setenv("TRACK", "7t")
    found = read_platform(folder)
    assert (found.lef[0], found.site) == (lef / "tech_7t.lef", "seven")


def test_the_folders_name_is_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "my $(shell touch made) #platform; touch made"
    folder = make_platform(tmp_path / name, PLAIN)
    assert read_platform(Path(name)).lef[0] == folder / "lef/tech.lef"
    assert not list(tmp_path.rglob("made"))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("ifeq (\n", "make cannot evaluate it: .*config.mk"),
        (PLAIN.replace("SC_LEF", "XX_LEF"), "expected SC_LEF to name a LEF file, found nothing"),
        (PLAIN.replace("cells.lef", "none.lef"), "SC_LEF: no file .*/lef/none.lef"),
        (PLAIN.replace("$(PLATFORM_DIR)", "./platforms/old"), "TECH_LEF: no file"),
        (PLAIN.replace("core_site", ""), "PLACE_SITE: expected a name, found ''"),
        (PLAIN.replace("core_site", "a; exec reboot"), "PLACE_SITE: expected a name, found 'a; e"),
        (PLAIN.replace("metal2", "[exit]"), r"IO_PLACER_V: expected a name, found '\[exit\]'"),
    ],
)
def test_what_is_no_platform_is_one_clear_line(tmp_path: Path, config: str, message: str) -> None:
    folder = make_platform(tmp_path / "bad", config)
    with pytest.raises(UserError, match=f"^{re.escape(str(folder))}/config.mk: .*({message})"):
        read_platform(folder)


def test_other_folders_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"expected a platform folder .* found no config\.mk in it"):
        read_platform(tmp_path)
    folder = make_platform(tmp_path / "bare", PLAIN, FILES[:5])
    with pytest.raises(UserError, match=r"LAYER_PARASITICS_FILE: no file .*/setRC\.tcl"):
        read_platform(folder)


def test_make_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_platform(tmp_path / "plain", PLAIN)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolNotFoundError, match="install GNU make"):
        read_platform(folder)
