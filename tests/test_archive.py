"""The archive: what goes in comes out, by its key alone."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from circuitvae.archive import Archive, Key, Result
from circuitvae.prefix.classical import brent_kung, sklansky
from synthesis.errors import UserError
from synthesis.flow import Point

KEY = Key("adder-cout", "flow", "library")
CURVE = (Point(0.25, 0.2512345, 100.25), Point(0.5, 0.4, 80.5))


def test_results_come_back_exactly_and_in_order(tmp_path: Path) -> None:
    results = [
        Result(sklansky(13), CURVE, None, 1.5),
        Result(brent_kung(13), None, "yosys-abc: died", 2.5),
    ]
    archive = Archive(tmp_path / "a.sqlite")
    for result in results:
        archive.add(KEY, result)
        archive.add(KEY, result)
    archive.close()
    archive = Archive(tmp_path / "a.sqlite")
    assert archive.results(KEY) == results
    archive.close()


def test_a_failure_gives_way_to_a_result_and_a_result_to_nothing(tmp_path: Path) -> None:
    failed, good = Result(sklansky(13), None, "died", 1.0), Result(sklansky(13), CURVE, None, 2.0)
    archive = Archive(tmp_path / "a.sqlite")
    for result, kept in [(failed, failed), (good, good), (failed, good)]:
        archive.add(KEY, result)
        assert archive.results(KEY) == [kept]
    archive.close()


@pytest.mark.parametrize("field", ["circuit", "flow", "library"])
def test_other_conditions_are_another_result(tmp_path: Path, field: str) -> None:
    archive = Archive(tmp_path / "a.sqlite")
    archive.add(KEY, Result(sklansky(8), CURVE, None, 0.0))
    assert archive.results(replace(KEY, **{field: "another"})) == []
    archive.close()


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.sqlite")
    other.execute("CREATE TABLE stars (name TEXT)")
    other.close()
    with pytest.raises(UserError, match="expected an archive of version 1, found another file"):
        Archive(tmp_path / "other.sqlite")
    (tmp_path / "text").write_text("not a database, but long enough to be taken for one " * 20)
    with pytest.raises(UserError, match="cannot be used as an archive"):
        Archive(tmp_path / "text")
    with pytest.raises(UserError, match="cannot be used as an archive"):
        Archive(tmp_path / "no-such-folder" / "a.sqlite")
