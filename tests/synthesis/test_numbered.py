"""Netlists with numbers for names, by hand."""

from synthesis.netlist import Input, Netlist, Node, Op, Output
from synthesis.numbered import numbered


def test_a_full_adder_by_hand() -> None:
    """By level; the half sum after the AND it shares, the OR after the half sum it may be."""
    nodes = (
        Node("p", Op.OR, ("a", "b"), 0),
        Node("x", Op.XOR, ("a", "b"), 0),
        Node("k", Op.AND, ("a", "b"), 0),
        Node("y", Op.AO21, ("p", "c", "k"), 1),
    )
    outputs = tuple(Output(f"out_{net}", net, 0) for net in "xy")
    found, names = numbered(
        Netlist("circuit", tuple(Input(net, 0) for net in "abc"), outputs, nodes)
    )
    assert names == ["a", "b", "c", "k", "x", "p", "y"]
    assert found.outputs.tolist() == [4, 6]
    assert found.columns.tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert found.nodes["nets"].tolist() == [[0, 1, 1], [0, 1, 1], [0, 1, 1], [5, 2, 3]]
    assert found.nodes["nand"].tolist() == [-1, 3, -1, -1]
    assert found.nodes["half_sum"].tolist() == [-1, -1, 4, -1]
    assert found.nodes["column"].tolist() == [0, 0, 0, 1]
    # a and b are read thrice, k by the half sum and the carry, x perhaps as the propagate.
    assert found.fanout.tolist() == [3, 3, 1, 2, 1, 1, 0]


def test_a_circuit_without_nodes() -> None:
    found, names = numbered(Netlist("wire", (Input("a", 0),), (Output("y", "a", 0),), ()))
    assert names == ["a"] and found.outputs.tolist() == [0]
    assert not len(found.nodes)
