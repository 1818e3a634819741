import numpy as np
import pytest

from circuitvae.prefix import (
    CLASSICAL,
    PrefixGraph,
    brent_kung,
    classical_adders,
    han_carlson,
    knowles,
    knowles_family,
    kogge_stone,
    ladner_fischer,
    minimum_depth,
    parse_classical,
    ripple,
    sklansky,
)
from synthesis.errors import UserError

WIDTHS = range(1, 257)


def spans(graph: PrefixGraph) -> dict[tuple[int, int], list[int]]:
    """The input bits each node combines, most significant first, by following its parents."""
    bits = {(i, i): [i] for i in range(graph.width)}
    for node in graph.nodes():
        upper, lower = graph.parents(*node)
        bits[node] = bits[upper] + bits[lower]
    return bits


@pytest.mark.parametrize("width", range(1, 21))
def test_every_node_combines_exactly_its_span(width):
    for graph in classical_adders(width).values():
        for (i, j), bits in spans(graph).items():
            assert bits == list(range(i, j - 1, -1))


def test_the_span_check_can_fail():
    class Broken(PrefixGraph):
        def parents(self, row, column):
            upper, (low, end) = super().parents(row, column)
            return upper, (max(low - 1, end), end)

    assert spans(Broken(sklansky(4).grid))[3, 0] != [3, 2, 1, 0]


@pytest.mark.parametrize("name", CLASSICAL)
def test_every_width_is_legal_and_a_crop_of_the_next_power_of_two(name):
    # The constructor of PrefixGraph checks legality.
    for width in WIDTHS:
        whole = parse_classical(name, 2 ** minimum_depth(width))
        np.testing.assert_array_equal(parse_classical(name, width).grid, whole.grid[:width, :width])


@pytest.mark.parametrize("k", range(9))
def test_every_width_of_ladner_fischer(k):
    # Odd widths differ from a crop: the paper halves them, so sizes follow its recurrence instead.
    def size(n, k):
        low, high = (n + 1) // 2, n // 2
        if n == 1:
            return 0
        return size(low, 1) + size(high, 0) + high if k == 0 else size(low, k - 1) + 2 * high - 1

    for width in WIDTHS:
        if k <= minimum_depth(width):
            graph = ladner_fischer(width, k)
            assert graph.size == size(width, k)
            assert graph.depth <= minimum_depth(width) + k


@pytest.mark.parametrize("limit", [1, 2, 4, 8, 16, 32, 64])
def test_every_width_of_knowles_with_bounded_fanout(limit):
    for width in [*range(1, 65), 96, 127, 128, 129, 255, 256]:
        levels = minimum_depth(width)
        graph = knowles(width, [min(2**level, limit) for level in reversed(range(levels))])
        assert graph.depth == levels


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        # (size, depth) of ripple, Sklansky, Kogge-Stone, Brent-Kung, Han-Carlson. Han-Carlson of
        # 2p bits: p pairs, Kogge-Stone of p bits, p - 1 even bits, as 8 = 4 + 5 + 3 (= 12).
        (8, [(7, 7), (12, 3), (17, 3), (11, 4), (12, 4)]),
        (16, [(15, 15), (32, 4), (49, 4), (26, 6), (32, 5)]),
        (32, [(31, 31), (80, 5), (129, 5), (57, 8), (80, 6)]),
        (64, [(63, 63), (192, 6), (321, 6), (120, 10), (192, 7)]),
        (128, [(127, 127), (448, 7), (769, 7), (247, 12), (448, 8)]),
    ],
)
def test_published_sizes_and_depths(width, expected):
    graphs = [build(width) for build in CLASSICAL.values()]
    assert [(graph.size, graph.depth) for graph in graphs] == expected


@pytest.mark.parametrize("m", range(9))
def test_formulas_at_powers_of_two(m):
    width = 2**m
    assert sklansky(width).size == m * width // 2
    assert kogge_stone(width).size == m * width - width + 1
    assert brent_kung(width).size == 2 * width - 2 - m
    assert brent_kung(width).depth == max(m, 2 * m - 2)
    assert ladner_fischer(width, m) == brent_kung(width)
    # Ladner & Fischer 1980: 2 (1 + 2^-k) n - F(5 + m - k) + 1 - k with F(5) = 5, F(6) = 8.
    fibonacci = [5, 8]
    while len(fibonacci) <= m:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    for k in range(m + 1):
        expected = 2 * width + 2 * width // 2**k - fibonacci[m - k] + 1 - k
        assert ladner_fischer(width, k).size == expected


def test_depths_of_every_width():
    for width in WIDTHS:
        assert sklansky(width).depth == kogge_stone(width).depth == minimum_depth(width)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 31, 32, 33, 100, 255])
def test_depths_above_the_least(width):
    depth = minimum_depth(width)
    assert ripple(width).depth == ripple(width).size == width - 1
    assert han_carlson(width).depth in (depth, depth + 1)
    assert brent_kung(width).depth <= max(depth, 2 * depth - 2)


def test_fanouts():
    # Sklansky's middle output feeds the upper half. Inside a Kogge-Stone graph a node feeds its own
    # row and one above; an output is read at every level after its own, bit 0 at all six.
    assert sklansky(64).max_fanout == 32
    graph = kogge_stone(64)
    assert graph.fanouts[:, 1:].max() == 2
    assert graph.fanouts[:8, 0].tolist() == [6, 5, 4, 4, 3, 3, 3, 3]


def test_knowles_ends_at_kogge_stone_and_sklansky():
    assert knowles(16, [1, 1, 1, 1]) == kogge_stone(16)
    assert knowles(16, [8, 4, 2, 1]) == sklansky(16)
    assert knowles(1, []) == ripple(1)


def test_knowles_shares_lower_parents_by_its_fanouts():
    # 16 bits, fan-out 2 at the last level: rows 8 and 9 read output 1, rows 10 and 11 output 3 ...
    graph = knowles(16, [2, 2, 2, 1])
    lower = [graph.parents(row, 0)[1][0] for row in range(8, 16)]
    assert lower == [1, 1, 3, 3, 5, 5, 7, 7]
    # ... and at the level before, of span 4, rows 4 to 7 read 1, 1, 3, 3.
    assert [graph.parents(row, 0)[1][0] for row in range(4, 8)] == [1, 1, 3, 3]


@pytest.mark.parametrize("width", [1, 2, 3, 7, 12, 14, 16, 31, 33, 64])
def test_a_knowles_graph_has_least_depth_or_is_refused(width):
    # Catalan numbers: 1, 1, 2, 5, 14, 42, 132 lists for 0 to 6 levels.
    levels = minimum_depth(width)
    assert len(knowles_family(width)) == [1, 1, 2, 5, 14, 42, 132][levels]
    refused = 0
    for fanouts in knowles_family(width):
        try:
            assert knowles(width, fanouts).depth == levels
        except UserError as error:
            assert "overlapping spans" in str(error)
            refused += 1
    assert refused == {14: 1, 16: 2, 31: 14, 33: 11, 64: 67}.get(width, 0)


@pytest.mark.parametrize(
    ("name", "graph"),
    [
        ("brent-kung", brent_kung(12)),
        ("ladner-fischer-0", ladner_fischer(12, 0)),
        ("ladner-fischer-2", ladner_fischer(12, 2)),
        ("knowles-4-2-1-1", knowles(12, [4, 2, 1, 1])),
    ],
)
def test_names(name, graph):
    assert parse_classical(name, 12) == graph


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sklanski", "unknown adder 'sklanski': .*; did you mean sklansky?"),
        ("kogge_stone", "did you mean kogge-stone?"),
        ("xyz", r"expected ripple, .*, knowles-F1-F2-\.\.\.$"),
        ("ladner-fischer", "whole numbers after ladner-fischer"),
        ("ladner-fischer-x", "whole numbers after ladner-fischer"),
        ("ladner-fischer-1-2", "takes one number"),
        ("ladner-fischer-5", "16 bits takes k from 0 to 4, found 5"),
        ("knowles", "whole numbers after knowles"),
        ("knowles-2-1", r"knowles-2-1: 16 bits take 4 fan-outs, .* at most \[8, 4, 2, 1\]"),
        ("knowles-1-2-1-1", "never increasing"),
        ("knowles-3-2-1-1", "each a power of two"),
        ("knowles-8-8-2-1", "at most"),
        ("knowles-2-1-1-1", "needs overlapping spans"),
    ],
)
def test_wrong_names_get_one_clear_line(name, message):
    with pytest.raises(UserError, match=message) as caught:
        parse_classical(name, 16)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [*CLASSICAL, "ladner-fischer-0", "knowles-1"])
@pytest.mark.parametrize("width", [0, -3, 257])
def test_wrong_widths(name, width):
    with pytest.raises(UserError, match=f"from 1 to 256 bits .* found {width}"):
        parse_classical(name, width)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 13, 16, 33, 64])
def test_the_comparison_set_names_each_graph_once(width):
    graphs = classical_adders(width)
    assert len(set(graphs.values())) == len(graphs)
    for name, graph in graphs.items():
        assert graph == parse_classical(name, width)
    assert {build(width) for build in CLASSICAL.values()} <= set(graphs.values())


def test_the_comparison_set_by_name():
    every = ["ripple", "sklansky", "kogge-stone", "brent-kung", "han-carlson"]
    assert list(classical_adders(1)) == ["ripple"]
    # Of the 14 Knowles lists at 16 bits one is Kogge-Stone, one Sklansky, and two need spans that
    # overlap.
    at_16 = list(classical_adders(16))
    assert at_16[:7] == [*every, "ladner-fischer-0", "ladner-fischer-1"]
    assert len(at_16[7:]) == 10 and "knowles-4-2-2-1" in at_16
    assert list(classical_adders(32)) == [
        *every,
        *(f"ladner-fischer-{k}" for k in range(3)),
        *("knowles-2-2-2-2-1", "knowles-4-4-4-2-1", "knowles-8-8-4-2-1"),
    ]
