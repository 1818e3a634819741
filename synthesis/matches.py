"""Every way to build each node of a netlist, with its arrival time: inputs to outputs."""

import numpy as np

from synthesis.compiled import compiled

(
    AND,
    OR,
    XOR,
    AO21,
    HALF_SUM,
    WIDE_AND,
    SKIP_AND,
    WIDE_CARRY,
    SKIP_PROPAGATE,
    SKIP_CARRY,
    ALIAS,
) = range(11)
"""Groups of ways; the first four are the operations, in the order of
:class:`~synthesis.netlist.Op`. See :class:`~synthesis.ways.Ways` for the others."""

MATCH = np.dtype([("way", "i8"), ("arrival_ps", "f8"), ("signals", "i8", 5)])
"""A way, the arrival time of its output, and the signals it reads: twice a net's number, plus 1
if complemented."""


@compiled
def find_matches(
    nodes: np.ndarray,
    fanout: np.ndarray,
    input_ps: np.ndarray,
    ways: np.ndarray,
    groups: np.ndarray,
    inverter_ps: float,
    inverter_um2: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds the matches of each node.

    Args:
        nodes: Array of :data:`synthesis.numbered.NODE`.
        fanout: Readers of each net.
        input_ps: Arrival time of each input.
        ways: Array of :data:`synthesis.way_table.WAY`.
        groups: Where each group of ways begins.
        inverter_ps: Delay of an inverter.
        inverter_um2: Its area.

    Returns:
        Array of :data:`MATCH`, node by node; where each node's begin, and where the last end; and
        the least area behind each signal, every net's shared equally among its readers, um2.
    """
    first = len(input_ps)
    arrival_ps = np.zeros(2 * len(fanout))
    share_um2 = np.zeros(2 * len(fanout))
    for net in range(first):
        arrival_ps[2 * net] = input_ps[net]
        arrival_ps[2 * net + 1] = input_ps[net] + inverter_ps
        share_um2[2 * net + 1] = inverter_um2 / max(1, fanout[net])
    matches = np.empty(len(nodes) * len(ways), MATCH)
    starts = np.zeros(len(nodes) + 1, np.int64)
    earliest_ps = np.empty(2)
    least_um2 = np.empty(2)
    trials = np.empty(3, np.int64)
    sources = np.empty((3, 5), np.int64)
    signals = np.empty(5, np.int64)
    found = 0

    for index in range(len(nodes)):
        node = nodes[index]
        own = first + index
        op = node["op"]
        earliest_ps[:] = np.inf
        least_um2[:] = np.inf
        for w in range(groups[op], groups[op + 1]):
            way = ways[w]
            for k in range(way["inputs"]):
                signals[k] = 2 * node["nets"][k] + way["input_phases"][k]
            # Only what the circuit drives itself is of use to an XOR in both phases.
            if op == XOR and (
                way["phase"] > (fanout[own] > 0)
                or way["input_phases"][0] > (signals[0] >= 2 * first)
                or way["input_phases"][1] > (signals[1] >= 2 * first)
            ):
                continue
            # The later of two symmetric inputs takes the faster pin.
            if arrival_ps[signals[0]] < arrival_ps[signals[1]]:
                signals[0], signals[1] = signals[1], signals[0]
            area_um2 = way["area_um2"] + (share_um2[signals[0]] + share_um2[signals[1]])
            if way["inputs"] == 3:
                area_um2 += share_um2[signals[2]]
            phase = way["phase"]
            time_ps = _record(matches[found], w, way, signals, arrival_ps)
            found += 1
            earliest_ps[phase] = min(earliest_ps[phase], time_ps)
            least_um2[phase] = min(least_um2[phase], area_um2)
        count = _joint(nodes, index, first, arrival_ps, trials, sources)
        if op == XOR and node["nand"] >= 0 and fanout[own] > 0:
            trials[count] = HALF_SUM
            sources[count, :2] = 2 * node["nets"][:2]
            sources[count, 2] = 2 * node["nand"]
            count += 1
        if node["half_sum"] >= 0:
            trials[count] = ALIAS
            sources[count, 0] = 2 * node["half_sum"]
            count += 1
        for trial in range(count):
            for w in range(groups[trials[trial]], groups[trials[trial] + 1]):
                way = ways[w]
                shared_um2 = 0.0
                for k in range(way["inputs"]):
                    signals[k] = sources[trial, k] + way["input_phases"][k]
                    shared_um2 += share_um2[signals[k]]
                phase = way["phase"]
                time_ps = _record(matches[found], w, way, signals, arrival_ps)
                found += 1
                earliest_ps[phase] = min(earliest_ps[phase], time_ps)
                least_um2[phase] = min(least_um2[phase], way["area_um2"] + shared_um2)
        starts[index + 1] = found
        for phase in range(2):
            signal = 2 * own + phase
            arrival_ps[signal] = min(earliest_ps[phase], earliest_ps[1 - phase] + inverter_ps)
            least = min(least_um2[phase], least_um2[1 - phase] + inverter_um2)
            share_um2[signal] = least / max(1, fanout[own])
    return matches[:found].copy(), starts, share_um2


@compiled
def _record(
    match: np.void, w: int, way: np.void, signals: np.ndarray, arrival_ps: np.ndarray
) -> float:
    """Fills in a match; its arrival time."""
    time_ps = -np.inf
    for k in range(way["inputs"]):
        match["signals"][k] = signals[k]
        time_ps = max(time_ps, arrival_ps[signals[k]] + way["delays_ps"][k])
    match["way"] = w
    match["arrival_ps"] = time_ps
    return time_ps


@compiled
def _joint(
    nodes: np.ndarray,
    index: int,
    first: int,
    arrival_ps: np.ndarray,
    trials: np.ndarray,
    sources: np.ndarray,
) -> int:
    """How many groups build a node together with the driver of its latest input, if that is late.

    Fills in the groups and the true signals they read.
    """
    node = nodes[index]
    op = node["op"]
    if op != AND and op != AO21:
        return 0
    early, late, third = 2 * node["nets"]
    if arrival_ps[early] > arrival_ps[late]:
        early, late = late, early
    number = late // 2 - first
    if number < 0:
        return 0
    driver = nodes[number]
    if driver["op"] != AND and driver["op"] != AO21:
        return 0
    others_ps = arrival_ps[early]
    if op == AO21:
        others_ps = max(others_ps, arrival_ps[third])
    if arrival_ps[late] <= others_ps:
        return 0
    one, two, three = 2 * driver["nets"]
    if driver["op"] == AO21:
        if op == AND:
            return 0
        trials[0] = SKIP_CARRY
        sources[0] = np.array((early, one, two, three, third))
        return 1
    if arrival_ps[one] > arrival_ps[two]:
        one, two = two, one
    trials[0] = WIDE_AND if op == AND else WIDE_CARRY
    trials[1] = SKIP_AND if op == AND else SKIP_PROPAGATE
    sources[0, :4] = np.array((two, early, one, third))
    sources[1, :4] = np.array((one, early, two, third))
    return 2
