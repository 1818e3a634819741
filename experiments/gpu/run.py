"""Times training, descent and the engine on every device JAX has, beside each one's roofline.

``python -m experiments.gpu.run`` prints a table and writes ``results/DEVICE.csv``; ``--profile
FOLDER`` also writes a trace of each part for TensorBoard or Perfetto.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import typer

from circuitvae.cli import answered
from circuitvae.model import sizing
from circuitvae.model.features import GraphBatch, graph_batch
from circuitvae.model.settings import ModelSettings, TrainSettings
from circuitvae.model.surroundings import surroundings
from circuitvae.model.train import Batch, Learner, fit
from circuitvae.search.initial import initial_designs
from circuitvae.search.latent import DescentSettings, Starts, descend
from experiments.sample_efficiency.report import markdown, write_csv
from synthesis.library import load_library
from synthesis.timing import UNIFORM

RESULTS = Path(__file__).parent / "results"
GRAPHS = 256
PRICE = 50.0
"""Of a ns, um2."""
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Roof:
    """What a device reaches on one large product and one large copy.

    Attributes:
        flops: Per second, float32.
        bytes: Per second, read and written.
    """

    flops: float
    bytes: float

    def least_s(self, cost: dict[str, float]) -> tuple[float, float]:
        """Seconds that a program takes at least for its flops, and for its bytes.

        XLA counts every operand of every operation; what caches keep is counted none the less, so
        that the second can be more than the time taken.

        References:
            Williams, Waterman, Patterson, "Roofline", Communications of the ACM, 2009.
        """
        return cost["flops"] / self.flops, cost["bytes accessed"] / self.bytes


def seconds(call: Callable[[], Any]) -> float:
    """Median time of a call until its results are there, the first call not counted."""
    jax.block_until_ready(call())
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        jax.block_until_ready(call())
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def roof() -> Roof:
    """Measured on the default device."""
    side, length = 2048, 2**26
    matrix, vector = jnp.ones((side, side)), jnp.ones(length)
    product, copy = jax.jit(lambda x: x @ x), jax.jit(lambda x: x + 1)
    return Roof(
        2 * side**3 / seconds(lambda: product(matrix)), 8 * length / seconds(lambda: copy(vector))
    )


def cost(function: Any, *arguments: Any) -> dict[str, float]:
    """XLA's count of flops and bytes; of a loop it counts one turn."""
    return dict(function.lower(*arguments).compile().cost_analysis())


def parts(width: int, precision: str, ceiling: Roof) -> Iterable[dict[str, object]]:
    """A row for each part: its time, and where XLA counts them the least by flops and bytes."""
    rng = np.random.default_rng(0)
    grids = np.stack([graph.grid for graph in initial_designs(width, GRAPHS, rng)])
    graphs = graph_batch(grids)
    on_device = jax.device_put(graphs)
    training, settings = TrainSettings(), DescentSettings()
    learner = Learner(width, 1, ModelSettings(precision=precision), training, 0)
    shape = training.steps, training.batch
    picks = rng.integers(GRAPHS, size=shape)
    drawn = GraphBatch(*(values[picks] for values in graphs)), rng.random((*shape, 1, 2))
    batches = jax.device_put(Batch(*drawn, np.full(shape, 0.5, np.float32)))
    key = jax.random.key(0)

    def fit_arguments(steps: int) -> tuple[Any, ...]:
        some = jax.tree.map(lambda values: values[:steps], batches)
        graphdef, learned = learner.graphdef, learner.learned
        return graphdef, training, learned, learner.scale, some, key

    latents = jnp.asarray(rng.standard_normal((settings.trajectories, 48)), jnp.float32)
    weights = jnp.full(settings.trajectories, 0.5)

    def descend_arguments(how: DescentSettings) -> tuple[Any, ...]:
        params = learner.learned.params
        return learner.graphdef, how, params, learner.scale, Starts(latents, weights), weights

    around = surroundings(load_library("generic45"), width, UNIFORM, 0.0)
    prices = np.full(GRAPHS, PRICE, np.float32)
    turns = settings.segments * settings.segment_steps
    single = replace(settings, segments=1, segment_steps=1)
    least = {
        "training step": ceiling.least_s(cost(fit, *fit_arguments(1))),
        "descent step": ceiling.least_s(cost(descend, *descend_arguments(single))),
    }
    taken = {
        "training step": seconds(lambda: fit(*fit_arguments(training.steps))) / training.steps,
        "descent step": seconds(lambda: descend(*descend_arguments(settings))) / turns,
        "engine, a design": seconds(lambda: sizing.size(on_device, around, prices)) / GRAPHS,
    }
    for part, time_s in taken.items():
        flops_s, bytes_s = least.get(part, (np.nan, np.nan))
        yield {
            "width": width,
            "precision": precision,
            "part": part,
            "ms": f"{1000 * time_s:.3f}",
            "flops_ms": f"{1000 * flops_s:.3f}",
            "bytes_ms": f"{1000 * bytes_s:.3f}",
        }


def main(
    width: list[int] = typer.Option([32, 64, 128]),  # noqa: B008
    platform: list[str] = typer.Option([], help="cpu or gpu; by default each there is."),  # noqa: B008
    profile: Path | None = typer.Option(None, help="Folder of traces; none by default."),  # noqa: B008
) -> None:
    """Measures the kinds of device there are."""
    RESULTS.mkdir(exist_ok=True)
    kinds = {device.platform: device for device in [*jax.devices("cpu"), *jax.devices()]}
    if list(kinds) == ["cpu"]:
        print("JAX has no GPU here: the CPU alone can be measured")
    if missing := set(platform) - set(kinds):
        raise typer.BadParameter(f"expected {' or '.join(kinds)}, found {', '.join(missing)}")
    for device in (kinds[each] for each in platform or kinds):
        with jax.default_device(device):
            ceiling = roof()
            print(
                f"{device.device_kind}: {ceiling.flops / 1e9:,.0f} GFLOP/s, "
                f"{ceiling.bytes / 1e9:,.1f} GB/s measured"
            )
            with jax.profiler.trace(str(profile)) if profile else nullcontext():
                rows = [
                    row
                    for bits in width
                    for precision in ("float32", "bfloat16")
                    for row in parts(bits, precision, ceiling)
                ]
        write_csv(RESULTS / f"{device.device_kind.replace(' ', '-')}.csv", rows)
        print(markdown(list(rows[0]), [list(row.values()) for row in rows]))


if __name__ == "__main__":
    answered(lambda: typer.run(main))
