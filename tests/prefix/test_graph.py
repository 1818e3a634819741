import re

import jaxtyping
import numpy as np
import pytest

from circuitvae.prefix import IllegalGraphError, PrefixGraph, check_width, ripple, sklansky
from synthesis.errors import UserError


def cells(*rows: str) -> np.ndarray:
    return np.array([[character == "1" for character in row] for row in rows])


def test_a_graph_worked_by_hand():
    # 3 bits: (1,0) = (1,1)(0,0); (2,1) = (2,2)(1,1); (2,0) = (2,1)(0,0), whose levels are 1, 1, 2.
    graph = PrefixGraph(cells("100", "110", "111"))
    assert (graph.width, graph.size, graph.depth, graph.max_fanout) == (3, 3, 2, 2)
    assert list(graph.nodes()) == [(1, 0), (2, 1), (2, 0)]
    assert graph.parents(2, 0) == ((2, 1), (0, 0))
    assert graph.parents(2, 1) == ((2, 2), (1, 1))
    assert graph.levels.tolist() == [[0, -1, -1], [1, 0, -1], [2, 1, 0]]
    assert graph.fanouts.tolist() == [[2, 0, 0], [0, 2, 0], [0, 1, 1]]
    assert repr(graph) == "PrefixGraph(width=3, size=3, depth=2)"


def test_one_bit():
    graph = PrefixGraph(cells("1"))
    assert (graph.size, graph.depth, graph.max_fanout, list(graph.nodes())) == (0, 0, 0, [])


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        (cells("100", "110", "011"), r"cell \(2, 0\) is missing: every bit needs its output"),
        (cells("100", "100", "101"), r"cell \(1, 1\) is missing: every bit needs its input"),
        # (3,1) = (3,3)(2,1), which is absent.
        (
            cells("1000", "1100", "1010", "1101"),
            r"cell \(2, 1\) is missing: it is the lower parent of another node",
        ),
        (cells("110", "110", "101"), r"cell \(0, 1\) lies above the diagonal"),
    ],
)
def test_what_is_not_legal_is_refused(grid, message):
    with pytest.raises(IllegalGraphError, match=message):
        PrefixGraph(grid)


@pytest.mark.parametrize("shape", [(2, 3), (4,), (2, 2, 2)])
def test_grids_that_are_not_square_are_refused(shape, monkeypatch):
    # Tests check annotated shapes, which would refuse them first; users' runs do not.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(
        IllegalGraphError, match=rf"square grid .* found shape {re.escape(str(shape))}"
    ):
        PrefixGraph(np.ones(shape, dtype=bool))


@pytest.mark.parametrize("width", [0, -1, 257])
def test_widths_out_of_range_are_refused(width):
    with pytest.raises(UserError, match=f"from 1 to 256 bits .* found {width}"):
        check_width(width)


def test_legalized_accepts_the_empty_grid():
    assert PrefixGraph.legalized(np.zeros((5, 5), dtype=bool)) == ripple(5)


def test_a_graph_is_an_immutable_value():
    grid = cells("100", "110", "101")
    graph = PrefixGraph(grid)
    grid[2, 1] = True
    assert graph == ripple(3)
    assert hash(graph) == hash(ripple(3))
    with pytest.raises(ValueError, match="read-only"):
        graph.grid[2, 1] = True


def test_equal_only_to_the_same_cells_and_width():
    assert ripple(4) != sklansky(4)
    assert ripple(4) != ripple(5)
    assert ripple(4) != "ripple"
    assert len({ripple(4), ripple(4), sklansky(4)}) == 2


def test_the_digest_never_changes():
    # Recorded: digests name designs in archives, so a new value here breaks every old archive.
    assert ripple(1).digest == "4649597f3d071f9b"
    assert sklansky(64).digest == "3634f32a8197995d"


def test_inputs_and_absent_cells_have_no_parents():
    with pytest.raises(KeyError):
        sklansky(4).parents(2, 2)
    with pytest.raises(KeyError):
        sklansky(4).parents(3, 1)
