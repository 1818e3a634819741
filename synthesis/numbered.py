"""Netlists with numbers for names, as compiled functions take them."""

from typing import NamedTuple

import numpy as np

from synthesis.compiled import compiled
from synthesis.matches import AND, AO21, OR, XOR
from synthesis.netlist import Netlist, Op
from synthesis.propagates import propagates

_OPS = list(Op)

NODE = np.dtype(
    [("op", "i8"), ("nets", "i8", 3), ("nand", "i8"), ("half_sum", "i8"), ("column", "i8")]
)
"""A node: its operation; the nets it reads (of two, the second twice); for an XOR, the AND of the
same nets; for an OR, the XOR that may stand in (:mod:`synthesis.propagates`); else -1."""


class Numbered(NamedTuple):
    """A netlist whose nets have numbers: first its inputs, then its nodes.

    Nodes stand by level; half sums after the ANDs they share, ORs after the half sums they may be.

    Attributes:
        nodes: Array of :data:`NODE`.
        fanout: Readers of each net, those included that it may have.
        columns: Where each net stands.
        outputs: The net behind each output.
    """

    nodes: np.ndarray
    fanout: np.ndarray
    columns: np.ndarray
    outputs: np.ndarray


def arranged(
    nodes: np.ndarray, input_columns: np.ndarray, outputs: np.ndarray
) -> tuple[Numbered, np.ndarray]:
    """Puts nodes by level.

    Args:
        nodes: Array of :data:`NODE`, every driver before what it drives.
        input_columns: Where each input stands.
        outputs: The net behind each output.

    Returns:
        The netlist, and the number that each of its nodes had among ``nodes``.
    """
    found, fanout, renumbered, order = _arranged(nodes, len(input_columns))
    columns = np.concatenate([input_columns, found["column"]]).astype(np.int64)
    return Numbered(found, fanout, columns, renumbered[outputs]), order


@compiled
def _arranged(
    nodes: np.ndarray, first: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The nodes by level, the readers of each net, its new number, and the nodes' old ones."""
    count = len(nodes)
    levels = np.zeros(first + count, np.int64)
    places = np.empty(count, np.int64)
    for node in range(count):
        a, b, c = nodes[node]["nets"]
        levels[first + node] = 1 + max(levels[a], levels[b], levels[c])
        op = nodes[node]["op"]
        places[node] = 4 * levels[first + node] + (1 if op == XOR else 2 * (op == OR))
    order = np.argsort(places, kind="mergesort")
    # The new number of each net; that of -1 is -1.
    renumbered = np.full(first + count + 1, -1)
    renumbered[:first] = np.arange(first)
    for node in range(count):
        renumbered[first + order[node]] = first + node
    found, fanout = nodes.copy(), np.zeros(first + count, np.int64)
    for index in range(count):
        old, node = nodes[order[index]], found[index]
        node["op"], node["column"] = old["op"], old["column"]
        for k in range(3):
            node["nets"][k] = renumbered[old["nets"][k]]
            if k < 2 or old["op"] == AO21:
                fanout[node["nets"][k]] += 1
        node["nand"] = renumbered[old["nand"]]
        node["half_sum"] = renumbered[old["half_sum"]]
        if old["nand"] >= 0:
            fanout[node["nand"]] += 1
    for node in found:
        if node["half_sum"] >= 0:
            fanout[node["half_sum"]] = max(fanout[node["half_sum"]], 1)
    return found, fanout, renumbered, order


def numbered(netlist: Netlist) -> tuple[Numbered, list[str]]:
    """Gives a netlist's nets numbers, and says which names they had."""
    first = len(netlist.inputs)
    given = [pin.name for pin in netlist.inputs] + [node.name for node in netlist.nodes]
    number = dict(zip(given, range(len(given)), strict=True))
    nets = [(number[i[0]], number[i[1]], number[i[-1]]) for _, _, i, _ in netlist.nodes]
    nodes = np.zeros(len(nets), NODE)
    op = [_OPS.index(node.op) for node in netlist.nodes]
    nodes["op"] = op
    nodes["nets"] = np.array(nets, int).reshape(-1, 3)
    nodes["column"] = [node.column for node in netlist.nodes]
    ands = {pair: first + k for k, pair in enumerate(nets) if op[k] == AND}
    nodes["nand"] = [ands.get(nets[k], -1) if op[k] == XOR else -1 for k in range(len(nets))]
    nodes["half_sum"] = -1
    for name, half_sum in propagates(netlist).items():
        nodes["half_sum"][number[name] - first] = number[half_sum]
    input_columns = np.array([pin.column for pin in netlist.inputs], int)
    outputs = np.array([number[output.net] for output in netlist.outputs], int)
    found, order = arranged(nodes, input_columns, outputs)
    return found, given[:first] + [given[first + k] for k in order]
