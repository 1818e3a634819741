"""The plot of an area-delay front.

Shapes: ``B`` points, ``F`` points of a front, ``T`` points of one adder's curve. The columns are
(delay_ns, area_um2), smaller being better in both.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from circuitvae.report.figure import save_figure
from circuitvae.search.pareto import pareto_front

_COLOURS = ("#E69F00", "#0072B2", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#B8A900")
"""Okabe and Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/, its yellow
darkened to be seen on white."""
_MARKERS = "os^DvPX*"


def plot_pareto(
    front: Float[np.ndarray, "F 2"],
    curves: Mapping[str, Float[np.ndarray, "T 2"]],
    history: Float[np.ndarray, "B 2"],
    title: str,
    *paths: Path,
) -> None:
    """Draws a front as a step line over all points found and the curves of known adders.

    The axes cover the front and the curves; points of the history beyond them are not shown, nor
    are points of a curve that others of it dominate. Up to eight curves are easily told apart.

    Args:
        front: Points by rising delay.
        curves: Points of each known adder or run, by name.
        history: Every point the search saw.
        title: Stands above the plot.
        *paths: Files to write, SVG or PNG.

    Raises:
        UserError: A path is neither SVG nor PNG.
    """
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.add_subplot(xlabel="delay (ns)", ylabel="area (um²)", title=title)
    axes.grid(color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.scatter(
        history[:, 0],
        history[:, 1],
        s=4,
        color="0.78",
        linewidths=0,
        label="all designs",
        rasterized=True,
        zorder=1,
    )
    for index, (name, points) in enumerate(curves.items()):
        axes.plot(
            *points[pareto_front(points)].T,
            color=_COLOURS[index % len(_COLOURS)],
            marker=_MARKERS[index % len(_MARKERS)],
            markersize=6,
            markeredgecolor="white",
            markeredgewidth=0.4,
            linewidth=0.9,
            linestyle="--",
            label=name,
            zorder=2,
        )
    axes.step(
        *front.T,
        where="post",
        color="black",
        linewidth=1.6,
        marker=".",
        markersize=6,
        label="Pareto front",
        zorder=3,
    )
    shown = np.concatenate([front, *curves.values()])
    if len(shown):
        low, high = shown.min(axis=0), shown.max(axis=0)
        margin = 0.05 * np.maximum(high - low, 0.1 * high)
        axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
        axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    handles, labels = axes.get_legend_handles_labels()
    order = [-1, *range(1, len(curves) + 1), 0]
    figure.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        loc="outside right upper",
        frameon=False,
        fontsize="small",
    )
    save_figure(figure, *paths)
