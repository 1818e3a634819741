import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

import experiments.front.run as experiment
from circuitvae.archive import Result
from circuitvae.prefix import kogge_stone, ripple
from experiments.front.config import Config
from experiments.front.run import volume
from synthesis.flow import Point


def test_the_volume_of_several_designs() -> None:
    slow = Result(ripple(4), (Point(1, 3.0, 1.0), Point(1, 4.0, 4.0)), None, 1.0)
    fast = Result(kogge_stone(4), (Point(1, 1.0, 2.0), Point(1, 3.5, 1.5)), None, 2.0)
    failed = Result(ripple(4), None, "no", 3.0)
    # From (5, 5): 2 x 4 by the slow one; the fast one adds 2 x 3.
    assert volume([slow, failed], (5.0, 5.0)) == pytest.approx(8)
    assert volume([slow, fast], (5.0, 5.0)) == pytest.approx(14)


def test_run_and_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config("generic45", 6, (0.3, 0.7), 3, "genetic", (0,), 16)
    monkeypatch.setattr(experiment, "Config", lambda: config)
    report = ["report", "--out", str(tmp_path)]
    refused = CliRunner().invoke(experiment.app, report)
    assert refused.exit_code == 2
    for _ in range(2):
        ended = CliRunner().invoke(experiment.app, ["run", "--out", str(tmp_path)])
        assert ended.exception is None
    assert "0 of 3 runs to do" in ended.stdout
    assert CliRunner().invoke(experiment.app, report).exception is None
    with (tmp_path / "front.csv").open() as file:
        (found,) = csv.DictReader(file)
    # More designs of the same searches never cover less.
    assert 0 < float(found["weights_budget_shared"]) <= float(found["weights_budget_each"])
