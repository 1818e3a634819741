import re
from pathlib import Path

import numpy as np
import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.hdl.emit import verilog
from circuitvae.hdl.golden import adder
from circuitvae.hdl.read import read_prefix_adder
from circuitvae.prefix.classical import CLASSICAL, sklansky
from circuitvae.prefix.graph import PrefixGraph
from synthesis.errors import UserError

GOOD = verilog(Adder(carry_in=True), sklansky(4))


@pytest.mark.parametrize("carry_in", [False, True])
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 13])
def test_what_is_written_is_read_back(width: int, carry_in: bool) -> None:
    circuit = Adder(carry_in=carry_in)
    cells = np.random.default_rng(width).random((width, width)) < 0.3
    for graph in [PrefixGraph.legalized(cells), *(make(width) for make in CLASSICAL.values())]:
        text = verilog(circuit, graph, module="mine", notes={"g_1_1": "a note"})
        assert read_prefix_adder(text) == (circuit, graph)


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_without_carry_out_the_last_row_is_the_least(width: int) -> None:
    circuit = Adder(carry_out=False)
    graph = sklansky(width)
    cells = graph.grid.copy()
    cells[-1, 1:-1] = False
    found = read_prefix_adder(verilog(circuit, graph))
    assert found == (circuit, PrefixGraph.legalized(cells))


def test_layout_comments_and_order_may_differ() -> None:
    lines = GOOD.splitlines()
    start = lines.index("  // Single bits")
    shuffled = [*lines[:start], *reversed(lines[start:-1]), lines[-1]]
    text = "/* g_3_1 */ " + " ".join(line.split("//")[0] for line in shuffled)
    text = text.replace("wire", "\n  wire\t")
    assert read_prefix_adder(text) == (Adder(carry_in=True), sklansky(4))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", r"expected Verilog, found a syntax error \(at end of input\)"),
        ("an adder", r'expected Verilog, found a syntax error \(line:1: before: "an"\)'),
        ("module m; \x00", "Illegal character"),
        (adder(4, "m", carry_in=False, carry_out=True), "found port in line 1"),
        ("module m (input a); endmodule", r"found no port `input \[N-1:0\] a`"),
        ("module m (input [511:0] a); endmodule", "width must be from 1 to 256 bits"),
        (GOOD + GOOD, "found 2 modules"),
        (GOOD.replace("g_3_2 | p_3_2", "g_3_2 ^ p_3_2"), r"found `assign g_3_0 = g_3_2 \^ p_3_2"),
        (GOOD.replace("p_3_3 & p_2_2;", "p_3_3 & g_2_2;"), "found `assign p_3_2 = p_3_3 & g_2_2;`"),
        (GOOD.replace("wire g_1_0;", ""), "found no `wire g_1_0;`"),
        (GOOD.replace("wire g_1_0;", "wire g_9_0;"), "`wire g_9_0;` in an adder of 4 bits"),
        (GOOD.replace("wire g_1_0;", "wire g_1_0; wire g_1_2;"), "found `wire g_1_2;`"),
        (GOOD.replace("wire g_1_0;", "wire g_1_0; wire g_1_0;"), "`wire g_1_0;` twice"),
        (GOOD.replace("wire g_1_0;", "wire [1:0] g_1_0;"), r"found `wire \[1:0\] g_1_0;`"),
        (GOOD.replace("wire g_1_0;", "wire g_1_0; cell u (a);"), "found instancelist"),
        (GOOD.replace("assign cout = g_3_0;", ""), "found no `assign cout = g_3_0;`"),
    ],
)
def test_anything_else_is_refused_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as caught:
        read_prefix_adder(text, source="file.v")
    assert "\n" not in str(caught.value)


def test_parser_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from circuitvae.hdl import read

    monkeypatch.chdir(tmp_path)
    read._parser.cache_clear()
    read_prefix_adder(GOOD)
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_lines_are_counted_from_the_start_of_each_text() -> None:
    bad = GOOD.replace("assign cout = g_3_0;", "assign cout = g_2_0;")
    line = bad[: bad.index("assign cout")].count("\n") + 1
    for _ in range(2):
        with pytest.raises(UserError, match=re.escape(f"`assign cout = g_2_0;` in line {line}")):
            read_prefix_adder(bad)
