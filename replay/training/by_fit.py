"""Training with Keras's `fit` on the batches of `train`, in its order."""

from __future__ import annotations

import math
from typing import Any

import keras

from replay.training.plan import Plan
from replay.training.sample_order import Order
from replay.training.training_data import TrainingData, map_arrays
from replay.types import Array


def fit_in_order(model: Any, plan: Plan) -> Any:
    """Train with `fit` on the batches that a compiled epoch would have."""
    first = plan.order(plan.epochs.start)
    batches = _Batches(plan.data, plan.batch_size, first)
    return model.fit(
        batches,
        epochs=plan.epochs.stop,
        initial_epoch=plan.epochs.start,
        callbacks=[_Reordering(batches, plan.order), *plan.callbacks],
        validation_data=None if plan.validation is None else tuple(plan.validation),
        validation_batch_size=plan.validation_batch_size,
        validation_freq=plan.validation_freq,
        shuffle=False,
        verbose=plan.verbose,
    )


class _Batches(keras.utils.PyDataset):
    """The batches of `train`; `_Reordering` sets their order for each epoch."""

    def __init__(self, data: TrainingData, batch_size: int, order: Array) -> None:
        super().__init__()
        self._data = data.packed
        self._batch_size = batch_size
        self.order = order

    def __len__(self) -> int:
        return math.ceil(len(self.order) / self._batch_size)

    def __getitem__(self, number: int) -> Any:
        chosen = self.order[number * self._batch_size : (number + 1) * self._batch_size]
        return map_arrays(lambda array: array[chosen], self._data)


class _Reordering(keras.callbacks.Callback):
    """Sets the order at the start of each epoch, because `fit` reads a batch before the first one."""

    def __init__(self, batches: _Batches, order: Order) -> None:
        super().__init__()
        self._batches, self._order = batches, order

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches.order = self._order(epoch)
