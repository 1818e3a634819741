"""The search loop: one place that counts the budget, keeps results, shows progress, resumes."""

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from queue import SimpleQueue
from typing import Any

import numpy as np
import orbax.checkpoint as ocp

from circuitvae.archive import Archive, Result, StorageError
from circuitvae.prefix.classical import classical_adders, sklansky
from circuitvae.prefix.convert import from_bits, to_bits, to_hex
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.interrupts import Interrupts
from circuitvae.search.objective import Objective, check_delay_weight
from circuitvae.search.optimizer import Optimizer, Problem, find_optimizer
from circuitvae.search.pareto import hypervolume, pareto_front
from circuitvae.search.run_folder import RunFolder, write_atomically
from circuitvae.search.task import Task, points_array
from synthesis.errors import ToolError, WorkerError
from synthesis.flow import Point
from synthesis.workers import SynthesisPool

_IDLE_LIMIT = 100
"""Asks in a row without a new design after which a search counts as exhausted."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How a task is searched.

    Attributes:
        optimizer: Name in the registry, or ``module:class``.
        budget: Unique designs synthesised, classical adders included.
        delay_weight: Of the cost, or None for the whole front.
        seed: Of every random draw.
        workers: Synthesis processes.
        starts: Designs synthesised and told after the classical adders, before any others.

    Raises:
        UserError: There is no such optimizer, or the weight is out of range.
    """

    optimizer: str
    budget: int
    delay_weight: float | None
    seed: int
    workers: int
    starts: tuple[PrefixGraph, ...] = ()

    def __post_init__(self) -> None:
        find_optimizer(self.optimizer)
        check_delay_weight(self.delay_weight)

    def record(self) -> dict[str, object]:
        """The settings in JSON's types."""
        record: dict[str, object] = asdict(replace(self, starts=()))
        del record["starts"]
        if self.starts:
            record["starts"] = to_hex(self.starts)
        return record


@dataclass(frozen=True, slots=True)
class Status:
    """Where a search stands, for progress displays."""

    evaluations: int
    budget: int
    best_cost: float
    hypervolume: float
    failures: int
    activity: str


@dataclass
class History:
    """How cost and hypervolume went, a row for each design in the order told."""

    objective: Objective
    rows: list[tuple[int, float, float, float]] = field(default_factory=list)
    _front: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))

    def add(self, result: Result) -> None:
        """Counts a result."""
        _, _, best, volume = self.rows[-1] if self.rows else (0, 0.0, float("inf"), 0.0)
        if result.curve is not None:
            points = points_array([result.curve])
            weight = self.objective.nominal_weight
            best = min(best, float(self.objective.costs(points, weight)[0]))
            merged = np.concatenate([self._front, points[0]])
            self._front = merged[pareto_front(merged)]
            volume = hypervolume(self._front, self.objective.reference_point)
        self.rows.append((len(self.rows) + 1, result.seconds, best, volume))

    def csv(self) -> str:
        """Columns ``evaluations,seconds,best_cost,hypervolume``; no cost when none is weighted."""
        lines = ["evaluations,seconds,best_cost,hypervolume"]
        for evaluations, seconds, best, volume in self.rows:
            lines.append(f"{evaluations},{seconds:.2f},{best:.6f},{volume:.6g}")
        return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found.

    Attributes:
        results: Every design in the order told, failures included.
        objective: How designs were judged.
        stopped: Why it ended: ``budget``, ``exhausted`` or ``interrupted``.
    """

    results: tuple[Result, ...]
    objective: Objective
    stopped: str

    def best(self) -> Result:
        """The design of least cost; at weight 0.5 where the whole front was searched."""
        good = [result for result in self.results if result.curve is not None]
        points = points_array([result.curve for result in good if result.curve is not None])
        costs = self.objective.costs(points, self.objective.nominal_weight)
        return good[int(costs.argmin())]


class Search:
    """A run of one optimiser on one task.

    The classical adders are synthesised and told first, then the starts. Every result is in the
    archive before anything else happens, and the optimiser is checkpointed after each batch, so
    that a run killed at any moment continues as if it had not been.

    Args:
        task: What is judged.
        settings: How it is searched.
        folder: Where results go.
        progress: Called whenever something happened.
    """

    def __init__(
        self,
        task: Task,
        settings: SearchSettings,
        folder: RunFolder,
        progress: Callable[[Status], None] = lambda status: None,
    ):
        self._task = task
        self._settings = settings
        self._folder = folder
        self._progress = progress
        self._interrupts = Interrupts()
        self._results: dict[PrefixGraph, Result] = {}
        self._told: dict[PrefixGraph, None] = {}
        self._failures = 0
        self._synthesis_s = self._reported_s = 0.0

    def run(self) -> Outcome:
        """Searches until the budget is spent, nothing new is left, or Ctrl-C.

        Raises:
            ToolError: The reference design could not be synthesised, or no worker can be started.
            StorageError: The disk is full, or the like.
            UserError: The library has changed.
        """
        try:
            with self._interrupts:
                return self._run()
        except ToolError:
            raise
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise StorageError(
                f"{place}{error.strerror or error}; what was found so far is kept in "
                f"{self._folder.path}: make sure that there and in {tempfile.gettempdir()} files "
                "can be written and there is room, then continue with --resume"
            ) from error

    def _run(self) -> Outcome:
        settings = self._settings
        with (
            closing(Archive(self._folder.archive)) as self._archive,
            SynthesisPool(self._task.flow, settings.workers) as self._pool,
            ocp.CheckpointManager(
                self._folder.checkpoints.absolute(),
                options=ocp.CheckpointManagerOptions(
                    max_to_keep=2, enable_async_checkpointing=False
                ),
            ) as self._checkpoints,
        ):
            reference = sklansky(self._task.width)
            for result in self._archive.results(self._task.key):
                if result.curve is None and result.graph == reference:
                    continue  # Nothing can be searched without it: it is tried again.
                self._results[result.graph] = result
                self._failures += result.curve is None
            spent = max((result.seconds for result in self._results.values()), default=0.0)
            self._started = time.monotonic() - spent
            return self._search()

    def _search(self) -> Outcome:
        settings, width = self._settings, self._task.width
        reference = sklansky(width)
        (result,) = self._synthesize([reference])
        if result.curve is None:
            raise ToolError("synthesis", f"the Sklansky adder failed: {result.error}")
        objective = Objective.scaled_by(result.curve, settings.delay_weight)
        self._history = History(objective)
        problem = Problem(self._task, objective, settings.budget, settings.seed)
        firsts = dict.fromkeys([reference, *classical_adders(width).values(), *settings.starts])
        with ThreadPoolExecutor(1, "optimizer") as beside:
            made = beside.submit(find_optimizer(settings.optimizer), problem)
            step = self._checkpoints.latest_step()
            try:
                asked = [] if step is None else self._resume(made.result(), step)
                untold = [graph for graph in firsts if graph not in self._told]
                results = self._synthesize(untold[: max(settings.budget - len(self._told), 0)])
                stopped = self._loop(made.result(), results, asked, beside)
            except KeyboardInterrupt:
                stopped = "interrupted"
                self._show("stopping: the method ends its round")
        order = dict.fromkeys([*self._told, *self._results])
        return Outcome(tuple(self._results[graph] for graph in order), objective, stopped)

    def _resume(self, optimizer: Optimizer, step: int) -> list[PrefixGraph]:
        """Goes back to where a search stood when it was saved; returns what it had asked for."""
        state = self._checkpoints.restore(step, args=ocp.args.StandardRestore())
        optimizer.restore(state["optimizer"])
        width = self._task.width
        for graph in from_bits(state["told"], width):
            self._told[graph] = None
            self._history.add(self._results[graph])
        self._write_history()
        asked = from_bits(state["asked"], width) if "asked" in state else []
        return asked[: max(self._settings.budget - len(self._told), 0)]

    def _loop(
        self,
        optimizer: Optimizer,
        results: list[Result],
        asked: list[PrefixGraph],
        beside: ThreadPoolExecutor,
    ) -> str:
        """Tells results and asks for more, from where a search stands, to its end."""
        idle = 0
        while True:
            if not asked:
                self._report("choosing designs")
                asked = self._advance(optimizer, results, [])
                results = []
                if not asked:
                    spent = len(self._told) >= self._settings.budget
                    return "budget" if spent else "exhausted"
            new = any(graph not in self._told for graph in asked)
            idle = 0 if new else idle + 1
            if idle == _IDLE_LIMIT:
                return "exhausted"
            if optimizer.ahead:
                following = beside.submit(self._advance, optimizer, results, asked)
                results = self._synthesize(asked)
                asked = following.result()
            else:
                results, asked = self._synthesize(asked), []

    def _advance(
        self, optimizer: Optimizer, results: Sequence[Result], asked: Sequence[PrefixGraph]
    ) -> list[PrefixGraph]:
        """Tells results and asks for the batch after ``asked``, which is synthesised meanwhile."""
        if results:
            self._tell(optimizer, results, asked)
        waiting = sum(graph not in self._told for graph in dict.fromkeys(asked))
        left = self._settings.budget - len(self._told) - waiting
        return optimizer.ask(min(optimizer.batch_size, left)) if left > 0 else []

    def _tell(
        self, optimizer: Optimizer, results: Sequence[Result], asked: Sequence[PrefixGraph]
    ) -> None:
        """Tells results and saves where the search stands; ``asked`` is what comes next."""
        good = [(result.graph, result.curve) for result in results if result.curve is not None]
        none = np.empty((0, len(self._task.flow.targets_ns), 2))
        points = points_array([curve for _, curve in good]) if good else none
        optimizer.tell([graph for graph, _ in good], points)
        for result in results:
            if result.graph not in self._told:
                self._told[result.graph] = None
                self._history.add(result)
        width = self._task.width
        state = {"optimizer": optimizer.state(), "told": to_bits(list(self._told), width)}
        if asked:
            state["asked"] = to_bits(asked, width)
        self._save(state)
        self._write_history()
        with (self._folder.path / "diagnostics.jsonl").open("a") as file:
            synthesis_s, self._reported_s = self._synthesis_s - self._reported_s, self._synthesis_s
            times = {"seconds": time.monotonic() - self._started, "synthesis_s": synthesis_s}
            figures = {"evaluations": len(self._told), **times, **optimizer.diagnostics()}
            file.write(json.dumps(figures) + "\n")

    def _write_history(self) -> None:
        write_atomically(self._folder.path / "history.csv", self._history.csv())

    def _save(self, state: dict[str, Any]) -> None:
        try:
            self._checkpoints.save(len(self._told), args=ocp.args.StandardSave(state))
        except ValueError as error:
            # How Orbax reports that the system refused to write.
            if "os_error_code" not in str(error):
                raise
            reason = str(error).rsplit(": ", 1)[-1]
            raise StorageError(f"{self._folder.checkpoints}: {reason}") from error

    def _synthesize(self, graphs: Sequence[PrefixGraph]) -> list[Result]:
        """Results in the order of ``graphs``; each new one is archived as it comes."""
        start = time.monotonic()
        new = [graph for graph in dict.fromkeys(graphs) if graph not in self._results]
        done: SimpleQueue[Future[tuple[Point, ...]]] = SimpleQueue()
        pending: dict[Future[tuple[Point, ...]], PrefixGraph] = {}
        for graph in new:
            future = self._pool.submit(self._task.netlist(graph))
            pending[future] = graph
            future.add_done_callback(done.put)
        for _ in new:
            future = done.get()
            graph, error = pending[future], future.exception()
            if isinstance(error, WorkerError) or not isinstance(error, ToolError | None):
                raise error
            result = Result(
                graph,
                None if error else future.result(),
                str(error) if error else None,
                time.monotonic() - self._started,
            )
            self._archive.add(self._task.key, result)
            self._results[graph] = result
            self._failures += result.curve is None
            self._report("synthesising")
        self._synthesis_s += time.monotonic() - start
        return [self._results[graph] for graph in graphs]

    def _report(self, activity: str) -> None:
        self._interrupts.check()
        self._show(activity)

    def _show(self, activity: str) -> None:
        history = getattr(self, "_history", None)
        row = history.rows[-1] if history and history.rows else (0, 0.0, float("nan"), 0.0)
        self._progress(
            Status(
                len(self._results), self._settings.budget, row[2], row[3], self._failures, activity
            )
        )
