"""Array shapes in annotations are checked in tests, and the built-in library is at hand."""

import os
import sys
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

# Installed before any module of the packages is imported.
install_import_hook("circuitvae", "beartype.beartype")

from synthesis.library import Library, load_library  # noqa: E402

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


@pytest.fixture
def fake_abc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a Python script in ABC's place; it reads commands as lines on standard input."""

    def install(script: str) -> None:
        program = tmp_path / "fake-abc"
        program.write_text(f"#!{sys.executable}\nimport os, sys, time\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("YOSYS_ABC", str(program))

    return install
