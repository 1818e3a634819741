"""Designs as keys, and back as bits."""

from collections.abc import Collection

import numpy as np
from jaxtyping import Bool, UInt8

from circuitvae.prefix.convert import pack


def keys(grids: Bool[np.ndarray, "B N N"]) -> list[bytes]:
    """One key for each grid."""
    return [row.tobytes() for row in pack(grids)]


def bits(designs: Collection[bytes], width: int) -> UInt8[np.ndarray, "B bytes"]:
    """Keys of designs as :func:`circuitvae.prefix.convert.pack` gives them."""
    return np.frombuffer(b"".join(designs), np.uint8).reshape(len(designs), -(-(width**2) // 8))
