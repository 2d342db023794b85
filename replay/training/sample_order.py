"""The order of the samples in each epoch: shuffled from a seed, or as they stand."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Literal

import numpy as np

from replay.errors import RunFileError
from replay.training.callback_protocols import Resumable
from replay.types import Array

Order = Callable[[int], Array]  # epoch, from 0 on → indices of the samples (n_samples,)
Shuffle = bool | Literal["batch"]  # as in Keras: all samples, or those of each batch among themselves

SEED = r"[0-9]{1,100}"


def sample_order(n_samples: int, batch_size: int, shuffle: Shuffle, seed: int | None) -> Order:
    """An order for each epoch that depends only on seed and epoch, also for a resumed training."""
    if not shuffle:
        return lambda epoch: np.arange(n_samples)
    root = np.random.SeedSequence(seed)

    def order(epoch: int) -> Array:
        rng = np.random.default_rng([*root.generate_state(4), epoch])
        if shuffle != "batch":
            return rng.permutation(n_samples)
        batches = np.split(np.arange(n_samples), range(batch_size, n_samples, batch_size))
        return np.concatenate([rng.permutation(batch) for batch in batches])

    return order


def seed_of(seed: int | None, recorder: Resumable | None) -> int:
    """The given seed or, if there is none, that of the training to resume, or a new one."""
    kept = None if recorder is None else recorder.resumed_facts.get("seed")
    if seed is not None:
        return seed
    if recorder is None or kept is None:
        return secrets.randbits(128)
    if not re.fullmatch(SEED, str(kept)):
        raise RunFileError(f"{recorder.path} is damaged: its shuffling seed is not a whole number")
    return int(kept)
