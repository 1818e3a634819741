"""The long-lived ABC process, the real one and broken ones."""

import time

import pytest

from synthesis.abc import AbcSession
from synthesis.errors import ToolError, ToolNotFoundError, ToolTimeoutError


def test_answers_commands_one_after_another() -> None:
    with AbcSession() as session:
        assert "first" in session.run("echo first", 30)
        second = session.run("echo second", 30)
    assert "second" in second and "first" not in second


def test_removes_its_folder() -> None:
    with AbcSession() as session:
        folder = session.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_a_hanging_abc_is_killed(fake_abc) -> None:
    fake_abc("for line in sys.stdin: time.sleep(60)")
    session = AbcSession()
    started = time.monotonic()
    with pytest.raises(ToolTimeoutError, match=r"yosys-abc: still busy after 0.5 s \(log: "):
        session.run("echo hello", 0.5)
    assert time.monotonic() - started < 30


def test_a_dying_abc_is_reported_with_status_and_log(fake_abc) -> None:
    fake_abc("sys.stdin.readline(); print('about to fail', flush=True); sys.exit(7)")
    session = AbcSession()
    with pytest.raises(ToolError, match="died, status 7") as caught:
        session.run("echo hello", 30)
    assert caught.value.log is not None and "about to fail" in caught.value.log.read_text()


def test_a_missing_abc_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOSYS_ABC", "no-such-program")
    with pytest.raises(ToolNotFoundError, match="no-such-program"):
        AbcSession()
