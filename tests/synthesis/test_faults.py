"""Tools that hang, die, talk nonsense, are too old or change; full disks; killed parents."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import brent_kung, kogge_stone, sklansky
from synthesis import abc, tools
from synthesis.abc import AbcSession
from synthesis.errors import (
    ToolError,
    ToolNotFoundError,
    ToolTimeoutError,
    UserError,
    WorkerError,
)
from synthesis.flow import Flow, Synthesizer
from synthesis.liberty_cache import read_cached
from synthesis.library import Library, load_library
from synthesis.workers import SynthesisPool

DESIGNS = [Adder().netlist(graph) for graph in (sklansky(8), kogge_stone(8), brent_kung(8))]
UNLUCKY = DESIGNS[1].name

BAD_MOMENTS = {
    "hangs": ("time.sleep(600)", "still busy after 3 s"),
    "exits": ("sys.exit(9)", "died, status 9"),
    "crashes": ("os.kill(os.getpid(), 11)", "died, status -11"),
    "binary": ("os.write(1, bytes(range(256))); continue", "expected 1 `stime` lines, found 0"),
    "zeros": (
        "print('Area = 0.00 (0 %) Delay = 0.00 ps', flush=True); continue",
        "expected 1 `stime` lines, found 0",
    ),
    "another format": (
        "print('Area 12.5 um2, delay 0.2 ns', flush=True); continue",
        "expected 1 `stime` lines, found 0",
    ),
    "endless": ("while True: os.write(1, b'abc' * 10000)", "printed over 64,000,000 bytes"),
    "deaf": (
        "os.close(1); os.close(2); abc.kill(); abc.wait(); time.sleep(600)",
        "died, status -9",
    ),
}


@pytest.mark.parametrize("case", BAD_MOMENTS)
def test_a_bad_moment_costs_one_design(generic45: Library, abc_with_bad_moments, case) -> None:
    flow = Flow(generic45, (0.3,), timeout_s=3)
    with SynthesisPool(flow, 1) as pool:
        expected = [pool.submit(netlist).result() for netlist in DESIGNS]
    moment, problem = BAD_MOMENTS[case]
    abc_with_bad_moments(UNLUCKY, moment)
    with SynthesisPool(flow, 1) as pool:
        futures = [pool.submit(netlist) for netlist in DESIGNS]
        assert [futures[0].result(), futures[2].result()] == [expected[0], expected[2]]
        with pytest.raises(ToolError, match=problem) as caught:
            futures[1].result()
    assert not isinstance(caught.value, WorkerError)


def test_an_old_abc_is_told_at_once(generic45: Library, fake_abc) -> None:
    fake_abc(
        "if sys.argv[1:]: print('ABC 0 (old)')\n"
        "else:\n"
        "  for line in sys.stdin:\n"
        "    if line.startswith('version'): print('ABC 0 (old)\\n\\t-v  : toggle')\n"
        "    else: print('\\n' + line[5:-1] + ' ', flush=True)"
    )
    with pytest.raises(ToolNotFoundError, match=r"too old \(`read_lib` lacks -X and -m\); .*pip"):
        Synthesizer(Flow(generic45, (0.3,)))


def test_an_abc_replaced_during_a_run_is_not_used(generic45: Library, fake_abc) -> None:
    real = str(tools.yosys_abc())
    fake_abc(f"os.execv({real!r}, [{real!r}, *sys.argv[1:]])")
    with SynthesisPool(Flow(generic45, (0.3,)), 1) as pool:
        pool.submit(DESIGNS[0]).result()
        (synthesizer,) = pool._open
        fake_abc(
            "for line in sys.stdin:\n"
            "  if line.startswith('version'): print('ABC 9 (newer)\\n -X\\n -m')\n"
            "  else: print('\\n' + line[5:-1] + ' ', flush=True)"
        )
        os.kill(synthesizer.session.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="is not the program it was"):
            pool.submit(DESIGNS[0]).result()


@pytest.mark.parametrize("content", ["", "neither script nor binary\n"])
def test_what_is_no_program_is_named(tmp_path, monkeypatch, generic45, content) -> None:
    program = tmp_path / "abc"
    program.write_bytes(b"\x7fELF" + content.encode())
    program.chmod(0o755)
    monkeypatch.setenv("YOSYS_ABC", str(program))
    for start in (AbcSession, tools.versions):
        with pytest.raises(ToolError, match=r"abc cannot be started: Exec format error"):
            start()


def test_an_abc_that_vanishes_stops_the_pool(generic45: Library, monkeypatch) -> None:
    with SynthesisPool(Flow(generic45, (0.3,)), 1) as pool:
        pool.submit(DESIGNS[0]).result()
        (synthesizer,) = pool._open
        monkeypatch.setenv("YOSYS_ABC", "no-such-program")
        assert pool.submit(DESIGNS[0]).result()
        synthesizer.session.kill()
        with pytest.raises(WorkerError, match=r"no worker can be started: .*no-such-program"):
            pool.submit(DESIGNS[0]).result()


def test_a_library_that_changes_is_not_read_again(tmp_path, generic45: Library) -> None:
    file = tmp_path / "cells.lib"
    shutil.copy(generic45.files[0], file)
    flow = Flow(load_library(str(file)), (0.3,))
    with SynthesisPool(flow, 1) as pool:
        before = pool.submit(DESIGNS[0]).result()
        (synthesizer,) = pool._open
        file.write_text(file.read_text().replace("area : 0.532", "area : 9.532"))
        assert pool.submit(DESIGNS[0]).result() == before
        synthesizer.session.kill()
        with pytest.raises(UserError, match=r"cells\.lib: changed since it was loaded"):
            pool.submit(DESIGNS[0]).result()
        shutil.copy(generic45.files[0], file)
        assert pool.submit(DESIGNS[0]).result() == before


def test_a_full_disk_is_no_fault_of_the_design(generic45: Library, monkeypatch) -> None:
    def full(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    with SynthesisPool(Flow(generic45, (0.3,)), 1) as pool:
        before = pool.submit(DESIGNS[0]).result()
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", full)
            with pytest.raises(OSError, match="No space left on device"):
                pool.submit(DESIGNS[0]).result()
        assert pool.submit(DESIGNS[0]).result() == before


def test_a_lost_working_folder_costs_only_a_restart(generic45: Library) -> None:
    with SynthesisPool(Flow(generic45, (0.3,)), 1) as pool:
        before = pool.submit(DESIGNS[0]).result()
        (synthesizer,) = pool._open
        shutil.rmtree(synthesizer.session.folder)
        assert pool.submit(DESIGNS[0]).result() == before


def test_no_room_for_a_log_hides_no_error(fake_abc, monkeypatch) -> None:
    def full(**names):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    fake_abc("sys.stdin.readline(); sys.exit(7)")
    session = AbcSession()
    monkeypatch.setattr(abc.tempfile, "mkstemp", full)
    with pytest.raises(ToolError, match=r"died, status 7$") as caught:
        session.run("echo hello", 30)
    assert caught.value.log is None


def test_a_pool_is_closed_at_once(generic45: Library, abc_with_bad_moments, ends) -> None:
    abc_with_bad_moments(UNLUCKY, "time.sleep(600)")
    pool = SynthesisPool(Flow(generic45, (0.3,), timeout_s=600), 2)
    pool.submit(DESIGNS[0]).result()
    hanging = [pool.submit(DESIGNS[1]) for _ in range(3)]
    while len(pool._open) < 2 or not hanging[0].running():
        time.sleep(0.02)
    pids = [synthesizer.session.pid for synthesizer in pool._open]
    started = time.monotonic()
    pool.close()
    assert time.monotonic() - started < 30
    assert all(future.cancelled() or future.exception() for future in hanging)
    assert all(ends(pid) for pid in pids)


PARENT = """
import signal, sys
from synthesis.abc import AbcSession
# A shell starts what it runs in the background with this signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
session = AbcSession()
print(session.pid, flush=True)
session.run(sys.argv[1], 600)
sys.stdin.read()
"""
BUSY = "gen -N 64 -m multiplier.blif; read multiplier.blif; strash; dch; dch; dch"
"""Seconds of work in which nothing is printed."""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("commands", ["version", BUSY], ids=["idle", "busy"])
def test_abc_outlives_no_parent(ends, number: int, commands: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, commands],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with parent:
        pid = int(parent.stdout.readline())
        time.sleep(0.3)
        assert not ends(pid, 0.1)
        parent.send_signal(number)
        assert ends(pid)


def test_what_a_tool_started_ends_with_it(tmp_path: Path, ends) -> None:
    script = "sleep 600 & echo $! > child; wait"
    with pytest.raises(ToolTimeoutError, match=r"sh: still busy after 0\.5 s"):
        tools.run_to_end("sh", ["/bin/sh", "-c", script], tmp_path, 0.5)
    assert ends(int((tmp_path / "child").read_text()))


def test_a_silent_tool_has_no_version(fake_abc) -> None:
    fake_abc("sys.exit(3)")
    with pytest.raises(ToolError, match="does not say its version"):
        tools.versions()


READER = """
import sys
from pathlib import Path
from synthesis import liberty_cache
liberty_cache.platformdirs.user_cache_path = lambda name: Path(sys.argv[1]) / name
sys.stdin.readline()
print(hash(str(liberty_cache.read_cached(Path(sys.argv[2])))))
"""


def test_processes_that_fill_one_cache_agree(tmp_path: Path, generic45: Library) -> None:
    command = [sys.executable, "-c", READER, str(tmp_path), str(generic45.files[0])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    readers = [subprocess.Popen(command, env=environment, **pipes) for _ in range(4)]
    answers = [reader.communicate("go\n")[0] for reader in readers]
    assert len(set(answers)) == 1 and answers[0].strip()
    (entry,) = (tmp_path / "circuitvae" / "liberty").iterdir()
    assert entry.suffix == ".json"


def test_threads_that_fill_one_cache_agree(tmp_path: Path, generic45, monkeypatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    with ThreadPoolExecutor(4) as threads:
        files = list(threads.map(read_cached, [generic45.files[0]] * 8))
    assert all(file == files[0] for file in files)
