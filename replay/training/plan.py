"""What one call of `train` trains on in memory, and how: data, validation, batches, order, callbacks."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from replay.errors import DataError
from replay.recorders.fingerprint import fingerprint
from replay.training import resuming
from replay.training.arguments import FitArguments
from replay.training.callback_protocols import Resumable
from replay.training.sample_order import Order, sample_order, seed_of
from replay.training.training_data import TrainingData

BATCH_SIZE = 32  # Keras's


class Plan(NamedTuple):
    """A training in memory: `epochs` of `data` in batches, in an `order`, and validations between them."""

    data: TrainingData
    validation: TrainingData | None
    batch_size: int
    validation_batch_size: int
    validation_freq: int | Collection[int]
    epochs: range
    order: Order
    callbacks: Sequence[Any]
    verbose: int | str

    @classmethod
    def of(cls, given: FitArguments, seed: int | None, order: Order | None) -> Plan:
        """Plan what the arguments ask for; raises DataError if the data do not fit together.

        A recorder that resumes a training says where it begins, and with which seed.
        """
        data, validation = _data(given)
        batch_size = given.batch_size or BATCH_SIZE
        recorder = resuming.resumed(given.callbacks)
        initial_epoch = given.initial_epoch if recorder is None else recorder.initial_epoch
        seed = None if order or not given.shuffle else seed_of(seed, recorder)
        _tell(
            given.callbacks,
            batch_size=batch_size,
            shuffling="own" if order else given.shuffle,
            seed=None if seed is None else str(seed),
            weights=None if data.sample_weight is None else fingerprint([data.weights]),
        )
        return cls(
            data,
            validation,
            batch_size,
            given.validation_batch_size or batch_size,
            given.validation_freq,
            range(initial_epoch, given.epochs),
            order or sample_order(data.n_samples, batch_size, given.shuffle, seed),
            given.callbacks,
            given.verbose,
        )

    @property
    def n_batches(self) -> int:
        """The number of batches in an epoch."""
        return math.ceil(self.data.n_samples / self.batch_size)

    def validates_after(self, epoch: int) -> bool:
        """Whether this epoch, counted from 0, ends with a validation."""
        every = self.validation_freq
        return epoch + 1 in every if isinstance(every, Collection) else (epoch + 1) % every == 0


def _data(given: FitArguments) -> tuple[TrainingData, TrainingData | None]:
    """The samples to train on, weighted, and those to validate on."""
    data = TrainingData.of(given.x, given.y, given.sample_weight)
    validation = _validation(given.validation_data, data)
    if validation is None and given.validation_split:
        data, validation = data.split(given.validation_split)
    return data.weighted(given.class_weight), validation


def _validation(given: Any, data: TrainingData) -> TrainingData | None:
    """The data to validate on: a pair, or a triple with sample weights; inputs alone as in training."""
    if given is None:
        return None
    if not isinstance(given, tuple | list) or len(given) not in ((1, 2, 3) if data.y is None else (2, 3)):
        raise DataError("validation_data must be inputs and targets: (x, y), or (x, y, sample_weight)")
    return TrainingData.of(*given)


def _tell(callbacks: Sequence[Any], **facts: Any) -> None:
    """Give recorders the facts that must stay the same when the training is resumed."""
    for callback in callbacks:
        if isinstance(callback, Resumable):
            callback.training_facts = {name: fact for name, fact in facts.items() if fact is not None}
