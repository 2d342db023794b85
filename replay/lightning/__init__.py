"""Record trainings by PyTorch Lightning: a callback for its Trainer."""

from __future__ import annotations

from replay.lightning.recorder import Recorder as Recorder

__all__ = ["Recorder"]
