"""Trainings in a process of their own, which takes what XLA compiled along when it ends: 15 MB a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replay import run
from replay.scenario.built_in import load_scenario


def train(name: str, folder: Path, images: Any, in_xla: bool, **changes: Any) -> list[Path]:
    """Train the built-in scenario with these changes, and `images` for MNIST; return its run files."""
    from keras.datasets import mnist

    from replay.training import epoch_program

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "load_data", lambda: images)
        if not in_xla:
            patch.setattr(epoch_program, "_suits_xla", lambda model: False)
        return [recording.path for recording in run(load_scenario(name).with_changes(**changes), folder)]
