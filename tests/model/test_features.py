import numpy as np
import pytest

from circuitvae.model.features import free_cells, graph_batch, grids_of_cells, node_slots
from circuitvae.prefix.classical import classical_adders, kogge_stone, ripple, sklansky
from circuitvae.prefix.graph import PrefixGraph


def test_sklansky_of_four_bits_by_hand():
    # Nodes row by row, columns falling:
    # slot 0 (0,0); 1 (1,1); 2 (1,0); 3 (2,2); 4 (2,0); 5 (3,3); 6 (3,2); 7 (3,0).
    # (1,0) = (1,1) + (0,0); (2,0) = (2,2) + (1,0); (3,2) = (3,3) + (2,2); (3,0) = (3,2) + (1,0).
    graphs = graph_batch(sklansky(4).grid[None])
    assert graphs.row[0].tolist() == [0, 1, 1, 2, 2, 3, 3, 3, -1, -1]
    assert graphs.column[0].tolist() == [0, 1, 0, 2, 0, 3, 2, 0, -1, -1]
    assert graphs.lower[0].tolist() == [0, 0, 0, 0, 2, 0, 3, 2, 0, 0]
    assert graphs.level[0].tolist() == [0, 0, 1, 0, 2, 0, 1, 2, 0, 0]
    assert graphs.fanout[0].tolist() == [1, 1, 2, 2, 0, 1, 1, 0, 0, 0]
    # Free cells (2,1), (3,1), (3,2).
    assert graphs.cells[0].tolist() == [False, False, True]


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 16])
def test_parents_are_those_of_the_graph(width):
    adders = list(classical_adders(width).values())
    graphs = graph_batch(np.stack([graph.grid for graph in adders]))
    for graph, row, column, lower in zip(
        adders, graphs.row, graphs.column, graphs.lower, strict=True
    ):
        nodes = [(i, j) for i, j in zip(row.tolist(), column.tolist(), strict=True) if i >= 0]
        assert sorted(nodes) == [tuple(cell) for cell in np.argwhere(graph.grid).tolist()]
        for slot, (i, j) in enumerate(nodes):
            if i > j:
                assert graph.parents(i, j) == (nodes[slot - 1], nodes[lower[slot]])


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 32, 64, 128])
def test_slots_hold_kogge_stone(width):
    assert kogge_stone(width).size + width <= node_slots(width) <= width * (width + 1) // 2


def test_a_graph_beyond_the_slots_keeps_its_first_rows_and_all_cells():
    full = PrefixGraph(np.tri(32, dtype=bool))
    graphs = graph_batch(full.grid[None])
    assert (graphs.row[0] >= 0).all() and graphs.row[0].max() < 31
    assert (graphs.lower[0] < node_slots(32)).all()
    assert graphs.cells.all()


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_cells_give_back_the_grid(width):
    grids = np.stack([ripple(width).grid, sklansky(width).grid])
    cells = graph_batch(grids).cells
    assert cells.shape == (2, max((width - 1) * (width - 2) // 2, 0))
    assert cells.shape[1] == len(free_cells(width)[0])
    np.testing.assert_array_equal(grids_of_cells(cells, width), grids)
