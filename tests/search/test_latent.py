import jax
import numpy as np
import pytest

from circuitvae.model.settings import ModelSettings, TrainSettings
from circuitvae.model.train import Learner
from circuitvae.prefix import analysis
from circuitvae.search.latent import DescentSettings, Starts, decode, descend, sample_cells
from synthesis.errors import UserError

WIDTH, K = 6, 8
SETTINGS = DescentSettings(trajectories=K, segments=3, segment_steps=10)


@pytest.fixture(scope="module")
def learner() -> Learner:
    model = ModelSettings(latent=5, channels=4, hidden=16, surrogate_hidden=16)
    return Learner(WIDTH, 3, model, TrainSettings(), seed=0)


def run(learner, starts, prior_weight, settings=SETTINGS):
    return descend(
        learner.graphdef,
        settings,
        learner.learned.params,
        learner.scale,
        Starts(starts.astype(np.float32), np.full(len(starts), 0.5, np.float32)),
        np.full(len(starts), prior_weight, np.float32),
    )


def test_descent_lowers_the_predicted_cost(learner):
    starts = np.random.default_rng(0).standard_normal((K, 5))
    descent = run(learner, starts, 1e-3)
    assert descent.latents.shape == (3, K, 5) and descent.costs.shape == (4, K)
    assert (descent.costs[-1] < descent.costs[0]).all()
    # Its twin: against the gradient (a negative prior weight pushes outward), norms grow.
    outward = run(learner, starts, -10.0)
    assert (np.linalg.norm(outward.latents[-1], axis=-1) > np.linalg.norm(starts, axis=-1)).all()


def test_a_heavy_prior_pulls_to_the_origin(learner):
    starts = 3 * np.random.default_rng(0).standard_normal((K, 5))
    light, heavy = (run(learner, starts, weight).latents[-1] for weight in (1e-3, 10.0))
    assert np.linalg.norm(heavy) < np.linalg.norm(starts) / 2
    assert np.linalg.norm(heavy) < np.linalg.norm(light) / 2
    assert np.linalg.norm(heavy) < np.linalg.norm(light)


def test_trajectories_do_not_depend_on_each_other(learner):
    starts = np.random.default_rng(0).standard_normal((K, 5))
    together = run(learner, starts, 0.01).latents[:, 2:3]
    np.testing.assert_allclose(together, run(learner, starts[2:3], 0.01).latents, atol=1e-4)


def test_temperature_zero_thresholds_the_decoder(learner):
    latents = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    params = learner.learned.params
    first, second = (
        sample_cells(learner.graphdef, params, latents, 0.0, jax.random.key(seed))
        for seed in (0, 1)
    )
    np.testing.assert_array_equal(first, second)
    hot = sample_cells(learner.graphdef, params, latents, 100.0, jax.random.key(0))
    assert (np.asarray(hot) != np.asarray(first)).any()


def test_candidates_are_legal_and_different_and_repeatable(learner):
    latents = np.zeros((3, K, 5), np.float32)
    found, again = (
        decode(learner, latents, 1.0, np.random.default_rng(3), WIDTH) for _ in range(2)
    )
    np.testing.assert_array_equal(found.grids, again.grids)
    assert not analysis.missing_parents(found.grids).any()
    assert len({grid.tobytes() for grid in found.grids}) == len(found.grids) <= found.decoded
    assert found.decoded == 3 * K
    assert 0 <= found.legal <= 1 and found.added_nodes >= 0
    assert (found.legal == 1) == (found.added_nodes == 0)


def test_candidates_know_their_trajectories(learner):
    latents = np.random.default_rng(0).standard_normal((3, K, 5)).astype(np.float32)
    found = decode(learner, latents, 0.0, np.random.default_rng(3), WIDTH)
    assert len(found.grids) > 1
    for grid, trajectory in zip(found.grids, found.trajectories, strict=True):
        own = decode(learner, latents[:, [trajectory]], 0.0, np.random.default_rng(3), WIDTH)
        assert (own.grids == grid).all(axis=(1, 2)).any()
        assert (own.trajectories == 0).all()


def test_settings_are_checked():
    with pytest.raises(UserError, match=r"rising pair above 0, found 0\.1, 0\.01"):
        DescentSettings(prior_weights=(0.1, 0.01))
    with pytest.raises(UserError, match="trajectories"):
        DescentSettings(trajectories=0)
