"""Classes beyond the colours of a style: the worst ones have a colour and a marker, the others are grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from replay.drawing.style import Style
from replay.runs.evaluation import Evaluation
from replay.types import Array

COLOURED = 6  # classes, where there are more than a style has colours for
OTHER = "."  # the marker of the others, which no class has alone


def class_style(style: Style, evaluations: Sequence[Evaluation]) -> Style:
    """The style for the classes of these runs, in which no colour or marker stands for two classes.

    Of more classes than the style tells apart, those have colours that the runs get wrong most often at their
    end; the others are all grey, with a marker of their own.
    """
    first = evaluations[0]
    n_classes = first.task.n_classes
    if n_classes <= min(len(style.classes), len(style.markers)) or not first.all_recorded:
        return style
    chosen = sorted(worst_classes(evaluations)[:COLOURED])
    colours, markers = [style.muted] * n_classes, [OTHER] * n_classes
    for number, label in enumerate(chosen):
        colours[label], markers[label] = style.classes[number], style.markers[number]
    return replace(style, classes=tuple(colours), markers=tuple(markers))


def coloured_classes(style: Style, n_classes: int) -> list[int]:
    """The classes that have a colour of their own."""
    return [label for label in range(n_classes) if style.class_marker(label) != OTHER]


def worst_classes(evaluations: Sequence[Evaluation]) -> list[int]:
    """All classes, those first of which the smallest share is right at the end, over all runs."""
    shares = np.mean([_shares_wrong(evaluation) for evaluation in evaluations], axis=0)
    order: list[int] = np.argsort(-shares, kind="stable").tolist()
    return order


def _shares_wrong(evaluation: Evaluation) -> Array:
    """The share of each class's samples that are wrong at the end: (n_classes,), below 0 without samples."""
    labels, n_classes = evaluation.task.class_labels, evaluation.task.n_classes
    wrong = ~evaluation.at(float(evaluation.recording.epochs[-1])).correct
    totals = np.bincount(labels, minlength=n_classes)
    counts = np.bincount(labels, weights=wrong, minlength=n_classes)
    return np.where(totals == 0, -1.0, counts / np.maximum(totals, 1))
