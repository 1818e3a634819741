"""Remembers what was read of Liberty files, so that a second process need not parse them."""

import contextlib
import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs

from synthesis import liberty
from synthesis.liberty import LibertyCell, LibertyFile, LibertyPin


def read_cached(path: Path) -> LibertyFile:
    """:func:`synthesis.liberty.read_liberty`, by way of the user's cache folder.

    An entry is named after the content of the file and the code of the parser. Where there is
    none, or a damaged one, the file is parsed; where the folder cannot be written, it is parsed
    each time.

    Raises:
        UserError: As :func:`synthesis.liberty.read_liberty`.
    """
    content = liberty.read_bytes(path)
    parser = Path(liberty.__file__).read_bytes()
    key = hashlib.sha256(content + parser + path.suffix.encode()).hexdigest()[:32]
    entry = platformdirs.user_cache_path("circuitvae") / "liberty" / f"{key}.json"
    try:
        return _from_json(json.loads(entry.read_bytes()), path)
    except (OSError, ValueError, KeyError, TypeError):
        file = liberty.parse_liberty(liberty.decompress(content, path), path)
    with contextlib.suppress(OSError):
        write_atomically(entry, json.dumps(asdict(file) | {"path": ""}).encode())
    return file


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file that others see whole or not at all, and its folder if need be.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as scratch:
        temporary = Path(scratch) / path.name
        temporary.write_bytes(content)
        temporary.replace(path)


def _from_json(stored: dict[str, Any], path: Path) -> LibertyFile:
    cells = tuple(
        LibertyCell(
            **cell
            | {
                "pins": tuple(LibertyPin(**pin) for pin in cell["pins"]),
                "span": tuple(cell["span"]),
            }
        )
        for cell in stored["cells"]
    )
    return LibertyFile(**stored | {"path": path, "cells": cells})
