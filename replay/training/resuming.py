"""Resume a training: save and restore model and optimizer variables, and check that nothing else changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from replay.errors import RunFileError
from replay.network.description import RunDescription
from replay.network.in_keras import values
from replay.storage.samples import parts
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import UnfinishedTraining
from replay.training.callback_protocols import Resumable
from replay.types import Array, Samples

# Facts that must stay the same, and the words for a difference.
FACTS = {
    "data": "other data",
    "steps": "another number of batches in an epoch",
    "batch_size": "another batch size",
    "shuffling": "another order of the samples",
    "seed": "another seed of the shuffling",
    "weights": "other weights of the samples",
}


def has_optimizer(model: Any) -> bool:
    """Whether the model was compiled; in a loop of one's own it need not be."""
    return getattr(model, "optimizer", None) is not None


def variables(model: Any) -> list[Any]:
    """Everything that training changes: the model's weights and random states, the optimizer's variables.

    The optimizer's variables include the learning rate and the step count; they are created here if they do
    not exist yet.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def state(variables: Sequence[Any]) -> list[Array]:
    """The current values of variables, in the types that they declare: JAX may compute in narrower ones."""
    return [np.asarray(values.of(variable), np.dtype(variable.dtype)) for variable in variables]


def layout(variables: Sequence[Any], training: Mapping[str, Any]) -> StateLayout:
    """The layout of variables in a file, with facts about their training."""
    described = [
        {"name": variable.path, "shape": list(variable.shape), "dtype": np.dtype(variable.dtype).name}
        for variable in variables
    ]
    return StateLayout(described, training)


def restore(variables: Sequence[Any], kept: UnfinishedTraining) -> None:
    """Set variables to the values in a file; shapes and dtypes must be equal, see `check_same`."""
    for variable, value in zip(variables, kept.state.arrays(kept.layout), strict=True):
        variable.assign(value)


def check_same(path: Path, kept: UnfinishedTraining, description: RunDescription, own: StateLayout) -> None:
    """Raise RunFileError if the file's training has another network, optimizer or data."""
    theirs = kept.description
    differences = _differences(theirs, description)
    if _without_rate(theirs.optimizer) != _without_rate(description.optimizer):
        differences.append("another optimizer")
    if kept.layout.kinds != own.kinds:
        differences.append("other variables")
    differences += [
        words for fact, words in FACTS.items() if _differs(fact, kept.layout.training, own.training)
    ]
    _refuse(path, differences)


def check_same_run(
    path: Path, theirs: RunDescription, facts: Mapping[str, Any], description: RunDescription, data: str
) -> None:
    """Raise RunFileError if a run, complete or not, comes from a training that began differently.

    `facts` are those in its file, which may be empty; `data` is the fingerprint of the data. The learning
    rate must be equal, too, because both descriptions are from before training.
    """
    differences = _differences(_all_recorded(theirs), _all_recorded(description))
    if _as_json(theirs.optimizer) != _as_json(description.optimizer):
        same_but_for_rate = _without_rate(theirs.optimizer) == _without_rate(description.optimizer)
        differences.append("another learning rate" if same_but_for_rate else "another optimizer")
    if facts.get("data", data) != data:
        differences.append(FACTS["data"])
    _refuse(path, differences)


def check_same_model(path: Path, recorded: RunDescription, now: RunDescription) -> None:
    """Raise RunFileError if a recorded model was changed since. Which layers are trained may differ."""
    differences = _differences(_all_trained(recorded), _all_trained(now))
    if differences:
        raise RunFileError(
            f"{path} holds a training with {' and '.join(differences)}: make a new recorder for this one"
        )


def _all_trained(description: RunDescription) -> RunDescription:
    return replace(
        description,
        layers=tuple(replace(layer, recorded=True, trainable=True) for layer in description.layers),
    )


def _differences(theirs: RunDescription, own: RunDescription) -> list[str]:
    found = [] if _layers(theirs) == _layers(own) else ["another network"]
    return found if theirs.loss == own.loss else [*found, "another loss"]


def _all_recorded(description: RunDescription) -> RunDescription:
    return replace(description, layers=tuple(replace(layer, recorded=True) for layer in description.layers))


def _refuse(path: Path, differences: Sequence[str]) -> None:
    if differences:
        raise RunFileError(
            f"{path} holds a training with {' and '.join(differences)}: resume with unchanged settings, "
            "choose another name, or replace it with overwrite=True (--overwrite)"
        )


def _differs(fact: str, theirs: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    one, other = theirs.get(fact), own.get(fact)
    if fact == "steps" and None in (one, other):  # `fit` does not always know them
        return False
    return one != other


def _without_rate(optimizer: Any) -> Any:
    """The optimizer without its learning rate, which callbacks may have changed; the state holds it."""
    return _without_rates(_as_json(optimizer))


def _without_rates(config: Any) -> Any:
    """Also removes the rate of an inner optimizer, as in loss scaling for mixed precision."""
    if not isinstance(config, dict):
        return config
    kept = {name: _without_rates(value) for name, value in config.items()}
    if isinstance(kept.get("learning_rate"), int | float):
        del kept["learning_rate"]
    return kept


def _layers(description: RunDescription) -> list[Any]:
    """The layers without their names, which Keras numbers anew for every model."""
    return [_as_json(replace(layer, name="").to_json()) for layer in description.layers]


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def fingerprint(data: Iterable[tuple[Samples, ...]]) -> str:
    """A checksum (SHA-256) of tuples of arrays: samples and targets, or weights."""
    digest = hashlib.sha256()
    for given in data:
        for samples in given:
            for part, array in parts(samples).items():
                digest.update(f"{part} {array.shape} {array.dtype.str};".encode())
                digest.update(np.ascontiguousarray(array).data if array.size else b"")
    return digest.hexdigest()


def resumed(callbacks: Sequence[Any]) -> Resumable | None:
    """The recorder among callbacks that resumes a training, or None."""
    recorders = (one for one in callbacks if isinstance(one, Resumable))
    return next((one for one in recorders if one.resumes_at is not None), None)
