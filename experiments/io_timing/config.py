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
        parts: Targets of the aware flow, as parts of the blind points' delays, beside its own six
            and the blind flow's, later by ``late_ns``.
        late_ns: How much later than the earliest the latest bit of a profile is.
    """

    library: str = "nangate45"
    width: int = 32
    designs: tuple[str, ...] = ("sklansky", "brent-kung", "kogge-stone")
    efforts: tuple[Effort, ...] = (Effort.FAST, Effort.BEST)
    parts: tuple[float, ...] = (0.99, 0.998)
    late_ns: float = 0.18
