"""What the ablations run and report."""

from dataclasses import dataclass

_VARIANTS = "experiments.ablations.variants:"


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the experiment.

    Attributes:
        library: Cell library.
        width: Bits.
        delay_weights: A task for each.
        targets: Delay targets, as in the comparison of methods.
        whole: The method that parts are taken out of.
        variants: What it is compared to: names that ``circuitvae search --optimizer`` takes.
        pairs: Variants compared to each other: that with the part, that without.
        seeds: One run of each variant and task for each.
        budget: Unique designs of a run, classical adders included.
        best: Designs in the mean of a run's best: less noisy than the best alone.
        firsts: Designs of a run that a model is told before its moves are compared.
        draws: Rounds of moves from each such model.
    """

    library: str = "nangate45"
    width: int = 32
    delay_weights: tuple[float, ...] = (0.95, 0.66)
    targets: int = 12
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
    budget: int = 300
    best: int = 10
    firsts: tuple[int, ...] = (32, 100, 300)
    draws: int = 3
