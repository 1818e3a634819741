"""Delay, edges and area of static CMOS cells, modelled by logical effort in a 45 nm process.

A cell is a chain of inverting stages of one-finger transistors. Effort and parasitic delay of a
stage follow logical effort [1]: resistances and capacitances relative to the unit inverter,
Elmore's sum along the path through a stack. The unit of delay and the shape of edges follow the
alpha-power law [2]: a transistor driven by a ramp saturates and delivers the charge that the
output takes. For ramps that end before the output is half way this is the delay formula of the
paper; here the same integral also serves slower ramps.

* Gates 50 nm long, 50 + 140 nm apart: rules POLY.1 and POLY.2 of FreePDK45 [3]. Supply 1.1 V,
  threshold 0.4106 V, oxide 1.14 nm, channel 20 nm shorter than drawn, 0.11 + 0.2653 fF/um of
  overlap and fringe a side: its model card NMOS_VTG.
* Delay of an inverter with a fan-out of four 360 ps per um of gate length [4]; electrons twice as
  mobile as holes [5]; diffusion has the capacitance of the gate, so that the parasitic delay of an
  inverter is one unit [1].
* Velocity index 1.3 and drain saturation at half the supply, in the range of [2].
* Ten tracks of 0.14 um a row, transistors 0.42 and 0.63 um wide: this project's choice.

References:
    [1] Sutherland, Sproull, Harris, "Logical Effort: Designing Fast CMOS Circuits", 1999.
    [2] Sakurai, Newton, "Alpha-Power Law MOSFET Model and its Applications to CMOS Inverter Delay
        and Other Formulas", IEEE Journal of Solid-State Circuits 25(2), 1990.
    [3] North Carolina State University, FreePDK45, https://eda.ncsu.edu/freepdk/freepdk45/.
    [4] Ho, Mai, Horowitz, "The Future of Wires", Proceedings of the IEEE 89(4), 2001.
    [5] Weste, Harris, "CMOS VLSI Design", 4th edition, 2010.
"""

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

SUPPLY_V = 1.1
GATE_LENGTH_UM = 0.05
GATE_PITCH_UM = 0.05 + 0.14
ROW_HEIGHT_UM = 10 * 0.14
N_WIDTH_UM, P_WIDTH_UM = 0.42, 0.63
FO4_PS = 360 * GATE_LENGTH_UM
THRESHOLD = 0.4106 / SUPPLY_V
ALPHA = 1.3

_OXIDE_FF_PER_UM2 = 3.9 * 8.854 / 1.14
UNIT_INPUT_FF = (N_WIDTH_UM + P_WIDTH_UM) * (
    _OXIDE_FF_PER_UM2 * (GATE_LENGTH_UM - 0.02) + 2 * (0.11 + 0.2653)
)
"""Input capacitance of INV_X1, the unit of capacitance in the model."""

_N_SHARE = N_WIDTH_UM / (N_WIDTH_UM + P_WIDTH_UM)
_MEAN_RESISTANCE = (1 / N_WIDTH_UM + 2 / P_WIDTH_UM) / 2
_FALL_RESISTANCE = 1 / N_WIDTH_UM / _MEAN_RESISTANCE
_RISE_RESISTANCE = 2 / P_WIDTH_UM / _MEAN_RESISTANCE
_SATURATION = 0.5
_TAIL = 0.9 / 0.8 + _SATURATION / 0.8 * math.log(10 * _SATURATION / math.e)
"""How much longer an edge takes than full saturation current would need."""

Table = Float[np.ndarray, "slew load"]


@dataclass(frozen=True, slots=True)
class Stage:
    """An inverting stage.

    Attributes:
        net: What it drives.
        pulldown: The n-type network, ``&`` for series and ``|`` for parallel; the p-type is dual.
        size: Fingers of each transistor.
    """

    net: str
    pulldown: ast.expr
    size: int

    @property
    def inputs(self) -> list[str]:
        """The net at each transistor pair's gate."""
        return [node.id for node in ast.walk(self.pulldown) if isinstance(node, ast.Name)]

    def step_ps(self, net: str, rises: bool, load: Float[np.ndarray, " load"]) -> Table:
        """Delay after an abrupt edge on ``net``, along the slowest path through its transistors.

        Args:
            net: An input of the stage.
            rises: Whether the output rises.
            load: Loads in units of capacitance.
        """
        resistance = (_RISE_RESISTANCE if rises else _FALL_RESISTANCE) / self.size
        diffusion = np.array([_N_SHARE, 1 - _N_SHARE]) * self.size
        parasitic = diffusion @ [_tops(self.pulldown, ast.BitAnd), _tops(self.pulldown, ast.BitOr)]
        slowest = np.zeros_like(load)
        for path in _paths(self.pulldown, ast.BitOr if rises else ast.BitAnd):
            for place in (place for place, gate in enumerate(path) if gate == net):
                inner = sum(len(path) - 1 - above for above in range(place))
                effort = len(path) * (parasitic + load) + inner * diffusion[int(rises)]
                slowest = np.maximum(slowest, resistance * effort)
        return unit_step_ps() * slowest[np.newaxis, :]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of one drive strength; its output is ``Y``."""

    name: str
    drive: int
    stages: tuple[Stage, ...]

    @property
    def inputs(self) -> list[str]:
        """Input pins."""
        driven = {stage.net for stage in self.stages}
        return sorted({net for stage in self.stages for net in stage.inputs} - driven)

    @property
    def function(self) -> str:
        """Liberty function of ``Y``."""
        functions: dict[str, str] = {}
        for stage in self.stages:
            spelled = _spelled(stage.pulldown, functions)
            functions[stage.net] = spelled[1:] if spelled[0] == "!" else f"!{spelled}"
        return functions["Y"]

    @property
    def area_um2(self) -> float:
        """A gate pitch for each column of transistors and one for the edges, times the row."""
        columns = sum(stage.size * len(stage.inputs) for stage in self.stages)
        return (columns + 1) * GATE_PITCH_UM * ROW_HEIGHT_UM

    def capacitance(self, net: str) -> int:
        """Gate capacitance on a net in units."""
        return sum(stage.size * stage.inputs.count(net) for stage in self.stages)

    @property
    def depth(self) -> int:
        """Most transistors in series between the output and a rail."""
        last = self.stages[-1].pulldown
        return max(len(path) for kind in (ast.BitAnd, ast.BitOr) for path in _paths(last, kind))

    def responses(
        self,
        pin: str,
        rises: bool,
        ramps_ps: Float[np.ndarray, " slew"],
        loads: Float[np.ndarray, " load"],
    ) -> dict[bool, tuple[Table, Table]]:
        """What an edge on a pin does to ``Y``; of several paths the slowest counts.

        Args:
            pin: The input that switches.
            rises: Whether it rises.
            ramps_ps: Its rail-to-rail times.
            loads: Loads of ``Y`` in units of capacitance.

        Returns:
            Delay and rail-to-rail time of ``Y``, ps, by whether ``Y`` rises.
        """
        ramps = np.repeat(ramps_ps[:, np.newaxis], len(loads), axis=1)
        edges = {(pin, rises): (np.zeros_like(ramps), ramps)}
        for stage in self.stages:
            inner = np.full_like(loads, self.capacitance(stage.net))
            load = loads if stage.net == "Y" else inner
            for (net, rising), (arrival, ramp) in list(edges.items()):
                if net not in stage.inputs:
                    continue
                delay, slope = alpha_power(stage.step_ps(net, not rising, load), ramp)
                new = (arrival + delay, slope)
                old = edges.get((stage.net, not rising), new)
                edges[stage.net, not rising] = (
                    np.maximum(old[0], new[0]),
                    np.maximum(old[1], new[1]),
                )
        return {rising: edge for (net, rising), edge in edges.items() if net == "Y"}


def make_cell(name: str, drive: int, stages: str) -> Cell:
    """A cell from its stages, such as ``"m = A & B; Y = m"``: nets and what pulls them down.

    Transistors in series are named from the output to the rail. Stages before the last have half
    its fingers.
    """
    split = [stage.split(" = ") for stage in stages.split("; ")]
    return Cell(
        name,
        drive,
        tuple(
            Stage(
                net,
                ast.parse(pulldown, mode="eval").body,
                drive if net == "Y" else max(1, drive // 2),
            )
            for net, pulldown in split
        ),
    )


def alpha_power(step_ps: Table, ramp_ps: Table) -> tuple[Table, Table]:
    """Delay and output ramp of a stage whose input is a ramp.

    The transistor conducts from the threshold on, its current a power ``ALPHA`` of the overdrive;
    the output has moved by a fraction f of the supply when the charge ``2 f step_ps`` (in units of
    full current times time) has flowed.

    Args:
        step_ps: Delay from an abrupt edge to half the supply.
        ramp_ps: Time the input takes from rail to rail.

    Returns:
        Delay between the half-way points, and the rail-to-rail time of the output.
    """
    active = ramp_ps * (1 - THRESHOLD)
    in_ramp = active / (1 + ALPHA)

    def crossing(fraction: float) -> Table:
        charge = 2 * fraction * step_ps
        early = ramp_ps * THRESHOLD + active * (charge / in_ramp) ** (1 / (1 + ALPHA))
        return np.where(charge < in_ramp, early, ramp_ps + charge - in_ramp)

    ramp_out = _TAIL * (crossing(0.8) - crossing(0.2)) / 0.6
    return crossing(0.5) - ramp_ps / 2, ramp_out


@cache
def unit_step_ps() -> float:
    """Delay per unit of effort for an abrupt input.

    In a long chain of inverters, each driving four times its input, edges add to it what is left
    of :data:`FO4_PS`: the effort is 4, the parasitic delay 1.
    """
    step = ramp = np.ones((1, 1))
    for _ in range(50):
        delay, ramp = alpha_power(step, ramp)
    return FO4_PS / float(delay[0, 0]) / (4 + 1)


def _is_series(node: ast.expr, series: type[ast.operator]) -> tuple[bool, ast.expr, ast.expr]:
    assert isinstance(node, ast.BinOp)
    return isinstance(node.op, series), node.left, node.right


def _paths(node: ast.expr, series: type[ast.operator]) -> list[tuple[str, ...]]:
    """Gates met on each way from the output to the rail."""
    if isinstance(node, ast.Name):
        return [(node.id,)]
    in_series, left, right = _is_series(node, series)
    if in_series:
        return [up + down for up in _paths(left, series) for down in _paths(right, series)]
    return _paths(left, series) + _paths(right, series)


def _tops(node: ast.expr, series: type[ast.operator]) -> int:
    """Transistors that touch the output."""
    if isinstance(node, ast.Name):
        return 1
    in_series, left, right = _is_series(node, series)
    return _tops(left, series) + (0 if in_series else _tops(right, series))


def _spelled(node: ast.expr, functions: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return functions.get(node.id, node.id)
    is_and, left, right = _is_series(node, ast.BitAnd)
    operator = "&" if is_and else "|"
    return f"({_spelled(left, functions)} {operator} {_spelled(right, functions)})"
