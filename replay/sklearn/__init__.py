"""Trains an estimator of scikit-learn's epoch by epoch, and records it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.sklearn.training import fit as fit

_HOMES = {"fit": "training"}
__all__ = [*_HOMES]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'replay.sklearn' has no attribute {name!r}")
    return getattr(importlib.import_module(f"replay.sklearn.{_HOMES[name]}"), name)
