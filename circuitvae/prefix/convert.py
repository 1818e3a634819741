"""Prefix graphs to and from other forms: NetworkX, cell maps, JSON, bits, GraphML, dot."""

import json
from collections.abc import Iterable, Sequence

import networkx as nx
import numpy as np
from jaxtyping import Bool, UInt8

from circuitvae.prefix.graph import IllegalGraphError, PrefixGraph, check_width
from synthesis.errors import UserError

JSON_FORMAT = "circuitvae-prefix-graph"
JSON_VERSION = 1


def _build(cells: Bool[np.ndarray, "N N"], source: str, remedy: str = "") -> PrefixGraph:
    try:
        return PrefixGraph(cells)
    except IllegalGraphError as error:
        raise IllegalGraphError(f"{source} is not a legal prefix graph: {error}{remedy}") from error


def to_networkx(graph: PrefixGraph) -> nx.DiGraph:
    """Nodes ``(row, column)`` with ``kind``, ``level``, ``fanout``; edges from parent to child.

    ``kind`` is ``input`` on the diagonal, else ``output`` in column 0, else ``internal``. An edge's
    ``port`` is ``upper`` or ``lower``. The graph's attribute ``width`` is its number of bits.
    """
    result = nx.DiGraph(width=graph.width)
    levels, fanouts = graph.levels.tolist(), graph.fanouts.tolist()
    for row, column in np.argwhere(graph.grid).tolist():
        kind = "input" if row == column else "output" if column == 0 else "internal"
        result.add_node(
            (row, column), kind=kind, level=levels[row][column], fanout=fanouts[row][column]
        )
    for node in graph.nodes():
        upper, lower = graph.parents(*node)
        result.add_edge(upper, node, port="upper")
        result.add_edge(lower, node, port="lower")
    return result


def from_networkx(network: nx.DiGraph) -> PrefixGraph:
    """The prefix graph whose nodes and edges are those given; attributes are not read.

    Raises:
        UserError: A node is not a pair ``(row, column)`` on or below the diagonal.
        IllegalGraphError: A node is missing, or the edges are not those its spans imply.
    """
    width = check_width(sum(1 for _, degree in network.in_degree if degree == 0))
    graph = _build(_cells(network, width, "network"), "network")
    expected = {(parent, node) for node in graph.nodes() for parent in graph.parents(*node)}
    if wrong := sorted(expected ^ set(network.edges)):
        edge = wrong[0]
        problem = "is missing" if edge in expected else "does not belong there"
        raise IllegalGraphError(f"network: edge {edge[0]} -> {edge[1]} {problem}")
    return graph


def _cells(nodes: Iterable[object], width: int, source: str) -> Bool[np.ndarray, "N N"]:
    cells = np.zeros((width, width), dtype=bool)
    for node in nodes:
        match node:
            case (int(row), int(column)) if 0 <= column <= row < width:
                cells[row, column] = True
            case _:
                raise UserError(
                    f"{source}: expected nodes [row, column] with 0 <= column <= row < {width}, "
                    f"found {node!r}"
                )
    return cells


def to_cellmap(graph: PrefixGraph) -> str:
    """``N`` lines of ``N`` characters 0 or 1: row = most significant bit, column = least."""
    return "".join("".join(map(str, row)) + "\n" for row in graph.grid.astype(int).tolist())


def from_cellmap(text: str, *, legalize: bool = False, source: str = "cell map") -> PrefixGraph:
    """Reads a cell map, with or without blanks between its characters, as ArithTreeRL writes it.

    Args:
        text: The lines; empty ones are skipped.
        legalize: Add missing cells and drop those above the diagonal, rather than refuse.
        source: What to call the text in messages, such as its file name.

    Raises:
        UserError: It is empty, not square, too wide, or has a character that is not 0 or 1.
        IllegalGraphError: The cells are not a legal graph and ``legalize`` is off.

    References:
        Lai et al., "Scalable and Effective Arithmetic Tree Generation for Adder and Multiplier
        Designs", NeurIPS 2024, https://arxiv.org/abs/2405.06758.
    """
    rows = [line for line in ("".join(line.split()) for line in text.splitlines()) if line]
    if not rows:
        raise UserError(f"{source} is empty: expected N lines of N characters 0 or 1")
    for i, line in enumerate(rows):
        for j, character in enumerate(line):
            if character not in "01":
                raise UserError(
                    f"{source}: expected 0 or 1 in row {i}, column {j}, found {character!r}"
                )
        if len(line) != len(rows):
            raise UserError(
                f"{source}: expected a square of {len(rows)} rows and columns, "
                f"found {len(line)} cells in row {i}"
            )
    cells = np.array([list(line) for line in rows]) == "1"
    if legalize:
        return PrefixGraph.legalized(cells)
    return _build(cells, source, "; --legalize repairs it")


def to_json(graph: PrefixGraph) -> str:
    """One JSON document: width, the nodes without inputs, and size, depth and digest to read."""
    document = {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "width": graph.width,
        "size": graph.size,
        "depth": graph.depth,
        "digest": graph.digest,
        "nodes": list(graph.nodes()),
    }
    return json.dumps(document) + "\n"


def from_json(text: str, *, source: str = "JSON") -> PrefixGraph:
    """Reads what :func:`to_json` wrote; only ``format``, ``version``, ``width``, ``nodes`` matter.

    Args:
        text: The document.
        source: What to call it in messages, such as its file name.

    Raises:
        UserError: It is not JSON, not this format and version, or a field does not fit.
        IllegalGraphError: The nodes are not a legal graph, or not the one its digest names.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{source} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != JSON_FORMAT:
        raise UserError(f'{source}: expected a JSON object with "format": "{JSON_FORMAT}"')
    if document.get("version") != JSON_VERSION:
        raise UserError(
            f"{source}: expected version {JSON_VERSION}, found {document.get('version')!r}; "
            "read it with the release of circuitvae that wrote it"
        )
    width, nodes = document.get("width"), document.get("nodes")
    if type(width) is not int or not isinstance(nodes, list):
        raise UserError(f'{source}: expected a whole number "width" and a list "nodes"')
    cells = _cells(nodes, check_width(width), source) | np.eye(width, dtype=bool)
    graph = _build(cells, source)
    if document.get("digest", graph.digest) != graph.digest:
        raise IllegalGraphError(
            f"{source}: its nodes have digest {graph.digest}, but it says {document['digest']}; "
            "it was changed: delete the digest if that was meant"
        )
    return graph


def pack(grids: Bool[np.ndarray, "B N N"]) -> UInt8[np.ndarray, "B bytes"]:
    """Grids eight cells to a byte, as states and archives keep them."""
    return np.packbits(grids.reshape(len(grids), grids.shape[-1] ** 2), axis=1)


def unpack(bits: UInt8[np.ndarray, "B bytes"], width: int) -> Bool[np.ndarray, "B N N"]:
    """The grids that :func:`pack` packed."""
    cells = np.unpackbits(bits, axis=1, count=width * width).astype(bool)
    return cells.reshape(-1, width, width)


def to_bits(graphs: Sequence[PrefixGraph], width: int) -> UInt8[np.ndarray, "B bytes"]:
    """Graphs of one width packed like :func:`pack`."""
    return pack(np.array([graph.grid for graph in graphs], dtype=bool).reshape(-1, width, width))


def from_bits(bits: UInt8[np.ndarray, "B bytes"], width: int) -> list[PrefixGraph]:
    """The graphs that :func:`to_bits` packed.

    Raises:
        IllegalGraphError: One is not legal: the bits are of another width, or damaged.
    """
    grids = unpack(bits, width)
    return [PrefixGraph(grid) for grid in grids.astype(bool)]


def to_hex(graphs: Sequence[PrefixGraph]) -> list[str]:
    """Each graph's cells packed like :func:`pack`, in hexadecimal."""
    return [to_bits([graph], graph.width).tobytes().hex() for graph in graphs]


def from_hex(texts: Iterable[str], width: int) -> list[PrefixGraph]:
    """The graphs that :func:`to_hex` wrote.

    Raises:
        IllegalGraphError: One is not legal: the text is of another width, or damaged.
    """
    rows = [np.frombuffer(bytes.fromhex(text), np.uint8) for text in texts]
    return [graph for row in rows for graph in from_bits(row[None], width)]


def to_graphml(graph: PrefixGraph) -> str:
    """GraphML of :func:`to_networkx`, nodes named ``row_column``."""
    network = nx.relabel_nodes(to_networkx(graph), lambda node: "{}_{}".format(*node))
    return "\n".join(nx.generate_graphml(network)) + "\n"


def to_dot(graph: PrefixGraph) -> str:
    """Graphviz dot: most significant bit left, one row a level; lower parents' edges dashed."""
    lines = ["digraph prefix {", "  node [shape=box];"]
    for level in range(graph.depth + 1):
        names = [f'"{i}:{j}";' for i, j in np.argwhere(graph.levels == level)[::-1].tolist()]
        lines.append(f"  {{ rank=same; {' '.join(names)} }}")
    for row, column in graph.nodes():
        (_, upper), (low, _) = graph.parents(row, column)
        lines.append(f'  "{row}:{upper}" -> "{row}:{column}";')
        lines.append(f'  "{low}:{column}" -> "{row}:{column}" [style=dashed];')
    return "\n".join([*lines, "}"]) + "\n"
