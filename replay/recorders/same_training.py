"""Whether a training is the one that a run file holds, so that it may go on there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from replay.errors import RunFileError
from replay.network.description import RunDescription
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import UnfinishedTraining

# Facts that must stay the same, and the words for a difference.
FACTS = {
    "data": "other data",
    "framework": "another framework",
    "steps": "another number of batches in an epoch",
    "batch_size": "another batch size",
    "shuffling": "another order of the samples",
    "seed": "another seed of the shuffling",
    "weights": "other weights of the samples",
}

UNCHANGED = "resume with unchanged settings, choose another name"


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
    _refuse(path, differences, "choose another folder (--out)")


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
    same = _layers(theirs) == _layers(own) and _joined_alike(theirs, own)
    found = [] if same else ["another network"]
    return found if theirs.loss == own.loss else [*found, "another loss"]


def _all_recorded(description: RunDescription) -> RunDescription:
    return replace(description, layers=tuple(replace(layer, recorded=True) for layer in description.layers))


def _refuse(path: Path, differences: Sequence[str], remedy: str = UNCHANGED) -> None:
    if differences:
        raise RunFileError(
            f"{path} holds a training with {' and '.join(differences)}: {remedy}, or replace it with "
            "overwrite=True (--overwrite)"
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
    return [_as_json(replace(layer, name="", inputs=None).to_json()) for layer in description.layers]


def _joined_alike(theirs: RunDescription, own: RunDescription) -> bool:
    """Whether the layers take one another alike, where both descriptions tell: older ones may not."""
    one, other = theirs.graph, own.graph
    return one is None or other is None or one.sources == other.sources


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))
