"""Loss curve analysis: plateaus, steepest fall, divergence."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from replay.network.losses import is_known
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array

FLAT = 0.02  # of the curve's range, or of the loss itself: the most that a plateau may span …
NEAR = 0.05  # … but never more of the loss itself: a reader would call it a fall
LONG = 0.1  # of the curve's epochs: the shortest plateau …
MANY = 5  # … which must also have this many values
STEEP = 0.05  # of the curve's range: the smallest fall that counts as the steepest
DIVERGED = 10.0  # times the first value
LARGEST = 1e300  # larger numbers have differences that overflow


class Plateau(NamedTuple):
    """The loss stays near `level` from epoch `start` to epoch `until`."""

    start: float
    until: float
    level: float


class Fall(NamedTuple):
    """The loss falls from `before` to `after` in the step that ends at `epoch`."""

    epoch: float
    before: float
    after: float


def loss_curve(evaluation: Evaluation) -> LossCurve | None:
    """The logged loss or, if none was logged, the mean over the recorded samples at each snapshot.

    None if neither is known.
    """
    recording = evaluation.recording
    logged = logged_curve(recording, "loss")
    if logged is not None:
        return logged
    if not is_known(recording.description.loss) or not evaluation.all_recorded:
        return None
    means = [
        evaluation.losses_of(answers).mean(axis=1, dtype=np.float64) for _, _, answers in evaluation.blocks()
    ]
    return LossCurve(recording.epochs, np.concatenate(means))


def logged_curve(recording: Recording, name: str) -> LossCurve | None:
    """The logged values called `name`, None if there are none."""
    if name not in recording.history:
        return None
    return _logged(recording.history_epochs, recording.history[name])


def _logged(epochs: Array, values: Array) -> LossCurve:
    """Rows with a loss, and rows without one if no other row of their epoch has one.

    A loss beyond LARGEST counts as infinite.
    """
    values = np.where(np.abs(values) > LARGEST, np.copysign(np.inf, values), values)
    has_loss = ~np.isnan(values)
    kept = has_loss | ~np.isin(epochs, epochs[has_loss])
    return LossCurve(epochs[kept], values[kept])


@dataclass(frozen=True)
class LossCurve:
    """The loss by epoch: `epochs` (n,), increasing, and `values` (n,), which may be NaN or infinite."""

    epochs: Array
    values: Array

    def before(self, epoch: float) -> LossCurve:
        """The finite values of the curve before `epoch`."""
        kept = np.flatnonzero(np.isfinite(self.values) & (self.epochs < epoch))
        kept = kept[np.diff(self.epochs[kept], append=np.inf) > 0]  # the last row of each epoch
        return LossCurve(self.epochs[kept], self.values[kept])

    @cached_property
    def _range(self) -> float:
        return float(np.ptp(self.values))

    def diverged_at(self, guessing: float = 0.0) -> float | None:
        """The epoch from which the loss stays NaN, infinite or over 10 times its first finite value, or None.

        A loss that recovers has not diverged, nor has one that is no larger than `guessing`, the loss of who
        guesses. Run files hold NaN where nothing was logged, too: rows without a loss at the very end count
        as NaN.
        """
        finite = self.values[np.isfinite(self.values)]
        # A first loss of 0 or less gives no limit.
        limit = max(DIVERGED * finite[0], guessing) if len(finite) and finite[0] > 0 else np.inf
        sound = np.flatnonzero(np.isfinite(self.values) & (self.values <= limit))
        first_bad = int(sound[-1]) + 1 if len(sound) else 0
        return float(self.epochs[first_bad]) if first_bad < len(self.epochs) else None

    def plateaus(self) -> list[Plateau]:
        """The ranges of epochs in which a finite loss hardly changes, in order.

        Take the longest that spans at most 2 % of the curve's range, or of its own loss if that is more, and
        never over 5 % of its own loss; then the longest before and after it, and so on. Each lasts at least
        10 % of the curve's epochs and 5 values. A slow decline is not a chain of plateaus: if the loss drifts
        through more than half of what a plateau may span, it counts only if the loss changes at least twice
        as fast before and after.
        """
        if not len(self.values):
            return []
        shortest = LONG * (self.epochs[-1] - self.epochs[0])
        return [
            self._plateau(first, last)
            for first, last in self._stretches(0, len(self.values), shortest)
            if not self._slides(first, last)
        ]

    def _tolerance(self, low: float, high: float) -> float:
        """How much a plateau with these values may span; less, if its values span less."""
        size = max(abs(low), abs(high))
        return min(max(FLAT * self._range, FLAT * size), NEAR * size)

    def _plateau(self, first: int, last: int) -> Plateau:
        level = float(self.values[first : last + 1].mean())
        return Plateau(float(self.epochs[first]), float(self.epochs[last]), level)

    def _stretches(self, start: int, stop: int, shortest: float) -> list[tuple[int, int]]:
        """First and last positions of the longest flat stretch in start ≤ i < stop and of those around it."""
        if stop - start < MANY:
            return []
        candidates = [
            (self._duration(start + first, start + last), start + last, start + first)
            for first, last in _widest(self.values[start:stop], self._tolerance)
            if last - first + 1 >= MANY
        ]
        duration, last, first = max(candidates, default=(0.0, start, start))  # ties: the later one
        if not candidates or duration < shortest:
            return []
        return [
            *self._stretches(start, first, shortest),
            (first, last),
            *self._stretches(last + 1, stop, shortest),
        ]

    def _duration(self, first: int, last: int) -> float:
        return float(self.epochs[last] - self.epochs[first])

    def _slides(self, first: int, last: int) -> bool:
        """Whether the stretch is part of a decline (or rise) that continues before or after it."""
        drift = abs(self.values[last] - self.values[first])
        inside = self.values[first : last + 1]
        if drift <= self._tolerance(inside.min(), inside.max()) / 2:
            return False
        half = self._duration(first, last) / 2
        beside = []
        if self.epochs[first] - half >= self.epochs[0]:
            beside.append(self._at(self.epochs[first] - half) - self.values[first])
        if self.epochs[last] + half <= self.epochs[-1]:
            beside.append(self._at(self.epochs[last] + half) - self.values[last])
        return any(abs(change) < drift for change in beside)  # `change` is over half the time

    def _at(self, epoch: float) -> float:
        return float(np.interp(epoch, self.epochs, self.values))

    def steepest_fall(self) -> Fall | None:
        """The step of a finite curve with the largest fall per epoch.

        None if that step falls by less than 5 % of the curve's range or 2 % of the loss, or the loss never
        falls.
        """
        if len(self.values) < 2:
            return None
        falls, epochs = -np.diff(self.values), np.diff(self.epochs)
        step = int(np.argmax(falls / epochs))
        least = max(STEEP * self._range, FLAT * abs(self.values[step]))
        if falls[step] <= 0 or falls[step] < least:
            return None
        before, after = self.values[step : step + 2]
        return Fall(float(self.epochs[step + 1]), float(before), float(after))


def _widest(values: Array, tolerance: Callable[[float, float], float]) -> list[tuple[int, int]]:
    """For each end position, the earliest start from which the values span at most what is tolerated.

    That depends on the lowest and the highest of them, and holds for any part of a range if for the whole.
    """
    lows: deque[int] = deque()  # positions of running minima and maxima (monotonic queues)
    highs: deque[int] = deque()
    found, first = [], 0
    for last, value in enumerate(values):
        while lows and values[lows[-1]] >= value:
            lows.pop()
        while highs and values[highs[-1]] <= value:
            highs.pop()
        lows.append(last)
        highs.append(last)
        while values[highs[0]] - values[lows[0]] > tolerance(values[lows[0]], values[highs[0]]):
            first = min(lows[0], highs[0]) + 1
            for extremes in (lows, highs):
                if extremes[0] < first:
                    extremes.popleft()
        found.append((first, last))
    return found
