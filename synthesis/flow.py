"""A flow: a netlist in, its area-delay curve out."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from statistics import fmean
from typing import NamedTuple

from synthesis import tools
from synthesis.abc import AbcSession, keep_log
from synthesis.blif import blif
from synthesis.errors import ToolError, UserError
from synthesis.library import Library
from synthesis.netlist import Netlist
from synthesis.recipes import PLANS, Effort, Recipe, reordered
from synthesis.structural import GateChooser
from synthesis.ways import Ways, read_delays

_RELATIVE_TARGETS = (0.75, 0.9, 1.05, 1.25, 1.5, 2.0)
_POSITIVE = r"(?!0\.0+ )(\d+\.\d+)"
_STIME = re.compile(rf"Area =\s*{_POSITIVE} .*?Delay =\s*{_POSITIVE} ps")
_TROUBLE = re.compile(r"Cannot (find|open|read)|Constant-0|[Ee]rror|[Uu]nknown command")


class Point(NamedTuple):
    """One point of a curve: what a design became for one delay target."""

    target_ns: float
    delay_ns: float
    area_um2: float


@dataclass(frozen=True)
class Flow:
    """How a netlist is synthesised and judged.

    Every target is synthesised by itself, by the recipes of the effort: gates are chosen (or mapped
    by ABC), nets buffered, gates sized up to the target and down to its slack. A target that cannot
    be met gives the least delay found. The library's driving cell drives every input, its load
    hangs on every output.

    Attributes:
        library: The cells.
        targets_ns: Delay targets, whole picoseconds.
        effort: Which recipes are tried.
        timeout_s: Limit for one design.

    Raises:
        UserError: A target is not a positive number of picoseconds, or cells are missing.
    """

    library: Library
    targets_ns: tuple[float, ...]
    effort: Effort = Effort.FAST
    timeout_s: float = 120.0

    def __post_init__(self) -> None:
        if not self.targets_ns or min(self.targets_ns) < 0.001:
            raise UserError(
                f"delay targets must be at least 0.001 ns, found {list(self.targets_ns)}"
            )
        self.library.require_adder_gates()

    @cached_property
    def digest(self) -> str:
        """Names all that decides the numbers: cells, targets, recipes, ABC's version."""
        plan = astuple(PLANS[self.effort])
        settings = [self.library.digest, self.targets_ns, plan, tools.versions()["abc"]]
        return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]


def _badness(result: tuple[str, Point]) -> tuple[float, float]:
    """Less is better: how late, but not earlier than the target, then the area."""
    _, point = result
    return max(point.delay_ns, point.target_ns), point.area_um2


class Synthesizer:
    """A flow with an ABC process of its own, the cells already read.

    Raises:
        ToolError: ABC failed to read the library, or is too old.
        UserError: A file of the library has changed since it was loaded.
    """

    def __init__(self, flow: Flow):
        self.flow = flow
        self.session = AbcSession()
        try:
            self.session.require_current(self.flow.timeout_s)
            self._read_library()
        except BaseException:
            self.close()
            raise

    def _read_library(self) -> None:
        library = self.flow.library
        folder = self.session.folder
        excluded = " ".join(f"-X {cell}" for cell in library.dont_use)
        commands = []
        for index, path in enumerate(library.plain_files(folder)):
            (folder / f"cells{index}.lib").symlink_to(path)
            commands.append(f"read_lib {'-m' if index else ''} {excluded} cells{index}.lib")
        (folder / "constraints").write_text(
            f"set_driving_cell {library.driver_cell}\nset_load {library.load_ff} [all_outputs]\n"
        )
        commands += ["read_constr -v constraints", "dump_genlib -G 250 -M 0 delays.genlib", ""]
        (folder / "read").write_text("\n".join(commands))
        output = self.session.run("source read", self.flow.timeout_s)
        delays = folder / "delays.genlib"
        read = f'driving cell to be "{library.driver_cell}"' in output and "Cannot" not in output
        if not (read and delays.is_file()):
            raise ToolError(
                "yosys-abc", f"cannot read library {library.name}", keep_log("yosys-abc", output)
            )
        self.ways = Ways(library, read_delays(delays.read_text()))

    def curve(self, netlist: Netlist, *, prove: bool = False) -> tuple[Point, ...]:
        """Synthesises ``netlist`` for every target of the flow.

        Args:
            netlist: What to build.
            prove: Also prove every sized netlist equivalent to ``netlist``.

        Raises:
            ToolError: ABC failed, did not say what it should have, or found a difference.
        """
        winners = self._winners(netlist, prove=prove)
        points = [[point for _, point in of_target] for of_target in winners]
        return tuple(Point(*map(fmean, zip(*of_target, strict=True))) for of_target in points)

    def netlists(self, netlist: Netlist) -> tuple[str, ...]:
        """The sized gates behind each point of :meth:`curve`, as Verilog of one module each.

        Where a point is a mean over orders, those of its best order.

        Raises:
            ToolError: ABC failed, or did not say or write what it should have.
        """
        texts = []
        for of_target in self._winners(netlist, keep=True):
            name, _ = min(of_target, key=_badness)
            file = self.session.folder / name
            text = file.read_text() if file.is_file() else ""
            # Before the module stands a comment with the time of day.
            _, module, body = text.partition(f"module {netlist.name} ")
            if "endmodule" not in body:
                raise ToolError("yosys-abc", f"{netlist.name}: `write_verilog` wrote no netlist")
            texts.append(module + body.rstrip() + "\n")
        return tuple(texts)

    def _winners(
        self, netlist: Netlist, *, prove: bool = False, keep: bool = False
    ) -> list[list[tuple[str, Point]]]:
        """For each target the best recipe's file and point, in each order of the nodes."""
        plan = PLANS[self.flow.effort]
        winners = []
        for order in range(plan.orders):
            same = reordered(netlist, order)
            curves = [
                self._curve(same, recipe, f"{recipe.name}-{order}", prove=prove, keep=keep)
                for recipe in plan.recipes
            ]
            winners.append([min(results, key=_badness) for results in zip(*curves, strict=True)])
        return [list(of_target) for of_target in zip(*winners, strict=True)]

    def _curve(
        self, netlist: Netlist, recipe: Recipe, name: str, *, prove: bool, keep: bool
    ) -> list[tuple[str, Point]]:
        """The file and the point of each target; the files are written to ``keep``."""
        targets_ns = self.flow.targets_ns
        if recipe.structural:
            chooser = GateChooser(netlist, self.ways)
            texts = [chooser.choose(recipe.margin * target).blif() for target in targets_ns]
        else:
            texts = [blif(netlist)] * len(targets_ns)
        files = [f"{name}-{index}.v" for index in range(len(targets_ns))]
        if prove:
            (self.session.folder / "logic.blif").write_text(blif(netlist))
        steps = []
        for index, (target_ns, text) in enumerate(zip(targets_ns, texts, strict=True)):
            (self.session.folder / f"design{index}.blif").write_text(text)
            steps += ["empty", f"read_blif design{index}.blif", "print_stats"]
            steps.append(recipe.commands(round(target_ns * 1000)))
            steps += ["stime"] + ["cec logic.blif"] * prove
            steps += [f"write_verilog {files[index]}"] * keep
        output = self.session.run("; ".join(steps), self.flow.timeout_s)
        found = _STIME.findall(output)
        trouble = _TROUBLE.search(output)
        if trouble or output.count(netlist.name) < len(texts) or len(found) != len(texts):
            problem = (
                output[trouble.start() :].splitlines()[0]
                if trouble
                else f"expected {len(self.flow.targets_ns)} `stime` lines, found {len(found)}"
            )
            raise ToolError(
                "yosys-abc", f"{netlist.name}: {problem}", keep_log("yosys-abc", output)
            )
        if prove and output.count("Networks are equivalent") != len(self.flow.targets_ns):
            raise ToolError(
                "yosys-abc",
                f"{netlist.name}: a sized netlist was not proved equivalent",
                keep_log("yosys-abc", output),
            )
        points = [
            Point(target_ns, float(delay_ps) / 1000, float(area))
            for target_ns, (area, delay_ps) in zip(targets_ns, found, strict=True)
        ]
        return list(zip(files, points, strict=True))

    def close(self) -> None:
        """Ends ABC."""
        self.session.close()


def default_targets(library: Library, reference: Netlist) -> tuple[float, ...]:
    """Delay targets around the least delay of a reference, usually the Sklansky adder.

    From 0.75 to 2 times the least delay: from best effort to least area.
    """
    synthesizer = Synthesizer(Flow(library, (0.001,)))
    try:
        (fastest,) = synthesizer.curve(reference)
    finally:
        synthesizer.close()
    return whole_picoseconds([factor * fastest.delay_ns for factor in _RELATIVE_TARGETS])


def whole_picoseconds(targets_ns: Sequence[float]) -> tuple[float, ...]:
    """Targets as ABC takes them, ascending and without repetition."""
    return tuple(sorted({round(target, 3) for target in targets_ns}))
