"""Finds the programs this package runs, and tells their versions."""

import contextlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from synthesis.errors import ToolError, ToolNotFoundError, ToolTimeoutError


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


def versions() -> dict[str, str]:
    """Versions of the tools in use, for run records and file headers.

    Raises:
        ToolError: ABC is not there, or does not say its version.
    """
    return {
        "pyosys": importlib.metadata.version("pyosys"),
        "abc": _abc_version(yosys_abc()),
    }


@cache
def _abc_version(program: Path) -> str:
    answer = run_to_end("yosys-abc", [str(program), "-q", "version"], Path(), 60).stdout
    if not (found := re.search(r"ABC .*", answer)):
        raise ToolError("yosys-abc", f"{program} does not say its version; is it ABC?")
    return found.group().strip()


def run_to_end(
    tool: str, command: Sequence[str], folder: Path, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Runs a program in a folder, without input; what it prints comes back as one text.

    Raises:
        ToolTimeoutError: It took longer than ``timeout_s`` seconds; it and its children are killed.
        ToolError: It is not a program that runs here.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            process_group=0,
        )
    except OSError as error:
        raise ToolError(tool, f"{command[0]} cannot be started: {error.strerror}") from None
    with process:
        try:
            output, _ = process.communicate(timeout=timeout_s)
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise ToolTimeoutError(tool, f"still busy after {timeout_s:g} s") from None
            raise
    return subprocess.CompletedProcess(command, process.returncode, output)
