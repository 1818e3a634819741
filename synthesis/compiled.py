"""Functions compiled to machine code, which run without Python's lock."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compiles a function when it is first called; later processes read it from a cache.

    The cache lies beside the source, or in the user's cache folder; where neither can be written,
    every process compiles for itself. It heeds changes of the function's own file only: what the
    function calls must be there too.

    References:
        Lam, Pitrou and Seibert, "Numba: a LLVM-based Python JIT compiler", LLVM-HPC 2015.
    """
    result: Any
    try:
        result = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # No folder for the cache.
        result = numba.njit(nogil=True)(function)
    return result
