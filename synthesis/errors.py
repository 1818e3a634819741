"""Errors this package raises: each says what was expected, what was found and what to do."""

import difflib
from collections.abc import Iterable
from pathlib import Path


class UserError(ValueError):
    """Bad input: one clear line for the person who gave it."""


class ToolError(RuntimeError):
    """A tool failed.

    Attributes:
        tool: The program's name.
        log: The file its output was kept in, if any.
    """

    def __init__(self, tool: str, problem: str, log: Path | None = None):
        self.tool = tool
        self.log = log
        super().__init__(f"{tool}: {problem}" + (f" (log: {log})" if log else ""))


class ToolNotFoundError(ToolError, FileNotFoundError):
    """A program that is needed is not installed."""


class WorkerError(ToolError):
    """A synthesis worker cannot be started, so that no design can be synthesised at all."""


class ToolTimeoutError(ToolError, TimeoutError):
    """A program ran longer than it was allowed."""


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that is not in a registry; it suggests the nearest one."""
    known = list(known)
    near = difflib.get_close_matches(name.lower(), known, 1, 0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    return UserError(f"unknown {kind} {name!r}: expected {', '.join(known)}{hint}")
