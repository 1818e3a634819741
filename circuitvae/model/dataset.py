"""The designs told so far, in arrays whose shape does not grow."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from circuitvae.model.features import GraphBatch, graph_batch
from circuitvae.prefix.convert import pack, unpack


def keys(grids: Bool[np.ndarray, "B N N"]) -> list[bytes]:
    """One key for each grid."""
    return [row.tobytes() for row in pack(grids)]


class Dataset:
    """Unique designs with their points, features ready for training.

    Args:
        width: Bits ``N``.
        targets: Delay targets ``T``.
        capacity: Designs to make room for; doubled when they are exceeded.
    """

    def __init__(self, width: int, targets: int, capacity: int):
        self._keys: set[bytes] = set()
        self._grids = np.zeros((capacity, width, width), dtype=bool)
        self._points = np.zeros((capacity, targets, 2))
        empty = graph_batch(np.zeros((1, width, width), dtype=bool))
        self.buffers = GraphBatch(*(np.repeat(values, capacity, axis=0) for values in empty))
        """Features ``[capacity, ...]``; rows past ``len(self)`` are empty."""

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def grids(self) -> Bool[np.ndarray, "B N N"]:
        """Grids in the order they were added."""
        return self._grids[: len(self)]

    @property
    def points(self) -> Float[np.ndarray, "B T 2"]:
        """Points of the same."""
        return self._points[: len(self)]

    @property
    def padded_points(self) -> Float[np.ndarray, "capacity T 2"]:
        """Points in rows that match :attr:`buffers`."""
        return self._points

    def graphs(self, rows: np.ndarray) -> GraphBatch:
        """Features of some designs."""
        return GraphBatch(*(values[rows] for values in self.buffers))

    def add(self, grids: Bool[np.ndarray, "B N N"], points: Float[np.ndarray, "B T 2"]) -> None:
        """Adds the designs that are not yet known."""
        first: dict[bytes, int] = {}
        for row, key in enumerate(keys(grids)):
            if key not in self._keys:
                first.setdefault(key, row)
        rows = list(first.values())
        start, end = len(self), len(self) + len(rows)
        while end > len(self._grids):
            self._grids, self._points, self.buffers = (
                np.concatenate([self._grids, np.zeros_like(self._grids)]),
                np.concatenate([self._points, np.zeros_like(self._points)]),
                GraphBatch(*(np.concatenate([v, np.zeros_like(v)]) for v in self.buffers)),
            )
        self._keys.update(first)
        self._grids[start:end] = grids[rows]
        self._points[start:end] = points[rows]
        for buffer, values in zip(self.buffers, graph_batch(grids[rows]), strict=True):
            buffer[start:end] = values

    def state(self) -> dict[str, Any]:
        """Grids, as bits, and points."""
        return {"grids": pack(self.grids), "points": self.points.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        """Adds the designs that :meth:`state` gave."""
        self.add(unpack(state["grids"], self._grids.shape[-1]), state["points"])
