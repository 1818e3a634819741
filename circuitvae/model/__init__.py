"""The graph VAE with its surrogate of area and delay."""
