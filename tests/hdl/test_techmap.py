import numpy as np
import pytest

from circuitvae.hdl import golden
from circuitvae.hdl.techmap import yosys_techmap
from circuitvae.prefix.classical import sklansky
from circuitvae.prefix.graph import PrefixGraph
from synthesis import yosys
from synthesis.yosys import YosysError

PROVE = [
    "miter -equiv -flatten -make_outputs golden candidate miter",
    "sat -verify -prove trigger 0 miter",
]


def irregular(width: int) -> PrefixGraph:
    cells = np.random.default_rng(width).random((width, width)) < 0.3
    return PrefixGraph.legalized(cells)


def prove_cells(techmap: str, widths: list[int]) -> None:
    """Proves the techmap on bare ``$lcu`` cells, all in one run of Yosys."""
    files = {"techmap.v": techmap}
    script = []
    for width in widths:
        files[f"golden{width}.v"] = golden.lcu(width, "golden")
        files[f"candidate{width}.v"] = golden.lcu_cell(width, "candidate")
        script += [
            "design -reset",
            f"read_verilog golden{width}.v",
            f"read_verilog -icells candidate{width}.v",
            "select -assert-count 1 candidate/t:$lcu",
            "techmap -map techmap.v candidate",
            "flatten",
            "opt_clean",
            "select -assert-none t:$lcu",
            *PROVE,
        ]
    yosys.run(script, files, [])


def synthesise(design: str, **techmaps: str) -> str:
    """Log of ``synth -extra-map`` with the techmaps, after a proof that the design adds 8 bits."""
    files = {f"{name}.v": text for name, text in techmaps.items()}
    options = " ".join(f"-extra-map {name}" for name in files)
    (log,) = yosys.run(
        [
            "read_verilog design.v",
            f"tee -q -o log.txt synth -top candidate {options}",
            "read_verilog golden.v",
            "proc",
            *PROVE,
        ],
        files
        | {
            "design.v": design,
            "golden.v": golden.adder(8, "golden", carry_in=False, carry_out=True),
        },
        ["log.txt"],
    )
    return log


ADD_8 = (
    "module candidate (input [7:0] a, b, output [7:0] sum, output cout);"
    "assign {cout, sum} = a + b; endmodule"
)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_serves_every_width_up_to_one_more_than_the_graph(width: int) -> None:
    prove_cells(yosys_techmap(irregular(width), {}), list(range(1, width + 2)))


@pytest.mark.parametrize("width", [1, 2, 5])
def test_passes_on_what_is_too_wide(width: int) -> None:
    with pytest.raises(YosysError, match=r"selection is not empty: t:\$lcu"):
        prove_cells(yosys_techmap(irregular(width), {}), [width + 2])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("P[3] & P[2]", "P[3] | P[2]"),
        ("G[3] | (P[3] & G[2])", "G[3] ^ (P[3] & G[2])"),
        ("G[0] | (P[0] & CI)", "G[0]"),
        ("G[4] | (P[4] & g_3_0)", "G[4] | (P[4] & g_2_0)"),
    ],
)
def test_a_mutant_is_caught(right: str, wrong: str) -> None:
    techmap = yosys_techmap(sklansky(4), {})
    assert right in techmap
    with pytest.raises(YosysError, match="proof did fail"):
        prove_cells(techmap.replace(right, wrong), [5])


def test_synth_takes_the_techmap_before_its_own() -> None:
    graph = irregular(8)
    log = synthesise(ADD_8, ours=yosys_techmap(graph, {}))
    # The sum with carry-out asks for 9 bits; one candidate serves it.
    assert f"_70_lcu_circuitvae_008_{graph.digest}\\WIDTH=32'" in log
    assert "Using template" in log
    assert "_90_lcu_brent_kung\\WIDTH" not in log


def test_the_narrowest_of_several_techmaps_serves() -> None:
    narrow, fit, wide = sklansky(4), sklansky(8), sklansky(16)
    log = synthesise(
        ADD_8, a=yosys_techmap(wide, {}), b=yosys_techmap(narrow, {}), c=yosys_techmap(fit, {})
    )
    using = [
        line for line in log.splitlines() if line.startswith("Using template") and "lcu" in line
    ]
    assert using
    assert all(fit.digest in line for line in using)


def test_structure_is_that_of_the_graph() -> None:
    graph = sklansky(8)
    text = yosys_techmap(graph, {"note": "x\nendmodule"})
    # Every prefix node has a generate (12), those outside column 0 a propagate too (5); the
    # carry-in's node, 8 outputs and the ripple row stand apart.
    assert text.count("    assign g_") == graph.size == 12
    assert text.count("    assign p_") == 5
    assert text.count("assign CO[") == 9
    assert text.count("\nendmodule\n") == 1
    assert "synth -extra-map" in text
