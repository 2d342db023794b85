"""The samples of a run that the views show: those that were trained on, and those that were held out."""

from __future__ import annotations

from replay.runs.evaluation import Evaluation

TRAINED, HELD_OUT = "training", "held out"


def sample_sets(evaluation: Evaluation) -> list[tuple[Evaluation, str]]:
    """The evaluation of each set of samples with its name, which is empty where there is one set alone."""
    if evaluation.held_out is None:
        return [(evaluation, "")]
    return [(evaluation.alone, TRAINED), (evaluation.held_out, HELD_OUT)]
