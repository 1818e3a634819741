"""Reads a platform folder of OpenROAD-flow-scripts: what placement must know of a process.

Its ``config.mk`` is a makefile with conditions and functions, so GNU make evaluates it.

=========================  ========================================================================
variable                   what it is
=========================  ========================================================================
``TECH_LEF``, ``SC_LEF``   layers and sites; the cells' outlines and pins
``PLACE_SITE``             site of the rows that cells stand in
``IO_PLACER_H``, ``_V``    layers of pins on the left and right, and on the bottom and top
``LAYER_PARASITICS_FILE``  Tcl with resistance and capacitance of wires; else ``setRC.tcl``
``MAKE_TRACKS``            Tcl that lays routing tracks; else ``make_tracks.tcl``; else as in LEF
=========================  ========================================================================

References:
    OpenROAD-flow-scripts, ``docs/user/FlowVariables.md``, ``flow/scripts/floorplan.tcl`` and
    ``flow/platforms/{nangate45,sky130hd,ihp-sg13g2,asap7,gf180}/config.mk``,
    https://github.com/The-OpenROAD-Project/OpenROAD-flow-scripts
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from synthesis import tools
from synthesis.errors import UserError

_NAMES = (
    *("TECH_LEF", "SC_LEF", "PLACE_SITE", "IO_PLACER_H", "IO_PLACER_V"),
    *("LAYER_PARASITICS_FILE", "MAKE_TRACKS"),
)
# The platform goes by a name of ours, so that no path of a user's is read by make.
_MAKEFILE = f"""\
PLATFORM_DIR := platform
include platform/config.mk
$(foreach name,{" ".join(_NAMES)},$(info circuitvae: $(name) = $($(name))))
.PHONY: all
all: ;
"""
_VALUE = re.compile(r"^circuitvae: (\w+) = *(.*?) *$", re.MULTILINE)
_LAYERS_OR_SITE = re.compile(r"[\w./-]+( +[\w./-]+)*")


@dataclass(frozen=True, slots=True)
class Platform:
    """What placement must know of a process.

    Attributes:
        name: The folder's name.
        lef: Technology first, then cells.
        site: Site of the rows.
        horizontal_layers: Layers of pins at the left and right, separated by blanks.
        vertical_layers: Layers of pins at the bottom and top.
        parasitics: Tcl with resistance and capacitance of wires.
        tracks: Tcl that lays routing tracks, if they are not as in LEF.
    """

    name: str
    lef: tuple[Path, ...]
    site: str
    horizontal_layers: str
    vertical_layers: str
    parasitics: Path
    tracks: Path | None


def read_platform(folder: Path) -> Platform:
    """Reads a folder such as ``flow/platforms/nangate45``.

    Raises:
        UserError: It is none, or lacks what placement needs.
        ToolError: GNU make is missing or hangs.
    """
    config = folder / "config.mk"
    if not config.is_file():
        raise UserError(
            f"{folder}: expected a platform folder of OpenROAD-flow-scripts, such as "
            "flow/platforms/nangate45; found no config.mk in it"
        )
    with tempfile.TemporaryDirectory(prefix="circuitvae-orfs-") as name:
        scratch = Path(name)
        (scratch / "platform").symlink_to(folder.resolve())
        (scratch / "read.mk").write_text(_MAKEFILE)
        command = [str(tools.require_make()), "--no-print-directory", "-f", "read.mk"]
        done = tools.run_to_end("make", command, scratch, 60)
        values = dict(_VALUE.findall(done.stdout))
        if done.returncode or len(values) != len(_NAMES):
            last = (done.stdout.strip().splitlines() or ["no message"])[-1]
            raise UserError(f"{config}: make cannot evaluate it: {last}")

        def files(variable: str, default: str = "") -> tuple[Path, ...]:
            paths = [(scratch / file).resolve() for file in (values[variable] or default).split()]
            for path in paths:
                if not path.is_file():
                    raise UserError(f"{config}: {variable}: no file {path}")
            return tuple(paths)

        def words(variable: str) -> str:
            if not _LAYERS_OR_SITE.fullmatch(values[variable]):
                raise UserError(
                    f"{config}: {variable}: expected a name, found {values[variable]!r}"
                )
            return values[variable]

        for variable in ("TECH_LEF", "SC_LEF"):
            if not values[variable]:
                raise UserError(f"{config}: expected {variable} to name a LEF file, found nothing")
        laid_out = (folder / "make_tracks.tcl").is_file()
        tracks = files("MAKE_TRACKS", "platform/make_tracks.tcl" if laid_out else "")
        return Platform(
            name=folder.resolve().name,
            lef=files("TECH_LEF") + files("SC_LEF"),
            site=words("PLACE_SITE"),
            horizontal_layers=words("IO_PLACER_H"),
            vertical_layers=words("IO_PLACER_V"),
            parasitics=files("LAYER_PARASITICS_FILE", "platform/setRC.tcl")[0],
            tracks=tracks[0] if tracks else None,
        )
