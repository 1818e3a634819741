"""Compiled functions do what their Python does, and are compiled once."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.graph import PrefixGraph
from synthesis import cover, matches, placing, structural
from synthesis.compiled import compiled
from synthesis.flow import Flow, Synthesizer
from synthesis.library import Library
from synthesis.structural import GateChooser


def test_compiled_gates_are_those_of_plain_python(
    generic45: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesizer = Synthesizer(Flow(generic45, (1.0,)))
    synthesizer.close()
    rng = np.random.default_rng(0)
    graphs = [PrefixGraph.legalized(rng.random((8, 8)) < 0.3) for _ in range(5)]

    def chosen() -> list[object]:
        choosers = [
            GateChooser(Adder(carry_in=True).netlist(graph), synthesizer.ways) for graph in graphs
        ]
        return [chooser.choose(t) for chooser in choosers for t in (0.0, 0.1, 0.2, math.inf)]

    fast = chosen()
    for module, names in (
        (matches, ("find_matches", "_record", "_joint")),
        (cover, ("cover", "_best", "_turned")),
        (placing, ("place",)),
    ):
        for name in names:
            plain = getattr(module, name).py_func
            monkeypatch.setattr(module, name, plain)
            if not name.startswith("_"):
                monkeypatch.setattr(structural, name, plain)
    assert chosen() == fast


MODULE = """
from synthesis.compiled import compiled

@compiled
def double(value):
    return 2 * value
"""


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    (tmp_path / "doubling.py").write_text(MODULE)
    code = "import doubling; doubling.double(1); print(doubling.double.stats.cache_hits.total())"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"}
    hits = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert hits == ["0", "1"]


def test_without_a_folder_for_the_cache_it_compiles_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def double(value: int) -> int:
        return 2 * value

    # The only place looked at is one that nobody has named.
    monkeypatch.setattr(numba.config, "CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator")
    with pytest.raises(RuntimeError, match="no locator available"):
        numba.njit(cache=True)(double)
    assert compiled(double)(21) == 42
