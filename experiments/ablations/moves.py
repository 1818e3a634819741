"""What descent, random moves and no moves decode to, from the same model and the same starts.

Shapes: ``B`` designs, ``N`` bit width.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from circuitvae.archive import Result
from circuitvae.search.circuitvae import CircuitVAE
from circuitvae.search.keys import keys
from circuitvae.search.run_folder import RunFolder
from circuitvae.search.screened import Screened
from circuitvae.search.task import points_array
from experiments.ablations.variants import Unbred, UnbredNoMoves, UnbredRandomMoves
from experiments.sample_efficiency.report import problem_of

KINDS = {"descent": Unbred, "random moves": UnbredRandomMoves, "no moves": UnbredNoMoves}


def inform(method: Screened, results: Sequence[Result]) -> None:
    """Lets a new method know some designs, so that it makes its pool for the batch after them."""
    good = [result for result in results if result.curve is not None]
    curves = points_array([result.curve for result in good if result.curve is not None])
    method.tell([result.graph for result in good], curves)
    method.ask(method.batch_size)


def judged(
    method: CircuitVAE, grids: Bool[np.ndarray, "B N N"], elite: int
) -> dict[str, float | int]:
    """How many designs the pool has not, what the screen says of them, how many are of its best."""
    known = set(keys(method.pool.grids))
    new = grids[[key not in known for key in keys(grids)]]
    points = method.screen.points(new)
    costs = np.sort(method.screen.predict(new, points)[0][:, 0])
    bar = np.sort(method.pool.costs[:, 0])[elite - 1]
    return {
        "decoded": len(grids),
        "new": len(new),
        "median": float(np.median(costs)),
        "mean_of_best_50": float(costs[:50].mean()),
        f"in_best_{elite}": int((costs < bar).sum()),
    }


def compare(
    path: Path, firsts: Sequence[int], draws: int, elite: int = 100
) -> Iterable[dict[str, object]]:
    """A row for each kind of move, number of designs told, and draw of starts.

    Args:
        path: Folder of a run at one delay weight.
        firsts: Numbers of its first designs to be told.
        draws: Rounds of proposals from each state.
        elite: Best designs of the pool that proposals are measured by.
    """
    folder = RunFolder.open(path)
    problem = problem_of(folder)
    results = folder.results()
    for first in firsts:
        if first > len(results):
            continue
        method = CircuitVAE(problem)
        inform(method, results[:first])
        state = method.state()
        for name, kind in KINDS.items():
            for draw in range(draws):
                variant = kind(problem)
                variant.restore(state)
                grids = variant.propose(np.random.default_rng([problem.seed, draw])).grids
                figures = judged(method, grids, elite)
                yield {"run": path.name, "first": first, "moves": name, "draw": draw, **figures}
