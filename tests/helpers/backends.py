"""Keras's other backends and other frameworks are extras: CI demands them, a newcomer may do without."""

from __future__ import annotations

import importlib.util
import os

import pytest


def need(package: str) -> None:
    """Skip the test, or a file of tests, if a package is missing, unless REPLAY_BACKENDS=required."""
    if importlib.util.find_spec(package) is None and os.environ.get("REPLAY_BACKENDS") != "required":
        pytest.skip(f"{package} is not installed", allow_module_level=True)
