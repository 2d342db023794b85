"""The panel of a trajectory: the paths of one run or several over the loss surface of their network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from replay.drawing.artists.dot_names import DotNames
from replay.drawing.artists.heights import Heights
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import shortened, size_in_inches, width_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.plane import PlaneAxes
from replay.drawing.artists.ticks import number, short
from replay.drawing.artists.trail import Trail
from replay.drawing.artists.words import Words, beside_title, needed_beside
from replay.drawing.identity import Look, run_looks
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say, say_number
from replay.language.percent import percent
from replay.runs.run_names import run_names
from replay.types import Array
from replay.views.shared.geometry import Limits, have_one_scale, of_shape
from replay.views.trajectory import Trajectories, Trajectory, TrajectoryFrame, times

BEYOND = 0.06  # of the limits, how far the surface reaches beyond them: axes may still change their shape
SIZE = 0.85  # of the tick size
ARROW = 0.42  # inches, that of each of several runs
FAN = 0.13  # of the width of the axes, the longest line of the fan
BOTTOM = 0.07  # inches below the words at the bottom
WORDS, MOST_WORDS = 4.5, 0.3  # lines that they take, with what is around them, and the largest share of axes
BETWEEN = 12  # points for each of a path, from which numbers keep away
ROOM = 0.95  # of the width, for words
PATCH = 0.7  # opacity of what is behind words


class TrajectoryPanel(Panel):
    """Shades and contours of the loss, with the path of each run up to now.

    Of one run it has the fan of downhill directions of some batches; of several, the name of each at its dot.
    """

    view: Trajectory | Trajectories

    def __init__(self, axes: Axes, view: Trajectory | Trajectories, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, self._with_room_for_words())
        several = len(view.runs) > 1
        axes.set_title(say("Paths over the loss surface") if several else say("Path over the loss surface"))
        self.titles = (say("Paths over the loss") if several else say("Path over the loss"), say("Loss"))
        self._name_axes()
        evaluations = [run.evaluation for run in view.runs]
        looks = _plain(run_looks(evaluations, style))
        shown = _widened(self.plane.shown())
        paths = [run.points for run in view.runs]
        self.words = [self._words(line) for line in (1, 0)]
        has_word = self._mark_start(paths)
        heights = np.minimum(view.surface.over(shown), view.surface.ceiling)
        self.heights = Heights(
            axes, shown, heights, [*map(_dense, paths), *self._written(paths if has_word else [])], style
        )
        self.fan = LineCollection([], colors=style.ink, linewidths=1.1, alpha=0.75, zorder=2.5)
        axes.add_collection(self.fan, autolim=False)
        self.trails = [Trail(axes, look, style) for look in looks]
        names = run_names(evaluations) if len(evaluations) > 1 else []
        self.names = DotNames(axes, names, [look.colour for look in looks], style) if names else None
        self.finite = LastFinite(axes, evaluations[0], style) if not names else None
        self._tell_share()

    # What stands still

    def _name_axes(self) -> None:
        surface = self.view.surface
        sides = (self.axes.xaxis, self.axes.yaxis)
        for axis, name, share, inches in zip(
            sides, surface.names, surface.plane.shares, size_in_inches(self.axes), strict=True
        ):
            whole = name if np.isnan(share) else f"{name} ({percent(share)})"
            label_where_room(axis, shortened(whole, inches, self.style.size_tick, self.style), self.style)

    def _tell_share(self) -> None:
        """Beside the title, how much of the path the plane holds."""
        surface = self.view.surface
        if surface.exact:
            forms = [say("exact: these are all weights"), say("exact")]
        else:
            share = percent(surface.share)
            several = len(self.view.runs) > 1
            of_paths = say("the plane holds {share} of the paths", share=share)
            forms = [of_paths if several else say("the plane holds {share} of the path", share=share), share]
        words = beside_title(self.axes, self.style)
        self.axes.add_artist(words)
        room = ROOM * size_in_inches(self.axes)[0]  # numbers beside the axes may make them narrower
        title = self.axes._left_title  # type: ignore[attr-defined]  # matplotlib has no public name for it
        fits = (form for form in forms if needed_beside(title, words, form, self.style) <= room)
        words.set_text(next(fits, ""))

    def _mark_start(self, paths: Sequence[Array]) -> bool:
        """A ring where each path begins, with a word where all begin in one place, and there is room."""
        starts = np.array([path[0] for path in paths])
        self.axes.plot(
            *starts.T, "o", markersize=8, markerfacecolor=self.style.background,
            markeredgecolor=self.style.ink, markeredgewidth=1.4, zorder=1.9,
        )  # fmt: skip
        one = bool(np.ptp(starts, axis=0).max() <= 1e-6 * self.view.surface.extent)
        has_word = one and self._is_free(starts[0])
        if has_word:
            self.axes.annotate(
                say("start"), starts[0], (-8, 0), textcoords="offset points", ha="right",
                va="center_baseline", fontsize=SIZE * self.style.size_tick, color=self.style.ink, zorder=1.9,
                path_effects=[withStroke(linewidth=3, foreground=self.style.background)],
            )  # fmt: skip
        return has_word

    def _is_free(self, place: Array) -> bool:
        """Whether there is room left of a point, away from the words in the corner."""
        ((left, up),) = self._inches(place[None])
        has_room = left > width_in_inches(say("start"), 72 * self._line, self.style) + 0.25
        return bool(has_room and up > WORDS * self._line)

    @property
    def _line(self) -> float:
        """The height of letters, in inches."""
        return SIZE * self.style.size_tick / 72

    def _inches(self, points: Array) -> Array:
        """Where points (n, 2) of the plane are in the axes, in inches."""
        low = np.array([side[0] for side in self.plane.shown()])
        shares = (points - low) / np.ptp(self.plane.shown(), axis=1)
        return np.asarray(shares * size_in_inches(self.axes))

    def _with_room_for_words(self) -> Limits:
        """The limits of the view, lower where a path would come down to the two lines of words."""
        limits, (width, height) = self.view.limits, size_in_inches(self.axes)
        if have_one_scale(limits):
            limits = of_shape(limits, width / height)
        bottom, top = limits.y
        lowest = min(float(run.points[:, 1].min()) for run in self.view.runs)
        share = min(WORDS * self._line / height, MOST_WORDS)
        return Limits(limits.x, (min(bottom, (lowest - share * top) / (1 - share)), top))

    def _written(self, starts: Sequence[Array]) -> list[Array]:
        """Places where words are written, which numbers of contours keep away from."""
        (left, right), (bottom, top) = self.plane.shown()
        width, height = np.array([right - left, top - bottom]) / size_in_inches(self.axes)  # of an inch
        across = np.linspace(left, right, 25)
        lines = [bottom + (BOTTOM + n * self._line) * height for n in (0.3, 1.9)]
        corner = [np.column_stack([across, np.full(25, line)]) for line in lines]
        return [*corner, *(path[:1] - [0.3 * width, 0] for path in starts)]

    def _words(self, line: int) -> Words:
        """A line of words at the left."""
        room = size_in_inches(self.axes)[1]
        words = Words(
            0.015, (BOTTOM + line * 1.35 * self._line) / room, "", transform=self.axes.transAxes,
            color=self.style.ink, fontsize=72 * self._line, ha="left", va="bottom", zorder=5,
            path_effects=[withStroke(linewidth=3, foreground=self.style.background)],
        )  # fmt: skip
        self.axes.add_artist(words)
        return words

    # What moves

    @property
    def moving(self) -> list[Artist]:
        """From back to front: fan, paths, names, words."""
        trails = [artist for trail in self.trails for artist in trail.moving]
        names = [] if self.names is None else self.names.moving
        finite = [] if self.finite is None else self.finite.moving
        return [self.fan, *trails, *names, *self.words, *finite]

    def show(self, epoch: float) -> None:
        """Show where each run is at `epoch`."""
        limits = self.plane.shown()
        if self.finite is not None:
            self.finite.moment(epoch)
        frames = self._frames(epoch)
        for trail, run, frame in zip(self.trails, self.view.runs, frames, strict=True):
            ended = run.path.diverged and epoch > run.ends
            trail.show(frame.path, self._arrow(frame, limits), ended, frame.is_off)
        if self.names is not None:
            self.names.show(np.array([frame.point for frame in frames]))
        else:
            self._show_fan(frames[0], limits)
        self._tell(frames, limits)

    def _arrow(self, frame: TrajectoryFrame, limits: Limits) -> Array:
        """Along the last step: of a single run, so many times as long; of several, all of one length."""
        if self.names is None:
            return frame.step * times(frame.step, limits)
        shares = frame.step / np.ptp(limits, axis=1)
        length = float(np.hypot(*(shares * size_in_inches(self.axes))))
        return frame.step * (ARROW / length) if length > 0 else frame.step

    def _frames(self, epoch: float) -> list[TrajectoryFrame]:
        found = self.view.at(epoch)
        return found if isinstance(found, list) else [found]

    def _show_fan(self, frame: TrajectoryFrame, limits: Limits) -> None:
        """Lines downhill from the dot, the longest of them of a fixed length."""
        known = frame.fan[np.isfinite(frame.fan).all(axis=1)]
        ranges = np.ptp(limits, axis=1)
        width, height = size_in_inches(self.axes)
        lengths = np.hypot(*(known / ranges * [1, height / width]).T) if len(known) else np.zeros(0)
        longest = float(lengths.max(initial=0.0))
        ends = frame.point + known * (FAN / longest) if longest > 0 else known[:0]
        self.fan.set_segments([np.array([frame.point, end]) for end in ends])

    def _tell(self, frames: Sequence[TrajectoryFrame], limits: Limits) -> None:
        """Two lines in the corner: the loss, where it is not that of the surface; what arrow and fan are."""
        above = self._told_loss(frames[0]) if self.names is None else self._told_off(frames)
        below = self._told_lines(times(frames[0].step, limits))
        for words, forms in zip(self.words, (above, below), strict=True):
            words.set_text(self._fitting(forms))

    def _told_loss(self, frame: TrajectoryFrame) -> list[str]:
        values: dict[str, Any] = {"loss": short(_rounded(frame.loss))}
        if not frame.is_off:
            return [say("loss {loss}", **values)]
        values |= {"other": short(_rounded(frame.loss_on_plane)), "off": percent(frame.off)}
        return [
            say("loss {loss}; on the plane, {off} of the path away, {other}", **values),
            say("loss {loss}, on the plane {other}", **values),
        ]

    @staticmethod
    def _told_off(frames: Sequence[TrajectoryFrame]) -> list[str]:
        """What hollow dots are, where there are some."""
        if not any(frame.is_off for frame in frames):
            return []
        return [
            say("hollow dots: away from this plane, where the loss differs"),
            say("hollow: off the plane, loss differs"),
        ]

    def _told_lines(self, longer: float) -> list[str]:
        if self.names is not None:
            return [say("arrows: the direction of the last step")]
        step = (
            say("arrow: the last step")
            if longer == 1
            else say("arrow: the last step × {times}", times=number(longer))
        )
        run: Any = self.view
        if len(run.batches) == 1:
            fan = say("line: downhill for all samples")
        elif run.knows_batch_size:
            fan = say_number(
                "lines: downhill for {number} batch of {size}",
                "lines: downhill for {number} batches of {size}",
                len(run.batches),
                size=run.batch_size,
            )
        else:
            fan = say_number(
                "lines: downhill for {number} batch, size {size} assumed",
                "lines: downhill for {number} batches, size {size} assumed",
                len(run.batches),
                size=run.batch_size,
            )
        return [f"{step} · {fan}", fan]

    def _fitting(self, forms: Sequence[str]) -> str:
        """The longest of these forms that fits into a line."""
        room, size = ROOM * size_in_inches(self.axes)[0], SIZE * self.style.size_tick
        return next((form for form in forms if width_in_inches(form, size, self.style) <= room), "")


def _plain(looks: Sequence[Look]) -> list[Look]:
    """The looks, with dashes only where two runs have one colour: a path turns too often for them."""
    colours = [look.colour for look in looks]
    return [look if colours.count(look.colour) > 1 else Look(look.colour, "-") for look in looks]


def _dense(path: Array) -> Array:
    """The path (n, 2) with points between those that it has."""
    places = np.linspace(0, len(path) - 1, BETWEEN * len(path))
    return np.column_stack([np.interp(places, np.arange(len(path)), side) for side in path.T])


def _widened(limits: Limits) -> Limits:
    """The limits, a little farther on each side."""
    x, y = ((low - BEYOND * (high - low), high + BEYOND * (high - low)) for low, high in limits)
    return Limits(x, y)


def _rounded(value: float) -> float:
    """Three digits of a number."""
    return float(f"{value:.3g}")
