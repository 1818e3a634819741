"""``circuitvae library``, with a server on this machine alone."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import synthesis
from circuitvae.cli.library import app

pytestmark = pytest.mark.usefixtures("own_folders")

DATA = Path(synthesis.__file__).parent / "data"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


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
    for name in ("nangate45", "sky130hd", "sg13g2", "asap7", "gf180"):
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
    assert status == 0 and "nominal process 1, 1.1 V, 25 C" in out
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


def test_info_tells_units_and_conditions(run) -> None:
    status, out, _ = run("library", "info", "generic45")
    assert status == 0
    assert "nominal process 1, 1.1 V, 25 C; in units of 1 ps and 1 fF" in out
    assert "every input driven by BUF_X2, every output loaded with 6.969 fF" in out
    assert "wires 0.2 fF/um, rows 1.4 um high" in out
    assert "0 cells not to be used: as the manifest says" in out
    (line,) = [line for line in out.splitlines() if line.startswith("│ INV ")]
    assert "INV_X1\N{NO-BREAK SPACE}x1, INV_X2\N{NO-BREAK SPACE}x2, " in line
    (line,) = [line for line in out.splitlines() if line.startswith("│ other ")]
    assert "NAND4_X1" in line


def test_info_tells_what_was_inferred(run, tmp_path: Path) -> None:
    text = (DATA / "generic45.lib").read_text()
    (tmp_path / "mine.lib").write_text(
        text.replace("cell (AND3_X1) {", "cell (AND3_X1) { dont_use : true;")
    )
    _, out, _ = run("library", "info", "mine.lib")
    assert "BUF_X2, every output loaded with 6.968 fF, 1 cells not to be used: inferred" in out
    assert "wires not known\n" in out
    (line,) = [line for line in out.splitlines() if "dont_use in Liberty" in line]
    assert "AND3_X1" in line


def test_info_of_a_library_without_logic(run, tmp_path: Path) -> None:
    text = (DATA / "generic45.lib").read_text()
    header = text[: text.index("  cell (")]
    flop = 'cell (DFF) { ff (Q, QN) { next_state : "D"; } pin (Q) { direction : output; } }'
    (tmp_path / "flops.lib").write_text(header + flop + "}")
    status, out, err = run("library", "info", "flops.lib")
    assert (status, err) == (0, "")
    assert "driven by (no buffer to infer it from)" in out
    assert "loaded with (no inverter to infer it from)" in out
    assert "cannot build adders: no INV, BUF, NAND2" in out
    status, out, err = run("evaluate", "sklansky:8", "--library", "flops.lib")
    assert (status, out) == (2, "") and len(err.splitlines()) == 1
    assert "no usable combinational gate" in err


def test_info_as_json(run, tmp_path: Path) -> None:
    status, out, err = run("library", "info", "generic45", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert found["can_build_adders"] and found["missing_gates"] == [] and not found["inferred"]
    assert (found["driver_cell"], found["load_ff"]) == ("BUF_X2", 6.969)
    assert [cell["drive"] for cell in found["gates"]["inv"]][:3] == pytest.approx([1, 2, 4], 1e-3)
    (file,) = found["files"]
    assert (file["time_unit_ns"], file["capacitance_unit_ff"]) == (0.001, 1.0)
    (tmp_path / "mine.lib").write_text((DATA / "generic45.lib").read_text())
    found = json.loads(run("library", "info", "mine.lib", "--json")[1])
    assert found["inferred"] and found["wire_ff_per_um"] is None


def test_list_as_json(run) -> None:
    status, out, err = run("library", "list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert (status, err) == (0, "")
    assert rows["generic45"]["folder"] == str(DATA) and rows["nangate45"]["folder"] is None


def test_fetch_without_a_checksum(run, mirror: Path, tmp_path: Path) -> None:
    table = (tmp_path / "origins.toml").read_text()
    checksum = hashlib.sha256(mirror.read_bytes()).hexdigest()
    assert checksum in table
    (tmp_path / "origins.toml").write_text(table.replace(checksum, "unknown"))
    status, out, err = run("library", "fetch", "small")
    assert (status, out) == (2, "") and "--accept-unverified" in err
    status, out, err = run("library", "fetch", "small", "--accept-unverified")
    assert (status, err) == (0, "") and "small is now in" in out
    assert "there already" in run("library", "fetch", "small")[1]


def test_paths_are_shown_as_they_are(run, tmp_path: Path) -> None:
    folder = tmp_path / "[red] it's :warning: [/]"
    folder.mkdir(parents=True)
    (folder / "my cells.lib").write_text((DATA / "generic45.lib").read_text())
    status, out, _ = run("library", "info", str(folder / "my cells.lib"))
    assert status == 0 and f"file {folder / 'my cells.lib'}\n" in out
