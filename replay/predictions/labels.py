"""Classes by their labels, which may be words: class numbers in the order of the labels, and their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from replay.errors import DataError, first_line, shown
from replay.network.data_description import DataDescription
from replay.recorders.given_samples import GivenSamples
from replay.recorders.options import RecordingOptions
from replay.scenario.found_names import is_bunch, named
from replay.types import Array

NUMBERS = "biuf"  # kinds of NumPy's types


def taken(X: Any, y: Any) -> tuple[Any, Any, DataDescription]:
    """Samples and targets, of one of scikit-learn's bunches too, and what they call themselves.

    Targets stay as a model takes them: categories are words.
    """
    found = named(X, y)
    if y is None and is_bunch(X):
        return found.inputs, found.targets, found.data
    data = found.data.with_names(target_name=found.data.target or None)
    return X, y, DataDescription(data.target, inputs=data.inputs)


def with_held_out(options: RecordingOptions, numbers: Callable[[Any, str], Array]) -> RecordingOptions:
    """The options with held-out targets as numbers, from targets and a word for them."""
    given = options.validation_data
    if given is None or len(given) not in (2, 3):  # which is refused where the samples are checked
        return options
    return replace(options, validation_data=(given[0], numbers(given[1], "validation_data")))


def are_words(labels: Array) -> bool:
    """Whether labels are no numbers."""
    return labels.dtype.kind not in NUMBERS or labels.dtype.kind == "b"


@dataclass(frozen=True)
class Classes:
    """The labels of classes: (n_classes,), each once, in order, as scikit-learn's `classes_`."""

    labels: Array

    @classmethod
    def of(cls, targets: Any) -> Classes:
        """Those that occur among the targets. Raises DataError for labels that have no order."""
        try:
            return cls(np.unique(np.asarray(targets)))
        except TypeError as error:
            raise DataError(
                f"y has labels that cannot be put in order ({first_line(error)}): make all of them words, or "
                "numbers"
            ) from error

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def names(self) -> tuple[str, ...] | None:
        """What they are called; None where they are class numbers already."""
        if not are_words(self.labels) and np.array_equal(self.labels, np.arange(len(self))):
            return None
        return tuple(map(str, self.labels.tolist()))

    def numbers(self, targets: Any, what: str) -> Array:
        """The class number of each target: (n,) of int.

        Raises DataError, naming `what` they are, for a label of no class.
        """
        given = np.asarray(targets).reshape(-1)
        numbers = self.find(given)
        if (numbers < 0).any():
            strange = given[int((numbers < 0).argmax())]
            raise DataError(
                f"{what}: {shown(str(strange))} is none of the {len(self)} classes of y: {self._listed}"
            )
        return numbers

    def find(self, labels: Array) -> Array:
        """The class number of each label (n,), −1 for one of no class."""
        if are_words(labels) != are_words(self.labels):
            labels, own = labels.astype(str), self.labels.astype(str)
        else:
            own = self.labels
        order = np.argsort(own, kind="stable")
        places = np.clip(np.searchsorted(own[order], labels), 0, max(0, len(own) - 1))
        numbers = order[places]
        return np.where(own[numbers] == labels, numbers, -1)

    def named(self, given: GivenSamples, options: RecordingOptions) -> GivenSamples:
        """The samples with the classes' names, unless somebody gave others."""
        names = self.names
        if options.class_names is not None or names is None or given.described.classes:
            return given
        return replace(given, described=given.described.with_names(class_names=names))

    @property
    def _listed(self) -> str:
        few = [str(label) for label in self.labels[:5].tolist()]
        return ", ".join([*few, "…"] if len(self) > len(few) else few)
