"""Timing tables of cells, from Liberty text: the non-linear delay model (NLDM).

References:
    Synopsys, "Liberty User Guide", volume 1, 2017, chapter "Timing Arcs".
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from synthesis.errors import UserError
from synthesis.liberty import Group, LibertyFile, groups, liberty_text, simple_attributes, unquote

_TEMPLATE = re.compile(r"(?<!\w)lu_table_template\s*\(([^(){};]*)\)\s*\{([^{}]*)\}")
_COMPLEX = re.compile(r"(\w+)\s*\(([^()]*)\)\s*;")
_VARIABLE = re.compile(r"variable_([12])\s*:\s*\"?(\w+)")
_SEPARATORS = re.compile(r'[\s,"\\]+')
_AXES = ("input_net_transition", "total_output_net_capacitance")
_TABLES = ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
_TABLE_DEPTH = 4
"""Cell, pin, timing, table."""


@dataclass(frozen=True, slots=True)
class Table:
    """A time over input slew and output load; an axis of one point does not matter.

    Attributes:
        slew_ns: Ascending.
        load_ff: Ascending.
        values_ns: A row for each slew, a value for each load.
    """

    slew_ns: tuple[float, ...]
    load_ff: tuple[float, ...]
    values_ns: tuple[tuple[float, ...], ...]

    def at(self, slew_ns: float, load_ff: float) -> float:
        """The time in ns, linear between the points of the table and beyond its ends."""
        return _interpolate(
            self.slew_ns,
            [_interpolate(self.load_ff, row, load_ff) for row in self.values_ns],
            slew_ns,
        )


@dataclass(frozen=True, slots=True)
class Arc:
    """A timing arc: how a change of an input pin reaches an output pin.

    A pair of pins may have several, one for each state of the other inputs.

    Attributes:
        related_pin: The input pin.
        output: The output pin.
        sense: ``positive_unate``, ``negative_unate`` or ``non_unate``.
        cell_rise: Delay of the output's rise.
        cell_fall: Delay of its fall.
        rise_transition: Slew of its rise.
        fall_transition: Slew of its fall.
    """

    related_pin: str
    output: str
    sense: str
    cell_rise: Table
    cell_fall: Table
    rise_transition: Table
    fall_transition: Table


class TimingTables:
    """The timing tables of a Liberty file, whose text is read once.

    Slews are as the library measures them, between its own thresholds.

    Raises:
        UserError: The file cannot be read or unpacked.
    """

    def __init__(self, file: LibertyFile):
        self._file = file
        self._text = liberty_text(file.path)
        self._spans = {cell.name: cell.span for cell in file.cells}

    def arcs(self, cell: str) -> tuple[Arc, ...]:
        """The combinational arcs of a cell, in the file's order.

        Raises:
            UserError: The cell is not in the file, or a table of it is not sound.
        """
        if cell not in self._spans:
            raise UserError(f"{self._file.path}: no cell {cell}")
        text = self._text[slice(*self._spans[cell])]
        *_, group = groups(text, self._file.path, _TABLE_DEPTH)
        return tuple(
            arc
            for pin in group.children
            if pin.kind == "pin"
            for timing in pin.children
            if timing.kind == "timing"
            for arc in self._arcs(timing, unquote(pin.name), f"cell {cell}")
        )

    def _arcs(self, timing: Group, output: str, where: str) -> list[Arc]:
        attributes = simple_attributes(timing)
        if attributes.get("timing_type", "combinational") != "combinational":
            return []
        found = {table.kind: table for table in timing.children}
        where = f"{where}, pin {output}"
        if missing := [kind for kind in _TABLES if kind not in found]:
            raise self._error(where, f"a timing group without {missing[0]}")
        tables = [self._table(found[kind], where) for kind in _TABLES]
        sense = attributes.get("timing_sense", "non_unate")
        return [Arc(pin, output, sense, *tables) for pin in attributes["related_pin"].split()]

    def _table(self, group: Group, where: str) -> Table:
        own = dict(_COMPLEX.findall(group.text))
        template = self._templates.get(unquote(group.name), {})
        axes: dict[str, tuple[float, ...]] = {}
        for number in "12":
            if variable := template.get(f"variable_{number}"):
                index = f"index_{number}"
                axes[variable] = self._numbers(own.get(index, template.get(index, "")), where)
        if unknown := axes.keys() - {*_AXES}:
            raise self._error(where, f"a table over {unknown.pop()}")
        slew, load = (axes.get(name, (0.0,)) for name in _AXES)
        values = self._numbers(own.get("values", ""), where)
        if not values or len(values) != len(slew) * len(load):
            raise self._error(where, f"{len(slew)} x {len(load)} axes and {len(values)} values")
        if list(axes) == [*reversed(_AXES)]:
            rows = [values[i :: len(slew)] for i in range(len(slew))]
        else:
            rows = [values[i * len(load) : (i + 1) * len(load)] for i in range(len(slew))]
        ns, ff = self._file.time_unit_ns, self._file.capacitance_unit_ff
        return Table(
            tuple(ns * value for value in slew),
            tuple(ff * value for value in load),
            tuple(tuple(ns * value for value in row) for row in rows),
        )

    @cached_property
    def _templates(self) -> dict[str, dict[str, str]]:
        """Variables and default axes of each table template."""
        found: dict[str, dict[str, str]] = {}
        for name, body in _TEMPLATE.findall(self._text):
            variables = {f"variable_{number}": axis for number, axis in _VARIABLE.findall(body)}
            found[unquote(name)] = dict(_COMPLEX.findall(body)) | variables
        return found

    def _numbers(self, text: str, where: str) -> tuple[float, ...]:
        try:
            return tuple(float(part) for part in _SEPARATORS.split(text) if part)
        except ValueError:
            raise self._error(where, f"{text!r} among its numbers") from None

    def _error(self, where: str, found: str) -> UserError:
        return UserError(
            f"{self._file.path}: {where}: expected NLDM tables over {' and '.join(_AXES)}, "
            f"found {found}"
        )


def _interpolate(
    points: tuple[float, ...], values: "list[float] | tuple[float, ...]", at: float
) -> float:
    if len(points) == 1:
        return values[0]
    low = min(max(bisect_right(points, at) - 1, 0), len(points) - 2)
    part = (at - points[low]) / (points[low + 1] - points[low])
    return values[low] + part * (values[low + 1] - values[low])
