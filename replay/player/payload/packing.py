"""Arrays as a page carries them: one behind the other, zipped, in letters."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import numpy as np

from replay.types import Array

Ref = dict[str, Any]  # an ArrayRef of player/src/types.d.ts
ALIGNMENT = 4  # bytes, which JavaScript's typed arrays ask for
LEVEL = 6  # of gzip: 9 takes three times as long for a hundredth


class Packing:
    """Takes arrays in, and tells for each where among the packed bytes it lies. Values are little-endian."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, values: Array, dtype: str) -> Ref:
        """Pack `values` as "float32", "int32", "uint16" or "uint8"."""
        content = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<")).tobytes()
        place = self._size
        content += bytes(-len(content) % ALIGNMENT)
        self._parts.append(content)
        self._size += len(content)
        return {"at": place, "shape": list(np.shape(values)), "dtype": dtype}

    def add_quantised(
        self, values: Array, low: float, high: float, dtype: str = "uint16", log: bool = False
    ) -> Ref:
        """Pack `values` in equal steps from `low` to `high`, or with `log` steps of equal ratio.

        What lies outside goes to the nearest end; what is not finite has a code of its own.
        """
        ends = (float(np.log(low)), float(np.log(high))) if log else (float(low), float(high))
        ref = self.add(_codes(values, *ends, np.dtype(dtype), log), dtype)
        ref["quantised"] = {"low": ends[0], "high": ends[1], **({"log": True} if log else {})}
        return ref

    def text(self) -> str:
        """All arrays, zipped and in base64. The same arrays give the same text."""
        return base64.b64encode(gzip.compress(b"".join(self._parts), LEVEL, mtime=0)).decode("ascii")


def _codes(values: Array, low: float, high: float, dtype: np.dtype[Any], log: bool) -> Array:
    """From 0 at `low` to the last but one at `high`, and the last for what is not finite."""
    missing = np.iinfo(dtype).max
    finite = np.isfinite(values)
    exact = np.where(finite, values, 1 if log else low).astype(np.float64)
    if log:
        exact = np.log(np.maximum(exact, np.exp(low)))  # 0 has no logarithm
    share = (exact - low) / (high - low) if high > low else np.zeros_like(exact)
    codes = np.rint(np.clip(share, 0, 1) * (missing - 1))
    return np.where(finite, codes, missing).astype(dtype)
