"""Search methods to compare with, behind the same interface as CircuitVAE."""
