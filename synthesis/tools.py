"""Finds the programs this package runs, and tells their versions."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from synthesis.errors import ToolNotFoundError, ToolTimeoutError


def yosys_abc() -> Path:
    """The ABC that belongs to Yosys: ``$YOSYS_ABC``, the one inside pyosys, or on the path.

    Raises:
        ToolNotFoundError: None of the three is there.
    """
    if named := os.environ.get("YOSYS_ABC"):
        if found := shutil.which(named):
            return Path(found)
        raise ToolNotFoundError("yosys-abc", f"$YOSYS_ABC names {named!r}, which cannot be run")
    spec = importlib.util.find_spec("pyosys")
    if spec and spec.origin and (bundled := Path(spec.origin).parent / "yosys-abc").is_file():
        return bundled
    if found := shutil.which("yosys-abc"):
        return Path(found)
    raise ToolNotFoundError(
        "yosys-abc", "not in pyosys, nor on PATH; install it by `pip install pyosys`"
    )


def opensta() -> Path | None:
    """OpenSTA's ``sta``, where it is installed."""
    found = shutil.which("sta")
    return Path(found) if found else None


def require_opensta() -> Path:
    """OpenSTA's ``sta``.

    Raises:
        ToolNotFoundError: It is not on the path.
    """
    if found := opensta():
        return found
    raise ToolNotFoundError("sta", "not on PATH; install OpenSTA by `apt-get install opensta`")


def opensta_version() -> str:
    """OpenSTA's version, such as ``2.0.17``.

    Raises:
        ToolNotFoundError: It is not on the path.
    """
    return run_to_end("sta", [str(require_opensta()), "-version"], Path(), 60).stdout.strip()


def require_openroad() -> Path:
    """OpenROAD.

    Raises:
        ToolNotFoundError: It is not on the path.
    """
    if found := shutil.which("openroad"):
        return Path(found)
    raise ToolNotFoundError(
        "openroad",
        "not on PATH; build or install it as "
        "https://openroad-flow-scripts.readthedocs.io says and put it there",
    )


def openroad_version() -> str:
    """OpenROAD's version, such as ``v2.0-17598-ga008522d8``.

    Raises:
        ToolNotFoundError: It is not on the path.
        ToolTimeoutError: It did not answer.
    """
    command = [str(require_openroad()), "-version"]
    return " ".join(run_to_end("openroad", command, Path(), 60).stdout.split()) or "no version"


def require_make() -> Path:
    """GNU make.

    Raises:
        ToolNotFoundError: It is not on the path.
    """
    if found := shutil.which("make"):
        return Path(found)
    raise ToolNotFoundError("make", "not on PATH; install GNU make")


@cache
def versions() -> dict[str, str]:
    """Versions of the tools in use, for run records and file headers."""
    first_line = subprocess.run(
        [yosys_abc(), "-q", "version"], capture_output=True, text=True, timeout=60, check=False
    ).stdout
    compiled = re.search(r"ABC .*", first_line)
    return {
        "pyosys": importlib.metadata.version("pyosys"),
        "abc": compiled.group().strip() if compiled else "unknown",
    }


def run_to_end(
    tool: str, command: Sequence[str], folder: Path, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Runs a program in a folder, without input; what it prints comes back as one text.

    Raises:
        ToolTimeoutError: It took longer than ``timeout_s`` seconds.
    """
    try:
        return subprocess.run(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ToolTimeoutError(tool, f"still busy after {timeout_s:g} s") from None
