"""Array shapes in annotations are checked in tests, and the built-in library is at hand."""

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# Installed before any module of the packages is imported.
install_import_hook("circuitvae", "beartype.beartype")

from synthesis import tools  # noqa: E402
from synthesis.library import Library, load_library  # noqa: E402

# A loaded machine, or a function that compiles when first called, is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

REAL_LIBRARIES = ("nangate45", "sky130hd", "sg13g2", "asap7")


@pytest.fixture(scope="session")
def generic45() -> Library:
    """The library that is always there."""
    return load_library("generic45")


@pytest.fixture(params=["generic45", *REAL_LIBRARIES])
def any_library_name(request: pytest.FixtureRequest) -> str:
    """Each library in turn; the real ones where a folder with them is named."""
    if request.param != "generic45":
        folder = os.environ.get("CIRCUITVAE_LIBRARY_PATH")
        if not folder or not (Path(folder.split(os.pathsep)[0]) / "libraries.toml").is_file():
            pytest.skip("CIRCUITVAE_LIBRARY_PATH names no folder with real cell libraries")
    return request.param


@pytest.fixture
def any_library(any_library_name: str) -> Library:
    """Each library in turn, loaded."""
    return load_library(any_library_name)


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's: no libraries, no kits, no cache."""
    for variable in ("CIRCUITVAE_LIBRARY_PATH", "PDK_ROOT", "ORFS_ROOT", "FLOW_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "user" / name)
    monkeypatch.setattr("synthesis.pdk.QFLOW_TECH", tmp_path / "no-qflow")


FAKE_ABC = """
import os, sys, time

def commands():
    "Commands after those that any session begins with, which are answered as an ABC would."
    if sys.argv[1:]:
        print("ABC 0 (fake)")
        return
    for line in sys.stdin:
        if line.startswith("version"):
            print("ABC 0 (fake)\\n -X\\n -m", flush=True)
        else:
            yield line
"""


@pytest.fixture
def fake_abc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a Python script in ABC's place; commands are lines on standard input.

    A script that iterates over ``commands()`` instead gets past the start of a session.
    """

    def install(script: str) -> None:
        program = tmp_path / "fake-abc"
        program.write_text(f"#!{sys.executable}{FAKE_ABC}{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("YOSYS_ABC", str(program))

    return install


@pytest.fixture
def abc_with_bad_moments(fake_abc):
    """Puts the real ABC behind a script that acts when a design of a certain name comes."""
    real = str(tools.yosys_abc())

    def install(name: str, moment: str) -> None:
        fake_abc(
            "import pathlib, subprocess\n"
            f"if sys.argv[1:]: os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n"
            f"abc = subprocess.Popen([{real!r}], stdin=subprocess.PIPE, bufsize=0)\n"
            "for line in sys.stdin:\n"
            "    files = pathlib.Path().glob('*.blif')\n"
            f"    if 'read_blif' in line and any({name!r} in f.read_text() for f in files):\n"
            f"        {moment}\n"
            "    abc.stdin.write(line.encode())\n"
        )

    return install


@pytest.fixture
def ends():
    """Whether a process is gone, or a zombie that nobody has asked after, within seconds."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc to look at processes by")

    def wait(pid: int, within_s: float = 20.0) -> bool:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    return True
            except (FileNotFoundError, ProcessLookupError):
                return True
            time.sleep(0.02)
        return False

    return wait
