"""A long-lived ABC process: commands in, output back, never waited for beyond a limit."""

import os
import re
import select
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from synthesis import tools
from synthesis.errors import ToolError, ToolTimeoutError

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_LOG_CHARACTERS = 20_000


class AbcSession:
    """ABC kept alive between designs.

    ABC exits with status 0 on most errors and goes on after them; callers must look for what they
    expect in the output of :meth:`run`. Files are passed by plain names in :attr:`folder`, ABC's
    working directory, so that no user's path enters a command.

    Raises:
        ToolNotFoundError: There is no ABC.
    """

    def __init__(self) -> None:
        program = tools.yosys_abc()
        self._temporary = tempfile.TemporaryDirectory(prefix="circuitvae-abc-")
        self.folder = Path(self._temporary.name)
        self._count = 0
        self._process = subprocess.Popen(
            [program],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            process_group=0,
        )

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
            ToolError: ABC died; the session is dead.
        """
        assert self._process.stdin and self._process.stdout and "\n" not in commands
        self._count += 1
        marker = f"\ndone-{self._count} ".encode()
        deadline = time.monotonic() + timeout_s
        output = b""
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
        except BrokenPipeError:
            status = self._process.wait()
            self.close()
            raise ToolError("yosys-abc", f"died, status {status}", self._log(output)) from None
        return _ESCAPES.sub("", output[: output.rindex(marker)].decode(errors="replace"))

    def close(self) -> None:
        """Ends ABC and removes its folder."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._temporary.cleanup()

    @staticmethod
    def _log(output: bytes) -> Path:
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


def keep_log(tool: str, output: str) -> Path:
    """Keeps the end of a failed tool's output in a file that outlives the run."""
    handle, name = tempfile.mkstemp(prefix=f"circuitvae-{tool}-", suffix=".log")
    with os.fdopen(handle, "w") as file:
        file.write(output[-_LOG_CHARACTERS:])
    return Path(name)
