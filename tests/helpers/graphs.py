"""A network that goes around some of its layers, written without Keras, and its answers by its formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from replay import LayerDescription, RunDescription, RunWriter, dense

Array = np.ndarray
# x → first → inner → back; first + back → sum → output
RESIDUAL = (
    dense("first", 2, 2, "tanh"),
    dense("inner", 2, 5, "relu"),
    dense("back", 5, 2),
    LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("first", "back")),
    dense("output", 2, 1, "sigmoid"),
)


def residual(
    path: Path,
    n_snapshots: int = 4,
    layers: tuple[LayerDescription, ...] = RESIDUAL,
    loss: str = "binary_crossentropy",
    weights: dict[str, Any] | None = None,
    **samples: Any,
) -> Path:
    """A run of it with drifting random weights, some of them given, on 40 samples of two classes."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(40, 2)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    description = RunDescription(layers, chain=False, loss={"name": loss})
    paths = description.weight_paths
    start = {name: rng.normal(0, 0.8, weight.shape) for name, weight in paths}
    drift = {name: rng.normal(0, 0.3, weight.shape) for name, weight in paths}
    with RunWriter(path, description, x, y, **samples) as writer:
        for epoch in range(n_snapshots):
            own = {name: start[name] + epoch * drift[name] for name in start} | (weights or {})
            logs = {"loss": 1 / epoch, "accuracy": epoch / n_snapshots} if epoch else None
            writer.snapshot(epoch, {name: array.astype(np.float32) for name, array in own.items()}, logs)
    return path


def by_hand(x: Array, weights: list[Array]) -> dict[str, Array]:
    """The activations of RESIDUAL's layers at one snapshot, with its weights (1, …) in order."""
    (w1, b1, w2, b2, w3, b3, w4, b4) = (array[0].astype(np.float64) for array in weights)
    first = np.tanh(x @ w1 + b1)
    inner = np.maximum(first @ w2 + b2, 0)
    back = inner @ w3 + b3
    return {
        "first": first,
        "inner": inner,
        "back": back,
        "sum": first + back,
        "output": 1 / (1 + np.exp(-((first + back) @ w4 + b4))),
    }
