import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

import experiments.archives.run as experiment
from experiments.archives.config import Config


def test_run_and_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(
        common=("--delay-weight", "0.5", "--optimizer", "random"),
        source=("--width", "5", "--library", "generic45"),
        changes={"width": ("--width", "6", "--library", "generic45")},
        seeds=(0,),
        counts=(15, 20),
    )
    monkeypatch.setattr(experiment, "Config", lambda: config)
    nothing = CliRunner().invoke(experiment.app, ["report", "--out", str(tmp_path)])
    assert nothing.exit_code == 2 and "found none" in nothing.output
    ended = CliRunner().invoke(experiment.app, ["run", "--out", str(tmp_path)])
    assert ended.exception is None
    report = CliRunner().invoke(experiment.app, ["report", "--out", str(tmp_path)])
    assert report.exception is None and "| width | 20 |" in report.stdout
    with (tmp_path / "archives.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["search"] for row in rows] == ["alone", "started"]
    assert all(float(row["after_20"]) <= float(row["after_15"]) for row in rows)

    monkeypatch.setattr(experiment, "search", lambda *_: pytest.fail("nothing is left to do"))
    again = CliRunner().invoke(experiment.app, ["run", "--out", str(tmp_path)])
    assert again.exception is None
