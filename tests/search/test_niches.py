"""Niches, and the places that kinds of designs give."""

import numpy as np
import pytest

from circuitvae.prefix.classical import ripple
from circuitvae.search.initial import initial_designs
from circuitvae.search.niches import RADIUS, niches, places


def with_cells(*cells: int, width: int = 16) -> np.ndarray:
    """A ripple adder and single cells more, in the last row; legal or not does not matter."""
    grid = ripple(width).grid.copy()
    grid[-1, list(cells)] = True
    return grid


def test_what_is_near_a_better_one_is_of_its_niche() -> None:
    near, edge, far = range(1, 3), range(1, 1 + RADIUS), range(1, 2 + RADIUS)
    grids = np.stack([with_cells(*cells) for cells in (far, (), edge, near)])
    # The second is first: only the design that differs in one cell more than allowed is not its.
    assert niches(grids, np.array([1, 0, 2, 3])).tolist() == [1, 0, 0, 0]
    # From the far one all but the second are near.
    assert niches(grids, np.array([0, 1, 2, 3])).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("width", [1, 2, 3, 8, 13])
def test_niches_are_as_their_definition_says(width: int) -> None:
    graphs = initial_designs(width, 50, np.random.default_rng(0))
    grids = np.stack([graph.grid for graph in graphs])
    order = np.random.default_rng(1).permutation(len(grids))
    found = niches(grids, order)
    first: list[int] = []
    for row in order:
        near = [n for n, other in enumerate(first) if (grids[row] ^ grids[other]).sum() <= RADIUS]
        assert found[row] == (near[0] if near else len(first))
        if not near:
            first.append(row)


def test_the_better_kind_has_more_of_the_first_places() -> None:
    kind = np.array([1, 0, 1, 0, 2, 0])
    promise = np.array([0.1, 0.3, 0.4, 0.5, 0.2, 0.2])
    # Kind 1 has the best (0.1), then kinds 0 and 2 (both 0.2; the lesser number first).
    assert places(promise, kind).tolist() == [1, 4, 2, 6, 3, 2]


def test_one_kind_is_plain_rank() -> None:
    promise = np.random.default_rng(0).permutation(20).astype(float)
    np.testing.assert_array_equal(places(promise, np.zeros(20, dtype=int)), promise + 1)


def test_no_designs() -> None:
    none = np.zeros(0, dtype=int)
    assert len(niches(np.zeros((0, 8, 8), dtype=bool), none)) == 0
    assert len(places(np.zeros(0), none)) == 0
