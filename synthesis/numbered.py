"""Netlists with numbers for names, as compiled functions take them."""

import numpy as np

from synthesis.matches import AND, AO21, XOR
from synthesis.netlist import Netlist, Op
from synthesis.propagates import propagates

_OPS = list(Op)
_RANK = np.array([0, 2, 1, 0])

NODE = np.dtype(
    [("op", "i8"), ("nets", "i8", 3), ("nand", "i8"), ("half_sum", "i8"), ("column", "i8")]
)
"""A node: its operation; the nets it reads (of two, the second twice); for an XOR, the AND of the
same nets; for an OR, the XOR that may stand in (:mod:`synthesis.propagates`); else -1."""


class NumberedNetlist:
    """A netlist whose nets have numbers: first its inputs, then its nodes.

    Nodes stand by level; half sums after the ANDs they share, ORs after the half sums they may be.

    Attributes:
        names: Name of each net.
        numbers: Number of each net by its name.
        nodes: Array of :data:`NODE`.
        fanout: Readers of each net, those included that it may have.
    """

    def __init__(self, netlist: Netlist):
        count = len(netlist.inputs)
        given = [pin.name for pin in netlist.inputs] + [node.name for node in netlist.nodes]
        number = dict(zip(given, range(len(given)), strict=True))
        nets = [(number[i[0]], number[i[1]], number[i[-1]]) for _, _, i, _ in netlist.nodes]
        levels = [0] * count
        for a, b, c in nets:
            levels.append(1 + max(levels[a], levels[b], levels[c]))
        nodes = np.zeros(len(nets), NODE)
        op = [_OPS.index(node.op) for node in netlist.nodes]
        nodes["op"] = op
        nodes["column"] = [node.column for node in netlist.nodes]
        order = np.argsort(4 * np.array(levels[count:], int) + _RANK[nodes["op"]], kind="stable")
        # The new number of each net; that of -1 is -1.
        renumbered = np.full(len(given) + 1, -1)
        renumbered[:count] = range(count)
        renumbered[count + order] = range(count, len(given))
        nodes["nets"] = renumbered[np.array(nets, int).reshape(-1, 3)]
        ands = {pair: count + k for k, pair in enumerate(nets) if op[k] == AND}
        nand = [ands.get(nets[k], -1) if op[k] == XOR else -1 for k in range(len(nets))]
        nodes["nand"] = renumbered[np.array(nand, int)]
        nodes["half_sum"] = -1
        for name, half_sum in propagates(netlist).items():
            nodes["half_sum"][number[name] - count] = renumbered[number[half_sum]]
        self.nodes = nodes[order]
        self.names = given[:count] + [given[count + k] for k in order]
        self.numbers = dict(zip(self.names, range(len(given)), strict=True))
        self.fanout = self._fanout()

    def _fanout(self) -> np.ndarray:
        nodes = self.nodes
        readers = [
            nodes["nets"][:, :2].ravel(),
            nodes["nets"][nodes["op"] == AO21, 2],
            nodes["nand"][nodes["nand"] >= 0],
        ]
        fanout = np.bincount(np.concatenate(readers), minlength=len(self.names))
        half_sums = nodes["half_sum"][nodes["half_sum"] >= 0]
        fanout[half_sums] = np.maximum(fanout[half_sums], 1)
        return fanout
