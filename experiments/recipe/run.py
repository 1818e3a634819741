"""Compares recipes with ABC's mapper on the same graphs, at equal delay."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import typer

from circuitvae.circuits.adder import Adder
from circuitvae.cli import answered
from circuitvae.prefix.classical import CLASSICAL, ladner_fischer, sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.initial import initial_designs
from experiments.recipe.config import Config
from synthesis.flow import Flow, Point, Synthesizer, whole_picoseconds
from synthesis.library import Library, load_library
from synthesis.recipes import MAPPED, PLANS, STRUCTURAL, Effort, Plan, Recipe

RESULTS = Path(__file__).parent / "results"
COLUMNS = (
    "design",
    "target_ns",
    "fast_ns",
    "fast_um2",
    "mapped_ns",
    "mapped_um2",
    "area_at_equal_delay",
)
Curve = tuple[Point, ...]


def graphs(config: Config, width: int) -> dict[str, PrefixGraph]:
    """The classical adders, Ladner-Fischer of one and two extra levels, and random designs."""
    named = {name: build(width) for name, build in CLASSICAL.items() if name != "ripple"}
    named |= {f"ladner-fischer-{k}": ladner_fischer(width, k) for k in (1, 2)}
    drawn = initial_designs(width, config.designs, np.random.default_rng(config.seed))
    return named | {f"random-{index}": graph for index, graph in enumerate(drawn)}


def curves(
    library: Library, recipe: Recipe, targets_ns: Sequence[float], designs: Iterable[PrefixGraph]
) -> list[Curve]:
    """The curve of each design by one recipe."""
    with mock.patch.dict(PLANS, {Effort.FAST: Plan((recipe,), 1)}):
        synthesizer = Synthesizer(Flow(library, tuple(targets_ns)))
        found = [synthesizer.curve(Adder().netlist(graph)) for graph in designs]
        synthesizer.close()
    return found


def targets(config: Config, library: Library, width: int) -> tuple[float, ...]:
    """The configuration's targets in ns."""
    ((fastest,),) = curves(library, MAPPED, [0.001], [sklansky(width)])
    return whole_picoseconds([factor * fastest.delay_ns for factor in config.targets])


def area_at(curve: Curve, delay_ns: float) -> float:
    """Least area at no more delay, between the points of the lower envelope; NaN if too fast."""
    envelope: list[tuple[float, float]] = []
    for point in sorted(curve, key=lambda point: (point.delay_ns, point.area_um2)):
        if not envelope or point.area_um2 < envelope[-1][1]:
            envelope.append((point.delay_ns, point.area_um2))
    delays, areas = zip(*envelope, strict=True)
    return float(np.interp(delay_ns, delays, areas, left=np.nan))


def compare(ours: Sequence[Curve], theirs: Sequence[Curve]) -> tuple[np.ndarray, np.ndarray]:
    """Our area over theirs at the delay of each of their points [D, T], and least delays [D]."""
    areas = [
        [area_at(our, point.delay_ns) / point.area_um2 for point in their]
        for our, their in zip(ours, theirs, strict=True)
    ]
    delays = [
        min(point.delay_ns for point in our) / min(point.delay_ns for point in their)
        for our, their in zip(ours, theirs, strict=True)
    ]
    return np.array(areas), np.array(delays)


app = typer.Typer()


@app.command()
def run(
    library: list[str] = typer.Option([], help="All of the configuration by default."),  # noqa: B008
    width: list[int] = typer.Option([], help="All of the configuration by default."),  # noqa: B008
) -> None:
    """Writes ``results/LIBRARY-WIDTH.csv``, a row for each design and target, and prints means."""
    config = Config()
    RESULTS.mkdir(exist_ok=True)
    for name in library or config.libraries:
        cells = load_library(name)
        for bits in width or config.widths:
            designs = graphs(config, bits)
            targets_ns = targets(config, cells, bits)
            ours, theirs = (
                curves(cells, recipe, targets_ns, designs.values())
                for recipe in (STRUCTURAL, MAPPED)
            )
            ratios, delays = compare(ours, theirs)
            rows = [
                [design, target, *fast[1:], *mapped[1:], round(ratio, 4)]
                for design, our, their, row in zip(designs, ours, theirs, ratios, strict=True)
                for target, fast, mapped, ratio in zip(targets_ns, our, their, row, strict=True)
            ]
            write(RESULTS / f"{name}-{bits}.csv", rows)
            first_random = len(designs) - config.designs
            for kind, some in (
                ("classical", slice(0, first_random)),
                ("random", slice(first_random, None)),
            ):
                print(f"{name} {bits} {kind}: {summary(ratios[some], delays[some])}")


@app.command()
def variants(
    library: str = "nangate45",
    width: int = 32,
) -> None:
    """Prints the same summary for each recipe the structural one was chosen from."""
    config = Config()
    cells, designs = load_library(library), graphs(config, width)
    targets_ns = targets(config, cells, width)
    theirs = curves(cells, MAPPED, targets_ns, designs.values())
    for margin, up, down in config.variants:
        size = f"upsize -J {up} -D {{target}}; dnsize -I {down} -D {{target}}"
        recipe = Recipe("variant", "", STRUCTURAL.buffer, size, margin)
        ours = curves(cells, recipe, targets_ns, designs.values())
        print(f"margin {margin}, -J {up}, -I {down}: {summary(*compare(ours, theirs))}")


@app.command()
def efforts(library: str = "nangate45", width: int = 32) -> None:
    """Prints the same summary for each effort, on the classical adders."""
    config = replace(Config(), designs=0)
    cells, designs = load_library(library), graphs(config, width)
    targets_ns = targets(config, cells, width)
    theirs = curves(cells, MAPPED, targets_ns, designs.values())
    for effort in Effort:
        synthesizer = Synthesizer(Flow(cells, targets_ns, effort))
        ours = [synthesizer.curve(Adder().netlist(graph)) for graph in designs.values()]
        synthesizer.close()
        print(f"{effort}: {summary(*compare(ours, theirs))}")


def write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    """Writes a table of results."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def summary(ratios: np.ndarray, delays: np.ndarray) -> str:
    """Mean, greatest and number out of reach at each target, and least delays."""
    means = " ".join(f"{value:.3f}" for value in np.nanmean(ratios, axis=0))
    most = " ".join(f"{value:.3f}" for value in np.nanmax(ratios, axis=0))
    missed = " ".join(map(str, np.isnan(ratios).sum(axis=0)))
    return (
        f"area mean {means}, greatest {most}; out of reach {missed} of {len(ratios)}; "
        f"least delay mean {delays.mean():.3f}, greatest {delays.max():.3f}"
    )


if __name__ == "__main__":
    answered(app)
