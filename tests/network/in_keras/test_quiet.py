"""Keras is imported without noise, and without a backend there is one line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.helpers.backends import need

CODE = """
import sys
from replay.network.in_keras import quiet
quiet.import_keras()
print("a word of one's own", file=sys.stderr)
import keras
print(keras.backend.backend(), keras.layers.Dense(1).get_config()["units"])
"""


def run(backend: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE], env={**environment, "KERAS_BACKEND": backend},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_nothing_is_said_but_what_is_ones_own(backend: str) -> None:
    need(backend)
    done = run(backend)
    assert done.stdout == f"{backend} 1\n"
    assert done.stderr == "a word of one's own\n"


@pytest.mark.slow
def test_a_backend_that_is_not_there_is_told_with_the_remedy() -> None:
    done = run("mxnet")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("replay.errors.ReplayError: Keras cannot run on its backend 'mxnet'")
    assert "set KERAS_BACKEND to tensorflow, jax or torch" in last
