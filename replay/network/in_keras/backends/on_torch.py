"""PyTorch as Keras's backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import torch
from keras.src.backend.torch.core import device_scope  # not public; Keras infers shapes with it
from torch.utils._python_dispatch import TorchDispatchMode

from replay.network.in_keras.graph_values import GraphValues
from replay.types import Array

ERRORS: tuple[type[Exception], ...] = ()  # they are RuntimeError


def gradients(value: Callable[[], Any], variables: Sequence[Any]) -> list[Array]:
    """The gradients of a scalar, by autograd."""
    values = [variable.value for variable in variables]
    slopes = torch.autograd.grad(value(), values, allow_unused=True)
    return [
        np.zeros(variable.shape, np.float32) if slope is None else keras.ops.convert_to_numpy(slope)
        for variable, slope in zip(variables, slopes, strict=True)
    ]


class _Counting(TorchDispatchMode):
    """Adds up the values of all tensors that operations give."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        answer = function(*arguments, **(named or {}))
        self.total += sum(one.numel() for one in keras.tree.flatten(answer) if isinstance(one, torch.Tensor))
        return answer


def graph_values(model: Any, shape: Sequence[int]) -> GraphValues:
    """Count the values that the model computes on tensors without content.

    A loop, as in recurrent layers, counts each time.
    """
    with device_scope("meta"), torch.no_grad(), _Counting() as counting:
        inputs = keras.ops.zeros((1, *shape), model.inputs[0].dtype)
        outputs = model(inputs, training=False)
    one_answer = all(tuple(output.shape[:1]) == (1,) for output in keras.tree.flatten(outputs))
    return GraphValues(counting.total, 0, one_answer)
