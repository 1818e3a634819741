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
from synthesis.numbered import NumberedNetlist
from synthesis.placing import place
from synthesis.timing import IOTiming
from synthesis.way_table import way_table
from synthesis.ways import Ways

_NEVER_PS = 1e9


class GateChooser:
    """Earliest arrivals of a netlist's signals, from which gates are chosen for any target.

    Args:
        netlist: What to build.
        ways: What to build it of.
        timing: Arrival and required times; all 0 if None.

    Attributes:
        table: The ways, and what numbers of cells stand for.
        columns: Where each net stands, the inputs first.
        output_signals: Number of the signal behind each output.
    """

    def __init__(self, netlist: Netlist, ways: Ways, timing: IOTiming | None = None):
        timing = timing or IOTiming()
        self._netlist = netlist
        self._buffer = ways.buffer
        self._inverter = ways.inverter.delays_ps[0], ways.inverter.area_um2
        self.table = table = way_table(ways)
        numbered = NumberedNetlist(netlist)
        self._xors = numbered.nodes["op"] == XOR
        self.columns = np.array(
            [pin.column for pin in netlist.inputs] + numbered.nodes["column"].tolist()
        )
        input_ps = np.array([1000 * timing.arrival(pin.name) for pin in netlist.inputs])
        self._matches, self._starts, self._share_um2 = find_matches(
            numbered.nodes, numbered.fanout, input_ps, table.ways, table.groups, *self._inverter
        )
        self._names = [name for net in numbered.names for name in (net, f"{net}_not")]
        self._required_ps = np.full(len(self._names), math.inf)
        self.output_signals = [2 * numbered.numbers[output.net] for output in netlist.outputs]
        # The first output of a node names its net; every other output has a buffer.
        self._copied = []
        for output, signal in zip(netlist.outputs, self.output_signals, strict=True):
            if signal < 2 * len(netlist.inputs) or self._required_ps[signal] < math.inf:
                self._copied.append((output, signal))
            else:
                self._names[signal] = output.name
            required_ps = 1000 * timing.required(output.name)
            self._required_ps[signal] = min(required_ps, self._required_ps[signal])

    def choose(self, target_ns: float = math.inf) -> MappedNetlist:
        """The gates of the least area found that meets a target, or else of the least delay.

        Args:
            target_ns: When outputs must be there; infinity asks for the least area.
        """
        return self._mapped(*self.placed(target_ns))

    def placed(self, target_ns: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same gates by number, as :func:`synthesis.placing.place` lists them."""
        ways, matches = self.table.ways, self._matches
        required_ps = self._required_ps + min(1000 * target_ns, _NEVER_PS)
        found = matches, self._starts, self._share_um2
        plans = cover(self._xors, *found, required_ps, ways, *self._inverter)
        return place(plans, matches, required_ps, ways, self.table.inputs)

    def _mapped(self, rows: np.ndarray, inner: np.ndarray, wires: np.ndarray) -> MappedNetlist:
        """The netlist of what :func:`synthesis.placing.place` lists."""
        made = [f"{self._names[out]}_inner{step}" for out, step in inner.tolist()]
        names = np.array([*self._names, *made], object)
        cells = [(cell.name, cell.pins, len(cell.pins)) for cell in self.table.cells]
        numbers, columns = rows[:, 0].tolist(), self.columns[rows[:, 1]].tolist()
        instances = []
        for number, column, nets in zip(numbers, columns, names[rows[:, 2:]].tolist(), strict=True):
            cell, pins, count = cells[number]
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
