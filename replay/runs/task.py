"""The task of a network: binary or multiclass classification, or regression; labels and probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from replay.errors import ViewError
from replay.network import activations
from replay.network.description import RunDescription
from replay.types import Array

SEVERAL = (
    "the network has several inputs or outputs, so views of samples cannot show it: show its curves or "
    "weights"
)
NO_CLASSES = (
    "this run counts as a regression, without classes and probabilities: they need targets of 0 and 1 and "
    "a sigmoid, or one class for each sample and a softmax; show fit, predicted, residuals or errors instead"
)
MAX_CLASSES = 100_000  # if the network does not say how many there are
BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"


class ByClass(NamedTuple):
    """Answers by class: probabilities and scores, (…, n, n_classes) each.

    The class with the highest score is answered. Scores are logits where the network has them: they do not
    saturate, as probabilities do, so that they show where exactly two classes tie.
    """

    probabilities: Array
    scores: Array


@dataclass(frozen=True)
class Task:
    """A binary or multiclass classification, or a regression.

    `labels` (n_samples,) holds class numbers, None for a regression. `from_logits`: the outputs are logits,
    not probabilities.
    """

    kind: str
    n_classes: int
    labels: Array | None
    from_logits: bool = False
    without_classes: str = NO_CLASSES  # the error for a task without classes

    @classmethod
    def of(cls, description: RunDescription, targets: Array) -> Task:
        """Infer the task from the loss, the output layer and the targets."""
        loss = description.loss or {}
        output = description.output
        units = output.units if output else None
        activation = output.activation if output else None
        squashes = activation in ("sigmoid", "hard_sigmoid", "softmax", "step", *activations.DECISIONS)
        from_logits = bool(loss.get("from_logits", False)) and not squashes  # as in Keras
        columns = int(np.prod(targets.shape[1:], dtype=int))
        zero_or_one = bool(np.isin(targets, (0, 1)).all())
        name = loss.get("name", "")
        if name == "sparse_categorical_crossentropy" or _are_class_numbers(targets, activation, units):
            if columns > 1:
                return cls(REGRESSION, 0, None)  # labels for pixels or time steps, not for samples
            if not are_class_numbers(targets, units or MAX_CLASSES):
                return cls(REGRESSION, 0, None)  # labels beyond the network's outputs
            labels = targets.reshape(-1).astype(int)
            return cls(MULTICLASS, units or int(labels.max()) + 1, labels, from_logits)
        if columns > 1 and zero_or_one and bool((targets.sum(axis=-1) == 1).all()):
            return cls(MULTICLASS, columns, targets.argmax(axis=-1), from_logits)
        if columns == 1 and zero_or_one and (squashes or name == "binary_crossentropy"):
            return cls(BINARY, 2, targets.reshape(-1).astype(int), from_logits)
        return cls(REGRESSION, 0, None)

    def of_targets(self, targets: Array) -> Task:
        """The same task for other samples, with these targets; raises ViewError where they are none of it."""
        if self.labels is None:
            return self
        if self.kind == MULTICLASS and math.prod(targets.shape[1:]) > 1:
            fits = bool(np.isin(targets, (0, 1)).all() and (targets.sum(axis=-1) == 1).all())
            labels = targets.argmax(axis=-1)
        else:
            fits = are_class_numbers(targets, self.n_classes)
            labels = targets.reshape(-1)
        if not fits:
            raise ViewError(f"their targets are not the classes 0 to {self.n_classes - 1}")
        return replace(self, labels=labels.astype(int))

    @property
    def class_labels(self) -> Array:
        """Labels (n_samples,); raises ViewError for a regression."""
        if self.labels is None:
            raise ViewError(self.without_classes)
        return self.labels

    def probabilities(self, outputs: Array) -> Array:
        """Probabilities from outputs (…, n, units): (…, n) of class 1, or (…, n, n_classes)."""
        if self.kind == BINARY:
            p = outputs[..., 0]
            return activations.sigmoid(p) if self.from_logits else p
        if self.kind == MULTICLASS:
            return activations.softmax(outputs) if self.from_logits else outputs
        raise ViewError(self.without_classes)

    def by_class(self, probabilities: Array) -> Array:
        """Probabilities with the classes on the last axis, for binary tasks too: (…, n, n_classes)."""
        if self.kind == BINARY:
            return np.stack([1 - probabilities, probabilities], axis=-1)
        return probabilities

    def answers(self, outputs: Array, logits: Array | None) -> ByClass:
        """The answers by class, of outputs (…, n, units) and, if there are some, their logits."""
        found = outputs if self.from_logits else logits
        probabilities = self.by_class(self.probabilities(outputs))
        if found is None:
            return ByClass(probabilities, probabilities)
        if self.kind == BINARY:
            return ByClass(probabilities, np.stack([np.zeros_like(found[..., 0]), found[..., 0]], axis=-1))
        return ByClass(probabilities, found)

    def predicted(self, probabilities: Array) -> Array:
        """The class that is answered for each sample: (…, n) of int.

        Of classes that are equally likely it is the first: with two, exactly 0.5 is class 0, as Keras's
        accuracy counts it.
        """
        if self.kind == BINARY:
            return (probabilities > 0.5).astype(int)
        return probabilities.argmax(axis=-1)

    def finite(self, probabilities: Array) -> Array:
        """Whether there are numbers to answer with: (…, n) of bool."""
        finite: Array = np.isfinite(probabilities)
        return finite if self.kind == BINARY else np.all(finite, axis=-1)

    def correct(self, probabilities: Array) -> Array:
        """Which recorded samples are classified correctly: (…, n) of bool; NaN is never correct."""
        return (self.predicted(probabilities) == self.class_labels) & self.finite(probabilities)


def are_class_numbers(targets: Array, units: int | None) -> bool:
    """Whether all targets are whole numbers from 0 to units − 1."""
    inside = (targets >= 0) & (targets < (units or 0))
    return bool((inside & (targets == np.floor(targets))).all())


def _are_class_numbers(targets: Array, activation: str | None, units: int | None) -> bool:
    """Whether targets of a softmax or of decisions are class numbers, whatever the loss's name."""
    one_each = targets.ndim == 1 or targets.shape[1:] == (1,)
    by_class = activation == "softmax" or activation in activations.DECISIONS
    return by_class and (units or 0) > 1 and one_each and are_class_numbers(targets, units)
