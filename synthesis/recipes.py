"""Recipes: how gates are chosen for a netlist, and ABC's commands from there to a sized netlist."""

from dataclasses import dataclass
from enum import StrEnum


class Effort(StrEnum):
    """How much is tried for a design."""

    FAST = "fast"
    """The structural recipe."""
    BEST = "best"
    """The better, at each target, of the structural recipe and ABC's mapper."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way from a netlist to sized gates.

    Attributes:
        name: Names its files.
        structural: Whether gates are chosen by :mod:`synthesis.structural`; else ABC maps.
        start: ABC's commands before the targets part ways.
        target: ABC's commands for one target, ``{target}`` ps.
    """

    name: str
    structural: bool
    start: str
    target: str


STRUCTURAL = Recipe(
    name="structural",
    structural=True,
    start="topo; buffer -c; topo",
    target="upsize -D {target}; dnsize -D {target}",
)

MAPPED = Recipe(
    name="mapped",
    structural=False,
    start="strash",
    target="map -f -D {target}; topo; buffer -c; topo; upsize -D {target}; dnsize -D {target}",
)

RECIPES_OF = {Effort.FAST: (STRUCTURAL,), Effort.BEST: (STRUCTURAL, MAPPED)}
