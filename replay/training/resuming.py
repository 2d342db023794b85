"""Resume a training with Keras: save and restore the variables of model and optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from replay.network.in_keras import values
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import UnfinishedTraining
from replay.training.callback_protocols import Resumable
from replay.types import Array


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


def resumed(callbacks: Sequence[Any]) -> Resumable | None:
    """The recorder among callbacks that resumes a training, or None."""
    recorders = (one for one in callbacks if isinstance(one, Resumable))
    return next((one for one in recorders if one.resumes_at is not None), None)
