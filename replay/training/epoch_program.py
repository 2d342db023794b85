"""A whole epoch as one TensorFlow program, with XLA where it helps. Loads TensorFlow."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from replay.errors import first_line
from replay.network.in_keras import describe
from replay.training.graph_names import any_names
from replay.training.training_data import TrainingData, map_arrays
from replay.types import Array

logger = logging.getLogger(__name__)
COMPILE_ERRORS = (tf.errors.OpError, TypeError, ValueError, NotImplementedError, AttributeError)


class Programs(NamedTuple):
    """The compiled epoch of training, and of validation if there is one."""

    step: EpochProgram
    test: EpochProgram | None


def compiled(
    model: Any,
    data: TrainingData,
    batch_size: int,
    validation: TrainingData | None = None,
    validation_batch_size: int | None = None,
    stopping: Sequence[int] = (),
) -> Programs:
    """Compile the epochs of `train`; raises one of COMPILE_ERRORS if TensorFlow cannot.

    Creates all variables of model, metrics and optimizer. The validation has batches of `batch_size` unless
    told otherwise. `stopping` lists the numbers of batches, in increasing order, after which an epoch pauses
    for callbacks.
    """
    _build(model, data)
    step = EpochProgram(model, model.train_step, data, batch_size, stopping)
    if validation is None:
        return Programs(step, None)
    size = validation_batch_size or batch_size
    return Programs(step, EpochProgram(model, model.test_step, validation, size))


class EpochProgram:
    """One compiled pass over the data: `program(order)` runs it and returns the metrics.

    `step` is the model's `train_step` or `test_step`. With `stops`, numbers of batches, the pass is compiled
    in pieces that end there. The data are arguments of the program, because XLA unrolls constants into it:
    MNIST took 300 times as long.
    """

    def __init__(
        self,
        model: Any,
        step: Callable[[Any], Any],
        data: TrainingData,
        batch_size: int,
        stops: Sequence[int] = (),
    ) -> None:
        self.n_samples = data.n_samples
        self._model = model
        self._step = step
        self._batch_size = batch_size
        self._stops = [stop for stop in stops if stop * batch_size < self.n_samples]
        self._data = map_arrays(tf.convert_to_tensor, data.packed)
        self._compile(in_xla=_suits_xla(model))

    def _compile(self, in_xla: bool) -> None:
        """Compile each distinct piece: they differ in length, and the first one resets the metrics."""
        self._programs: dict[tuple[int, bool], Any] = {}
        for begins, _, piece in self._pieces(np.arange(self.n_samples)):
            if (len(piece), begins) not in self._programs:
                run = tf.function(partial(self._piece, begins), jit_compile=in_xla, autograph=False)
                indices = tf.TensorSpec((len(piece),), tf.int32)
                with any_names():
                    self._programs[len(piece), begins] = run.get_concrete_function(indices, self._data)
        self._checked = not in_xla

    def _pieces(self, order: Array) -> list[tuple[bool, int, Array]]:
        """Each piece of an epoch: whether it is the first, the number of batches at its end, its samples."""
        ends = [*self._stops, math.ceil(self.n_samples / self._batch_size)]
        starts = [0, *self._stops]
        return [
            (start == 0, end, order[start * self._batch_size : end * self._batch_size])
            for start, end in zip(starts, ends, strict=True)
        ]

    def __call__(self, order: Array, after: Callable[[int], None] = lambda n_batches: None) -> dict[str, Any]:
        """Run one epoch over the samples in this order (n_samples,).

        Calls `after` with the number of batches at each stop, but not at the end.
        """
        logs: Any = {}
        for begins, end, piece in self._pieces(order):
            logs = self._run(begins, tf.constant(piece, tf.int32))
            if end in self._stops:
                after(end)
        return _numbers(logs)

    def _run(self, begins: bool, indices: Any) -> Any:
        key = (len(indices), begins)
        if not self._checked:
            self._checked = True
            try:
                return self._programs[key](indices, self._data)
            except tf.errors.OpError as error:
                # XLA compiles at the first call; if it fails, no step has run yet.
                logger.warning("training without XLA, which cannot compile this: %s", first_line(error))
                self._compile(in_xla=False)
        return self._programs[key](indices, self._data)

    def _piece(self, begins: bool, order: Any, data: Any) -> Any:
        def run(start: Any, size: int) -> Any:
            indices = tf.slice(order, [start], [size])
            return self._step(map_arrays(lambda array: tf.gather(array, indices), data))

        def next_batch(number: Any) -> Any:
            run(number * self._batch_size, self._batch_size)
            return (number + 1,)

        n_whole, rest = divmod(int(order.shape[0]), self._batch_size)
        if not rest and not _has_keras_steps(self._model):
            # A user's step may log more than the metrics: run the last batch outside the loop for its logs.
            n_whole, rest = n_whole - 1, self._batch_size
        if begins:
            self._model.reset_metrics()
        if n_whole > 0:
            tf.while_loop(lambda number: number < n_whole, next_batch, (tf.constant(0),))
        logs = run(n_whole * self._batch_size, rest) if rest else {}
        metrics = self._model.get_metrics_result()
        return logs if logs and set(logs) != set(metrics) else metrics


def _numbers(logs: Any) -> dict[str, Any]:
    """The logs as Keras hands them on: numbers, the array of a metric that has several, no dicts of dicts."""
    found: dict[str, Any] = {}
    for name, value in logs.items():
        found |= _numbers(value) if isinstance(value, dict) else {name: _number(value.numpy())}
    return found


def _number(value: Any) -> float | Array:
    return value if np.ndim(value) else float(value)


def _has_keras_steps(model: Any) -> bool:
    kind = type(model)
    return kind.train_step is keras.Model.train_step and kind.test_step is keras.Model.test_step


def _suits_xla(model: Any) -> bool:
    """Whether to compile with XLA: not if a layer does not support it, draws random numbers, or convolves.

    XLA draws other random numbers than `fit` without it. On a CPU, XLA ran a small convolutional network at
    a hundredth of the speed of TensorFlow's kernels, but dense networks faster at every size tried, from
    2-2-1 to 784-512-10.
    """
    return all(
        layer.supports_jit
        and "Conv" not in type(layer).__name__
        and getattr(layer, "seed_generator", None) is None
        for layer in model._flatten_layers()
    )


def _build(model: Any, data: TrainingData) -> None:
    """Create all variables (weights, metrics, optimizer) now: a compiled program cannot."""
    describe.build(model, data.x)
    x, y, weights = (map_arrays(lambda array: tf.convert_to_tensor(array[:1]), part) for part in data)
    predicted = model(x, training=False)
    model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=weights, training=False)
    model.compute_metrics(x, y, predicted, sample_weight=weights)
    if not model.optimizer.built:  # a loss-scale optimizer would create its variables twice
        model.optimizer.build(model.trainable_variables)
    model.reset_metrics()
