"""Settings of the measurement of what starting from another run gains."""

from dataclasses import dataclass, field
from pathlib import Path

from experiments import io_timing


@dataclass(frozen=True, slots=True)
class Config:
    """What is searched; options are those of ``circuitvae search``.

    Attributes:
        common: Options of every search.
        source: Those of the search whose designs the others start from.
        changes: Those of the searches that start from it, by what is different.
        seeds: One source, and one search with and without it for each change, for each.
        counts: Numbers of designs at which best costs are given; the last is the budget.
    """

    common: tuple[str, ...] = ("--delay-weight", "0.66")
    source: tuple[str, ...] = ("--width", "32", "--library", "nangate45")
    changes: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "width": ("--width", "64", "--library", "nangate45"),
            "library": ("--width", "32", "--library", "sky130hd"),
            "timing": (
                *("--width", "32", "--library", "nangate45"),
                *("--timing", str(Path(io_timing.__file__).with_name("hump.toml"))),
            ),
        }
    )
    seeds: tuple[int, ...] = (0, 1, 2)
    counts: tuple[int, ...] = (50, 100, 150)
