import jax.numpy as jnp
import numpy as np
import pytest

from circuitvae.model.losses import kl_divergence, reconstruction, surrogate_error
from circuitvae.model.surrogate import Scale


def test_kl_by_hand():
    # N(0,1): 0. N(2,1): 2^2 / 2 = 2. N(0,4): (4 - 1 - ln 4) / 2 = 0.806853.
    mean = jnp.array([[0.0, 2.0, 0.0]])
    log_variance = jnp.log(jnp.array([[1.0, 1.0, 4.0]]))
    np.testing.assert_allclose(
        kl_divergence(mean, log_variance)[0], [0, 2, 0.806853], rtol=1e-5, atol=1e-7
    )


def test_reconstruction_by_hand():
    # Logit 0: ln 2 for either value. Logit ln 3: p = 3/4, so ln(4/3) if present, ln 4 if not.
    logits = jnp.array([[0.0, jnp.log(3.0)], [0.0, jnp.log(3.0)]])
    cells = jnp.array([[True, True], [False, False]])
    expected = [np.log(2) + np.log(4 / 3), np.log(2) + np.log(4)]
    np.testing.assert_allclose(reconstruction(logits, cells), expected, rtol=1e-5)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_surrogate_error_of_one_target_by_hand(weight):
    # One target, mean (1, 2), deviation (0.5, 1), cost deviation 0.25. Predicted (0, 0) in
    # standard units = (1, 2); true (1.5, 2) = (1, 0). Points: (1 + 0) / 2 = 0.5.
    # Cost at weight 1: (1 - 1.5) / 0.25 = -2, squared 4; at weight 0: 0.
    scale = Scale(np.array([[1.0, 2.0]]), np.array([[0.5, 1.0]]), np.array(0.25))
    error = surrogate_error(
        jnp.zeros((1, 1, 2)), jnp.array([[[1.5, 2.0]]]), jnp.array([weight]), scale
    )
    np.testing.assert_allclose(error, [0.5 + 4 * weight], rtol=1e-5)
