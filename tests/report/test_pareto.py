from pathlib import Path

import numpy as np
import pytest

from circuitvae.report.pareto import plot_pareto
from synthesis.errors import UserError

CURVES = {
    "sklansky": np.array([[0.3, 500.0], [0.4, 400.0]]),
    "brent-kung": np.array([[0.5, 300.0]]),
}
FRONT = np.array([[0.28, 480.0], [0.35, 390.0], [0.45, 290.0]])


def test_plot_is_the_same_each_time(tmp_path: Path) -> None:
    history = np.random.default_rng(0).random((50, 2)) * [1.0, 900.0]
    files = []
    for run in "ab":
        paths = [tmp_path / f"{run}.svg", tmp_path / f"{run}.png"]
        plot_pareto(FRONT, CURVES, history, "16-bit adders", *paths)
        files.append([path.read_bytes() for path in paths])
    assert files[0] == files[1]
    svg, png = files[0]
    assert svg.startswith(b"<?xml")
    assert b"<dc:date>" not in svg
    assert png.startswith(b"\x89PNG")


def test_plot_shows_what_it_is_given(tmp_path: Path) -> None:
    def drawn(**changes: object) -> bytes:
        given = {"front": FRONT, "curves": CURVES, "history": FRONT, "title": "a"} | changes
        path = tmp_path / "plot.png"
        plot_pareto(*given.values(), path)  # type: ignore[arg-type]
        return path.read_bytes()

    pictures = [
        drawn(),
        drawn(front=FRONT[:2]),
        drawn(curves={}),
        drawn(history=FRONT * 1.02),
        drawn(title="b"),
        drawn(curves={f"adder {i}": FRONT + i for i in range(9)}),
    ]
    assert len(set(pictures)) == len(pictures)


def test_plot_of_nothing_is_drawn(tmp_path: Path) -> None:
    nothing = np.empty((0, 2))
    plot_pareto(nothing, {}, nothing, "nothing", tmp_path / "nothing.svg")
    assert (tmp_path / "nothing.svg").exists()


def test_other_formats_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"ends in \.svg or \.png"):
        plot_pareto(FRONT, CURVES, FRONT, "a", tmp_path / "a.svg", tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())
