from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from circuitvae.model.encoder import row_means
from circuitvae.model.features import graph_batch
from circuitvae.model.settings import ModelSettings, TrainSettings
from circuitvae.model.vae import VAE
from circuitvae.prefix.classical import classical_adders, sklansky
from synthesis.errors import UserError

SMALL = ModelSettings(latent=6, channels=8, hidden=16, surrogate_hidden=8)


@nnx.jit
def encode(vae, graphs):
    return vae.encoder(graphs)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 12])
def test_shapes(width):
    vae = VAE(width, 4, SMALL, rngs=nnx.Rngs(0))
    graphs = graph_batch(np.stack([graph.grid for graph in classical_adders(width).values()]))
    mean, log_variance = encode(vae, graphs)
    assert mean.shape == log_variance.shape == (len(graphs.row), 6)
    assert vae.decoder(mean).shape == graphs.cells.shape
    assert vae.surrogate(mean).shape == (len(mean), 4, 2)
    assert vae.surrogate(mean[None]).shape == (1, len(mean), 4, 2)


def test_each_part_of_a_graph_reaches_the_encoding():
    vae = VAE(8, 1, SMALL, rngs=nnx.Rngs(0))
    graphs = graph_batch(sklansky(8).grid[None])
    mean, _ = encode(vae, graphs)
    for name in ("cells", "row", "column", "lower", "level", "fanout"):
        values = getattr(graphs, name).copy()
        values[0, 6] = not values[0, 6] if name == "cells" else values[0, 6] + 1
        assert np.abs(encode(vae, graphs._replace(**{name: values}))[0] - mean).max() > 1e-6, name


def test_empty_slots_do_not_reach_the_encoding():
    vae = VAE(8, 1, SMALL, rngs=nnx.Rngs(0))
    graphs = graph_batch(sklansky(8).grid[None])
    assert graphs.row[0, -1] == -1
    changed = graphs.fanout.copy()
    changed[0, -1] = 9
    np.testing.assert_array_equal(
        encode(vae, graphs._replace(fanout=changed))[0], encode(vae, graphs)[0]
    )


def test_rows_are_averaged_by_hand():
    # Graph 0: slots of rows 0, 1, 1 and an empty one; graph 1: rows 0, 0, 1, 1.
    row = np.array([[0, 1, 1, -1], [0, 0, 1, 1]], np.int16)
    values = np.array([[1, 2], [3, 4], [5, 8], [90, 90], [0, 2], [2, 2], [7, 1], [1, 3]])
    means = row_means(jnp.asarray(values, jnp.float32), row, width=3)
    np.testing.assert_allclose(means, [[1, 2, 4, 6, 0, 0], [1, 2, 4, 2, 0, 0]])


def test_a_row_s_messages_do_not_depend_on_the_other_graphs_of_the_batch():
    vae = VAE(8, 1, SMALL, rngs=nnx.Rngs(0))
    grids = np.stack([graph.grid for graph in classical_adders(8).values()])
    together, _ = encode(vae, graph_batch(grids))
    alone = [encode(vae, graph_batch(grid[None]))[0][0] for grid in grids]
    np.testing.assert_allclose(together, jnp.stack(alone), rtol=1e-4, atol=1e-6)


def test_settings_are_checked():
    with pytest.raises(UserError, match="latent must be finite and above 0, found 0"):
        ModelSettings(latent=0)
    with pytest.raises(UserError, match="kl_weight"):
        TrainSettings(kl_weight=float("nan"))


def test_bfloat16_computes_nearly_the_same_and_gives_float32():
    graphs = graph_batch(np.stack([graph.grid for graph in classical_adders(8).values()]))
    results = []
    for precision in ("float32", "bfloat16"):
        vae = VAE(8, 2, replace(SMALL, precision=precision), rngs=nnx.Rngs(0))
        mean, _ = encode(vae, graphs)
        results.append((mean, vae.decoder(mean), vae.surrogate(mean)))
    for exact, rough in zip(*results, strict=True):
        assert rough.dtype == jnp.float32
        np.testing.assert_allclose(rough, exact, atol=0.05 * np.abs(exact).max())
        assert (rough != exact).any()
    with pytest.raises(UserError, match="one of float32, bfloat16, found float16"):
        ModelSettings(precision="float16")
