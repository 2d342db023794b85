"""Fast training: `train` compiles a whole epoch into one TensorFlow program, with XLA where it helps.

For small networks Keras's `fit` spends its time between the steps. `train` runs the same steps (Keras's own
`train_step`, the same batches) in one program for each epoch, and calls callbacks between epochs as `fit`
does. What cannot be compiled is trained with `fit`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import tree

from replay.errors import DataError, first_line
from replay.training.arguments import FitArguments
from replay.training.by_fit import fit_in_order
from replay.training.callback_protocols import Paced
from replay.training.graph_names import any_names
from replay.training.plan import Plan
from replay.training.sample_order import Order, Shuffle

if TYPE_CHECKING:
    from replay.training.epoch_program import EpochProgram, Programs

logger = logging.getLogger(__name__)
BATCH_HOOKS = (
    *("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"),
    *("on_test_batch_begin", "on_test_batch_end"),
)


def train(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: int | str = 0,
    callbacks: Any = (),
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: Shuffle = True,
    class_weight: Mapping[int, float] | None = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: int | Collection[int] = 1,
    seed: int | None = None,
    order: Order | None = None,
    programs: Programs | None = None,
) -> Any:
    """Train a compiled Keras model as `fit` does, with each epoch compiled into one program if possible.

    Args:
        model: The compiled Keras model.
        x: Inputs, an array (n_samples, …) or a structure of arrays; or all that `fit` takes, such as a
            `tf.data.Dataset`, a generator or a `PyDataset` of batches.
        y: Targets, an array (n_samples, …) or a structure of arrays. None where `x` brings them.
        batch_size: Samples a step, 1 or more; 32 by default.
        epochs: The epoch to end with, as `fit` counts them.
        verbose: What to print, as in `fit`: 1 a progress bar, 2 a line for each epoch, 0 nothing, as by
            default. A compiled epoch moves its bar once, at its end.
        callbacks: Keras's callbacks, such as a `Recorder`. A callback with an attribute `every_n_batches` has
            its `on_train_batch_end` called after every n-th batch; the epoch is then compiled in pieces.
        validation_split: Train without this share of the samples, the last ones, and validate on them.
        validation_data: What to validate on: inputs and targets, with or without sample weights, or a Dataset
            and the like. None by default.
        shuffle: Shuffle the samples anew each epoch, with NumPy's generator, as by default; or "batch", those
            of each batch among themselves; or not at all.
        class_weight: The weight in the loss of each class number; of others 1.
        sample_weight: The weight in the loss of each sample, (n_samples,) or as the loss takes it. Several
            outputs share one array, or have one each.
        initial_epoch: The epoch to begin with, from 0 on.
        steps_per_epoch, validation_steps: Batches in an epoch and in a validation, for data without an end.
        validation_batch_size: Samples a step of the validation, by default `batch_size`.
        validation_freq: Validate after every n-th epoch, or after those of a list, counted from 1.
        seed: Starts the shuffling. None draws one.
        order: A function that takes the epoch, from 0 on, and returns the order of the samples, (n_samples,),
            in place of shuffling. None by default.
        programs: What `compiled` made of this very model, data and batch size: a model that is trained again
            and again, from other weights, is then compiled once. None by default.

    Returns:
        Keras's History: `.history` has the mean loss and the metrics of each epoch.

    Raises:
        DataError: The model is not compiled, or arguments do not fit together.

    Callbacks with hooks for batches, eager and distributed models, other backends than TensorFlow, and what
    TensorFlow cannot compile are trained by `fit` on the same batches, with a warning in the log. So are data
    other than arrays, and numbers of steps, in the order of `fit`. With a recorder that resumes a training,
    `train` begins after its last finished epoch, and goes through the samples as it would have without the
    interruption.

    One number differs from `fit`'s: of a model with several outputs, the loss logged for each is the mean
    over the samples, where `fit` takes the mean over the batches, the short last one included.

    >>> from replay import Recorder, train
    >>> history = train(model, X, y, batch_size=16, epochs=2, callbacks=[Recorder("mine.h5", X, y)], seed=0)
    >>> {name: len(values) for name, values in history.history.items()}
    {'accuracy': 2, 'loss': 2}
    """
    if not getattr(model, "compiled", False):
        raise DataError("the model has no loss and optimizer yet: call model.compile(…) first")
    given = FitArguments(
        x=x,
        y=y,
        batch_size=batch_size,
        epochs=epochs,
        verbose=verbose,
        callbacks=tree.flatten(callbacks or ()),
        validation_split=validation_split,
        validation_data=validation_data,
        shuffle=shuffle,
        class_weight=class_weight,
        sample_weight=sample_weight,
        initial_epoch=initial_epoch,
        steps_per_epoch=steps_per_epoch,
        validation_steps=validation_steps,
        validation_batch_size=validation_batch_size,
        validation_freq=list(validation_freq) if isinstance(validation_freq, Collection) else validation_freq,
    )
    if given.obstacle is not None:
        if seed is not None or order is not None:
            raise DataError(f"{given.obstacle}, and fit has its own order: leave out seed and order")
        return _by_fit(given.obstacle, lambda: given.fit(model))
    plan = Plan.of(given, seed, order)
    made = _programs(model, plan, programs)
    if isinstance(made, str):
        return _by_fit(made, lambda: fit_in_order(model, plan))
    return _run(model, plan, made)


def _by_fit(obstacle: str, fit: Callable[[], Any]) -> Any:
    logger.warning("training with Keras's fit, which is slower: %s", obstacle)
    with any_names():
        return fit()


def _programs(model: Any, plan: Plan, given: Programs | None) -> Programs | str:
    """The compiled epochs, or why there are none."""
    obstacle = _obstacle(model, plan.callbacks)
    if obstacle is not None:
        return obstacle
    if given is not None:
        return given
    from replay.training.epoch_program import COMPILE_ERRORS, compiled  # here: it loads TensorFlow

    try:
        return compiled(
            model, plan.data, plan.batch_size, plan.validation, plan.validation_batch_size, _stops(plan)
        )
    except COMPILE_ERRORS as error:
        return f"TensorFlow cannot compile it ({first_line(error)})"


def _run(model: Any, plan: Plan, programs: Programs) -> Any:
    """Run the compiled epochs, and call the callbacks between them as `fit` does; return the History."""
    hooks = keras.callbacks.CallbackList(
        plan.callbacks,
        add_history=True,
        add_progbar=plan.verbose != 0,
        model=model,
        epochs=plan.epochs.stop,
        steps=plan.n_batches,
        batch_size=plan.batch_size,
        verbose=plan.verbose,
    )
    paced = _Paced(plan.callbacks)
    model.stop_training = False
    hooks.on_train_begin()
    logs: dict[str, Any] = {}
    for epoch in plan.epochs:
        hooks.on_epoch_begin(epoch)
        logs = programs.step(plan.order(epoch), paced)
        if programs.test is not None and plan.validates_after(epoch):
            logs |= _validated(programs.test, hooks)
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    if plan.epochs.stop > 0:  # even if a resumed training had no epochs left
        model.optimizer.finalize_variable_values(model.trainable_weights)
    hooks.on_train_end(logs)
    return model.history


def _validated(test: EpochProgram, hooks: Any) -> dict[str, Any]:
    hooks.on_test_begin()
    logs = test(np.arange(test.n_samples))
    hooks.on_test_end(logs)
    return {f"val_{name}": value for name, value in logs.items()}


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


def _stops(plan: Plan) -> list[int]:
    """The numbers of batches within an epoch after which any callback is due."""
    paces = {_pace(callback) for callback in plan.callbacks} - {0}
    return sorted({stop for pace in paces for stop in stops(pace, plan.data.n_samples, plan.batch_size)})


def stops(every_n_batches: int | None, n_samples: int, batch_size: int) -> range:
    """Every n-th number of batches within an epoch, for the `stopping` of `compiled`."""
    n_batches = math.ceil(n_samples / batch_size)
    return range(every_n_batches, n_batches, every_n_batches) if every_n_batches else range(0)


def _obstacle(model: Any, callbacks: Sequence[Any]) -> str | None:
    """Why this training cannot be compiled, or None."""
    if keras.backend.backend() != "tensorflow":
        return f"Keras runs on {keras.backend.backend()}, not on TensorFlow"
    if model._distribute_strategy is not None:
        return f"the model is distributed by a {type(model._distribute_strategy).__name__}"
    if model.run_eagerly:
        return "the model is compiled with run_eagerly"
    for callback in callbacks:
        if any(_overrides(callback, hook) for hook in _unwanted_hooks(callback)):
            return f"{type(callback).__name__} has hooks for every batch"
    return None


def _unwanted_hooks(callback: Any) -> set[str]:
    """The hooks that a compiled epoch cannot call; a progress bar does without them."""
    if isinstance(callback, keras.callbacks.ProgbarLogger):
        return set()
    return set(BATCH_HOOKS) - ({"on_train_batch_end"} if _pace(callback) else set())


def _overrides(callback: Any, hook: str) -> bool:
    method = getattr(callback, hook, None)
    return method is not None and getattr(method, "__func__", method) is not getattr(
        keras.callbacks.Callback, hook
    )
