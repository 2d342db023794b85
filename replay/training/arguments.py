"""The arguments of Keras's `fit`, checked, and whether only `fit` can take them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from types import GeneratorType
from typing import Any

import keras
import numpy as np

from replay.errors import DataError
from replay.training.sample_order import Shuffle
from replay.training.training_data import streamed


@dataclass(frozen=True)
class FitArguments:
    """What `fit` takes, under its names. Raises DataError for what cannot be, or not together."""

    x: Any
    y: Any
    batch_size: int | None
    epochs: int
    verbose: int | str
    callbacks: Sequence[Any]
    validation_split: float
    validation_data: Any
    shuffle: Shuffle
    class_weight: Mapping[int, float] | None
    sample_weight: Any
    initial_epoch: int
    steps_per_epoch: int | None
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: int | Collection[int]

    def __post_init__(self) -> None:
        for name in ("batch_size", "validation_batch_size", "validation_freq"):
            value = getattr(self, name)
            if isinstance(value, Number) and not (isinstance(value, int | np.integer) and value >= 1):
                raise DataError(f"{name} must be a whole number, 1 or more, not {value}")
        for name in ("epochs", "initial_epoch"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer):
                raise DataError(f"{name} must be a whole number, not {value!r}")
        if isinstance(self.shuffle, str) and self.shuffle != "batch":
            raise DataError(f"shuffle must be True, False or 'batch', not {self.shuffle!r}")
        if self.brings_batches:
            self._check_batches()

    def _check_batches(self) -> None:
        names = ["y", "sample_weight", *(["class_weight"] if isinstance(self.x, GeneratorType) else [])]
        given = [name for name in names if getattr(self, name) is not None]
        given += ["validation_split"] if self.validation_split else []
        if given:
            kind = streamed(self.x)
            raise DataError(f"x is a {kind}, whose batches have everything: leave out {' and '.join(given)}")

    @property
    def brings_batches(self) -> bool:
        """Whether `x` has batches with their targets: a Dataset, a generator, a PyDataset; not an array."""
        structure = isinstance(self.x, dict | list | tuple)
        return not structure and not hasattr(self.x, "shape") and streamed(self.x) is not None

    @property
    def obstacle(self) -> str | None:
        """Why only `fit` can take them, or None: data that NumPy cannot hold, or numbers of steps."""
        for name in ("x", "y", "sample_weight", "validation_data"):
            kind = streamed(getattr(self, name))
            if kind is not None:
                return f"{name} is a {kind}, and only arrays are compiled"
        steps = ("steps_per_epoch", "validation_steps")
        return next((f"{name} is given" for name in steps if getattr(self, name) is not None), None)

    def fit(self, model: Any) -> Any:
        """Train with `fit`, on the data as they are; return its History."""
        given = dict(vars(self))
        if self.brings_batches and not isinstance(self.x, keras.utils.PyDataset):
            given["shuffle"] = False  # Keras would warn that it cannot
        return model.fit(**given)
