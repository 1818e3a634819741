"""Settings of the comparison of ABC with OpenSTA."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """What is compared.

    Attributes:
        width: Bits of each adder.
        designs: Designs in all; those that are not classical are drawn as a search's first are.
        classical: Classical adders among them.
        targets: Delay targets used, of the six that a search has by default.
        seed: Decides the draws.
        libraries: Cell libraries, by name.
    """

    width: int = 32
    designs: int = 50
    classical: int = 10
    targets: tuple[int, ...] = (0, 2, 4)
    seed: int = 0
    libraries: tuple[str, ...] = ("generic45", "nangate45", "sky130hd", "sg13g2", "asap7")
