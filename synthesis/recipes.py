"""Recipes from a netlist to sized gates, and the efforts that name which are tried.

The choices follow the tables of experiments/recipe.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from synthesis.netlist import Netlist


class Effort(StrEnum):
    """How much is tried for a design."""

    FAST = "fast"
    """The structural recipe alone, for searching."""
    BEST = "best"
    """The better, at each target, of the structural recipe and ABC's mapper."""
    HIGH = "high"
    """For final figures: the best of many recipes at each target, in several orders of the nodes;
    a point is the mean delay and the mean area over the orders."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way from a netlist to sized gates, in ABC's commands for a target of ``{target}`` ps.

    Attributes:
        name: Names its files.
        map: Chooses gates; empty where :mod:`synthesis.structural` does.
        buffer: Buffers nets.
        size: Sizes gates.
        margin: Gates are chosen by :mod:`synthesis.structural` for this part of the target, as the
            delays they are chosen by leave out fan-out.
    """

    name: str
    map: str
    buffer: str
    size: str
    margin: float = 1.0

    @property
    def structural(self) -> bool:
        """Whether gates are chosen by :mod:`synthesis.structural`."""
        return not self.map

    def commands(self, target_ps: int) -> str:
        """ABC's commands from the netlist read to gates sized for a target."""
        mapped = f"strash; {self.map}; " if self.map else ""
        return f"{mapped}{self.buffer}; {self.size}".format(target=target_ps)


_BUFFER = "topo; buffer -c; topo"
_SIZE = "upsize -D {target}; dnsize -D {target}"
_SIZE_SOON = "upsize -J 10 -D {target}; dnsize -I 2 -D {target}"
"""Ends after 10 steps up without gain (ABC: 50) and 2 rounds down (ABC: 5): a third of the time,
for half a per cent of least delay."""

STRUCTURAL = Recipe("structural", "", _BUFFER, _SIZE_SOON, margin=0.9)
MAPPED = Recipe("mapped", "map -f -D {target}", _BUFFER, _SIZE)

_MANY = (
    *(
        Recipe(f"{name}{margin}", "", buffer, _SIZE, margin)
        for name, buffer in (("structural", _BUFFER), ("unbuffered", "topo"))
        for margin in (0.8, 0.9, 1.0)
    ),
    MAPPED,
    Recipe(
        "mapped-buffered",
        "map -B 0.9 -D {target}",
        "topo; buffer -c -N 4; topo",
        f"{_SIZE}; {_SIZE}",
    ),
    Recipe("mapped-unbuffered", "map -D {target}", "topo", _SIZE),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an effort tries.

    Attributes:
        recipes: The recipes; at each target the best counts.
        orders: In how many orders of its nodes a netlist is built; the mean counts.
    """

    recipes: tuple[Recipe, ...]
    orders: int


PLANS = {
    Effort.FAST: Plan((STRUCTURAL,), 1),
    Effort.BEST: Plan((STRUCTURAL, MAPPED), 1),
    Effort.HIGH: Plan(_MANY, 4),
}


def reordered(netlist: Netlist, order: int) -> Netlist:
    """The same circuit with its nodes in another order, the same for the same ``order``.

    Order 0 is the netlist's own. Every driver still stands before what it drives.
    """
    if order == 0:
        return netlist
    draw = random.Random(order)
    level = dict.fromkeys([pin.name for pin in netlist.inputs], 0.0)
    for node in netlist.nodes:
        level[node.name] = max([level[net] for net in node.inputs]) + 1 + draw.random()
    nodes = tuple(sorted(netlist.nodes, key=lambda node: level[node.name]))
    return Netlist(netlist.name, netlist.inputs, netlist.outputs, nodes)
