"""Kinds of designs, and the places that keep many of them in sight.

Shapes: ``B`` designs, ``N`` bit width.
"""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64

from circuitvae.prefix.convert import pack
from synthesis.compiled import compiled

RADIUS = 6
"""Cells by which designs of a niche differ from its best, at most."""


def niches(grids: Bool[np.ndarray, "B N N"], order: Int[np.ndarray, " B"]) -> Int[np.ndarray, " B"]:
    """Number of the niche of each design: the first in order and all near it make the first.

    References:
        Petrowski, "A clearing procedure as a niching method for genetic algorithms", ICEC 1996.
    """
    bits = pack(grids)
    words = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)
    return _cleared(words, np.count_nonzero(grids, axis=(1, 2)), order, RADIUS)


@compiled
def _cleared(
    words: UInt64[np.ndarray, "B words"],
    sizes: Int[np.ndarray, " B"],
    order: Int[np.ndarray, " B"],
    radius: int,
) -> Int[np.ndarray, " B"]:
    """Niches of grids as bits; ``sizes`` are their numbers of cells."""
    found = np.full(len(order), -1, dtype=np.int64)
    number = 0
    for place, first in enumerate(order):
        if found[first] >= 0:
            continue
        found[first] = number
        for other in order[place + 1 :]:
            if found[other] >= 0 or abs(sizes[other] - sizes[first]) > radius:
                continue
            differing = 0
            for word in range(words.shape[1]):
                left = words[first, word] ^ words[other, word]
                while left and differing <= radius:
                    left &= left - np.uint64(1)
                    differing += 1
            if differing <= radius:
                found[other] = number
        number += 1
    return found


def places(promise: Float[np.ndarray, " B"], kind: Int[np.ndarray, " B"]) -> Int[np.ndarray, " B"]:
    """Place of each design in its kind, times that of the kind, which its best decides; from 1.

    The least promise is the best. Of the second kind half as many stand as far up as of the first,
    of the third a third, and so on.
    """
    _, kind, members = np.unique(kind, return_inverse=True, return_counts=True)
    order = np.lexsort((promise, kind))
    firsts = np.cumsum(members) - members
    in_kind = np.arange(len(kind)) - np.repeat(firsts, members)
    standing = promise[order[firsts]].argsort(kind="stable").argsort()
    found = np.empty(len(kind), dtype=int)
    found[order] = (1 + np.repeat(standing, members)) * (1 + in_kind)
    return found
