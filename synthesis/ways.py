"""Ways to build the nodes of a netlist out of a library's cells, each with its area and delays."""

from collections.abc import Mapping
from typing import NamedTuple

from synthesis.errors import UserError
from synthesis.gates import Gate
from synthesis.library import Library
from synthesis.netlist import Op


class TimedCell(NamedTuple):
    """A cell; of symmetric inputs the fastest stands first.

    Attributes:
        name: Its name in the library.
        area_um2: Its area.
        delays_ps: From each input to the output, at the same gain for every cell.
        pins: The inputs, then the output.
    """

    name: str
    area_um2: float
    delays_ps: tuple[float, ...]
    pins: tuple[str, ...]


Step = tuple[TimedCell, tuple[int, ...]]
"""A cell and the sources of its inputs: ``k``, the way's input, or ``~k``, the output of step k."""


class Way(NamedTuple):
    """One way to build one phase of a node.

    Attributes:
        phase: Phase of the output; 1 is complemented.
        input_phases: Phase of each input.
        area_um2: Area of the cells.
        delays_ps: From each input, along its longest path.
        steps: The cells; the last drives the output. None: it is the only input by another name.
    """

    phase: int
    input_phases: tuple[int, ...]
    area_um2: float
    delays_ps: tuple[float, ...]
    steps: tuple[Step, ...]


_SINGLE = {
    Op.AND: ((Gate.NAND2, 1, 0), (Gate.NOR2, 0, 1), (Gate.AND2, 0, 0), (Gate.OR2, 1, 1)),
    Op.OR: ((Gate.NOR2, 1, 0), (Gate.NAND2, 0, 1), (Gate.OR2, 0, 0), (Gate.AND2, 1, 1)),
    Op.AO21: ((Gate.AOI21, 1, 0), (Gate.OAI21, 0, 1), (Gate.AO21, 0, 0), (Gate.OA21, 1, 1)),
}
"""Cells of an operation: gate, phase of its output, phase of its inputs."""

_ALL_SYMMETRIC = (Gate.NAND3, Gate.NOR3)


class Ways:
    """The ways of a library.

    A node may also be built together with the one that drives its latest input; the inputs are
    then those of both, the latest third: ``wide`` in one gate, ``skip`` so that the latest passes
    one gate only.

    Args:
        library: The cells.
        delays_ps: Delay of each input pin by cell; of cells of one function one must be there.

    Attributes:
        inverter: Its smallest inverter.
        buffer: Its smallest buffer.
        simple: Ways of AND, OR and AO21.
        xors: XOR, with inputs in any phase.
        half_sum: XNOR of i0 and i1 beside i2, their NAND.
        wide_and: ``i0 & i1 & i2``.
        skip_and: The same, ``i2`` the latest.
        wide_carry: ``i0 & i1 & i2 | i3``.
        skip_propagate: The same, ``i2`` the latest.
        skip_carry: ``i0 & (i1 & i2 | i3) | i4``, ``i2`` the latest.

    Raises:
        UserError: The library lacks a gate this needs, or a delay of one.
    """

    def __init__(self, library: Library, delays_ps: Mapping[str, Mapping[str, float]]):
        library.require_adder_gates()
        cells = {gate: _cell(library, gate, delays_ps) for gate in Gate if library.cells_of(gate)}
        nand, nor = cells[Gate.NAND2], cells[Gate.NOR2]
        aoi, oai = cells[Gate.AOI21], cells[Gate.OAI21]
        self.inverter = cells[Gate.INV]
        self.buffer = cells[Gate.BUF]
        self.simple = {
            op: [_single(cells[gate], phase, other) for gate, phase, other in some if gate in cells]
            for op, some in _SINGLE.items()
        }
        self.simple[Op.AO21] += [
            _way(0, (0, 0, 1), (nand, (0, 1)), (nand, (~0, 2))),
            _way(1, (1, 1, 0), (nor, (0, 1)), (nor, (~0, 2))),
        ]
        xor = [_single(cells[Gate.XOR2], 0, 0)]
        xnor = [
            _single(cells[Gate.XNOR2], 1, 0),
            _way(1, (0, 0), (nand, (0, 1)), (oai, (0, 1, ~0))),
        ]
        self.xors = [
            way._replace(phase=way.phase ^ one ^ other, input_phases=(one, other))
            for one in (0, 1)
            for other in (0, 1)
            for way in (*xor, *xnor)
        ]
        self.half_sum = _way(1, (0, 0, 1), (oai, (0, 1, 2)))
        self.wide_and: list[Way] = []
        self.wide_carry: list[Way] = []
        for phase, two, wide in ((0, nand, Gate.NAND3), (1, nor, Gate.NOR3)):
            if wide in cells:
                three = cells[wide]
                self.wide_and.append(_single(three, 1 - phase, phase))
                phases = (phase, phase, phase, 1 - phase)
                self.wide_carry.append(_way(phase, phases, (three, (0, 1, 2)), (two, (~0, 3))))
        self.skip_and = [
            _way(1, (1, 1, 0), (nor, (0, 1)), (nand, (~0, 2))),
            _way(0, (0, 0, 1), (nand, (0, 1)), (nor, (~0, 2))),
        ]
        self.skip_propagate = [
            _way(1, (1, 1, 0, 0), (nor, (0, 1)), (aoi, (~0, 2, 3))),
            _way(0, (0, 0, 1, 1), (nand, (0, 1)), (oai, (~0, 2, 3))),
        ]
        self.skip_carry = [
            _way(1, (1, 1, 0, 1, 1), (nor, (0, 1)), (oai, (0, 3, 4)), (aoi, (~0, 2, ~1))),
            _way(0, (0, 0, 1, 0, 0), (nand, (0, 1)), (aoi, (0, 3, 4)), (oai, (~0, 2, ~1))),
        ]


ALIASES = tuple(Way(phase, (phase,), 0.0, (0.0,), ()) for phase in (0, 1))
"""The node is its only input, by another name."""


def _cell(library: Library, gate: Gate, delays_ps: Mapping[str, Mapping[str, float]]) -> TimedCell:
    smallest = library.smallest(gate)
    timed = next((cell for cell in library.cells_of(gate) if cell.name in delays_ps), None)
    if timed is None:
        raise UserError(f"library {library.name}: no delay of {gate.name}")
    own = delays_ps[timed.name]
    pins = list(zip([own[pin] for pin in timed.inputs], smallest.inputs, strict=True))
    symmetric = len(pins) if gate in _ALL_SYMMETRIC else 2
    pins[:symmetric] = sorted(pins[:symmetric])
    delays, names = zip(*pins, strict=True)
    return TimedCell(smallest.name, smallest.area_um2, delays, (*names, smallest.output))


def _single(cell: TimedCell, phase: int, input_phase: int) -> Way:
    inputs = tuple(range(len(cell.delays_ps)))
    return _way(phase, (input_phase,) * len(inputs), (cell, inputs))


def _way(phase: int, input_phases: tuple[int, ...], *steps: Step) -> Way:
    delays_ps = [0.0] * len(input_phases)
    to_output = [0.0] * len(steps)
    for number in reversed(range(len(steps))):
        cell, sources = steps[number]
        for delay, source in zip(cell.delays_ps, sources, strict=True):
            times, index = (delays_ps, source) if source >= 0 else (to_output, ~source)
            times[index] = max(times[index], to_output[number] + delay)
    area_um2 = sum(cell.area_um2 for cell, _ in steps)
    return Way(phase, input_phases, area_um2, tuple(delays_ps), steps)


def read_delays(genlib: str) -> dict[str, dict[str, float]]:
    """Delay of each pin by cell, ps, from what ABC's ``dump_genlib`` writes."""
    delays_ps: dict[str, dict[str, float]] = {}
    cell = ""
    for line in genlib.splitlines():
        match line.split():
            case ["GATE", cell, *_]:
                delays_ps[cell] = {}
            case ["PIN", pin, _, _, _, delay, *_]:
                delays_ps[cell][pin] = float(delay)
    return delays_ps
