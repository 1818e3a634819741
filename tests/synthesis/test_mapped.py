"""Mapped netlists as ABC writes them: BLIF and Verilog, and where cells stand."""

import pytest

from synthesis.errors import ToolError
from synthesis.mapped import Instance, MappedNetlist, read_blif, read_verilog

COLUMNS = {"a[0]": 0, "a[1]": 1}
NETLIST = MappedNetlist(
    "top",
    ("a[0]", "a[1]"),
    ("y[1]",),
    (
        Instance("INV", ("A", "Y"), ("a[0]", "n"), 0),
        Instance("NAND2", ("A", "B", "Y"), ("a[1]", "n", "y[1]"), 1),
    ),
)
VERILOG = r"""module top (
    \a[0] , \a[1] ,
    \y[1]  );
  input  \a[0] , \a[1] ;
  output \y[1] ;
  wire n;
  INV    g0(.A(\a[0] ), .Y(n));
  NAND2  g1(.A(\a[1] ), .B(n), .Y(\y[1] ));
endmodule
"""


def test_blif_is_read_as_it_was_written() -> None:
    assert read_blif(NETLIST.blif(), COLUMNS) == NETLIST


def test_what_abc_adds_to_blif_is_passed_over() -> None:
    text = NETLIST.blif().replace("a[0] a[1]", "a[0] \\\n a[1]")
    text = "# written by ABC\n" + text.replace(".gate", ".input_arrival a[0] 1.0 1.0\n.gate", 1)
    assert read_blif(text, COLUMNS) == NETLIST


def test_verilog_is_read() -> None:
    assert read_verilog(VERILOG, COLUMNS) == NETLIST


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (".gate INV", ".latch a b", "expected mapped BLIF, found .*latch"),
        (".end", "", "expected mapped BLIF"),
        (".gate INV A=a[0] Y=n\n", ".gate INV A=y[1] Y=n\n", r"y\[1\] is read before it is driven"),
    ],
)
def test_other_blif_is_refused(old: str, new: str, problem: str) -> None:
    with pytest.raises(ToolError, match=problem):
        read_blif(NETLIST.blif().replace(old, new), COLUMNS)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("endmodule", "", "expected a Verilog module"),
        ("INV    g0(.A(\\a[0] ), .Y(n));", "assign n = ~\\a[0] ;", "expected an instance"),
        ("INV    g0(.A(\\a[0] ),", "INV    g0(.A(\\y[1] ),", "before it is driven"),
    ],
)
def test_other_verilog_is_refused(old: str, new: str, problem: str) -> None:
    with pytest.raises(ToolError, match=problem):
        read_verilog(VERILOG.replace(old, new), COLUMNS)
