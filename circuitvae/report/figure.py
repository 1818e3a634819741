"""Saves figures so that the same data gives the same file."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from synthesis.errors import UserError

_DPI = 200


def save_figure(figure: Figure, *paths: Path) -> None:
    """Writes a figure as SVG or PNG, as each path's suffix says, at 200 dots an inch.

    Raises:
        UserError: Another suffix.
    """
    for path in paths:
        if path.suffix not in (".svg", ".png"):
            raise UserError(f"expected a file name that ends in .svg or .png, found {str(path)!r}")
    for path in paths:
        with mpl.rc_context({"svg.hashsalt": "circuitvae"}):
            metadata = {"Date": None} if path.suffix == ".svg" else {}
            figure.savefig(path, dpi=_DPI, metadata=metadata)
