import io
import json

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from circuitvae.prefix import (
    IllegalGraphError,
    PrefixGraph,
    from_bits,
    from_cellmap,
    from_json,
    from_networkx,
    kogge_stone,
    ripple,
    sklansky,
    to_bits,
    to_cellmap,
    to_dot,
    to_graphml,
    to_json,
    to_networkx,
)
from synthesis.errors import UserError

graphs = st.integers(1, 9).flatmap(
    lambda width: arrays(bool, (width, width)).map(PrefixGraph.legalized)
)

# 3 bits with the node (2, 1): (2, 0) = (2, 1)(0, 0).
TRIANGLE = "100\n110\n111\n"


@given(graphs)
def test_round_trips(graph):
    assert from_networkx(to_networkx(graph)) == graph
    assert from_cellmap(to_cellmap(graph)) == graph
    assert from_json(to_json(graph)) == graph


def test_networkx_worked_by_hand():
    network = to_networkx(from_cellmap(TRIANGLE))
    assert network.graph == {"width": 3}
    assert dict(network.nodes(data=True)) == {
        (0, 0): {"kind": "input", "level": 0, "fanout": 2},
        (1, 0): {"kind": "output", "level": 1, "fanout": 0},
        (1, 1): {"kind": "input", "level": 0, "fanout": 2},
        (2, 0): {"kind": "output", "level": 2, "fanout": 0},
        (2, 1): {"kind": "internal", "level": 1, "fanout": 1},
        (2, 2): {"kind": "input", "level": 0, "fanout": 1},
    }
    assert set(network.edges(data="port")) == {
        ((1, 1), (1, 0), "upper"),
        ((0, 0), (1, 0), "lower"),
        ((2, 2), (2, 1), "upper"),
        ((1, 1), (2, 1), "lower"),
        ((2, 1), (2, 0), "upper"),
        ((0, 0), (2, 0), "lower"),
    }


def test_networkx_longest_path_is_the_depth():
    graph = kogge_stone(13)
    assert nx.dag_longest_path_length(to_networkx(graph)) == graph.depth


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda net: net.remove_edge((0, 0), (1, 0)),
            IllegalGraphError,
            r"edge \(0, 0\) -> \(1, 0\) is missing",
        ),
        (
            lambda net: net.add_edge((1, 0), (2, 0)),
            IllegalGraphError,
            r"edge \(1, 0\) -> \(2, 0\) does not belong there",
        ),
        (
            lambda net: net.remove_node((2, 0)),
            IllegalGraphError,
            r"cell \(2, 0\) is missing: every bit needs its output",
        ),
        (lambda net: net.add_edge((2, 2), (5, 1)), UserError, r"found \(5, 1\)"),
        (lambda net: net.add_edge((2, 2), "sum"), UserError, "expected nodes .* found 'sum'"),
        (lambda net: net.clear(), UserError, "width must be from 1 to 256 bits"),
    ],
)
def test_networks_that_are_not_prefix_graphs(change, error, message):
    network = to_networkx(from_cellmap(TRIANGLE))
    change(network)
    with pytest.raises(error, match=message):
        from_networkx(network)


@pytest.mark.parametrize(
    "text",
    [
        TRIANGLE,
        "1 0 0\n1 1 0\n1 1 1",
        "\n1 0 0 \r\n1 1 0 \r\n1 1 1 \r\n\r\n",
        "1\t0\t0\n110\n  111\n",
    ],
)
def test_both_spellings_of_a_cell_map(text):
    assert to_cellmap(from_cellmap(text)) == TRIANGLE


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", UserError, "x.txt is empty: expected N lines"),
        (" \n\n", UserError, "x.txt is empty"),
        (
            "10\n1\n",
            UserError,
            "x.txt: expected a square of 2 rows and columns, found 1 cells in row 1",
        ),
        (
            "100\n110\n",
            UserError,
            "expected a square of 2 rows and columns, found 3 cells in row 0",
        ),
        ("10\n12\n", UserError, "x.txt: expected 0 or 1 in row 1, column 1, found '2'"),
        ("module adder;\n", UserError, "in row 0, column 0, found 'm'"),
        (
            "100\n110\n011\n",
            IllegalGraphError,
            r"x.txt is not a legal .*cell \(2, 0\) is missing.*--legalize repairs it",
        ),
        ("110\n110\n101\n", IllegalGraphError, r"cell \(0, 1\) lies above .*--legalize"),
        ("1" * 257 + "\n" + ("1" * 257 + "\n") * 256, UserError, "found 257"),
    ],
)
def test_wrong_cell_maps_get_one_clear_line(text, error, message):
    with pytest.raises(error, match=message) as caught:
        from_cellmap(text, source="x.txt")
    assert "\n" not in str(caught.value)


def test_legalize_repairs_a_cell_map():
    assert from_cellmap("011\n000\n000\n", legalize=True) == ripple(3)
    assert from_cellmap(TRIANGLE, legalize=True) == from_cellmap(TRIANGLE)


def test_json_worked_by_hand():
    graph = sklansky(4)
    assert json.loads(to_json(graph)) == {
        "format": "circuitvae-prefix-graph",
        "version": 1,
        "width": 4,
        "size": 4,
        "depth": 2,
        "digest": graph.digest,
        "nodes": [[1, 0], [2, 0], [3, 2], [3, 0]],
    }


def document(**changes):
    return json.dumps(json.loads(to_json(sklansky(4))) | changes)


def test_json_needs_no_digest():
    fields = json.loads(document())
    for name in ("digest", "size", "depth"):
        del fields[name]
    assert from_json(json.dumps(fields)) == sklansky(4)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", UserError, "x.json is not JSON"),
        ("{", UserError, "x.json is not JSON"),
        ("[1, 2]", UserError, '"format": "circuitvae-prefix-graph"'),
        ('{"nodes": []}', UserError, '"format": "circuitvae-prefix-graph"'),
        (document(version=2), UserError, "expected version 1, found 2"),
        (document(width="4"), UserError, 'whole number "width"'),
        (document(width=0), UserError, "from 1 to 256 bits .* found 0"),
        (document(nodes=None), UserError, 'a list "nodes"'),
        (document(nodes=[[4, 0]]), UserError, r"0 <= column <= row < 4, found \[4, 0\]"),
        (document(nodes=[[0, 1]]), UserError, r"found \[0, 1\]"),
        (document(nodes=[[1, 0.5]]), UserError, r"found \[1, 0.5\]"),
        (document(nodes=["10"]), UserError, "found '10'"),
        (document(nodes=[[1, 0], [2, 0]]), IllegalGraphError, r"cell \(3, 0\) is missing"),
        (
            document(nodes=[[1, 0], [2, 0], [3, 0]]),
            IllegalGraphError,
            "its nodes have digest .* it was changed",
        ),
        (document(digest="0123456789abcdef"), IllegalGraphError, "it says 0123456789abcdef"),
    ],
)
def test_wrong_json_gets_one_clear_line(text, error, message):
    with pytest.raises(error, match=message) as caught:
        from_json(text, source="x.json")
    assert "\n" not in str(caught.value)


@given(graphs)
def test_graphml_is_read_back_by_networkx(graph):
    network = nx.read_graphml(io.BytesIO(to_graphml(graph).encode()))
    back = nx.relabel_nodes(network, lambda name: tuple(map(int, name.split("_"))))
    assert dict(back.nodes(data=True)) == dict(to_networkx(graph).nodes(data=True))
    assert set(back.edges(data="port")) == set(to_networkx(graph).edges(data="port"))


def test_dot_worked_by_hand():
    assert to_dot(ripple(2)) == (
        "digraph prefix {\n"
        "  node [shape=box];\n"
        '  { rank=same; "1:1"; "0:0"; }\n'
        '  { rank=same; "1:0"; }\n'
        '  "1:1" -> "1:0";\n'
        '  "0:0" -> "1:0" [style=dashed];\n'
        "}\n"
    )


@pytest.mark.parametrize("width", [1, 2, 3, 11])
def test_dot_has_every_node_and_edge_once(width):
    graph = kogge_stone(width)
    lines = to_dot(graph).splitlines()
    ranks = [line for line in lines if "rank=same" in line]
    declared = [word for line in ranks for word in line.split() if ":" in word]
    assert sorted(declared) == sorted(f'"{i}:{j}";' for i, j in np.argwhere(graph.grid).tolist())
    edges = [line for line in lines if " -> " in line]
    assert len(edges) == len(set(edges)) == 2 * graph.size


@given(st.integers(1, 9), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_bits_round_trip(width, count, seed):
    cells = np.random.default_rng(seed).random((count, width, width)) < 0.3
    graphs = [PrefixGraph.legalized(grid) for grid in cells]
    bits = to_bits(graphs, width)
    assert bits.shape == (count, (width * width + 7) // 8)
    assert from_bits(bits, width) == graphs


def test_bits_worked_by_hand():
    # Row by row 1,0 and 1,1, then four bits of padding: 1011 0000.
    assert to_bits([ripple(2)], 2).tolist() == [[0b1011_0000]]


def test_damaged_bits_are_refused():
    with pytest.raises(IllegalGraphError, match=r"cell \(1, 1\) is missing"):
        from_bits(np.array([[0b1010_0000]], dtype=np.uint8), 2)
