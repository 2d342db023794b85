"""A checksum of data or weights, to tell whether they are still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from replay.storage.samples import parts
from replay.types import Samples


def fingerprint(data: Iterable[tuple[Samples, ...]]) -> str:
    """A checksum (SHA-256) of tuples of arrays: samples and targets, or weights."""
    digest = hashlib.sha256()
    for given in data:
        for samples in given:
            for part, array in parts(samples).items():
                digest.update(f"{part} {array.shape} {array.dtype.str};".encode())
                digest.update(np.ascontiguousarray(array).data if array.size else b"")
    return digest.hexdigest()
