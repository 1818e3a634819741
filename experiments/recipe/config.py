"""What the recipe experiment compares."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the experiment.

    Attributes:
        libraries: Cell libraries.
        widths: Bits.
        targets: Delay targets, in least delays of the Sklansky adder by ABC's mapper.
        designs: Random designs of each width, beside the classical adders.
        seed: Of the random designs.
        variants: Margins with the limits of sizing up (`-J`) and down (`-I`).
    """

    libraries: tuple[str, ...] = ("nangate45", "sky130hd")
    widths: tuple[int, ...] = (16, 32, 64, 128)
    targets: tuple[float, ...] = (0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.1, 2.5)
    designs: int = 30
    seed: int = 0
    variants: tuple[tuple[float, int, int], ...] = (
        (0.7, 10, 2),
        (0.8, 10, 2),
        (0.9, 10, 2),
        (1.0, 10, 2),
        (1.1, 10, 2),
        (0.9, 50, 5),
        (0.9, 5, 1),
    )
