"""Settings of the comparison of the sizing engine with synthesis."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """What is compared.

    Attributes:
        width: Bits of each adder.
        designs: Designs in all: the classical adders, and mixed and edited ones, drawn as a
            search's first are.
        factors: Delay targets, in least delays of the Sklansky adder: close together, for with
            few the nearest target decides the order of good designs.
        delay_weights: Of the costs compared.
        seed: Decides the draws.
        libraries: Cell libraries, by name.
    """

    width: int = 32
    designs: int = 150
    factors: tuple[float, ...] = (0.75, 0.85, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.6, 2.0)
    delay_weights: tuple[float, ...] = (0.33, 0.66, 0.95)
    seed: int = 0
    libraries: tuple[str, ...] = ("generic45", "nangate45", "sky130hd", "sg13g2", "asap7")
