"""Settings of the comparison of one search for the front with several at one weight each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """What is searched.

    Attributes:
        library: Cell library.
        width: Bits.
        delay_weights: Of the searches at one weight.
        targets: Delay targets, as in the comparison of methods.
        method: Name that ``circuitvae search --optimizer`` takes.
        seeds: One search for the front, and one at each weight, for each.
        budget: Unique designs of each search, classical adders included.
    """

    library: str = "nangate45"
    width: int = 32
    delay_weights: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    targets: int = 12
    method: str = "circuitvae"
    seeds: tuple[int, ...] = (0, 1, 2)
    budget: int = 400
