"""Adders proved equal to ``a + b``: the classical ones at every width, and random graphs."""

import numpy as np
import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.hdl.emit import verilog
from circuitvae.hdl.prove import prove_blif, prove_techmap, prove_verilog
from circuitvae.hdl.techmap import yosys_techmap
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.legalize import legalize
from synthesis.blif import blif


@pytest.mark.parametrize("first", range(1, 65, 8))
def test_every_classical_adder_of_every_width_is_proved(first: int) -> None:
    for width in range(first, first + 8):
        circuit = Adder(carry_in=width % 2 == 1)
        texts = [blif(circuit.netlist(graph)) for graph in classical_adders(width).values()]
        assert prove_blif(circuit, width, texts) == [None] * len(texts)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, 65, 8))
def test_the_verilog_of_every_classical_adder_is_proved(first: int) -> None:
    for width in range(first, first + 8):
        circuit = Adder(carry_in=width % 3 == 1, carry_out=width % 2 == 1)
        texts = [verilog(circuit, graph) for graph in classical_adders(width).values()]
        assert prove_verilog(circuit, width, texts) == [None] * len(texts)


@pytest.mark.slow
def test_a_thousand_random_graphs_are_proved() -> None:
    rng = np.random.default_rng(0)
    for width in rng.integers(1, 65, size=50):
        circuit = Adder(*rng.integers(0, 2, size=2).astype(bool).tolist())
        density = np.exp(rng.uniform(np.log(0.01), np.log(0.9), size=(20, 1, 1)))
        grids = legalize(rng.random((20, width, width)) < density)
        texts = [verilog(circuit, PrefixGraph(grid)) for grid in grids]
        assert prove_verilog(circuit, int(width), texts) == [None] * 20


def test_a_mutated_adder_is_refused() -> None:
    circuit, graph = Adder(), sklansky(8)
    good_blif, good_verilog = blif(circuit.netlist(graph)), verilog(circuit, graph)
    bad_blif = good_blif.replace("11- 1", "1-- 1", 1)
    bad_verilog = good_verilog.replace("^", "|", 1)
    assert (bad_blif, bad_verilog) != (good_blif, good_verilog)
    for prove, good, bad in [
        (prove_blif, good_blif, bad_blif),
        (prove_verilog, good_verilog, bad_verilog),
    ]:
        fine, wrong = prove(circuit, 8, [good, bad])
        assert fine is None and wrong is not None
        assert wrong.expected != wrong.found
        a, b = wrong.inputs["a"], wrong.inputs["b"]
        assert wrong.expected["sum"] + 256 * wrong.expected["cout"] == a + b


@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_a_techmap_is_proved_and_its_mutation_refused(width: int) -> None:
    text = yosys_techmap(sklansky(width), {})
    for served in (width, width + 1):
        assert prove_techmap(text, served) is None
    assert prove_techmap(text.replace("&", "|", 1), width) is not None
