"""Yosys, as the package pyosys brings it, in a process of its own."""

import importlib.util
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from synthesis import tools
from synthesis.abc import keep_log
from synthesis.errors import ToolError, ToolNotFoundError

_RUN_SCRIPT = "from pyosys import libyosys; libyosys.run_pass('script script.ys')"


class YosysError(ToolError):
    """Yosys stopped with an error.

    Attributes:
        message: The text after ``ERROR:``.
    """

    def __init__(self, message: str, log: Path | None):
        self.message = message
        super().__init__("yosys", message, log)


def run(
    script: Sequence[str],
    files: Mapping[str, str],
    results: Sequence[str],
    timeout_s: float = 600.0,
) -> list[str]:
    """Runs Yosys in an empty folder and returns the files it was to write.

    Args:
        script: Commands, a line each, naming files without any folder.
        files: Texts of the files the script reads, by plain name.
        results: Names of the files to return.
        timeout_s: Limit for the whole script.

    Raises:
        YosysError: The script failed.
        ToolTimeoutError: It took longer.
        ToolNotFoundError: pyosys is not installed.
    """
    if importlib.util.find_spec("pyosys") is None:
        raise ToolNotFoundError(
            "yosys", "package pyosys is missing; install it by `pip install pyosys`"
        )
    with tempfile.TemporaryDirectory(prefix="circuitvae-yosys-") as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text)
        (folder / "script.ys").write_text("\n".join([*script, ""]))
        done = tools.run_to_end("yosys", [sys.executable, "-c", _RUN_SCRIPT], folder, timeout_s)
        errors = [line for line in done.stdout.splitlines() if "ERROR: " in line]
        if errors or done.returncode or not all((folder / file).is_file() for file in results):
            message = errors[0].split("ERROR: ", 1)[1] if errors else f"status {done.returncode}"
            raise YosysError(message, keep_log("yosys", done.stdout))
        return [(folder / file).read_text() for file in results]
