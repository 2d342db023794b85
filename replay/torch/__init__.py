"""Record trainings in PyTorch: a recorder for loops of one's own."""

from __future__ import annotations

from replay.torch.recorder import Recorder as Recorder
from replay.torch.recorder import watch as watch

__all__ = ["Recorder", "watch"]
