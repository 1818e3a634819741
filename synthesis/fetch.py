"""Downloads cell libraries from pinned origins into the user's data folder, checked by checksum.

``data/origins.toml`` says what can be had. Where it has :data:`UNKNOWN` for a checksum, files are
taken on request alone, by trust in the pinned commit; the checksum found is recorded in the user's
manifest, and holds from then on.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs
import pooch
from requests import exceptions

from synthesis.errors import UserError, unknown
from synthesis.liberty import decompress, read_bytes, read_liberty
from synthesis.liberty_cache import write_atomically
from synthesis.manifest import MANIFEST

BASE_URL = "https://raw.githubusercontent.com"
"""Where OWNER/REPO/COMMIT/PATH is sought, unless ``$CIRCUITVAE_FETCH_URL`` names a mirror."""

UNKNOWN = "unknown"
"""In place of a checksum that this project could not learn."""

_ORIGINS = Path(__file__).parent / "data" / "origins.toml"


def fetchable() -> dict[str, str]:
    """The process of each library that can be fetched, by name."""
    return {name: table["process"] for name, table in _origins().items()}


def is_fetched(name: str, folder: Path | None = None) -> bool:
    """Whether :func:`fetch` has nothing left to do.

    Raises:
        UserError: There is no such library to fetch, or the folder's manifest is not sound.
    """
    folder = folder or _user_folder()
    table = _table(name, folder)
    return _manifest(folder)[1].get(name) == table and not _lacking(table, folder)


def fetch(name: str, folder: Path | None = None, *, accept_unverified: bool = False) -> Path:
    """Downloads those files of a library that are not there yet, and enters it in the manifest.

    All files are checked before any is put in place; what else the manifest has stays as it is.

    Args:
        name: One of :func:`fetchable`.
        folder: Where to; by default where :func:`synthesis.library.load_library` looks.
        accept_unverified: Also take files of :data:`UNKNOWN` checksum, and record what it is.

    Returns:
        The folder.

    Raises:
        UserError: There is no such library to fetch, a checksum is not known and that was not
            accepted, a download fails or has another checksum, the manifest has another library of
            this name, or the folder cannot be written.
    """
    folder = folder or _user_folder()
    table = _table(name, folder)
    if UNKNOWN in table["sha256"] and not accept_unverified:
        raise UserError(
            f"{name}: this project knows no checksum of its files, only where they stand: "
            f"{table['origin']}; --accept-unverified takes them from there and records the checksum"
        )
    _with_table(folder, name, table)  # Another library of this name is told before any download.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            lacking = _lacking(table, folder)
            found = {
                file: _download(_url(table["origin"], file), Path(scratch) / file, checksum)
                for file, checksum in lacking.items()
            }
            for file in lacking:
                (Path(scratch) / file).replace(folder / file)
        checksums = zip(table["files"], table["sha256"], strict=True)
        table["sha256"] = [found.get(file, checksum) for file, checksum in checksums]
        with _held(folder):
            write_atomically(folder / MANIFEST, _with_table(folder, name, table).encode())
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written ({error.strerror}); make room for the library there"
        ) from None
    return folder


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Waits for other fetches to finish changing the folder's manifest."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _origins() -> dict[str, Any]:
    return tomllib.loads(_ORIGINS.read_text(encoding="utf-8"))


def _table(name: str, folder: Path) -> dict[str, Any]:
    """Its table of the origins, with the checksums that the manifest recorded for unknown ones."""
    origins = _origins()
    if name not in origins:
        raise unknown("library to fetch", name, origins)
    table = origins[name]
    recorded = _manifest(folder)[1].get(name, {})
    if UNKNOWN in table["sha256"] and recorded == table | {"sha256": recorded.get("sha256")}:
        return recorded
    return table


def _user_folder() -> Path:
    return platformdirs.user_data_path("circuitvae") / "libraries"


def _url(origin: str, file: str) -> str:
    place, path = origin.split(":")
    base = os.environ.get("CIRCUITVAE_FETCH_URL", BASE_URL).rstrip("/")
    return f"{base}/{place.replace('@', '/')}/{path}{file if path.endswith('/') else ''}"


def _lacking(table: dict[str, Any], folder: Path) -> dict[str, str]:
    """Files that are not there, or not sound, and their checksums."""
    return {
        file: checksum
        for file, checksum in zip(table["files"], table["sha256"], strict=True)
        if _checksum(folder / file) != checksum
    }


def _checksum(path: Path) -> str:
    """SHA-256 of the uncompressed text, or what is wrong with the file."""
    try:
        return hashlib.sha256(decompress(read_bytes(path), path)).hexdigest()
    except UserError as error:
        return str(error)


def _download(url: str, path: Path, checksum: str) -> str:
    """Downloads a file and returns its checksum, which is as expected where that is known."""
    try:
        pooch.HTTPDownloader(chunk_size=1 << 16)(url, str(path), None)
    except exceptions.RequestException as error:
        raise UserError(
            f"{url}: {_reason(error)}; try again, or name a mirror in $CIRCUITVAE_FETCH_URL"
        ) from None
    if checksum == UNKNOWN:
        try:
            return read_liberty(path).sha256
        except UserError as error:
            raise UserError(
                f"{url}: nothing was kept, for what came is not sound: {error}"
            ) from None
    if (found := _checksum(path)) != checksum:
        raise UserError(
            f"{url}: sha256 of the uncompressed text: expected {checksum}, found {found}; "
            "nothing was kept; try again, or name a mirror in $CIRCUITVAE_FETCH_URL"
        )
    return found


def _reason(error: exceptions.RequestException) -> str:
    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, exceptions.ConnectionError | exceptions.Timeout):
        return "the server cannot be reached, or has stopped answering"
    return f"cannot be downloaded ({error})"


def _manifest(folder: Path) -> tuple[str, dict[str, Any]]:
    """Text and content of the folder's manifest; nothing where there is none."""
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return "", {}
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UserError(f"{path}: not TOML: {error}") from None


def _with_table(folder: Path, name: str, table: dict[str, Any]) -> str:
    """The manifest's text with the table ``[name]``."""
    text, content = _manifest(folder)
    if name in content:
        if content[name] != table:
            raise UserError(
                f"{folder / MANIFEST}: has another [{name}]; remove that table to have it fetched"
            )
        return text
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join([*([text.rstrip(), ""] if text else []), f"[{name}]", *lines, ""])
