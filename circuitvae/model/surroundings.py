"""Cells and constraints of a task, as the arrays that the sizing engine computes with.

Shapes: ``N`` bit width.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from circuitvae.model.features import AnyArray
from synthesis.gates import Gate
from synthesis.library import Library
from synthesis.linear_delay import LinearGate, driver_line, linear_gates
from synthesis.timing import IOTiming

_NEVER_NS = 1e4


class GateModel(NamedTuple):
    """A gate whose size is continuous; ps, fF, um2."""

    intrinsic: Float[AnyArray, " pins"]
    resistance: Float[AnyArray, ""]
    input: Float[AnyArray, " pins"]
    fixed_area: Float[AnyArray, ""]
    area_per_size: Float[AnyArray, ""]


class Surroundings(NamedTuple):
    """Cells and constraints of a task, for :func:`circuitvae.model.sizing.size`.

    Attributes:
        carry: Inputs in the order propagate, lower carry, upper carry.
        propagate: Inputs in the order upper, lower.
        inverter: Where the phases of a node's parents differ.
        total: The XOR of a sum.
        half_area: Of the half sum beside the NAND2 of its bit, um2.
        driver_intrinsic: Of the cell that drives each input, ps.
        driver_resistance: Of the same, ps/fF.
        arrival: When the later operand bit arrives at its driver, ps.
        required: When each sum bit and, last, the carry-out must be there, ps.
        load: Of the same outputs, fF.
        wire: Load of a net for each column it crosses, fF.
    """

    carry: GateModel
    propagate: GateModel
    inverter: GateModel
    total: GateModel
    half_area: Float[AnyArray, ""]
    driver_intrinsic: Float[AnyArray, ""]
    driver_resistance: Float[AnyArray, ""]
    arrival: Float[AnyArray, " N"]
    required: Float[AnyArray, " N+1"]
    load: Float[AnyArray, " N+1"]
    wire: Float[AnyArray, ""]


def surroundings(
    library: Library,
    width: int,
    timing: IOTiming,
    wire_ff_per_column: float,
    *,
    carry_out: bool = True,
) -> Surroundings:
    """Reads off a library and a task what sizing must know.

    Args:
        library: The cells.
        width: Bits of the adder.
        timing: Of the adder's ports ``a``, ``b``, ``sum`` and ``cout``.
        wire_ff_per_column: 0 where wires are free.
        carry_out: Whether there is one; else it may come as late as it will.

    Raises:
        UserError: The library lacks a gate that adders need, or sound timing tables of it.
    """
    pairs = (Gate.AOI21, Gate.OAI21), (Gate.NAND2, Gate.NOR2), (Gate.XOR2, Gate.XNOR2)
    linear = linear_gates(library, (*sum(pairs, ()), Gate.INV))
    carry, propagate, total = (_mean(linear[one], linear[other]) for one, other in pairs)
    half = linear[Gate.OAI21]
    driver_ns, driver_ns_per_ff = driver_line(library, timing.driver_cell or library.driver_cell)
    outputs = [*(f"sum[{bit}]" for bit in range(width)), "cout"]
    arrival_ns = [max(timing.arrival(f"{port}[{bit}]") for port in "ab") for bit in range(width)]
    required_ns = [timing.required(bit) for bit in outputs[:width]]
    required_ns.append(timing.required("cout") if carry_out else _NEVER_NS)
    return Surroundings(
        carry=carry,
        propagate=propagate,
        inverter=_mean(linear[Gate.INV], linear[Gate.INV]),
        total=total,
        half_area=np.array(half.fixed_area_um2 + half.area_um2_per_size, np.float32),
        driver_intrinsic=np.array(1000 * driver_ns, np.float32),
        driver_resistance=np.array(1000 * driver_ns_per_ff, np.float32),
        arrival=1000 * np.array(arrival_ns, np.float32),
        required=1000 * np.array(required_ns, np.float32),
        load=np.array([timing.load(bit, library.load_ff) for bit in outputs], np.float32),
        wire=np.array(wire_ff_per_column, np.float32),
    )


def _mean(one: LinearGate, other: LinearGate) -> GateModel:
    def mean(name: str, unit: float = 1.0) -> Float[np.ndarray, "*pins"]:
        values = [getattr(one, name), getattr(other, name)]
        return np.asarray(unit * np.mean(values, axis=0), np.float32)

    return GateModel(
        intrinsic=mean("intrinsic_ns", 1000.0),
        resistance=mean("resistance_ns_per_ff", 1000.0),
        input=mean("input_ff"),
        fixed_area=mean("fixed_area_um2"),
        area_per_size=mean("area_um2_per_size"),
    )
