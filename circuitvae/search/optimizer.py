"""The one interface of every search method, and the registry of methods by name."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from circuitvae.prefix.graph import PrefixGraph
from circuitvae.search.objective import Objective
from circuitvae.search.task import Task
from synthesis.errors import UserError, unknown

State = dict[str, Any]
"""What a method must remember: a tree of dicts with NumPy arrays as leaves."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a method may know of the task.

    Attributes:
        task: The circuit and the flow it is judged in.
        objective: Turns curves into costs.
        budget: Unique designs the whole run may synthesise.
        seed: Of all the method's random draws.
    """

    task: Task
    objective: Objective
    budget: int
    seed: int

    @property
    def width(self) -> int:
        """Bits ``N``."""
        return self.task.width

    @property
    def targets(self) -> int:
        """Number ``T`` of points on every curve."""
        return len(self.task.flow.targets_ns)


@runtime_checkable
class Optimizer(Protocol):
    """A search method: asked for designs, told their curves.

    The driver tells it the classical adders first, then asks and tells in turn, or asks one batch
    ahead. Draws depend on the problem's seed and on what was asked for and told alone, so that a
    restored method continues as if never stopped.
    """

    ahead: bool
    """Whether it is asked for a batch while the one before is synthesised, not told yet."""

    @property
    def batch_size(self) -> int:
        """Designs it likes to be asked for at once now."""

    def ask(self, count: int) -> list[PrefixGraph]:
        """At most ``count`` graphs; none if there are no more. Those told before are free."""

    def tell(self, graphs: Sequence[PrefixGraph], points: Float[np.ndarray, "B T 2"]) -> None:
        """Takes curves (delay_ns, area_um2) of what was asked; failed designs are left out."""

    def state(self) -> State:
        """All it needs to continue."""

    def restore(self, state: State) -> None:
        """Continues from what :meth:`state` gave."""

    def diagnostics(self) -> Mapping[str, float]:
        """Figures of the last round, for the log."""


OPTIMIZERS = {
    "annealing": "circuitvae.baselines.annealing:Annealing",
    "circuitvae": "circuitvae.search.circuitvae:CircuitVAE",
    "genetic": "circuitvae.baselines.genetic:Genetic",
    "genetic_screened": "circuitvae.baselines.screened:GeneticScreened",
    "random": "circuitvae.baselines.random:Random",
}
"""Methods by name: ``module:class``, called with a :class:`Problem`."""


def find_optimizer(name: str) -> Callable[[Problem], Optimizer]:
    """Finds a registered method, or one of the user's own given as ``module:class``.

    Raises:
        UserError: No such method; the message suggests the nearest name.
    """
    place = OPTIMIZERS.get(name, name)
    module, colon, attribute = place.partition(":")
    if not colon:
        raise unknown("optimizer", name, [*OPTIMIZERS, "module:class"])
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, SyntaxError, TypeError, ValueError) as error:
        raise UserError(f"cannot load optimizer {name!r}: {error}") from error
