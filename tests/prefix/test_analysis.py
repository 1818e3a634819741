import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from circuitvae.prefix import (
    PrefixGraph,
    depths,
    fanouts,
    legalize,
    levels,
    missing_parents,
    sizes,
    upper_parents,
)


@st.composite
def legal_batches(draw):
    width = draw(st.integers(1, 9))
    count = draw(st.integers(1, 4))
    return legalize(draw(arrays(bool, (count, width, width))))


def reference_parents(grid, i, j):
    """The definition: the next present cell of the row, and the rest of the span."""
    if i == j:
        return []
    k = next(k for k in range(j + 1, i + 1) if grid[i, k])
    return [(i, k), (k - 1, j)]


def reference_level(grid, node):
    return 1 + max((reference_level(grid, p) for p in reference_parents(grid, *node)), default=-1)


@given(legal_batches())
def test_a_batch_agrees_with_the_definitions(grids):
    uppers, all_levels, all_fanouts = upper_parents(grids), levels(grids), fanouts(grids)
    assert not missing_parents(grids).any()
    for b, grid in enumerate(grids):
        cells = [tuple(cell) for cell in np.argwhere(grid).tolist()]
        parents = {cell: reference_parents(grid, *cell) for cell in cells}
        children = [parent for pair in parents.values() for parent in pair]
        for i, j in np.ndindex(grid.shape):
            expected = (-1, -1, 0)
            if grid[i, j]:
                upper = parents[i, j][0][1] if i > j else -1
                expected = (upper, reference_level(grid, (i, j)), children.count((i, j)))
            assert (uppers[b, i, j], all_levels[b, i, j], all_fanouts[b, i, j]) == expected
        assert sizes(grids)[b] == sum(i > j for i, j in cells)
        assert depths(grids)[b] == max(reference_level(grid, cell) for cell in cells)


@given(legal_batches())
def test_a_batch_equals_one_at_a_time(grids):
    for function in (upper_parents, levels, fanouts, missing_parents, sizes, depths):
        together = function(grids)
        assert together.shape[0] == len(grids)
        np.testing.assert_array_equal(together, [function(grid) for grid in grids])


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_an_empty_batch_and_more_batch_axes(width):
    empty = np.zeros((0, width, width), dtype=bool)
    for function in (upper_parents, levels, fanouts, missing_parents):
        assert function(empty).shape == empty.shape
    assert sizes(empty).shape == depths(empty).shape == (0,)
    grids = legalize(np.random.default_rng(0).random((2, 3, width, width)) < 0.3)
    for function in (upper_parents, levels, fanouts, missing_parents):
        assert function(grids).shape == grids.shape
        np.testing.assert_array_equal(function(grids)[1, 2], function(grids[1, 2]))
    assert sizes(grids).shape == depths(grids).shape == (2, 3)


@given(legal_batches(), st.randoms(use_true_random=False))
def test_a_cell_taken_away_is_missed(grids, random):
    # Inputs, outputs and lower parents are needed; other cells are only upper parents or unused.
    for grid in grids:
        lower = {
            parents[1]
            for cell in np.argwhere(grid).tolist()
            if (parents := reference_parents(grid, *cell))
        }
        i, j = random.choice(np.argwhere(grid).tolist())
        less = grid.copy()
        less[i, j] = False
        if i == j or j == 0 or (i, j) in lower:
            assert missing_parents(less)[i, j]
            with pytest.raises(ValueError):
                PrefixGraph(less)


def test_deep_and_wide_levels_do_not_overflow():
    # Ripple carry of 256 bits: output i has level i.
    ripple = legalize(np.zeros((256, 256), dtype=bool))
    assert levels(ripple)[:, 0].tolist() == list(range(256))
    assert fanouts(ripple).max() == 1
    # All cells: (i, j) = (i, j+1)(j, j), so level i - j; input (j, j) feeds the nodes (i, j) of all
    # rows above, and one of its own row.
    full = np.tril(np.ones((256, 256), dtype=bool))
    assert levels(full)[255].tolist() == list(range(255, -1, -1))
    assert fanouts(full)[0, 0] == 255
