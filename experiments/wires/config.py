"""Settings of the wires experiment."""

from dataclasses import dataclass

from synthesis.recipes import Effort


@dataclass(frozen=True, slots=True)
class Config:
    """What is compared.

    Attributes:
        library: Cell library.
        width: Bits of each adder.
        designs: Classical adders.
        effort: Of the flow.
        targets_ns: Delay targets; the first is out of reach, the last leaves gates at their least.
    """

    library: str = "nangate45"
    width: int = 64
    designs: tuple[str, ...] = (
        "sklansky",
        "kogge-stone",
        "brent-kung",
        "han-carlson",
        "ladner-fischer-1",
        "knowles-4-4-4-4-2-1",
    )
    effort: Effort = Effort.BEST
    targets_ns: tuple[float, ...] = (0.2, 0.31, 0.33, 0.36, 0.4, 1.0)
