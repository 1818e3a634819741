"""IO timing: what its TOML may say, and which bits it speaks of."""

import json
from pathlib import Path

import pytest

from synthesis.errors import UserError
from synthesis.timing import UNIFORM, IOTiming, read_timing, timing_of

INPUTS = ["a[0]", "a[1]", "b[0]", "b[1]", "cin"]
OUTPUTS = ["sum[0]", "sum[1]", "cout"]


def read(folder: Path, text: str) -> IOTiming:
    path = folder / "timing.toml"
    path.write_text(text)
    return read_timing(path)


def test_values_by_bit(tmp_path: Path) -> None:
    timing = read(
        tmp_path,
        """
        driver_cell = "BUF_X2"
        [arrival_ns]
        a = [0.1, 0.2]
        cin = 0.5
        [required_ns]
        sum = -0.05
        [load_ff]
        sum = [1, 2]
        """,
    )
    timing.check(INPUTS, OUTPUTS)
    assert [timing.arrival(bit) for bit in INPUTS] == [0.1, 0.2, 0.0, 0.0, 0.5]
    assert [timing.required(bit) for bit in OUTPUTS] == [-0.05, -0.05, 0.0]
    assert [timing.load(bit, 4.0) for bit in OUTPUTS] == [1.0, 2.0, 4.0]
    assert timing.driver_cell == "BUF_X2"


def test_a_record_gives_the_timing_back(tmp_path: Path) -> None:
    timing = read(
        tmp_path, "driver_cell = 'BUF_X2'\n[arrival_ns]\na = [0.1, 0.2]\n[required_ns]\nsum = -1"
    )
    record = json.loads(json.dumps(timing.record()))
    assert timing_of(record, "record") == timing
    assert timing_of({}, "record") == UNIFORM == IOTiming()
    assert str(timing) == "arrival_ns of a; required_ns of sum; driver BUF_X2"
    assert str(UNIFORM) == "uniform"


def test_what_is_uniform() -> None:
    assert IOTiming((("a", 0.0), ("b", (0.0, 0.0))), driver_cell="BUF_X2").is_uniform
    for other in (
        IOTiming(arrival_ns=(("a", (0.0, 0.1)),)),
        IOTiming(required_ns=(("sum", 0.1),)),
        IOTiming(load_ff=(("sum", 0.0),)),
    ):
        assert not other.is_uniform


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("arrival = 3", "unknown key 'arrival'"),
        ("arrival_ns = 3", "expected a table of ports"),
        ("[arrival_ns]\na = 'late'", "expected a number"),
        ("[arrival_ns]\na = [1, nan]", "expected a number"),
        ("[arrival_ns]\na = [1, true]", "expected a number"),
        ("driver_cell = 3", "expected the name of a cell"),
        ("[arrival_ns", "expected TOML"),
    ],
)
def test_bad_files_are_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no\.toml"):
        read_timing(tmp_path / "no.toml")


@pytest.mark.parametrize(
    ("timing", "message"),
    [
        (IOTiming(arrival_ns=(("c", 1.0),)), "no port 'c'; expected a, b, cin"),
        (IOTiming(required_ns=(("a", 1.0),)), "no port 'a'; expected sum, cout"),
        (IOTiming(arrival_ns=(("a", (1.0,)),)), "expected 2 values, one for each bit, found 1"),
    ],
)
def test_ports_must_be_the_circuits(timing: IOTiming, message: str) -> None:
    with pytest.raises(UserError, match=message):
        timing.check(INPUTS, OUTPUTS)
