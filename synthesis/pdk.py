"""Finds cell libraries in process design kits that are installed already.

==============  ================================================  ===============================
laid out by     sought in                                         for example
==============  ================================================  ===============================
ciel, volare    ``$PDK_ROOT/*/libs.ref/*/lib``; where the         ``sky130_fd_sc_hd__tt_025C_1v80``
                variable is not set in ``~/.ciel``, ``~/.volare``
OpenROAD-flow-  ``$ORFS_ROOT/flow/platforms/*/lib``,              ``NangateOpenCellLibrary_typical``
scripts         ``$FLOW_HOME/platforms/*/lib``
qflow           ``/usr/share/qflow/tech/osu*``                    ``osu018_stdcells``
==============  ================================================  ===============================

A library is named after its file. ASAP7 spreads its logic over four files, which make one library,
as in ``asap7sc7p5t_RVT_TT_nldm``.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

QFLOW_TECH = Path("/usr/share/qflow/tech")

_STANDARD_CELLS = ("*_sc_*", "*stdcell*")
"""Folders of ``libs.ref`` that hold standard cells, and not memories, pads or primitives."""
_NO_LOGIC = ("fakeram*", "fakeregfile*", "array_*", "*sram*", "*_SEQ_*", "*_FAKE*")
"""Files of the OpenROAD-flow-scripts platforms that hold memories or flip-flops alone."""
_LIBERTY = re.compile(r"(.+)\.lib(?:\.gz)?")
_ASAP7 = re.compile(r"(asap7\w+?)_(AO|INVBUF|OA|SIMPLE)_(\w+)_(\d+)")


@dataclass(frozen=True, slots=True)
class PdkLibrary:
    """A library at one corner.

    Attributes:
        name: Name of its file, without ``.lib`` or ``.lib.gz``.
        process: What the kit calls the process.
        files: Its Liberty files.
    """

    name: str
    process: str
    files: tuple[Path, ...]


def find_pdk_libraries() -> dict[str, PdkLibrary]:
    """Libraries of the kits that are there, by name; of two with one name the first found."""
    found: dict[str, PdkLibrary] = {}
    for folder, process in _folders():
        for name, files in _libraries_in(folder).items():
            found.setdefault(name, PdkLibrary(name, process, files))
    return found


def _folders() -> Iterator[tuple[Path, str]]:
    """Folders with Liberty files, and the process each is for."""
    if root := os.environ.get("PDK_ROOT"):
        homes = [Path(root)]
    else:
        homes = [Path.home() / ".ciel", Path.home() / ".volare"]
    for home in homes:
        # The versions enabled are links here; the others, further down, are not sought.
        for folder in sorted(home.glob("*/libs.ref/*/lib")):
            if _is_any(folder.parent.name, _STANDARD_CELLS):
                yield folder, folder.parents[2].name
    for variable, below in (("ORFS_ROOT", "flow/platforms"), ("FLOW_HOME", "platforms")):
        if root := os.environ.get(variable):
            for folder in sorted((Path(root) / below).glob("*/lib")):
                yield folder, folder.parent.name
    for folder in sorted(QFLOW_TECH.glob("osu*")):
        yield folder, folder.name


def _libraries_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    parts: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.rglob("*.lib*")):
        match = _LIBERTY.fullmatch(path.name)
        if match and not _is_any(match[1], _NO_LOGIC):
            name, part = match[1], ""
            if asap7 := _ASAP7.fullmatch(name):
                name, part = f"{asap7[1]}_{asap7[3]}", asap7[2]
            # Of two releases of a part, told apart by their dates, the later stays.
            parts.setdefault(name, {})[part] = path
    return {name: tuple(files.values()) for name, files in parts.items()}


def _is_any(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
