"""Open a recording: a run file, or a group of a file that DeepReplay wrote."""

from __future__ import annotations

import os

from replay.storage.deepreplay import DeepReplayFile, Describe, deepreplay_groups
from replay.storage.reader import RunFile


def open_run(
    path: str | os.PathLike[str], group: str | None = None, describe: Describe | None = None
) -> RunFile | DeepReplayFile:
    """Open a run file, or a group of a file that DeepReplay wrote.

    `group` and `describe` are for the latter, see DeepReplayFile. Raises RunFileError if the file is neither.
    """
    if group is None and not deepreplay_groups(path):
        return RunFile(path)
    return DeepReplayFile(path, group, describe)
