"""Settings of the IO timing experiment."""

from dataclasses import dataclass

from synthesis.recipes import Effort


@dataclass(frozen=True, slots=True)
class Config:
    """What is compared.

    Attributes:
        library: Cell library.
        width: Bits of each adder.
        designs: Classical adders.
        efforts: Each is compared by itself.
        late_ns: How much later than the earliest the latest bit of a profile is.
    """

    library: str = "nangate45"
    width: int = 32
    designs: tuple[str, ...] = ("sklansky", "brent-kung", "kogge-stone")
    efforts: tuple[Effort, ...] = (Effort.FAST, Effort.BEST)
    late_ns: float = 0.18
