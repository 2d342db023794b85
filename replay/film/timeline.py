"""Timeline of a film: which epoch each frame shows, at a uniform, logarithmic or adaptive pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from replay.choices import ADAPTIVE, FPS, LOG, PACES, UNIFORM
from replay.errors import ViewError, no_epoch, unknown
from replay.types import Array, Motion

MAX_FPS, MAX_HOLD, MAX_FRAMES = 1000.0, 60.0, 100_000
# Limits on a step's frames at the adaptive pace, relative to uniform: a plateau passes quickly but is not
# skipped, and no single jump takes up the film.
MIN_SHARE, MAX_SHARE = 0.25, 6.0
# Seconds that an adaptive film takes unless told: this long, or less where few steps would crawl.
USUAL, SHORTEST, A_STEP = 8.0, 1.0, 0.25
STOP = 0.5  # seconds that an adaptive film stays at a milestone …
MAX_STOPPED = 0.3  # … and the share of a film that all stops may take
ODD_ONES = 0.05  # of the epochs: so few fractions are not counted
# Seconds of a film through the steps of a network: each moves and then rests. Of many, each has less.
MOVES, RESTS, LONGEST = 1.3, 0.5, 30.0
DIGITS = 9  # decimals of a position among the snapshots; rounding snaps to a snapshot


@dataclass(frozen=True)
class Timeline:
    """The moment that each frame of a film shows.

    Args:
        moments: An epoch for each frame, (n_frames,), one or more, never decreasing.
        fps: Frames a second, more than 0 and at most 1000.
        hold: Seconds that the last frame stays longer, 0 to 60. None leaves it to the format.
        whole: Count whole epochs on the way to the next one, without decimals.

    Raises:
        ViewError: These moments, `fps` or `hold` make no film.

    >>> from replay import Replay, Timeline
    >>> timeline = Timeline.of(Replay("run.h5").epochs, last=60, tween=1)
    >>> timeline.moments
    (0.0, 15.0, 30.0, 45.0, 60.0)
    >>> timeline.duration  # seconds
    0.25
    """

    moments: tuple[float, ...]
    fps: float = FPS
    hold: float | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        if not self.moments or not np.isfinite(self.moments).all() or (np.diff(self.moments) < 0).any():
            raise ViewError("a timeline needs at least one moment; moments must be finite and never go back")
        _check_fps(self.fps)
        if self.hold is not None and not 0 <= self.hold <= MAX_HOLD:
            raise ViewError(f"hold must be from 0 to {MAX_HOLD:g} seconds, not {self.hold:g}")

    @classmethod
    def of(
        cls,
        epochs: Array,
        *,
        first: float | None = None,
        last: float | None = None,
        every: int = 1,
        tween: int = 0,
        pace: str = UNIFORM,
        fps: float = FPS,
        duration: float | None = None,
        hold: float | None = None,
        motion: Motion | None = None,
        stops: Sequence[float] = (),
    ) -> Timeline:
        """Deal frames out to snapshots.

        Args:
            epochs: The epochs of all snapshots, (n_snapshots,), increasing.
            first, last: The epochs to begin and end with, both included, by default those of the run.
            every: Show every n-th snapshot, and always the last.
            tween: How many frames lie between two snapshots.
            pace: Which steps from one snapshot to the next get the time, see below.
            fps: Frames a second.
            duration: Seconds that the film takes, without the hold. It sets the number of frames, in place of
                `tween`. Without either, an adaptive film takes eight seconds, or less if it has few steps;
                others have a frame for each snapshot.
            hold: Seconds that the last frame stays longer. None leaves it to the format.
            motion: For an adaptive pace, a function that takes the n chosen epochs and returns how far the
                picture moves between them, (n − 1,). NaN and infinity count as standing still.
            stops: For an adaptive pace, epochs at which the film stays for half a second. All stops together
                take three tenths of the film at most.

        Returns:
            The timeline. Its first and last frame show the first and last snapshot chosen. In a step of one
            frame or less, frames show the nearest snapshot; in longer ones, moments between the two.

        Raises:
            ViewError: The run does not have these epochs, no snapshot lies between them, or the settings make
                no film.

        The paces:

        - "uniform": each step the same;
        - "log": equal times for equal steps of log(1 + epochs since the first), so the early ones get most;
        - "adaptive": by how far the picture moves. A quarter of the frames is dealt out evenly, the others by
          motion. No step gets more than six times an even share.

        >>> from replay import Timeline
        >>> timeline = Timeline.of([0, 1, 10, 100], pace="log", duration=1, fps=5)
        >>> [round(moment, 1) for moment in timeline.moments]
        [0.0, 3.4, 9.5, 53.2, 100.0]
        """
        if pace not in PACES:
            raise ViewError(unknown("pace", pace, PACES))
        _check_fps(fps)
        epochs = np.asarray(epochs, dtype=float)
        chosen = choose(epochs, first, last, every)
        n_steps = len(chosen) - 1
        if pace == ADAPTIVE and duration is None and not tween:
            duration = min(USUAL, SHORTEST + A_STEP * n_steps)
        n_frames = _number_of_frames(n_steps, tween, fps, duration)
        within = sorted({stop for stop in stops if epochs[chosen[0]] < stop < epochs[chosen[-1]]})
        stopped = _frames_a_stop(len(within), n_frames, fps) if pace == ADAPTIVE else 0
        places = np.zeros(1)
        if n_frames > 1:
            places = _places(_shares(epochs[chosen], pace, motion), n_frames - stopped * len(within))
        # Through positions among all snapshots: a moment at a snapshot is then exactly its epoch, even if
        # that snapshot was not chosen.
        among_all = np.interp(places, np.arange(len(chosen)), chosen).round(DIGITS)
        moments = np.interp(among_all, np.arange(len(epochs)), epochs)
        moments = np.sort(np.concatenate([moments, np.repeat(within, stopped)]))
        # What a model held after its training lies half an epoch on, in the midst of other runs' epochs.
        between = epochs % 1 != 0
        whole = pace == ADAPTIVE and not tween and not between[-1] and float(between.mean()) < ODD_ONES
        return cls(tuple(moments.tolist()), fps, hold, whole)

    @classmethod
    def through(
        cls, n_steps: int, *, fps: float = FPS, duration: float | None = None, hold: float | None = None
    ) -> Timeline:
        """Deal frames out to steps that follow one another, with a rest before the first and after each.

        Args:
            n_steps: How many steps there are.
            fps: Frames a second.
            duration: Seconds that the film takes, without the hold. By default 1.8 a step, 30 at most.
            hold: Seconds that the last frame stays longer. None leaves it to the format.

        Returns:
            The timeline. Its moments are marks from 0 to `n_steps`; each step begins and ends slowly.

        Raises:
            ViewError: The settings make no film.

        >>> from replay import Timeline
        >>> timeline = Timeline.through(2, duration=4, fps=4)
        >>> [round(mark, 2) for mark in timeline.moments][:8]
        [0.0, 0.0, 0.0, 0.1, 0.42, 0.79, 0.98, 1.0]
        """
        _check_fps(fps)
        whole = RESTS + n_steps * (MOVES + RESTS)
        duration = min(whole, LONGEST) if duration is None else duration
        n_frames = _number_of_frames(n_steps, 0, fps, duration)
        seconds = np.linspace(0, whole, n_frames) - RESTS
        done, within = np.divmod(np.clip(seconds, 0, None), MOVES + RESTS)
        marks = np.minimum(done + eased(np.minimum(within / MOVES, 1)), n_steps)
        return cls(tuple(np.maximum.accumulate(marks).tolist()), fps, hold)

    @property
    def duration(self) -> float:
        """Length of the film in seconds, including the hold."""
        return len(self.moments) / self.fps + (self.hold or 0.0)

    @property
    def decimals(self) -> int:
        """Decimals of the epoch counter, the same for all frames so that its width stays constant."""
        return 0 if self.whole or all(float(moment).is_integer() for moment in self.moments) else 1


def eased(share: Array) -> Array:
    """How far a step is after this share of its time: slow at both ends, where it also speeds up from rest.

    Perlin, Improving noise (2002).
    """
    return share**3 * (share * (6 * share - 15) + 10)


def parse_epochs(text: str) -> tuple[float | None, float | None]:
    """Parse a range of epochs "A:B"; an open end is None.

    Raises ViewError for anything else, and if A comes after B.
    """
    parts = text.split(":")
    try:
        first, last = (float(part) if part.strip() else None for part in parts)
    except ValueError as error:  # not two parts, or not numbers
        raise ViewError(_form(text)) from error
    if not all(epoch is None or np.isfinite(epoch) for epoch in (first, last)):
        raise ViewError(_form(text))
    if first is not None and last is not None:
        _check_order(first, last)
    return first, last


def _form(text: str) -> str:
    return f"epochs must be given as A:B, such as 10:60, 10: or :60, not {text!r}"


def _check_order(first: float, last: float) -> None:
    if first > last:
        raise ViewError(f"epoch {first:g} comes after epoch {last:g}: give the earlier one first")


def choose(epochs: Array, first: float | None, last: float | None, every: int) -> Array:
    """Positions of the snapshots to show: (n_chosen,), increasing, at least one.

    Every `every`th snapshot of `epochs` from `first` to `last` (default all), and the last. Raises ViewError
    if there are none.
    """
    if every < 1:
        raise ViewError(f"every must be 1 or more, not {every}")
    if not len(epochs):
        raise ViewError("this run has no snapshot yet")
    first = float(epochs[0]) if first is None else first
    last = float(epochs[-1]) if last is None else last
    for epoch in (first, last):
        if not epochs[0] <= epoch <= epochs[-1]:
            raise ViewError(no_epoch(epoch, epochs[0], epochs[-1]))
    _check_order(first, last)
    within = np.flatnonzero((epochs >= first) & (epochs <= last))
    if not len(within):
        raise ViewError(f"there is no snapshot between epochs {first:g} and {last:g}")
    return np.union1d(within[::every], within[-1:])


def _check_fps(fps: float) -> None:
    if not 0 < fps <= MAX_FPS:
        raise ViewError(f"fps must be more than 0 and at most {MAX_FPS:g}, not {fps:g}")


def _number_of_frames(n_steps: int, tween: int, fps: float, duration: float | None) -> int:
    if tween < 0:
        raise ViewError(f"tween, the frames between two snapshots, must be 0 or more, not {tween}")
    if duration is None:
        n_frames = n_steps * (1 + tween) + 1
        if n_frames > MAX_FRAMES:
            raise ViewError(
                f"a film can have at most {MAX_FRAMES} frames, not {n_frames}: set a duration, or choose "
                "fewer snapshots or frames between them"
            )
        return n_frames
    if not 0 < duration * fps <= MAX_FRAMES:
        raise ViewError(
            f"a duration of {duration:g} seconds at {fps:g} fps does not give 1 to {MAX_FRAMES} frames"
        )
    return max(2, round(duration * fps)) if n_steps else 1


def _frames_a_stop(n_stops: int, n_frames: int, fps: float) -> int:
    """How many frames each stop takes."""
    most = int(MAX_STOPPED * n_frames / n_stops) if n_stops else 0
    return min(round(STOP * fps), most)


def _shares(epochs: Array, pace: str, motion: Motion | None) -> Array:
    """The share of the film for each step between `epochs` (n,): (n − 1,), in any unit."""
    if pace == LOG:
        return np.diff(np.log1p(epochs - epochs[0]))
    if pace == ADAPTIVE:
        if motion is None:
            raise ViewError("the adaptive pace needs the motion between snapshots: pass motion")
        return _adaptive_shares(motion(epochs))
    return np.ones(len(epochs) - 1)


def _adaptive_shares(motion: Array) -> Array:
    """Shares with mean 1 between MIN_SHARE and MAX_SHARE, by `motion` (n_steps,)."""
    motion = np.where(np.isfinite(motion), motion, 0.0)
    if not motion.any():
        return np.ones(len(motion))
    motion = motion / motion.max()  # so that the mean neither overflows nor underflows
    shares = MIN_SHARE + (1 - MIN_SHARE) * motion / motion.mean()
    # Distribute what exceeds the maximum evenly over the others, which may push some of them over it.
    while (over := shares > MAX_SHARE).any():
        surplus = (shares[over] - MAX_SHARE).sum()
        shares[over] = MAX_SHARE
        below = shares < MAX_SHARE
        shares[below] += surplus / below.sum()
    return shares


def _places(shares: Array, n_frames: int) -> Array:
    """Each frame's position among the snapshots: (n_frames,); up to rounding, a whole number is a snapshot.

    `shares` (n_snapshots − 1,) are the frames' shares of the steps from one snapshot to the next.
    """
    ends = np.concatenate([[0.0], np.cumsum(shares)])
    ends *= (n_frames - 1) / ends[-1]
    places = np.interp(np.arange(n_frames), ends, np.arange(len(ends)))
    rounded = places.round(DIGITS)
    step = np.minimum(rounded.astype(int), len(shares) - 1)
    sparse = np.diff(ends).round(DIGITS)[step] <= 1
    return np.where(sparse, np.floor(rounded + 0.5), places)
