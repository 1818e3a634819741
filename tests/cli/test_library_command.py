"""``circuitvae library``, with a server on this machine alone."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import synthesis
from circuitvae.cli.library import app

DATA = Path(synthesis.__file__).parent / "data"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CIRCUITVAE_LIBRARY_PATH", "PDK_ROOT", "ORFS_ROOT", "FLOW_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "user" / name)
    monkeypatch.setattr("synthesis.pdk.QFLOW_TECH", tmp_path / "none")


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A mirror with one library, ``small``; gives the served file."""
    served = tmp_path / "mirror" / "owner" / "repo" / "c0ffee" / "small.lib"
    served.parent.mkdir(parents=True)
    served.write_bytes((DATA / "generic45.lib").read_bytes())
    table = (DATA / "libraries.toml").read_text()
    table = table.replace("[generic45]", "[small]").replace("generic45.lib", "small.lib")
    table = table.replace("synthesis/generic45.py of this project", "owner/repo@c0ffee:small.lib")
    (tmp_path / "origins.toml").write_text(table)
    monkeypatch.setattr("synthesis.fetch._ORIGINS", tmp_path / "origins.toml")
    handler = partial(Quiet, directory=tmp_path / "mirror")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("CIRCUITVAE_FETCH_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield served
        server.shutdown()
        thread.join()


def test_every_command_has_help(run) -> None:
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        status, out, _ = run("library", name, "--help")
        assert status == 0 and "Usage:" in out


def test_list_tells_what_can_be_fetched(run) -> None:
    status, out, _ = run("library", "list")
    lines = out.splitlines()
    for name in ("nangate45", "sky130hd", "sg13g2", "asap7"):
        (line,) = [line for line in lines if line.startswith(f"│ {name} ")]
        assert status == 0 and f"library fetch {name}" in line


def test_fetch_then_use(run, mirror: Path) -> None:
    status, out, err = run("library", "fetch", "small")
    assert (status, err) == (0, "") and "small is now in" in out
    status, out, err = run("library", "info", "small")
    assert status == 0 and "can build adders" in out
    assert "library fetch small" not in run("library", "list")[1]
    mirror.unlink()
    status, out, err = run("library", "fetch", "small")
    assert (status, err) == (0, "") and "small is there already" in out


def test_fetch_fails_in_one_line(run, mirror: Path) -> None:
    mirror.write_bytes(b"spoilt")
    for name, word in (("small", "sha256"), ("smal", "did you mean small?")):
        status, out, err = run("library", "fetch", name)
        assert status == 2 and out == "" and word in err
        assert len(err.strip().splitlines()) == 1


def test_info_tells_corner_and_what_is_left_out(run, tmp_path: Path) -> None:
    text = (DATA / "generic45.lib").read_text()
    flops = "".join(
        f'cell (DFF{k}) {{ ff (Q, QN) {{ next_state : "D"; }} }}\n' for k in range(1, 6)
    )
    end = text.rindex("}")
    (tmp_path / "mine.lib").write_text(text[:end] + flops + "cell (FILL) { }\n" + text[end:])
    status, out, _ = run("library", "info", "mine.lib")
    assert status == 0 and "nominal 1.1 V, 25 C" in out
    (line,) = [line for line in out.splitlines() if "sequential" in line]
    assert " 5 " in line and "DFF1, DFF2, DFF3, DFF4, ..." in line
    (line,) = [line for line in out.splitlines() if "has 0 outputs" in line]
    assert " 1 " in line and "FILL" in line
    assert "left out" not in run("library", "info", "generic45")[1]


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [(("AO21_", "OA21_"), "can build adders"), (("AOI21_",), "cannot build adders: no AOI21\n")],
)
def test_only_gates_that_recipes_need_are_missed(
    run, tmp_path: Path, cells: tuple[str, ...], verdict: str
) -> None:
    header, *groups = (DATA / "generic45.lib").read_text().split("  cell (")
    kept = [group for group in groups[:-1] if not group.startswith(cells)]
    (tmp_path / "lean.lib").write_text("  cell (".join([header, *kept, groups[-1]]))
    assert verdict in run("library", "info", "lean.lib")[1]
