from itertools import permutations

import pytest

from synthesis.errors import UserError
from synthesis.gates import Gate, match_gate, truth_table

# Rows 0, 1, 2, ...: input 0 is the lowest bit of the row's number, the table's bit k is row k.
TABLES = {
    Gate.INV: 0b01,
    Gate.BUF: 0b10,
    Gate.NAND2: 0b0111,
    Gate.NOR2: 0b0001,
    Gate.NAND3: 0b01111111,
    Gate.NOR3: 0b00000001,
    Gate.AND2: 0b1000,
    Gate.OR2: 0b1110,
    Gate.XOR2: 0b0110,
    Gate.XNOR2: 0b1001,
    Gate.AOI21: 0b00000111,  # 1 only while i2 = 0 (rows 0 to 3) and not both i0, i1 (row 3)
    Gate.OAI21: 0b00011111,  # 0 only while i2 = 1 (rows 4 to 7) and i0 or i1 (rows 5, 6, 7)
    Gate.AO21: 0b11111000,
    Gate.OA21: 0b11100000,
}


@pytest.mark.parametrize("gate", Gate)
def test_tables_are_as_worked_by_hand(gate):
    assert gate.table == TABLES[gate]


@pytest.mark.parametrize(
    ("function", "inputs", "table"),
    [
        ("A", "A", 0b10),
        ("!A", "A", 0b01),
        ("A'", "A", 0b01),
        ("!A'", "A", 0b10),
        ("A''", "A", 0b10),
        ("!!A", "A", 0b10),
        ('"A B"', "AB", 0b1000),
        ("A B'", "AB", 0b0010),
        ("(A)(B)", "AB", 0b1000),
        ("A*B", "AB", 0b1000),
        ("A + B * C", "ABC", 0b11101010),  # A, or rows 6, 7
        ("A ^ B & C", "ABC", 0b01100000),  # XOR binds tighter: rows 5, 6
        ("A | B ^ C", "ABC", 0b10111110),  # A, or B differs from C: rows 2 to 5
        ("(A + B)' C", "ABC", 0b00010000),
        ("(A+!B)'", "AB", 0b0100),
        ("1", "", 0b1),
        ("0", "A", 0b00),
        ("A + 1", "A", 0b11),
    ],
)
def test_liberty_operators(function, inputs, table):
    assert truth_table(function, list(inputs)) == table


def test_names_may_carry_brackets_and_quotes():
    assert truth_table('"D[0]" & en_1', ["D[0]", "en_1"]) == 0b1000


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("", "the end"),
        ("A &", "the end"),
        ("(A", "not closed"),
        ("A)", "nothing may follow"),
        ("A @ B", "not a Liberty"),
        ("A & 2", "not a Liberty"),
        ("A + Z", "Z is not among"),
        ("& A", "found '&'"),
    ],
)
def test_bad_functions_get_one_line(function, message):
    with pytest.raises(UserError, match=message):
        truth_table(function, ["A", "B"])


@pytest.mark.parametrize("gate", Gate)
def test_cells_are_recognised_whatever_their_pins_are_called_and_in_any_order(gate):
    formula = {
        Gate.INV: "a'",
        Gate.BUF: "a",
        Gate.NAND2: "!a + !b",
        Gate.NOR2: "!a !b",
        Gate.NAND3: "!a + !b + !c",
        Gate.NOR3: "!a !b !c",
        Gate.AND2: "(a * b)",
        Gate.OR2: "!(!a & !b)",
        Gate.XOR2: "(a * !b) + (!a * b)",
        Gate.XNOR2: "(a b) | (a' b')",
        Gate.AOI21: "(!a * !c) + (!b * !c)",
        Gate.OAI21: "(!a * !b) + (!c)",
        Gate.AO21: "c + a b",
        Gate.OA21: "a c + b c",
    }[gate]
    canonical = "abc"[: gate.input_count]
    for order in permutations(canonical):
        found = match_gate(formula, order)
        assert found is not None
        assert found[0] is gate
        # Inputs 0 and 1 are symmetric in every gate of more than one input; of some, all three.
        symmetric = 3 if gate in (Gate.NAND3, Gate.NOR3) else 2
        assert sorted(found[1][:symmetric]) == sorted(canonical[:symmetric])
        assert found[1][symmetric:] == tuple(canonical[symmetric:])


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        ("A & B & C", "ABC"),
        ("!(A & !B)", "AB"),
        ("1", ""),
        ("A", "AB"),  # an input that does nothing
        ("A & B", "ABCD"),
    ],
)
def test_other_cells_are_no_gate(function, inputs):
    assert match_gate(function, list(inputs)) is None
