"""The front of a run, proved and written: Verilog, ``front.json``, plots."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from circuitvae.archive import Result
from circuitvae.hdl.emit import verilog
from circuitvae.hdl.formats import stamped
from circuitvae.hdl.prove import prove_verilog
from circuitvae.prefix.classical import classical_adders
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.pareto import pareto_front
from circuitvae.search.task import Task, points_array
from synthesis.errors import ToolError
from synthesis.flow import Point
from synthesis.workers import SynthesisPool


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """A point that no other found point dominates, and the design it belongs to."""

    graph: PrefixGraph
    curve: tuple[Point, ...]
    point: Point


def front_of(results: Sequence[Result]) -> list[FrontPoint]:
    """The Pareto front over every point of every design, by rising delay."""
    points = [
        FrontPoint(result.graph, result.curve, point)
        for result in results
        if result.curve is not None
        for point in result.curve
    ]
    if not points:
        return []
    values = np.array([(p.point.delay_ns, p.point.area_um2) for p in points])
    return [points[index] for index in pareto_front(values)]


def front_values(front: Sequence[FrontPoint]) -> Float[np.ndarray, "F 2"]:
    """(delay_ns, area_um2) of ``F`` front points."""
    return np.array([(p.point.delay_ns, p.point.area_um2) for p in front]).reshape(-1, 2)


def describe(
    name: str,
    graph: PrefixGraph,
    curve: Sequence[Point],
    beside: Sequence[Mapping[str, float]] = (),
) -> dict[str, object]:
    """A design and its curve in JSON's types.

    Args:
        name: What the design is called.
        graph: The design.
        curve: ABC's numbers.
        beside: What other tools say of each point, by key.
    """
    points = [point._asdict() for point in curve]
    for point, values in zip(points, beside, strict=False):
        point.update(values)
    return {
        "design": name,
        "digest": graph.digest,
        "width": graph.width,
        "size": graph.size,
        "depth": graph.depth,
        "max_fanout": graph.max_fanout,
        "points": points,
    }


def design_names(front: Sequence[FrontPoint], width: int) -> dict[PrefixGraph, str]:
    """Names of a front's designs: a classical adder's own, else the digest."""
    classical = {graph: name for name, graph in classical_adders(width).items()}
    return {p.graph: f"{classical.get(p.graph, p.graph.digest)}" for p in front}


def prove_and_write(
    task: Task, front: Sequence[FrontPoint], folder: Path, notes: Mapping[str, str], workers: int
) -> dict[PrefixGraph, Path]:
    """Writes a Verilog file for each design of a front into ``folder``, after two proofs of each.

    The Verilog is proved equal to the golden model, and every gate-level netlist behind the
    design's curve is synthesised again and proved equal to the netlist it was made from.

    Raises:
        ToolError: A proof failed or could not be finished; nothing of that design is written.
    """
    curves = {p.graph: p.curve for p in front}
    names = design_names(front, task.width)
    with SynthesisPool(task.flow, workers) as pool:
        again = {graph: pool.submit(task.netlist(graph), prove=True) for graph in curves}
        for graph, future in again.items():
            if future.result() != curves[graph]:
                raise ToolError("synthesis", f"{names[graph]} gave another curve the second time")
    texts = {graph: verilog(task.circuit, graph, notes=stamped(notes)) for graph in curves}
    folder.mkdir(exist_ok=True)
    paths: dict[PrefixGraph, Path] = {}
    verdicts = prove_verilog(task.circuit, task.width, list(texts.values()))
    for (graph, text), verdict in zip(texts.items(), verdicts, strict=True):
        if verdict is not None:
            raise ToolError("proof", f"{names[graph]} is not an adder: {verdict}")
        paths[graph] = folder / f"adder_{task.width}_{names[graph]}.v"
        paths[graph].write_text(text)
    return paths


def front_json(
    front: Sequence[FrontPoint],
    names: Mapping[PrefixGraph, str],
    paths: Mapping[PrefixGraph, Path],
    beside: Mapping[FrontPoint, Mapping[str, float]],
) -> str:
    """The front as ``front.json`` holds it: a list of designs, by rising delay.

    Args:
        front: Its points.
        names: Names of its designs.
        paths: Their Verilog files.
        beside: What other tools say of points of the front, by key.
    """
    designs = {p.graph: p.curve for p in front}
    more = {(p.graph, p.point): values for p, values in beside.items()}
    return json.dumps(
        [
            describe(names[graph], graph, curve, [more.get((graph, p), {}) for p in curve])
            | {"verilog": f"front/{paths[graph].name}", "proved": True}
            for graph, curve in designs.items()
        ],
        indent=2,
    )


def classical_points(results: Sequence[Result], width: int) -> dict[str, np.ndarray]:
    """Curves ``[T, 2]`` of the classical adders among the results, by name."""
    by_graph = {result.graph: result.curve for result in results if result.curve is not None}
    return {
        name: points_array([by_graph[graph]])[0]
        for name, graph in classical_adders(width).items()
        if graph in by_graph
    }
