import os

import pytest

from synthesis.errors import UserError
from synthesis.manifest import MANIFEST, read_manifests

ENTRY = """
[demo]
process = "a process"
files = ["a.lib", "b.lib.gz"]
sha256 = ["1", "2"]
license = "any"
driver_cell = "BUF"
load_ff = 3
dont_use = ["X*"]
"""


@pytest.fixture(autouse=True)
def no_libraries_of_the_user(tmp_path, monkeypatch):
    monkeypatch.delenv("CIRCUITVAE_LIBRARY_PATH", raising=False)
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "user" / name)


def put(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(text)
    return folder


def test_an_entry_is_read_whole(tmp_path, monkeypatch):
    folder = put(tmp_path / "libs", ENTRY)
    monkeypatch.setenv("CIRCUITVAE_LIBRARY_PATH", str(folder))
    entry = read_manifests()["demo"]
    assert entry.files == (folder / "a.lib", folder / "b.lib.gz")
    assert (entry.process, entry.sha256, entry.driver_cell) == ("a process", ("1", "2"), "BUF")
    assert (entry.load_ff, entry.dont_use) == (3.0, ("X*",))
    assert entry.wire_ff_per_um is None and entry.row_height_um is None


def test_folders_are_searched_in_order(tmp_path, monkeypatch):
    assert list(read_manifests()) == ["generic45"]
    user = put(tmp_path / "user" / "circuitvae" / "libraries", ENTRY)
    assert read_manifests()["demo"].manifest.parent == user
    first = put(tmp_path / "first", ENTRY)
    second = put(tmp_path / "second", ENTRY + ENTRY.replace("[demo]", "[other]"))
    monkeypatch.setenv("CIRCUITVAE_LIBRARY_PATH", f"{first}{os.pathsep}{second}")
    found = read_manifests()
    assert list(found) == ["demo", "other", "generic45"]
    assert [entry.manifest.parent for entry in found.values()][:2] == [first, second]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[demo", "not TOML"),
        ("demo = 1", "expected tables"),
        (ENTRY.replace("process", "protest"), "lacks the key 'process'"),
        (ENTRY.replace("driver_cell", "driver"), "lacks the key 'driver_cell'"),
        (ENTRY.replace("dont_use", "do_use"), "lacks the key 'dont_use'"),
        (ENTRY.replace("load_ff = 3", 'load_ff = "3"'), "load_ff: expected a number"),
        (ENTRY.replace("load_ff = 3", "load_ff = true"), "load_ff: expected a number"),
        (ENTRY.replace("load_ff = 3", "load_ff = -3"), "load_ff: expected a number >= 0"),
        (ENTRY.replace("load_ff = 3", "load_ff = nan"), "load_ff: expected a number"),
        (ENTRY + 'row_height_um = "tall"', "row_height_um: expected a number"),
        (ENTRY.replace('["X*"]', '"X*"'), "dont_use: expected a list of strings"),
        (ENTRY.replace('["X*"]', "[1]"), "dont_use: expected a list of strings"),
        (ENTRY.replace('"1", ', ""), "found 2 files and 1 checksums"),
        (ENTRY.replace('"1", "2"', "").replace('"a.lib", "b.lib.gz"', ""), "found 0 files"),
    ],
)
def test_a_bad_manifest_gets_one_line_that_names_it(tmp_path, monkeypatch, text, message):
    folder = put(tmp_path / "libs", text)
    monkeypatch.setenv("CIRCUITVAE_LIBRARY_PATH", str(folder))
    with pytest.raises(UserError, match=message) as error:
        read_manifests()
    assert str(folder / MANIFEST) in str(error.value) and "\n" not in str(error.value)


def test_a_named_folder_without_a_manifest_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCUITVAE_LIBRARY_PATH", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match=r"CIRCUITVAE_LIBRARY_PATH names .*nowhere"):
        read_manifests()
