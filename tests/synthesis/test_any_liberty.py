"""A user's Liberty files give the curve they should, whatever their units, number and paths."""

import gzip
import itertools
import re
from pathlib import Path

import pytest

import synthesis
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import sklansky
from synthesis import opensta, tools
from synthesis.flow import Flow, Point, Synthesizer, default_targets
from synthesis.liberty import liberty_text, read_liberty
from synthesis.library import Library, load_library

GENERIC45 = (Path(synthesis.__file__).parent / "data" / "generic45.lib").read_text()
FIRST_CELL = GENERIC45.index("  cell (")
NETLIST = Adder().netlist(sklansky(8))
TARGETS_NS = (0.001, 0.2)


def curve(library: Library, targets_ns: tuple[float, ...] = TARGETS_NS) -> tuple[Point, ...]:
    synthesizer = Synthesizer(Flow(library, targets_ns))
    try:
        return synthesizer.curve(NETLIST)
    finally:
        synthesizer.close()


def delays_by_opensta(library: Library) -> list[float]:
    synthesizer = Synthesizer(Flow(library, TARGETS_NS))
    try:
        netlists = synthesizer.netlists(NETLIST)
    finally:
        synthesizer.close()
    return [opensta.signoff(verilog, library).delay_ns for verilog in netlists]


def assert_near(found: tuple[Point, ...], expected: tuple[Point, ...]) -> None:
    """Equal, but for ties between gates that rounding and order decide otherwise."""
    for point, known in zip(found, expected, strict=True):
        assert point.delay_ns == pytest.approx(known.delay_ns, rel=0.02)
        assert point.area_um2 == pytest.approx(known.area_um2, rel=0.02)


def in_units(text: str, time: str, capacitance: str) -> str:
    """The same cells, from ps and fF put into other units."""
    per_ps = {"1ps": 1.0, "10ps": 0.1, "100ps": 0.01, "1ns": 0.001}[time]
    per_ff = {"1, ff": 1.0, "1, pf": 0.001, "0.5, pf": 0.002, "10, ff": 0.1}[capacitance]
    for pattern, factor in (
        (r'index_1 \(".*?"\)', per_ps),
        (r"values \(.*?\);", per_ps),
        (r"max_transition : [0-9.]+", per_ps),
        (r'index_2 \(".*?"\)', per_ff),
        (r"capacitance : [0-9.]+", per_ff),
    ):

        def scale(match: re.Match[str], factor: float = factor) -> str:
            return re.sub(r"(?<!_)\b[0-9.]+", lambda n: f"{float(n[0]) * factor:.9g}", match[0])

        text = re.sub(pattern, scale, text, flags=re.DOTALL)
    return text.replace('"1ps"', f'"{time}"').replace("(1, ff)", f"({capacitance})")


def split(text: str, *names: str) -> list[str]:
    """The library in several texts, each from the cell named to the next."""
    places = [FIRST_CELL, *(text.index(f"  cell ({name})") for name in names), text.rindex("}")]
    header, end = text[:FIRST_CELL], text[places[-1] :]
    return [header + text[a:b] + end for a, b in itertools.pairwise(places)]


@pytest.fixture(scope="module")
def expected(generic45: Library) -> tuple[Point, ...]:
    (inferred,) = {load_library([path]) for path in generic45.files}
    assert inferred.driver_cell == generic45.driver_cell
    return curve(inferred)


@pytest.mark.parametrize("capacitance", ["1, ff", "1, pf", "0.5, pf", "10, ff"])
@pytest.mark.parametrize("time", ["1ps", "10ps", "100ps", "1ns"])
def test_units_change_nothing(
    tmp_path: Path, expected: tuple[Point, ...], time: str, capacitance: str
) -> None:
    path = tmp_path / "cells.lib"
    path.write_text(in_units(GENERIC45, time, capacitance))
    library = load_library([path])
    assert library.load_ff == pytest.approx(6.968)
    found = curve(library)
    assert_near(found, expected)
    if tools.opensta():
        delays = [point.delay_ns for point in found]
        assert delays_by_opensta(library) == pytest.approx(delays, rel=0.01)


def test_the_units_do_matter(tmp_path: Path, expected: tuple[Point, ...]) -> None:
    path = tmp_path / "cells.lib"
    path.write_text(GENERIC45.replace('"1ps"', '"10ps"'))
    assert curve(load_library([path]))[0].delay_ns > 5 * expected[0].delay_ns


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_several_files_in_any_order_and_several_units(
    tmp_path: Path, expected: tuple[Point, ...], order: tuple[int, ...]
) -> None:
    # Inverters and buffers alone, which ABC would not take as its first file; then the rest.
    texts = split(GENERIC45, "NAND2_X1", "XOR2_X1")
    texts[1] = in_units(texts[1], "1ns", "1, pf")
    paths = [tmp_path / f"{index}.lib.gz" for index in range(3)]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(gzip.compress(text.encode()))
    assert_near(curve(load_library([paths[index] for index in order])), expected)


@pytest.mark.slow
def test_real_libraries_as_plain_files_whole_and_in_parts(
    tmp_path: Path, any_library: Library
) -> None:
    whole, parts = [], []
    for index, path in enumerate(any_library.files):
        text, cells = liberty_text(path), read_liberty(path).cells
        places = [cells[0].span[0], cells[len(cells) // 2].span[0], text.rindex("}")]
        halves = [text[a:b] for a, b in itertools.pairwise(places)]
        for name, body in ((f"{index}", "".join(halves)), *zip("ab", halves, strict=True)):
            copy = tmp_path / f"{index} {name}.lib"
            copy.write_text(text[: places[0]] + body + text[places[-1] :], encoding="latin-1")
            (whole if name == f"{index}" else parts).append(copy)
    inferred = load_library(whole)
    assert inferred.can_build_adders and set(any_library.cells) <= set(inferred.cells)
    assert load_library(parts).cells == inferred.cells
    targets_ns = default_targets(inferred, NETLIST)
    assert_near(curve(load_library(parts), targets_ns), curve(inferred, targets_ns))


@pytest.mark.parametrize("name", ["my cells.lib", 'it\'s "mine"; quit.lib', "zellen-ö.lib.gz"])
def test_paths_of_any_kind(tmp_path: Path, expected: tuple[Point, ...], name: str) -> None:
    path = tmp_path / "a folder; quit" / name
    path.parent.mkdir()
    content = GENERIC45.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    library = load_library(str(path))
    assert curve(library) == expected
    if tools.opensta():
        assert len(delays_by_opensta(library)) == len(TARGETS_NS)


def test_without_load_limits(tmp_path: Path, expected: tuple[Point, ...]) -> None:
    path = tmp_path / "cells.lib"
    path.write_text(re.sub(r"max_capacitance : [0-9.]+;", "", GENERIC45))
    library = load_library([path])
    assert library.driver_cell == "BUF_X4"  # by area, the first of 1.5 times the weakest
    assert curve(library, (0.2,))[0].area_um2 > 0


def test_quoted_names(tmp_path: Path, expected: tuple[Point, ...]) -> None:
    path = tmp_path / "cells.lib"
    quoted = re.sub(r"(cell|pin|library) \((\w+)\)", r'\1 ("\2")', GENERIC45)
    assert quoted.count('cell ("') > 100
    path.write_text(quoted)
    assert curve(load_library([path])) == expected
