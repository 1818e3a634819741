"""Chooses gates and phases for a netlist by timing, as designers of adders do by hand.

A carry of true inputs is an AOI21 and comes out complemented, of complemented inputs an OAI21 and
comes out true; AND and OR likewise are NAND2 or NOR2. Two NAND2 make a carry without a change of
phase, a NAND3 or a few more gates let a late signal skip a level, AND2 or OR2 save an inverter. A
half sum shares the NAND2 of its bit and may be the propagate too (:mod:`synthesis.propagates`).
Which of these (:mod:`synthesis.ways`) each net gets, in which phase or in both, is decided as
technology mappers do: first, inputs to outputs, the earliest arrival of each phase of each net
(:mod:`synthesis.matches`); then, outputs to inputs, the least area that meets the required times
(:mod:`synthesis.cover`).

References:
    Zimmermann, "Binary Adder Architectures for Cell-Based VLSI and their Synthesis", ETH Zürich,
    1997, section 5; Chaudhary and Pedram, "A near optimal algorithm for technology mapping
    minimizing area under delay constraints", DAC 1992; Roy et al., "PrefixRL", DAC 2021.
"""

import math

import numpy as np

from synthesis.cover import cover
from synthesis.mapped import Instance, MappedNetlist
from synthesis.matches import XOR, find_matches
from synthesis.netlist import Netlist
from synthesis.numbered import Numbered, numbered
from synthesis.placing import place
from synthesis.timing import IOTiming
from synthesis.way_table import way_table
from synthesis.ways import Ways

_NEVER_PS = 1e9


class Choice:
    """Earliest arrivals of a netlist's signals, from which gates are chosen for any target.

    Args:
        netlist: What to build.
        ways: What to build it of.
        input_ps: Arrival time of each input.
        required_ps: Required time of each output, less the target.
    """

    def __init__(
        self, netlist: Numbered, ways: Ways, input_ps: np.ndarray, required_ps: np.ndarray
    ):
        self._inverter = ways.inverter.delays_ps[0], ways.inverter.area_um2
        self._table = table = way_table(ways)
        self._xors = netlist.nodes["op"] == XOR
        self._found = find_matches(
            netlist.nodes, netlist.fanout, input_ps, table.ways, table.groups, *self._inverter
        )
        self._required_ps = np.full(2 * len(netlist.fanout), math.inf)
        np.minimum.at(self._required_ps, 2 * netlist.outputs, required_ps)

    def placed(self, target_ns: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The gates for a target, as :func:`synthesis.placing.place` lists them."""
        table = self._table
        required_ps = self._required_ps + min(1000 * target_ns, _NEVER_PS)
        plans = cover(self._xors, *self._found, required_ps, table.ways, *self._inverter)
        return place(plans, self._found[0], required_ps, table.ways, table.inputs)


class GateChooser:
    """Chooses a netlist's gates for any target.

    Args:
        netlist: What to build.
        ways: What to build it of.
        timing: Arrival and required times; all 0 if None.
    """

    def __init__(self, netlist: Netlist, ways: Ways, timing: IOTiming | None = None):
        timing = timing or IOTiming()
        self._netlist = netlist
        self._buffer = ways.buffer
        self._cells = [(cell.name, cell.pins, len(cell.pins)) for cell in way_table(ways).cells]
        found, names = numbered(netlist)
        self._columns = found.columns
        input_ps = np.array([1000 * timing.arrival(pin.name) for pin in netlist.inputs])
        required_ps = np.array([1000 * timing.required(pin.name) for pin in netlist.outputs])
        self._choice = Choice(found, ways, input_ps, required_ps)
        self._names = [name for net in names for name in (net, f"{net}_not")]
        # The first output of a node names its net; every other output has a buffer.
        self._copied = []
        named = set(range(len(netlist.inputs)))
        for output, net in zip(netlist.outputs, found.outputs.tolist(), strict=True):
            if net in named:
                self._copied.append((output, 2 * net))
            else:
                self._names[2 * net] = output.name
                named.add(net)

    def choose(self, target_ns: float = math.inf) -> MappedNetlist:
        """The gates of the least area found that meets a target, or else of the least delay.

        Args:
            target_ns: When outputs must be there; infinity asks for the least area.
        """
        return self._mapped(*self._choice.placed(target_ns))

    def _mapped(self, rows: np.ndarray, inner: np.ndarray, wires: np.ndarray) -> MappedNetlist:
        """The netlist of what :func:`synthesis.placing.place` lists."""
        made = [f"{self._names[out]}_inner{step}" for out, step in inner.tolist()]
        names = np.array([*self._names, *made], object)
        numbers, columns = rows[:, 0].tolist(), self._columns[rows[:, 1]].tolist()
        instances = []
        for number, column, nets in zip(numbers, columns, names[rows[:, 2:]].tolist(), strict=True):
            cell, pins, count = self._cells[number]
            instances.append(Instance(cell, pins, tuple(nets[:count]), column))
        buffer = self._buffer
        for output, signal in self._copied:
            pair = names[wires[signal]], output.name
            instances.append(Instance(buffer.name, buffer.pins, pair, output.column))
        return MappedNetlist(
            self._netlist.name,
            tuple([pin.name for pin in self._netlist.inputs]),
            tuple([output.name for output in self._netlist.outputs]),
            tuple(instances),
        )
