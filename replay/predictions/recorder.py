"""Recorder: the answers of any model while it grows, without its weights."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from replay.errors import DataError, ScenarioError
from replay.network.description import RunDescription
from replay.network.losses import CROSS_ENTROPIES, losses
from replay.network.number_losses import NUMBER_LOSSES
from replay.network.recorded_answers import Mesh, answers_layer
from replay.predictions.answering import Answering, predicts_numbers
from replay.predictions.labels import Classes, are_words, taken, with_held_out
from replay.recorders.loop import LoopRecorder
from replay.recorders.options import RecordingOptions
from replay.recorders.session import Session, never_ending_a_training
from replay.runs.regression import in_columns, quality
from replay.types import Array
from replay.views.fitted_curve import line_around
from replay.views.shared.geometry import have_one_scale, of_shape, plane_around

logger = logging.getLogger(__name__)
MESH = 200  # points along each input
ASPECT = 1.2  # width by height of a mesh: about that of a dashboard's plane
BINARY, MULTICLASS = "binary_crossentropy", "sparse_categorical_crossentropy"
WITHOUT = {
    "resume": "answers cannot be resumed from: begin a new file",
    "every_n_batches": "there are no batches: take a snapshot when you like",
    "layers": "a model's answers have no layers",
}


class Recorder(LoopRecorder):
    """Records what a model answers, for anything with `predict_proba` or `predict`, and for functions.

    Args:
        path: The run file to write.
        X: The samples that views will show, (n_samples, …): the training data, or some of them. One of
            scikit-learn's bunches has the targets, too.
        y: Their targets: class labels, which may be words, or numbers. Of clusters, the labels that the
            finished clustering gives.
        mesh: Of one or two inputs, record the answers on a mesh of so many points along each, too: 200 by
            default, None for no mesh. Boundaries and fitted curves are drawn on it.
        loss: Keras's name of the loss that pictures show: by default the cross-entropy of classes, and the
            mean squared error of numbers.
        epochs: How many snapshots there will be, where it is known. After the last one, the run is complete.
        **options: As for `replay.Recorder`: `validation_data`, `samples`, `every_n_epochs`, `dtype`,
            `compress`, `overwrite`, `on_error`, `class_names`, `feature_names`, `title`,
            `target_name`, `scenario`, `run`, `seed`, `max_bytes`, `live`.

    Attributes:
        path: The run file.
        error: Why the recording stopped, None if it did not.

    Raises:
        RunFileError: The file exists, or is being recorded.
        DataError: X and y do not fit each other.
        ScenarioError: An option is unknown, impossible, or does not go together with others.

    What fails in a snapshot is one warning, and the program goes on. The run is complete when the `with`
    block ends, at `close()`, or when the program ends without an error.

    >>> from replay.predictions import Recorder
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> forest = RandomForestClassifier(warm_start=True, random_state=1)
    >>> with Recorder("forest.h5", X, y) as recorder:
    ...     for trees in (1, 2, 3):
    ...         recorder.snapshot(forest.set_params(n_estimators=trees).fit(X, y))
    >>> from replay import Replay
    >>> Replay("forest.h5").epochs
    array([1., 2., 3.])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        X: Any,
        y: Any = None,
        *,
        mesh: int | None = MESH,
        loss: str | None = None,
        epochs: int | None = None,
        **options: Any,
    ) -> None:
        chosen = RecordingOptions.of({"resumable": False, **options}, WITHOUT)
        if mesh is not None and mesh < 2:
            raise ScenarioError(f"mesh must be 2 points or more, or None, not {mesh}")
        if loss is not None and loss not in (*CROSS_ENTROPIES, *NUMBER_LOSSES):
            raise ScenarioError(f"loss must be one of {', '.join((BINARY, *NUMBER_LOSSES))}, not {loss!r}")
        X, y, found = taken(X, y)
        if y is None:
            raise DataError(f"{path}: y is missing: give the targets of X; of clusters, their final labels_")
        self._loss, self._n_mesh = loss, mesh
        self._labels = _labels(y)
        self._frame = _Frame(X)
        described = found if chosen.data is None else chosen.data.completed(found)
        chosen = replace(chosen, data=described)
        self._words = Classes.of(self._labels) if are_words(self._labels) else None
        if self._words is not None:
            if loss in NUMBER_LOSSES:
                raise ScenarioError(f"{path}: the loss {loss!r} needs numbers, but y are words")
            y, chosen = self._words.numbers(self._labels, "y"), with_held_out(chosen, self._numbers_of)
        super().__init__(Session(path, X, y, chosen), epochs)
        self._answering: Answering | None = None
        self._mesh: Mesh | None = None
        self._inputs: list[Any] = []  # of the samples, those held out, the mesh

    def _numbers_of(self, targets: Any, what: str) -> Array:
        assert self._words is not None
        return self._words.numbers(_labels(targets), what)

    @never_ending_a_training
    def snapshot(self, model: Any, epoch: float | None = None, **metrics: float) -> None:
        """Record what the model answers now.

        Args:
            model: What has `predict_proba` or `predict`, or a function: from inputs (n, …) to n answers.
            epoch: Where in the run this is, after the last snapshot. By default the next whole number, from 1
                on.
            **metrics: Numbers for the curves, such as `trees=10`. Loss and accuracy (of numbers R²) of the
                samples are added, and those of samples held out.
        """
        if self.is_late():
            return
        answering = self._prepared(model)
        self._record([answering.of(model, inputs) for inputs in self._inputs], epoch, metrics)

    @never_ending_a_training
    def stages(self, model: Any) -> None:
        """Record every stage of a fitted model that was built in stages: a snapshot each, from 1 on.

        Args:
            model: What has `staged_predict_proba` or `staged_predict`, such as boosting by round.
        """
        if self.is_late():
            return
        answering = self._prepared(model)
        for answers in zip(*(answering.stages(model, inputs) for inputs in self._inputs), strict=True):
            if self.session.last is None or self.session.is_open:  # else enough epochs have ended
                self._record(list(answers), None, {})

    def _record(self, answers: list[Array], epoch: float | None, metrics: dict[str, float]) -> None:
        session = self.session
        if session.last is None:
            self.begin(self._description)
        logs = {**self._quality(answers), **metrics}
        at = float(self.ended + 1 if epoch is None else epoch)
        weights = [self._shaped(each, n) for n, each in enumerate(answers)]
        if session.last is None:
            session.first(at, weights)
            session.writer.snapshot(at, None, logs)
        else:
            session.epoch(at, weights, logs)
        self.ended = int(at)
        if self.ended == self.epochs:
            self.close()

    def _shaped(self, answers: Array, number: int) -> Array:
        """The answers as the description says."""
        shape = self.session.description.layers[0].weights[number].shape
        return answers.reshape(shape).astype(np.float32)

    # The beginning

    def _prepared(self, model: Any) -> Answering:
        """How answers are taken, which the first model says."""
        self.session.starts()
        if self._answering is None:
            numbers = self._predicts_numbers(model)
            self._answering = Answering(None, self._columns) if numbers else self._of_classes()
            self._mesh = self._mesh_around()
            self._inputs = [self._frame.of(each) for each in self._all_inputs()]
        return self._answering

    def _predicts_numbers(self, model: Any) -> bool:
        if self._loss is not None:
            return self._loss in NUMBER_LOSSES
        return predicts_numbers(model, self._labels)

    @property
    def _columns(self) -> int:
        return int(np.prod(self._labels.shape[1:], dtype=int))

    def _of_classes(self) -> Answering:
        """The answers by class, with the samples' targets as class numbers."""
        if self._words is not None:
            return self._named(self._words)
        if self._columns > 1:
            raise DataError(f"{self.path}: y has {self._columns} columns: give one class for each sample")
        classes = Classes.of(self._labels)
        names = ("y", "validation_data")
        coded = [(X, classes.numbers(y, name)) for (X, y), name in zip(self._pairs, names, strict=False)]
        held_out = coded[1] if len(coded) > 1 else None
        self.session.given = replace(self.session.given, samples=coded[0], held_out=held_out)
        return self._named(classes)

    def _named(self, classes: Classes) -> Answering:
        if len(classes) < 2:
            raise DataError(f"{self.path}: y has one class: there are two or more")
        self.session.given = classes.named(self.session.given, self.session.options)
        return Answering(classes)

    @property
    def _pairs(self) -> list[tuple[Array, Array]]:
        """Samples and targets, and those held out, if there are some."""
        given = self.session.given
        pairs = [given.samples, *([] if given.held_out is None else [given.held_out])]
        found = [(X, y) for X, y in pairs if not isinstance(X, dict) and not isinstance(y, dict)]
        if len(found) < len(pairs):
            raise DataError(f"{self.path}: X and y must be one array each")
        return found

    def _mesh_around(self) -> Mesh | None:
        """The mesh around the samples; None where there are more inputs than two, or none is wanted."""
        n, inputs = self._n_mesh, [X for X, _ in self._pairs]
        if n is None or inputs[0].shape[1:] not in ((1,), (2,)):
            return None
        if inputs[0].shape[1:] == (1,):
            return Mesh((line_around(inputs[0], inputs[1] if len(inputs) > 1 else None),), n)
        limits = plane_around(*inputs)
        return Mesh(tuple(of_shape(limits, ASPECT) if have_one_scale(limits) else limits), n)

    def _all_inputs(self) -> Iterator[Array]:
        yield from (X for X, _ in self._pairs)
        if self._mesh is not None:
            own = self._pairs[0][0].dtype
            yield self._mesh.inputs.astype(own if own.kind == "f" else np.float64)

    @property
    def _description(self) -> RunDescription:
        answering = self._answering
        assert answering is not None
        n_samples, n_held_out = [*(len(X) for X, _ in self._pairs), 0][:2]
        layer = answers_layer(answering.units, n_samples, n_held_out, self._mesh)
        return RunDescription(
            (layer,),
            loss={"name": self._loss_name(answering)},
            packages={name: version(name) for name in ("boundary-replay", "numpy", "h5py")},
            **self.session.facts,
        )

    def _loss_name(self, answering: Answering) -> str:
        if answering.classes is None:
            return self._loss or "mean_squared_error"
        return BINARY if len(answering.classes) == 2 else MULTICLASS

    # Curves

    def _quality(self, answers: Sequence[Array]) -> dict[str, float]:
        """Loss, and accuracy or R², of the samples and of those held out."""
        found: dict[str, float] = {}
        for prefix, (_, y), own in zip(("", "val_"), self._pairs, answers, strict=False):
            found |= {prefix + name: value for name, value in self._measured(y, own).items()}
        return found

    def _measured(self, targets: Array, answers: Array) -> dict[str, float]:
        loss = self.session.description.loss
        found = {"loss": float(losses(loss, targets, answers[None], None).mean())}
        if loss is not None and loss["name"] in NUMBER_LOSSES:
            return found | {"r2_score": float(quality(in_columns(targets), answers[None]).r2[0])}
        chosen = answers.argmax(axis=1) if answers.shape[1] > 1 else answers[:, 0] > 0.5
        return found | {"accuracy": float((chosen == targets.reshape(-1)).mean())}


class _Frame:
    """Makes inputs of what a model was given: frames stay frames, because models ask for their columns."""

    def __init__(self, X: Any) -> None:
        self._columns = getattr(X, "columns", None) if hasattr(X, "iloc") else None
        self._type = type(X)

    def of(self, inputs: Array) -> Any:
        """These inputs as X was given."""
        return inputs if self._columns is None else self._type(inputs, columns=self._columns)


def _labels(y: Any) -> Array:
    """Targets as an array; words of pandas' own types as plain ones."""
    labels = np.asarray(y)
    are_text = labels.dtype.kind == "O" and all(isinstance(one, str) for one in labels.flat)
    return labels.astype(str) if are_text else labels
