"""What a model answers, as numbers: probabilities of classes, hard answers as such, or predicted numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from replay.errors import DataError
from replay.predictions.labels import Classes, are_words
from replay.types import Array

SLACK = 1e-6  # by which a probability may be beyond 0 and 1
STAGED = ("staged_predict_proba", "staged_predict")
METHODS = ("predict_proba", "predict")


@dataclass(frozen=True)
class Answering:
    """How answers become an array: by `classes`, or of `columns` numbers where these are None."""

    classes: Classes | None
    columns: int = 1

    @property
    def units(self) -> int:
        """How many numbers an answer has: of two classes, the probability of the second."""
        if self.classes is None:
            return self.columns
        return 1 if len(self.classes) == 2 else len(self.classes)

    def of(self, model: Any, inputs: Any) -> Array:
        """The model's answers for the inputs: (n, units). Raises DataError where they are none."""
        method = self._method(model, METHODS)
        if method is None and not callable(model):
            raise DataError(f"{type(model).__name__} gives no answers: it needs {' or '.join(METHODS)}")
        found = model(inputs) if method is None else getattr(model, method)(inputs)
        return self._as_array(found, len(inputs), model)

    def stages(self, model: Any, inputs: Any) -> Iterator[Array]:
        """The answers after each stage of a model that was built in stages, such as boosting by round."""
        method = self._method(model, STAGED)
        if method is None:
            raise DataError(
                f"{type(model).__name__} has no stages ({' or '.join(STAGED)}): take a snapshot of each model"
            )
        for found in getattr(model, method)(inputs):
            yield self._as_array(found, len(inputs), model)

    def _method(self, model: Any, methods: tuple[str, str]) -> str | None:
        """The best method that the model has, None without any; of numbers, there are no probabilities."""
        of_classes, plain = methods
        if self.classes is not None and hasattr(model, of_classes):
            return of_classes
        return plain if hasattr(model, plain) else None

    def _as_array(self, found: Any, n: int, model: Any) -> Array:
        if isinstance(found, list) and len(found) and getattr(found[0], "ndim", 0) == 2:
            raise DataError(f"{type(model).__name__} answers for several outputs, which cannot be recorded")
        answers = np.asarray(found)
        if answers.ndim == 0 or len(answers) != n:
            there = "one answer" if answers.ndim == 0 else f"{len(answers)} answers"
            raise DataError(f"{type(model).__name__} gave {there} for {n} samples")
        if self.classes is None:
            return self._numbers(answers, model)
        whole = self._by_class(answers, self.classes, model)
        return whole[:, 1:] if len(self.classes) == 2 else whole

    def _numbers(self, answers: Array, model: Any) -> Array:
        if are_words(answers) and answers.dtype.kind != "b":
            raise DataError(f"{type(model).__name__} answers with words, but y are numbers")
        flat = answers.reshape(len(answers), -1)
        if flat.shape[1] != self.columns:
            raise DataError(
                f"{type(model).__name__} gave {flat.shape[1]} numbers for a sample, but y has {self.columns}"
            )
        return flat.astype(np.float64)

    def _by_class(self, answers: Array, classes: Classes, model: Any) -> Array:
        """Probabilities: (n, n_classes)."""
        flat = answers.reshape(len(answers), -1)
        if flat.shape[1] == 1 and not _is_probability(flat, classes):
            return _one_hot(flat[:, 0], classes, model)
        if flat.shape[1] == 1:
            return np.column_stack([1 - flat, flat]).astype(np.float64)
        _check_probabilities(flat, model)
        whole = np.zeros((len(flat), len(classes)))
        whole[:, _columns(flat.shape[1], classes, model)] = flat
        return whole


def predicts_numbers(model: Any, y: Array) -> bool:
    """Whether a model predicts numbers rather than classes: told by the model, else by the targets."""
    if are_words(y) or hasattr(model, "predict_proba"):
        return False
    kind = _kind_of_estimator(model)
    if kind is not None:
        return kind == "regressor"
    if y.ndim > 1 and y.shape[1:] != (1,):
        return True
    found = np.unique(y)
    return len(found) < 2 or not np.array_equal(found, np.arange(len(found)))


def _kind_of_estimator(model: Any) -> str | None:
    """What scikit-learn calls the model, without loading it; None of others."""
    base = sys.modules.get("sklearn.base")
    if base is not None and isinstance(model, base.BaseEstimator):
        kinds = ("regressor", "classifier", "clusterer")
        return next((kind for kind in kinds if getattr(base, f"is_{kind}")(model)), None)
    kind = getattr(model, "_estimator_type", None)
    return kind if isinstance(kind, str) else None


def _is_probability(column: Array, classes: Classes) -> bool:
    """Whether one number a sample is the probability of the second of two classes, rather than a label."""
    return len(classes) == 2 and column.dtype.kind == "f" and _are_shares(column)


def _are_shares(values: Array) -> bool:
    with np.errstate(invalid="ignore"):
        return not bool(((values < -SLACK) | (values > 1 + SLACK)).any())


def _check_probabilities(values: Array, model: Any) -> None:
    if values.dtype.kind not in "biuf" or not _are_shares(values):
        raise DataError(f"{type(model).__name__} gave no probabilities, which are from 0 to 1")


def _one_hot(labels: Array, classes: Classes, model: Any) -> Array:
    """Hard answers as probabilities."""
    return np.asarray(_numbers_of(labels, classes, model)[:, None] == np.arange(len(classes)), np.float64)


def _columns(n: int, classes: Classes, model: Any) -> Array:
    """The class of each column of probabilities, by the model's own order of classes."""
    own, name = getattr(model, "classes_", None), type(model).__name__
    if own is None:
        if n != len(classes):
            raise DataError(f"{name} gave {n} numbers for a sample, but y has {len(classes)} classes")
        return np.arange(n)
    if len(own) != n:
        raise DataError(f"{name} gave {n} probabilities for a sample, but has {len(own)} classes")
    return _numbers_of(np.asarray(own), classes, model)


def _numbers_of(labels: Array, classes: Classes, model: Any) -> Array:
    """Class numbers of labels, which may be class numbers themselves."""
    numbers = classes.find(labels)
    if (numbers < 0).any() and labels.dtype.kind in "biu":
        fits = (labels >= 0) & (labels < len(classes))
        numbers = labels if fits.all() else numbers
    return classes.numbers(labels, type(model).__name__) if (numbers < 0).any() else numbers.astype(int)
