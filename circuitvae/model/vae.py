"""The graph VAE with its joint surrogate."""

from flax import nnx

from circuitvae.model.decoder import Decoder
from circuitvae.model.encoder import Encoder
from circuitvae.model.settings import ModelSettings
from circuitvae.model.surrogate import Surrogate


class VAE(nnx.Module):
    """Encoder, decoder and surrogate over one latent space.

    Args:
        width: Bits ``N``.
        points: Points ``T`` of a curve.
        settings: Sizes.
        rngs: Source of the initial parameters.

    References:
        Song et al., "CircuitVAE", DAC 2024, https://arxiv.org/abs/2406.09535.
    """

    def __init__(self, width: int, points: int, settings: ModelSettings, *, rngs: nnx.Rngs):
        self.encoder = Encoder(width, settings, rngs=rngs)
        self.decoder = Decoder(width, settings, rngs=rngs)
        self.surrogate = Surrogate(points, settings, rngs=rngs)
