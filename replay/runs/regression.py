"""What a regression predicts: targets and answers in columns, their names, and how close they are."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from replay.errors import ViewError
from replay.language.message import say
from replay.runs.evaluation import Evaluation
from replay.runs.task import REGRESSION
from replay.types import Array

FARTHEST = 10  # ranges of the targets, beyond them, that answers may reach in the end
FITS = 0.9  # R² from which on a network fits its numbers
SAME = 1e-12  # of the largest target: a column that varies less is constant


class Quality(NamedTuple):
    """How close the answers of each snapshot are, (n_snapshots,) each: mean squared and absolute error, R².

    R² is NaN where it is undefined, as for constant targets.
    """

    squared: Array
    absolute: Array
    r2: Array

    @property
    def root(self) -> Array:
        """The root of the mean squared error, in units of the targets."""
        return np.sqrt(self.squared)


def in_columns(values: Array) -> Array:
    """Targets or answers (n, …) as float64 (n, n_columns)."""
    return values.reshape(len(values), -1).astype(np.float64)


def quality(targets: Array, answers: Array) -> Quality:
    """How close `answers` (n_snapshots, n, …) are to `targets` (n, …).

    R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², the mean over columns that vary (Kvålseth 1985, "Cautionary note about
    R²", eq. 1); that of Keras's R2Score, which averages over all columns. All are NaN where there are not as
    many numbers in an answer as in a target.
    """
    y = in_columns(targets)
    if answers[0].size != y.size:
        return Quality(*[np.full(len(answers), np.nan)] * 3)
    with np.errstate(all="ignore"):  # a network that diverged answers with inf and NaN
        errors = answers.reshape(len(answers), *y.shape).astype(np.float64) - y
        squares = errors**2
        of_columns = squares.sum(axis=1)[:, varies(y)] / ((y - y.mean(axis=0)) ** 2).sum(axis=0)[varies(y)]
        r2 = 1 - of_columns.mean(axis=1) if of_columns.size else np.full(len(errors), np.nan)
        return Quality(squares.mean(axis=(1, 2)), np.abs(errors).mean(axis=(1, 2)), r2)


def varies(columns: Array) -> Array:
    """Which columns (n, n_columns) are not constant: (n_columns,) of bool."""
    if not len(columns):
        return np.zeros(columns.shape[1], dtype=bool)
    return np.asarray(np.ptp(columns, axis=0) > SAME * np.abs(columns).max(axis=0))


def qualities(evaluation: Evaluation, positions: list[int] | None = None) -> Quality:
    """How close the answers of a regression are, at the surveyed snapshots or at these positions."""
    targets = evaluation.recording.targets
    places = evaluation.surveyed if positions is None else positions
    parts = [quality(targets, answers.outputs) for _, _, answers in evaluation.blocks(places)]
    return Quality(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def r2_at(evaluation: Evaluation, epoch: float, column: int | None = None) -> float:
    """R² of a regression at `epoch`, of all columns or of one; NaN where it is undefined."""
    targets, answers = in_columns(evaluation.recording.targets), in_columns(evaluation.at(epoch).outputs)
    chosen = slice(None) if column is None else slice(column, column + 1)
    return float(quality(targets[:, chosen], answers[None, :, chosen]).r2[0])


def objection(evaluation: Evaluation) -> str | None:
    """Why a run predicts no numbers that can be compared with its targets; None for a regression."""
    recording = evaluation.recording
    if isinstance(recording.samples[0], dict) or isinstance(recording.samples[1], dict):
        return "the network has several inputs or outputs: show its curves or weights"
    if evaluation.task.kind != REGRESSION:
        return "this run tells classes apart: show the decision-boundary or the confusion-matrix"
    if not evaluation.all_recorded:
        return "not all weights were recorded, so the network cannot answer: record all layers"
    every = [one.recording.targets for one in (evaluation, evaluation.held_out) if one is not None]
    n_missing = sum(int((~np.isfinite(in_columns(targets))).any(axis=1).sum()) for targets in every)
    if n_missing:
        return f"{n_missing} of its targets are NaN or infinite: record the run without these samples"
    if not all(map(len, every)):
        return "the run file has no samples: record some"
    if _n_answers(evaluation) != n_columns(evaluation):
        return (
            f"its network gives {_n_answers(evaluation)} numbers for {n_columns(evaluation)} targets of a "
            "sample, which cannot be compared: show the losses or curves"
        )
    return None


def check(evaluation: Evaluation, what: str) -> None:
    """Raise ViewError where a run predicts no numbers, for the view that shows `what`."""
    found = objection(evaluation)
    if found is not None:
        raise ViewError(f"{evaluation.recording.path}: {what} needs a regression; {found}")


def n_columns(evaluation: Evaluation) -> int:
    """How many numbers are to be predicted for each sample."""
    return math.prod(evaluation.recording.targets.shape[1:])


def _n_answers(evaluation: Evaluation) -> int:
    output = evaluation.recording.description.output
    if output is not None and output.name in evaluation.shapes:
        return math.prod(evaluation.shapes[output.name])
    first = evaluation.recording.epochs[:1]
    return int(evaluation.activations(None, evaluation.inputs[:1], first).size)


def column_names(evaluation: Evaluation) -> list[str]:
    """What the numbers that are predicted are called: by the run's own names where it has them.

    Nothing for a single one without a name.
    """
    n, data = n_columns(evaluation), evaluation.recording.description.data
    given = "" if data is None else data.target
    if n == 1:
        return [given]
    names = [name.strip() for name in given.split(",")]
    if len(names) == n and all(names):
        return names
    return [say("output {number}", number=number + 1) for number in range(n)]


def n_inputs(evaluation: Evaluation) -> int | None:
    """How many numbers a sample has; None where they are no row of numbers, as of an image."""
    shape = evaluation.recording.input_shape
    return None if shape is None or len(shape) > 1 else math.prod(shape)


def value_limits(evaluation: Evaluation, column: int | None = None) -> tuple[float, float]:
    """Ends that hold the targets, those held out too, and most answers for the training samples over the run.

    Of all columns, or of one. Answers reach at most as far beyond the targets as these reach themselves, or
    ten times as far at the end of the run: a network that begins far away, or explodes, would press the data
    to a line.
    """
    chosen = slice(None) if column is None else slice(column, column + 1)
    every = [one for one in (evaluation, evaluation.held_out) if one is not None]
    targets = np.concatenate([in_columns(one.recording.targets)[:, chosen].ravel() for one in every])
    low, high = float(targets.min()), float(targets.max())
    reach = high - low or max(abs(high), 1.0)
    ends = _ends(evaluation, chosen)
    if not len(ends):
        return low, high
    first, last = np.quantile(ends[:, 0], 0.05), np.quantile(ends[:, 1], 0.95)
    usual = max(min(low, float(first)), low - reach), min(max(high, float(last)), high + reach)
    end = np.clip(ends[-1], low - FARTHEST * reach, high + FARTHEST * reach)
    return min(usual[0], float(end[0])), max(usual[1], float(end[1]))


def _ends(evaluation: Evaluation, columns: slice) -> Array:
    """The smallest and the largest answer at each of some snapshots whose answers are finite: (n, 2)."""
    found = []
    for _, _, answers in evaluation.blocks(evaluation.surveyed):
        values = answers.outputs.reshape(*answers.outputs.shape[:2], -1)[..., columns].astype(np.float64)
        values = values.reshape(len(values), -1)
        values = values[np.isfinite(values).all(axis=1)]
        found.append(np.column_stack([values.min(axis=1), values.max(axis=1)]))
    return np.concatenate(found)
