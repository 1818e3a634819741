"""What the structural recipe makes of a netlist, estimated without ABC.

Gates are chosen for each delay target as the recipe chooses them (:mod:`synthesis.structural`). A
gate of size ``x``, from 1 to the largest cell's, takes ``intrinsic + resistance * load / x``
(:mod:`synthesis.linear_delay`). Sizes minimise ``area + price * delay``: with ``mu`` the share of
critical paths through a gate, the derivative by its size vanishes at ``x^2 = price mu R load /
(d area / dx + price * upstream)``, where ``upstream`` is what its input capacitances cost its
drivers. The step is damped and repeated, and after each the price rises where the target is missed
and falls where it is met, as a recipe sizes down what is too fast. Not modelled: steps between
cells' sizes, slews, buffers.

References:
    Chen, Chu, Wong, "Fast and exact simultaneous gate and wire sizing by Lagrangian relaxation",
    IEEE Trans. CAD, 1999 (the step in closed form).
"""

from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from typing import cast

import numpy as np
from jaxtyping import Float

from synthesis.compiled import compiled
from synthesis.flow import Flow, Synthesizer
from synthesis.gates import Gate
from synthesis.library import Library
from synthesis.linear_delay import driver_line, linear_gates
from synthesis.netlist import Netlist
from synthesis.numbered import Numbered
from synthesis.recipes import STRUCTURAL
from synthesis.structural import Choice
from synthesis.way_table import WayTable, way_table
from synthesis.ways import Ways
from synthesis.wires import Wires, wire_ff_per_column

_STEPS = 25
_URGENCY = 4
"""Power of delay over target by which the price changes in a step, by no more than twice."""
_PRICES = 1e-4, 30.0
"""Range of the price, in the area of all gates at size 1 over the target."""
_LEAST = 1e-9
_LEAST_TARGET_PS = 1.0
"""Left for gates where a target leaves them less; whole picoseconds are the flow's too."""

_GATE = np.dtype(
    [
        ("inputs", "i8"),
        ("intrinsic_ps", "f8", 3),
        ("ps_per_ff", "f8"),
        ("input_ff", "f8", 3),
        ("fixed_um2", "f8"),
        ("um2_per_size", "f8"),
        ("largest", "f8"),
    ]
)
"""A :class:`~synthesis.linear_delay.LinearGate`, its inputs in a cell's order; ps, fF, um2."""


class Estimator:
    """Estimates the curves of netlists with the same ports.

    Args:
        flow: Its library, targets, timing and wires count.
        netlist: One that has them.

    Raises:
        ToolError: ABC failed to read the library.
        UserError: The library lacks a gate that adders need, or sound timing tables of it.
    """

    def __init__(self, flow: Flow, netlist: Netlist):
        library, timing = flow.library, flow.timing
        self._ways = _ways(library)
        self._gates = _gates(library, way_table(self._ways))
        self._targets_ns = np.array(flow.targets_ns)
        intrinsic_ns, ns_per_ff = driver_line(library, flow.driver_cell)
        inputs, outputs = netlist.ports
        arrival_ns = np.array([timing.arrival(pin.name) for pin in inputs])
        self._arrival_ps, latest_ns = 1000 * arrival_ns, arrival_ns.max()
        self._choose_ns = latest_ns + STRUCTURAL.margin * (self._targets_ns - latest_ns)
        self._start_ps = 1000 * (arrival_ns + intrinsic_ns)
        self._driver_ps_per_ff = 1000 * ns_per_ff
        self._required_ps = 1000 * np.array([timing.required(pin.name) for pin in outputs])
        self._origin_ps = self._gateless_ps(netlist)
        self._load_ff = np.array([timing.load(pin.name, library.load_ff) for pin in outputs])
        self._columns = np.array([pin.column for pin in outputs])
        self._wire_ff = wire_ff_per_column(library) if flow.wires is Wires.DATAPATH else 0.0

    def _gateless_ps(self, netlist: Netlist) -> float:
        """Delay of a netlist whose gates take no time: what a target must leave for gates."""
        latest_ps = dict(zip((pin.name for pin in netlist.inputs), self._arrival_ps, strict=True))
        for node in netlist.nodes:
            latest_ps[node.name] = max(latest_ps[net] for net in node.inputs)
        ends_ps = np.array([latest_ps[pin.net] for pin in netlist.outputs])
        return float((ends_ps - self._required_ps).max())

    def points(self, netlist: Numbered) -> Callable[[int], tuple[float, float]]:
        """(delay_ns, area_um2) by the number of the flow's target, estimated when asked for."""
        choice = Choice(netlist, self._ways, self._arrival_ps, self._required_ps)

        def point(target: int) -> tuple[float, float]:
            rows, inner, wires = choice.placed(self._choose_ns[target])
            ends, load_ff = wires[2 * netlist.outputs], np.zeros(len(wires) + len(inner))
            np.add.at(load_ff, ends, self._load_ff)
            if self._wire_ff:
                spans = _spans(rows, self._gates, netlist.columns, ends, self._columns, load_ff)
                load_ff += self._wire_ff * spans
            start = self._start_ps, self._driver_ps_per_ff
            required_ps = self._required_ps + self._origin_ps
            target_ps = max(1000 * self._targets_ns[target] - self._origin_ps, _LEAST_TARGET_PS)
            path_ps, area_um2 = _size(
                rows, self._gates, ends, required_ps, load_ff, *start, target_ps
            )
            return (path_ps + self._origin_ps) / 1000, area_um2

        return point

    def curve(self, netlist: Numbered) -> Float[np.ndarray, "T 2"]:
        """(delay_ns, area_um2) at each of the flow's targets."""
        return np.array(list(map(self.points(netlist), range(len(self._targets_ns)))))


@lru_cache(maxsize=16)
def _ways(library: Library) -> Ways:
    with closing(Synthesizer(Flow(library, (1.0,)))) as synthesizer:
        return synthesizer.ways


def _gates(library: Library, table: WayTable) -> np.ndarray:
    """Array of :data:`_GATE` by the table's numbers of cells."""
    cells = [library.cells[cell.name] for cell in table.cells]
    linear = linear_gates(library, {cell.gate for cell in cells if cell.gate})
    gates = np.zeros(len(cells), _GATE)
    for row, cell, timed in zip(gates, cells, table.cells, strict=True):
        gate = linear[cast(Gate, cell.gate)]
        order = [cell.inputs.index(pin) for pin in timed.pins[:-1]]
        row["inputs"] = len(order)
        row["intrinsic_ps"][: len(order)] = [1000 * gate.intrinsic_ns[k] for k in order]
        row["input_ff"][: len(order)] = [gate.input_ff[k] for k in order]
        row["ps_per_ff"] = 1000 * gate.resistance_ns_per_ff
        row["fixed_um2"], row["um2_per_size"] = gate.fixed_area_um2, gate.area_um2_per_size
        row["largest"] = gate.largest
    return gates


@compiled
def _spans(
    rows: np.ndarray,
    gates: np.ndarray,
    columns: np.ndarray,
    ends: np.ndarray,
    end_columns: np.ndarray,
    like: np.ndarray,
) -> np.ndarray:
    """Columns that each wire crosses, from the lowest to the highest it touches.

    Args:
        rows: Gates as :func:`synthesis.placing.place` lists them.
        gates: Array of :data:`_GATE`.
        columns: Of each net; where its driver stands.
        ends: Wire of each output.
        end_columns: Where each output stands.
        like: An array with a place for each wire.
    """
    low, high = np.full(len(like), np.inf), np.full(len(like), -np.inf)
    for net in range(len(columns)):
        low[2 * net] = high[2 * net] = columns[net]
    for k in range(len(ends)):
        low[ends[k]] = min(low[ends[k]], end_columns[k])
        high[ends[k]] = max(high[ends[k]], end_columns[k])
    for row in rows:
        for wire in row[2 : 3 + gates[row[0]]["inputs"]]:
            low[wire] = min(low[wire], columns[row[1]])
            high[wire] = max(high[wire], columns[row[1]])
    return np.maximum(high - low, 0)


@compiled
def _size(
    rows: np.ndarray,
    gates: np.ndarray,
    ends: np.ndarray,
    required_ps: np.ndarray,
    load_ff: np.ndarray,
    start_ps: np.ndarray,
    driver_ps_per_ff: float,
    target_ps: float,
) -> tuple[float, float]:
    """Delay (ps) and area (um2) of gates sized for a target.

    Args:
        rows: Gates as :func:`synthesis.placing.place` lists them.
        gates: Array of :data:`_GATE`.
        ends: Wire of each output.
        required_ps: When it must be there.
        load_ff: Load of each wire but for the gates' inputs.
        start_ps: When each input's driver would switch it without load.
        driver_ps_per_ff: Resistance of the drivers.
        target_ps: The delay wanted, above 0 and all of it the gates' own: of required times that
            leave them that.
    """
    per_ps = 1 / gates[0]["intrinsic_ps"][0]
    count, wires = len(rows), len(load_ff)
    # Inputs that a gate has not are at a wire of their own, which is never late.
    pins = np.full((count, 3), wires)
    out = np.empty(count, np.int64)
    for number in range(count):
        inputs = gates[rows[number, 0]]["inputs"]
        pins[number, :inputs] = rows[number, 2 : 2 + inputs]
        out[number] = rows[number, 2 + inputs]
    kinds = gates[rows[:, 0]]
    intrinsic_ps, input_ff = kinds["intrinsic_ps"].copy(), kinds["input_ff"].copy()
    resistance, per_size = kinds["ps_per_ff"].copy(), kinds["um2_per_size"].copy()
    largest, fixed_um2 = kinds["largest"].copy(), kinds["fixed_um2"].sum()
    sizes = np.ones(count)
    load, weights = np.empty(wires + 1), np.empty((count, 3))
    arrival_ps, share = np.zeros(wires + 1), np.empty(wires + 1)
    # What a fF costs each wire.
    slope = np.full(wires + 1, driver_ps_per_ff)
    unit = price = (fixed_um2 + per_size.sum()) / target_ps
    step = 0
    while True:
        load[:wires] = load_ff
        for number in range(count):
            slope[out[number]] = resistance[number] / sizes[number]
            for k in range(3):
                load[pins[number, k]] += input_ff[number, k] * sizes[number]
        for k in range(len(start_ps)):
            arrival_ps[2 * k] = start_ps[k] + driver_ps_per_ff * load[2 * k]
        arrival_ps[wires] = -np.inf
        for number in range(count):
            latest = -np.inf
            for k in range(3):
                weights[number, k] = arrival_ps[pins[number, k]] + intrinsic_ps[number, k]
                latest = max(latest, weights[number, k])
            wire = out[number]
            arrival_ps[wire] = latest + slope[wire] * load[wire]
            # The fourth power falls like an exponential, and costs a tenth of one.
            total = 0.0
            for k in range(3):
                late = 1 + (latest - weights[number, k]) * (per_ps / 4)
                weight = 1 / (late * late)
                weights[number, k] = weight * weight
                total += weight * weight
            scale = 1 / total
            for k in range(3):
                weights[number, k] *= scale
        late_ps = (arrival_ps[ends] - required_ps).max()
        if step == _STEPS:
            return late_ps, fixed_um2 + (per_size * sizes).sum()
        step += 1
        change = max(late_ps / target_ps, 0.0) ** _URGENCY
        price *= min(max(change, 0.5), 2.0)
        price = min(max(price, _PRICES[0] * unit), _PRICES[1] * unit)
        share[:] = 0
        for k in range(len(ends)):
            late = arrival_ps[ends[k]] - required_ps[k] - late_ps
            share[ends[k]] += np.exp(late * per_ps)
        share /= share.sum()
        for number in range(count - 1, -1, -1):
            own = share[out[number]]
            if own > 0:
                for k in range(3):
                    share[pins[number, k]] += own * weights[number, k]
        for number in range(count):
            wire = out[number]
            upstream = 0.0
            for k in range(3):
                pin = pins[number, k]
                upstream += share[pin] * slope[pin] * input_ff[number, k]
            worth = price * share[wire] * resistance[number] * load[wire]
            best = np.sqrt(worth / max(per_size[number] + price * upstream, _LEAST))
            sizes[number] = np.sqrt(sizes[number] * min(max(best, 1.0), largest[number]))
