"""Synthesis under IO timing and wire loads, by way of virtual cells."""

import math
from collections.abc import Callable, Sequence

from synthesis import abc_runs
from synthesis.abc import AbcSession
from synthesis.abc_runs import Stime
from synthesis.blif import blif
from synthesis.mapped import MappedNetlist, read_blif
from synthesis.netlist import Netlist
from synthesis.recipes import Recipe
from synthesis.virtual_cells import VirtualCells


class ConstrainedDesign:
    """A design in an ABC that knows the virtual cells of its ports and wires.

    Gates are chosen; ports get their cells; nets are buffered, then get their loads, since ABC's
    buffering moves what hangs on a net; each target is sized. Where bits differ in timing, a target
    that is missed is tried again, from gates chosen and sized as if they did not, for what the
    latest input leaves of it: ABC sizes up the paths within 1 % of the latest output, and late
    inputs make that too many. If still missed, it is tried halfway to what was reached: a goal too
    far off spends area on paths that do not decide.

    Args:
        session: An ABC that has read the cells and the virtual cells.
        netlist: What to build.
        virtual: The virtual cells.
        targets_ns: Delay targets.
        timeout_s: Limit for each of ABC's runs.
    """

    def __init__(
        self,
        session: AbcSession,
        netlist: Netlist,
        virtual: VirtualCells,
        targets_ns: Sequence[float],
        timeout_s: float,
    ):
        self._session = session
        self._netlist = netlist
        self._virtual = virtual
        self._targets_ps = [max(1, round(1000 * t) + virtual.shift_ps) for t in targets_ns]
        self._timeout_s = timeout_s

    def size(
        self, recipe: Recipe, choose: Callable[[Sequence[int], bool], list[MappedNetlist]]
    ) -> list[tuple[Stime, str]]:
        """What ABC says and writes of each target, virtual cells included.

        Args:
            recipe: How nets are buffered and gates sized.
            choose: Gives gates for targets, ps after the earliest input, where all outputs are
                wanted with the latest; and is told whether to heed when bits arrive.

        Raises:
            ToolError: ABC failed, or did not say or write what it should have.
        """
        starts = self._buffer(recipe, choose(self._targets_ps, True))
        results = self._size(recipe, starts, self._targets_ps)
        if self._virtual.is_timed:
            self._retry(recipe, choose, results)
        return results

    def _retry(
        self,
        recipe: Recipe,
        choose: Callable[[Sequence[int], bool], list[MappedNetlist]],
        results: list[tuple[Stime, str]],
    ) -> None:
        """Puts what is better in the place of results that miss their targets."""
        virtual, targets = self._virtual, self._targets_ps
        latest = math.ceil(max(virtual.arrival_ps.values()))
        if missed := self._missed(results):
            left = [max(1, targets[i] - latest) for i in missed]
            starts = self._rewrite(
                [
                    virtual.with_all(netlist, timed=False)
                    for netlist in self._buffer(recipe, choose(left, False))
                ],
                [recipe.size.format(target=target) for target in left],
            )
            again = self._size(recipe, starts, [targets[i] for i in missed])
            for index, result in zip(missed, again, strict=True):
                results[index] = min(results[index], result)
        if missed := self._missed(results):
            nearer = [round((targets[i] + results[i][0].delay_ps) / 2) for i in missed]
            again = self._size(recipe, self._buffer(recipe, choose(nearer, True)), nearer)
            for index, result in zip(missed, again, strict=True):
                results[index] = min(results[index], result)

    def _missed(self, results: Sequence[tuple[Stime, str]]) -> list[int]:
        pairs = zip(results, self._targets_ps, strict=True)
        return [i for i, ((answer, _), target) in enumerate(pairs) if answer.delay_ps > target]

    def _buffer(self, recipe: Recipe, gates: Sequence[MappedNetlist]) -> list[MappedNetlist]:
        ported = [self._virtual.with_ports(netlist) for netlist in gates]
        return self._rewrite(ported, [recipe.buffer] * len(gates))

    def map(self, recipe: Recipe, targets_ps: Sequence[int], timed: bool) -> list[MappedNetlist]:
        """Gates for each target by ABC's mapper, which can honour arrival times.

        Raises:
            ToolError: As :meth:`size`.
        """
        arrivals = "".join(
            f".input_arrival {bit} {time} {time}\n"
            for bit, time in self._virtual.arrival_ps.items()
            if timed
        )
        text = blif(self._netlist).replace(".end\n", f"{arrivals}.end\n")
        (self._session.folder / "design.blif").write_text(text)
        # The option -n: without it ABC passes over arrival times.
        steps = ["empty", "read_blif -n design.blif", "print_stats", "strash", "backup"]
        for index, target in enumerate(targets_ps):
            steps += ["restore", recipe.map.format(target=target), "topo"]
            steps.append(f"write_blif written{index}.blif")
        abc_runs.run(self._session, self._netlist.name, steps, self._timeout_s)
        columns = {pin.name: pin.column for pin in self._netlist.inputs}
        return [read_blif(self._written(i), columns) for i in range(len(targets_ps))]

    def _size(
        self, recipe: Recipe, starts: Sequence[MappedNetlist], targets_ps: Sequence[int]
    ) -> list[tuple[Stime, str]]:
        decorated = [self._virtual.with_all(start) for start in starts]
        commands = [f"{recipe.size.format(target=target)}; stime" for target in targets_ps]
        return list(zip(*self._run(decorated, commands, timed=True), strict=True))

    def _rewrite(
        self, netlists: Sequence[MappedNetlist], commands: Sequence[str]
    ) -> list[MappedNetlist]:
        """What commands make of netlists with virtual cells, less these."""
        _, texts = self._run(netlists, commands)
        return [self._virtual.read(text) for text in texts]

    def _run(
        self, netlists: Sequence[MappedNetlist], commands: Sequence[str], *, timed: bool = False
    ) -> tuple[list[Stime], list[str]]:
        """Runs each netlist's commands; gives ABC's answers, if timed, and what it wrote."""
        steps = []
        for index, (netlist, command) in enumerate(zip(netlists, commands, strict=True)):
            (self._session.folder / f"start{index}.blif").write_text(netlist.blif())
            steps += ["empty", f"read_blif start{index}.blif", "print_stats", "topo", command]
            steps.append(f"write_blif written{index}.blif")
        count = len(netlists)
        answers = abc_runs.run(
            self._session, self._netlist.name, steps, self._timeout_s, timed=count * timed
        )
        return answers, [self._written(index) for index in range(count)]

    def _written(self, index: int) -> str:
        return abc_runs.written(
            self._session, self._netlist.name, f"written{index}.blif", ".model", ".end"
        )
