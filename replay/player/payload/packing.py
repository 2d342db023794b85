"""Packs a page's arrays: concatenated, quantised, gzipped and base64-encoded."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import numpy as np

from replay.types import Array

Ref = dict[str, Any]  # an ArrayRef of player/src/types.d.ts
ALIGNMENT = 4  # bytes, as JavaScript's typed arrays need
LEVEL = 6  # of gzip: 9 takes three times as long to save 1%


def gzipped(content: bytes) -> str:
    """Gzipped bytes in base64. The same bytes give the same text."""
    return base64.b64encode(gzip.compress(content, LEVEL, mtime=0)).decode("ascii")


class Packing:
    """Collects arrays, and returns each one's place among the packed bytes. Values are little-endian."""

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
        """Pack `values` in equal steps from `low` to `high`, or with `log` in steps of equal ratio.

        Values outside go to the nearest end; non-finite values have their own code.
        """
        codes, quantised = quantise(values, low, high, dtype, log)
        return {**self.add(codes, dtype), "quantised": quantised}

    def text(self) -> str:
        """All arrays, gzipped and base64-encoded. The same arrays give the same text."""
        return gzipped(b"".join(self._parts))


def quantise(
    values: Array, low: float, high: float, dtype: str = "uint16", log: bool = False
) -> tuple[Array, dict[str, Any]]:
    """Values as codes, as `Packing.add_quantised` packs them, and what they are decoded by."""
    ends = (float(np.log(low)), float(np.log(high))) if log else (float(low), float(high))
    codes = _codes(values, *ends, np.dtype(dtype), log)
    return codes, {"low": ends[0], "high": ends[1], **({"log": True} if log else {})}


def _codes(values: Array, low: float, high: float, dtype: np.dtype[Any], log: bool) -> Array:
    """Codes from 0 at `low` to the last but one at `high`; the last code is for non-finite values."""
    missing = np.iinfo(dtype).max
    finite = np.isfinite(values)
    exact = np.where(finite, values, 1 if log else low).astype(np.float64)
    if log:
        exact = np.log(np.maximum(exact, np.exp(low)))  # 0 has no logarithm
    share = (exact - low) / (high - low) if high > low else np.zeros_like(exact)
    codes = np.rint(np.clip(share, 0, 1) * (missing - 1))
    return np.where(finite, codes, missing).astype(dtype)
