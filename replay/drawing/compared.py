"""What a comparison shows of each run: planes with common limits, and curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from replay.choices import MAX_RUNS
from replay.drawing.registry.lookup import row_of
from replay.drawing.shown import Shown, shown
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.runs.loss_words import loss_words
from replay.runs.names import common_names
from replay.runs.task import REGRESSION
from replay.views.curves import R2, Curve, curve, how_close, metric_names
from replay.views.decision_boundary import DecisionBoundary
from replay.views.feature_space import two_unit_space
from replay.views.shared.geometry import Limits
from replay.views.view import View

BESIDE = 0.03  # the margin left and right, as a share of the epochs


def check(evaluations: Sequence[Evaluation]) -> None:
    """Raise ViewError for runs that cannot be compared, saying which and why."""
    if not 2 <= len(evaluations) <= MAX_RUNS:
        raise ViewError(f"a comparison takes 2 to {MAX_RUNS} runs, not {len(evaluations)}")
    first = evaluations[0]
    for other in evaluations[1:]:
        for what, one, two in (
            ("inputs of shape", first.recording.inputs.shape[1:], other.recording.inputs.shape[1:]),
            ("the task", first.task.kind, other.task.kind),
            ("a number of classes of", first.task.n_classes, other.task.n_classes),
        ):
            if one != two:
                raise ViewError(
                    f"{other.recording.path} cannot be compared with {first.recording.path}: it has "
                    f"{what} {two}, not {one}"
                )


def spaces(evaluations: Sequence[Evaluation], **options: Any) -> list[Shown | None]:
    """The feature space of each run that has a two-unit layer."""
    return [_shown("feature-space", two_unit_space(evaluation, **options)) for evaluation in evaluations]


def boundaries(evaluations: Sequence[Evaluation], **options: Any) -> list[Shown | None]:
    """The input plane of each run, all with the same limits."""
    first = evaluations[0]
    if first.recording.inputs.shape[1:] != (2,) or first.task.kind == REGRESSION:
        return [None] * len(evaluations)
    views = [DecisionBoundary(evaluation, **options) for evaluation in evaluations]
    sides = zip(*(view.limits for view in views), strict=True)
    common = Limits(*((min(low for low, _ in side), max(high for _, high in side)) for side in sides))
    for view in views:
        view.limits = common
    return [_shown("decision-boundary", view) for view in views]


def fits(evaluations: Sequence[Evaluation]) -> list[Shown | None]:
    """What each regression has learnt, the part that tells most, all with the same limits."""
    row = row_of("fit")
    found = [shown(row.name, one)[0] if row.suits(one) else None for one in evaluations]
    views = [one.content for one in found if one is not None]
    for name in ("limits", "values"):
        _share(views, name)
    return found


def _share(views: Sequence[View], name: str) -> None:
    """Give all views the limits `name` that hold those of each, a pair of ends or several."""
    every = [getattr(view, name, None) for view in views]
    if not every or any(one is None for one in every):
        return
    ends = np.array(every)
    low, high = ends[..., 0].min(axis=0), ends[..., 1].max(axis=0)
    for view in views:
        common = list(zip(low, high, strict=True)) if ends.ndim > 2 else [(low, high)]
        pairs = [(float(first), float(last)) for first, last in common]
        setattr(view, name, Limits(*pairs) if len(pairs) > 1 else pairs[0])


def _shown(name: str, view: View | None) -> Shown | None:
    return None if view is None else Shown(row_of(name), view)


def logged_curves(evaluations: Sequence[Evaluation]) -> list[tuple[str, list[list[Curve]]]]:
    """Loss and metric, each with the curves of every run. The metric is the first one that a run logged.

    Of regressions that logged none it is R², as far as NumPy evaluates them and it is defined.
    """
    recordings = [evaluation.recording for evaluation in evaluations]
    metrics = [name for recording in recordings for name in metric_names(recording)][:1]
    quantities = [
        (
            name,
            [
                [curve(recording, each) for each in (name, f"val_{name}") if each in recording.history]
                for recording in recordings
            ],
        )
        for name in ("loss", *metrics)
    ]
    if not metrics and all(one.at_hand and row_of("fit").suits(one) for one in evaluations):
        close = [how_close(evaluation) for evaluation in evaluations]
        quantities += [(R2, close)] if all(curves[0].name == R2 for curves in close) else []
    return [(name, runs) for name, runs in quantities if any(runs)]


def title_of(name: str, evaluations: Sequence[Evaluation]) -> str:
    """What a logged quantity is called as a title; what a class is called stays as it is written."""
    recordings = [evaluation.recording for evaluation in evaluations]
    logged = {each for recording in recordings for each in recording.history}
    words = common_names([recording.names for recording in recordings]).metric(name, logged)
    return words[:1].upper() + words[1:]


def quantity_of(name: str, evaluations: Sequence[Evaluation]) -> str:
    """What the axis of a curve is called: of the loss, its name where all runs have the same."""
    words = {loss_words(evaluation.recording.description) for evaluation in evaluations}
    return words.pop() if name == "loss" and len(words) == 1 else ""


def logged_epochs(curves: list[tuple[str, list[list[Curve]]]]) -> tuple[float, float]:
    """The first and last epoch at which anything was logged, with a margin for the markers."""
    epochs = np.concatenate([line.epochs for _, runs in curves for of_run in runs for line in of_run])
    first, last = float(epochs.min()), float(epochs.max())
    margin = BESIDE * max(last - first, 1.0)
    return first - margin, last + margin
