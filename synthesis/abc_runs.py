"""Runs of ABC on one design, with everything checked that ABC should have said and written."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from synthesis.abc import AbcSession, keep_log
from synthesis.errors import ToolError

_POSITIVE = r"(?!0\.0+ )(\d+\.\d+)"
_STIME = re.compile(rf"Area =\s*{_POSITIVE} .*?Delay =\s*{_POSITIVE} ps")
_TROUBLE = re.compile(r"Cannot (find|open|read)|Constant-0|[Ee]rror|[Uu]nknown command")


class Stime(NamedTuple):
    """What ``stime`` says of a netlist."""

    delay_ps: float
    area_um2: float


def run(
    session: AbcSession,
    name: str,
    steps: Sequence[str],
    timeout_s: float,
    *,
    timed: int = 0,
    proved: int = 0,
) -> list[Stime]:
    """Runs commands on a design.

    Args:
        session: The ABC to use.
        name: The design's name, which ``print_stats`` or ``stime`` must say.
        steps: Commands.
        timeout_s: Limit for all.
        timed: Number of ``stime`` among the commands.
        proved: Number of ``cec`` among them.

    Returns:
        The answers to ``stime``.

    Raises:
        ToolError: ABC failed, did not say what it should have, or found a difference.
    """
    output = session.run("; ".join(steps), timeout_s)
    found = _STIME.findall(output)
    trouble = _TROUBLE.search(output)
    problem = None
    if trouble:
        problem = output[trouble.start() :].splitlines()[0]
    elif output.count(name) < max(timed, 1) or len(found) != timed:
        problem = f"expected {timed} `stime` lines, found {len(found)}"
    elif output.count("Networks are equivalent") != proved:
        problem = "a sized netlist was not proved equivalent"
    if problem:
        raise ToolError("yosys-abc", f"{name}: {problem}", keep_log("yosys-abc", output))
    return [Stime(float(delay_ps), float(area)) for area, delay_ps in found]


def written(session: AbcSession, name: str, file: str, start: str, end: str) -> str:
    """Takes a file that ABC wrote in its folder, from ``start`` on.

    Raises:
        ToolError: It is not there, or does not contain ``start`` and then ``end``.
    """
    path = session.folder / file
    text = path.read_text() if path.is_file() else ""
    path.unlink(missing_ok=True)
    _, found, rest = text.partition(start)
    if not found or end not in rest:
        raise ToolError("yosys-abc", f"{name}: ABC wrote no netlist to {file}")
    return found + rest
