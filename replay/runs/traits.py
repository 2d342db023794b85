"""The traits of a run: what it was trained with, as far as its file tells. They tell runs apart."""

from __future__ import annotations

from typing import Any

from replay.choices import INITIALIZERS, MOMENTUM, NORMAL
from replay.network.description import RunDescription
from replay.runs.evaluation import Evaluation

# The names of traits are those of a sweep's axes.
ACTIVATION, OPTIMIZER, INITIALIZER = "activation", "optimizer", "kernel_initializer"
OUTPUT_INITIALIZER, LEARNING_RATE, BATCH_SIZE = "output_kernel_initializer", "learning_rate", "batch_size"
UNITS, SEED, NAME = "hidden_units", "seed", "name"
OUTPUT = "output_"  # in the name of a run, before the initializer of its output layer


def traits(evaluation: Evaluation, name: str) -> dict[str, str]:
    """What the run called `name` was trained with: trait → value, in words, and its name last.

    Initializers are found in the run's own name alone: a file does not tell them otherwise.
    """
    description = evaluation.recording.description
    known = {
        ACTIVATION: _activations(description),
        OPTIMIZER: _optimizer(description),
        **_initializers(description.run or evaluation.recording.path.stem),
        LEARNING_RATE: _number((description.optimizer or {}).get("learning_rate")),
        BATCH_SIZE: _number(description.batch_size),
        UNITS: "x".join(str(layer.units) for layer in description.layers[:-1] if layer.activation),
        SEED: _number(description.seed),
    }
    return {**{trait: value for trait, value in known.items() if value}, NAME: name}


def _activations(description: RunDescription) -> str:
    """The activations of the hidden layers, each once."""
    hidden = (layer.activation for layer in description.layers[:-1])
    return " ".join(dict.fromkeys(name for name in hidden if name and name != "linear"))


def _optimizer(description: RunDescription) -> str:
    optimizer = description.optimizer or {}
    name = str(optimizer.get("class", "")).lower()
    return MOMENTUM if name == "sgd" and optimizer.get("momentum") else name


def _initializers(name: str) -> dict[str, str]:
    """The initializers that a run's name tells, as the names of a scenario's runs do."""
    found = {}
    for word in name.split("-"):
        of_output = word.startswith(OUTPUT)
        value = word.removeprefix(OUTPUT)
        if value in INITIALIZERS or NORMAL.fullmatch(value):
            found[OUTPUT_INITIALIZER if of_output else INITIALIZER] = value
    return found


def _number(value: Any) -> str:
    """A number in words, without what float32 has rounded; nothing for what is no number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.6g}" if is_number else ""
