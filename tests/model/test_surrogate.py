import jax.numpy as jnp
import numpy as np

from circuitvae.model.surrogate import SOFT_MIN, Scale
from circuitvae.search.objective import Objective


def test_scale_by_hand():
    # One target; delays 1 and 3 with weights 3 and 1: mean 1.5, variance 0.75; area always 2.
    # Cost at w = 1 is the delay: deviation 0.866; at w = 0 the area: 0; their mean 0.433.
    points = np.array([[[1.0, 2.0]], [[3.0, 2.0]]])
    scale = Scale.of(points, np.array([1.0, 0.0]), np.array([0.75, 0.25]))
    np.testing.assert_allclose(scale.mean, [[1.5, 2.0]])
    np.testing.assert_allclose(scale.deviation, [[np.sqrt(0.75), 1e-4]], rtol=1e-6)
    np.testing.assert_allclose(scale.cost, np.sqrt(0.75) / 2, rtol=1e-6)


def test_costs_are_soft_minima_of_the_objective():
    rng = np.random.default_rng(0)
    points = rng.uniform(0.5, 2, (20, 6, 2))
    weights = rng.uniform(size=20)
    scale = Scale.of(points, np.array([0.3, 0.7]), np.full(20, 1 / 20))
    standardised = scale.standardise(jnp.asarray(points, jnp.float32))
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(standardised.std(axis=0), 1, rtol=1e-4)
    costs = scale.costs(standardised, jnp.asarray(weights, jnp.float32))
    exact = Objective(1.0, 1.0).costs(points, weights) / scale.cost
    # A soft minimum of T values lies below the minimum, by at most temperature * ln T.
    assert (costs <= exact + 1e-4).all()
    assert (costs >= exact - SOFT_MIN * np.log(6) - 1e-4).all()
