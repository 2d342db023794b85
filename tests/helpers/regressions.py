"""Runs of regressions: a sine of the sum of the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from replay.drawing.registry.lookup import names
from replay.drawing.registry.needs import NUMBERS

OF_NUMBERS = names(needs=NUMBERS)  # views that runs of classes do not have
REGRESSION: dict[str, Any] = {"output_activation": "linear", "loss": "mean_squared_error"}


def numbers(inputs: np.ndarray, n_columns: int = 1) -> np.ndarray:
    """Targets (n, n_columns) for inputs (n, …)."""
    total = inputs.reshape(len(inputs), -1).sum(axis=1)
    columns = [np.sin(3 * total + column) for column in range(n_columns)]
    return np.column_stack(columns).astype(np.float32)


def of_numbers(n_inputs: int = 1, n_samples: int = 60, n_held_out: int = 20) -> dict[str, Any]:
    """What `make_run` is to make such a run of: with six hidden units, and held-out samples."""
    x = np.random.default_rng(0).uniform(-1, 1, (n_samples + n_held_out, n_inputs)).astype(np.float32)
    y = numbers(x)
    held_out = x[n_samples:], y[n_samples:]
    return {
        "units": (n_inputs, 6, 1),
        "data": (x[:n_samples], y[:n_samples]),
        "held_out": held_out if n_held_out else None,
        **REGRESSION,
    }
