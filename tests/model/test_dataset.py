import numpy as np
import pytest

from circuitvae.model.dataset import Dataset, keys
from circuitvae.prefix.classical import brent_kung, kogge_stone, ripple, sklansky
from circuitvae.prefix.convert import pack, unpack


def stacked(*graphs):
    return np.stack([graph.grid for graph in graphs])


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_unpacking_gives_back_the_grids(width):
    grids = stacked(ripple(width), sklansky(width))
    np.testing.assert_array_equal(unpack(pack(grids), width), grids)
    assert [bytes(row) for row in pack(grids)] == keys(grids)


def test_known_designs_keep_their_first_points():
    data = Dataset(8, 2, capacity=4)
    grids = stacked(ripple(8), sklansky(8), ripple(8))
    data.add(grids, np.arange(12.0).reshape(3, 2, 2))
    data.add(grids[:1], np.full((1, 2, 2), 99.0))
    assert len(data) == 2
    np.testing.assert_array_equal(data.grids, grids[:2])
    np.testing.assert_array_equal(data.points, np.arange(8.0).reshape(2, 2, 2))
    assert data.buffers.cells.shape[0] == data.padded_points.shape[0] == 4


def test_buffers_double_when_they_are_full():
    data = Dataset(8, 1, capacity=2)
    designs = [
        ripple(8),
        sklansky(8),
        brent_kung(8),
        kogge_stone(8),
    ]
    for number, graph in enumerate(designs):
        data.add(stacked(graph), np.full((1, 1, 2), float(number)))
    assert data.buffers.row.shape[0] == 4
    np.testing.assert_array_equal(data.points[:, 0, 0], [0, 1, 2, 3])
    np.testing.assert_array_equal(data.graphs(np.array([3])).row, data.buffers.row[3:])


def test_state_round_trip():
    data = Dataset(5, 1, capacity=4)
    data.add(stacked(ripple(5), sklansky(5)), np.array([[[1.0, 2.0]], [[3.0, 4.0]]]))
    other = Dataset(5, 1, capacity=4)
    other.restore(data.state())
    np.testing.assert_array_equal(other.grids, data.grids)
    np.testing.assert_array_equal(other.padded_points, data.padded_points)
    np.testing.assert_array_equal(other.buffers.lower, data.buffers.lower)
