import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer

import experiments.ranking.run as experiment
from circuitvae.search.run_folder import RunFolder
from experiments.ranking.config import Config
from experiments.ranking.run import next_proposals, order_quality
from experiments.sample_efficiency.run import Planned, search
from synthesis.errors import UserError


def test_the_quality_of_an_order() -> None:
    config = replace(Config(), elite=0.5, top=0.25)
    true = np.arange(8.0)
    assert order_quality(true, true, config) == {
        "spearman": 1,
        "elite_spearman": 1,
        "precision": 1,
    }
    # The best four are reversed; of the two best, the guess has the last two of those.
    guess = np.array([3.0, 2, 1, 0, 4, 5, 6, 7])
    found = order_quality(guess, true, config)
    assert found["elite_spearman"] == -1 and found["precision"] == 0
    # 1 - 6 * (9 + 1 + 1 + 9) / (8 * 63).
    assert found["spearman"] == pytest.approx(1 - 120 / 504)


def test_a_run_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Planned(8, 0.5, "genetic", 0, 70)
    search(run, "generic45", 5, tmp_path / run.name)
    config = Config(firsts=(30, 60), following=40, targets=5, orders=2)
    monkeypatch.setattr(experiment, "Config", lambda: config)
    monkeypatch.setattr(experiment, "RESULTS", tmp_path / "results")
    experiment.main([tmp_path / run.name])
    with (tmp_path / "results" / "ranking.csv").open() as file:
        rows = list(csv.DictReader(file))
    # The run has forty designs after the first thirty, not after the first sixty.
    assert {row["first"] for row in rows} == {"30"}
    assert len(rows) == 4
    assert all(-1 <= float(row["spearman"]) <= 1 for row in rows)

    monkeypatch.setattr(experiment, "Config", lambda: replace(config, firsts=(60,)))
    with pytest.raises(typer.BadParameter, match="without a screen of 100, found none"):
        experiment.main([tmp_path / run.name])


def test_what_a_method_proposes_to_its_screen_is_measured(tmp_path: Path) -> None:
    run = Planned(8, 0.5, "problems:SmallScreened", 0, 40)
    search(run, "generic45", 5, tmp_path / run.name)
    config = Config(firsts=(30, 60), following=25, targets=5, orders=2)
    folder = RunFolder.open(tmp_path / run.name)
    proposed = next_proposals(folder, 30, config)
    assert len(set(proposed)) == 25 and next_proposals(folder, 30, config) == proposed
    assert not set(proposed) & {result.graph for result in folder.results()[:30]}
    # The run is too short to have sixty first designs.
    assert {row["first"] for row in experiment.measure(folder.path, config)} == {30}


def test_a_search_for_the_front_is_refused(tmp_path: Path) -> None:
    run = Planned(4, None, "random", 0, 12)
    search(run, "generic45", 2, tmp_path / run.name)
    with pytest.raises(UserError, match="at one delay weight, found one for the whole front"):
        list(experiment.measure(tmp_path / run.name, Config()))
