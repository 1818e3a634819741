"""Kinds of designs, and the places that keep many of them in sight.

Shapes: ``B`` designs, ``N`` bit width.
"""

from typing import no_type_check

import numpy as np
from jaxtyping import Bool, Float, Int

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
@no_type_check
def _near(one, other, radius):
    """Whether two rows of bits differ in no more places than the radius."""
    differ = 0
    for word in range(len(one)):
        bits = one[word] ^ other[word]
        while bits:
            bits &= bits - np.uint64(1)
            differ += 1
        if differ > radius:
            return False
    return True


@compiled
@no_type_check
def _cleared(words, sizes, order, radius):
    """:func:`niches` of grids as bits; grids whose sizes differ by more than the radius do too."""
    found = np.empty_like(order)
    left, niche = order.copy(), 0
    while len(left):
        best, kept = left[0], 0
        for other in left:
            close = abs(sizes[other] - sizes[best]) <= radius
            if close and _near(words[other], words[best], radius):
                found[other] = niche
            else:
                left[kept] = other
                kept += 1
        left = left[:kept]
        niche += 1
    return found


def places(promise: Float[np.ndarray, " B"], kind: Int[np.ndarray, " B"]) -> Int[np.ndarray, " B"]:
    """Place of each design in its kind, times that of the kind, which its best decides; from 1.

    Kinds are numbered from 0, none without a design.

    The least promise is the best. Of the second kind half as many stand as far up as of the first,
    of the third a third, and so on.
    """
    members = np.bincount(kind)
    order = np.lexsort((promise, kind))
    firsts = np.cumsum(members) - members
    in_kind = np.arange(len(kind)) - np.repeat(firsts, members)
    standing = promise[order[firsts]].argsort(kind="stable").argsort()
    found = np.empty(len(kind), dtype=int)
    found[order] = (1 + np.repeat(standing, members)) * (1 + in_kind)
    return found
