"""Chooses among the matches of a netlist for required times: outputs to inputs."""

import numpy as np

from synthesis.compiled import compiled

_WAIT = np.dtype([("reader", "i8"), ("phase", "i8"), ("required_ps", "f8"), ("before", "i8")])
"""A phase of an XOR that waits for a signal, and the one that waits for the same, or -1."""


@compiled
def cover(
    xors: np.ndarray,
    matches: np.ndarray,
    starts: np.ndarray,
    share_um2: np.ndarray,
    required_ps: np.ndarray,
    ways: np.ndarray,
    inverter_ps: float,
    inverter_um2: float,
) -> np.ndarray:
    """Chooses the matches of the least area that meet required times, or else the earliest.

    Args:
        xors: Whether each node is an XOR.
        matches: What :func:`synthesis.matches.find_matches` returns, as the next two.
        starts: Where each node's matches begin.
        share_um2: The least area behind each signal.
        required_ps: Required time of each signal, infinite where it is no output; those of all
            others that are needed are filled in.
        ways: Array of :data:`synthesis.way_table.WAY`.
        inverter_ps: Delay of an inverter.
        inverter_um2: Its area.

    Returns:
        For each phase of each node the index of its match; -1 where an inverter follows the other
        phase, or none is needed.
    """
    first = len(required_ps) // 2 - len(xors)
    plans = np.full((len(xors), 2), -1)
    # XORs take either phase of an input. Which, waits until all else that reads it is known.
    free = np.zeros(len(required_ps), np.bool_)
    waiting = np.empty(4 * len(xors), _WAIT)
    last = np.full(len(required_ps), -1)
    waits = 0

    for index in range(len(xors) - 1, -1, -1):
        own = 2 * (first + index)
        for signal in (own, own + 1):
            _settle(signal, last[signal], waiting, plans, matches, starts, ways, required_ps)
        times_ps = (required_ps[own], required_ps[own + 1])
        if min(times_ps) == np.inf:
            continue
        some = matches[starts[index] : starts[index + 1]]
        prices = share_um2, required_ps, free, inverter_um2
        # How late, area, inverters.
        least = (np.inf, np.inf, 2)
        for phase in range(2):
            inverted = times_ps[1 - phase] < np.inf
            limit_ps = min(times_ps[phase], times_ps[1 - phase] - inverter_ps)
            late_ps, area_um2, found = _best(some, ways, phase, limit_ps, *prices)
            rank = (late_ps, area_um2 + inverted * inverter_um2, int(inverted))
            if found >= 0 and rank < least:
                least = rank
                plans[index, phase] = starts[index] + found
                plans[index, 1 - phase] = -1
        if max(times_ps) < np.inf:
            late_ps, area_um2, found = _best(some, ways, 0, times_ps[0], *prices)
            later_ps, more_um2, other = _best(some, ways, 1, times_ps[1], *prices)
            if (max(late_ps, later_ps), area_um2 + more_um2, 0) < least:
                plans[index] = starts[index] + found, starts[index] + other
        for phase in range(2):
            if plans[index, phase] < 0:
                continue
            time_ps = times_ps[phase]
            if plans[index, 1 - phase] < 0:
                time_ps = min(time_ps, times_ps[1 - phase] - inverter_ps)
            match = matches[plans[index, phase]]
            way = ways[match["way"]]
            either = xors[index] and way["inputs"] == 2
            for k in range(way["inputs"]):
                signal = match["signals"][k]
                if either and signal >= 2 * first and required_ps[signal] == np.inf:
                    waiting[waits]["reader"] = index
                    waiting[waits]["phase"] = phase
                    waiting[waits]["required_ps"] = time_ps
                    waiting[waits]["before"] = last[signal]
                    last[signal] = waits
                    waits += 1
                    free[signal] = free[signal ^ 1] = True
                else:
                    limit_ps = time_ps - way["delays_ps"][k]
                    required_ps[signal] = min(limit_ps, required_ps[signal])
    return plans


@compiled
def _settle(
    signal: int,
    wait: int,
    waiting: np.ndarray,
    plans: np.ndarray,
    matches: np.ndarray,
    starts: np.ndarray,
    ways: np.ndarray,
    required_ps: np.ndarray,
) -> None:
    """Turns waiting XORs to the phase that others need, where nothing else needs this one."""
    turn = required_ps[signal] == np.inf and required_ps[signal ^ 1] < np.inf
    while wait >= 0:
        reader, phase = waiting[wait]["reader"], waiting[wait]["phase"]
        time_ps = waiting[wait]["required_ps"]
        if turn:
            some = matches[starts[reader] : starts[reader + 1]]
            picked = plans[reader, phase] - starts[reader]
            turned = _turned(some, ways, phase, picked, signal, time_ps)
            plans[reader, phase] = starts[reader] + turned
        match = matches[plans[reader, phase]]
        for k in range(2):
            other = match["signals"][k]
            if other // 2 == signal // 2:
                limit_ps = time_ps - ways[match["way"]]["delays_ps"][k]
                required_ps[other] = min(limit_ps, required_ps[other])
        wait = waiting[wait]["before"]


@compiled
def _turned(
    some: np.ndarray, ways: np.ndarray, phase: int, picked: int, signal: int, time_ps: float
) -> int:
    """The earliest match in time that reads the other phase of a signal, or else the same match."""
    one, two = some[picked]["signals"][:2]
    one ^= one == signal
    two ^= two == signal
    limit_ps = max(time_ps, some[picked]["arrival_ps"])
    found = picked
    earliest_ps = np.inf
    for index in range(len(some)):
        match = some[index]
        way = ways[match["way"]]
        arrival_ps = match["arrival_ps"]
        if way["phase"] != phase or way["inputs"] != 2 or arrival_ps > limit_ps:
            continue
        x, y = match["signals"][:2]
        same = (x == one and y == two) or (x == two and y == one)
        if same and arrival_ps < earliest_ps:
            earliest_ps, found = arrival_ps, index
    return found


@compiled
def _best(
    some: np.ndarray,
    ways: np.ndarray,
    phase: int,
    limit_ps: float,
    share_um2: np.ndarray,
    required_ps: np.ndarray,
    free: np.ndarray,
    inverter_um2: float,
) -> tuple[float, float, int]:
    """How late, its cost, and the cheapest match in time, or else the earliest; -1 if none."""
    late_ps = 0.0
    while True:
        least_um2 = at_ps = earliest_ps = np.inf
        found = -1
        for index in range(len(some)):
            match = some[index]
            way = ways[match["way"]]
            arrival_ps = match["arrival_ps"]
            if way["phase"] != phase:
                continue
            if arrival_ps > limit_ps:
                earliest_ps = min(earliest_ps, arrival_ps)
                continue
            cost_um2 = way["area_um2"]
            for k in range(way["inputs"]):
                signal = match["signals"][k]
                if required_ps[signal] == np.inf and not free[signal]:
                    inverted = required_ps[signal ^ 1] < np.inf
                    cost_um2 += inverter_um2 if inverted else share_um2[signal]
            if cost_um2 < least_um2 or (cost_um2 == least_um2 and arrival_ps < at_ps):
                least_um2, at_ps, found = cost_um2, arrival_ps, index
        if found >= 0 or earliest_ps == np.inf:
            return late_ps, least_um2, found
        late_ps = earliest_ps - limit_ps
        limit_ps = earliest_ps
