"""``evaluate`` in the built-in library and in the real ones, as a user calls it."""

import json

import pytest

ADDERS = ("sklansky", "brent-kung", "kogge-stone")


def check(run, library: str, width: int) -> None:
    designs = [f"{adder}:{width}" for adder in ADDERS]
    status, out, err = run("evaluate", *designs, "--library", library, "--json")
    assert (status, err) == (0, "")
    rows = {row["design"]: row for row in json.loads(out)}
    assert list(rows) == designs
    for row in rows.values():
        fastest, *_, relaxed = row["points"]
        assert row["width"] == width and len(row["points"]) == 6
        assert 0 < relaxed["delay_ns"] <= relaxed["target_ns"]
        assert 0 < relaxed["area_um2"] <= fastest["area_um2"]
    _, brent_kung, kogge_stone = (rows[name]["points"][-1]["area_um2"] for name in designs)
    assert brent_kung < kogge_stone


def test_eight_bits_in_every_library(run, any_library_name: str) -> None:
    check(run, any_library_name, 8)


@pytest.mark.slow
@pytest.mark.parametrize("width", [16, 32, 64])
def test_wider_adders_in_every_library(run, any_library_name: str, width: int) -> None:
    check(run, any_library_name, width)
