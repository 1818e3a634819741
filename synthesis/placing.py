"""Lists the cells of the matches chosen for a netlist."""

import numpy as np

from synthesis.compiled import compiled

_INVERTER = 0


@compiled
def place(
    plans: np.ndarray,
    matches: np.ndarray,
    required_ps: np.ndarray,
    ways: np.ndarray,
    cell_inputs: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lists cells, every driver before what it drives.

    A wire is a signal, or what a match has inside.

    Args:
        plans: As :func:`synthesis.cover.cover` returns them.
        matches: What they are of.
        required_ps: Required time of each signal, as left there; infinite if not needed.
        ways: Array of :data:`synthesis.way_table.WAY`.
        cell_inputs: Number of inputs of each cell.

    Returns:
        For each cell its number, the net it stands beside, the wires of its inputs, then of its
        output; for each inner wire (they follow the signals) the output it leads to and its step;
        and the wire of each signal.
    """
    signals = len(required_ps)
    first = signals // 2 - len(plans)
    rows = np.zeros((first + 6 * len(plans), 6), np.int64)
    inner = np.zeros((4 * len(plans), 2), np.int64)
    wires = np.arange(signals)
    count = inner_count = 0
    for net in range(first):
        if required_ps[2 * net + 1] < np.inf:
            rows[count, :4] = _INVERTER, net, 2 * net, 2 * net + 1
            count += 1
    for index in range(len(plans)):
        net = first + index
        for phase in range(2):
            if plans[index, phase] < 0:
                continue
            match = matches[plans[index, phase]]
            way = ways[match["way"]]
            if way["steps"] == 0:
                wires[2 * net + phase] = wires[match["signals"][0]]
            for step in range(way["steps"]):
                cell = way["cells"][step]
                rows[count, 0], rows[count, 1] = cell, net
                for k in range(cell_inputs[cell]):
                    source = way["sources"][step, k]
                    if source >= 0:
                        wire = wires[match["signals"][source]]
                    else:
                        # The steps before are the last inner wires.
                        wire = signals + inner_count - step + ~source
                    rows[count, 2 + k] = wire
                out = 2 * net + phase
                if step + 1 < way["steps"]:
                    inner[inner_count] = out, step
                    out = signals + inner_count
                    inner_count += 1
                rows[count, 2 + cell_inputs[cell]] = out
                count += 1
        for phase in range(2):
            signal = 2 * net + phase
            if required_ps[signal] < np.inf and plans[index, phase] < 0:
                rows[count, 0], rows[count, 1] = _INVERTER, net
                rows[count, 2], rows[count, 3] = wires[signal ^ 1], wires[signal]
                count += 1
    return rows[:count], inner[:inner_count], wires
