"""Chooses gates and phases for a netlist by timing, as designers of adders do by hand.

A carry of true inputs is an AOI21 and comes out complemented, of complemented inputs an OAI21 and
comes out true; AND and OR likewise are NAND2 or NOR2. Two NAND2 make a carry without a change of
phase, a NAND3 or a few more gates let a late signal skip a level, AND2 or OR2 save an inverter. A
half sum shares the NAND2 of its bit and may be the propagate too (:mod:`synthesis.propagates`).
Which of these (:mod:`synthesis.ways`) each net gets, in which phase or in both, is decided as
technology mappers do: first, inputs to outputs, the earliest arrival of each phase of each net;
then, outputs to inputs, the least area that meets the required times.

References:
    Zimmermann, "Binary Adder Architectures for Cell-Based VLSI and their Synthesis", ETH Zürich,
    1997, section 5; Chaudhary and Pedram, "A near optimal algorithm for technology mapping
    minimizing area under delay constraints", DAC 1992; Roy et al., "PrefixRL", DAC 2021.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from operator import add, gt, itemgetter

from synthesis.mapped import Instance, MappedNetlist
from synthesis.netlist import Netlist, Node, Op
from synthesis.propagates import propagates
from synthesis.timing import IOTiming
from synthesis.ways import ALIASES, TimedCell, Way, Ways

_NEVER_PS = 1e9
_PHASES = (0, 1)

_Nets = tuple[int, ...]
"""Nets by their true signals. A signal is twice a net's number, plus 1 if complemented."""

_Candidate = tuple[float, tuple[int, ...], Way]
"""Arrival time of the output, input signals, way."""

_Both = tuple[list[_Candidate], list[_Candidate]]
_Plan = list[_Candidate | None]
"""A candidate for each phase of a node; None is an inverter after the other, or not needed."""


class _Backward:
    """The walk from the outputs back: what is required of each signal, and what is chosen.

    Attributes:
        required_ps: Required time of each signal; infinite where nothing needs it.
        plans: What is chosen for each net, by its number.
    """

    def __init__(self, inverter: TimedCell, share_um2: list[float]):
        self.required_ps = [math.inf] * len(share_um2)
        self.plans: dict[int, _Plan] = {}
        self._inverter_um2 = inverter.area_um2
        self._inverter_ps = inverter.delays_ps[0]
        self._share_um2 = share_um2
        # XORs take either phase of an input. Which, waits until all else that reads it is known:
        # by signal, the XOR's number, phase, required time and candidates.
        self._waiting: dict[int, list[tuple[int, int, float, list[_Candidate]]]] = {}
        self._free = [False] * len(share_um2)

    def visit(self, own: int, both: _Both, either_from: int) -> None:
        """Chooses for a net all of whose readers have been visited.

        Args:
            own: Its number.
            both: Its candidates.
            either_from: For an XOR, the first signal of which either phase may do; else 0.
        """
        required_ps, inverter_ps = self.required_ps, self._inverter_ps
        if self._free[2 * own]:
            self._settle(2 * own)
            self._settle(2 * own + 1)
        times = required_ps[2 * own : 2 * own + 2]
        if times[0] == times[1] == math.inf:
            return
        # How late, area, inverters, plan.
        plans: list[tuple[float, float, bool, _Plan]] = []
        for phase in _PHASES:
            if both[phase]:
                inverted = times[1 - phase] < math.inf
                limit_ps = min(times[phase], times[1 - phase] - inverter_ps)
                late_ps, cost_um2, candidate = self._best(both[phase], limit_ps)
                plan: _Plan = [None, None]
                plan[phase] = candidate
                plans.append((late_ps, cost_um2 + inverted * self._inverter_um2, inverted, plan))
        if max(times) < math.inf:
            late, costs, ends = zip(*map(self._best, both, times), strict=True)
            plans.append((max(late), sum(costs), False, list(ends)))
        plan = self.plans[own] = min(plans, key=itemgetter(0, 1, 2))[3]
        for phase in _PHASES:
            if picked := plan[phase]:
                time_ps = times[phase]
                if not plan[1 - phase]:
                    time_ps = min(time_ps, times[1 - phase] - inverter_ps)
                _, signals, way = picked
                wait = either_from and len(signals) == 2
                for signal, delay_ps in zip(signals, way.delays_ps, strict=True):
                    if wait and signal >= either_from and required_ps[signal] == math.inf:
                        asked = own, phase, time_ps, both[phase]
                        self._waiting.setdefault(signal, []).append(asked)
                        self._free[signal] = self._free[signal ^ 1] = True
                    elif time_ps - delay_ps < required_ps[signal]:
                        required_ps[signal] = time_ps - delay_ps

    def _best(self, some: list[_Candidate], limit_ps: float) -> tuple[float, float, _Candidate]:
        """How late, its cost, and the cheapest in time, or else the earliest candidate."""
        required_ps, free, share_um2 = self.required_ps, self._free, self._share_um2
        inverter_um2 = self._inverter_um2
        never = math.inf
        least_um2 = at_ps = earliest_ps = never
        found = None
        for candidate in some:
            arrival_ps, signals, way = candidate
            if arrival_ps > limit_ps:
                if arrival_ps < earliest_ps:
                    earliest_ps = arrival_ps
                continue
            cost_um2 = way[2]
            for signal in signals:
                if required_ps[signal] == never and not free[signal]:
                    inverted = required_ps[signal ^ 1] < never
                    cost_um2 += inverter_um2 if inverted else share_um2[signal]
            if cost_um2 < least_um2 or (cost_um2 == least_um2 and arrival_ps < at_ps):
                least_um2, at_ps, found = cost_um2, arrival_ps, candidate
        if found:
            return 0.0, least_um2, found
        return earliest_ps - limit_ps, *self._best(some, earliest_ps)[1:]

    def _settle(self, signal: int) -> None:
        """Turns waiting XORs to the phase that others need, where nothing else needs this one."""
        turn = self.required_ps[signal] == math.inf > self.required_ps[signal ^ 1]
        for own, phase, time_ps, some in self._waiting.pop(signal, ()):
            picked = self.plans[own][phase]
            assert picked
            if turn:
                wanted = {signal ^ 1, *picked[1]} - {signal}
                limit_ps = max(time_ps, picked[0])
                turned = [c for c in some if c[0] <= limit_ps and wanted == set(c[1])]
                if turned:
                    picked = self.plans[own][phase] = min(turned, key=itemgetter(0))
            _, signals, way = picked
            for other, delay_ps in zip(signals, way.delays_ps, strict=True):
                if other in (signal, signal ^ 1):
                    limit_ps = min(time_ps - delay_ps, self.required_ps[other])
                    self.required_ps[other] = limit_ps


class GateChooser:
    """Earliest arrivals of a netlist's signals, from which gates are chosen for any target.

    Args:
        netlist: What to build.
        ways: What to build it of.
        timing: Arrival and required times; all 0 if None.
    """

    def __init__(self, netlist: Netlist, ways: Ways, timing: IOTiming | None = None):
        timing = timing or IOTiming()
        self._netlist = netlist
        self._ways = ways
        self._nodes = _in_order(netlist)
        nets = [pin.name for pin in netlist.inputs] + [node.name for node in self._nodes]
        self._number = {net: number for number, net in enumerate(nets)}
        self._arrival_ps: list[float] = []
        self._share_um2: list[float] = []
        """Least area behind each signal, every net's shared equally among its readers."""
        self._nands = {node.inputs: node.name for node in self._nodes if node.op is Op.AND}
        fanout = dict.fromkeys(nets, 0)
        for node in self._nodes:
            shared = [self._nands[node.inputs]] if self._halves(node) else []
            for net in (*node.inputs, *shared):
                fanout[net] += 1
        self._propagates = propagates(netlist)
        for half_sum in self._propagates.values():
            fanout[half_sum] = fanout[half_sum] or 1
        for pin in netlist.inputs:
            arrival_ps = 1000 * timing.arrival(pin.name)
            self._arrival_ps += (arrival_ps, arrival_ps + ways.inverter.delays_ps[0])
            self._share_um2 += (0.0, ways.inverter.area_um2 / max(1, fanout[pin.name]))
        self._required_ps: dict[int, float] = {}
        for output in netlist.outputs:
            signal = 2 * self._number[output.net]
            required_ps = 1000 * timing.required(output.name)
            self._required_ps[signal] = min(required_ps, self._required_ps.get(signal, math.inf))
        self._candidates = self._forward(list(fanout.values()))

    def _halves(self, node: Node) -> bool:
        """Whether a node is an XOR beside an AND of the same inputs."""
        return node.op is Op.XOR and node.inputs in self._nands

    def _forward(self, fanout: list[int]) -> list[_Both]:
        """The candidates for each phase of each node; fills arrivals and shares of area."""
        number, arrival, share, ways = self._number, self._arrival_ps, self._share_um2, self._ways
        inverter_ps, inverter_um2 = ways.inverter.delays_ps[0], ways.inverter.area_um2
        first = 2 * len(self._netlist.inputs)
        drivers: dict[int, _Nets] = {}
        # Only what the circuit drives itself is of use to an XOR in both phases.
        xors = {
            inner: [
                way for way in ways.xors if not any(map(gt, (way.phase, *way.input_phases), inner))
            ]
            for inner in product((False, True), repeat=3)
        }
        found = []

        for own, node in enumerate(self._nodes, first // 2):
            both: _Both = ([], [])
            nets = tuple([2 * number[net] for net in node.inputs])
            a, b = nets[:2]
            trials: list[tuple[Way, _Nets]] = []
            if node.op is Op.XOR:
                some = xors[fanout[own] > 0, a >= first, b >= first]
                if fanout[own] and self._halves(node):
                    nand = 2 * number[self._nands[node.inputs]]
                    trials.append((ways.half_sum, (a, b, nand)))
            else:
                some = ways.simple[node.op]
                trials += self._joint(node.op, nets, drivers)
                if node.name in self._propagates:
                    trials += [(way, (2 * number[self._propagates[node.name]],)) for way in ALIASES]
            earliest, cheapest = [math.inf, math.inf], [math.inf, math.inf]
            for way in some:
                # The later of two symmetric inputs takes the faster pin.
                phase, phases, area_um2, delays_ps, _ = way
                x, y = a + phases[0], b + phases[1]
                if arrival[x] < arrival[y]:
                    x, y = y, x
                time = arrival[x] + delays_ps[0]
                other = arrival[y] + delays_ps[1]
                if other > time:
                    time = other
                area_um2 += share[x] + share[y]
                signals: tuple[int, ...] = (x, y)
                if len(phases) == 3:
                    z = nets[2] + phases[2]
                    other = arrival[z] + delays_ps[2]
                    if other > time:
                        time = other
                    area_um2 += share[z]
                    signals = (x, y, z)
                both[phase].append((time, signals, way))
                if time < earliest[phase]:
                    earliest[phase] = time
                if area_um2 < cheapest[phase]:
                    cheapest[phase] = area_um2
            for way, sources in trials:
                phase, phases, area_um2, delays_ps, _ = way
                signals = tuple(map(add, sources, phases))
                time = max(map(add, [arrival[signal] for signal in signals], delays_ps))
                both[phase].append((time, signals, way))
                earliest[phase] = min(earliest[phase], time)
                area_um2 += sum([share[signal] for signal in signals])
                cheapest[phase] = min(cheapest[phase], area_um2)
            if node.op in (Op.AND, Op.AO21):
                drivers[2 * own] = nets
            uses = fanout[own] or 1
            for phase in _PHASES:
                arrival.append(min(earliest[phase], earliest[1 - phase] + inverter_ps))
                share.append(min(cheapest[phase], cheapest[1 - phase] + inverter_um2) / uses)
            found.append(both)
        return found

    def _joint(self, op: Op, nets: _Nets, drivers: Mapping[int, _Nets]) -> list[tuple[Way, _Nets]]:
        """Ways to build a node together with the driver of its latest input, if that is late."""
        arrival, ways = self._arrival_ps, self._ways
        a, b, *others = nets
        early, late = (a, b) if arrival[a] <= arrival[b] else (b, a)
        driver = drivers.get(late)
        if not driver or op is Op.OR:
            return []
        if arrival[late] <= max([arrival[net] for net in (early, *others)]):
            return []
        if len(driver) == 3:
            skips = ways.skip_carry if op is Op.AO21 else []
            return [(way, (early, *driver, *others)) for way in skips]
        one, two = driver if arrival[driver[0]] <= arrival[driver[1]] else driver[::-1]
        wide, skip = (
            (ways.wide_and, ways.skip_and)
            if op is Op.AND
            else (ways.wide_carry, ways.skip_propagate)
        )
        return [
            *[(way, (two, early, one, *others)) for way in wide],
            *[(way, (one, early, two, *others)) for way in skip],
        ]

    def choose(self, target_ns: float = math.inf) -> MappedNetlist:
        """The gates of the least area found that meets a target, or else of the least delay.

        Args:
            target_ns: When outputs must be there; infinity asks for the least area.
        """
        goal_ps = min(1000 * target_ns, _NEVER_PS)
        backward = _Backward(self._ways.inverter, self._share_um2)
        for signal, offset_ps in self._required_ps.items():
            backward.required_ps[signal] = goal_ps + offset_ps
        first = len(self._netlist.inputs)
        for own in range(first + len(self._nodes) - 1, first - 1, -1):
            either = self._nodes[own - first].op is Op.XOR
            backward.visit(own, self._candidates[own - first], either_from=2 * first * either)
        return self._mapped(backward.plans, [t < math.inf for t in backward.required_ps])

    def _mapped(self, plans: dict[int, _Plan], needed: list[bool]) -> MappedNetlist:
        netlist, inverter = self._netlist, self._ways.inverter
        first = len(netlist.inputs)
        names = [name for net in self._number for name in (net, f"{net}_not")]
        instances: list[Instance] = []

        def place(cell: TimedCell, nets: list[str], column: int) -> None:
            instances.append(Instance(cell.name, tuple(zip(cell.pins, nets, strict=True)), column))

        # The first output of a node names its net; every other output has a buffer.
        copied = []
        named = set(range(first))
        for output in netlist.outputs:
            number = self._number[output.net]
            if number in named:
                copied.append((output, number))
            else:
                named.add(number)
                names[2 * number] = output.name
        for number, pin in enumerate(netlist.inputs):
            if needed[2 * number + 1]:
                place(inverter, names[2 * number : 2 * number + 2], pin.column)
        for own, plan in reversed(plans.items()):
            column = self._nodes[own - first].column
            for phase in _PHASES:
                if candidate := plan[phase]:
                    _, signals, way = candidate
                    out = names[2 * own + phase]
                    if not way.steps:
                        names[2 * own + phase] = names[signals[0]]
                    made: list[str] = []
                    for cell, sources in way.steps:
                        last = len(made) + 1 == len(way.steps)
                        made.append(out if last else f"{out}_inner{len(made)}")
                        nets = [names[signals[s]] if s >= 0 else made[~s] for s in sources]
                        place(cell, [*nets, made[-1]], column)
            for phase in _PHASES:
                if needed[2 * own + phase] and not plan[phase]:
                    pair = [names[2 * own + 1 - phase], names[2 * own + phase]]
                    place(inverter, pair, column)
        for output, number in copied:
            place(self._ways.buffer, [names[2 * number], output.name], output.column)
        return MappedNetlist(
            netlist.name,
            tuple([pin.name for pin in netlist.inputs]),
            tuple([output.name for output in netlist.outputs]),
            tuple(instances),
        )


def choose_gates(
    netlist: Netlist, ways: Ways, timing: IOTiming, targets_ns: Sequence[float]
) -> list[MappedNetlist]:
    """The gates that :class:`GateChooser` chooses for each target."""
    chooser = GateChooser(netlist, ways, timing)
    return [chooser.choose(target_ns) for target_ns in targets_ns]


_RANK = {Op.AND: 0, Op.AO21: 0, Op.XOR: 1, Op.OR: 2}


def _in_order(netlist: Netlist) -> list[Node]:
    """Nodes by level; half sums after the ANDs they share, ORs after the half sums they may be."""
    levels = dict.fromkeys([pin.name for pin in netlist.inputs], 0)
    keys = []
    for node in netlist.nodes:
        level = levels[node.name] = 1 + max([levels[net] for net in node.inputs])
        keys.append(4 * level + _RANK[node.op])
    return [netlist.nodes[index] for index in sorted(range(len(keys)), key=keys.__getitem__)]
