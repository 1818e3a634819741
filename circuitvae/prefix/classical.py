"""The classical prefix adders, for every width: built by closed forms over cells or by halving."""

import contextlib
import difflib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import Bool

from circuitvae.prefix.bounds import minimum_depth
from circuitvae.prefix.graph import PrefixGraph, check_width
from synthesis.errors import UserError

_WHOLE_FAMILY_WIDTH = 16


class OverlappingSpansError(UserError):
    """A Knowles graph that no prefix graph of its depth equals."""


Grid = Bool[np.ndarray, "N N"]


def _ripple_grid(width: int) -> Grid:
    grid = np.eye(width, dtype=bool)
    grid[:, :1] = True
    return grid


def _kogge_stone_grid(width: int) -> Grid:
    rows, columns = np.indices((width, width))
    length = rows - columns + 1
    return _ripple_grid(width) | ((length > 0) & (length & (length - 1) == 0))


def ripple(width: int) -> PrefixGraph:
    """Ripple carry: each output from the one below it; size and depth ``width - 1``."""
    return PrefixGraph(_ripple_grid(check_width(width)))


def sklansky(width: int) -> PrefixGraph:
    """Least depth by halving, fan-out up to half the width.

    References:
        Sklansky, "Conditional-Sum Addition Logic", IRE Trans. Electronic Computers, 1960.
    """
    rows = np.arange(check_width(width))
    grid = _ripple_grid(width)
    for level in range(minimum_depth(width)):
        grid[rows, rows >> level << level] = True
    return PrefixGraph(grid)


def kogge_stone(width: int) -> PrefixGraph:
    """Least depth with every power-of-two span: many nodes, low fan-out.

    References:
        Kogge and Stone, "A Parallel Algorithm for the Efficient Solution of a General Class of
        Recurrence Equations", IEEE Trans. Computers, 1973.
    """
    return PrefixGraph(_kogge_stone_grid(check_width(width)))


def brent_kung(width: int) -> PrefixGraph:
    """A binary tree up and one down: few nodes, nearly twice the least depth.

    References:
        Brent and Kung, "A Regular Layout for Parallel Adders", IEEE Trans. Computers, 1982.
    """
    rows = np.arange(check_width(width))
    grid = _ripple_grid(width)
    for level in range(1, minimum_depth(width) + 1):
        ends = rows[(rows + 1) % 2**level == 0]
        grid[ends, ends + 1 - 2**level] = True
    return PrefixGraph(grid)


def han_carlson(width: int) -> PrefixGraph:
    """Kogge-Stone on the odd bits; one more level gives the even ones.

    References:
        Han and Carlson, "Fast Area-Efficient VLSI Adders", ARITH 1987.
    """
    grid = _ripple_grid(check_width(width))
    pairs = width // 2
    grid[1::2, : 2 * pairs : 2] |= _kogge_stone_grid(pairs)
    return PrefixGraph(grid)


def ladner_fischer(width: int, k: int) -> PrefixGraph:
    """The graph P_k: ``k`` extra levels at most, for fewer nodes.

    P_0 puts P_1 on the lower half and P_0 on the upper, and joins the lower half's last output to
    every bit above. P_k pairs neighbours, puts P_(k-1) on the pairs, and fills in the even bits.
    For ``width = 2^m`` the size is ``2 (1 + 2^-k) width - F(5 + m - k) + 1 - k``, F being the
    Fibonacci numbers, and ``ladner_fischer(width, m)`` is Brent-Kung.

    Raises:
        UserError: ``k`` is not from 0 to ``ceil(log2 width)``.

    References:
        Ladner and Fischer, "Parallel Prefix Computation", J. ACM, 1980, section 2.
    """
    if not 0 <= k <= minimum_depth(check_width(width)):
        raise UserError(
            f"ladner-fischer of {width} bits takes k from 0 to {minimum_depth(width)}, found {k}"
        )
    return PrefixGraph(_ladner_fischer_grid(width, k))


def _ladner_fischer_grid(width: int, k: int) -> Grid:
    grid = _ripple_grid(width)
    half = (width + 1) // 2
    if width > 1 and k == 0:
        grid[:half, :half] = _ladner_fischer_grid(half, 1)
        grid[half:, half:] = _ladner_fischer_grid(width - half, 0)
    elif width > 1:
        tops = np.minimum(np.arange(half) * 2 + 1, width - 1)
        grid[tops, ::2] |= _ladner_fischer_grid(half, k - 1)
    return grid


def knowles(width: int, fanouts: Sequence[int]) -> PrefixGraph:
    """Least depth with a chosen fan-out at each level, from Kogge-Stone to Sklansky.

    At level ``l`` (0 the first) groups of ``f_l`` neighbouring rows share the lower parent that
    lies ``2^l`` rows below the group's last row. Knowles lets the two spans of a node overlap; a
    prefix graph does not, so here the upper span is cut where the lower one begins. This keeps the
    least depth for fan-outs ``min(2^l, F)`` and for many other lists; the rest are refused.

    Args:
        width: Bits ``N``.
        fanouts: ``f_l`` from the **last** level to the first, ``ceil(log2 N)`` powers of two, never
            increasing, ``f_l <= 2^l``.

    Raises:
        UserError: The list is not of that form.
        OverlappingSpansError: Cutting the spans would cost depth.

    References:
        Knowles, "A Family of Adders", ARITH 2001.
    """
    depth = minimum_depth(check_width(width))
    name = "-".join(["knowles", *map(str, fanouts)])
    if tuple(fanouts) not in knowles_family(width):
        raise UserError(
            f"{name}: {width} bits take {depth} fan-outs, last level first, each a power of two, "
            f"never increasing, at most {[2**level for level in reversed(range(depth))]}"
        )
    needed = _ripple_grid(width)
    grid = needed
    for level, fanout in zip(reversed(range(depth)), fanouts, strict=True):
        rows, columns = np.nonzero(np.tril(needed, -1))
        lower = ((rows - 2**level) // fanout + 1) * fanout - 1
        split = lower >= columns
        needed = np.zeros_like(grid)
        needed[rows[~split], columns[~split]] = True
        rows, columns, lower = rows[split], columns[split], lower[split]
        needed[rows, lower + 1] = True
        needed[lower, columns] = True
        grid = grid | needed
    graph = PrefixGraph.legalized(grid)
    if graph.depth > depth:
        raise OverlappingSpansError(
            f"{name} of {width} bits needs overlapping spans, which a prefix graph cannot hold at "
            f"depth {depth}; choose other fan-outs, such as the powers of two up to a limit"
        )
    return graph


def knowles_family(width: int) -> frozenset[tuple[int, ...]]:
    """Every fan-out list of Knowles's form for a width, last level first.

    Their number is a Catalan number (14 at 16 bits, 132 at 64). :func:`knowles` cannot build all.
    """
    lists: list[tuple[int, ...]] = [()]
    for level in range(minimum_depth(check_width(width))):
        lists = [
            (2**power, *later)
            for later in lists
            for power in range(level + 1)
            if not later or 2**power >= later[0]
        ]
    return frozenset(lists)


CLASSICAL: dict[str, Callable[[int], PrefixGraph]] = {
    "ripple": ripple,
    "sklansky": sklansky,
    "kogge-stone": kogge_stone,
    "brent-kung": brent_kung,
    "han-carlson": han_carlson,
}
"""Adders named without a parameter, the best known first."""


def parse_classical(name: str, width: int) -> PrefixGraph:
    """Builds an adder of :data:`CLASSICAL`, ``ladner-fischer-K`` or ``knowles-F1-F2-...``.

    Raises:
        UserError: No such name (the message suggests the nearest) or parameters that do not fit.

    Examples:
        >>> parse_classical("ladner-fischer-1", 16)
        PrefixGraph(width=16, size=27, depth=5)
    """
    if name in CLASSICAL:
        return CLASSICAL[name](width)
    for family, example in (("ladner-fischer", "ladner-fischer-1"), ("knowles", "knowles-2-2-1")):
        if name == family or name.startswith(family + "-"):
            texts = name.removeprefix(family).split("-")[1:]
            if not texts or not all(text.isdecimal() for text in texts):
                raise UserError(f"{name!r}: expected whole numbers after {family}, as in {example}")
            numbers = [int(text) for text in texts]
            if family == "knowles":
                return knowles(width, numbers)
            if len(numbers) > 1:
                raise UserError(f"{name!r}: {family} takes one number, as in {example}")
            return ladner_fischer(width, numbers[0])
    known = [*CLASSICAL, "ladner-fischer-K", "knowles-F1-F2-..."]
    near = difflib.get_close_matches(name, known, 1, 0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UserError(f"unknown adder {name!r}: expected {', '.join(known)}{hint}")


def classical_adders(width: int) -> dict[str, PrefixGraph]:
    """The comparison set of a width, by name, each graph once under its best-known name.

    Beside :data:`CLASSICAL`, all Ladner-Fischer graphs and Knowles graphs: up to 16 bits every one
    that :func:`knowles` can build, above that those with fan-outs bounded by 2, 4, 8 and so on.
    """
    found: dict[PrefixGraph, str] = {}
    for name in _comparison_names(width):
        with contextlib.suppress(OverlappingSpansError):
            found.setdefault(parse_classical(name, width), name)
    return {name: graph for graph, name in found.items()}


def _comparison_names(width: int) -> Iterator[str]:
    yield from CLASSICAL
    depth = minimum_depth(check_width(width))
    for k in range(depth + 1):
        yield f"ladner-fischer-{k}"
    bounded = {
        tuple(2 ** min(level, limit) for level in reversed(range(depth)))
        for limit in range(1, depth - 1)
    }
    whole = knowles_family(width) if 1 < width <= _WHOLE_FAMILY_WIDTH else bounded
    for fanouts in sorted(whole):
        yield "-".join(["knowles", *map(str, fanouts)])
