"""Keras's other backends, which are an extra: CI demands them, and a newcomer may do without."""

from __future__ import annotations

import importlib.util
import os

import pytest


def need(backend: str) -> None:
    """Skip the test if the backend is not installed, unless REPLAY_BACKENDS=required."""
    if importlib.util.find_spec(backend) is None and os.environ.get("REPLAY_BACKENDS") != "required":
        pytest.skip(f"{backend} is not installed")
