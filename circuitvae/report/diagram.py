"""Draws a prefix graph as the field does: bit 0 on the right, levels downward.

References:
    Harris, "A Taxonomy of Parallel Prefix Networks", Asilomar, 2003.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from circuitvae.prefix.graph import PrefixGraph
from circuitvae.report.figure import save_figure

_COLUMN_IN = 0.26
_MAX_HEIGHT_IN = 14.0

Line = Float[np.ndarray, "points 2"]


def draw_graph(graph: PrefixGraph, *paths: Path) -> None:
    """Draws a graph: black cells for (G, P) nodes, grey ones for G alone, circles for inputs.

    Args:
        graph: The prefix graph.
        *paths: Files to write, SVG or PNG.

    Raises:
        UserError: A path is neither SVG nor PNG.
    """
    nodes = list(graph.nodes())
    heights = _heights_in(graph)
    end = heights[-1] + 0.35
    left, right, top, bottom = graph.width + 0.1, -1.1, -0.4, end + 0.45
    figure = Figure(figsize=((left - right) * _COLUMN_IN, bottom - top))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(bottom, top))
    axes.set_axis_off()
    columns = [np.array([(i, 0.0), (i, end)]) for i in range(graph.width)]
    edges = [_lower_edge(graph, heights, i, j) for i, j in nodes]
    axes.add_collection(LineCollection([*columns, *edges], colors="0.25", linewidths=0.7, zorder=1))

    side = min(8.0, 72 * 0.6 * float(np.diff(heights).min(initial=1.0)))
    marks = [
        ("o", "black", 2.0, 0.0, [edge[-2] for edge in edges]),
        ("o", "white", 4.0, 0.8, [(i, 0.0) for i in range(graph.width)]),
        ("s", "black", side, 0.8, [(i, heights[graph.levels[i, j]]) for i, j in nodes if j]),
        ("s", "0.7", side, 0.8, [(i, heights[graph.levels[i, j]]) for i, j in nodes if not j]),
    ]
    for marker, colour, size, outline, places in marks:
        x, y = np.array(places).reshape(-1, 2).T
        axes.plot(
            x,
            y,
            linestyle="none",
            marker=marker,
            markersize=size,
            markerfacecolor=colour,
            markeredgecolor="black",
            markeredgewidth=outline,
        )
    for bit in range(graph.width):
        axes.text(bit, -0.12, str(bit), fontsize=7, ha="center", va="bottom")
        axes.text(bit, end + 0.05, f"{bit}:0", fontsize=7, ha="center", va="top", rotation=90)
    save_figure(figure, *paths)


def _heights_in(graph: PrefixGraph) -> Float[np.ndarray, " levels"]:
    """Distance of each level from the top, in inches: wider steps where edges reach far."""
    steps = np.full(graph.depth + 1, 0.34)
    steps[0] = 0.0
    for i, j in graph.nodes():
        _, (low, _) = graph.parents(i, j)
        level = graph.levels[i, j]
        steps[level] = max(steps[level], 0.34 + 0.05 * (i - low - 1))
    heights = np.cumsum(steps)
    return heights * min(1.0, _MAX_HEIGHT_IN / max(heights[-1], 1.0))


def _lower_edge(graph: PrefixGraph, heights: Float[np.ndarray, " levels"], i: int, j: int) -> Line:
    """Line from the lower parent of node (i, j) to the node.

    It leaves its column one level above the node. Where other nodes of the parent's column stand
    in the way, it goes down beside the column, in a lane that this parent has for itself.
    """
    _, (low, _) = graph.parents(i, j)
    start, level = int(graph.levels[low, j]), int(graph.levels[i, j])
    column = graph.levels[low]
    node = (i, heights[level])
    if not ((column > start) & (column < level)).any():
        return np.array([(low, heights[start]), (low, heights[level - 1]), node])
    lane = low + 0.3 + 0.4 * int(graph.grid[low, j:].sum()) / int(graph.grid[low].sum())
    turn = 0.6 * heights[start] + 0.4 * heights[start + 1]
    return np.array([(low, heights[start]), (lane, turn), (lane, heights[level - 1]), node])
