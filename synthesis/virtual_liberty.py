"""Liberty text of virtual cells: delays and loads without area, see :mod:`synthesis.virtual_cells`.

Each cell has a function of six inputs that nothing else has, the AND of all plus two more minterms,
so that ABC never swaps it for another cell when it sizes.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from synthesis.errors import UserError
from synthesis.liberty_cache import read_cached
from synthesis.library import Library
from synthesis.nldm import Arc, TimingTables

PREFIX = "virtual_"
PINS = "ABCDEF"
"""Input pins; ``Y`` is the output."""

_LEAST_NS = 1e-7
"""ABC refuses delays of 0, loads of 0, and tables of fewer than three loads."""
_LEAST_FF = 1e-4
_SPARE_AXIS_FF = (0.0, 100.0, 200.0)
_SOURCE_INPUT_FF = 1e6
"""ABC buffers a cell that drives some times its own input capacitance, but never an input."""
_KINDS = ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
_Tables = Sequence[Sequence[float]]
"""A row over the load, in ns, for each of :data:`_KINDS`."""


class VirtualLibrary:
    """A Liberty library that grows by the cells asked for; each distinct cell is written once.

    Args:
        library: The library it goes beside.
        driver_cell: The cell that drives every input.

    Raises:
        UserError: The driver has no timing tables.
    """

    def __init__(self, library: Library, driver_cell: str):
        arc = _arc(library, driver_cell)
        tables = (arc.cell_rise, arc.cell_fall, arc.rise_transition, arc.fall_transition)
        axis = sorted({load for table in tables for load in table.load_ff})
        self._axis = axis if len(axis) > 2 else _SPARE_AXIS_FF
        # To ABC and to `set_driving_cell` a driver's input is a step, its delay without load free.
        self._delays = [
            [table.at(0.0, load) - table.at(0.0, 0.0) for load in self._axis]
            for table in tables[:2]
        ]
        self._slews = [[table.at(0.0, load) for load in self._axis] for table in tables[2:]]
        self._functions = _functions()
        self._names: dict[tuple[str, float, float], str] = {}
        self._texts: list[str] = []

    def source(self, arrival_ns: float) -> str:
        """A cell for an input: its driver, ``arrival_ns`` later."""
        delays = [[value + arrival_ns + _LEAST_NS for value in row] for row in self._delays]
        return self._cell("source", arrival_ns, _SOURCE_INPUT_FF, [*delays, *self._slews])

    def sink(self, delay_ns: float, load_ff: float) -> str:
        """A cell for an output: its load on pin A, and a delay."""
        return self._cell("sink", delay_ns, load_ff, self._step(delay_ns))

    def load(self, load_ff: float) -> str:
        """A cell with the same load on each of its pins."""
        return self._cell("load", 0.0, load_ff, self._step(0.0), load_ff)

    @property
    def text(self) -> str:
        """The Liberty text."""
        return "\n".join([_HEADER.format(loads=_numbers(self._axis)), *self._texts, "}", ""])

    def _step(self, delay_ns: float) -> _Tables:
        """A delay whatever the load, and no slew."""
        times = [delay_ns + _LEAST_NS] * 2 + [_LEAST_NS] * 2
        return [[time] * len(self._axis) for time in times]

    def _cell(
        self, kind: str, delay_ns: float, load_ff: float, of_pin_a: _Tables, others_ff: float = 0.0
    ) -> str:
        key = (kind, delay_ns, load_ff)
        if key in self._names:
            return self._names[key]
        function = next(self._functions, None)
        if function is None:
            raise UserError(
                f"timing: expected at most {len(self._names)} different times and loads, "
                "found more; round them"
            )
        name = self._names[key] = f"{PREFIX}{kind}{len(self._names)}"
        lines = [f"  cell ({name}) {{", "    area : 0;"]
        for pin in PINS:
            pin_ff = max(load_ff if pin == "A" else others_ff, _LEAST_FF)
            lines.append(f"    pin ({pin}) {{ direction : input; capacitance : {pin_ff:.9g}; }}")
        lines.append(f'    pin (Y) {{ direction : output; function : "{function}";')
        for pin in PINS:
            tables = of_pin_a if pin == "A" else self._step(0.0)
            lines.append(
                f'      timing () {{ related_pin : "{pin}"; timing_sense : positive_unate;'
            )
            for table, row in zip(_KINDS, tables, strict=True):
                values = ", ".join([f'"{_numbers(row)}"'] * 3)
                lines.append(f"        {table} (by_load) {{ values ({values}); }}")
            lines.append("      }")
        self._texts.append("\n".join([*lines, "    }", "  }"]))
        return name


_HEADER = """\
library (virtual) {{
  delay_model : table_lookup;
  time_unit : "1ns";
  capacitive_load_unit (1, ff);
  lu_table_template (by_load) {{
    variable_1 : input_net_transition;
    variable_2 : total_output_net_capacitance;
    index_1 ("0, 1, 2");
    index_2 ("{loads}");
  }}"""


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.9g}" for value in values)


def _functions() -> Iterator[str]:
    """Functions of six inputs, no two alike."""

    def minterm(index: int) -> str:
        return "*".join(pin if index >> k & 1 else f"!{pin}" for k, pin in enumerate(PINS))

    everything = (1 << len(PINS)) - 1
    for one, other in combinations(range(1, everything), 2):
        yield f"({minterm(everything)}) + ({minterm(one)}) + ({minterm(other)})"


def _arc(library: Library, driver_cell: str) -> Arc:
    for path in library.files:
        file = read_cached(path)
        if any(cell.name == driver_cell for cell in file.cells) and (
            arcs := TimingTables(file).arcs(driver_cell)
        ):
            return arcs[0]
    raise UserError(f"library {library.name}: driving cell {driver_cell} has no timing tables")
