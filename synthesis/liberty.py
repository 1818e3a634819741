"""Reads what synthesis must know of Liberty files: units, cells, pins; tables are skipped over.

One regular expression runs from brace to brace, past strings and comments, so that tens of
megabytes take about a second. Where each cell stands in the text is kept, for whoever wants its
timing tables later: ``liberty_text(file.path)[slice(*cell.span)]``.

References:
    Synopsys, "Liberty User Guide", volumes 1 and 2, 2017.
"""

import gzip
import hashlib
import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from synthesis.errors import UserError

_STRING = r'"(?:[^"\\]++|\\.)*+"'
_COMMENT = r"/\*.*?\*/|//[^\n]*+"
_TO_BRACE = re.compile(rf'(?:[^{{}}"/]++|{_STRING}|{_COMMENT}|/)*+([{{}}])', re.DOTALL)
_COMMENT_OR_STRING = re.compile(rf"{_STRING}|{_COMMENT}", re.DOTALL)
_HEAD = re.compile(r"(\w+)[\s\\]*\(([^(){};]*)\)[\s\\]*$")
_ATTRIBUTE = re.compile(rf"(\w+)\s*:\s*({_STRING}|[^;\n]*)", re.DOTALL)
_CONTINUED = re.compile(r"\\\s*\n")
_COMPLEX = re.compile(r"(\w+)\s*\(([^()]*)\)\s*;")
_LIBRARY = re.compile(r"(?<!\w)library[\s\\]*\(")

# Units and spellings that ABC and OpenSTA both read; ABC takes others for these without a word.
_NS = {"1ps": 0.001, "10ps": 0.01, "100ps": 0.1, "1ns": 1.0}
_FF = {"ff": 1.0, "fF": 1.0, "pf": 1e3, "pF": 1e3}
_PIN_GROUPS = {"pin", "bus", "bundle"}
_STATE_GROUPS = {"ff", "latch", "ff_bank", "latch_bank", "statetable"}
_SET_APART = ("dont_use", "pad_cell", "is_level_shifter", "is_isolation_cell", "always_on")
_NAME = re.compile(r"[\w$.:\[\]-]+")
"""Names that can stand in a tool's script."""


@dataclass(frozen=True, slots=True)
class LibertyPin:
    """A pin, bus or bundle of a cell; supply pins are not among them."""

    name: str
    direction: str
    function: str | None
    three_state: bool
    capacitance_ff: float
    max_capacitance_ff: float | None


@dataclass(frozen=True, slots=True)
class LibertyCell:
    """A cell; ``sequential`` holds for flip-flops, latches, state tables and clock gates.

    ``dont_use`` is the attribute, if any, by which the library itself keeps a cell out of ordinary
    logic: ``dont_use``, or that of a pad or of a cell for power domains. ``span`` is where the
    cell's group begins and ends in the uncompressed text.
    """

    name: str
    area_um2: float
    pins: tuple[LibertyPin, ...]
    sequential: bool
    dont_use: str | None
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class LibertyFile:
    """One Liberty file.

    Attributes:
        path: Where it is.
        sha256: Checksum of the uncompressed text.
        library: The library's name in the header.
        time_unit_ns: The file's unit of time.
        capacitance_unit_ff: The file's unit of capacitance.
        voltage_v: Nominal supply, where given; so too the next two.
        temperature_c: Nominal temperature.
        process: Nominal process factor, 1 at the typical corner.
        cells: In the file's order.
    """

    path: Path
    sha256: str
    library: str
    time_unit_ns: float
    capacitance_unit_ff: float
    voltage_v: float | None
    temperature_c: float | None
    process: float | None
    cells: tuple[LibertyCell, ...]


def read_bytes(path: Path) -> bytes:
    """The file as it stands.

    Raises:
        UserError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such Liberty file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None


def decompress(content: bytes, path: Path) -> bytes:
    """Liberty text as bytes, unpacked where the file is named ``.gz``.

    Raises:
        UserError: It is named ``.gz`` and is not a whole gzip file.
    """
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except EOFError:
        raise UserError(f"{path}: the gzip file is truncated; fetch it again") from None
    except (gzip.BadGzipFile, zlib.error):
        raise UserError(
            f"{path}: named .gz but not a sound gzip file; fetch it again or rename it"
        ) from None


def liberty_text(path: Path) -> str:
    """The uncompressed text, one character a byte, as the spans of cells count.

    Raises:
        UserError: The file cannot be read or unpacked.
    """
    return decompress(read_bytes(path), path).decode("latin-1")


def read_liberty(path: Path) -> LibertyFile:
    """Reads a Liberty file, plain or ``.gz``.

    Raises:
        UserError: The file is missing, empty, damaged, truncated or no Liberty, or has no cells.
    """
    return parse_liberty(decompress(read_bytes(path), path), path)


def parse_liberty(content: bytes, path: Path) -> LibertyFile:
    """Reads uncompressed Liberty text; ``path`` is for messages and the record.

    Raises:
        UserError: The text is empty, truncated or no Liberty, or has no cells.
    """
    if not content.strip():
        raise UserError(f"{path}: the file is empty; expected Liberty text")
    text = content.decode("latin-1")
    if not _LIBRARY.search(text):
        raise UserError(f"{path}: not Liberty; expected a group `library (NAME) {{ ... }}`")
    library: Group | None = None
    conditions: dict[str, str] = {}
    cells: list[Group] = []
    for group in groups(text, path):
        if group.depth == 1 and group.kind == "library":
            library = group
        elif group.depth == 2 and group.kind == "cell":
            cells.append(group)
        elif group.depth == 2 and group.kind == "operating_conditions":
            conditions = conditions or simple_attributes(group)
    if library is None:
        raise UserError(f"{path}: not Liberty; expected a group `library (NAME) {{ ... }}`")
    if not cells:
        raise UserError(f"{path}: the library has no cells; expected groups `cell (NAME)`")
    header = simple_attributes(library)
    capacitance_unit_ff = _capacitance_unit_ff(library, path)

    def nominal(name: str) -> float | None:
        value = header.get(f"nom_{name}", conditions.get(name))
        return None if value is None else _number(value, f"nominal {name}", path)

    return LibertyFile(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        library=unquote(library.name),
        time_unit_ns=_time_unit_ns(header, path),
        capacitance_unit_ff=capacitance_unit_ff,
        voltage_v=nominal("voltage"),
        temperature_c=nominal("temperature"),
        process=nominal("process"),
        cells=tuple(_cell(cell, header, capacitance_unit_ff, path) for cell in cells),
    )


class Group(NamedTuple):
    """A closed group: its own statements as ``text``, the groups directly in it as ``children``."""

    depth: int
    kind: str
    name: str
    span: tuple[int, int]
    text: str
    children: "list[Group]"


_DEEPEST = 3
"""Library, cell, pin."""


def groups(text: str, path: Path, deepest: int = _DEEPEST) -> Iterator[Group]:
    """Groups down to a depth, each when it closes.

    Raises:
        UserError: Braces do not match; ``path`` is for the message.
    """
    position = depth = 0
    heads: list[tuple[str, str, int]] = []
    texts: list[list[str]] = []
    children: list[list[Group]] = [[]]
    while match := _TO_BRACE.match(text, position):
        start, position = position, match.end()
        if depth <= deepest:
            run = _COMMENT_OR_STRING.sub(_blank_comment, text[start : position - 1])
            if texts:
                texts[-1].append(run)
        if match[1] == "{":
            depth += 1
            if depth <= deepest:
                head = _HEAD.search(run)
                kind, name = head.groups() if head else ("", "")
                heads.append((kind, name, start + (head.start() if head else 0)))
                texts.append([])
                children.append([])
            continue
        if depth == 0:
            raise UserError(f"{path}: not Liberty; a closing brace without an opening one")
        if depth <= deepest:
            kind, name, begin = heads.pop()
            own = children.pop()
            group = Group(depth, kind, name, (begin, position), "".join(texts.pop()), own)
            children[-1].append(group)
            yield group
        depth -= 1
    if depth:
        raise UserError(f"{path}: the Liberty text is truncated; {depth} groups are never closed")


def _blank_comment(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else " " * len(match[0])


def unquote(value: str) -> str:
    """A name or value without quotation marks and space around it."""
    return value.strip().strip('"').strip()


def _name(value: str, what: str, path: Path) -> str:
    name = unquote(value)
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{path}: name of a {what}: expected letters, digits and _ $ . : - [ ], found {name!r}"
        )
    return name


def simple_attributes(group: Group) -> dict[str, str]:
    """The simple attributes of a group, unquoted."""
    return {
        name: unquote(_CONTINUED.sub(" ", value)) for name, value in _ATTRIBUTE.findall(group.text)
    }


def _number(value: str, what: str, path: Path) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"{path}: {what}: expected a number, found {value!r}")
    return number


def _time_unit_ns(header: dict[str, str], path: Path) -> float:
    found = header.get("time_unit", "nothing")
    if found not in _NS:
        raise UserError(f"{path}: time_unit: expected one of {', '.join(_NS)}, found {found!r}")
    return _NS[found]


def _capacitance_unit_ff(library: Group, path: Path) -> float:
    arguments = dict(_COMPLEX.findall(library.text)).get("capacitive_load_unit", "")
    size, _, unit = arguments.partition(",")
    unit = unquote(unit)
    if unit not in _FF:
        raise UserError(
            f"{path}: capacitive_load_unit: expected (NUMBER, ff) or (NUMBER, pf), "
            f"found ({arguments})"
        )
    return _number(unquote(size), "capacitive_load_unit", path) * _FF[unit]


def _cell(group: Group, header: dict[str, str], unit_ff: float, path: Path) -> LibertyCell:
    name = _name(group.name, "cell", path)
    attributes = simple_attributes(group)
    pins = [
        pin
        for child in group.children
        if child.kind in _PIN_GROUPS
        for pin in _pins(child, header, unit_ff, path)
    ]
    return LibertyCell(
        name=name,
        area_um2=_number(attributes.get("area", "0"), f"area of cell {name}", path),
        pins=tuple(pins),
        sequential="clock_gating_integrated_cell" in attributes
        or any(child.kind in _STATE_GROUPS for child in group.children),
        dont_use=next((name for name in _SET_APART if attributes.get(name) == "true"), None),
        span=group.span,
    )


def _pins(group: Group, header: dict[str, str], unit_ff: float, path: Path) -> Iterator[LibertyPin]:
    attributes = simple_attributes(group)
    direction = attributes.get("direction", "")
    default = header.get(f"default_{direction}_pin_cap", "0")
    limit = attributes.get("max_capacitance")
    for name in group.name.split(","):
        name = _name(name, "pin", path)
        what = f"capacitance of pin {name}"
        yield LibertyPin(
            name=name,
            direction=direction,
            function=attributes.get("function"),
            three_state="three_state" in attributes,
            capacitance_ff=_number(attributes.get("capacitance", default), what, path) * unit_ff,
            max_capacitance_ff=None if limit is None else _number(limit, what, path) * unit_ff,
        )
