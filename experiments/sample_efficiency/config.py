"""What the comparison of search methods runs and reports."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the experiment.

    Attributes:
        library: Cell library.
        tasks: Bits and delay weight of each task; all else is a search's default.
        targets: Delay targets between the ends of the default ones: six make the cost too coarse.
        methods: Names that ``circuitvae search --optimizer`` takes.
        seeds: One run of each method and task for each.
        budget: Unique designs of a run, classical adders included.
        budgets: Other budgets, by method.
        counts: Numbers of designs at which the report gives the best cost.
        ours: The method whose designs are counted against its rivals'.
        rivals: Groups of rivals; each has a geometric mean of its own.
        resamples: Draws of seeds behind each interval.
        finalists: Best designs of a run that are re-scored; its final design is the best of them.
        orders: Orders of the nodes that they are re-scored in.
        dense_targets: Delay targets of the second re-scoring, between the ends of the first.
    """

    library: str = "nangate45"
    tasks: tuple[tuple[int, float], ...] = (
        (32, 0.33),
        (32, 0.66),
        (32, 0.95),
        (64, 0.33),
        (64, 0.66),
    )
    targets: int = 12
    methods: tuple[str, ...] = ("circuitvae", "genetic", "annealing", "random", "genetic_screened")
    seeds: tuple[int, ...] = (0, 1, 2)
    budget: int = 2000
    budgets: dict[str, int] = field(default_factory=dict)
    counts: tuple[int, ...] = (250, 500, 1000, 2000)
    ours: str = "circuitvae"
    rivals: tuple[tuple[str, ...], ...] = (
        ("genetic", "annealing"),
        ("random",),
        ("genetic_screened",),
    )
    resamples: int = 2000
    finalists: int = 32
    orders: int = 8
    dense_targets: int = 24
