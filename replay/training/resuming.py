"""Going on with a training that did not come to its end: its state, taken from a model and given back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from replay.errors import RunFileError
from replay.network.description import RunDescription
from replay.storage.samples import parts
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import UnfinishedTraining
from replay.training.agreements import Resumable
from replay.types import Array, Samples

# What must be the same, and how it is called where it is not.
FACTS = {
    "data": "other data",
    "steps": "another number of batches in an epoch",
    "batch_size": "another batch size",
    "shuffling": "another order of the samples",
    "seed": "another seed of the shuffling",
}


def variables(model: Any) -> list[Any]:
    """What training changes: the model's weights and states of random numbers, the optimizer's variables.

    The learning rate and the number of steps done are among the optimizer's; its variables are made here
    where it has none yet.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def values(variables: Sequence[Any]) -> list[Array]:
    """The values of variables as they are now."""
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def layout(variables: Sequence[Any], training: Mapping[str, Any]) -> StateLayout:
    """How the values of variables are laid out in a file, with facts of their training."""
    described = [
        {"name": variable.path, "shape": list(variable.shape), "dtype": np.dtype(variable.dtype).name}
        for variable in variables
    ]
    return StateLayout(described, training)


def restore(variables: Sequence[Any], kept: UnfinishedTraining) -> None:
    """Give variables the values that a file holds; they must be of the same kind, see `check_same`."""
    for variable, value in zip(variables, kept.state.arrays(kept.layout), strict=True):
        variable.assign(value)


def check_same(path: Path, kept: UnfinishedTraining, description: RunDescription, own: StateLayout) -> None:
    """Raise RunFileError where the file holds a training of another network, or on other data."""
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
    """Raise RunFileError where a run, complete or not, is not of a training that begins like this.

    `facts` are those that its file tells, if it does, and `data` is the fingerprint of the data. Here the
    learning rate counts as well: both descriptions are of models before training.
    """
    differences = _differences(_all_recorded(theirs), _all_recorded(description))
    if _as_json(theirs.optimizer) != _as_json(description.optimizer):
        same_but_for_rate = _without_rate(theirs.optimizer) == _without_rate(description.optimizer)
        differences.append("another learning rate" if same_but_for_rate else "another optimizer")
    if facts.get("data", data) != data:
        differences.append(FACTS["data"])
    _refuse(path, differences)


def _differences(theirs: RunDescription, own: RunDescription) -> list[str]:
    found = [] if _layers(theirs) == _layers(own) else ["another network"]
    return found if theirs.loss == own.loss else [*found, "another loss"]


def _all_recorded(description: RunDescription) -> RunDescription:
    return replace(description, layers=tuple(replace(layer, recorded=True) for layer in description.layers))


def _refuse(path: Path, differences: Sequence[str]) -> None:
    if differences:
        raise RunFileError(
            f"{path} holds a training with {' and '.join(differences)}: resume it as it began, choose "
            "another name, or replace it with overwrite=True (--overwrite)"
        )


def _differs(fact: str, theirs: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    one, other = theirs.get(fact), own.get(fact)
    if fact == "steps" and None in (one, other):  # `fit` does not always know it
        return False
    return one != other


def _without_rate(optimizer: Any) -> Any:
    """The optimizer without a learning rate that callbacks may have set since: the state has it."""
    return _without_rates(_as_json(optimizer))


def _without_rates(told: Any) -> Any:
    """Also of an optimizer within, as of the one that scales the loss for mixed precision."""
    if not isinstance(told, dict):
        return told
    kept = {name: _without_rates(value) for name, value in told.items()}
    if isinstance(kept.get("learning_rate"), int | float):
        del kept["learning_rate"]
    return kept


def _layers(description: RunDescription) -> list[Any]:
    """The layers without their names, which Keras counts on with every model that it makes."""
    return [_as_json(replace(layer, name="").to_json()) for layer in description.layers]


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def fingerprint(data: Iterable[tuple[Samples, Samples]]) -> str:
    """A checksum of samples and targets: the same for the same numbers."""
    told = hashlib.sha256()
    for pair in data:
        for samples in pair:
            for part, array in parts(samples).items():
                told.update(f"{part} {array.shape} {array.dtype.str};".encode())
                told.update(np.ascontiguousarray(array).data if array.size else b"")
    return told.hexdigest()


def resumed(callbacks: Sequence[Any]) -> Resumable | None:
    """The recorder among callbacks that goes on with a training, or None."""
    recorders = (one for one in callbacks if isinstance(one, Resumable))
    return next((one for one in recorders if one.resumes_at is not None), None)
