"""Record trainings in JAX: plain functions of a pytree, and modules of Flax NNX."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.jax.recorder import Recorder as Recorder

# Loaded when first used: it needs JAX.
_HOMES = {"Recorder": "recorder"}
__all__ = [*_HOMES]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'replay.jax' has no attribute {name!r}")
    return getattr(importlib.import_module(f"replay.jax.{_HOMES[name]}"), name)
