"""Records the answers of any model: of what has `predict_proba` or `predict`, or of a function."""

from __future__ import annotations

from replay.predictions.recorder import Recorder as Recorder

__all__ = ["Recorder"]
