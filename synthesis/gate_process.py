"""A Python process that chooses gates, so that workers do not wait for one another's.

Choosing gates is all Python, and threads share one lock; what a worker asks of its own process
runs beside the others.
"""

import contextlib
import pickle
import subprocess
import sys
from collections.abc import Sequence

from synthesis.errors import ToolError
from synthesis.mapped import MappedNetlist
from synthesis.netlist import Netlist
from synthesis.structural import choose_gates
from synthesis.timing import IOTiming
from synthesis.ways import Ways


class GateProcess:
    """Runs :func:`synthesis.structural.choose_gates` in a process that ends with this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "synthesis.gate_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def choose(
        self, netlist: Netlist, ways: Ways, timing: IOTiming, targets_ns: Sequence[float]
    ) -> list[MappedNetlist]:
        """As :func:`synthesis.structural.choose_gates`.

        Raises:
            ToolError: The process has died.
        """
        assert self._process.stdin and self._process.stdout
        try:
            pickle.dump((netlist, ways, timing, targets_ns), self._process.stdin)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            self.close()
            raise ToolError(
                "python", f"the process that chooses gates died, status {self._process.returncode}"
            ) from None

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            # What a dead process did not read cannot be flushed.
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


def main() -> None:
    """Answers each request on standard input until there are no more."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            pickle.dump(choose_gates(*pickle.load(requests)), answers)
            answers.flush()


if __name__ == "__main__":
    main()
