"""The callback under DeepReplay's name: it records a group, a run file in a folder of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from replay.deepreplay.replay import INITIAL
from replay.errors import RunFileError
from replay.storage.opening import group_file
from replay.storage.writing.existing import is_empty, place_of
from replay.training.recorder import Recorder


class ReplayData(Recorder):
    """A Keras callback that records a training as a group of `filename`.

    Args:
        inputs: The samples that views will show, (n_samples, …).
        targets: Their targets, (n_samples, …).
        filename: What holds the groups: a folder of this name, with one run file for each.
        group_name: The name of the group.
        model: A compiled model, to record its weights at once and without a training, as the group
            `group_name` + "_init". None by default.

    Raises:
        RunFileError: The group exists, or `filename` is a file.

    All that `Recorder` promises holds, for each group by itself.

    >>> from replay.deepreplay import Replay, ReplayData
    >>> callback = ReplayData(X, y, "trainings.h5", "part1")
    >>> history = model.fit(X, y, epochs=3, callbacks=[callback], verbose=0)
    >>> Replay("trainings.h5", "part1").training_loss.shape
    (3,)
    """

    def __init__(
        self,
        inputs: Any,
        targets: Any,
        filename: str | os.PathLike[str],
        group_name: str,
        model: Any = None,
    ) -> None:
        super().__init__(_new_group(filename, group_name), inputs, targets, run=group_name)
        if model is not None:
            path = _new_group(filename, f"{group_name}{INITIAL}")
            _record_untrained(Recorder(path, inputs, targets, run=group_name, resumable=False), model)


def _new_group(filename: str | os.PathLike[str], group_name: str) -> Path:
    folder = Path(filename).expanduser()
    if folder.is_file():
        raise RunFileError(
            f"{folder} is a file, but each group becomes a run file in a folder: choose another name"
        )
    path = group_file(folder, group_name)
    if path.exists() and not is_empty(place_of(path)):
        raise RunFileError(
            f"{folder} has a group {group_name!r} already: choose another group_name, or remove {path}"
        )
    return path


def _record_untrained(recorder: Recorder, model: Any) -> None:
    """Record the weights as they are: a training of no epochs."""
    recorder.set_model(model)
    recorder.set_params({"epochs": 0})
    recorder.on_train_begin()
    recorder.on_train_end()
