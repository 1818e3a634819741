import csv
from pathlib import Path

import pytest

import experiments.gpu.run as experiment
from experiments.gpu.run import Roof


def test_the_least_times_of_a_program() -> None:
    roof = Roof(flops=2e9, bytes=1e9)
    assert roof.least_s({"flops": 4e9, "bytes accessed": 5e8}) == (2, 0.5)


@pytest.mark.slow
def test_every_part_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "RESULTS", tmp_path)
    experiment.main([8], [], tmp_path / "trace")
    with (tmp_path / "cpu.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["part"] for row in rows] == [
        "training step",
        "descent step",
        "engine, a design",
    ] * 2
    assert all(float(row["ms"]) > 0 for row in rows)
    assert any((tmp_path / "trace").rglob("*"))
