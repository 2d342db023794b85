"""DeepReplay's names and signatures over this package, for scripts that were written for it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.deepreplay.callbacks import ReplayData as ReplayData
    from replay.deepreplay.plot import compose_animations as compose_animations
    from replay.deepreplay.plot import compose_plots as compose_plots
    from replay.deepreplay.replay import Replay as Replay

# Loaded when first used: ReplayData needs TensorFlow and the others do not.
_HOMES = {
    "Replay": "replay",
    "ReplayData": "callbacks",
    "compose_animations": "plot",
    "compose_plots": "plot",
}
__all__ = [*_HOMES]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'replay.deepreplay' has no attribute {name!r}")
    return getattr(importlib.import_module(f"replay.deepreplay.{_HOMES[name]}"), name)
