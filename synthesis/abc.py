"""A long-lived ABC process: commands in, output back, never waited for beyond a limit."""

import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from synthesis import tools
from synthesis.errors import ToolError, ToolNotFoundError, ToolTimeoutError

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_LOG_CHARACTERS = 20_000
_OUTPUT_BYTES = 64_000_000
"""More than any design prints; an ABC that goes on beyond it has gone astray."""
_READ_LIB_OPTIONS = ("-X", "-m")
"""Newer than 2022: leave cells out, merge files. Debian 12's ABC has neither."""


class AbcSession:
    """ABC kept alive between designs.

    ABC exits with status 0 on most errors and goes on after them; callers must look for what they
    expect in the output of :meth:`run`. Files are passed by plain names in :attr:`folder`, ABC's
    working directory, so that no user's path enters a command.

    ABC ends by itself when this process dies: its input or its output breaks.

    Raises:
        ToolNotFoundError: There is no ABC.
        ToolError: It is not a program that runs here.
    """

    def __init__(self) -> None:
        program = tools.yosys_abc()
        self._temporary = tempfile.TemporaryDirectory(prefix="circuitvae-abc-")
        self.folder = Path(self._temporary.name)
        self._count = 0
        try:
            self._process = subprocess.Popen(
                [program],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                process_group=0,
            )
        except OSError as error:
            self._temporary.cleanup()
            raise ToolError("yosys-abc", f"{program} cannot be started: {error.strerror}") from None

    @property
    def pid(self) -> int:
        """ABC's process number."""
        return self._process.pid

    def run(self, commands: str, timeout_s: float) -> str:
        """Runs one line of commands and returns what ABC printed.

        Args:
            commands: Commands joined by ``;``, one line.
            timeout_s: Seconds after which ABC is killed.

        Raises:
            ToolTimeoutError: It took longer; the session is dead.
            ToolError: ABC died, or printed without end; the session is dead.
        """
        assert self._process.stdin and self._process.stdout and "\n" not in commands
        self._count += 1
        marker = f"\ndone-{self._count} ".encode()
        deadline = time.monotonic() + timeout_s
        output = bytearray()
        try:
            self._process.stdin.write(f"{commands}\necho done-{self._count}\n".encode())
            while marker not in output[-65_536:]:
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                    self.close()
                    raise ToolTimeoutError(
                        "yosys-abc", f"still busy after {timeout_s:g} s", self._log(output)
                    )
                chunk = os.read(self._process.stdout.fileno(), 65_536)
                if not chunk:
                    raise BrokenPipeError
                output += chunk
                if len(output) > _OUTPUT_BYTES:
                    self.close()
                    raise ToolError(
                        "yosys-abc", f"printed over {_OUTPUT_BYTES:,} bytes", self._log(output)
                    )
        except BrokenPipeError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            self.close()
            raise ToolError(
                "yosys-abc", f"died, status {self._process.returncode}", self._log(output)
            ) from None
        return _ESCAPES.sub("", output[: output.rindex(marker)].decode(errors="replace"))

    def require_current(self, timeout_s: float) -> None:
        """Passes for an ABC that can do what flows ask, and is the one this process began with.

        Raises:
            ToolNotFoundError: It is too old.
            ToolError: It was replaced since; its results must not be mixed with earlier ones.
        """
        answer = self.run("version; read_lib -h", timeout_s)
        program, expected = tools.yosys_abc(), tools.versions()["abc"]
        lacking = [
            option
            for option in _READ_LIB_OPTIONS
            if not re.search(rf"^\s*{option}\s", answer, re.MULTILINE)
        ]
        if lacking:
            raise ToolNotFoundError(
                "yosys-abc",
                f"{program} is too old (`read_lib` lacks {' and '.join(lacking)}); "
                "install a newer one by `pip install pyosys`, or name one in $YOSYS_ABC",
                keep_log("yosys-abc", answer),
            )
        if expected not in answer:
            raise ToolError(
                "yosys-abc",
                f"{program} is not the program it was ({expected}); start again",
                keep_log("yosys-abc", answer),
            )

    def kill(self) -> None:
        """Ends ABC at once, from whatever thread; a :meth:`run` under way raises ToolError."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Ends ABC and removes its folder."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._temporary.cleanup()

    @staticmethod
    def _log(output: bytes | bytearray) -> Path | None:
        return keep_log("yosys-abc", output.decode(errors="replace"))

    def __enter__(self) -> "AbcSession":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def keep_log(tool: str, output: str) -> Path | None:
    """Keeps the end of a failed tool's output in a file that outlives the run, if there is room."""
    try:
        handle, name = tempfile.mkstemp(prefix=f"circuitvae-{tool}-", suffix=".log")
        with os.fdopen(handle, "w") as file:
            file.write(output[-_LOG_CHARACTERS:])
    except OSError:
        return None
    return Path(name)
