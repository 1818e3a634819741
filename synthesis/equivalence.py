"""Formal proofs that a circuit computes what it should, by Yosys and ABC."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from synthesis import yosys
from synthesis.abc import AbcSession, keep_log
from synthesis.errors import ToolError, UserError

_COUNTEREXAMPLE = re.compile(r"INPUT: (.*?)\.  OUTPUT: (.*) \(reference\), (.*) \(candidate\)")
_VALUE = re.compile(r"(\S+) = \d+'h([0-9a-fA-F]+)")
_BIT = re.compile(r"(.+)\[(\d+)\]")


class InterfaceError(UserError):
    """Two circuits cannot be compared: their ports differ."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An input for which two circuits disagree; ports by name.

    Attributes:
        inputs: Values of the input ports.
        expected: Values of the reference's output ports.
        found: Values of the candidate's.
    """

    inputs: dict[str, int]
    expected: dict[str, int]
    found: dict[str, int]

    def __str__(self) -> str:
        inputs, expected, found = (
            ", ".join(f"{port} = {value:#x}" for port, value in sorted(values.items()))
            for values in (self.inputs, self.expected, self.found)
        )
        return f"for {inputs}: expected {expected}, found {found}"


def elaborate(
    sources: Sequence[str],
    prepare: Sequence[str] = (),
    files: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Verilog texts as flat, technology-independent BLIF, in one run of Yosys.

    Args:
        sources: Verilog of one design each; its top module is found by Yosys.
        prepare: Yosys commands for every design before the generic ``techmap``.
        files: Further files that ``prepare`` reads, by plain name.

    Raises:
        YosysError: A text is not Verilog, is not combinational, or has undriven or looping nets.
    """
    script: list[str] = []
    for index in range(len(sources)):
        script += [
            "design -reset",
            f"read_verilog -icells source{index}.v",
            "hierarchy -check -auto-top",
            *["proc", "flatten", "opt_clean", "check -assert", *prepare, "techmap", "opt"],
            "select -assert-none t:$_DFF* t:$_SDFF* t:$_DLATCH* t:$_ALDFF* t:$_SR_* t:$_FF_",
            f"write_blif result{index}.blif",
        ]
    texts = {f"source{index}.v": text for index, text in enumerate(sources)}
    return yosys.run(
        script, {**files, **texts}, [f"result{index}.blif" for index in range(len(sources))]
    )


def difference(
    candidate: str, reference: str, session: AbcSession, timeout_s: float = 600.0
) -> Difference | None:
    """Proves two BLIF texts equivalent (None), or finds where they differ.

    Raises:
        InterfaceError: Their ports differ.
        ToolError: ABC could not decide.
    """
    for directive in ("inputs", "outputs"):
        found, expected = (_ports(text, directive) for text in (candidate, reference))
        if found != expected:
            raise InterfaceError(f"expected {directive} {expected}, found {found}")
    (session.folder / "reference.blif").write_text(reference)
    (session.folder / "candidate.blif").write_text(candidate)
    output = session.run(
        f"empty; cec -T {timeout_s:.0f} -C 100000000 reference.blif candidate.blif", timeout_s + 60
    )
    if "Networks are equivalent" in output:
        return None
    if "Networks are NOT EQUIVALENT" not in output:
        raise ToolError("yosys-abc", "cec could not decide", keep_log("yosys-abc", output))
    return _parse_difference(output)


def _parse_difference(output: str) -> Difference:
    line = _COUNTEREXAMPLE.search(output)
    if not line:
        raise ToolError("yosys-abc", "cec gave no counterexample", keep_log("yosys-abc", output))
    return Difference(
        *({port: int(value, 16) for port, value in _VALUE.findall(part)} for part in line.groups())
    )


def _ports(text: str, directive: str) -> str:
    """Ports of a BLIF text as ``a[7:0] b[7:0] cin``."""
    line = re.search(rf"^\.{directive}((?:[^\n\\]|\\\n)*)", text, re.MULTILINE)
    highest: dict[str, int] = {}
    for name in line[1].replace("\\\n", " ").split() if line else []:
        vector = _BIT.fullmatch(name)
        port, index = (vector[1], int(vector[2])) if vector else (name, -1)
        highest[port] = max(index, highest.get(port, -1))
    return " ".join(
        port if index < 0 else f"{port}[{index}:0]" for port, index in sorted(highest.items())
    )
