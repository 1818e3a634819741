"""Designs small, fast binary adders by searching the latent space of a graph VAE."""
