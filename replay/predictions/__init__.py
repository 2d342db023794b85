"""Records the answers of any model: of what has `predict_proba` or `predict`, or of a function."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.predictions.recorder import Recorder as Recorder

_HOMES = {"Recorder": "recorder"}
__all__ = [*_HOMES]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'replay.predictions' has no attribute {name!r}")
    return getattr(importlib.import_module(f"replay.predictions.{_HOMES[name]}"), name)
