"""The comparison of methods at equal numbers of designs: its figures by hand, then all of it."""

import csv
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from circuitvae.archive import Archive, Result
from circuitvae.archive import Key as Conditions
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import kogge_stone, ripple, sklansky
from circuitvae.search.run_folder import RunFolder
from experiments.sample_efficiency import report as report_of_runs
from experiments.sample_efficiency import run as experiment
from experiments.sample_efficiency.config import Config
from experiments.sample_efficiency.measure import (
    Key,
    Ratio,
    Run,
    geometric_mean,
    interval,
    ratio,
    ratios,
)
from experiments.sample_efficiency.report import (
    best_cell,
    curve_rows,
    dense_targets,
    outside_synthesis_s,
    ratio_table,
    read_runs,
)
from synthesis.errors import UserError
from synthesis.flow import Point


def run_of(*best: float, seed: int = 0) -> Run:
    seconds = np.arange(1.0, len(best) + 1)
    return Run(seed, np.array(best, dtype=float), seconds, 0.0, (sklansky(2),))


RIVALS = [run_of(9, 9, 9, last) for last in (3, 2, 4)]
"""Final best 3 (median) after 4 designs."""


def test_best_cost_after_so_many_designs() -> None:
    run = run_of(5, 3, 2)
    assert [run.best_at(count) for count in (1, 2, 3, 100)] == [5, 3, 2, 2]
    assert [run.designs_to(cost) for cost in (6, 5, 4, 2, 1.9)] == [1, 1, 2, 3, np.inf]
    assert [run.designs_to(cost) for cost in (2 - 5e-7, 2 - 5e-6)] == [3, np.inf]
    assert best_cell([run, run_of(4, 4, 3, 1), run_of(5, 5, 5)], 3) == "3.0000 [2.0000, 5.0000]"
    assert best_cell([run, run_of(4, 4, 3, 1)], 4) == "1.5000 [1.0000, 2.0000] at 3"


def test_the_ratio_of_designs() -> None:
    # Reached after 2, 3 and never: the median run needs 3 of the rivals' 4.
    ours = [run_of(5, 3, 2), run_of(5, 4, 3), run_of(5, 5, 5)]
    assert ratio(ours, RIVALS) == Ratio(3, 3, 4, reached=True)
    assert ratio(ours, RIVALS).value == 0.75


def test_a_result_that_is_not_reached_counts_as_all_designs_and_is_marked() -> None:
    # Reached after 1, never in 2, never in 3: the median run had 2.
    ours = [run_of(2, 2, 2), run_of(5, 4), run_of(5, 5, 5)]
    assert ratio(ours, RIVALS) == Ratio(3, 2, 4, reached=False)
    runs = {Key(8, 0.5, "circuitvae"): ours, Key(8, 0.5, "genetic"): RIVALS}
    assert "| 8 | 0.5 | genetic | 3.0000 | 4 | >2 | >0.500 |" in ratio_table(runs, Config())


def test_a_short_run_that_fails_does_not_hide_long_ones_that_succeed() -> None:
    # Never in 1, but 3 and 4 in the others: the median is 4, not 3.
    ours = [run_of(9), run_of(9, 9, 3), run_of(9, 9, 9, 3)]
    assert ratio(ours, RIVALS) == Ratio(3, 4, 4, reached=True)


def test_the_geometric_mean_over_tasks_and_rivals() -> None:
    runs = {
        Key(8, 0.5, "ours"): [run_of(4, 3, 2, 1)],
        Key(8, 0.5, "a"): [run_of(9, 9, 9, 3)],  # 2 of 4
        Key(16, 0.5, "ours"): [run_of(1, 1)],
        Key(16, 0.5, "b"): [run_of(*[2] * 8)],  # 1 of 8
        Key(32, 0.5, "b"): [run_of(2)],  # nothing of ours
    }
    found = ratios(runs, "ours", ["a", "b"])
    assert {key: one.value for key, one in found.items()} == {
        Key(8, 0.5, "a"): 0.5,
        Key(16, 0.5, "b"): 0.125,
    }
    assert geometric_mean(found) == pytest.approx(0.25)
    assert interval(runs, "ours", ["a", "b"], 10) == pytest.approx((0.25, 0.25))


def test_the_interval_comes_from_drawing_seeds_anew() -> None:
    # Two seeds that need 1 and 4 of 4 designs: both 1 in a quarter of the draws, both 4 likewise.
    runs = {
        Key(8, 0.5, "ours"): [run_of(1, 1, 1, 1), run_of(9, 9, 9, 1)],
        Key(8, 0.5, "a"): [run_of(9, 9, 9, 1)],
    }
    assert geometric_mean(ratios(runs, "ours", ["a"])) == 2.5 / 4
    assert interval(runs, "ours", ["a"], 200) == pytest.approx((0.25, 1.0))


def test_seconds_outside_synthesis(tmp_path: Path) -> None:
    assert np.isnan(outside_synthesis_s(tmp_path))
    log = tmp_path / "diagnostics.jsonl"
    log.write_text('{"seconds": 3.5, "synthesis_s": 1.5}\n{"seconds": 9.0, "synthesis_s": 4.0}\n')
    assert outside_synthesis_s(tmp_path) == 9.0 - (1.5 + 4.0)
    log.write_text('{"evaluations": 13}\n{"seconds": 9.0, "synthesis_s": 4.0}\n')
    assert np.isnan(outside_synthesis_s(tmp_path))


def test_curves_keep_improvements_and_the_end() -> None:
    rows = list(curve_rows({Key(8, 0.5, "ours"): [run_of(5, 5, 3, 3, seed=2)]}))
    assert [(row["seed"], row["designs"], row["best_cost"]) for row in rows] == [
        (2, 1, "5.000000"),
        (2, 3, "3.000000"),
        (2, 4, "3.000000"),
    ]


def test_dense_targets_have_the_same_ends() -> None:
    assert dense_targets((0.1, 0.3, 0.4), 3) == (0.1, 0.2, 0.4)


def make_run(path: Path, flow: str) -> None:
    """A run of three designs of 8 bits, one of which failed."""
    task = {
        "width": 8,
        "carry_in": False,
        "carry_out": True,
        "flow_digest": flow,
        "library_digest": "cells",
    }
    settings = {"optimizer": "random", "seed": 7, "delay_weight": 0.25}
    RunFolder.create(path, {"task": task, "settings": settings}).close()
    curves = {sklansky: (Point(1, 2.0, 10.0),), kogge_stone: None, ripple: (Point(1, 6.0, 5.0),)}
    with closing(Archive(path / "archive.sqlite")) as archive:
        for seconds, (build, curve) in enumerate(curves.items(), 1):
            result = Result(build(8), curve, None, float(seconds))
            archive.add(Conditions(Adder().key, flow, "cells"), result)


def test_runs_are_read_whether_finished_or_not(tmp_path: Path) -> None:
    make_run(tmp_path / "one", "flow")
    runs, widths = read_runs(tmp_path, Config())
    ((run,),) = runs.values()
    # Sklansky costs 1; ripple 0.25 * 3 + 0.75 * 0.5.
    np.testing.assert_allclose(run.best, [1, 1, 1])
    assert list(runs) == [Key(8, 0.25, "random")] and list(widths) == [8]
    assert (run.seed, run.seconds.tolist()) == (7, [1, 2, 3])
    assert run.finalists == (sklansky(8), ripple(8))


def test_runs_of_two_flows_are_not_compared(tmp_path: Path) -> None:
    make_run(tmp_path / "one", "flow")
    make_run(tmp_path / "two", "another")
    with pytest.raises(UserError, match=r"two: expected the flow of .*one, found another"):
        read_runs(tmp_path, Config())
    with pytest.raises(UserError, match="expected folders of runs, found none"):
        read_runs(tmp_path / "one", Config())


def test_run_and_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["--library", "generic45", "--width", "8", "--weight", "0.5", "--seed", "0"]
    options += ["--budget", "40", "--processes", "2", "--out", str(tmp_path)]
    options += ["--method", "random", "--method", "genetic"]
    command = [sys.executable, "-m", "experiments.sample_efficiency.run", "run", *options]
    ended = subprocess.run([*command, "--method", "none"], capture_output=True, text=True)
    # What cannot be run is named, and the others run none the less.
    assert ended.returncode == 3 and "8-0.5-none-0: unknown optimizer 'none'" in ended.stderr
    assert "8-0.5-genetic-0: budget, 40 designs" in ended.stdout

    again = CliRunner().invoke(experiment.app, ["run", *options])
    assert again.stdout == "0 of 2 runs to do\n"

    config = Config(ours="genetic", rivals=(("random",),), orders=1, dense_targets=7)
    monkeypatch.setattr(experiment, "Config", lambda: config)
    report = CliRunner().invoke(experiment.app, ["report", "--out", str(tmp_path)])
    assert report.exception is None
    assert "| 8 | 0.5 | genetic | 0: 40 |" in report.stdout
    assert "| random | 1 |" in report.stdout
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {"curves.csv", "final.csv", "curves.svg"}
    with (tmp_path / "final.csv").open() as file:
        final = list(csv.DictReader(file))
    assert [(row["method"], row["designs"]) for row in final] == [
        ("genetic", "40"),
        ("random", "40"),
    ]
    # One order is the netlist's own: the search's very cost.
    assert all(row["mean_of_orders"] == row["best_cost"] for row in final)

    # A run's final design is the best over orders, not the best as found.
    runs, widths = read_runs(tmp_path, config)
    (key,) = [key for key in runs if key.method == "genetic"]
    (run,) = runs[key]
    curves = {graph: np.full((2, 3, 2), 2.0) for graph in run.finalists}
    curves[run.finalists[1]][0] = 1.0
    monkeypatch.setattr(report_of_runs, "over_orders", lambda task, graphs, orders: curves)
    ((one,),) = report_of_runs.rescore(config, {key: [run]}, widths).values()
    assert one.final == run.finalists[1] and one.cost == pytest.approx(0.75 * one.found)
