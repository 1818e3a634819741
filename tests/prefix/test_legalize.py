import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from circuitvae.prefix import PrefixGraph, legalize, ripple

widths = st.integers(1, 9)
cell_grids = widths.flatmap(lambda width: arrays(bool, (width, width)))


def reference(cells):
    """PrefixRL's scan: rows from the last, columns from the high end, one cell at a time."""
    width = len(cells)
    present = {(i, j) for i, j in np.argwhere(cells).tolist() if j <= i}
    present |= {(i, i) for i in range(width)} | {(i, 0) for i in range(width)}
    for i in reversed(range(width)):
        for j in reversed(range(i)):
            if (i, j) in present:
                upper = min(k for row, k in present if row == i and k > j)
                present.add((upper - 1, j))
    return present


@given(cell_grids)
def test_it_agrees_with_a_cell_by_cell_scan(cells):
    assert {tuple(cell) for cell in np.argwhere(legalize(cells)).tolist()} == reference(cells)


@given(cell_grids)
def test_it_is_legal_contains_its_input_and_settles(cells):
    before = cells.copy()
    grid = legalize(cells)
    np.testing.assert_array_equal(cells, before)
    PrefixGraph(grid)
    assert not (np.tril(cells) & ~grid).any()
    np.testing.assert_array_equal(legalize(grid), grid)


@given(cell_grids)
def test_no_added_cell_can_be_left_out(cells):
    grid = legalize(cells)
    for i, j in np.argwhere(grid & ~np.tril(cells)).tolist():
        less = grid.copy()
        less[i, j] = False
        with pytest.raises(ValueError, match="is missing"):
            PrefixGraph(less)


def test_it_is_minimal_among_all_legal_grids():
    # All 2^3 choices of the cells (2,1), (3,1), (3,2) of 4 bits: no legal grid lies strictly
    # between the cells and the answer. It need not lie within other legal supersets: (3,1) asks
    # for (2,1), but would not if (3,2) were there.
    grids = np.broadcast_to(np.eye(4, dtype=bool), (8, 4, 4)).copy()
    grids[:, :, 0] = True
    for bit, (i, j) in enumerate([(2, 1), (3, 1), (3, 2)]):
        grids[:, i, j] = np.arange(8) >> bit & 1
    legal = grids[(legalize(grids) == grids).all(axis=(1, 2))]
    # Illegal is only (3,1) with neither (2,1) nor (3,2).
    assert len(legal) == 7
    for cells, answer in zip(grids, legalize(grids), strict=True):
        between = [grid for grid in legal if (cells <= grid).all() and (grid <= answer).all()]
        np.testing.assert_array_equal(between, [answer])


@given(st.integers(1, 9), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_a_batch_equals_one_at_a_time(width, count, seed):
    rng = np.random.default_rng(seed)
    cells = rng.random((count, width, width)) < rng.random()
    grids = legalize(cells)
    assert grids.shape == cells.shape
    for grid, one in zip(grids, cells, strict=True):
        np.testing.assert_array_equal(grid, legalize(one))
    pairs = np.stack([cells, cells])
    np.testing.assert_array_equal(legalize(pairs), np.stack([grids, grids]))


@pytest.mark.parametrize("width", [1, 2, 3, 17, 64])
def test_nothing_becomes_ripple_carry_and_all_cells_stay(width):
    np.testing.assert_array_equal(
        legalize(np.zeros((width, width), dtype=bool)), ripple(width).grid
    )
    full = np.ones((width, width), dtype=bool)
    np.testing.assert_array_equal(legalize(full), np.tril(full))
