"""Graphs of other widths, built like a given one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitvae.prefix.classical import brent_kung, kogge_stone, ripple, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.prefix.resize import resized
from synthesis.errors import UserError


@pytest.mark.parametrize("width", [1, 2, 3, 7, 8, 13])
def test_its_own_width_gives_the_graph_itself(width: int) -> None:
    assert resized(kogge_stone(width), width) == [kogge_stone(width)]


def test_the_low_bits_of_an_adder_are_cut_out() -> None:
    assert resized(sklansky(13), 5) == [sklansky(5)]
    assert resized(ripple(64), 1) == [ripple(1)]


def test_sklansky_stacked_is_sklansky_and_brent_kung_spread_is_brent_kung() -> None:
    assert resized(sklansky(8), 16)[0] == sklansky(16)
    assert resized(brent_kung(8), 16)[1] == brent_kung(16)


def test_a_ripple_adder_of_three_bits_by_hand() -> None:
    stacked, spread = resized(ripple(3), 6)
    assert list(stacked.nodes()) == [(1, 0), (2, 0), (3, 0), (4, 3), (4, 0), (5, 3), (5, 0)]
    assert list(spread.nodes()) == [(1, 0), (2, 0), (3, 2), (3, 0), (4, 0), (5, 4), (5, 0)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 50))
def test_any_graph_has_legal_ones_of_any_width(seed: int, width: int, other: int) -> None:
    cells = np.random.default_rng(seed).random((width, width)) < 0.3
    graph = PrefixGraph.legalized(cells)
    found = resized(graph, other)
    assert 1 <= len(found) <= 2
    low = min(width, other)
    for wide in found[: 1 if other > width else 2]:
        assert wide.width == other
        assert (wide.grid[:low, :low] == graph.grid[:low, :low]).all()


def test_a_width_out_of_range_is_refused() -> None:
    with pytest.raises(UserError, match="width must be from 1 to 256"):
        resized(sklansky(4), 257)
