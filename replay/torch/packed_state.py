"""A tree of tensors and plain values as bytes, and back: reading executes nothing, whatever the bytes are."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

HEADER = struct.Struct("<Q")  # bytes of the JSON that says what the tree is


def packed(tree: Any) -> bytes:
    """The bytes of a tree: dicts, lists and tuples of tensors, numbers, texts and None.

    Raises TypeError, naming the type, for anything else.
    """
    tensors: list[bytes] = []
    text = json.dumps(_without_tensors(tree, tensors)).encode()
    return b"".join([HEADER.pack(len(text)), text, *tensors])


def unpacked(data: bytes) -> Any:
    """The tree. Raises ValueError where the bytes are none."""
    (size,) = HEADER.unpack_from(data)
    tree, _ = _with_tensors(json.loads(data[HEADER.size : HEADER.size + size]), data, HEADER.size + size)
    return tree


def _without_tensors(value: Any, tensors: list[bytes]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, torch.Tensor):
        flat = value.detach().cpu().contiguous().reshape(-1)
        tensors.append(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
        return {"tensor": [str(value.dtype).removeprefix("torch."), list(value.shape)]}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        pairs = [
            [_without_tensors(key, tensors), _without_tensors(one, tensors)] for key, one in value.items()
        ]
        return {"dict": pairs}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_without_tensors(one, tensors) for one in value]}
    raise TypeError(f"{type(value).__name__} cannot be saved")


def _with_tensors(value: Any, data: bytes, at: int) -> tuple[Any, int]:
    """The value with its tensors, which begin `at` this byte; and the byte behind them."""
    if not isinstance(value, dict):
        return value, at
    ((kind, content),) = value.items()
    if kind == "tensor":
        return _tensor(content, data, at)
    found = []
    for one in content if kind != "dict" else [each for pair in content for each in pair]:
        element, at = _with_tensors(one, data, at)
        found.append(element)
    if kind == "dict":
        return dict(zip(found[::2], found[1::2], strict=True)), at
    return (found if kind == "list" else tuple(found)), at


def _tensor(content: Any, data: bytes, at: int) -> tuple[torch.Tensor, int]:
    name, shape = content
    dtype = getattr(torch, name)
    if not isinstance(dtype, torch.dtype):
        raise ValueError(f"{name} is no type of tensors")
    n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    held = np.frombuffer(data, np.uint8, n_bytes, at).copy()
    flat = torch.from_numpy(held).view(dtype) if n_bytes else torch.empty(0, dtype=dtype)
    return flat.reshape(shape), at + n_bytes
