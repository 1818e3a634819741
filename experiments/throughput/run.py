"""Measures designs per second: ``python -m experiments.throughput.run``."""

import csv
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from circuitvae.circuits.adder import Adder
from circuitvae.cli import answered
from circuitvae.hdl.emit import verilog
from circuitvae.prefix.classical import sklansky
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.initial import initial_designs
from experiments.throughput.config import Config
from synthesis import yosys
from synthesis.flow import Flow, Synthesizer, default_targets, whole_picoseconds
from synthesis.library import Library, load_library
from synthesis.recipes import PLANS, Effort
from synthesis.structural import GateChooser
from synthesis.workers import SynthesisPool

RESULTS = Path(__file__).parent / "results"
Row = dict[str, object]


def milliseconds(action: Callable[[PrefixGraph], object], graphs: Sequence[PrefixGraph]) -> float:
    """Median time of ``action`` over designs, in ms."""
    times = []
    for graph in graphs:
        start = time.perf_counter()
        action(graph)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def flows(library: Library, width: int, counts: Sequence[int]) -> dict[int, Flow]:
    """A flow for each number of targets, spread from the Sklansky adder's least delay to twice."""
    tightest = default_targets(library, Adder().netlist(sklansky(width)))
    spread = np.linspace(tightest[1], tightest[-1], max(counts))
    return {count: Flow(library, whole_picoseconds(spread[:count].tolist())) for count in counts}


def split(flow: Flow, graphs: Sequence[PrefixGraph]) -> Row:
    """Median ms a design spends in each step, one target, ABC kept alive."""
    synthesizer = Synthesizer(flow)
    (recipe,) = PLANS[Effort.FAST].recipes
    steps = {"read": "empty; read_blif design.blif"}
    for command in recipe.commands(round(1000 * flow.targets_ns[0])).split("; "):
        steps[command.split()[0]] = command
    steps["stime"] = "stime"
    times: dict[str, list[float]] = {name: [] for name in ("netlist", "choose", *steps)}
    for graph in graphs:
        start = time.perf_counter()
        netlist = Adder().netlist(graph)
        times["netlist"].append(time.perf_counter() - start)
        start = time.perf_counter()
        chooser = GateChooser(netlist, synthesizer.ways)
        text = chooser.choose(recipe.margin * flow.targets_ns[0]).blif()
        times["choose"].append(time.perf_counter() - start)
        (synthesizer.session.folder / "design.blif").write_text(text)
        for name, commands in steps.items():
            start = time.perf_counter()
            synthesizer.session.run(commands, 600)
            times[name].append(time.perf_counter() - start)
    synthesizer.close()
    return {f"{name}_ms": round(1000 * float(np.median(t)), 2) for name, t in times.items()}


def fresh_abc(flow: Flow) -> Callable[[PrefixGraph], object]:
    """One ABC process a design, reading the Liberty text each time."""

    def run(graph: PrefixGraph) -> None:
        synthesizer = Synthesizer(flow)
        synthesizer.curve(Adder().netlist(graph))
        synthesizer.close()

    return run


def yosys_and_abc(flow: Flow) -> Callable[[PrefixGraph], object]:
    """One Yosys a design that reads Verilog and calls ABC with the Liberty file: `abc -liberty`."""
    with tempfile.TemporaryDirectory() as folder:
        paths = flow.library.plain_files(Path(folder))
        files = {f"cells{index}.lib": path.read_text() for index, path in enumerate(paths)}
    target = round(1000 * flow.targets_ns[0])
    libraries = " ".join(f"-liberty {name}" for name in files)

    def run(graph: PrefixGraph) -> None:
        script = [
            "read_verilog adder.v",
            "synth -auto-top -flatten",
            f"abc {libraries} -D {target}",
        ]
        text = verilog(Adder(), graph)
        yosys.run([*script, "write_blif out.blif"], {"adder.v": text, **files}, ["out.blif"])

    return run


def workers(flow: Flow, graphs: Sequence[PrefixGraph], count: int) -> float:
    """Designs per second of ``count`` workers, their start left out."""
    with SynthesisPool(flow, count) as pool:
        for future in [pool.submit(Adder().netlist(graph)) for graph in graphs[: 4 * count]]:
            future.result()
        start = time.perf_counter()
        for future in [pool.submit(Adder().netlist(graph)) for graph in graphs]:
            future.result()
        return len(graphs) / (time.perf_counter() - start)


def memory_mib(synthesizer: Synthesizer) -> float:
    """Resident memory of ABC, MiB (Linux)."""
    status = Path(f"/proc/{synthesizer.session.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def write(name: str, rows: Sequence[Row]) -> None:
    """Writes and prints a table."""
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    table = Table(*rows[0], title=name)
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)


def main(library: str = "nangate45", memory: bool = True) -> None:
    """Runs the experiment and writes ``results/*.csv``.

    Args:
        library: Cell library.
        memory: Also watch a worker's memory over many designs, which takes a few minutes.
    """
    config = Config(library=library)
    cells = load_library(library)
    rng = np.random.default_rng(config.seed)
    graphs = {width: initial_designs(width, config.designs, rng) for width in config.widths}
    speed, steps = [], []
    for width in config.widths:
        by_count = flows(cells, width, config.targets)
        row: Row = {"width": width}
        for count, flow in by_count.items():
            synthesizer = Synthesizer(flow)
            run = lambda graph, s=synthesizer: s.curve(Adder().netlist(graph))  # noqa: E731
            row[f"{count}_targets_ms"] = round(milliseconds(run, graphs[width]), 2)
            synthesizer.close()
        few = graphs[width][: config.slow_designs]
        row["fresh_abc_ms"] = round(milliseconds(fresh_abc(by_count[1]), few), 1)
        row["yosys_ms"] = round(milliseconds(yosys_and_abc(by_count[1]), few), 1)
        speed.append(row)
        steps.append({"width": width} | split(by_count[1], graphs[width]))
    write("speed", speed)
    write("steps", steps)

    flow = flows(cells, 32, (1,))[1]
    many = initial_designs(32, config.worker_designs, rng)
    rates = {count: workers(flow, many, count) for count in (1, 2)}
    write("workers", [{"workers": n, "designs_per_s": round(rate, 1)} for n, rate in rates.items()])

    if memory:
        synthesizer = Synthesizer(flow)
        rows: list[Row] = []
        for done in range(config.memory_designs + 1):
            if done % (config.memory_designs // 10) == 0:
                rows.append({"designs": done, "memory_mib": round(memory_mib(synthesizer), 1)})
            synthesizer.curve(Adder().netlist(many[done % len(many)]))
        synthesizer.close()
        write("memory", rows)


if __name__ == "__main__":
    answered(lambda: typer.run(main))
