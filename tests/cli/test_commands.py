"""Each command on small designs: what it prints, writes and answers."""

import csv
import json
from pathlib import Path

import jax
import pytest

from circuitvae.hdl.formats import FORMATS
from circuitvae.hdl.read import read_prefix_adder
from circuitvae.prefix.classical import brent_kung, sklansky

POINT = {"target_ns", "delay_ns", "area_um2"}
SIGNOFF = {"signoff_delay_ns", "signoff_power_uw"}
DESIGN = {"design", "digest", "width", "size", "depth", "max_fanout", "points"}


def succeeded(result: tuple[int, str, str]) -> str:
    status, out, err = result
    assert status == 0, err
    return out


@pytest.fixture
def finished(run) -> str:
    """A small finished run in folder ``r``; what it printed."""
    return succeeded(
        run(*"search --width 9 --budget 60 --optimizer genetic --seed 2 --out r".split())
    )


@pytest.mark.parametrize(("width", "budget"), [(2, 9), (8, 8)])
def test_a_search_that_finds_only_classical_adders_ends_as_any(
    run, width: int, budget: int
) -> None:
    command = f"search --width {width} --budget {budget} --optimizer random --delay-weight 0.5"
    out = succeeded(run(*command.split(), "--out", "few"))
    assert "designs found" in out and Path("few/front.json").exists()


def test_search_leaves_a_full_record(run, finished: str) -> None:
    for file in (
        *("run.json", "archive.sqlite", "history.csv", "diagnostics.jsonl", "front.json"),
        *("pareto.svg", "pareto.png", "best.svg", "best.png"),
    ):
        assert (Path("r") / file).stat().st_size > 0
    record = json.loads(Path("r/run.json").read_text())
    assert record["settings"]["seed"] == 2 and "abc" in record["versions"]
    history = list(csv.DictReader(Path("r/history.csv").read_text().splitlines()))
    assert len(history) == 60 and history[-1]["evaluations"] == "60"

    front = json.loads(Path("r/front.json").read_text())
    for design in front:
        assert set(design) == DESIGN | {"verilog", "proved"} and design["proved"] is True
        assert all(set(point) - SIGNOFF == POINT for point in design["points"])
        text = (Path("r") / design["verilog"]).read_text()
        assert read_prefix_adder(text)[1].digest == design["digest"]
        assert f"digest: {design['digest']}" in text and "library: generic45" in text
        assert design["digest"] in finished or design["design"] in finished
    assert len({design["digest"] for design in front}) == len(front)
    for word in ("sklansky", "kogge-stone", "dominated", "pareto.svg", "proved"):
        assert word in finished


def test_designs_of_a_run_are_found_by_name(run, finished: str) -> None:
    fastest, smallest = (
        json.loads(succeeded(run("export", f"r@{choice}", "-f", "json")))
        for choice in ("fastest", "smallest")
    )
    assert fastest["size"] > smallest["size"]
    by_digest = succeeded(run("export", f"r@{fastest['digest']}", "-f", "json"))
    assert json.loads(by_digest) == fastest


def test_compare_ranks_runs_and_designs_in_one_flow(run, finished: str) -> None:
    out = succeeded(run("compare", "r", "sklansky:9", "--json", "--plot", "fronts.svg"))
    ours, sklansky_row = json.loads(out)
    assert (ours["item"], ours["designs"]) == ("r", 60)
    assert ours["hypervolume"] > sklansky_row["hypervolume"]
    assert ours["best_cost"] <= sklansky_row["best_cost"]
    assert Path("fronts.svg").read_text().startswith("<?xml")
    assert "sklansky:9" in succeeded(run("compare", "sklansky:9", "brent-kung:9"))
    status, _, err = run("compare", "r", "sklansky:8")
    assert status == 2 and "9 bits" in err


def test_a_search_starts_from_another_run_of_another_width(run, finished: str) -> None:
    command = "search --width 5 --budget 20 --optimizer random --start-from r --out s"
    succeeded(run(*command.split()))
    record = json.loads(Path("s/run.json").read_text())
    assert 1 <= len(record["settings"]["starts"]) <= 32
    # A run continues with the designs it began with, whatever became of theirs.
    for options in ["", "--start-from r"]:
        resumed = command.replace("--start-from r", options).replace("20", "24")
        Path("r").rename("elsewhere")
        succeeded(run(*resumed.split(), "--resume"))
        Path("elsewhere").rename("r")
    status, _, err = run(*"search --width 5 --start-from nothing --out t".split())
    assert status == 2 and "nothing: expected the folder of a run" in err
    assert not Path("t").exists()


@pytest.mark.parametrize(("optimizer", "workers"), [("random", 3), ("genetic_screened", 2)])
def test_a_core_is_left_to_a_method_that_chooses_beside_synthesis(
    run, monkeypatch: pytest.MonkeyPatch, optimizer: str, workers: int
) -> None:
    monkeypatch.setattr("circuitvae.cli.search.os.cpu_count", lambda: 3)
    succeeded(run(*f"search --width 2 --budget 2 --optimizer {optimizer} --out r".split()))
    assert json.loads(Path("r/run.json").read_text())["settings"]["workers"] == workers


TIMING = "[arrival_ns]\na = [0, 0.02, 0.04, 0.06, 0.06, 0.06, 0.04, 0.02, 0]\n"


def test_a_run_under_timing_and_wires(run) -> None:
    Path("timing.toml").write_text(TIMING)
    search = "search --width 9 --budget 30 --optimizer genetic --out r".split()
    conditions = ["--timing", "timing.toml", "--wires", "datapath"]
    succeeded(run(*search, *conditions))
    task = json.loads(Path("r/run.json").read_text())["task"]
    assert task["timing"]["arrival_ns"]["a"][3] == 0.06 and task["wires"] == "datapath"
    text = next(Path("r/front").iterdir()).read_text()
    assert "timing: arrival_ns of a" in text and "wires: datapath" in text

    evaluate = ["evaluate", "r@fastest", "--targets", "0.1", "--json"]
    timed, free = (
        json.loads(succeeded(run(*evaluate, *options)))[0]["points"][0]["delay_ns"]
        for options in (conditions, [])
    )
    assert timed > free
    ours, sklansky_row = json.loads(succeeded(run("compare", "r", "sklansky:9", "--json")))
    assert ours["least_delay_ns"] <= sklansky_row["least_delay_ns"]

    Path("timing.toml").write_text(TIMING.replace("0.06", "0.07"))
    for other in (conditions, ["--wires", "datapath"], conditions[:2]):
        status, out, err = run(*search, "--resume", *other)
        assert (status, out) == (2, "") and "cannot resume" in err
        assert "task.timing.arrival_ns.a" in err or "task.wires" in err
    Path("timing.toml").write_text(TIMING)
    succeeded(run(*search, "--resume", *conditions))


def test_evaluate_prints_one_json_document(run) -> None:
    out = succeeded(run(*"evaluate sklansky:8 brent-kung:12 --json --targets 0.2,0.4".split()))
    first, second = json.loads(out)
    assert set(first) == DESIGN and [set(point) for point in first["points"]] == [POINT] * 2
    assert first["digest"] == sklansky(8).digest and second["width"] == 12
    assert [point["target_ns"] for point in second["points"]] == [0.2, 0.4]
    best = json.loads(
        succeeded(run(*"evaluate sklansky:8 --json --targets 0.2,0.4 --effort best".split()))
    )
    assert best[0]["points"][0]["delay_ns"] <= first["points"][0]["delay_ns"]
    table = succeeded(run("evaluate", "sklansky:8", "--carry-in", "--no-carry-out"))
    assert "sklansky:8" in table and "area um2" in table


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_is_written(run, format_name: str) -> None:
    printed = succeeded(run("export", "brent-kung:6", "--format", format_name))
    assert not run("export", "brent-kung:6", "--format", format_name, "-o", "file")[1]
    assert Path("file").read_text() == printed and printed.endswith("\n")


@pytest.mark.parametrize(
    ("format_name", "file"), [("verilog", "a.v"), ("json", "a.json"), ("cellmap", "a.map")]
)
def test_what_was_written_is_read_again(run, format_name: str, file: str) -> None:
    succeeded(run("export", "brent-kung:7", "--format", format_name, "-o", file))
    (design,) = json.loads(succeeded(run("evaluate", file, "--json")))
    assert design["digest"] == brent_kung(7).digest


def test_an_unwritable_output_is_refused(run) -> None:
    status, _, err = run("export", "sklansky:4", "-o", "no/such/folder/file")
    assert status == 2 and "cannot be written" in err


def test_verify_proves_and_refutes(run) -> None:
    succeeded(run("export", "sklansky:8", "-o", "good.v"))
    assert "proved" in succeeded(run("verify", "good.v", "--width", "8"))
    Path("plus.v").write_text(
        "module anything(input [7:0] a, b, input cin, output [7:0] sum);"
        "assign sum = a + b + cin; endmodule"
    )
    assert "proved" in succeeded(
        run("verify", "plus.v", "--width", "8", "--carry-in", "--no-carry-out")
    )
    Path("bad.v").write_text(Path("good.v").read_text().replace("|", "&", 1))
    status, out, _ = run("verify", "bad.v", "--width", "8")
    assert status == 1 and "no adder of 8 bits: for a = 0x" in out and "expected cout" in out
    status, out, _ = run("verify", "good.v", "--width", "16")
    assert status == 1 and "expected inputs a[15:0] b[15:0], found a[7:0] b[7:0]" in out
    Path("prose.v").write_text("not Verilog")
    status, out, err = run("verify", "prose.v", "--width", "8")
    assert (status, out) == (2, "") and "Yosys says" in err


def test_libraries_are_listed_and_shown(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CIRCUITVAE_LIBRARY_PATH", raising=False)
    assert "generic45" in succeeded(run("library", "list"))
    shown = succeeded(run("library", "info", "generic45"))
    assert "can build adders" in shown and "BUF_X2" in shown and "AOI21_X1" in shown


@pytest.mark.parametrize(
    "command", [[], *(["search", "evaluate", "export", "verify", "compare", "library"])]
)
def test_help_is_there(run, command: str | list) -> None:
    arguments = [command] if isinstance(command, str) else command
    assert "Usage:" in succeeded(run(*arguments, "--help"))


def test_a_search_keeps_what_jax_compiles(run, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    before = jax.config.jax_compilation_cache_dir
    try:
        succeeded(run(*"search --width 3 --budget 4 --optimizer random --out r".split()))
        assert jax.config.jax_compilation_cache_dir == str(tmp_path / "circuitvae" / "jax")
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
