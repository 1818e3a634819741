"""Boolean functions: the gates recipes are written in, and what a cell's function string means.

A truth table is an int: bit ``k`` is the output where input ``i`` carries bit ``i`` of ``k``.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from itertools import permutations

from synthesis.errors import UserError


class Gate(StrEnum):
    """A single-output gate, its inputs in canonical order ``i0, i1, i2``."""

    INV = "inv"
    BUF = "buf"
    NAND2 = "nand2"
    NOR2 = "nor2"
    AND2 = "and2"
    OR2 = "or2"
    NAND3 = "nand3"
    NOR3 = "nor3"
    XOR2 = "xor2"
    XNOR2 = "xnor2"
    AOI21 = "aoi21"
    """``!((i0 & i1) | i2)``"""
    OAI21 = "oai21"
    """``!((i0 | i1) & i2)``"""
    AO21 = "ao21"
    """``(i0 & i1) | i2``"""
    OA21 = "oa21"
    """``(i0 | i1) & i2``"""

    @property
    def input_count(self) -> int:
        """Number of inputs."""
        return _FUNCTIONS[self][0]

    @property
    def table(self) -> int:
        """Truth table over ``input_count`` inputs."""
        count, function = _FUNCTIONS[self]
        return truth_table(function, [f"i{k}" for k in range(count)])


_FUNCTIONS = {
    Gate.INV: (1, "!i0"),
    Gate.BUF: (1, "i0"),
    Gate.NAND2: (2, "!(i0 & i1)"),
    Gate.NOR2: (2, "!(i0 | i1)"),
    Gate.AND2: (2, "i0 & i1"),
    Gate.OR2: (2, "i0 | i1"),
    Gate.NAND3: (3, "!(i0 & i1 & i2)"),
    Gate.NOR3: (3, "!(i0 | i1 | i2)"),
    Gate.XOR2: (2, "i0 ^ i1"),
    Gate.XNOR2: (2, "!(i0 ^ i1)"),
    Gate.AOI21: (3, "!((i0 & i1) | i2)"),
    Gate.OAI21: (3, "!((i0 | i1) & i2)"),
    Gate.AO21: (3, "(i0 & i1) | i2"),
    Gate.OA21: (3, "(i0 | i1) & i2"),
}

_TOKEN = re.compile(r"\s*([A-Za-z_][\w\[\].]*|[01](?!\w)|[!'*&+|^()])")


def truth_table(function: str, inputs: Sequence[str]) -> int:
    """Truth table of a Liberty function string.

    Inversion (``!`` before, ``'`` after) binds tightest, then ``^``, then AND (``*``, ``&`` or
    juxtaposition), then OR (``+`` or ``|``).

    Args:
        function: Such as ``"!((A1 A2) + B)"``; quotes around it or around names are ignored.
        inputs: Names of the inputs, least significant bit of the row number first.

    Raises:
        UserError: The string is malformed or names something that is not an input.

    References:
        Synopsys, "Liberty User Guide", volume 1, 2017, table "Valid Boolean Operators".

    >>> bin(truth_table("A B'", ["A", "B"]))
    '0b10'
    """
    rows = 1 << len(inputs)
    ones = (1 << rows) - 1
    values = {"0": 0, "1": ones}
    for index, name in enumerate(inputs):
        values[name] = sum(1 << row for row in range(rows) if row >> index & 1)
    text = function.replace('"', " ").strip()
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()):
        raise UserError(f"function {function!r}: not a Liberty boolean expression")
    tokens.append("")
    position = 0

    def take() -> str:
        nonlocal position
        position += 1
        return tokens[position - 1]

    def literal() -> int:
        token = take()
        if token == "!":
            return ones ^ literal()
        if token == "(":
            value = disjunction()
            if take() != ")":
                raise UserError(f"function {function!r}: a parenthesis is not closed")
        elif token in values:
            value = values[token]
        elif token and (token[0].isalpha() or token[0] == "_"):
            raise UserError(f"function {function!r}: {token} is not among inputs {list(inputs)}")
        else:
            raise UserError(f"function {function!r}: expected a name, found {token or 'the end'!r}")
        while tokens[position] == "'":
            take()
            value ^= ones
        return value

    def exclusive() -> int:
        value = literal()
        while tokens[position] == "^":
            take()
            value ^= literal()
        return value

    def conjunction() -> int:
        value = exclusive()
        while tokens[position] not in ("", "+", "|", ")"):
            if tokens[position] in ("*", "&"):
                take()
            value &= exclusive()
        return value

    def disjunction() -> int:
        value = conjunction()
        while tokens[position] in ("+", "|"):
            take()
            value |= conjunction()
        return value

    result = disjunction()
    if tokens[position]:
        raise UserError(f"function {function!r}: nothing may follow at {tokens[position]!r}")
    return result


def match_gate(function: str, inputs: Sequence[str]) -> tuple[Gate, tuple[str, ...]] | None:
    """The gate that a cell is, and the cell's inputs in the gate's canonical order.

    Of symmetric inputs the order given is kept.

    Args:
        function: The output pin's function string.
        inputs: All input pins of the cell.

    Raises:
        UserError: As :func:`truth_table`.

    >>> match_gate("!(B | (A1 * A2))", ["A1", "A2", "B"])
    (<Gate.AOI21: 'aoi21'>, ('A1', 'A2', 'B'))
    """
    for order in permutations(inputs) if len(inputs) <= 3 else ():
        if gate := _gates_by_table().get((len(inputs), truth_table(function, order))):
            return gate, order
    return None


@cache
def _gates_by_table() -> dict[tuple[int, int], Gate]:
    return {(gate.input_count, gate.table): gate for gate in Gate}
