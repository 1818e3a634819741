import numpy as np
import pytest

from circuitvae.baselines.random import random_grids
from circuitvae.prefix import PrefixGraph, sizes


@pytest.mark.parametrize("width", [1, 2, 3, 7, 32])
def test_grids_are_legal(width):
    grids = random_grids(width, 20, np.random.default_rng(0))
    assert grids.shape == (20, width, width)
    for grid in grids:
        PrefixGraph(grid)


def test_sizes_reach_from_near_ripple_carry_to_dense():
    # 32 bits: ripple carry has 31 nodes, Brent-Kung 57, Kogge-Stone 129, all cells 496.
    found = sizes(random_grids(32, 400, np.random.default_rng(0)))
    assert found.min() < 40
    assert found.max() > 250
    assert 0.1 < np.mean((found > 57) & (found < 129)) < 0.6
