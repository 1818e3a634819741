"""Every design ever synthesised in a run, in SQLite: results already paid for are never lost."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from circuitvae.prefix.convert import from_bits, to_bits
from circuitvae.prefix.graph import PrefixGraph
from synthesis.errors import UserError
from synthesis.flow import Point

_APPLICATION_ID = 0x43564145  # "CVAE"
_VERSION = 1
_WAIT_S = 60.0
"""How long another process that writes the same file is waited for."""
_SCHEMA = (
    "CREATE TABLE design (digest TEXT PRIMARY KEY, width INTEGER NOT NULL, cells BLOB NOT NULL)",
    """
CREATE TABLE result (
    sequence INTEGER PRIMARY KEY,
    design TEXT NOT NULL REFERENCES design (digest),
    circuit TEXT NOT NULL,
    flow TEXT NOT NULL,
    library TEXT NOT NULL,
    curve TEXT,      -- [[target_ns, delay_ns, area_um2], ...]; NULL if synthesis failed
    error TEXT,
    seconds REAL NOT NULL,
    UNIQUE (design, circuit, flow, library)
)""",
    f"PRAGMA application_id={_APPLICATION_ID}",
    f"PRAGMA user_version={_VERSION}",
)


class StorageError(OSError):
    """What a run found cannot be kept: the disk is full, or the like. What it kept before stays."""


@dataclass(frozen=True, slots=True)
class Key:
    """Under what conditions a design was synthesised.

    Attributes:
        circuit: The circuit's key.
        flow: The flow's digest.
        library: The library's digest.
    """

    circuit: str
    flow: str
    library: str


@dataclass(frozen=True, slots=True)
class Result:
    """What synthesis said of a design.

    Attributes:
        graph: The design.
        curve: Its points, or None if synthesis failed.
        error: Why it failed.
        seconds: Time of the run at which the result came.
    """

    graph: PrefixGraph
    curve: tuple[Point, ...] | None
    error: str | None
    seconds: float


class Archive:
    """Results by design, circuit, flow and library; each is on disk when :meth:`add` returns.

    Args:
        path: The SQLite file; made where it does not exist.

    Raises:
        UserError: The file cannot be written, or is no archive of this project.
    """

    def __init__(self, path: Path):
        try:
            self._database = sqlite3.connect(path, timeout=_WAIT_S)
            self._database.execute("PRAGMA journal_mode=WAL")
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                (application,) = self._database.execute("PRAGMA application_id").fetchone()
                (version,) = self._database.execute("PRAGMA user_version").fetchone()
                tables = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()
                if tables == (0,):
                    for statement in _SCHEMA:
                        self._database.execute(statement)
                elif (application, version) != (_APPLICATION_ID, _VERSION):
                    raise UserError(
                        f"{path}: expected an archive of version {_VERSION}, found another file"
                    )
            self._path = path
        except sqlite3.Error as error:
            raise UserError(f"{path}: cannot be used as an archive: {error}") from error

    def add(self, key: Key, result: Result) -> None:
        """Keeps a result; one that is there already stays as it is, unless it was a failure.

        Raises:
            StorageError: It cannot be written.
        """
        try:
            self._add(key, result)
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}") from error

    def _add(self, key: Key, result: Result) -> None:
        graph = result.graph
        curve = None if result.curve is None else json.dumps(result.curve)
        with self._database:
            self._database.execute(
                "INSERT OR IGNORE INTO design VALUES (?, ?, ?)",
                (graph.digest, graph.width, to_bits([graph], graph.width).tobytes()),
            )
            self._database.execute(
                "INSERT INTO result "
                "(design, circuit, flow, library, curve, error, seconds) VALUES (?,?,?,?,?,?,?) "
                "ON CONFLICT DO UPDATE SET curve = excluded.curve, error = excluded.error, "
                "seconds = excluded.seconds WHERE result.curve IS NULL",
                (
                    graph.digest,
                    key.circuit,
                    key.flow,
                    key.library,
                    curve,
                    result.error,
                    result.seconds,
                ),
            )

    def results(self, key: Key) -> list[Result]:
        """All results under these conditions, in the order they came."""
        rows = self._database.execute(
            "SELECT width, cells, curve, error, seconds FROM result JOIN design ON design = digest "
            "WHERE circuit = ? AND flow = ? AND library = ? ORDER BY sequence",
            (key.circuit, key.flow, key.library),
        )
        results = []
        for width, cells, curve, error, seconds in rows:
            (graph,) = from_bits(np.frombuffer(cells, np.uint8)[None], width)
            points = None if curve is None else tuple(Point(*point) for point in json.loads(curve))
            results.append(Result(graph, points, error, seconds))
        return results

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
