"""A dataset that grows row by row, by h5py's own functions below its datasets: a third of their time.

What does not change is asked of HDF5 once, and rows are counted here: a snapshot is many small writes.
"""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from h5py import h5s


class Growing:
    """A dataset of an open file with a first axis of rows, written by nobody else.

    Args:
        dataset: The dataset.

    Attributes:
        dataset: The dataset.
        dtype: Its type.
        row: The shape of a row.
        n: How many rows it has.
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self.dataset, self.dtype = dataset, dataset.dtype
        self.n: int = dataset.shape[0]
        self.row: tuple[int, ...] = dataset.shape[1:]
        self._last: float | None = None
        self._memory: dict[tuple[int, ...], Any] = {}  # dataspaces of the blocks that were written, by shape

    @property
    def last(self) -> float:
        """The last row of a dataset of numbers; −inf before the first."""
        if self._last is None:
            self._last = float(self.dataset[-1]) if self.n else -np.inf
        return self._last

    def write(self, n: int, row: Any) -> None:
        """Write row `n`, the one after the last or one that is there, and make it the last."""
        self.resize(n + 1)
        if 0 not in self.row:
            self.put((n, *[0] * len(self.row)), (1, *self.row), row)

    def count(self, value: float) -> None:
        """Append a number, which makes its row visible to readers; undone if Ctrl-C interrupts it."""
        n = self.n
        try:
            self.write(n, value)
        except BaseException:
            self.dataset.resize(n, axis=0)
            self.n, self._last = n, None
            raise
        self._last = float(value)

    def resize(self, n: int) -> None:
        """Have `n` rows."""
        self.dataset.id.set_extent((n, *self.row))
        self.n, self._last = n, None

    def widen(self, n: int, width: int) -> None:
        """Have `n` rows of `width` values."""
        self.row = (width,)
        self.resize(n)

    def put(self, start: tuple[int, ...], shape: tuple[int, ...], values: Any) -> None:
        """Write a block of this shape, from the index `start` on."""
        place = self.dataset.id.get_space()
        place.select_hyperslab(start, shape)
        block = np.ascontiguousarray(values, self.dtype).reshape(shape)
        if shape not in self._memory:
            self._memory = {shape: h5s.create_simple(shape)}
        self.dataset.id.write(self._memory[shape], place, block)
