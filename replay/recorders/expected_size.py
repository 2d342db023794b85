"""Estimate the size of a run file, and check it against a limit and the free disk space."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from replay.errors import RunFileError
from replay.network.description import RunDescription
from replay.storage.samples import parts
from replay.types import Samples

MAX_BYTES = 2_000_000_000
WORTH_NAMING = 1_000_000  # bytes of state; less is not mentioned
OVERHEAD = 20_000  # bytes for description, history and HDF5 itself


@dataclass(frozen=True)
class RunSize:
    """Bytes of a run file: `snapshot` for each snapshot, `data` for samples and description.

    `state` is for resuming.
    """

    n_snapshots: int
    snapshot: int
    data: int
    state: int = 0

    @property
    def total(self) -> int:
        """Size of the file in bytes."""
        return self.n_snapshots * self.snapshot + self.data + self.state

    def __str__(self) -> str:
        snapshots = f"{self.n_snapshots:,} snapshots of {in_words(self.snapshot)}"
        state = f", {in_words(self.state)} to resume from" if self.state >= WORTH_NAMING else ""
        return f"{in_words(self.total)} ({snapshots}, {in_words(self.data)} of samples{state})"


def expected_size(
    description: RunDescription,
    n_snapshots: int,
    data: Iterable[tuple[Samples, Samples]],
    dtype: str = "float32",
) -> RunSize:
    """The size of a run file with these samples; an upper bound if they or the weights are compressed."""
    widest = np.dtype(dtype).itemsize
    snapshot = sum(
        math.prod(weight.shape) * min(widest, np.dtype(weight.dtype).itemsize)
        for _, weight in description.weight_paths
    )
    samples = sum(part.nbytes for pair in data for some in pair for part in parts(some).values())
    text = len(description.architecture or "")
    return RunSize(n_snapshots, snapshot, samples + text + OVERHEAD)


def check_size(path: Path, expected: RunSize, most: int = MAX_BYTES) -> None:
    """Raise RunFileError if a file at `path` would exceed `most` bytes or the free disk space."""
    remedy = (
        "record fewer epochs (every_n_epochs, --every-n-epochs), samples (samples, --keep-samples) or layers "
        "(layers, --layers), or halve the weights (dtype='float16', --float16)"
    )
    if expected.total > most:
        raise RunFileError(
            f"{path} would have about {expected}, more than {in_words(most)}: {remedy}, or raise the limit "
            "(max_bytes, --max-file-size)"
        )
    place = path.absolute()
    folder = next(parent for parent in place.parents if parent.exists())
    free = shutil.disk_usage(folder).free
    if expected.total > free:
        raise RunFileError(
            f"{path} would have about {expected}, but its disk has {in_words(free)} left: make room, or "
            f"{remedy}"
        )


def in_words(n_bytes: int) -> str:
    """A human-readable size: 512 bytes, 1.6 MB, 5.1 GB."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n_bytes >= size:
            return f"{n_bytes / size:.3g} {unit}"
    return f"{n_bytes} bytes"
