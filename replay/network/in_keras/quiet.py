"""Import Keras without the C++ log messages of TensorFlow, its usual backend, on stderr."""

from __future__ import annotations

import importlib
import os
import re
import sys
import tempfile

# Lines of the C++ log: "I0000 00:00:17… file.cc:31] text", and its own notice.
NOISE = re.compile(r"^([IWE]\d{4} \d\d:\d\d:|WARNING: All log messages before absl)")


def import_keras() -> None:
    """Import Keras with its backend, and drop TensorFlow's C++ log from what they write to stderr.

    Environment variables cannot silence it: TensorFlow logs before it reads them. Python's warnings and
    errors still appear. Does nothing if TF_CPP_MIN_LOG_LEVEL is set.
    """
    if "keras" in sys.modules or "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            importlib.import_module("keras")
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            captured.seek(0)
            lines = captured.read().decode(errors="replace").splitlines()
            kept = [line for line in lines if not NOISE.match(line)]
            if kept:
                print("\n".join(kept), file=sys.stderr)
