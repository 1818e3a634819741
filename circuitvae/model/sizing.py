"""Analytic timing and continuous sizing: what synthesis makes of prefix graphs, thousands at once.

A node is a carry gate (the mean of AOI21 and OAI21) and a propagate gate (of NAND2 and NOR2), as
:mod:`synthesis.structural` chooses phases freely. Like it, a node whose lower parent is late may
join its upper parent ``h`` with the lower's upper parent ``m`` and take the late ``l`` last:
``h (m l) = (h m) l``, two gates more and a level less. In what share it does so is found with the
sizes.

A gate of size ``x`` takes ``intrinsic + resistance * load / x`` (:mod:`synthesis.linear_delay`).
Sizes minimise ``area + price * delay``. With ``mu`` the share of critical paths through a gate, the
derivative by its size vanishes at ``x^2 = price mu R load / (d area / dx + price * upstream)``,
where ``upstream`` is what its input capacitances cost its drivers. The step is damped and repeated;
arrival times and criticalities follow by a few sweeps over the graph each.

Nothing was learned from synthesis. Not modelled: cells' discrete sizes, slews, buffers.

Shapes: ``B`` graphs, ``M`` node slots (:mod:`circuitvae.model.features`), ``N`` bit width. Times
inside are in ps.

References:
    Fishburn and Dunlop, "TILOS: A Posynomial Programming Approach to Transistor Sizing", ICCAD
    1985; Chen, Chu, Wong, "Fast and exact simultaneous gate and wire sizing by Lagrangian
    relaxation", IEEE Trans. CAD, 1999 (the step in closed form).
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from jaxtyping import Array, Bool, Float, Int

from circuitvae.model.features import AnyArray, GraphBatch
from circuitvae.model.surroundings import GateModel, Surroundings

_STEPS = 8
_SWEEPS = 4
"""Of arrival times and of criticalities in each step; both start from the last step's."""
_LARGEST = 8.0
_SLOTS_AT_ONCE = {"cpu": 2**12}
"""Of the graphs sized together: on a CPU what its caches hold, several times faster than more."""
_MANY_SLOTS = 2**18
"""The same on devices that want work in large pieces."""
_SMALL = 3 / 4
"""Share of the slots that graphs of up to Sklansky's size need."""
_LEAST = 1e-9
_NEVER = -1e6


class Sized(NamedTuple):
    """What sizing makes of graphs at their prices."""

    delay_ns: Float[AnyArray, " B"]
    area_um2: Float[AnyArray, " B"]


class _Structure(NamedTuple):
    """Where the gates of graphs are and what they feed.

    Attributes:
        row: Most significant bit of a slot's span; 0 where the slot is empty.
        leaf: Whether it is an input's.
        node: Whether it is a prefix node.
        joinable: Whether its lower parent is a node too.
        carry_out: Whether its carry is one of the adder's.
        propagates: Whether it has a propagate gate.
        lower: Its lower parent, as an index into the flattened batch.
        inverters: How many it needs, as if each row's phases alternated.
        wire: Columns its nets cross to its children.
        stretch: Columns more that they cross to a child that joins.
    """

    row: Int[Array, "B M"]
    leaf: Bool[Array, "B M"]
    node: Bool[Array, "B M"]
    joinable: Bool[Array, "B M"]
    carry_out: Bool[Array, "B M"]
    propagates: Bool[Array, "B M"]
    lower: Int[Array, " BM"]
    inverters: Float[Array, "B M"]
    wire: Float[Array, "B M"]
    stretch: Float[Array, "B M"]


def _of_upper(values: Array) -> Array:
    """Each node's upper parent's values: the slot before it."""
    return jnp.roll(values, 1, axis=-1)


def _of_lower(values: Array, lower: Int[Array, " BM"]) -> Array:
    return values.reshape(*values.shape[:-2], -1)[..., lower].reshape(values.shape)


def _structure(graphs: GraphBatch, width: int) -> _Structure:
    row, column = jnp.asarray(graphs.row, jnp.int32), jnp.asarray(graphs.column, jnp.int32)
    batch, slots = row.shape
    real = row >= 0
    leaf, node = real & (row == column), real & (row > column)
    carry_out = real & (column == 0)
    propagates = real & (column > 0)
    lower = (jnp.asarray(graphs.lower, jnp.int32) + slots * jnp.arange(batch)[:, None]).reshape(-1)

    def highest_child(values: Int[Array, "B M"]) -> Int[Array, "B M"]:
        flat = jnp.where(node, values, 0).reshape(-1)
        return jnp.zeros_like(flat).at[lower].max(flat).reshape(row.shape)

    reach = highest_child(row)
    reach = jnp.maximum(reach, jnp.where(carry_out, jnp.minimum(row + 1, width - 1), row))
    rank = jnp.arange(slots) - jax.lax.cummax(jnp.where(leaf, jnp.arange(slots), 0), axis=1)
    inverted = node & ((_of_lower(rank, lower) + rank) % 2 == 0)
    inverters = highest_child(inverted.astype(jnp.int32)) * (1 + propagates)
    return _Structure(
        row=jnp.maximum(row, 0),
        leaf=leaf,
        node=node,
        joinable=node & _of_lower(node, lower),
        carry_out=carry_out,
        propagates=propagates,
        lower=lower,
        inverters=inverters.astype(jnp.float32),
        wire=jnp.where(real, reach - row, 0).astype(jnp.float32),
        stretch=jnp.where(node, row - _of_lower(row, lower), 0).astype(jnp.float32),
    )


class _Pins(NamedTuple):
    """A value for each input of each node's gates.

    Attributes:
        carry: Of its carry gate, if it does not join: upper propagate, lower carry, upper carry.
        propagate: Of its propagate gate: upper, lower.
        joined_carry: Of the carry gate of the joined span, in the order of ``carry``.
        joined_propagate: Of its propagate gate.
        late: The carry that a joining node takes last.
    """

    carry: Float[Array, "3 B M"]
    propagate: Float[Array, "2 B M"]
    joined_carry: Float[Array, "3 B M"]
    joined_propagate: Float[Array, "2 B M"]
    late: Float[Array, "B M"]


_Signals = Float[Array, "2 B M"]
"""A value for the carry and for the propagate of each slot."""

_Gates = Float[Array, "4 B M"]
"""A value for each gate of a slot: carry, propagate, carry and propagate of the joined span."""


@jax.custom_jvp
def _latest(times: Float[Array, "pins B M"], temperature: Float[Array, ""]) -> Float[Array, "B M"]:
    """The maximum; its derivative is that of a soft maximum."""
    return times.max(axis=0)


@_latest.defjvp
def _latest_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    times, temperature = primals
    most = times.max(axis=0)
    # Falls like an exponential, and costs a tenth of one.
    weights = (1 + (most - times) / (4 * temperature)) ** -4
    return most, (weights * tangents[0]).sum(axis=0) / weights.sum(axis=0)


class _Sizer:
    """Delays and areas of a batch of graphs, as functions of sizes and of shares that join."""

    def __init__(self, graphs: GraphBatch, around: Surroundings):
        self.around = around
        self.at = at = _structure(graphs, len(around.arrival))
        carry, propagate = around.carry, around.propagate
        shape = at.row.shape
        self.temperature = around.inverter.intrinsic[0]

        def placed(name: str) -> _Gates:
            """An attribute of each gate; those of an input are a NAND2 and a NOR2."""
            one, other = getattr(carry, name), getattr(propagate, name)
            own = jnp.where(at.leaf, other, one)
            return jnp.stack([own, *(jnp.full(shape, value) for value in (other, one, other))])

        self.resistance = placed("resistance")
        self.area_per_size = placed("area_per_size")
        self.fixed_area = placed("fixed_area")
        last = at.carry_out & (at.row == len(around.arrival) - 1)
        load = around.load[at.row + 1]
        self.carry_load = jnp.where(last, load, around.total.input.mean()) * at.carry_out
        total = around.total.intrinsic.mean() + around.total.resistance * load
        self.after_carry = jnp.where(last, 0.0, total) - around.required[at.row + 1]
        half = around.total.intrinsic.mean() + around.total.resistance * jnp.where(
            at.row > 0, around.total.input.mean(), around.load[at.row]
        )
        total = around.total.intrinsic.mean() + around.total.resistance * around.load[at.row]
        self.after_half = half + jnp.where(at.row > 0, total, 0.0) - around.required[at.row]

    def pins(self, signals: _Signals) -> _Pins:
        """The signal at each pin. Linear: its transpose sums values of pins at their drivers."""
        upper = jnp.where(self.at.node, _of_upper(signals), 0.0)
        lower, of_lower_upper = _of_lower(jnp.stack([signals, upper]), self.at.lower)
        late = _of_lower(lower[0] * self.at.node, self.at.lower)
        lower = jnp.where(self.at.node, lower, 0.0)
        middle, late = (
            jnp.where(self.at.joinable, values, 0.0) for values in (of_lower_upper, late)
        )
        return _Pins(
            carry=jnp.stack([upper[1], lower[0], upper[0]]),
            propagate=jnp.stack([upper[1], lower[1]]) * self.at.propagates,
            joined_carry=jnp.stack([upper[1], middle[0], upper[0]]),
            joined_propagate=jnp.stack([upper[1], middle[1]]),
            late=late,
        )

    def loads(self, sizes: _Gates, share: Float[Array, "B M"]) -> _Gates:
        """Load of each gate, fF."""
        carry = self.around.carry.input
        stretch = self.around.wire * self.at.stretch * share

        def driven(gate: GateModel, own: Float[Array, "B M"]) -> Float[Array, "pins B M"]:
            return jnp.asarray(gate.input)[:, None, None] * own

        used = self.used(share)
        joins = share * used
        joined_carry = driven(self.around.carry, joins * sizes[2])
        joined_propagate = driven(self.around.propagate, joins * sizes[3])
        pins = _Pins(
            carry=driven(self.around.carry, (used - joins) * sizes[0]),
            propagate=driven(self.around.propagate, sizes[1]),
            joined_carry=joined_carry.at[1].add(stretch),
            joined_propagate=joined_propagate.at[1].add(stretch),
            late=carry[1] * joins * sizes[0] + stretch,
        )
        signals = jnp.zeros_like(sizes[:2])
        (load,) = jax.linear_transpose(self.pins, signals)(pins)
        load += (
            jnp.stack([self.carry_load, jnp.zeros_like(share)]) + self.around.wire * self.at.wire
        )
        return jnp.concatenate([load, jnp.stack([carry[2], carry[0]])[:, None, None] * sizes[0]])

    def delays(self, sizes: _Gates, share: Float[Array, "B M"]) -> tuple[_Gates, Array]:
        """Delay of each gate beyond its intrinsic delay, and arrival at each input's gates."""
        around = self.around
        load = around.propagate.input[0] * (sizes[0] + self.at.propagates * sizes[1])
        driver = around.driver_resistance * (load + around.total.input.mean())
        start = around.arrival[self.at.row] + around.driver_intrinsic + driver
        return self.resistance * self.loads(sizes, share) / sizes, start

    def arrive(
        self, arrival: _Signals, delay: _Gates, start: Array, share: Float[Array, "B M"]
    ) -> _Signals:
        """Arrival times of the carries and propagates, from those of their parents."""
        carry, propagate = (
            gate.intrinsic[:, None, None] for gate in (self.around.carry, self.around.propagate)
        )
        pins = self.pins(arrival)
        joined_carry = _latest(pins.joined_carry + carry, self.temperature) + delay[2]
        joined_propagate = _latest(pins.joined_propagate + propagate, self.temperature) + delay[3]
        joined = jnp.stack([joined_propagate, pins.late, joined_carry])
        own = (1 - share) * _latest(pins.carry + carry, self.temperature) + share * _latest(
            joined + carry, self.temperature
        )
        first = start + self.around.propagate.intrinsic.mean()
        return delay[:2] + jnp.stack(
            [
                jnp.where(self.at.leaf, first, own),
                jnp.where(
                    self.at.leaf, first, _latest(pins.propagate + propagate, self.temperature)
                ),
            ]
        )

    def ends(self, arrival: _Signals, start: Array) -> Float[Array, "B ends"]:
        """When each sum and the carry-out are there, less their required times."""
        by_carry = jnp.where(self.at.carry_out, arrival[0] + self.after_carry, _NEVER)
        by_half = jnp.where(self.at.leaf, start + self.after_half, _NEVER)
        return jnp.concatenate([by_carry, by_half], axis=-1)

    def delay(self, arrival: _Signals, start: Array) -> Float[Array, " B"]:
        """A soft maximum over the outputs: many that are nearly late cost synthesis delay too."""
        ends = self.ends(arrival, start) / self.temperature
        return self.temperature * jax.nn.logsumexp(ends, axis=-1)

    def used(self, share: Float[Array, "B M"]) -> Float[Array, "B M"]:
        """In what share a carry is of use: none if all its children join and take others."""
        takes = jnp.where(self.at.node, 1 - share, 0.0).reshape(-1)
        most = jnp.zeros_like(takes).at[self.at.lower].max(takes).reshape(share.shape)
        return jnp.where(self.at.carry_out | jnp.roll(self.at.node, -1, axis=-1), 1.0, most)

    def area(self, sizes: _Gates, share: Float[Array, "B M"]) -> Float[Array, " B"]:
        """Area of all gates, um2."""
        at, around = self.at, self.around
        gates = self.fixed_area + self.area_per_size * sizes
        # At size 1 the half sum is an input's propagate.
        more = self.area_per_size[1] * (sizes[1] - 1)
        inverter = around.inverter.fixed_area + around.inverter.area_per_size
        slots = (
            self.used(share) * gates[0] * (at.node | at.leaf)
            + at.propagates * jnp.where(at.leaf, more, gates[1])
            + share * (gates[2] + gates[3])
            + inverter * at.inverters
        )
        bit = around.half_area + around.total.fixed_area + around.total.area_per_size
        return slots.sum(axis=-1) + bit * len(around.arrival)


class _State(NamedTuple):
    """What the steps carry on; criticality is the derivative of delay by arrival."""

    sizes: _Gates
    share: Float[Array, "B M"]
    arrival: _Signals
    criticality: _Signals


def _sweeps(
    sizer: _Sizer, state: _State, sweeps: int | Int[Array, ""]
) -> tuple[_State, _Gates, Array, Array]:
    """Brings arrivals and criticalities up to the sizes.

    Returns:
        The state, and the derivatives of the delay by each gate's delay, by the arrival at each
        input's gates and by the share that joins.
    """
    delay, start = sizer.delays(state.sizes, state.share)
    arrival = jax.lax.fori_loop(
        0, sweeps, lambda _, last: sizer.arrive(last, delay, start, state.share), state.arrival
    )
    _, back = jax.vjp(sizer.arrive, arrival, delay, start, state.share)
    at_ends = jax.grad(lambda times: sizer.delay(times, start).sum())(arrival)
    criticality = jax.lax.fori_loop(
        0, sweeps, lambda _, last: at_ends + back(last)[0], state.criticality
    )
    return state._replace(arrival=arrival, criticality=criticality), *back(criticality)[1:]


def _step(sizer: _Sizer, price: Float[Array, "B 1"], state: _State) -> _State:
    """One step of sizes and shares towards the least of area + price * delay."""
    state, by_delay, by_start, by_share = _sweeps(sizer, state, _SWEEPS)
    sizes, share = state.sizes, state.share
    (delay, _), of_sizes = jax.vjp(lambda sizes: sizer.delays(sizes, share), sizes)
    (by_size,) = of_sizes((by_delay, by_start))
    own = by_delay * delay / sizes
    area_by_size = jax.grad(lambda sizes: sizer.area(sizes, share).sum())(sizes)
    slope = area_by_size + price * (by_size + own) + _LEAST
    best = sizes * jnp.sqrt(price * own / slope)
    joined_area = (sizer.fixed_area + sizer.area_per_size * sizes)[2:].sum(axis=0)
    # A node half joins where the delay that joining saves is worth the area it costs.
    pays = jnp.where(sizer.at.joinable, jnp.maximum(-price * by_share / joined_area, 0.0), 0.0)
    wanted = pays**2 / (1 + pays**2)
    return state._replace(
        sizes=jnp.sqrt(sizes * jnp.clip(best, 1.0, _LARGEST)), share=(share + wanted) / 2
    )


@jax.jit
def size(graphs: GraphBatch, around: Surroundings, prices: Float[AnyArray, " B"]) -> Sized:
    """Delay and area at which each graph costs least.

    Derivatives, by the surroundings, are taken at the sizes found, and through soft maxima. At the
    least cost no size changes ``area + price * delay``, so of that they are whole (envelope
    theorem); by the price it is the delay.

    Args:
        graphs: Prefix graphs.
        around: Cells and constraints.
        prices: What a ns of delay is worth, um2.
    """
    sizer = _Sizer(graphs, around)
    held = _Sizer(graphs, stop_gradient(around))
    price = jnp.asarray(prices)[:, None] / 1000
    depth = jnp.asarray(graphs.level, jnp.int32).max() + 1
    nothing = jnp.zeros_like(held.resistance)
    state = _State(nothing + 1, nothing[0], nothing[:2], nothing[:2])
    state = jax.lax.fori_loop(0, _STEPS, lambda _, last: _step(held, price, last), state)
    sizes, share, arrival, criticality = stop_gradient(_sweeps(held, state, depth)[0])
    delay, start = sizer.delays(sizes, share)
    # The adjoint of the sweeps: what one sweep changes counts by its criticality.
    change = (criticality * sizer.arrive(arrival, delay, start, share)).sum(axis=(0, 2))
    found = sizer.delay(arrival, start) + change - stop_gradient(change)
    return Sized(found / 1000, sizer.area(sizes, share))


def label(
    graphs: GraphBatch, around: Surroundings, price: float
) -> tuple[Float[np.ndarray, " B"], Float[np.ndarray, " B"]]:
    """Delay (ns) and area (um2) of any number of graphs, by :func:`size` in equal batches.

    Small graphs have batches of their own, without the empty slots that large ones need.
    """
    nodes = np.count_nonzero(np.asarray(graphs.row) >= 0, axis=1)
    slots = graphs.row.shape[1]
    few = math.ceil(slots * _SMALL)
    at_once = _SLOTS_AT_ONCE.get(jax.default_backend(), _MANY_SLOTS)
    found = np.zeros((2, len(nodes)), np.float32)

    def sized(used: int, rows: Int[np.ndarray, " chunk"]) -> None:
        some = GraphBatch(graphs.cells[rows], *(each[rows, :used] for each in graphs[1:]))
        found[:, rows] = np.stack(size(some, around, np.full(len(rows), price, np.float32)))

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        pieces = []
        for used, which in ((few, nodes <= few), (slots, nodes > few)):
            rows, chunk = np.flatnonzero(which), max(at_once // used, 1)
            for first in range(0, len(rows), chunk):
                picked = rows[np.minimum(np.arange(first, first + chunk), len(rows) - 1)]
                pieces.append(threads.submit(sized, used, picked))
        for piece in pieces:
            piece.result()
    delay_ns, area_um2 = found
    return delay_ns, area_um2
