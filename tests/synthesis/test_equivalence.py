"""Proofs, and their twins that must fail."""

import pytest

from circuitvae.hdl import golden
from synthesis.abc import AbcSession
from synthesis.equivalence import Difference, InterfaceError, difference, elaborate
from synthesis.yosys import YosysError

ADDER = "module m(input [{0}:0] a, b, output [{0}:0] sum, output cout); {1} endmodule"


def compare(body: str, width: int = 4) -> Difference | None:
    sources = [
        ADDER.format(width - 1, body),
        golden.adder(4, "golden", carry_in=False, carry_out=True),
    ]
    candidate, reference = elaborate(sources)
    with AbcSession() as session:
        return difference(candidate, reference, session)


def test_an_adder_is_proved() -> None:
    assert compare("assign {cout, sum} = b + a;") is None


def test_a_wrong_adder_gives_an_input_that_shows_it() -> None:
    found = compare("assign {cout, sum} = b + a + (a == 4'd11 && b == 4'd6);")
    assert found is not None
    # 11 + 6 = 17 = 1_0001; the candidate gives 18 = 1_0010.
    assert found == Difference({"a": 11, "b": 6}, {"cout": 1, "sum": 1}, {"cout": 1, "sum": 2})
    assert str(found) == (
        "for a = 0xb, b = 0x6: expected cout = 0x1, sum = 0x1, found cout = 0x1, sum = 0x2"
    )


def test_counterexamples_of_wide_ports_are_read() -> None:
    ports = "input [99:0] a, b, output [99:0] sum"
    wrong = "a == 100'h8_0000_0000_0000_0000_0000_0001"
    sources = [
        f"module m({ports}); assign sum = a + b + ({wrong}); endmodule",
        golden.adder(100, "golden", carry_in=False, carry_out=False),
    ]
    candidate, reference = elaborate(sources)
    with AbcSession() as session:
        found = difference(candidate, reference, session)
    assert found is not None and found.inputs["a"] == 0x8_0000_0000_0000_0000_0000_0001
    assert found.expected["sum"] == (found.inputs["a"] + found.inputs["b"]) % 2**100
    assert found.found["sum"] == (found.expected["sum"] + 1) % 2**100


def test_other_ports_are_named() -> None:
    with pytest.raises(InterfaceError, match=r"expected inputs a\[3:0\] b\[3:0\], found a\[4:0\]"):
        compare("assign {cout, sum} = b + a;", width=5)


@pytest.mark.parametrize(
    "text",
    [
        "module m(input a, output b); assign b = a +; endmodule",
        "module m(input a, c, output reg b); always @(posedge c) b <= a; endmodule",
        "module m(input a, c, output reg b); always @* if (c) b = a; endmodule",
        "module m(input a, output b); wire c; assign b = c & a; endmodule",
        "module m(input a, output b); wire c; assign c = c ^ a; assign b = c; endmodule",
        "module m(input a, output b); other o(a, b); endmodule",
        "",
    ],
    ids=["syntax", "register", "latch", "undriven", "loop", "missing module", "empty"],
)
def test_what_is_not_combinational_verilog_is_refused(text: str) -> None:
    with pytest.raises(YosysError):
        elaborate([text])
