"""Circuits that a prefix graph can make, by name."""

from circuitvae.circuits.adder import Adder

CIRCUITS = {"adder": Adder}
