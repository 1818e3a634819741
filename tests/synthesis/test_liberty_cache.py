import os
from pathlib import Path

import pytest

from synthesis import liberty_cache
from synthesis.errors import UserError
from synthesis.liberty import read_liberty
from synthesis.liberty_cache import read_cached, write_atomically

LIBRARY = Path(liberty_cache.__file__).parent / "data" / "generic45.lib"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: folder / name)
    return folder / "circuitvae" / "liberty"


@pytest.fixture
def parses(monkeypatch):
    """Paths that were parsed and not remembered."""
    found = []
    parse = liberty_cache.liberty.parse_liberty

    def spy(content, path):
        found.append(path)
        return parse(content, path)

    monkeypatch.setattr(liberty_cache.liberty, "parse_liberty", spy)
    return found


def test_the_second_reading_is_the_same_and_parses_nothing(cache, parses):
    fresh = read_liberty(LIBRARY)
    parses.clear()
    assert read_cached(LIBRARY) == fresh
    assert parses == [LIBRARY]
    assert read_cached(LIBRARY) == fresh
    assert parses == [LIBRARY]
    assert len(list(cache.iterdir())) == 1


def test_a_copy_elsewhere_is_remembered_under_its_own_path(cache, parses, tmp_path):
    read_cached(LIBRARY)
    copy = tmp_path / "copy.lib"
    copy.write_bytes(LIBRARY.read_bytes())
    assert read_cached(copy).path == copy
    assert parses == [LIBRARY]


def test_a_changed_file_is_parsed_anew(cache, parses, tmp_path):
    copy = tmp_path / "copy.lib"
    text = LIBRARY.read_bytes()
    copy.write_bytes(text)
    os.utime(copy, (0, 0))
    read_cached(copy)
    copy.write_bytes(text.replace(b"area : 0.532", b"area : 9.532"))
    os.utime(copy, (0, 0))
    assert read_cached(copy).cells[0].area_um2 == 9.532
    assert len(parses) == 2


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"[]", b"3", b'{"cells": 3}', b'{"cells": [{"pins": []}]}', None]
)
def test_a_damaged_entry_is_replaced(cache, parses, content):
    fresh = read_cached(LIBRARY)
    (entry,) = cache.iterdir()
    entry.write_bytes(entry.read_bytes()[:1000] if content is None else content)
    assert read_cached(LIBRARY) == fresh
    assert read_cached(LIBRARY) == fresh
    assert len(parses) == 2


def test_a_folder_that_cannot_be_made_only_costs_time(cache, parses):
    cache.parent.parent.mkdir()
    cache.parent.write_text("a file where the folder should be")
    assert read_cached(LIBRARY) == read_cached(LIBRARY)
    assert len(parses) == 2


def test_errors_are_not_remembered(cache, tmp_path):
    path = tmp_path / "bad.lib"
    path.write_text("library (x) {")
    for _ in range(2):
        with pytest.raises(UserError, match="truncated"):
            read_cached(path)
    assert not cache.exists()


def test_writing_leaves_nothing_but_the_file(tmp_path):
    path = tmp_path / "new" / "file"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert [item.name for item in path.parent.iterdir()] == ["file"]
    assert path.read_bytes() == b"two"
