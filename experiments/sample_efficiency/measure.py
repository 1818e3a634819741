"""What is measured on runs: their best costs, and how many designs one method needs for another's.

Shapes: ``D`` designs of a run, in the order their results came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from circuitvae.prefix.graph import PrefixGraph
from synthesis.flow import whole_picoseconds


class Key(NamedTuple):
    """What the runs of several seeds have in common."""

    width: int
    delay_weight: float
    method: str


@dataclass(frozen=True, slots=True)
class Run:
    """One search, finished or not.

    Attributes:
        seed: Of its draws.
        best: Least cost after 1, 2, ... designs.
        seconds: When each result came; time between a stop and the resumption is left out.
        outside_s: Seconds in which no design was synthesised; NaN if the run did not record it.
        finalists: Its designs of least cost, the best first.
    """

    seed: int
    best: Float[np.ndarray, " D"]
    seconds: Float[np.ndarray, " D"]
    outside_s: float
    finalists: tuple[PrefixGraph, ...]

    @property
    def designs(self) -> int:
        """How many were synthesised."""
        return len(self.best)

    def best_at(self, designs: int) -> float:
        """Least cost after so many designs, or at the end of a shorter run."""
        return float(self.best[min(designs, self.designs) - 1])

    def designs_to(self, cost: float) -> float:
        """Designs after which the least cost is no more than ``cost``; infinite if it never is.

        Costs that the tables show alike are alike: machines round sums otherwise.
        """
        reached = self.best <= cost + _SAME
        return float(reached.argmax() + 1) if reached[-1] else np.inf


_SAME = 1e-6
"""Cost: the last digit that the tables keep."""

Runs = Mapping[Key, Sequence[Run]]


class Ratio(NamedTuple):
    """Designs that one method needs for another's result.

    Attributes:
        cost: The rivals' final best, median over their runs.
        needed: Designs until a run is no worse, median over ours; their own number if not reached.
        rival_designs: Designs of the rivals, median over their runs.
        reached: Whether the median run got there; if not, ``needed`` is a lower bound.
    """

    cost: float
    needed: float
    rival_designs: float
    reached: bool

    @property
    def value(self) -> float:
        """Needed designs over the rivals'."""
        return self.needed / self.rival_designs


def ratio(ours: Sequence[Run], rivals: Sequence[Run]) -> Ratio:
    """Designs that our runs need to be no worse than the rivals are at their end."""
    cost = float(np.median([run.best[-1] for run in rivals]))
    needed = np.array([run.designs_to(cost) for run in ours])
    reached = bool(np.isfinite(np.median(needed)))
    if not reached:
        lengths = [run.designs for run in ours]
        needed = np.where(np.isfinite(needed), needed, lengths)
    return Ratio(
        cost, float(np.median(needed)), float(np.median([run.designs for run in rivals])), reached
    )


def ratios(runs: Runs, ours: str, rivals: Sequence[str]) -> dict[Key, Ratio]:
    """The ratio for each rival and task where both have runs."""
    return {
        key: ratio(runs[key._replace(method=ours)], some)
        for key, some in runs.items()
        if key.method in rivals and key._replace(method=ours) in runs
    }


def geometric_mean(found: Mapping[Key, Ratio]) -> float:
    """Of the ratios' values."""
    return float(np.exp(np.mean([np.log(one.value) for one in found.values()])))


def interval(runs: Runs, ours: str, rivals: Sequence[str], resamples: int) -> tuple[float, float]:
    """Percentiles 2.5 and 97.5 of the geometric mean when each method's seeds are drawn anew.

    The percentile bootstrap: seeds of every task and method by themselves, with replacement.
    """
    rng = np.random.default_rng(0)
    means = []
    for _ in range(resamples):
        drawn = {
            key: [some[index] for index in rng.integers(len(some), size=len(some))]
            for key, some in runs.items()
        }
        means.append(geometric_mean(ratios(drawn, ours, rivals)))
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def dense_targets(targets_ns: Sequence[float], count: int) -> tuple[float, ...]:
    """Delay targets between the same ends, each the same factor above the last."""
    return whole_picoseconds(np.geomspace(min(targets_ns), max(targets_ns), count).tolist())
