"""A flow: a netlist in, its area-delay curve out."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from statistics import fmean
from typing import NamedTuple

from synthesis import abc_runs, tools
from synthesis.abc import AbcSession, keep_log
from synthesis.abc_runs import Stime
from synthesis.blif import blif
from synthesis.constrained import ConstrainedDesign
from synthesis.errors import ToolError, UserError
from synthesis.library import Library
from synthesis.mapped import MappedNetlist, read_verilog
from synthesis.netlist import Netlist
from synthesis.recipes import PLANS, Effort, Recipe, reordered
from synthesis.sdc import sdc
from synthesis.timing import UNIFORM, IOTiming
from synthesis.virtual_cells import VirtualCells
from synthesis.ways import Ways, read_delays
from synthesis.wires import Wires, net_spans, wire_ff_per_column

_UNREACHABLE_NS = -1e6
"""A target below any delay that timing can bring about."""
_RELATIVE_TARGETS = (0.75, 0.9, 1.05, 1.25, 1.5, 2.0)


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
    be met gives the least delay found. Where the timing does not say otherwise, the library's
    driving cell drives every input and its load hangs on every output.

    Attributes:
        library: The cells.
        targets_ns: Delay targets, whole picoseconds.
        effort: Which recipes are tried.
        timing: When inputs arrive and outputs must be there; drivers and loads.
        wires: What wires cost.
        timeout_s: Limit for each of ABC's runs.

    Raises:
        UserError: A target, the driver or a value for wires is not as it must be, or cells are
            missing.
    """

    library: Library
    targets_ns: tuple[float, ...]
    effort: Effort = Effort.FAST
    timing: IOTiming = UNIFORM
    wires: Wires = Wires.NONE
    timeout_s: float = 120.0

    def __post_init__(self) -> None:
        if not self.targets_ns or (self.timing.is_uniform and min(self.targets_ns) < 0.001):
            raise UserError(
                f"delay targets must be at least 0.001 ns, found {list(self.targets_ns)}"
            )
        self.library.require_adder_gates()
        if self.wires is Wires.DATAPATH:
            wire_ff_per_column(self.library)
        driver = self.library.cells.get(self.driver_cell)
        if self.timing.driver_cell and (driver is None or len(driver.inputs) != 1):
            raise UserError(
                "timing: driver_cell: expected a buffer or inverter of library "
                f"{self.library.name}, found {self.driver_cell}"
            )

    @property
    def driver_cell(self) -> str:
        """The cell that drives every input."""
        return self.timing.driver_cell or self.library.driver_cell

    @property
    def needs_virtual_cells(self) -> bool:
        """Whether bits differ in timing, or wires count: what ABC does not know of itself."""
        return not self.timing.is_uniform or self.wires is not Wires.NONE

    def sdc(self, netlist: Netlist, verilog: str) -> str:
        """The conditions of this flow for other tools, as SDC.

        Args:
            netlist: What was built.
            verilog: The gates it became, as :meth:`Synthesizer.netlists` gives them.

        Raises:
            UserError: A net has a name that Tcl might misread.
        """
        inputs, outputs = ({pin.name: pin.column for pin in pins} for pins in netlist.ports)
        loads_ff = {}
        if self.wires is Wires.DATAPATH:
            unit_ff = wire_ff_per_column(self.library)
            spans = net_spans(read_verilog(verilog, inputs), inputs | outputs)
            loads_ff = {net: span * unit_ff for net, span in spans.items() if span}
        return sdc(self.library, self.timing, list(inputs), list(outputs), loads_ff)

    @cached_property
    def digest(self) -> str:
        """Names all that decides the numbers: cells, targets, recipes, timing, wires, ABC."""
        plan = astuple(PLANS[self.effort])
        conditions = [astuple(self.timing), self.wires]
        settings = [self.library.digest, self.targets_ns, plan, conditions]
        settings.append(tools.versions()["abc"])
        return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]


def _badness(result: tuple[str, Point]) -> tuple[float, float]:
    """Less is better: how late, but not earlier than the target, then the area."""
    _, point = result
    return max(point.delay_ns, point.target_ns), point.area_um2


class Synthesizer:
    """A flow with an ABC process of its own, the cells already read.

    Where virtual cells are needed, which differ by port, the first netlist makes ABC read them.

    Raises:
        ToolError: ABC failed to read the library, or is too old.
        UserError: A file of the library has changed since it was loaded.
    """

    def __init__(self, flow: Flow):
        self.flow = flow
        self.session = AbcSession()
        self._virtual: VirtualCells | None = None
        try:
            self.session.require_current(self.flow.timeout_s)
            if not flow.needs_virtual_cells:
                self._read_constraints()
        except BaseException:
            self.close()
            raise

    def _read_cells(self, then: str, expected: str) -> None:
        """Reads the library, then what ``then`` reads; ABC must answer ``expected`` to that."""
        library = self.flow.library
        folder = self.session.folder
        excluded = " ".join(f"-X {cell}" for cell in library.dont_use)
        commands = []
        for index, path in enumerate(library.plain_files(folder)):
            file = folder / f"cells{index}.lib"
            file.unlink(missing_ok=True)
            file.symlink_to(path)
            commands.append(f"read_lib {'-m' if index else ''} {excluded} {file.name}")
        commands.append("dump_genlib -G 250 -M 0 delays.genlib")
        (folder / "read").write_text("\n".join([*commands, then, ""]))
        output = self.session.run("source read", self.flow.timeout_s)
        delays = folder / "delays.genlib"
        if expected not in output or "Cannot" in output or not delays.is_file():
            raise ToolError(
                "yosys-abc", f"cannot read library {library.name}", keep_log("yosys-abc", output)
            )
        self.ways = Ways(library, read_delays(delays.read_text()))

    def _read_constraints(self) -> None:
        driver, load_ff = self.flow.driver_cell, self.flow.library.load_ff
        (self.session.folder / "constraints").write_text(
            f"set_driving_cell {driver}\nset_load {load_ff} [all_outputs]\n"
        )
        self._read_cells("read_constr -v constraints", f'driving cell to be "{driver}"')

    def _virtual_cells(self, netlist: Netlist) -> VirtualCells:
        """The virtual cells for a netlist's ports, read by ABC."""
        if self._virtual is None or self._virtual.ports != netlist.ports:
            flow = self.flow
            self._virtual = VirtualCells(
                flow.library,
                flow.timing,
                *netlist.ports,
                0.0 if flow.wires is Wires.NONE else wire_ff_per_column(flow.library),
            )
            (self.session.folder / "virtual.lib").write_text(self._virtual.liberty)
            self._read_cells("read_lib -m virtual.lib", 'from library "virtual"')
        return self._virtual

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
            file, _ = min(of_target, key=_badness)
            # Before the module stands a comment with the time of day.
            text = abc_runs.written(
                self.session, netlist.name, file, f"module {netlist.name} ", "endmodule"
            )
            texts.append(text.rstrip() + "\n")
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
        files = [f"{name}-{index}.v" for index in range(len(targets_ns))]
        # What ends each target.
        last = [["cec logic.blif"] * prove + [f"write_verilog {file}"] * keep for file in files]
        if prove:
            (self.session.folder / "logic.blif").write_text(blif(netlist))
        if self.flow.needs_virtual_cells:
            shift_ps, answers = self._size_by_virtual_cells(netlist, recipe, last, prove=prove)
        else:
            shift_ps, answers = 0, self._size(netlist, recipe, last, prove=prove)
        points = [
            Point(target_ns, round(answer.delay_ps - shift_ps, 2) / 1000, answer.area_um2)
            for target_ns, answer in zip(targets_ns, answers, strict=True)
        ]
        return list(zip(files, points, strict=True))

    def _gates(
        self, netlist: Netlist, recipe: Recipe, targets_ns: Sequence[float], timing: IOTiming
    ) -> list[MappedNetlist]:
        """The gates chosen for each target; the margin is of what the latest input leaves of it."""
        # Numba takes half a second to start; what chooses no gates need not wait for it.
        from synthesis.structural import GateChooser

        chooser = GateChooser(netlist, self.ways, timing)
        latest_ns = max(timing.arrival(pin.name) for pin in netlist.inputs)
        return [
            chooser.choose(latest_ns + recipe.margin * (target_ns - latest_ns))
            for target_ns in targets_ns
        ]

    def _size(
        self, netlist: Netlist, recipe: Recipe, last: Sequence[Sequence[str]], *, prove: bool
    ) -> list[Stime]:
        targets_ns = self.flow.targets_ns
        if recipe.structural:
            texts = [gates.blif() for gates in self._gates(netlist, recipe, targets_ns, UNIFORM)]
        else:
            texts = [blif(netlist)] * len(targets_ns)
        steps = []
        for index, (target_ns, text) in enumerate(zip(targets_ns, texts, strict=True)):
            (self.session.folder / f"design{index}.blif").write_text(text)
            steps += ["empty", f"read_blif design{index}.blif", "print_stats"]
            steps += [recipe.commands(round(target_ns * 1000)), "stime", *last[index]]
        return self._run(netlist, steps, timed=len(texts), proved=len(texts) * prove)

    def _size_by_virtual_cells(
        self, netlist: Netlist, recipe: Recipe, last: Sequence[Sequence[str]], *, prove: bool
    ) -> tuple[int, list[Stime]]:
        flow, virtual = self.flow, self._virtual_cells(netlist)
        design = ConstrainedDesign(self.session, netlist, virtual, flow.targets_ns, flow.timeout_s)

        def choose(targets_ps: Sequence[int], timed: bool) -> list[MappedNetlist]:
            if not recipe.structural:
                return design.map(recipe, targets_ps, timed)
            shift_ps, timing = (virtual.shift_ps, flow.timing) if timed else (0, UNIFORM)
            targets_ns = [(target - shift_ps) / 1000 for target in targets_ps]
            return self._gates(netlist, recipe, targets_ns, timing)

        results = design.size(recipe, choose)
        if any(last):
            steps = []
            for index, (_, text) in enumerate(results):
                (self.session.folder / f"plain{index}.blif").write_text(virtual.read(text).blif())
                steps += ["empty", f"read_blif plain{index}.blif", "print_stats", *last[index]]
            self._run(netlist, steps, proved=len(results) * prove)
        return virtual.shift_ps, [answer for answer, _ in results]

    def _run(
        self, netlist: Netlist, steps: Sequence[str], *, timed: int = 0, proved: int = 0
    ) -> list[Stime]:
        timeout_s = self.flow.timeout_s
        return abc_runs.run(
            self.session, netlist.name, steps, timeout_s, timed=timed, proved=proved
        )

    def close(self) -> None:
        """Ends ABC."""
        self.session.close()


def default_targets(
    library: Library,
    reference: Netlist,
    timing: IOTiming = UNIFORM,
    wires: Wires = Wires.NONE,
) -> tuple[float, ...]:
    """Delay targets around the least delay of a reference, usually the Sklansky adder.

    From 0.75 to 2 times the least delay: from best effort to least area. Where bits differ in
    timing, the steps are those of uniform timing, around the least delay under the timing given.
    """
    uniform = IOTiming(driver_cell=timing.driver_cell)
    path_ns = _least_delay_ns(Flow(library, (0.001,), timing=uniform, wires=wires), reference)
    least_ns = path_ns
    if not timing.is_uniform:
        flow = Flow(library, (_UNREACHABLE_NS,), timing=timing, wires=wires)
        least_ns = _least_delay_ns(flow, reference)
    return whole_picoseconds([least_ns + (factor - 1) * path_ns for factor in _RELATIVE_TARGETS])


def _least_delay_ns(flow: Flow, netlist: Netlist) -> float:
    synthesizer = Synthesizer(flow)
    try:
        return synthesizer.curve(netlist)[0].delay_ns
    finally:
        synthesizer.close()


def whole_picoseconds(targets_ns: Sequence[float]) -> tuple[float, ...]:
    """Targets as ABC takes them, ascending and without repetition."""
    return tuple(sorted({round(target, 3) for target in targets_ns}))
