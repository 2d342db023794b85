"""Fast training: `train` compiles a whole epoch into one TensorFlow program, with XLA where it helps.

For small networks Keras's `fit` spends its time between the steps. `train` runs the same steps (Keras's own
`train_step`, the same batches) in one program for each epoch, and calls callbacks between epochs as `fit`
does. What cannot be compiled is trained with `fit`.
"""

from __future__ import annotations

import logging
import math
import re
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from replay.errors import DataError, RunFileError, first_line
from replay.network.in_keras import describe
from replay.storage.arrays import as_array
from replay.training import resuming
from replay.training.callback_protocols import Paced, Resumable
from replay.types import Array

Logs = dict[str, float]
Order = Callable[[int], Array]

logger = logging.getLogger(__name__)
BATCH_HOOKS = (
    *("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"),
    *("on_test_batch_begin", "on_test_batch_end"),
)
SEED = r"[0-9]{1,100}"
COMPILE_ERRORS = (tf.errors.OpError, TypeError, ValueError, NotImplementedError, AttributeError)


def train(
    model: Any,
    x: Any,
    y: Any,
    *,
    batch_size: int = 32,
    epochs: int = 1,
    callbacks: Sequence[Any] = (),
    validation_data: tuple[Any, Any] | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    initial_epoch: int = 0,
    order: Order | None = None,
    programs: Programs | None = None,
) -> Any:
    """Train a compiled Keras model on data in memory as `fit` does, each epoch compiled into one program.

    Args:
        model: The compiled Keras model.
        x: Inputs, an array (n_samples, …) or a structure of arrays.
        y: Targets, an array (n_samples, …) or a structure of arrays.
        batch_size: Samples a step, 1 or more.
        epochs: The epoch to end with, as `fit` counts them.
        callbacks: Keras's callbacks, such as a `Recorder`. A callback with an attribute `every_n_batches` has
            its `on_train_batch_end` called after every n-th batch; the epoch is then compiled in pieces.
        validation_data: Inputs and targets to validate on after each epoch, or None.
        shuffle: Shuffle the samples anew each epoch, with NumPy's generator. True by default.
        seed: Starts the shuffling. None draws one.
        initial_epoch: The epoch to begin with, from 0 on.
        order: A function that takes the epoch, from 0 on, and returns the order of the samples, (n_samples,),
            in place of shuffling. None by default.
        programs: What `compiled` made of this very model, data and batch size: a model that is trained again
            and again, from other weights, is then compiled once. None by default.

    Returns:
        Keras's History: `.history` has the mean loss and the metrics of each epoch.

    Raises:
        DataError: The model is not compiled, or data or batch size do not fit.

    Callbacks with hooks for batches, eager models, and what TensorFlow cannot compile are trained by `fit` on
    the same batches, with a warning in the log. With a recorder that resumes a training, `train` begins after
    its last finished epoch, and goes through the samples as it would have without the interruption.

    One number differs from `fit`'s: of a model with several outputs, the loss logged for each is the mean
    over the samples, where `fit` takes the mean over the batches, the short last one included.

    >>> from replay import Recorder, train
    >>> history = train(model, X, y, batch_size=16, epochs=2, callbacks=[Recorder("mine.h5", X, y)], seed=0)
    >>> {name: len(values) for name, values in history.history.items()}
    {'accuracy': 2, 'loss': 2}
    """
    if not getattr(model, "compiled", False):
        raise DataError("the model has no loss and optimizer yet: call model.compile(…) first")
    if batch_size < 1:
        raise DataError(f"batch_size must be 1 or more, not {batch_size}")
    callbacks = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else list(callbacks)
    x, y = _as_arrays(x), _as_arrays(y)
    n_samples = _n_samples(x, y)
    recorder = resuming.resumed(callbacks)
    if recorder is not None:
        initial_epoch = recorder.initial_epoch
        seed = _same_seed(seed, recorder)
    facts: dict[str, Any] = {"batch_size": batch_size, "shuffling": "own" if order is not None else shuffle}
    if order is None and shuffle:
        seed = seed if seed is not None else secrets.randbits(128)
        facts["seed"] = str(seed)
    if order is None:
        order = _shuffling(n_samples, seed) if shuffle else lambda epoch: np.arange(n_samples)
    _tell(callbacks, facts)
    validation = None if validation_data is None else tuple(_as_arrays(part) for part in validation_data)
    if validation is not None and len(validation) != 2:
        raise DataError("validation_data must be a pair of inputs and targets")
    obstacle = _obstacle(model, callbacks)
    if obstacle is None and programs is None:
        try:
            programs = compiled(model, x, y, batch_size, validation, _stops(callbacks, n_samples, batch_size))
        except COMPILE_ERRORS as error:
            obstacle = f"TensorFlow cannot compile it ({first_line(error)})"
    if obstacle is not None or programs is None:
        logger.warning("training with Keras's fit, which is slower: %s", obstacle)
        batches = _Batches(x, y, batch_size, order(initial_epoch))
        return model.fit(
            batches,
            epochs=epochs,
            initial_epoch=initial_epoch,
            callbacks=[_Reordering(batches, order), *callbacks],
            validation_data=validation,
            validation_batch_size=batch_size,
            shuffle=False,
            verbose=0,
        )
    hooks = keras.callbacks.CallbackList(
        callbacks,
        add_history=True,
        model=model,
        epochs=epochs,
        steps=math.ceil(n_samples / batch_size),
        batch_size=batch_size,
        verbose=0,
    )
    _run_epochs(model, hooks, range(initial_epoch, epochs), programs, order, _Paced(callbacks))
    return model.history


class Programs(NamedTuple):
    """The compiled epoch of training, and of validation if there is one."""

    step: EpochProgram
    test: EpochProgram | None


def compiled(
    model: Any,
    x: Any,
    y: Any,
    batch_size: int,
    validation: tuple[Any, Any] | None = None,
    stopping: Sequence[int] = (),
) -> Programs:
    """Compile the epochs of `train`; raises one of COMPILE_ERRORS if TensorFlow cannot.

    Creates all variables of model, metrics and optimizer. `stopping` lists the numbers of batches, in
    increasing order, after which an epoch pauses for callbacks.
    """
    x, y = _as_arrays(x), _as_arrays(y)
    _build(model, x, y)
    step = EpochProgram(model, model.train_step, x, y, batch_size, stopping)
    if validation is None:
        return Programs(step, None)
    test_x, test_y = map(_as_arrays, validation)
    return Programs(step, EpochProgram(model, model.test_step, test_x, test_y, batch_size))


class _Paced:
    """Calls the callbacks that are due after every n-th batch."""

    def __init__(self, callbacks: Sequence[Any]) -> None:
        self._callbacks = [callback for callback in callbacks if _pace(callback)]

    def __call__(self, n_batches: int) -> None:
        for callback in self._callbacks:
            if n_batches % _pace(callback) == 0:
                callback.on_train_batch_end(n_batches - 1)


def _pace(callback: Any) -> int:
    """The n of a callback that is called after every n-th batch; 0 for others."""
    return int(callback.every_n_batches or 0) if isinstance(callback, Paced) else 0


def _stops(callbacks: Sequence[Any], n_samples: int, batch_size: int) -> list[int]:
    """The numbers of batches within an epoch after which any callback is due."""
    paces = {_pace(callback) for callback in callbacks} - {0}
    return sorted({stop for pace in paces for stop in stops(pace, n_samples, batch_size)})


def stops(every_n_batches: int | None, n_samples: int, batch_size: int) -> range:
    """Every n-th number of batches within an epoch, for the `stopping` of `compiled`."""
    n_batches = math.ceil(n_samples / batch_size)
    return range(every_n_batches, n_batches, every_n_batches) if every_n_batches else range(0)


def _run_epochs(
    model: Any, hooks: Any, epochs: range, programs: Programs, order: Order, paced: Callable[[int], None]
) -> None:
    step, test = programs
    model.stop_training = False
    hooks.on_train_begin()
    logs: Logs = {}
    for epoch in epochs:
        hooks.on_epoch_begin(epoch)
        logs = step(order(epoch), paced)
        if test is not None:
            hooks.on_test_begin()
            test_logs = test(np.arange(test.n_samples))
            hooks.on_test_end(test_logs)
            logs |= {f"val_{name}": value for name, value in test_logs.items()}
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    if epochs.stop > 0:  # even if a resumed training had no epochs left
        model.optimizer.finalize_variable_values(model.trainable_weights)
    hooks.on_train_end(logs)


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
        x: Any,
        y: Any,
        batch_size: int,
        stops: Sequence[int] = (),
    ) -> None:
        self.n_samples = _n_samples(x, y)
        self._model = model
        self._step = step
        self._batch_size = batch_size
        self._stops = [stop for stop in stops if stop * batch_size < self.n_samples]
        self._data = tree.map_structure(tf.convert_to_tensor, (x, y))
        self._compile(in_xla=_suits_xla(model))

    def _compile(self, in_xla: bool) -> None:
        """Compile each distinct piece: they differ in length, and the first one resets the metrics."""
        self._programs: dict[tuple[int, bool], Any] = {}
        for begins, _, piece in self._pieces(np.arange(self.n_samples)):
            if (len(piece), begins) not in self._programs:
                run = tf.function(partial(self._piece, begins), jit_compile=in_xla, autograph=False)
                indices = tf.TensorSpec((len(piece),), tf.int32)
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

    def __call__(self, order: Array, after: Callable[[int], None] = lambda n_batches: None) -> Logs:
        """Run one epoch over the samples in this order (n_samples,).

        Calls `after` with the number of batches at each stop, but not at the end.
        """
        logs: Any = {}
        for begins, end, piece in self._pieces(order):
            logs = self._run(begins, tf.constant(piece, tf.int32))
            if end in self._stops:
                after(end)
        return _as_floats(logs)

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
            return self._step(tree.map_structure(lambda array: tf.gather(array, indices), data))

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


class _Batches(keras.utils.PyDataset):
    """The batches of `train`, for `fit`; `_Reordering` sets their order for each epoch."""

    def __init__(self, x: Any, y: Any, batch_size: int, order: Array) -> None:
        super().__init__()
        self._data = (x, y)
        self._batch_size = batch_size
        self.order = order

    def __len__(self) -> int:
        return math.ceil(len(self.order) / self._batch_size)

    def __getitem__(self, number: int) -> Any:
        chosen = self.order[number * self._batch_size : (number + 1) * self._batch_size]
        return tree.map_structure(lambda array: array[chosen], self._data)


class _Reordering(keras.callbacks.Callback):
    """Sets the order at the start of each epoch, because `fit` reads a batch before the first one."""

    def __init__(self, batches: _Batches, order: Order) -> None:
        super().__init__()
        self._batches, self._order = batches, order

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches.order = self._order(epoch)


def _obstacle(model: Any, callbacks: Sequence[Any]) -> str | None:
    """Why this training cannot be compiled, or None."""
    if keras.backend.backend() != "tensorflow":
        return f"Keras runs on {keras.backend.backend()}, not on TensorFlow"
    if model.run_eagerly:
        return "the model is compiled with run_eagerly"
    for callback in callbacks:
        hooks = set(BATCH_HOOKS) - ({"on_train_batch_end"} if _pace(callback) else set())
        if any(_overrides(callback, hook) for hook in hooks):
            return f"{type(callback).__name__} has hooks for every batch"
    return None


def _overrides(callback: Any, hook: str) -> bool:
    method = getattr(callback, hook, None)
    return method is not None and getattr(method, "__func__", method) is not getattr(
        keras.callbacks.Callback, hook
    )


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


def _build(model: Any, x: Any, y: Any) -> None:
    """Create all variables (weights, metrics, optimizer) now: a compiled program cannot."""
    describe.build(model, x)
    first_x, first_y = tree.map_structure(lambda array: tf.convert_to_tensor(array[:1]), (x, y))
    predicted = model(first_x, training=False)
    model.compute_loss(x=first_x, y=first_y, y_pred=predicted, training=False)
    model.compute_metrics(first_x, first_y, predicted)
    if not model.optimizer.built:  # a loss-scale optimizer would create its variables twice
        model.optimizer.build(model.trainable_variables)
    model.reset_metrics()


def _as_arrays(data: Any) -> Any:
    """Data as arrays for Keras: floats in its default precision, the structure unchanged."""
    if isinstance(data, dict):
        return {name: _as_arrays(part) for name, part in data.items()}
    if isinstance(data, tuple) or (
        isinstance(data, list) and any(isinstance(part, np.ndarray) for part in data)
    ):
        return type(data)(_as_arrays(part) for part in data)
    array = as_array("the data", data)
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array


def _n_samples(x: Any, y: Any) -> int:
    lengths = {len(array) for array in tree.flatten((x, y))}
    if len(lengths) != 1 or 0 in lengths:
        raise DataError(f"inputs and targets must have the same length, above 0, not {sorted(lengths)}")
    return lengths.pop()


def _same_seed(seed: int | None, recorder: Resumable) -> int | None:
    """The given seed or, if there is none, that of the training to resume."""
    kept = recorder.resumed_facts.get("seed")
    if seed is not None or kept is None:
        return seed
    if not re.fullmatch(SEED, str(kept)):
        raise RunFileError(f"{recorder.path} is damaged: its shuffling seed is not a whole number")
    return int(kept)


def _tell(callbacks: Sequence[Any], facts: dict[str, Any]) -> None:
    """Give recorders the facts that must stay the same when the training is resumed."""
    for callback in callbacks:
        if isinstance(callback, Resumable):
            callback.training_facts = facts


def _shuffling(n_samples: int, seed: int | None) -> Order:
    """A random order for each epoch that depends only on seed and epoch, also for a resumed training."""
    root = np.random.SeedSequence(seed)
    return lambda epoch: np.random.default_rng([*root.generate_state(4), epoch]).permutation(n_samples)


def _as_floats(logs: Any) -> Logs:
    return {name: float(value) for name, value in logs.items()}
