"""Load a model that was saved to a file by Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from replay.errors import RunFileError, first_line
from replay.network.in_keras import quiet


def saved_model(path: Path) -> Any:
    """The Keras model in a file. Raises RunFileError where there is none that today's Keras reads."""
    if not path.exists():
        raise RunFileError(f"{path} does not exist: name the file of the saved model")
    quiet.import_keras()
    import keras

    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:
        raise RunFileError(
            f"{path} cannot be loaded by this version of Keras ({first_line(error)}): rebuild the model and "
            "pass it, replay.Replay(path, model=model, group=…)"
        ) from error
