"""The stages of the layers in motion side by side, each with limits of its own over the whole training."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from replay.evenly import evenly
from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.journey import MorphFrame
from replay.views.morph import Morph
from replay.views.shared.camera import Camera
from replay.views.shared.geometry import Limits, limits_around, usual_ends
from replay.views.shared.layer_steps import Step
from replay.views.view import View

MOST = 24  # stages side by side; of more, those at the ends of layers, and of these some
MESH = 80  # points a side: planes are smaller than one alone
SURVEYED = 60  # snapshots, by which limits are chosen


class Stages:
    """All stages of a run, and their limits: the same at all epochs, or widening as a stage grows."""

    def __init__(self, morph: Morph) -> None:
        self.morph = morph

    @cached_property
    def _cameras(self) -> list[Camera]:
        """What each mark needs at the surveyed snapshots."""
        recording = self.morph.evaluation.recording
        epochs = recording.epochs[evenly(recording.n_snapshots, SURVEYED)]
        journeys = [self.morph.journey(float(epoch), with_boundary=False) for epoch in epochs]
        ends = [[journey.ends(mark) for mark in range(journey.n_steps + 1)] for journey in journeys]
        low, high = (np.array([[of[side] for of in each] for each in ends]) for side in (0, 1))
        return [Camera.over(epochs, low[:, mark], high[:, mark]) for mark in range(low.shape[1])]

    @cached_property
    def _fixed(self) -> list[Limits | None]:
        """The limits of each mark that does not grow."""
        return [None if camera.grows else limits_around(*_usual(camera)) for camera in self._cameras]

    def follows(self, mark: int) -> bool:
        """Whether the limits of a mark widen."""
        return self._fixed[mark] is None

    def limits(self, mark: int, epoch: float) -> Limits:
        """The limits of a mark at an epoch."""
        return self._fixed[mark] or limits_around(*self._cameras[mark].at(epoch))

    @cached_property
    def marks(self) -> list[int]:
        """The marks that are shown, in order: where one draws lines over another, only it."""
        steps = self.morph.at(self.morph.last_finite).steps
        shown = [mark for mark in range(len(steps) + 1) if mark == len(steps) or steps[mark].kind != "divide"]
        if len(shown) > MOST:
            shown = [mark for mark in shown if mark == 0 or _ends_a_layer(steps, mark)]
        return [shown[place] for place in evenly(len(shown), MOST)]


def _usual(camera: Camera) -> tuple[Array, Array]:
    """The ends that fit nearly all snapshots, (2,) each."""
    finite = np.isfinite(camera.low).all(axis=1) & np.isfinite(camera.high).all(axis=1)
    if not finite.any():
        return np.full(2, np.inf), np.full(2, -np.inf)
    pairs = np.stack([camera.low[finite], camera.high[finite]], axis=-1)
    low, high = np.array([usual_ends(pairs[:, axis]) for axis in (0, 1)]).T
    return low, high


def _ends_a_layer(steps: Sequence[Step], mark: int) -> bool:
    """Whether the layer of the step that leads to a mark has no other step after it, but for `divide`."""
    following = next((step for step in steps[mark:] if step.kind != "divide"), None)
    return following is None or following.layer != steps[mark - 1].layer


class Stage(View):
    """One stage of a run. `at(epoch)` is its picture; `name` and `sign` tell the step that leads to it.

    `layer` is the layer that it is the result of, if of one; `skips` is True where stages before it are left
    out.
    """

    def __init__(self, stages: Stages, mark: int) -> None:
        super().__init__(stages.morph.evaluation)
        self.mark, self.stages = mark, stages
        steps = stages.morph.at(stages.morph.last_finite).steps
        before = max([0, *(shown for shown in stages.marks if shown < mark)])
        done = [step for step in steps[before:mark] if step.kind != "divide"]
        self.skips = len(done) > 1
        self._step = done[-1] if done else None
        self.layer = done[-1].layer if done and _ends_a_layer(steps, mark) else ""

    @property
    def name(self) -> Message | str:
        """The step that leads here in a word."""
        return Message("input") if self._step is None else self._step.name

    @property
    def sign(self) -> str:
        """The step as a formula writes it; empty for the inputs, dots for several."""
        if self._step is None:
            return ""
        return "…" if self.skips else self._step.sign

    @property
    def follows(self) -> bool:
        """Whether the limits widen as the stage grows."""
        return self.stages.follows(self.mark)

    @property
    def limits(self) -> Limits:
        """The limits at the end of the run."""
        return self.stages.limits(self.mark, float(self.evaluation.recording.epochs[-1]))

    def at(self, epoch: float, aspect: float = 1.0) -> MorphFrame:
        """The picture at an epoch, for axes of this ratio of width to height."""
        journey = self.stages.morph.at(epoch)
        return journey.frame(self.mark, aspect, lambda mark: self.stages.limits(mark, epoch))


def stages(evaluation: Evaluation) -> list[Stage]:
    """The stages of a run, from the inputs to the output. Raises ViewError as `Morph` does."""
    every = Stages(Morph(evaluation, MESH))
    return [Stage(every, mark) for mark in every.marks]
