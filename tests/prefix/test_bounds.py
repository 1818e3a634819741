import itertools

import numpy as np
import pytest

from circuitvae.prefix import (
    PrefixGraph,
    classical_adders,
    legalize,
    minimum_depth,
    minimum_size,
    minimum_size_at_minimum_depth,
    zero_deficiency_depth,
)
from synthesis.errors import UserError


@pytest.mark.parametrize(
    ("width", "depth"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (64, 6), (65, 7), (256, 8)]
)
def test_least_depth(width, depth):
    assert minimum_depth(width) == depth


@pytest.mark.parametrize(
    ("width", "size", "zero_depth", "zero_size"),
    [
        # Sergeev 2013 for the size; Zhu, Cheng & Graham 2006 for the depth; Snir for its size.
        (8, 12, 4, 10),
        (16, 31, 5, 25),
        (32, 74, 6, 56),
        (64, 167, 8, 118),
        (128, 364, 9, 245),
    ],
)
def test_published_numbers(width, size, zero_depth, zero_size):
    assert minimum_size_at_minimum_depth(width) == size
    assert zero_deficiency_depth(width) == zero_depth
    assert minimum_size(width, zero_depth) == zero_size


def test_zero_deficiency_widths():
    # F(d + 3) - 1 for d = 0..8: 1, 2, 4, 7, 12, 20, 33, 54, 88 bits at most.
    for depth, widest in enumerate([1, 2, 4, 7, 12, 20, 33, 54, 88]):
        assert zero_deficiency_depth(widest) == depth
        assert zero_deficiency_depth(widest + 1) == depth + 1


@pytest.mark.parametrize("width", [3, 12, 63])
def test_sergeev_s_size_is_for_powers_of_two(width):
    with pytest.raises(UserError, match=f"powers of two only, found width {width}"):
        minimum_size_at_minimum_depth(width)


@pytest.mark.parametrize("width", range(1, 7))
def test_every_graph_of_a_small_width_keeps_the_bounds_and_some_meet_them(width):
    below = np.argwhere(np.tri(width, width - 1, k=-2))
    found = set()
    for choice in itertools.product([False, True], repeat=len(below)):
        grid = np.eye(width, dtype=bool)
        grid[:, 0] = True
        grid[below[:, 0], below[:, 1] + 1] = choice
        if (legalize(grid) == grid).all():
            graph = PrefixGraph(grid)
            found.add((graph.depth, graph.size))
    assert min(depth for depth, _ in found) == minimum_depth(width)
    assert all(size >= minimum_size(width, depth) for depth, size in found)
    zero = min(depth for depth, size in found if size == minimum_size(width, depth))
    assert zero == zero_deficiency_depth(width)
    if width in (1, 2, 4):
        least = min(size for depth, size in found if depth == minimum_depth(width))
        assert least == minimum_size_at_minimum_depth(width)


@pytest.mark.parametrize("width", [*range(1, 65), 96, 100, 127, 128, 129, 200, 255, 256])
def test_no_classical_adder_beats_a_bound(width):
    for graph in classical_adders(width).values():
        assert graph.depth >= minimum_depth(width)
        assert graph.size >= minimum_size(width, graph.depth)
        if graph.depth < zero_deficiency_depth(width):
            assert graph.size > minimum_size(width, graph.depth)
        if graph.depth == minimum_depth(width) and width & (width - 1) == 0:
            assert graph.size >= minimum_size_at_minimum_depth(width)
