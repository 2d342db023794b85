"""Run files: the one place that touches HDF5. `docs/format.md` is the contract.

A file is written beside its place, with everything that does not grow, and moved there whole; only then
does recording begin, in HDF5's single-writer, multiple-reader mode (SWMR). From there on the file can be
read at any moment, and a process that is killed loses at most the snapshot it was writing.
"""

from replay.storage.deepreplay import DeepReplayFile, deepreplay_groups, import_run, open_run
from replay.storage.reader import RunFile
from replay.storage.samples import checked_samples
from replay.storage.writer import RunWriter, refuse_existing

__all__ = [
    "DeepReplayFile",
    "RunFile",
    "RunWriter",
    "checked_samples",
    "deepreplay_groups",
    "import_run",
    "open_run",
    "refuse_existing",
]
