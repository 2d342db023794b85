"""Fifteen runs that are awkward to draw: their data, their weights or their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from replay import RunDescription, RunWriter, datasets, dense
from replay.network.data_description import DataDescription

LONG = "a_run_of_the_network_with_a_very_long_name_that_ends_with_what_tells_it_apart_" * 2
RIGHT_TO_LEFT = "שלום עולם"
N_SNAPSHOTS = 7
# Names that clash when they are shortened, or at once; that are empty, long, markup, mathtext, escapes.
CLASSES = (
    *(f"{'the same beginning ' * 8}{letter}{' and the same end' * 8}" for letter in "ab"),
    *("twin", "twin", "", "a" * 300, "<b>bold</b>", "$x^2$ & \\alpha", "\x1b[31mred\n", RIGHT_TO_LEFT),
    *("🐧 penguin", "e\u0301" * 40, "7"),
)
INPUTS = ("$\\frac{1}{2}$ <i>of</i> " * 12, "length (cm)")

Data = tuple[np.ndarray, np.ndarray]


def _classes(n: int, each: int = 6) -> Data:
    rng = np.random.default_rng(n)
    middles = rng.uniform(-2, 2, (n, 2))
    labels = np.repeat(np.arange(n), each)
    return middles[labels] + rng.normal(0, 0.15, (n * each, 2)), labels


def _imbalanced() -> Data:
    inputs, labels = datasets.moons(201)
    kept = np.concatenate([np.flatnonzero(labels == 0)[:200], np.flatnonzero(labels == 1)[:1]])
    return inputs[kept], labels[kept]


def _changed(change: Any) -> Data:
    inputs, labels = datasets.moons(40)
    return change(inputs.astype(np.float64)), labels


def _constant(inputs: np.ndarray) -> np.ndarray:
    return np.column_stack([inputs[:, 0], np.full(len(inputs), 3.0)])


def _held_out() -> Data:
    """More samples than were trained on, noisier, and one of them far away."""
    inputs, labels = datasets.moons(50, noise=0.3, seed=1)
    return _with_outlier(inputs), labels


def _with_outlier(inputs: np.ndarray) -> np.ndarray:
    inputs[5] = 1e6, -1e6
    return inputs


RUNS: dict[str, dict[str, Any]] = {
    "40-classes": {"data": lambda: _classes(40)},
    "one-class": {"data": lambda: (datasets.moons(30)[0], np.zeros(60, dtype=int))},
    "imbalanced": {"data": _imbalanced},
    "constant-feature": {"data": lambda: _changed(_constant)},
    "millions": {"data": lambda: _changed(lambda inputs: inputs * 1e6)},
    "millionths": {"data": lambda: _changed(lambda inputs: inputs * 1e-6)},
    "outlier": {"data": lambda: _changed(_with_outlier)},
    "nan-from-3": {"nan_from": 3},
    "dead": {"dead": True, "activation": "relu"},
    "long-names": {"scenario": LONG, "run": LONG + "1", "hidden": LONG},
    "empty-names": {"scenario": "", "run": ""},
    "class-names": {
        "data": lambda: _classes(len(CLASSES)),
        "described": DataDescription("y", CLASSES, INPUTS, title="<b>$x^2$</b> " * 20),
    },
    "two-long-classes": {"described": DataDescription("y", CLASSES[:2], INPUTS[::-1], title=LONG)},
    "right-to-left": {"scenario": RIGHT_TO_LEFT, "run": RIGHT_TO_LEFT * 3, "hidden": RIGHT_TO_LEFT},
    "held-out": {"scenario": LONG, "held_out": _held_out},
}


def awkward_run(name: str, folder: Path) -> Path:
    """Write the run called `name`, of RUNS; return its path."""
    return _written(folder / f"{name}.h5", **{"scenario": "moons", "run": name, **RUNS[name]})


def _written(
    path: Path,
    scenario: str,
    run: str,
    data: Any = lambda: datasets.moons(30),
    activation: str = "tanh",
    hidden: str = "hidden",
    nan_from: int | None = None,
    dead: bool = False,
    described: DataDescription | None = None,
    held_out: Any = lambda: None,
) -> Path:
    inputs, targets = data()
    validation = held_out()
    rng = np.random.default_rng(1)
    n_classes = int(targets.max()) + 1
    n_out = n_classes if n_classes > 2 else 1
    layers = (
        dense(hidden, 2, 2, activation),
        dense("output", 2, n_out, "softmax" if n_out > 1 else "sigmoid"),
    )
    loss = {"name": "sparse_categorical_crossentropy" if n_out > 1 else "binary_crossentropy"}
    clips = {"class": "SGD", "clipvalue": 0.1}  # so that clipping has a picture
    description = RunDescription(
        layers, loss=loss, scenario=scenario, run=run, data=described, optimizer=clips
    )
    start = [rng.normal(size=shape) for shape in ((2, 2), (2,), (2, n_out), (n_out,))]
    drift = [rng.normal(size=array.shape) for array in start]
    scale = max(1.0, float(np.median(np.abs(inputs))))
    writing = RunWriter(path, description, inputs, targets, overwrite=True, validation_data=validation)
    with writing as writer:
        for epoch in range(N_SNAPSHOTS):
            weights = [a + 0.25 * epoch * b for a, b in zip(start, drift, strict=True)]
            weights[0] /= scale
            if dead:
                weights[1] = np.full(2, -1e3)
            loss_value = 1 / (1 + epoch)
            if nan_from is not None and epoch >= nan_from:
                weights, loss_value = [array * np.nan for array in weights], np.nan
            row = {"loss": loss_value, "accuracy": epoch / N_SNAPSHOTS} if epoch else None
            if row and validation:
                row |= {"val_loss": 0.4 + 0.1 * epoch, "val_accuracy": 0.5}
            writer.snapshot(epoch, [array.astype(np.float32) for array in weights], row)
    return path
