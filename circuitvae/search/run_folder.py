"""The folder of a run: its record, archive, checkpoints and results."""

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from textwrap import shorten
from typing import Any

from circuitvae.archive import Archive, Key, Result
from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import sklansky
from circuitvae.prefix.convert import from_hex
from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.objective import Objective
from synthesis.errors import UserError
from synthesis.timing import timing_of
from synthesis.wires import Wires

_FREE_TO_CHANGE = {"budget", "workers", "versions", "machine", "library_files"}
"""Settings of a record that a resumed run may have otherwise."""

_SHOWN = 200
"""Characters of a setting that a message shows, at most."""

_LOCK = ".lock"
"""Locked while a search is at work; the lock goes with its process, the file stays."""


class RunFolder:
    """A folder with ``run.json`` and all that belongs to the run.

    Whoever made or resumed a run holds its folder until :meth:`close`, or until the process is
    gone, however it ends: no other search gets in. Reading needs no hold.

    Attributes:
        path: The folder.
        record: What ``run.json`` says.
    """

    def __init__(self, path: Path, record: Mapping[str, Any]):
        self.path = path
        self.record = dict(record)
        self._hold = contextlib.ExitStack()

    @classmethod
    def create(cls, path: Path, record: Mapping[str, Any]) -> "RunFolder":
        """Makes the folder, holds it and writes its record.

        Raises:
            UserError: It cannot be written, or holds something already.
        """
        folder = cls(path, record)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(item.name != _LOCK for item in path.iterdir()):
                hint = "add --resume to continue it, or " if (path / "run.json").exists() else ""
                raise UserError(
                    f"{path}: expected an empty or new folder, found files; {hint}name another"
                )
            folder._take()
            folder.update(record)
        except OSError as error:
            folder.close()
            raise UserError(
                f"{path}: cannot be used as a run folder: {error.strerror or error}; name another"
            ) from error
        return folder

    @classmethod
    def resume(cls, path: Path, record: Mapping[str, Any]) -> "RunFolder":
        """Opens and holds the folder of a run with these settings, and writes its new record.

        Raises:
            UserError: It is none, its run has other settings, or another search holds it.
        """
        folder = cls.open(path)
        folder.check_same(record)
        try:
            folder._take()
            folder.update(record)
        except OSError as error:
            folder.close()
            raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
        return folder

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """Opens a run's folder.

        Raises:
            UserError: It is none.
        """
        file = path / "run.json"
        try:
            record = json.loads(file.read_text())
            if not isinstance(record, dict) or "task" not in record:
                raise ValueError("no task in it")
        except (OSError, ValueError) as error:
            raise UserError(
                f"{path}: expected the folder of a run; cannot read {file.name}: {error}"
            ) from error
        return cls(path, record)

    def _take(self) -> None:
        file = self._hold.enter_context((self.path / _LOCK).open("w"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise UserError(
                f"{self.path}: another search is at work in this folder; wait until it has ended, "
                "or name another folder"
            ) from None

    def update(self, record: Mapping[str, Any]) -> None:
        """Replaces the record."""
        self.record = dict(record)
        write_atomically(self.path / "run.json", json.dumps(record, indent=2) + "\n")

    def close(self) -> None:
        """Lets other searches in."""
        self._hold.close()

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def check_same(self, record: Mapping[str, Any]) -> None:
        """Refuses to resume a run with other settings.

        Raises:
            UserError: Names the first setting that differs, with both values.
        """
        found, wanted = _flat(self.record), _flat(record)
        # Digests last: they differ because something else does.
        for name in sorted(found | wanted, key=lambda name: (name.endswith("digest"), name)):
            if name.split(".")[-1] in _FREE_TO_CHANGE or name.split(".")[0] in _FREE_TO_CHANGE:
                continue
            if found.get(name) != wanted.get(name):
                raise UserError(
                    f"{self.path}: cannot resume: the run there has {name} = "
                    f"{shorten(str(found.get(name)), _SHOWN)}, this command has "
                    f"{shorten(str(wanted.get(name)), _SHOWN)}; name another folder or the same "
                    "task"
                )

    @property
    def circuit(self) -> Adder:
        """What the run's designs compute."""
        task = self.record["task"]
        return Adder(carry_in=task["carry_in"], carry_out=task["carry_out"])

    @property
    def starts(self) -> list[PrefixGraph]:
        """Designs of other runs that it began with, as they were then."""
        return from_hex(self.record["settings"].get("starts", []), self.record["task"]["width"])

    @property
    def notes(self) -> dict[str, str]:
        """What a file made from the run says of its origin."""
        task, settings = self.record["task"], self.record["settings"]
        return {
            "library": task["library"],
            "delay targets (ns)": ", ".join(f"{target:g}" for target in task["targets_ns"]),
            "effort": task["effort"],
            "timing": str(timing_of(task.get("timing", {}), str(self.path))),
            "wires": task.get("wires", Wires.NONE),
            "found by": f"{settings['optimizer']}, seed {settings['seed']}",
        }

    def results(self) -> list[Result]:
        """Every design synthesised so far, in the order the results came."""
        task = self.record["task"]
        key = Key(self.circuit.key, task["flow_digest"], task["library_digest"])
        with closing(Archive(self.archive)) as archive:
            return archive.results(key)

    def objective(self) -> Objective:
        """How the run judges curves, scaled by its Sklansky adder.

        Raises:
            UserError: The run ended before that adder was synthesised.
        """
        reference = sklansky(self.record["task"]["width"])
        for result in self.results():
            if result.graph == reference and result.curve is not None:
                weight = self.record["settings"]["delay_weight"]
                return Objective.scaled_by(result.curve, weight)
        raise UserError(f"{self.path}: nothing was synthesised in this run yet")

    @property
    def archive(self) -> Path:
        """The SQLite archive."""
        return self.path / "archive.sqlite"

    @property
    def checkpoints(self) -> Path:
        """Folder of the optimiser's checkpoints."""
        return self.path / "checkpoints"

    @property
    def front(self) -> Path:
        """Folder of the front's Verilog files."""
        return self.path / "front"


def write_atomically(path: Path, text: str) -> None:
    """Writes a file that is either the old or the new one, whenever the program dies."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = list(value) if isinstance(value, tuple) else value
    return flat
