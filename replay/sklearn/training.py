"""fit: train an estimator of scikit-learn's epoch by epoch, and record each."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from replay.errors import DataError, ScenarioError
from replay.predictions.labels import Classes, taken, with_held_out
from replay.predictions.recorder import Recorder
from replay.recorders.loop import LoopRecorder
from replay.recorders.options import RecordingOptions
from replay.recorders.session import Session, never_ending_a_training
from replay.sklearn.before_training import is_fitted, weights_before
from replay.sklearn.describe import describe, is_network, weights_of
from replay.sklearn.epochs import check_trainable, epochs_of
from replay.sklearn.pipelines import are_layers, as_layers, fitted_to, parts_of, transformed
from replay.sklearn.quality import quality
from replay.types import Array

logger = logging.getLogger(__name__)
WITHOUT = {
    "resume": "scikit-learn cannot give an optimizer's state as data: train again",
    "every_n_batches": "an epoch is one call of scikit-learn's",
}


def fit(
    estimator: Any,
    X: Any,
    y: Any = None,
    path: str | os.PathLike[str] = "run.h5",
    *,
    epochs: int,
    after_epoch: Callable[[int], object] | None = None,
    **options: Any,
) -> Any:
    """Train an estimator epoch by epoch, and record it.

    Args:
        estimator: `MLPClassifier`, `MLPRegressor`, `Perceptron`, `SGDClassifier`, `SGDRegressor` or
            `LogisticRegression`, whose weights are recorded; another one with `partial_fit`, or one derived
            from these, of which the answers are. A pipeline may lead to it: its transformers are fitted once.
        X: The training data, (n_samples, n_inputs), an array or a data frame, or one of scikit-learn's
            bunches, which has the targets, too.
        y: Their targets: class labels, which may be words, or numbers.
        path: The run file to write.
        epochs: How many epochs to train for.
        after_epoch: A function that is called after each epoch with how many have ended, or None.
        **options: As for `replay.Recorder`: `validation_data`, `samples`, `every_n_epochs`, `layers`,
            `dtype`, `compress`, `overwrite`, `on_error`, `class_names`, `feature_names`, `title`,
            `target_name`, `scenario`, `run`, `seed`, `max_bytes`, `live`.

    Returns:
        The estimator, trained as the same calls without Replay would.

    Raises:
        RunFileError: The file exists, or is being recorded.
        DataError: X and y do not fit each other.
        ScenarioError: The estimator cannot be trained epoch by epoch, or the options do not go together.

    What trains is `partial_fit` on all of X, once an epoch; of `LogisticRegression`, a `fit` of one iteration
    that goes on from the last one. What fails in the recorder is one warning, and the training goes on.

    >>> from replay.sklearn import fit
    >>> from sklearn.neural_network import MLPClassifier
    >>> model = fit(MLPClassifier((2,), random_state=1), X, y, "mlp.h5", epochs=3)
    >>> from replay import Replay
    >>> Replay("mlp.h5").epochs
    array([0., 1., 2., 3.])
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int | np.integer) or epochs < 1:
        raise ScenarioError(f"epochs must be a whole number of 1 or more, not {epochs!r}")
    chosen = RecordingOptions.of({"resumable": False, **options}, WITHOUT)
    X, y, found = taken(X, y)
    if y is None:
        raise DataError(f"{path}: y is missing: give the targets of X")
    chosen = replace(chosen, data=found if chosen.data is None else chosen.data.completed(found))
    if isinstance(estimator, type):
        raise ScenarioError(f"fit takes an estimator, not its class: {estimator.__name__}(…)")
    training = _Training.of(Path(path).expanduser(), estimator, X, y, int(epochs), after_epoch)
    if is_network(training.estimator) and are_layers(training.transformers):
        _record_weights(training, chosen)
    else:
        _record_answers(training, {**options, "data": chosen.data})
    return estimator


@dataclass(frozen=True)
class _Training:
    """What is trained, on what: `estimator` behind `transformers`, or as a whole as `model`."""

    path: Path
    model: Any
    transformers: list[Any]
    estimator: Any
    X: Any
    y: Any
    epochs: int
    after_epoch: Callable[[int], object] | None
    classes: Classes | None
    fitted: bool

    @classmethod
    def of(
        cls,
        path: Path,
        model: Any,
        X: Any,
        y: Any,
        epochs: int,
        after_epoch: Callable[[int], object] | None,
    ) -> _Training:
        transformers, estimator = parts_of(model)
        check_trainable(estimator)
        classes = None
        if is_classifier(estimator):
            if np.ndim(y) > 1 and np.shape(y)[1] > 1:
                raise DataError(f"{path}: y has {np.shape(y)[1]} columns: give one class for each sample")
            classes = Classes.of(y)
        fitted = is_fitted(estimator) if is_network(estimator) else _is_fitted(estimator)
        if fitted and classes is not None:
            classes = Classes(np.asarray(estimator.classes_))
        if fitted:
            logger.warning(
                "%s: %s was fitted before: the run begins with it as it is", path, type(estimator).__name__
            )
        return cls(path, model, transformers, estimator, X, y, epochs, after_epoch, classes, fitted)

    @property
    def labels(self) -> Array | None:
        """The labels of the classes, in order; None of a regression."""
        return None if self.classes is None else self.classes.labels

    def inputs(self) -> Any:
        """What the estimator itself takes of X. Fits the transformers, unless they are."""
        if self.fitted:
            return transformed(self.transformers, self.X)
        return fitted_to(self.transformers, self.X, self.y)

    def tell(self, ended: int) -> None:
        """Say to whom it concerns that so many epochs have ended."""
        if self.after_epoch is not None:
            self.after_epoch(ended)

    def numbers(self, y: Any, what: str) -> Array:
        """Targets as the file keeps them."""
        return np.asarray(y) if self.classes is None else self.classes.numbers(y, what)


def _record_weights(training: _Training, options: RecordingOptions) -> None:
    """Train, with the weights of each epoch."""
    recorder = _WeightsRecorder(training, options)
    X = recorder.begin_training()
    with recorder, epochs_of(training.estimator, X, training.y, training.labels) as epoch:
        for number in range(1, training.epochs + 1):
            epoch()
            recorder.epoch_ends()
            training.tell(number)


class _WeightsRecorder(LoopRecorder):
    """Records the weights of an estimator that is a network."""

    def __init__(self, training: _Training, options: RecordingOptions) -> None:
        self._training, self._held_out = training, options.validation_data
        self._numbers = training.numbers(training.y, "y")
        options = with_held_out(options, training.numbers)
        session = Session(training.path, training.X, self._numbers, options)
        if training.classes is not None:
            session.given = training.classes.named(session.given, options)
        super().__init__(session, training.epochs)

    def begin_training(self) -> Any:
        """Create the file, with the weights before training. Returns what the estimator is trained on."""
        training = self._training
        self._X = training.inputs()
        if self._held_out is not None:
            self._held_out = transformed(training.transformers, self._held_out[0]), self._held_out[1]
        begun, weights = weights_before(training.estimator, self._X, training.y, training.labels)
        scalers = as_layers(training.transformers)
        facts = self.session.facts
        self.begin(describe(begun, weights, scalers, len(self._numbers), **facts))
        self.session.first(0, self._recorded(weights))
        return self._X

    @never_ending_a_training
    def epoch_ends(self) -> None:
        """Record the weights that the estimator has now, and its quality."""
        self.end_epoch(self._recorded(weights_of(self._training.estimator)), self._logs())

    def _recorded(self, weights: list[Array]) -> list[Array]:
        """Those of the layers that the file has."""
        kept = [layer.recorded for layer in self.session.description.layers for _ in layer.weights]
        return [each for each, is_kept in zip(weights, kept, strict=True) if is_kept]

    def _logs(self) -> dict[str, float]:
        training, description = self._training, self.session.description
        logs = quality(training.estimator, description, self._X, training.y, self._numbers, own_loss=True)
        if self._held_out is None:
            return logs
        inputs, targets = self._held_out[:2]
        numbers = training.numbers(targets, "validation_data")
        held_out = quality(training.estimator, description, inputs, targets, numbers)
        return {**logs, **{f"val_{name}": value for name, value in held_out.items()}}


def _record_answers(training: _Training, options: Mapping[str, Any]) -> None:
    """Train, with the answers after each epoch."""
    with Recorder(training.path, training.X, training.y, epochs=training.epochs, **options) as recorder:
        X = training.inputs()
        with epochs_of(training.estimator, X, training.y, training.labels) as epoch:
            if training.fitted:
                recorder.snapshot(training.model, epoch=0)
            for number in range(1, training.epochs + 1):
                epoch()
                recorder.snapshot(training.model)
                training.tell(number)


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True
