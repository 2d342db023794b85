"""The fixed axes of a page's histograms: bin edges and highest bars."""

from __future__ import annotations

from typing import Any

import numpy as np

from replay.language.message import in_each_language
from replay.network.description import RunDescription
from replay.player.payload.answers import RunAnswers
from replay.runs.loss_words import loss_words
from replay.runs.task import BINARY, Task
from replay.types import Array
from replay.views.loss_histogram import ceiling, is_logarithmic
from replay.views.probability_histogram import BINS
from replay.views.shared.histogram import Bins, highest_bars


def probability_axes(task: Task, positions: Array, answers: RunAnswers) -> dict[str, Any] | None:
    """Bin edges, and the highest bar of each class and of all samples at any snapshot.

    `answers` are for the samples at `positions`.
    """
    values = answers.probabilities
    if values is None:
        return None
    labels = task.class_labels[positions]
    bins = Bins(np.linspace(0.0, 1.0, BINS + 1))
    of_true_class = np.where(labels == 1, values, 1 - values) if task.kind == BINARY else values
    return {
        "edges": bins.edges,
        "highest": highest_bars(values, bins, labels, task.n_classes).max(axis=0),
        "highest_of_all": int(highest_bars(of_true_class, bins).max()),
    }


def loss_axes(edges: Array, description: RunDescription, answers: RunAnswers) -> dict[str, Any] | None:
    """What the loss is called, the bin edges of the whole run, and the axis's upper limit."""
    if answers.losses is None:
        return None
    return {
        "name": in_each_language(lambda: loss_words(description)),
        "edges": edges,
        "ceiling": ceiling(highest_bars(answers.losses, Bins(edges, is_logarithmic(edges)))[:, 0]),
    }
