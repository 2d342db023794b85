"""What part of a plane a picture shows over a run: around most samples, or widening as their space does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.types import Array

AHEAD = 3  # snapshots, this one included
GROWS = 2.0  # a space that gets this many times as large is followed


@dataclass(frozen=True)
class Camera:
    """Ends of a plane that never come closer: at each of `epochs` (n,) from `low` to `high`, (n, 2) each.

    They are eased: the camera begins to widen before the samples need it, and never loses most of them.
    """

    epochs: Array
    low: Array
    high: Array

    @classmethod
    def over(cls, epochs: Array, low: Array, high: Array) -> Camera:
        """The camera for what each snapshot needs; not finite where a snapshot has no finite sample."""
        low = np.minimum.accumulate(np.where(np.isfinite(low), low, np.inf))
        high = np.maximum.accumulate(np.where(np.isfinite(high), high, -np.inf))
        return cls(epochs, _ahead(low), _ahead(high))

    def at(self, epoch: float) -> tuple[Array, Array]:
        """The ends at `epoch`, (2,) each."""
        low, high = (
            np.array([np.interp(epoch, self.epochs, side) for side in ends.T])
            for ends in (self.low, self.high)
        )
        return low, high

    @property
    def grows(self) -> bool:
        """Whether the space gets so much larger that fixed limits would begin with a speck."""
        first, last = (self.high[place] - self.low[place] for place in (0, -1))
        return bool(np.isfinite(last).all() and (last.max() > GROWS * first.max()))


def _ahead(ends: Array) -> Array:
    """What a snapshot and the next ones need, each counted half as much as the one before: (n, 2)."""
    weights = 0.5 ** np.arange(AHEAD)
    padded = np.concatenate([ends, np.repeat(ends[-1:], AHEAD - 1, axis=0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, AHEAD, axis=0)
    return np.asarray(windows @ (weights / weights.sum()))
