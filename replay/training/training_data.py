"""Training data in memory: inputs, targets and sample weights as arrays, structured as Keras takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import tree

from replay.errors import DataError
from replay.scenario.found_names import coded
from replay.storage.arrays import as_array
from replay.storage.samples import check_numbers
from replay.types import Array

OBJECTS, WORDS = "OMm", "US"  # kinds of NumPy's types; dates are objects


class TrainingData(NamedTuple):
    """Samples to train or validate on, each part an array (n_samples, …), a structure of arrays, or None."""

    x: Any
    y: Any = None
    sample_weight: Any = None

    @classmethod
    def of(cls, x: Any, y: Any = None, sample_weight: Any = None) -> TrainingData:
        """Convert data to arrays; raises DataError if they do not belong together."""
        if x is None:
            raise DataError("x is None: give the inputs")
        data = cls(as_arrays(x), as_arrays(coded(y)), as_arrays(sample_weight))
        _check_lengths(data)
        _check_kinds(data)
        return data._replace(sample_weight=_weights_by_output(data))

    @property
    def n_samples(self) -> int:
        """The number of samples."""
        return len(_arrays(self)[0])

    @property
    def packed(self) -> Any:
        """As Keras's steps take a batch: the inputs, with targets and weights if there are any."""
        return keras.utils.pack_x_y_sample_weight(*self)

    @property
    def weights(self) -> tuple[Array, ...]:
        """The arrays of sample weights: none, one, or one for each output."""
        return tuple(_arrays([self.sample_weight]))

    def split(self, fraction: float) -> tuple[TrainingData, TrainingData]:
        """Take the last `fraction` of the samples away, as `fit` does for validation: the rest, and those."""
        if not 0 < fraction < 1:
            raise DataError(f"validation_split must be between 0 and 1, not {fraction:g}")
        n_first = math.floor(self.n_samples * (1 - fraction))
        if n_first in (0, self.n_samples):
            kind = "training" if n_first == 0 else "validation"
            raise DataError(
                f"validation_split={fraction:g} of {self.n_samples} samples leaves none for {kind}"
            )
        return self._sliced(slice(n_first)), self._sliced(slice(n_first, None))

    def weighted(self, class_weight: Mapping[int, float] | None) -> TrainingData:
        """Weigh each sample by its class; a class without weight counts 1. None: leave the weights alone."""
        if class_weight is None:
            return self
        if not (isinstance(class_weight, Mapping) and all(isinstance(key, Number) for key in class_weight)):
            raise DataError(
                "class_weight must give the weight of each class by its number, as in {0: 1, 1: 5}"
            )
        if self.sample_weight is not None:
            raise DataError(
                "class_weight and sample_weight exclude each other: multiply both into sample_weight"
            )
        weight_of = np.vectorize(lambda label: class_weight.get(int(label), 1), [keras.config.floatx()])
        return self._replace(sample_weight=weight_of(_labels(self.y)))

    def _sliced(self, samples: slice) -> TrainingData:
        return TrainingData(*(map_arrays(lambda array: array[samples], part) for part in self))


def streamed(data: Any) -> str | None:
    """The class of what NumPy cannot hold, such as a Dataset or a generator; or None."""
    if isinstance(data, dict):
        data = tuple(data.values())
    if _is_structure(data):
        return next(filter(None, map(streamed, data)), None)
    held = data is None or isinstance(data, Sequence | Number)
    held = held or hasattr(data, "__array__") or hasattr(data, "toarray")  # or SciPy's sparse matrices
    return None if held else type(data).__name__.lstrip("_")


def as_arrays(data: Any) -> Any:
    """Data as arrays for Keras: floats in its default precision, the structure unchanged."""
    if data is None:
        return None
    if isinstance(data, dict):
        return {name: as_arrays(part) for name, part in data.items()}
    if _is_structure(data):
        return type(data)(as_arrays(part) for part in data)
    array = as_array("the data", data)
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array


def map_arrays(function: Any, data: Any) -> Any:
    """The structure with `function` of each of its arrays; None stays None."""
    return tree.map_structure(function, data, none_is_leaf=False)


def _is_structure(data: Any) -> bool:
    """Whether it holds several inputs or outputs. A list of anything but arrays is itself an array."""
    if isinstance(data, list):
        return any(len(getattr(part, "shape", ())) > 0 for part in data)
    return isinstance(data, tuple)


def _arrays(data: Any) -> list[Array]:
    return [array for array in tree.flatten(tuple(data)) if array is not None]


def _check_lengths(data: TrainingData) -> None:
    arrays = _arrays(data)
    lengths = {len(array) if array.ndim else 1 for array in arrays}
    if len(lengths) != 1 or 0 in lengths:
        raise DataError(f"inputs and targets must have the same length, above 0, not {sorted(lengths)}")


def _check_kinds(data: TrainingData) -> None:
    """Raise DataError for what is no number. Words may be inputs: some layers look them up."""
    for name, part, refused in (
        ("inputs", data.x, OBJECTS),
        ("targets", data.y, OBJECTS + WORDS),
        ("sample weights", data.sample_weight, OBJECTS + WORDS),
    ):
        for array in _arrays([part]):
            if array.dtype.kind in refused:
                check_numbers(name, array)


def _labels(y: Any) -> Array:
    """The class of each sample (n_samples,), also of one-hot rows."""
    if y is None or tree.is_nested(y):
        raise DataError("class_weight needs the targets of one output: use sample_weight instead")
    labels = y
    if labels.ndim > 1:
        labels = labels.squeeze(-1) if labels.shape[-1] == 1 else labels.argmax(-1)
    if labels.ndim > 1:
        raise DataError("class_weight needs one class for each sample: use sample_weight instead")
    return np.round(labels)


def _weights_by_output(data: TrainingData) -> Any:
    """The sample weights for each output: those given, or the same for all."""
    weights = data.sample_weight
    if weights is None or not tree.is_nested(data.y):
        return weights
    if not tree.is_nested(weights):
        return tree.map_structure(lambda _: weights, data.y)
    try:
        tree.assert_same_structure(data.y, weights)
    except ValueError as error:
        raise DataError(
            "sample_weight must be one array, or one for each output, like the targets"
        ) from error
    return weights
