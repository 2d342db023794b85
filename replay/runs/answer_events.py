"""What a classifier answers: one class only, never some class, every sample of a class right, or all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.lasting import first_for_good, for_a_while, for_good, is_long, looked_at
from replay.runs.milestone import Milestone
from replay.runs.names import Names
from replay.runs.task import BINARY, REGRESSION, Task
from replay.types import Array

SINGLE_CLASSES = 100  # up to this many classes have their own milestones
SOLVED = Message("every sample is right")
NAMED_CLASSES = 3  # up to this many classes that are never answered are named; more are counted


@dataclass(frozen=True)
class Answered:
    """What was answered at each examined snapshot; all are of bool.

    `right` (n_snapshots, n_told): whether all samples of a class are right, and no class is under half.
    `solved` (n_snapshots,): whether all samples are. `alone` (n_snapshots,): whether all have one answer.
    `missing` (n_snapshots, n_classes): whether no sample is answered with the class; there are no columns if
    there are too many classes.
    """

    epochs: Array
    right: Array
    solved: Array
    alone: Array
    missing: Array


def answer_milestones(evaluation: Evaluation) -> list[Milestone]:
    """When each class (of 100 at most), and all samples, became right; which answers are missing.

    None for a regression, or if the network cannot answer because weights were not recorded.
    """
    task, names = evaluation.task, evaluation.names
    if task.kind == REGRESSION or not evaluation.all_recorded:
        return []
    classes = np.unique(task.class_labels)
    told = classes if len(classes) <= SINGLE_CLASSES else classes[:0]
    answered = _answered(evaluation, told)
    found = _right(task, names, answered, told)
    if len(classes) > 1 and len(answered.epochs) > 1:  # the answers of an untrained network are no news
        found += _missing(names, answered, told)
    return [_of_training(one) for one in found] if evaluation.recording.has_held_out else found


def _of_training(milestone: Milestone) -> Milestone:
    """The same, told of the samples that were trained on, as there are others."""
    return replace(milestone, message=Message("{text} in training", {"text": milestone.message}))


def _answered(evaluation: Evaluation, told: Array) -> Answered:
    task, n_told = evaluation.task, len(told)

    def states(positions: list[int]) -> Array:
        blocks = [
            _states(task, task.probabilities(answers.outputs), told)
            for _, _, answers in evaluation.blocks(positions)
        ]
        return np.concatenate(blocks)

    epochs, held = looked_at(evaluation, states, passing=(n_told, n_told + 1))
    right, (solved, alone), missing = held[:, :n_told], held[:, n_told : n_told + 2].T, held[:, n_told + 2 :]
    return Answered(epochs, right, solved, alone, missing)


def _states(task: Task, probabilities: Array, told: Array) -> Array:
    """The columns of `right`, `solved`, `alone` and `missing`, side by side. Without numbers, none holds."""
    predicted, finite = task.predicted(probabilities), task.finite(probabilities)
    correct = (predicted == task.class_labels) & finite
    solved = np.all(correct, axis=1)
    sound = np.all(finite, axis=1)
    alone = (predicted == predicted[:, :1]).all(axis=1) & sound
    columns = [solved[:, None], alone[:, None]]
    n_classes = max(task.n_classes, 2 if task.kind == BINARY else probabilities.shape[-1])
    if len(told) and n_classes <= SINGLE_CLASSES:
        rows = np.arange(len(predicted))[:, None] * n_classes
        n_right = _counts((predicted + rows)[correct], predicted, n_classes)[:, told]
        n_samples = np.unique(task.class_labels, return_counts=True)[1]
        all_half = (2 * n_right >= n_samples).all(axis=1, keepdims=True)
        missing = (_counts(predicted + rows, predicted, n_classes) == 0) & sound[:, None]
        columns = [(n_right == n_samples) & all_half, *columns, missing]
    elif len(told):
        by_class = [correct[:, task.class_labels == label] for label in told]
        all_half = np.all([2 * each.sum(axis=1) >= each.shape[1] for each in by_class], axis=0)
        columns = [np.stack([each.all(axis=1) & all_half for each in by_class], axis=1), *columns]
    return np.concatenate(columns, axis=1)


def _counts(numbers: Array, predicted: Array, n_classes: int) -> Array:
    """How often each class occurs at each snapshot: (n_snapshots, n_classes)."""
    return np.bincount(numbers.ravel(), minlength=len(predicted) * n_classes).reshape(-1, n_classes)


def _right(task: Task, names: Names, answered: Answered, told: Array) -> list[Milestone]:
    events = [(_right_kind(task.kind, int(label)), _right_words(names, int(label))) for label in told]
    states = [*answered.right.T, answered.solved]
    found = [
        Milestone(epoch, kind, text)
        for (kind, text), holds in zip([*events, ("solved", SOLVED)], states, strict=True)
        if (epoch := for_good(holds, answered.epochs)) is not None
    ]
    while_solved = for_a_while(answered.solved, answered.epochs)
    if while_solved is not None:
        since, until = answered.epochs[list(while_solved)].tolist()
        found.append(Milestone(since, "solved_for_a_while", SOLVED, until))
    return found


def _right_kind(kind: str, label: int) -> str:
    if kind == BINARY:
        return "positives_right" if label else "negatives_right"
    return f"class_{label}_right"


def _right_words(names: Names, label: int) -> Message:
    if names.is_word(label):
        return Message("every “{name}” is right", {"name": names.number(label)})
    if names.is_negative_or_positive:
        return Message("every positive is right") if label else Message("every negative is right")
    return Message("every sample of class {name} is right", {"name": names.number(label)})


def _missing(names: Names, answered: Answered, told: Array) -> list[Milestone]:
    """One class alone is answered, up to the end or for a while; some never are."""
    alone, epochs = answered.alone, answered.epochs
    last = first_for_good(alone)
    found = []
    if last < len(epochs):
        text = _alone_words(names, answered.missing[last:])
        found.append(Milestone(float(epochs[last]), "one_class", text))
    while_alone = for_a_while(alone, epochs)
    if while_alone is not None:
        first, until = while_alone
        text = _alone_words(names, answered.missing[first : until + 1])
        found.append(Milestone(float(epochs[first]), "one_class", text, float(epochs[until])))
    return found + _never(names, answered, told, last)


def _alone_words(names: Names, missing: Array) -> Message:
    """The sentence for these snapshots, in each of which all samples have one answer."""
    given = np.flatnonzero(~missing.all(axis=0))
    if len(given) != 1:
        return Message("every sample gets the same answer")
    if names.is_negative_or_positive:
        if given[0]:
            return Message("every sample is answered “positive”")
        return Message("every sample is answered “negative”")
    name = {"name": names.number(int(given[0]))}
    if names.is_word(int(given[0])):
        return Message("every sample is answered “{name}”", name)
    return Message("every sample is answered “class {name}”", name)


def _never(names: Names, answered: Answered, told: Array, alone_since: int) -> list[Milestone]:
    """Classes with samples that are not answered in the end, for a tenth of the epochs at least.

    Two classes need no words of their own: the other one alone is answered.
    """
    if len(told) < 3 or not answered.missing.size:
        return []
    epochs = answered.epochs
    since = {int(label): first_for_good(answered.missing[:, label]) for label in told}
    never = {
        label: first
        for label, first in since.items()
        if first < min(alone_since, len(epochs)) and is_long(epochs, first, len(epochs) - 1)
    }
    if len(never) > NAMED_CLASSES:
        values = {"number": len(never), "all": len(told)}
        text = Message("{number} of {all} classes are never answered", values)
        return [Milestone(float(epochs[max(never.values())]), "classes_never_answered", text)]
    return [
        Milestone(float(epochs[first]), f"class_{label}_never_answered", _never_words(names, label))
        for label, first in never.items()
    ]


def _never_words(names: Names, label: int) -> Message:
    name = {"name": names.number(label)}
    if names.is_word(label):
        return Message("“{name}” is never answered", name)
    return Message("class {name} is never answered", name)
