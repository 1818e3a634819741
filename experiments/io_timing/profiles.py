"""Arrival profiles of adders; ``python -m experiments.io_timing.profiles`` writes them as TOML.

References:
    Stelling and Oklobdzija, "Design Strategies for Optimal Hybrid Final Adders in a Parallel
    Multiplier", Journal of VLSI Signal Processing 14, 1996 (the three regions of the hump).
"""

from pathlib import Path

from experiments.io_timing.config import Config
from synthesis.timing import UNIFORM, IOTiming

FOLDER = Path(__file__).parent
_ABOUT = {
    "uniform": "All bits at once: what is judged without a timing file.",
    "ramp": "Low bits first, as from a slower adder below; high sums wanted earlier.",
    "hump": "The final adder of a parallel multiplier: the middle columns are the tallest.",
    "operands": "Operand a is there at once, b comes late.",
    "carry_in": "The carry comes late: use with --carry-in.",
}


def profiles(width: int, late_ns: float) -> dict[str, IOTiming]:
    """Profiles by name, for adders of ``width`` bits with carry-out.

    Args:
        width: Bits.
        late_ns: How much later than the earliest the latest bit is.
    """
    top = max(width - 1, 1)
    rising = tuple(round(late_ns * i / top, 4) for i in range(width))
    hump = tuple(round(late_ns * min(1, 3 * i / top, 3 * (top - i) / top), 4) for i in range(width))
    early = tuple(-round(late_ns * i / top / 3, 4) for i in range(width))
    return {
        "uniform": UNIFORM,
        "ramp": IOTiming(arrival_ns=(("a", rising), ("b", rising)), required_ns=(("sum", early),)),
        "hump": IOTiming(arrival_ns=(("a", hump), ("b", hump))),
        "operands": IOTiming(arrival_ns=(("b", late_ns),)),
        "carry_in": IOTiming(arrival_ns=(("cin", late_ns),)),
    }


def toml(timing: IOTiming, comment: str) -> str:
    """The timing as a file for ``--timing``."""
    lines = [f"# {comment}"]
    for table, ports in timing.record().items():
        assert isinstance(ports, dict)
        lines += ["", f"[{table}]", *(f"{port} = {value}" for port, value in ports.items())]
    return "\n".join([*lines, ""])


def main() -> None:
    """Writes a TOML file for each profile beside this module."""
    config = Config()
    for name, timing in profiles(config.width, config.late_ns).items():
        (FOLDER / f"{name}.toml").write_text(toml(timing, f"{config.width} bits. {_ABOUT[name]}"))


if __name__ == "__main__":
    main()
