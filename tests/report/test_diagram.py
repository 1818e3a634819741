from pathlib import Path

import numpy as np
import pytest

from circuitvae.prefix.classical import kogge_stone, ripple, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.report import diagram
from circuitvae.report.diagram import draw_graph


def irregular(width: int) -> PrefixGraph:
    cells = np.random.default_rng(width).random((width, width)) < 0.1
    return PrefixGraph.legalized(cells)


@pytest.mark.parametrize("width", [1, 2, 3, 13, 32])
def test_diagram_is_the_same_each_time(width: int, tmp_path: Path) -> None:
    paths = [tmp_path / f"{run}.{suffix}" for run in "ab" for suffix in ("svg", "png")]
    draw_graph(irregular(width), *paths[:2])
    draw_graph(irregular(width), *paths[2:])
    svg, png, svg_again, png_again = [path.read_bytes() for path in paths]
    assert (svg, png) == (svg_again, png_again)


def test_other_graphs_look_otherwise(tmp_path: Path) -> None:
    pictures = set()
    for graph in (sklansky(8), kogge_stone(8), ripple(8), sklansky(9)):
        draw_graph(graph, tmp_path / "graph.png")
        pictures.add((tmp_path / "graph.png").read_bytes())
    assert len(pictures) == 4


@pytest.mark.parametrize("graph", [sklansky(16), kogge_stone(16), irregular(32)])
def test_edges_join_parent_and_node_and_touch_no_other_node(graph: PrefixGraph) -> None:
    heights = diagram._heights_in(graph)
    assert (np.diff(heights) > 0).all()
    levels = graph.levels
    places = {(i, heights[levels[i, j]]) for i, j in np.argwhere(graph.grid).tolist()}
    lanes: dict[float, tuple[int, int]] = {}
    for i, j in graph.nodes():
        _, lower = graph.parents(i, j)
        line = [tuple(point) for point in diagram._lower_edge(graph, heights, i, j).tolist()]
        ends = [(lower[0], heights[levels[lower]]), (i, heights[levels[i, j]])]
        assert [line[0], line[-1]] == ends
        assert not places.intersection(line[1:-1]) - {ends[0]}
        (x, top), (_, bottom) = line[-3], line[-2]
        between = [y for column, y in places if column == x and top < y < bottom]
        assert not between
        if x != lower[0]:
            # A lane beside a column belongs to one parent.
            assert lanes.setdefault(x, lower) == lower
