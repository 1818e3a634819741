"""Engine and estimate against synthesis: the figures by hand, and a small run."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

import experiments.agreement.run as experiment
from experiments.agreement.config import Config
from experiments.agreement.run import agreement


def test_the_figures_by_hand() -> None:
    cost = np.arange(1.0, 11)
    values = np.ones((10, 9))
    # The engine says twice the delay and half the area; the three best it has in reverse.
    values[:, 2], values[:, 3] = 2, 0.5
    values[:, 6], values[:, 7], values[:, 8] = cost, cost, cost
    values[:3, 7] = [3, 2, 1]
    # 1 - 6 * (4 + 0 + 4) / (10 * 99).
    assert agreement(values, 0) == [f"{1 - 48 / 990:.2f}", "-1.00", "2.00", "0.50"]
    assert agreement(values, 1) == ["1.00", "1.00", "1.00", "1.00"]


def test_a_small_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    config = Config(width=6, designs=20, delay_weights=(0.5,))
    monkeypatch.setattr(experiment, "Config", lambda: config)
    monkeypatch.setattr(experiment, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(sys, "argv", ["run", "generic45"])
    experiment.main()
    with (tmp_path / "results/generic45.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20 == len({row["design"] for row in rows})
    assert "estimate" in capsys.readouterr().out
    for row in rows:
        assert 0.5 < float(row["estimate_cost"]) / float(row["cost"]) < 2
