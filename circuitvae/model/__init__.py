"""The graph VAE with its surrogate of area and delay."""

import os

# Sums on a GPU are in no fixed order otherwise, and a seed no longer decides what is found. JAX
# reads this when it first meets a device.
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true"
