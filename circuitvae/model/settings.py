"""Settings of the model and of its training; each is a static argument of compiled functions."""

import math
from dataclasses import dataclass, fields
from typing import Any

from synthesis.errors import UserError

_PRECISIONS = ("float32", "bfloat16")


def check_positive(settings: Any, *may_be_zero: str) -> None:
    """Checks that every number of a settings dataclass is finite and positive; some may be 0.

    Raises:
        UserError: One is not; the message names it.
    """
    for field in fields(settings):
        value = getattr(settings, field.name)
        if not isinstance(value, int | float) or (value == 0 and field.name in may_be_zero):
            continue
        if not (math.isfinite(value) and value > 0):
            raise UserError(f"{field.name} must be finite and above 0, found {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Sizes of the networks.

    Attributes:
        latent: Latent size ``D``.
        channels: Features of a node.
        hidden: Width of the hidden layers of encoder and decoder.
        surrogate_hidden: Width of the surrogate's hidden layers.
        precision: What layers compute in, ``float32`` or ``bfloat16``; parameters and losses are
            float32 anyway.
    """

    latent: int = 48
    channels: int = 16
    hidden: int = 256
    surrogate_hidden: int = 128
    precision: str = "float32"

    def __post_init__(self) -> None:
        check_positive(self)
        if self.precision not in _PRECISIONS:
            raise UserError(
                f"precision must be one of {', '.join(_PRECISIONS)}, found {self.precision}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """How the model is fitted.

    Attributes:
        batch: Designs a step.
        steps: Steps of one fit.
        learning_rate: Of Adam.
        kl_weight: Final weight of the KL divergence, in nats beside the reconstruction's nats.
        kl_warmup: Steps over which that weight rises from 0.
        surrogate_weight: Weight of the surrogate's squared error of standardised values.
    """

    batch: int = 64
    steps: int = 60
    learning_rate: float = 1e-3
    kl_weight: float = 0.2
    kl_warmup: int = 300
    surrogate_weight: float = 20.0

    def __post_init__(self) -> None:
        check_positive(self)
