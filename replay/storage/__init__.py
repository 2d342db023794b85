"""Run files: the one place that touches HDF5. `docs/format.md` is the contract.

A file is written beside its place, with everything that does not grow, and moved there whole; only then
does recording begin, in HDF5's single-writer, multiple-reader mode (SWMR). From there on the file can be
read at any moment, and a process that is killed loses at most the snapshot it was writing.
"""

from replay.storage.deepreplay import DeepReplayFile, deepreplay_groups, import_run, open_run
from replay.storage.in_the_way import make_way, refuse_existing
from replay.storage.interrupted import Interrupted, has_begun, interrupted, training_facts
from replay.storage.reader import RunFile
from replay.storage.samples import Samples, checked_samples, each, n_samples, parts
from replay.storage.training_state import SLOTS, StateLayout
from replay.storage.writer import STORED_AS, RunWriter

__all__ = [
    "SLOTS",
    "STORED_AS",
    "DeepReplayFile",
    "Interrupted",
    "RunFile",
    "RunWriter",
    "Samples",
    "StateLayout",
    "checked_samples",
    "deepreplay_groups",
    "each",
    "has_begun",
    "import_run",
    "interrupted",
    "make_way",
    "n_samples",
    "open_run",
    "parts",
    "refuse_existing",
    "training_facts",
]
