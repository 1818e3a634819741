"""A Gaussian process over prefix graphs: what synthesis adds to the estimate.

Shapes: ``B`` designs, ``M`` others, ``W`` values of each, ``C`` cells of the lower triangle, ``N``
bit width.
"""

import warnings
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    ConstantKernel,
    Hyperparameter,
    Kernel,
    NormalizedKernelMixin,
    StationaryKernelMixin,
    WhiteKernel,
)
from threadpoolctl import threadpool_limits

_CHOSEN_ON = 500
"""Designs that the kernel's constants are chosen on, at most."""

_alone = threadpool_limits.wrap(limits=1, user_api="blas")
"""Matrices are so small that threads of BLAS would wait for each other most of the time."""


class CellKernel(StationaryKernelMixin, NormalizedKernelMixin, Kernel):
    """Matern kernel of smoothness 3/2 over the root of the number of cells that differ.

    ``k = (1 + s) exp(-s)`` with ``s = sqrt(3 h) / length``, ``h`` the Hamming distance.

    Args:
        length: Distance over which graphs resemble each other.
        length_bounds: Range in which a fit may choose it.

    References:
        Rasmussen, Williams, "Gaussian Processes for Machine Learning", 2006, equation 4.17.
    """

    def __init__(self, length: float = 4.0, length_bounds: tuple[float, float] = (0.8, 80.0)):
        self.length = length
        self.length_bounds = length_bounds

    @property
    def hyperparameter_length(self) -> Hyperparameter:
        """The length, for scikit-learn."""
        return Hyperparameter("length", "numeric", self.length_bounds)

    def __call__(
        self,
        X: Bool[np.ndarray, "B C"],
        Y: Bool[np.ndarray, "M C"] | None = None,
        eval_gradient: bool = False,
    ) -> Any:
        """Covariances of rows of cells and, if wanted, their gradient in the length's logarithm."""
        scaled = np.sqrt(3 * hamming(X, X if Y is None else Y)) / self.length
        decay = np.exp(-scaled)
        if eval_gradient:
            return (1 + scaled) * decay, (scaled**2 * decay)[..., None]
        return (1 + scaled) * decay


def hamming(
    first: Bool[np.ndarray, "B C"], second: Bool[np.ndarray, "M C"]
) -> Float[np.ndarray, "B M"]:
    """Number of cells in which rows differ, by a product of matrices."""
    alike = first.all(axis=0) & second.all(axis=0) | ~(first.any(axis=0) | second.any(axis=0))
    one, other = (rows[:, ~alike].astype(np.float32) for rows in (first, second))
    shared = one @ other.T
    return one.sum(axis=1)[:, None].astype(float) + other.sum(axis=1) - 2 * shared


class Residual:
    """Learns values of designs, all with one kernel, and is unsure far from what it was told.

    Scales and the kernel's constants, those of greatest likelihood, are chosen on the first designs
    told, anew whenever their number passes the next power of the root of two: they depend on the
    designs told alone, not on how many came at a time.

    Args:
        deviation: Standard deviation expected while nothing was told.
    """

    def __init__(self, deviation: float):
        self._chosen_on = 0
        self._kernel: Kernel = CellKernel()
        self._noise = 0.0
        self._mean, self._scale = np.zeros(1), np.array([deviation])
        self._process = GaussianProcessRegressor(self._kernel)

    @_alone
    def learn(self, grids: Bool[np.ndarray, "B N N"], values: Float[np.ndarray, "B W"]) -> None:
        """Replaces what was learned by the values of these designs."""
        cells = _cells(grids)
        count = int(2 ** (np.floor(2 * np.log2(len(cells))) / 2))
        if count != self._chosen_on:
            self._chosen_on = count
            told, deviation = values[:count], values[:count].std(axis=0)
            self._mean, self._scale = told.mean(axis=0), np.where(deviation > 0, deviation, 1.0)
            some = slice(0, count, -(-count // _CHOSEN_ON))
            scaled = (values[some] - self._mean) / self._scale
            self._kernel, self._noise = _likeliest(cells[some], scaled)
        self._process = GaussianProcessRegressor(
            self._kernel, alpha=self._noise, optimizer=None
        ).fit(cells, (values - self._mean) / self._scale)

    @_alone
    def predict(
        self, grids: Bool[np.ndarray, "B N N"]
    ) -> tuple[Float[np.ndarray, "B W"], Float[np.ndarray, "B W"]]:
        """Mean and standard deviation of the values; one column of each while nothing was told."""
        mean, deviation = self._process.predict(_cells(grids), return_std=True)
        scaled = mean.reshape(len(grids), -1), deviation.reshape(len(grids), -1)
        return self._mean + self._scale * scaled[0], self._scale * scaled[1]

    @_alone
    def covariance(
        self, grids: Bool[np.ndarray, "B N N"]
    ) -> tuple[Float[np.ndarray, "B B"], float]:
        """Of the errors of predictions, and the variance of noise; up to each value's scale."""
        _, covariance = self._process.predict(_cells(grids), return_cov=True)
        return covariance.reshape(len(grids), len(grids), -1)[..., 0], self._noise


def _likeliest(
    cells: Bool[np.ndarray, "B C"], values: Float[np.ndarray, "B W"]
) -> tuple[Kernel, float]:
    """The kernel and the variance of noise, of values of variance 1, that explain them best."""
    kernel = ConstantKernel(1.0) * CellKernel() + WhiteKernel(0.1, (1e-3, 10.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a constant at its bound will do
        found = GaussianProcessRegressor(kernel).fit(cells, values).kernel_
    return found.k1, found.k2.noise_level


def _cells(grids: Bool[np.ndarray, "B N N"]) -> Bool[np.ndarray, "B C"]:
    rows, columns = np.tril_indices(grids.shape[-1])
    return grids[:, rows, columns]
