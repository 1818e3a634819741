"""Descent through the decoder's soft grid: what its cells cost, with legalisation inside.

A cell is there with a probability. From those of a row follows how likely each column is another's
upper parent; from these, which lower parents legalising adds, how many children each node has, and
when its carry arrives. A node takes the engine's mean carry gate, of one size, under that fan-out.

Shapes: ``K`` trajectories, ``D`` latent size, ``F`` free cells, ``N`` bit width.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from circuitvae.model.features import free_cells
from circuitvae.model.surroundings import Surroundings
from circuitvae.search.latent import Descent, DescentSettings, Starts, walk

_CERTAIN = 0.02
"""No cell is likelier or less likely than that, so that each keeps a gradient."""
_SIZE = 1.5
"""Of every gate."""


class Costs(NamedTuple):
    """What delay and area cost, and a node's share in them.

    Attributes:
        node_ps: Delay of a node without children.
        child_ps: What each child adds.
        node_um2: Area of a node.
        by_ps: Cost of a ps, at a delay weight of 1.
        by_um2: Cost of an um2, at one of 0.
    """

    node_ps: float
    child_ps: float
    node_um2: float
    by_ps: float
    by_um2: float


def costs_of(around: Surroundings, delay_ref_ns: float, area_ref_um2: float) -> Costs:
    """Costs of a task."""
    carry, propagate = around.carry, around.propagate
    child_ff = float(carry.input[1] + carry.input[2])
    areas = [gate.fixed_area + _SIZE * gate.area_per_size for gate in (carry, propagate)]
    return Costs(
        float(np.mean(carry.intrinsic)),
        float(carry.resistance) * child_ff / 2,
        float(sum(areas)),
        1 / (1000 * delay_ref_ns),
        1 / area_ref_um2,
    )


def uppers(row: Float[Array, " N"]) -> Float[Array, "N N"]:
    """How likely each column (second) is the next one present above another (first)."""
    width = len(row)
    absent = jnp.concatenate([jnp.zeros(1), jnp.cumsum(jnp.log1p(-row))])
    # Absent are the columns after the first and before the second.
    between = absent[None, :-1] - absent[1:, None]
    above = jnp.arange(width)[None] > jnp.arange(width)[:, None]
    return jnp.where(above, row[None] * jnp.exp(jnp.where(above, between, 0.0)), 0.0)


def soft_grid(
    probabilities: Float[Array, " F"], width: int
) -> tuple[Float[Array, "N N"], Float[Array, "N N N"]]:
    """Probabilities of all cells once legal, and of each one's upper parents."""
    rows, columns = free_cells(width)
    sure = 1 - 1e-6
    grid = jnp.eye(width).at[:, 0].set(1.0).at[rows, columns].set(probabilities) * sure

    def legal(grid: Float[Array, "N N"], row: Array) -> tuple[Float[Array, "N N"], Array]:
        own = uppers(grid[row])
        needed = (grid[row][:, None] * own).T
        # Row k - 1 of the grid takes what upper parent k asks for; column 0 has no row below it.
        added = jnp.roll(needed, -1, axis=0).at[-1].set(0.0)
        legalised = jnp.minimum(1 - (1 - grid) * (1 - added), sure)
        return jnp.where(jnp.tri(width, dtype=bool), legalised, 0.0), own

    grid, parents = jax.lax.scan(legal, grid, jnp.arange(width - 1, -1, -1))
    return grid, parents[::-1]


def soft_cost(
    probabilities: Float[Array, " F"], weight: float | Float[Array, ""], costs: Costs, width: int
) -> Float[Array, ""]:
    """Cost of a soft grid at a delay weight: soft maximum of the carries' arrivals, and area."""
    clipped = jnp.clip(probabilities, _CERTAIN, 1 - _CERTAIN)
    grid, parents = soft_grid(clipped, width)
    children = grid[:, :, None] * parents
    fanout = children.sum(axis=1)
    fanout += jnp.roll(children.sum(axis=0).T, -1, axis=0).at[-1].set(0.0)
    delay = costs.node_ps + costs.child_ps * fanout

    def row_of(arrival: Float[Array, "N N"], row: Array) -> tuple[Float[Array, "N N"], None]:
        # Of upper parent k, the lower parent's arrival is in row k - 1.
        lower = jnp.roll(arrival, 1, axis=0)

        def cell(own: Float[Array, " N"], column: Array) -> tuple[Float[Array, " N"], None]:
            latest = jnp.logaddexp(own / costs.node_ps, lower[:, column] / costs.node_ps)
            time = (parents[row, column] * latest).sum() * costs.node_ps
            inner = column < row
            return own.at[column].set(jnp.where(inner, time + delay[row, column], 0.0)), None

        own, _ = jax.lax.scan(cell, jnp.zeros(width), jnp.arange(width - 1, -1, -1))
        return arrival.at[row].set(own), None

    arrival, _ = jax.lax.scan(row_of, jnp.zeros((width, width)), jnp.arange(width))
    latest = jax.nn.logsumexp(arrival[:, 0] / costs.node_ps) * costs.node_ps
    area_um2 = costs.node_um2 * grid.sum()
    return weight * costs.by_ps * latest + (1 - weight) * costs.by_um2 * area_um2


@partial(jax.jit, static_argnames=("graphdef", "settings", "costs", "width"))
def soft_descent(
    graphdef: nnx.GraphDef,
    settings: DescentSettings,
    params: nnx.State,
    unit: Float[Array, ""],
    starts: Starts,
    prior_weights: Float[Array, " K"],
    costs: Costs,
    width: int,
) -> Descent:
    """Walks down the soft grid's cost, in the surrogate's units."""
    model = nnx.merge(graphdef, params)

    def decoded(latents: Float[Array, "K D"]) -> Float[Array, " K"]:
        probabilities = jax.nn.sigmoid(model.decoder(latents))
        cost = jax.vmap(lambda one, weight: soft_cost(one, weight, costs, width))
        return cost(probabilities, starts.delay_weights) / unit

    return walk(decoded, settings, jnp.asarray(starts.latents), prior_weights)
