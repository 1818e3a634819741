import itertools
from pathlib import Path

import numpy as np
import pytest

from circuitvae.report.pareto import hypervolume, pareto_front, plot_pareto
from synthesis.errors import UserError


def dominated(point: np.ndarray, points: np.ndarray) -> bool:
    return bool(((points <= point).all(axis=1) & (points < point).any(axis=1)).any())


@pytest.mark.parametrize("seed", range(5))
def test_front_is_what_no_point_dominates(seed: int) -> None:
    # A coarse grid, so that equal points and equal columns occur.
    points = np.random.default_rng(seed).integers(0, 12, (40, 2)).astype(float)
    front = pareto_front(points)
    expected = {tuple(p) for p in points.tolist() if not dominated(np.array(p), points)}
    assert [tuple(p) for p in points[front].tolist()] == sorted(expected)


def test_front_of_few_points() -> None:
    assert pareto_front(np.empty((0, 2))).tolist() == []
    assert pareto_front(np.array([[1.0, 1.0]])).tolist() == [0]
    # The first of equal points stays; of equal delays the least area.
    assert pareto_front(np.array([[1.0, 1.0], [1.0, 1.0]])).tolist() == [0]
    assert pareto_front(np.array([[1.0, 2.0], [1.0, 1.0], [2.0, 1.0]])).tolist() == [1]


def test_hypervolume_by_hand() -> None:
    reference = np.array([4.0, 4.0])
    # (1, 3): 3 x 1; (2, 1): 2 x 2 below it; 3 + 4 = 7.
    points = np.array([[2.0, 1.0], [1.0, 3.0]])
    assert hypervolume(points, reference) == 7.0
    # Dominated, doubled, on the border, beyond: nothing more.
    more = np.array([[3.0, 3.0], [2.0, 1.0], [4.0, 0.0], [0.0, 4.0], [5.0, 0.5]])
    assert hypervolume(np.concatenate([points, more]), reference) == 7.0
    # (0, 0) dominates all: 4 x 4.
    assert hypervolume(np.concatenate([points, np.zeros((1, 2))]), reference) == 16.0
    assert hypervolume(np.empty((0, 2)), reference) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_hypervolume_counts_dominated_unit_squares(seed: int) -> None:
    points = np.random.default_rng(seed).integers(0, 10, (6, 2)).astype(float)
    squares = [
        corner
        for corner in itertools.product(range(8), range(8))
        if (points <= np.array(corner)).all(axis=1).any()
    ]
    assert hypervolume(points, np.array([8.0, 8.0])) == len(squares)


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
