"""The loss over the epochs: where it stands still, falls fastest, diverges."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replay.network.losses import LOSSES
from replay.runs.evaluation import Evaluation
from replay.types import Array

FLAT = 0.02  # of the range of the whole curve: what a plateau may span
UNSEEN = 1e-3  # of the largest loss: a change that three digits hardly show
LONG = 0.1  # of the epochs of the whole curve: what a plateau lasts at least …
MANY = 5  # … and in how many values
STEEP = 0.05  # of the range of the whole curve: what the steepest step falls at least
DIVERGED = 10.0  # times the first value


class Plateau(NamedTuple):
    """The loss stays near `level` from epoch `start` to epoch `until`."""

    start: float
    until: float
    level: float


class Fall(NamedTuple):
    """The loss falls from `before` to `after`, which it reaches at `epoch`."""

    epoch: float
    before: float
    after: float


def loss_curve(evaluation: Evaluation) -> LossCurve | None:
    """The loss that was logged or, where none was, the mean over the recorded samples at each snapshot.

    None where neither is known.
    """
    recording = evaluation.recording
    if "loss" in recording.history:
        return _logged(recording.history_epochs, recording.history["loss"])
    loss = recording.description.loss
    known = loss is not None and loss["name"] in LOSSES and loss.get("ignore_class") is None
    if not known or not evaluation.all_recorded:
        return None
    means = [
        evaluation.losses_of(answers).mean(axis=1, dtype=np.float64) for _, _, answers in evaluation.blocks()
    ]
    return LossCurve(recording.epochs, np.concatenate(means))


def _logged(epochs: Array, values: Array) -> LossCurve:
    """The rows with a loss, and of those without one only rows that have their epoch to themselves."""
    has_loss = ~np.isnan(values)
    kept = has_loss | ~np.isin(epochs, epochs[has_loss])
    return LossCurve(epochs[kept], values[kept])


@dataclass(frozen=True)
class LossCurve:
    """A loss by epoch: `epochs` (n,), increasing, and `values` (n,), which need not be finite."""

    epochs: Array
    values: Array

    def before(self, epoch: float) -> LossCurve:
        """The finite part of the curve ahead of `epoch`."""
        kept = np.flatnonzero(np.isfinite(self.values) & (self.epochs < epoch))
        kept = kept[np.diff(self.epochs[kept], append=np.inf) > 0]  # of one epoch, what was logged last
        return LossCurve(self.epochs[kept], self.values[kept])

    @property
    def diverged_at(self) -> float | None:
        """From which epoch on the loss is NaN, infinite or over 10 times its first finite value, or None.

        A loss that comes back has not diverged. Run files hold NaN also where nothing was logged: rows
        without a loss at the very end count as NaN.
        """
        finite = self.values[np.isfinite(self.values)]
        # A multiple of a first loss of 0 or less says nothing.
        limit = DIVERGED * finite[0] if len(finite) and finite[0] > 0 else np.inf
        sound = np.flatnonzero(np.isfinite(self.values) & (self.values <= limit))
        first_bad = int(sound[-1]) + 1 if len(sound) else 0
        return float(self.epochs[first_bad]) if first_bad < len(self.epochs) else None

    def plateaus(self) -> list[Plateau]:
        """The stretches of a finite curve in which the loss hardly changes, in order.

        The longest that spans at most 2 % of the curve's range, then the longest before it and behind it,
        and so on; each lasts at least 10 % of the curve's epochs and 5 values. A slow decline is no chain
        of plateaus: a stretch that drifts through half of what it may span counts only where the loss
        changes at least twice as fast before and after it.
        """
        if not len(self.values):
            return []
        tolerance = max(FLAT * np.ptp(self.values), UNSEEN * np.abs(self.values).max())
        shortest = LONG * (self.epochs[-1] - self.epochs[0])
        return [
            self._plateau(first, last)
            for first, last in self._stretches(0, len(self.values), tolerance, shortest)
            if not self._slides(first, last, tolerance)
        ]

    def _plateau(self, first: int, last: int) -> Plateau:
        level = float(self.values[first : last + 1].mean())
        return Plateau(float(self.epochs[first]), float(self.epochs[last]), level)

    def _stretches(self, start: int, stop: int, tolerance: float, shortest: float) -> list[tuple[int, int]]:
        """First and last positions of the longest stretch at start ≤ i < stop, and of those beside it."""
        if stop - start < MANY:
            return []
        candidates = [
            (self._duration(start + first, start + last), start + last, start + first)
            for first, last in _widest(self.values[start:stop], tolerance)
            if last - first + 1 >= MANY
        ]
        duration, last, first = max(candidates, default=(0.0, start, start))  # the later of two as long
        if not candidates or duration < shortest:
            return []
        return [
            *self._stretches(start, first, tolerance, shortest),
            (first, last),
            *self._stretches(last + 1, stop, tolerance, shortest),
        ]

    def _duration(self, first: int, last: int) -> float:
        return float(self.epochs[last] - self.epochs[first])

    def _slides(self, first: int, last: int, tolerance: float) -> bool:
        """Whether the stretch is a piece of a decline (or rise) that goes on much like that beside it."""
        drift = abs(self.values[last] - self.values[first])
        if drift <= tolerance / 2:
            return False
        half = self._duration(first, last) / 2
        beside = []
        if self.epochs[first] - half >= self.epochs[0]:
            beside.append(self._at(self.epochs[first] - half) - self.values[first])
        if self.epochs[last] + half <= self.epochs[-1]:
            beside.append(self._at(self.epochs[last] + half) - self.values[last])
        return any(abs(change) < drift for change in beside)  # in half the time

    def _at(self, epoch: float) -> float:
        return float(np.interp(epoch, self.epochs, self.values))

    def steepest_fall(self) -> Fall | None:
        """The step of a finite curve with the largest fall per epoch.

        None where that step falls by less than 5 % of the curve's range, or the loss never falls.
        """
        if len(self.values) < 2:
            return None
        falls, epochs = -np.diff(self.values), np.diff(self.epochs)
        step = int(np.argmax(falls / epochs))
        if falls[step] <= 0 or falls[step] < STEEP * np.ptp(self.values):
            return None
        before, after = self.values[step : step + 2]
        return Fall(float(self.epochs[step + 1]), float(before), float(after))


def _widest(values: Array, tolerance: float) -> list[tuple[int, int]]:
    """For each last position, the first one from which the values span at most `tolerance`."""
    lows: deque[int] = deque()  # positions of the running minima and maxima of the stretch
    highs: deque[int] = deque()
    found, first = [], 0
    for last, value in enumerate(values):
        while lows and values[lows[-1]] >= value:
            lows.pop()
        while highs and values[highs[-1]] <= value:
            highs.pop()
        lows.append(last)
        highs.append(last)
        while values[highs[0]] - values[lows[0]] > tolerance:
            first = min(lows[0], highs[0]) + 1
            for extremes in (lows, highs):
                if extremes[0] < first:
                    extremes.popleft()
        found.append((first, last))
    return found
