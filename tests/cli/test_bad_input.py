"""Bad input: one clear line on standard error, exit status 2, nothing lost."""

import gzip
import json
from pathlib import Path

import pytest

from circuitvae.prefix.classical import sklansky
from circuitvae.prefix.convert import to_cellmap

GENERIC45 = Path(__file__).parents[2] / "synthesis/data/generic45.lib"


def refused(result: tuple[int, str, str], *words: str) -> None:
    status, out, err = result
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1 and err.startswith("circuitvae: ")
    for word in words:
        assert word in err


@pytest.mark.parametrize("width", [0, -3, 100000])
def test_widths_out_of_range(run, width: int) -> None:
    refused(run("search", "--width", str(width)), "from 1 to 256", f"found {width}")
    refused(run("evaluate", f"sklansky:{width}"), "from 1 to 256", f"found {width}")
    assert not Path("runs").exists()


def test_width_one_works(run) -> None:
    status, out, _ = run("evaluate", "sklansky:1", "--json")
    (design,) = json.loads(out)
    assert status == 0 and (design["size"], design["depth"]) == (0, 0)


def cut(text: str) -> str:
    return text[: len(text) // 2]


def without(text: str, *cells: str) -> str:
    """The Liberty text less the cells whose names start so."""
    header, *groups = text.split("  cell (")
    kept = [group for group in groups if not group.startswith(cells)]
    tail = "" if kept[-1] is groups[-1] else "}\n"
    return "  cell (".join([header, *kept]) + tail


def sequential_only(text: str) -> str:
    header = text.split("  cell (")[0]
    return header + (
        '  cell (DFF) { area : 4; ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; }\n'
        "    pin (D) { direction : input; capacitance : 1; }\n"
        "    pin (CK) { direction : input; capacitance : 1; }\n"
        '    pin (Q) { direction : output; function : "IQ"; } }\n}\n'
    )


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("empty.lib", lambda text: "", "empty"),
        ("cut.lib", cut, "truncated"),
        ("no_buffers.lib", lambda text: without(text, "BUF"), "BUF"),
        ("no_inverters.lib", lambda text: without(text, "INV"), "INV"),
        ("sequential.lib", sequential_only, "no usable combinational gate"),
        ("prose.lib", lambda text: "It was a dark and stormy night.\n", "Liberty"),
    ],
)
def test_liberty_files_that_cannot_serve(run, name: str, content, word: str) -> None:
    Path(name).write_text(content(GENERIC45.read_text()))
    refused(run("evaluate", "sklansky:8", "--library", name), word)


def test_liberty_files_that_are_missing_or_not_gzip(run) -> None:
    refused(run("evaluate", "sklansky:8", "--library", "missing.lib"), "missing.lib")
    Path("bad.lib.gz").write_bytes(b"this is not gzip")
    refused(run("evaluate", "sklansky:8", "--library", "bad.lib.gz"), "bad.lib.gz", "gzip")
    whole = gzip.compress(GENERIC45.read_bytes())
    Path("cut.lib.gz").write_bytes(whole[: len(whole) // 2])
    refused(run("evaluate", "sklansky:8", "--library", "cut.lib.gz"), "cut.lib.gz")


def test_a_users_own_liberty_file_works_plain_and_gzipped(run) -> None:
    Path("my cells; $(rm -rf).lib").write_bytes(GENERIC45.read_bytes())
    Path("mine.lib.gz").write_bytes(gzip.compress(GENERIC45.read_bytes()))
    for name in ["my cells; $(rm -rf).lib", "mine.lib.gz"]:
        status, out, _ = run("evaluate", "sklansky:8", "--library", name, "--json")
        assert status == 0 and len(json.loads(out)[0]["points"]) >= 5


def test_unknown_names_are_answered_with_the_nearest(run) -> None:
    refused(run("evaluate", "sklansky:8", "--library", "generic54"), "generic45")
    refused(run("search", "--optimizer", "genetics"), "did you mean genetic?")
    refused(run("search", "--optimizer", "no.such.module:Method"), "no.such.module")
    refused(run("export", "sklansky:8", "--format", "verlog"), "did you mean verilog?")
    refused(run("evaluate", "sklanski:8"), "sklansky")
    refused(run("evaluate", "sklansky"), "NAME:WIDTH")
    refused(run("evaluate", "sklansky:eight"), "NAME:WIDTH")
    refused(run("verify", "x.v", "--width", "8", "--circuit", "ader"), "did you mean adder?")
    refused(run("evaluate", "sklansky:8", "--targets", "fast"), "0.25,0.3,0.4")
    refused(run("evaluate", "sklansky:8", "--targets", "0"), "at least 0.001 ns")
    refused(run("search", "--pareto", "--delay-weight", "0.5"), "leave one out")
    refused(run("search", "--delay-weight", "1.5"), "from 0 to 1")


def test_run_folders_that_cannot_serve(run) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("precious")
    refused(run("search", "--out", "mine"), "expected an empty or new folder")
    refused(run("search", "--out", "mine", "--resume"), "run.json")
    refused(run("search", "--out", "mine/notes.txt/run"), "cannot be used as a run folder")
    assert Path("mine/notes.txt").read_text() == "precious"
    refused(run("compare", "mine"), "run.json")
    refused(run("export", "mine@best"), "run.json")


def test_a_run_of_another_task_is_not_resumed(run) -> None:
    arguments = ["search", "--optimizer", "random", "--out", "r", "--budget"]
    assert run(*arguments, "12", "--width", "8")[0] == 0
    kept = Path("r/archive.sqlite").read_bytes()
    refused(run(*arguments, "12", "--width", "8"), "--resume")
    refused(run(*arguments, "12", "--width", "9", "--resume"), "task.width = 8", "has 9")
    refused(run(*arguments, "12", "--width", "8", "--resume", "--seed", "1"), "settings.seed = 0")
    assert Path("r/archive.sqlite").read_bytes() == kept
    assert run(*arguments, "20", "--width", "8", "--resume")[0] == 0
    refused(run("export", "r@fastset"), "best, fastest, smallest")


def test_timing_files_that_cannot_serve(run) -> None:
    Path("short.toml").write_text("[arrival_ns]\na = [0.1, 0.2]\n")
    Path("port.toml").write_text("[arrival_ns]\nc = 0.1\n")
    Path("driver.toml").write_text("driver_cell = 'NAND2_X1'\n")
    Path("prose.toml").write_text("It was a dark and stormy night.\n")
    Path("late.toml").write_text("[required_ns]\nsum = 9\ncout = 9\n")
    for command in ("evaluate sklansky:8", "search --width 8 --budget 3"):
        arguments = [*command.split(), "--timing"]
        refused(run(*arguments, "short.toml"), "arrival_ns.a: expected 8 values", "found 2")
        refused(run(*arguments, "port.toml"), "no port 'c'; expected a, b")
        refused(run(*arguments, "driver.toml"), "driver_cell", "NAND2_X1")
        refused(run(*arguments, "prose.toml"), "prose.toml: expected TOML with IO timing")
        refused(run(*arguments, "no.toml"), "no.toml")
    assert run("evaluate", "sklansky:8", "--timing", "late.toml")[0] == 0
    status, out, err = run("search", "--width", "8", "--budget", "3", "--timing", "late.toml")
    assert (status, out) == (2, "") and "expected a delay above 0" in err


def test_wires_of_a_library_that_does_not_say(run) -> None:
    Path("mine.lib").write_bytes(GENERIC45.read_bytes())
    refused(run(*"evaluate sklansky:8 -l mine.lib --wires datapath".split()), "wire_ff_per_um")
    refused(run(*"search --width 8 -l mine.lib --wires datapath".split()), "row_height_um")
    assert not Path("runs").exists()


def test_cell_maps_that_cannot_serve(run) -> None:
    good = to_cellmap(sklansky(8))
    lines = good.splitlines()
    Path("map").write_text("\n".join(lines[:-1]))
    refused(run("evaluate", "map"), "square")
    Path("map").write_text(good.replace("1", "2", 1))
    refused(run("evaluate", "map"), "0", "1", "2")
    rows = [line.split() if " " in line else list(line) for line in lines]
    # Without cell (6, 4), (7, 0)... of Sklansky's 8 bits: (5, 4) feeds (5, 0); (3, 0) feeds row 4.
    rows[3][0] = "0"
    Path("map").write_text("\n".join("".join(row) for row in rows))
    refused(run("evaluate", "map"), "(3, 0)", "--legalize")
    status, out, _ = run("evaluate", "map", "--legalize", "--json")
    assert status == 0 and json.loads(out)[0]["digest"] == sklansky(8).digest


def test_a_missing_tool_is_exit_three(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOSYS_ABC", "no-such-program")
    status, out, err = run("evaluate", "sklansky:8")
    assert (status, out) == (3, "") and "no-such-program" in err and len(err.splitlines()) == 1
