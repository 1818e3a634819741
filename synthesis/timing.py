"""IO timing: when each input bit arrives and when each output bit must be there."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthesis.errors import UserError

PerPort = tuple[tuple[str, float | tuple[float, ...]], ...]
"""(port, one value for all its bits, or a value for each bit from the least significant)."""

_TABLES = ("arrival_ns", "required_ns", "load_ff")
_BIT = re.compile(r"(.+)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class IOTiming:
    """Arrival times, required times, driver and loads; what is not named is 0, or the library's.

    The delay of a design under it is the worst of arrival + path - required over all outputs.

    Attributes:
        arrival_ns: When inputs arrive at the driving cell.
        required_ns: When outputs must be there; negative is earlier.
        load_ff: Loads of outputs.
        driver_cell: The cell that drives every input.
    """

    arrival_ns: PerPort = ()
    required_ns: PerPort = ()
    load_ff: PerPort = ()
    driver_cell: str | None = None

    @property
    def is_uniform(self) -> bool:
        """Whether all bits arrive at 0, must be there at 0, and have the library's load."""
        times = [value for table in (self.arrival_ns, self.required_ns) for _, value in table]
        return not self.load_ff and not any(
            any(value) if isinstance(value, tuple) else value for value in times
        )

    def arrival(self, bit: str) -> float:
        """Arrival time of an input bit such as ``a[3]``, ns."""
        return _value(self.arrival_ns, bit, 0.0)

    def required(self, bit: str) -> float:
        """Required time of an output bit, ns."""
        return _value(self.required_ns, bit, 0.0)

    def load(self, bit: str, default_ff: float) -> float:
        """Load of an output bit, fF."""
        return _value(self.load_ff, bit, default_ff)

    def record(self) -> dict[str, object]:
        """The timing in JSON's types, as a TOML file would say it."""
        tables: dict[str, object] = {}
        for name in _TABLES:
            if table := getattr(self, name):
                tables[name] = {
                    port: list(value) if isinstance(value, tuple) else value
                    for port, value in table
                }
        return tables | ({"driver_cell": self.driver_cell} if self.driver_cell else {})

    def __str__(self) -> str:
        """In a few words, for file headers."""
        said = [
            f"{name} of {', '.join(port for port, _ in table)}"
            for name in _TABLES
            if (table := getattr(self, name))
        ]
        said += [f"driver {self.driver_cell}"] if self.driver_cell else []
        return "; ".join(said) or "uniform"

    def check(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Passes where every port named is one of the circuit's, and every list has its length.

        Args:
            inputs: Bits that enter, such as ``a[0]``.
            outputs: Bits that leave.

        Raises:
            UserError: A port is unknown, or a list has another length than its port has bits.
        """
        for table, bits in (("arrival_ns", inputs), ("required_ns", outputs), ("load_ff", outputs)):
            widths: dict[str, int] = {}
            for bit in bits:
                port = _port(bit)[0]
                widths[port] = widths.get(port, 0) + 1
            for port, value in getattr(self, table):
                if port not in widths:
                    raise UserError(
                        f"timing: {table}: no port {port!r}; expected {', '.join(widths)}"
                    )
                if isinstance(value, tuple) and len(value) != widths[port]:
                    raise UserError(
                        f"timing: {table}.{port}: expected {widths[port]} values, one for each "
                        f"bit, found {len(value)}"
                    )


UNIFORM = IOTiming()
"""All bits alike, driver and load the library's."""


def read_timing(path: Path) -> IOTiming:
    """Reads IO timing from TOML.

    Tables ``[arrival_ns]``, ``[required_ns]`` and ``[load_ff]`` give a number, or a list of one
    number a bit, for each port; ``driver_cell`` names the cell that drives every input.

    Raises:
        UserError: The file cannot be read, or says what it should not.
    """
    try:
        content = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: expected TOML with IO timing: {error}") from error
    return timing_of(content, str(path))


def timing_of(content: Mapping[str, Any], where: str) -> IOTiming:
    """IO timing from what a TOML file or a record says; ``where`` is for messages.

    Raises:
        UserError: It says what it should not.
    """
    if unknown := sorted(content.keys() - {*_TABLES, "driver_cell"}):
        raise UserError(
            f"{where}: unknown key {unknown[0]!r}; expected {', '.join(_TABLES)} or driver_cell"
        )
    driver = content.get("driver_cell")
    if not (driver is None or isinstance(driver, str)):
        raise UserError(f"{where}: driver_cell: expected the name of a cell, found {driver!r}")
    tables = {name: _per_port(content.get(name, {}), f"{where}: {name}") for name in _TABLES}
    return IOTiming(driver_cell=driver, **tables)


def _per_port(table: object, where: str) -> PerPort:
    if not isinstance(table, Mapping):
        raise UserError(f"{where}: expected a table of ports, found {table!r}")
    return tuple((port, _numbers(value, f"{where}.{port}")) for port, value in table.items())


def _numbers(value: object, where: str) -> float | tuple[float, ...]:
    values: list[Any] = value if isinstance(value, list) else [value]
    for number in values:
        # The bound also refuses infinities and not-a-number.
        if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) < 1e6:
            raise UserError(f"{where}: expected a number or a list of them, found {number!r}")
    return tuple(map(float, values)) if isinstance(value, list) else float(values[0])


def _port(bit: str) -> tuple[str, int]:
    match = _BIT.fullmatch(bit)
    return (match[1], int(match[2])) if match else (bit, 0)


def _value(table: PerPort, bit: str, default: float) -> float:
    name, index = _port(bit) if table else ("", 0)
    for port, value in table:
        if port == name:
            return value[index] if isinstance(value, tuple) else value
    return default
