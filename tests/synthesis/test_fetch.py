import errno
import gzip
import hashlib
import os
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import synthesis
from synthesis import fetch as module
from synthesis.errors import UserError
from synthesis.fetch import BASE_URL, fetch, fetchable, is_fetched
from synthesis.library import list_libraries, load_library
from synthesis.manifest import MANIFEST, read_manifests

pytestmark = pytest.mark.usefixtures("own_folders")

GENERIC45 = (Path(synthesis.__file__).parent / "data" / "generic45.lib").read_bytes()
CHECKSUM = hashlib.sha256(GENERIC45).hexdigest()
PACKED = gzip.compress(GENERIC45)
ORIGINS = f"""
[plain]
process = "one plain file"
files = ["cells.lib"]
sha256 = ["{CHECKSUM}"]
origin = "owner/repo@c0ffee:lib/cells.lib"
driver_cell = "BUF_X2"
load_ff = 6.969
dont_use = ["AO21*"]
[both]
process = "a folder of two"
files = ["a.lib.gz", "b.lib"]
sha256 = ["{CHECKSUM}", "{hashlib.sha256(b"b").hexdigest()}"]
origin = "owner/repo@c0ffee:folder/"
driver_cell = "BUF_X2"
load_ff = 6.969
dont_use = []
"""


class Server(ThreadingHTTPServer):
    """Serves ``bodies`` by path; of those in ``cut`` it sends half."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies = {
            "/owner/repo/c0ffee/lib/cells.lib": GENERIC45,
            "/owner/repo/c0ffee/folder/a.lib.gz": PACKED,
            "/owner/repo/c0ffee/folder/b.lib": b"b",
        }
        self.cut = set()
        self.asked = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.bodies.get(self.path)
        if body is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.path in self.server.cut else body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("CIRCUITVAE_FETCH_URL", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "user" / "circuitvae" / "libraries"


@pytest.fixture
def origins(tmp_path, monkeypatch):
    (tmp_path / "origins.toml").write_text(ORIGINS)
    monkeypatch.setattr(module, "_ORIGINS", tmp_path / "origins.toml")


def nothing_kept(folder):
    return not folder.exists() or not list(folder.iterdir())


def test_two_fetches_lose_no_table(server, folder, origins):
    folder.mkdir(parents=True)
    with module._held(folder):
        second = threading.Thread(target=fetch, args=("both",))
        second.start()
        while not {"a.lib.gz", "b.lib"} <= {file.name for file in folder.iterdir()}:
            second.join(0.01)
        second.join(0.2)
        assert second.is_alive()
        (folder / MANIFEST).write_text(
            module._with_table(folder, "plain", module._table("plain", folder))
        )
    second.join()
    assert list(tomllib.loads((folder / MANIFEST).read_text())) == ["plain", "both"]


def test_the_registry_is_whole():
    assert list(fetchable()) == ["nangate45", "sky130hd", "sg13g2", "asap7", "gf180"]
    for name, table in tomllib.loads(module._ORIGINS.read_text()).items():
        assert len(table["files"]) == len(table["sha256"]), name
        assert all(len(checksum) == 64 for checksum in table["sha256"]) or name == "gf180"
        for file in table["files"]:
            url = module._url(table["origin"], file)
            assert url.startswith(f"{BASE_URL}/The-OpenROAD-Project/")
            assert url.endswith(f"/{file}") and len(url.split("/")[5]) == 40  # the commit


def test_a_fetched_library_is_found_by_name(server, origins, folder):
    assert not is_fetched("plain")
    assert fetch("plain") == folder
    assert is_fetched("plain")
    assert sorted(path.name for path in folder.iterdir()) == ["cells.lib", MANIFEST]
    library = load_library("plain")
    assert (library.process, library.driver_cell) == ("one plain file", "BUF_X2")
    assert ("plain", "one plain file", folder) in list_libraries()


def test_files_of_an_origin_folder_keep_their_form(server, origins, tmp_path):
    folder = tmp_path / "elsewhere"
    assert fetch("both", folder) == folder
    assert (folder / "a.lib.gz").read_bytes() == PACKED
    assert (folder / "b.lib").read_bytes() == b"b"
    assert is_fetched("both", folder) and not is_fetched("both")


def test_what_is_there_is_not_loaded_again(server, origins, folder):
    fetch("both")
    manifest = (folder / MANIFEST).read_text()
    del server.asked[:]
    fetch("both")
    assert server.asked == [] and (folder / MANIFEST).read_text() == manifest
    (folder / "a.lib.gz").write_bytes(PACKED[:-9])
    assert not is_fetched("both")
    fetch("both")
    assert server.asked == ["/owner/repo/c0ffee/folder/a.lib.gz"] and is_fetched("both")


def test_other_libraries_of_the_manifest_stay(server, origins, folder):
    folder.mkdir(parents=True)
    mine = "# mine\n" + ORIGINS.split("[both]")[0].replace("plain]", "mine]").lstrip()
    (folder / MANIFEST).write_text(mine)
    fetch("plain")
    fetch("both")
    assert (folder / MANIFEST).read_text().startswith(mine)
    assert list(read_manifests()) == ["mine", "plain", "both", "generic45"]


def test_another_library_of_that_name_is_not_overwritten(server, origins, folder):
    folder.mkdir(parents=True)
    mine = ORIGINS.split("[both]")[0].replace("6.969", "7.0")
    (folder / MANIFEST).write_text(mine)
    with pytest.raises(UserError, match=r"has another \[plain\]"):
        fetch("plain")
    assert (folder / MANIFEST).read_text() == mine and server.asked == []


def test_a_manifest_that_is_not_toml_is_told(server, origins, folder):
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("[plain")
    with pytest.raises(UserError, match="not TOML"):
        fetch("plain")


def test_a_wrong_checksum_keeps_nothing(server, origins, folder):
    server.bodies["/owner/repo/c0ffee/lib/cells.lib"] += b" "
    found = hashlib.sha256(GENERIC45 + b" ").hexdigest()
    message = f"cells.lib: sha256 .* expected {CHECKSUM}, found {found}; nothing was kept"
    with pytest.raises(UserError, match=message):
        fetch("plain")
    assert nothing_kept(folder) and not is_fetched("plain")


def test_a_later_file_that_is_wrong_keeps_the_earlier_out(server, origins, folder):
    server.bodies["/owner/repo/c0ffee/folder/b.lib"] = b"c"
    with pytest.raises(UserError, match=r"b\.lib: sha256"):
        fetch("both")
    assert nothing_kept(folder)


def test_what_is_not_gzip_is_told(server, origins, folder):
    server.bodies["/owner/repo/c0ffee/folder/a.lib.gz"] = b"<html>Please log in</html>"
    with pytest.raises(UserError, match=r"a\.lib\.gz: .*gzip"):
        fetch("both")
    assert nothing_kept(folder)


def test_a_cut_connection_keeps_nothing(server, origins, folder):
    server.cut.add("/owner/repo/c0ffee/lib/cells.lib")
    with pytest.raises(UserError, match=r"cells\.lib: the connection was cut; try again") as raised:
        fetch("plain")
    assert "\n" not in str(raised.value) and nothing_kept(folder)
    server.cut.clear()
    fetch("plain")
    assert is_fetched("plain")


def test_a_missing_file_is_told(server, origins, folder):
    server.bodies.clear()
    with pytest.raises(UserError, match=r"cells\.lib: the server answered 404"):
        fetch("plain")
    assert nothing_kept(folder)


def test_an_unreachable_server_is_told(server, origins, folder, monkeypatch):
    with Server() as closed:
        pass
    monkeypatch.setenv("CIRCUITVAE_FETCH_URL", closed.url)
    with pytest.raises(UserError, match="the server cannot be reached") as raised:
        fetch("plain")
    assert "\n" not in str(raised.value) and nothing_kept(folder)
    monkeypatch.setenv("CIRCUITVAE_FETCH_URL", "nonsense")
    with pytest.raises(UserError, match=r"cannot be downloaded .*nonsense"):
        fetch("plain")


def test_an_unwritable_folder_is_told(server, origins, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match="cannot be written"):
            fetch("plain", folder)
    assert server.asked == []


@pytest.mark.parametrize("step", ["tempfile.TemporaryDirectory", "write_atomically"])
@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC])
def test_a_cache_that_is_read_only_or_full_is_told(
    server, origins, folder, monkeypatch, step, code
):
    def refuse(*arguments, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(f"synthesis.fetch.{step}", refuse)
    with pytest.raises(UserError, match=rf"cannot be written \({os.strerror(code)}\)"):
        fetch("plain")
    assert not is_fetched("plain") and "plain" not in read_manifests()


@pytest.fixture
def unverified(origins):
    """The origins, where the checksums of ``both`` are not known."""
    text = module._ORIGINS.read_text()
    known = text[text.rindex("sha256") :].splitlines()[0]
    module._ORIGINS.write_text(text.replace(known, 'sha256 = ["unknown", "unknown"]'))


def as_liberty(server):
    """Has ``b.lib`` served as cells that a.lib.gz has not."""
    body = GENERIC45.replace(b"cell (", b"cell (B_")
    server.bodies["/owner/repo/c0ffee/folder/b.lib"] = body
    return body


def test_unknown_checksums_are_refused_unless_accepted(server, unverified, folder):
    as_liberty(server)
    with pytest.raises(UserError, match=r"both: .* no checksum .*c0ffee.* --accept-unverified"):
        fetch("both")
    assert server.asked == [] and nothing_kept(folder)


def test_accepted_checksums_hold_from_then_on(server, unverified, folder):
    body = as_liberty(server)
    fetch("both", accept_unverified=True)
    recorded = tomllib.loads((folder / MANIFEST).read_text())["both"]["sha256"]
    assert recorded == [CHECKSUM, hashlib.sha256(body).hexdigest()]
    assert is_fetched("both") and load_library("both").can_build_adders
    # What the origin has later is judged by what was recorded.
    (folder / "b.lib").unlink()
    server.bodies["/owner/repo/c0ffee/folder/b.lib"] = body + b" "
    assert not is_fetched("both")
    with pytest.raises(UserError, match=rf"expected {recorded[1]}, found"):
        fetch("both")
    server.bodies["/owner/repo/c0ffee/folder/b.lib"] = body
    fetch("both")
    assert is_fetched("both")


def test_what_is_not_liberty_is_not_accepted(server, unverified, folder):
    with pytest.raises(UserError, match=r"c0ffee/folder/b\.lib: nothing was kept, .*not Liberty"):
        fetch("both", accept_unverified=True)
    assert nothing_kept(folder)


def test_an_unknown_name_gets_the_nearest(origins):
    for call in (fetch, is_fetched):
        with pytest.raises(UserError, match=r"expected plain, both; did you mean plain\?"):
            call("plane")


def test_a_name_that_can_be_fetched_is_told_when_it_is_loaded(origins):
    with pytest.raises(UserError, match="`circuitvae library fetch plain` downloads it"):
        load_library("plain")


REAL_FOLDER = os.environ.get("CIRCUITVAE_LIBRARY_PATH", "")


@pytest.mark.parametrize("name", ["nangate45", "sky130hd", "sg13g2", "asap7"])
def test_real_libraries_are_the_same_when_fetched(server, name, monkeypatch):
    if not (Path(REAL_FOLDER) / MANIFEST).is_file():
        pytest.skip("real libraries: $CIRCUITVAE_LIBRARY_PATH names no folder with libraries.toml")
    monkeypatch.setenv("CIRCUITVAE_LIBRARY_PATH", REAL_FOLDER)
    real = load_library(name)
    table = tomllib.loads(module._ORIGINS.read_text())[name]
    for file, path in zip(table["files"], real.files, strict=True):
        content = path.read_bytes()
        url = module._url(table["origin"], file)
        body = content if file.endswith(".gz") else gzip.decompress(content)
        server.bodies[url.removeprefix(server.url)] = body
    fetch(name)
    monkeypatch.delenv("CIRCUITVAE_LIBRARY_PATH")
    assert load_library(name) == real and load_library(name).files != real.files
