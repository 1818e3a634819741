"""The adder's netlist, counted by hand and evaluated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.graph import PrefixGraph
from synthesis.netlist import Netlist, Node, Op
from synthesis.numbered import numbered

OPTIONS = [Adder(i, o) for i in (False, True) for o in (False, True)]


def add(netlist: Netlist, width: int, a: np.ndarray, b: np.ndarray, cin: np.ndarray) -> np.ndarray:
    """Value of the outputs as a number, by evaluating every node."""
    nets = {"cin": cin.astype(bool)}
    for i in range(width):
        nets[f"a[{i}]"], nets[f"b[{i}]"] = (a >> i & 1).astype(bool), (b >> i & 1).astype(bool)
    for node in netlist.nodes:
        x, y, *z = (nets[net] for net in node.inputs)
        nets[node.name] = {
            Op.AND: x & y,
            Op.OR: x | y,
            Op.XOR: x ^ y,
            Op.AO21: (x & y) | (z[0] if z else False),
        }[node.op]
    return sum(nets[out.net].astype(np.int64) << bit for bit, out in enumerate(netlist.outputs))


@pytest.mark.parametrize("circuit", OPTIONS, ids=lambda circuit: circuit.key)
@pytest.mark.parametrize("width", [1, 2, 3, 7, 16, 31])
def test_it_adds(circuit: Adder, width: int) -> None:
    rng = np.random.default_rng(width)
    a, b = rng.integers(0, 2**width, size=(2, 500))
    cin = rng.integers(0, 2, size=500) * circuit.carry_in
    expected = (a + b + cin) % 2 ** (width + circuit.carry_out)
    graphs = [*classical_adders(width).values()]
    graphs.append(PrefixGraph.legalized(rng.random((width, width)) < 0.3))
    for graph in graphs:
        assert (add(circuit.netlist(graph), width, a, b, cin) == expected).all()


def test_nodes_are_as_counted_by_hand() -> None:
    # 4-bit Sklansky with carry-out: 4 XORs for x, 3 ORs for p (bit 0 needs none), 4 ANDs for g,
    # prefix nodes (1,0), (2,0), (3,2), (3,0): 4 AO21 and one AND (only (3,2) has a propagate),
    # 3 XORs for the sums of bits 1 to 3.
    ops = [node.op for node in Adder().netlist(sklansky(4)).nodes]
    assert (ops.count(Op.XOR), ops.count(Op.OR)) == (7, 3)
    assert (ops.count(Op.AND), ops.count(Op.AO21)) == (5, 4)


def test_without_carry_out_nothing_of_the_last_row_is_built() -> None:
    names = {node.name for node in Adder(carry_out=False).netlist(sklansky(8)).nodes}
    assert not any(name.startswith(("g_7", "p_7")) for name in names)
    assert {"x_7", "s_7"} <= names


@pytest.mark.parametrize("width", [1, 2, 3, 8, 11])
def test_reduced_grids_are_legal_and_equal_where_netlists_are(width: int) -> None:
    rng = np.random.default_rng(0)
    kept, other = PrefixGraph.legalized(rng.random((width, width)) < 0.3).grid, sklansky(width).grid
    twin = kept.copy()
    twin[-1] = other[-1]
    twin = PrefixGraph.legalized(twin).grid
    grids = np.stack([kept, twin, other])
    for circuit in OPTIONS:
        reduced = circuit.reduced(grids)
        for grid, small in zip(grids, reduced, strict=True):
            whole, part = circuit.netlist(PrefixGraph(grid)), circuit.netlist(PrefixGraph(small))
            assert (whole.nodes, whole.outputs) == (part.nodes, part.outputs)
        assert circuit.carry_out == (reduced is grids)
        if not circuit.carry_out:
            same = [circuit.netlist(PrefixGraph(grid)).nodes for grid in grids]
            assert (same[0] == same[1]) == (reduced[0] == reduced[1]).all()


def test_a_netlist_refuses_what_is_not_driven() -> None:
    netlist = Adder().netlist(sklansky(2))
    with pytest.raises(ValueError, match="reads nowhere, which nothing drives"):
        Netlist(
            netlist.name,
            netlist.inputs,
            netlist.outputs,
            (Node("n", Op.AND, ("a[0]", "nowhere"), 0), *netlist.nodes),
        )


@pytest.mark.parametrize("circuit", OPTIONS, ids=lambda circuit: circuit.key)
@given(st.integers(0, 2**32 - 1), st.integers(1, 14))
def test_numbers_are_those_of_the_netlist(circuit: Adder, seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    graph = PrefixGraph.legalized(rng.random((width, width)) < rng.random())
    expected, _ = numbered(circuit.netlist(graph))
    for found, wanted in zip(circuit.numbered(graph.grid), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
