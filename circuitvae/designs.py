"""Names of designs, as a person gives them: ``sklansky:64``, a file, ``RUN@best``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from circuitvae.circuits.adder import Adder
from circuitvae.hdl.read import read_prefix_adder
from circuitvae.prefix.classical import parse_classical
from circuitvae.prefix.convert import from_cellmap, from_json
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.task import points_array
from synthesis.errors import UserError

_CHOICES = ("best", "fastest", "smallest")


@dataclass(frozen=True, slots=True)
class Design:
    """A prefix graph, the circuit it makes, the name it was asked by, and notes of its origin."""

    name: str
    graph: PrefixGraph
    circuit: Adder
    notes: Mapping[str, str] = field(default_factory=dict)


def resolve(text: str, *, circuit: Adder | None = None, legalize: bool = False) -> Design:
    """Finds the design that ``text`` names.

    Args:
        text: ``NAME:WIDTH`` of a classical adder; a JSON, Verilog or cell map file; or
            ``RUN@best``, ``RUN@fastest``, ``RUN@smallest``, ``RUN@DIGEST``.
        circuit: What the graph shall compute, where the source does not say.
        legalize: Whether to add the cells that an illegal cell map lacks.

    Raises:
        UserError: Nothing of that name, or the file is not what it should be.
    """
    circuit = circuit or Adder()
    path = Path(text)
    if "@" in text and not path.exists():
        run, _, choice = text.rpartition("@")
        return _of_run(RunFolder.open(Path(run)), choice, text)
    if ":" in text and not path.exists():
        name, _, width = text.rpartition(":")
        if not width.lstrip("-").isdigit():
            raise UserError(
                f"{text}: expected NAME:WIDTH such as sklansky:64, found width {width!r}"
            )
        return Design(text, parse_classical(name, int(width)), circuit)
    try:
        content = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{text}: expected NAME:WIDTH (sklansky:64), RUN@best, or a JSON, Verilog or cell map "
            f"file; cannot read a file of that name: {error}"
        ) from error
    if path.suffix == ".v":
        own_circuit, graph = read_prefix_adder(content, source=text)
        return Design(text, graph, own_circuit)
    if path.suffix == ".json":
        return Design(text, from_json(content, source=text), circuit)
    return Design(text, from_cellmap(content, legalize=legalize, source=text), circuit)


def _of_run(run: RunFolder, choice: str, text: str) -> Design:
    results = [result for result in run.results() if result.curve is not None]
    if choice in _CHOICES:
        if not results:
            raise UserError(f"{text}: no design of that run was synthesised")
        points = points_array([result.curve for result in results if result.curve is not None])
        objective = run.objective()
        scores = {
            "best": objective.costs(points, objective.nominal_weight),
            "fastest": points[:, :, 0].min(axis=1),
            "smallest": points[:, :, 1].min(axis=1),
        }[choice]
        return Design(text, results[int(scores.argmin())].graph, run.circuit, run.notes)
    matching = {r.graph for r in results if choice and r.graph.digest.startswith(choice)}
    if len(matching) != 1:
        raise UserError(
            f"{text}: expected {', '.join(_CHOICES)} or the digest of one design after @, "
            f"found {choice!r}, which fits {len(matching)} designs"
        )
    return Design(text, matching.pop(), run.circuit, run.notes)
