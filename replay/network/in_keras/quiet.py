"""Import Keras without TensorFlow's C++ log messages on stderr, whatever backend it runs on."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from replay.errors import ReplayError, first_line

# Lines of the C++ log: "I0000 00:00:17… file.cc:31] text", and its own notice.
NOISE = re.compile(r"^([IWE]\d{4} \d\d:\d\d:|WARNING: All log messages before absl)")

LOUD = ("0", "1")  # levels of TensorFlow's log that tell more than errors


def import_keras() -> None:
    """Import Keras with its backend, and drop TensorFlow's C++ log from what they write to stderr.

    On other backends, too, Keras imports TensorFlow if it is installed, as soon as it describes a layer.
    Environment variables cannot silence it: TensorFlow logs before it reads them. Python's warnings and
    errors still appear. Nothing is dropped if TF_CPP_MIN_LOG_LEVEL asks for it: if it is 0 or 1.

    Raises ReplayError if Keras cannot run on the backend that it was told to.
    """
    if "keras" in sys.modules:
        return
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") in LOUD:
        _import()
        return
    with _without_noise():
        _import()


def _import() -> None:
    try:
        keras = importlib.import_module("keras")
    except (ImportError, ValueError) as error:
        backend = os.environ.get("KERAS_BACKEND", "")
        raise ReplayError(
            f"Keras cannot run on its backend {backend!r} ({first_line(error)}): set KERAS_BACKEND to "
            "tensorflow, jax or torch, and install that"
        ) from error
    if keras.backend.backend() != "tensorflow" and importlib.util.find_spec("tensorflow"):
        importlib.import_module("tensorflow")


@contextmanager
def _without_noise() -> Iterator[None]:
    """Hold back what is written to stderr, and then write it without the noise."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            captured.seek(0)
            lines = captured.read().decode(errors="replace").splitlines()
            kept = [line for line in lines if not NOISE.match(line)]
            if kept:
                print("\n".join(kept), file=sys.stderr)
