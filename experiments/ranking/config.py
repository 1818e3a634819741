"""Settings of the measurement of the screen's order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """What is measured.

    Attributes:
        firsts: Numbers of designs of a run that the screen learns from.
        following: Designs proposed next, which it orders.
        targets: Delay targets of the labels, between the ends of the run's own.
        orders: Orders of the nodes that labels are taken in.
        elite: Share of the designs called the best.
        top: Share of the designs whose overlap is the precision.
    """

    firsts: tuple[int, ...] = (300, 1000, 2000)
    following: int = 500
    targets: int = 24
    orders: int = 4
    elite: float = 0.3
    top: float = 0.05
