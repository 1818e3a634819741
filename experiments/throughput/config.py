"""What the throughput experiment measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the experiment.

    Attributes:
        library: Cell library.
        widths: Bits.
        targets: Numbers of delay targets.
        designs: Random designs of each width, synthesised one after another.
        slow_designs: Designs given to the ways that start a process each time.
        worker_designs: Designs for one worker against two.
        memory_designs: Designs after which a worker's memory is compared with its start.
        seed: Of the random graphs.
    """

    library: str = "nangate45"
    widths: tuple[int, ...] = (16, 32, 64, 128, 256)
    targets: tuple[int, ...] = (1, 2, 4)
    designs: int = 40
    slow_designs: int = 5
    worker_designs: int = 400
    memory_designs: int = 10_000
    seed: int = 0
