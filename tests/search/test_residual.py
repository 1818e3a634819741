"""The Gaussian process over prefix graphs: distances and kernel by hand, what it learns."""

import numpy as np
import pytest

from circuitvae.prefix.classical import ripple
from circuitvae.search.initial import initial_designs
from circuitvae.search.residual import CellKernel, Residual, hamming


def designs(count: int, width: int = 16) -> np.ndarray:
    graphs = initial_designs(width, count, np.random.default_rng(0))
    return np.stack([graph.grid for graph in graphs])


def upper_half(grids: np.ndarray) -> np.ndarray:
    """A value that the cells hold: nodes in the more significant half."""
    return np.count_nonzero(grids[:, grids.shape[1] // 2 :], axis=(1, 2))[:, None] / 10


def test_distances_and_kernel_by_hand() -> None:
    rows = np.array([[0, 0, 0], [0, 1, 0], [1, 1, 1]], dtype=bool)
    assert hamming(rows, rows[:2]).tolist() == [[0, 1], [1, 0], [3, 2]]
    # The first column is all true in one, all false in the other.
    assert hamming(rows[2:], rows[:2]).tolist() == [[3, 2]]
    # With length 3: s = sqrt(3 h) / 3, so that 3 cells are s = 1 and 0 cells s = 0.
    found = CellKernel(3.0)(rows[:1], rows)
    np.testing.assert_allclose(found[0, [0, 2]], [1.0, 2 / np.e])


def test_the_gradient_is_that_of_the_logarithm_of_length() -> None:
    cells = designs(20).reshape(20, -1)
    value, gradient = CellKernel(2.0)(cells, eval_gradient=True)
    np.testing.assert_allclose(value, CellKernel(2.0)(cells, cells))
    step = 1e-5
    above, below = (CellKernel(2.0 * np.exp(sign * step))(cells) for sign in (1, -1))
    np.testing.assert_allclose(gradient[..., 0], (above - below) / (2 * step), atol=1e-8)


def test_nothing_told_is_nothing_expected() -> None:
    residual = Residual(0.5)
    mean, deviation = residual.predict(designs(3))
    assert mean.tolist() == [[0], [0], [0]] and deviation.tolist() == [[0.5], [0.5], [0.5]]


def test_errors_of_near_designs_go_together() -> None:
    grids = designs(100)
    residual = Residual(0.5)
    for _ in range(2):
        covariance, noise = residual.covariance(grids)
        deviation = np.sqrt(np.diagonal(covariance))
        _, predicted = residual.predict(grids)
        np.testing.assert_allclose(deviation / deviation[0], (predicted / predicted[0])[:, 0])
        found = covariance / np.outer(deviation, deviation)
        near = hamming(grids.reshape(100, -1), grids.reshape(100, -1)) < 5
        assert found[near].mean() > found[~near].mean() + 0.3
        assert noise >= 0
        residual.learn(grids[:40], upper_half(grids[:40]) * [1, 2])


@pytest.mark.parametrize("values", [1, 3])
def test_it_learns_what_cells_hold_and_knows_how_well(values: int) -> None:
    grids = designs(300)
    true = upper_half(grids) * np.arange(1, values + 1)
    residual = Residual(0.5)
    residual.learn(grids[:200], true[:200])
    mean, deviation = residual.predict(grids)
    assert mean.shape == deviation.shape == true.shape
    errors = np.abs(mean - true)
    assert errors[200:].mean() < 0.2 * true[200:].std(axis=0).mean()
    assert errors[:200].mean() < 0.5 * errors[200:].mean()
    assert deviation[:200].max() < deviation[200:].mean()
    # Every value has a scale of its own.
    np.testing.assert_allclose(deviation[:, -1], values * deviation[:, 0])
    # Its twin: an order that means nothing is not learned.
    residual = Residual(0.5)
    residual.learn(grids[:200], np.random.default_rng(0).permutation(true[:200]))
    mean, _ = residual.predict(grids[200:])
    assert np.abs(mean - true[200:]).mean() > 0.5 * true[200:].std(axis=0).mean()


def test_it_depends_on_what_was_told_last_alone() -> None:
    grids = designs(90)
    true = upper_half(grids)
    at_once, bit_by_bit = Residual(0.5), Residual(0.5)
    at_once.learn(grids, true)
    for count in (30, 60, 85, 90):
        bit_by_bit.learn(grids[:count], true[:count])
    for one, other in zip(at_once.predict(grids), bit_by_bit.predict(grids), strict=True):
        np.testing.assert_array_equal(one, other)


def test_widths_without_cells_to_choose() -> None:
    for width in (1, 2):
        grids = np.stack([ripple(width).grid] * 2)
        residual = Residual(0.5)
        residual.learn(grids, np.array([[1.0], [3.0]]))
        mean, _ = residual.predict(grids)
        np.testing.assert_allclose(mean, 2.0, atol=1e-6)
