"""How small and how shallow a prefix graph can be: exact results on size against depth."""

from synthesis.errors import UserError


def minimum_depth(width: int) -> int:
    """Least depth of any prefix graph: ``ceil(log2 width)``, as a node at most doubles a span."""
    return (width - 1).bit_length()


def minimum_size(width: int, depth: int) -> int:
    """No graph of this depth has fewer nodes: ``2 * width - 2 - depth``.

    The bound is met from :func:`zero_deficiency_depth` on.

    References:
        Snir, "Depth-Size Trade-offs for Parallel Prefix Computation", J. Algorithms, 1986.
    """
    return 2 * width - 2 - depth


def zero_deficiency_depth(width: int) -> int:
    """Least depth at which some graph meets :func:`minimum_size`.

    At depth ``d`` the widest such graph has ``F(d + 3) - 1`` bits, ``F(1) = F(2) = 1`` being the
    Fibonacci numbers.

    References:
        Zhu, Cheng and Graham, "On the Construction of Zero-Deficiency Parallel Prefix Circuits
        with Minimum Depth", ACM TODAES, 2006.
    """
    depth, fibonacci, following = 0, 2, 3
    while fibonacci - 1 < width:
        depth, fibonacci, following = depth + 1, following, fibonacci + following
    return depth


def minimum_size_at_minimum_depth(width: int) -> int:
    """Exact least size of a graph of least depth, for a power of two.

    With ``width = 2^k``: ``3.5 * 2^k - (8.5 + 3.5 * (k mod 2)) * 2^floor(k / 2) + k + 5``.

    Raises:
        UserError: The width is not a power of two, where the exact size is not known.

    References:
        Sergeev, "On the Complexity of Parallel Prefix Circuits", ECCC TR13-041, 2013,
        https://eccc.weizmann.ac.il/report/2013/041/.
    """
    k = minimum_depth(width)
    if width != 2**k:
        raise UserError(
            f"the least size at least depth is known for powers of two only, found width {width}"
        )
    return (7 * 2**k - (17 + 7 * (k % 2)) * 2 ** (k // 2)) // 2 + k + 5
