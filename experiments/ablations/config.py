"""What the ablations run and report."""

from dataclasses import dataclass

_VARIANTS = "experiments.ablations.variants:"


@dataclass(frozen=True, slots=True)
class Task:
    """What a method is judged by.

    Attributes:
        width: Bits.
        delay_weight: Of the cost; None: the front's hypervolume counts.
        targets: Delay targets between the ends of the default ones, a constant factor apart.
        counts: Unique designs, classical adders included, after which runs are compared; the last
            is their budget.
    """

    width: int
    delay_weight: float | None
    targets: int
    counts: tuple[int, ...]

    @property
    def name(self) -> str:
        """As ``--task`` takes it."""
        return f"{self.width}-{self.delay_weight or 'front'}"


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the experiment.

    Attributes:
        library: Cell library.
        tasks: Each variant is run at each.
        whole: The method that parts are taken out of.
        variants: What it is compared to: names that ``circuitvae search --optimizer`` takes.
        pairs: Variants compared to each other: that with the part, that without.
        seeds: One run of each variant and task for each.
    """

    library: str = "nangate45"
    tasks: tuple[Task, ...] = (
        Task(64, None, 6, (100, 200)),
        Task(32, None, 12, (64, 100, 128, 400)),
        Task(32, 0.66, 12, (100, 300)),
    )
    whole: str = "circuitvae"
    variants: tuple[str, ...] = (
        _VARIANTS + "RandomMoves",
        _VARIANTS + "NoMoves",
        _VARIANTS + "Unbred",
        _VARIANTS + "UnbredRandomMoves",
        _VARIANTS + "UnbredNoMoves",
        _VARIANTS + "EstimateAlone",
        _VARIANTS + "Unpretrained",
        _VARIANTS + "NoOptimism",
        _VARIANTS + "TrustRegion",
        _VARIANTS + "SoftGrid",
        "genetic_screened",
    )
    pairs: tuple[tuple[str, str], ...] = (
        (_VARIANTS + "Unbred", _VARIANTS + "UnbredRandomMoves"),
        (_VARIANTS + "Unbred", _VARIANTS + "UnbredNoMoves"),
    )
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
