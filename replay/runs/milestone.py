"""A milestone: a moment of a training that is worth telling, in words, and which one to tell when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from replay.language.message import Message, say

# Endings of kinds, by increasing importance. While a milestone of one group lasts, none of the groups before
# it is told. Within a group the latest counts and, of several that begin at once, the most important.
GROUPS = (
    ("twin_units", "unit_line_enters", "saturated_unit", "dead_unit", "steepest_fall"),
    ("separable", "_right"),
    ("plateau",),
    ("solved_for_a_while", "solved", "underfits", "extrapolates", "fits_within_noise"),
    ("overfitting",),
    ("never_answered",),
    ("one_class",),
    ("collapsed",),
    ("diverged",),
    ("weights_restored", "weights_changed"),
)


class Caption(Protocol):
    """What a header tells from `epoch` on, or up to `until`: a milestone, or a step of a layer."""

    @property
    def epoch(self) -> float:
        """When it begins."""
        ...

    @property
    def until(self) -> float | None:
        """When it ends."""
        ...

    @property
    def caption(self) -> str:
        """The words."""
        ...

    @property
    def importance(self) -> tuple[int, int]:
        """Of what can be told at the same time, the largest counts."""
        ...


AnyCaption = TypeVar("AnyCaption", bound=Caption)


@dataclass(frozen=True)
class Milestone:
    """A moment of a training that is worth telling.

    Args:
        epoch: When it happens, or begins.
        kind: What it is, for programs: "solved", "solved_for_a_while", "diverged", "collapsed", "one_class",
            "class_N_never_answered", "classes_never_answered", "overfitting", "extrapolates",
            "underfits", "fits_within_noise", "plateau", "steepest_fall",
            "separable", "negatives_right", "positives_right", "class_N_right", "dead_unit",
            "saturated_unit", "unit_line_enters", "twin_units", "weights_restored" or "weights_changed".
        message: A sentence for readers, which is true from `epoch` on; `text` has it as a string. That of
            "steepest_fall" tells of `epoch` alone.
        until: The last epoch of what lasts for a while, such as a plateau. None for what lasts to the end,
            or happens once.

    >>> from replay import Replay
    >>> for milestone in Replay("run.h5").milestones():
    ...     print(milestone.epoch, milestone.kind, milestone.text, sep=": ")
    60.0: steepest_fall: the loss fell fastest, from 0.5 to 0.333
    """

    epoch: float
    kind: str
    message: Message
    until: float | None = None

    @property
    def text(self) -> str:
        """The sentence, in the language that is spoken now."""
        return str(self.message)

    @property
    def facts(self) -> dict[str, Any]:
        """The milestone as JSON has it."""
        return {"epoch": self.epoch, "kind": self.kind, "text": self.text, "until": self.until}

    @property
    def caption(self) -> str:
        """The text for any epoch at which it is told: since when it holds, or when it happened."""
        when = {"epoch": round(self.epoch, 2), "text": self.text}
        if self.kind == "steepest_fall":
            return say("epoch {epoch:g}: {text}", **when)
        return say("since epoch {epoch:g}: {text}", **when)

    @property
    def importance(self) -> tuple[int, int]:
        """The place of its group, and its place in the group."""
        return next(
            (group, place)
            for group, endings in enumerate(GROUPS)
            for place, ending in enumerate(endings)
            if self.kind.endswith(ending)
        )


def latest(milestones: Sequence[AnyCaption], epoch: float) -> AnyCaption | None:
    """The milestone to show at `epoch`; None before the first.

    While it lasts, the most important counts: the model's weights were changed after the training; diverged;
    a layer is dead; only one class is answered; a class is never answered; overfitting;
    solved, or fitted as far as it gets; a plateau; a class is right, or the classes are separable; and last
    what became of the loss or of units. Of what is equally important, the latest counts.
    """
    begun = [
        milestone
        for milestone in milestones
        if milestone.epoch <= epoch and (milestone.until is None or epoch <= milestone.until)
    ]
    return max(begun, key=_rank, default=None)


def leading(milestones: Sequence[AnyCaption]) -> list[AnyCaption]:
    """Those that `latest` can return, in order: what is told changes only where one begins or ends."""
    begins = [milestone.epoch for milestone in milestones]
    ends = [np.nextafter(each.until, np.inf) for each in milestones if each.until is not None]
    told = {latest(milestones, epoch) for epoch in {*begins, *ends}}
    return [milestone for milestone in milestones if milestone in told]


def _rank(milestone: Caption) -> tuple[int, float, int]:
    group, place = milestone.importance
    return group, milestone.epoch, place
