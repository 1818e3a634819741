"""Finds and checks ``libraries.toml``, which says of each named library all that a flow needs.

A table ``[name]`` has ``process``, ``files`` (paths beside the manifest), ``sha256`` (of each
uncompressed text), ``driver_cell``, ``load_ff`` and ``dont_use`` (patterns of cell names), and may
have ``wire_ff_per_um`` and ``row_height_um``; other keys, such as ``license``, are for the reader.
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from synthesis.errors import UserError

MANIFEST = "libraries.toml"
_KINDS: dict[type, str] = {str: "a string", float: "a number >= 0", list: "a list of strings"}


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One library of a manifest; see :class:`synthesis.library.Library` for the values."""

    manifest: Path
    name: str
    process: str
    files: tuple[Path, ...]
    sha256: tuple[str, ...]
    driver_cell: str
    load_ff: float
    dont_use: tuple[str, ...]
    wire_ff_per_um: float | None
    row_height_um: float | None


def read_manifests() -> dict[str, ManifestEntry]:
    """All named libraries, by name.

    They come from the folders in ``$CIRCUITVAE_LIBRARY_PATH``, from ``libraries`` in the user's
    data folder and from this package; of two with one name the first counts.

    Raises:
        UserError: A folder in the variable has no manifest, or a manifest is not sound.
    """
    entries: dict[str, ManifestEntry] = {}
    for folder in _folders():
        path = folder / MANIFEST
        for name, table in _read_toml(path).items():
            if name not in entries:
                entries[name] = _entry(name, table, path)
    return entries


def _folders() -> list[Path]:
    variable = os.environ.get("CIRCUITVAE_LIBRARY_PATH", "")
    named = [Path(folder) for folder in variable.split(os.pathsep) if folder]
    for folder in named:
        if not (folder / MANIFEST).is_file():
            raise UserError(
                f"$CIRCUITVAE_LIBRARY_PATH names {folder}, which has no {MANIFEST}; "
                "correct or unset the variable"
            )
    user = platformdirs.user_data_path("circuitvae") / "libraries"
    return [
        *named,
        *([user] if (user / MANIFEST).is_file() else []),
        Path(__file__).parent / "data",
    ]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not TOML: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None


def _entry(name: str, table: Any, path: Path) -> ManifestEntry:
    if not isinstance(table, dict):
        raise UserError(f"{path}: expected tables [NAME] only, found {name} = {table!r}")

    def value(key: str, kind: type) -> Any:
        if key not in table:
            raise UserError(f"{path}: library [{name}] lacks the key {key!r}")
        found = table[key]
        sound = isinstance(found, kind)
        if kind is float:
            sound = type(found) in (int, float) and found >= 0
        elif kind is list:
            sound = sound and all(isinstance(item, str) for item in found)
        if not sound:
            raise UserError(
                f"{path}: library [{name}]: {key}: expected {_KINDS[kind]}, found {found!r}"
            )
        return found

    files, sha256 = value("files", list), value("sha256", list)
    if not files or len(files) != len(sha256):
        raise UserError(
            f"{path}: library [{name}]: expected files and one sha256 for each, "
            f"found {len(files)} files and {len(sha256)} checksums"
        )
    return ManifestEntry(
        manifest=path,
        name=name,
        process=value("process", str),
        files=tuple(path.parent.absolute() / file for file in files),
        sha256=tuple(sha256),
        driver_cell=value("driver_cell", str),
        load_ff=float(value("load_ff", float)),
        dont_use=tuple(value("dont_use", list)),
        wire_ff_per_um=float(value("wire_ff_per_um", float)) if "wire_ff_per_um" in table else None,
        row_height_um=float(value("row_height_um", float)) if "row_height_um" in table else None,
    )
