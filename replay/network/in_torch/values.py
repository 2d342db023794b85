"""Arrays from tensors, and tensors from arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from replay.network.description import DTYPES
from replay.types import Array

IN_NUMPY = {getattr(torch, name) for name in DTYPES if hasattr(torch, name)}


def as_array(value: Any) -> Any:
    """A tensor as an array of its own on the CPU, in float32 where NumPy lacks its type; others unchanged."""
    if not isinstance(value, torch.Tensor):
        return value
    tensor = value.detach()
    if tensor.dtype not in IN_NUMPY:
        tensor = tensor.float()
    return np.array(tensor.cpu().numpy())


def as_samples(given: Any) -> Any:
    """Samples as users of PyTorch have them, with tensors as arrays; also in lists and dicts."""
    if isinstance(given, torch.Tensor):
        return as_array(given)
    if isinstance(given, Mapping):
        return {name: as_array(part) for name, part in given.items()}
    if isinstance(given, list | tuple) and any(isinstance(part, torch.Tensor) for part in given):
        arrays = [as_array(part) for part in given]
        return np.stack(arrays) if all(np.ndim(one) == 0 for one in arrays) else arrays
    return given


def dtype_of(tensor: Any) -> str:
    """The name of the type in which a tensor is recorded."""
    return str(tensor.dtype).removeprefix("torch.") if tensor.dtype in IN_NUMPY else "float32"


def as_input(array: Array, like: Any) -> Any:
    """An array as a tensor that the model with this parameter (or None) takes: whole numbers stay whole."""
    tensor = torch.from_numpy(np.array(array))
    if like is None:
        return tensor.float() if tensor.dtype == torch.float64 else tensor
    if tensor.is_floating_point():
        tensor = tensor.to(like.dtype)
    elif tensor.dtype != torch.bool:
        tensor = tensor.long()
    return tensor.to(like.device)


def parameter_like(model: Any) -> Any:
    """The first parameter or buffer of floating point: its type and device are those of the inputs."""
    tensors = [*model.parameters(), *model.buffers()]
    return next((tensor for tensor in tensors if tensor.is_floating_point()), None)
