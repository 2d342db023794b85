"""The panel of a step: where it moves each sample of a layer's plane, and which samples push it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.arrows import Arrows
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.outliers import Outliers
from replay.drawing.artists.plane import PlaneAxes, RegionArtists, SampleArtists
from replay.drawing.artists.pushes import Pushes
from replay.drawing.artists.scale_bar import ScaleBar
from replay.drawing.artists.words import Words
from replay.drawing.panels.feature_space import name_axes, names_of_axes, over_the_run
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import listed, say, say_number
from replay.views.step import Step, StepFrame

SIZE = 0.85  # of the tick size
ALONE, BESIDE_SCALE = 0.95, 0.7  # of the width, words alone, and with a scale bar in the other corner
PATCH = 0.7  # opacity of what is behind words


class StepPanel(Panel):
    """Samples with arrows from where they were to where they go, over discs as large as they push."""

    def __init__(self, axes: Axes, view: Step, style: Style) -> None:
        super().__init__(axes, view, style)
        space = view.space
        self.plane = PlaneAxes(axes, space.limits)
        axes.set_title(say("Step in the feature space of “{layer}”", layer=space.layer))
        self.titles = (say("Step of “{layer}”", layer=space.layer), say("Step"))
        names = names_of_axes(space)
        if space.has_names:
            name_axes(axes, names, space.projection.shares)
        else:
            for axis, name in zip((axes.xaxis, axes.yaxis), names, strict=True):
                label_where_room(axis, name, style)
        evaluation = view.evaluation
        labels, n_samples = evaluation.task.labels, len(evaluation.inputs)
        self.regions = RegionArtists(axes, space.limits, style)
        self.pushes = Pushes(axes, labels, n_samples, style)
        self.samples = SampleArtists(axes, space.limits, labels, n_samples, style)
        self.arrows = Arrows(axes, labels, n_samples, style)
        self.outliers = Outliers(axes, labels, style)
        self.finite = LastFinite(axes, evaluation, style)
        self.scale = ScaleBar(axes, style, over_the_run(space)) if space.follows else None
        if self.scale:
            axes.set(xticks=[], yticks=[])
        self.words = self._words()

    @property
    def moving(self) -> list[Artist]:
        """From back to front: regions, discs, samples, arrows, what lies beyond, words."""
        return [
            self.regions.shading,
            *self.regions.lines,
            *self.pushes.moving,
            *self.samples.moving,
            *self.arrows.moving,
            *self.samples.errors,
            *self.outliers.moving,
            *(self.scale.moving if self.scale else ()),
            self.words,
            *self.finite.moving,
        ]

    def show(self, epoch: float) -> None:
        """Show the step of `epoch`."""
        epoch = self.finite.moment(epoch)
        if not self.view.space.fixed:
            self.plane.show(self.view.space.limits_at(epoch))
        frame = self.view.at(epoch, self.plane.shown())
        space = frame.space
        if self.scale:
            self.scale.show()
        self.regions.show(space.regions)
        self.pushes.show(space.points, frame.shares)
        self.samples.show(space.points, space.correct)
        with np.errstate(all="ignore"):  # where samples are not finite
            self.arrows.show(frame.end - frame.times * (frame.end - frame.start), frame.end)
        self.outliers.show(space.points, space.limits)
        self.words.set_text(self._told(frame))

    def _words(self) -> Words:
        """Words in a corner: how few samples make half of the gradient, and how long arrows are."""
        words = Words(
            0.02, 0.02, "", transform=self.axes.transAxes, color=self.style.muted,
            fontsize=SIZE * self.style.size_tick, ha="left", va="bottom", zorder=5,
        )  # fmt: skip
        patch: dict[str, Any] = {"boxstyle": "square,pad=0.1", "facecolor": self.style.background}
        words.set_bbox({**patch, "alpha": PATCH, "edgecolor": "none"})
        self.axes.add_artist(words)
        return words

    def _told(self, frame: StepFrame) -> str:
        """The longest of these forms that fits."""
        half, times, values = frame.half, frame.times, {"all": f"{len(frame.shares):,}"}
        whole = say_number(
            "{number} of {all} samples makes half of the gradient",
            "{number} of {all} samples make half of the gradient",
            half,
            **values,
        )
        short = say("half of it: {half} of {all}", half=half, **values)
        longer = [] if times == 1 else [say("arrows {times} times as long", times=times)]
        share = BESIDE_SCALE if self.scale else ALONE
        room, size = share * size_in_inches(self.axes)[0], SIZE * self.style.size_tick
        forms = [listed([whole, *longer]), whole, short]
        return next((form for form in forms if width_in_inches(form, size, self.style) <= room), "")
