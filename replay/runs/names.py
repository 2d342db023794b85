"""What pictures and sentences call classes and inputs: by their names, where the run knows them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from replay.language.message import say
from replay.network.data_description import DataDescription
from replay.runs.loss_words import metric_words
from replay.runs.task import BINARY, Task

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")  # a name that needs the word "class" before it


@dataclass(frozen=True)
class Names:
    """The names of a run's classes and inputs.

    `classes` has a name for each class, "" where it is not known; it is empty where none is. `inputs` has one
    for each value of a sample, which says whether it was scaled, or is empty. `binary`: of two classes that
    have no names, one is called negative. A class that is called by another number than its own, such as −1,
    is "class -1".

    >>> from replay.runs.names import Names
    >>> known, unknown = Names(("Adelie", "Gentoo")), Names()
    >>> [known.word(1), known.title(1), unknown.word(1), unknown.title(1), unknown.number(1)]
    ['Gentoo', 'Gentoo', 'class 1', 'Class 1', '1']
    """

    classes: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    binary: bool = False

    @classmethod
    def of(cls, data: DataDescription | None, task: Task, input_shape: tuple[int, ...] | None) -> Names:
        """The names that a description of data gives a run: as far as they are as many as it has values."""
        described = data or DataDescription()
        n_inputs = input_shape[0] if input_shape is not None and len(input_shape) == 1 else 0
        inputs = described.inputs if len(described.inputs) == n_inputs and any(described.inputs) else ()
        if described.scale is not None:  # numbers beside them are in no unit that a name tells
            inputs = tuple(f"{name}, scaled" for name in inputs)
        return cls(_told_apart(_classes(described, task.n_classes)), inputs, task.kind == BINARY)

    @property
    def are_words(self) -> bool:
        """Whether any class is called by a word rather than a number."""
        return any(name and not NUMBER.fullmatch(name) for name in self.classes)

    def number(self, label: int) -> str:
        """What stands where room is short: the name of a class, else its number."""
        return self._name(label) or str(label)

    def word(self, label: int) -> str:
        """What a class is called in a legend or among words: "Adelie", or "class 2"."""
        return self.number(label) if self.is_word(label) else say("class {name}", name=self.number(label))

    def title(self, label: int) -> str:
        """What a class is called as a title: "Adelie", "Class 2" or, of two without names, "Positives"."""
        if self.is_word(label):
            return self.number(label)
        if self.is_negative_or_positive:
            return say("Positives") if label else say("Negatives")
        return say("Class {name}", name=self.number(label))

    def is_word(self, label: int) -> bool:
        """Whether a class is called by a word."""
        name = self._name(label)
        return bool(name) and not NUMBER.fullmatch(name)

    def metric(self, name: str, logged: Collection[str]) -> str:
        """A metric in words. One that was logged for each class, as "f1_score_2", has the class's name."""
        base, _, number = name.rpartition("_")
        # Keras numbers the second metric of a kind from 1 on: "auc", "auc_1".
        if number.isdecimal() and f"{base}_0" in logged and self.is_word(int(number)):
            return say("{metric} of {name}", metric=metric_words(base), name=self.number(int(number)))
        return metric_words(name)

    @property
    def is_negative_or_positive(self) -> bool:
        """Whether there are two classes, and no names for them."""
        return self.binary and not any(self.classes)

    def _name(self, label: int) -> str:
        return self.classes[label] if 0 <= label < len(self.classes) else ""


UNNAMED = Names()


def common_names(names: Sequence[Names]) -> Names:
    """The names of one picture of several runs: those that all of them have."""
    first = names[0]
    classes = first.classes if all(each.classes == first.classes for each in names) else ()
    inputs = first.inputs if all(each.inputs == first.inputs for each in names) else ()
    return Names(classes, inputs, first.binary)


def _classes(described: DataDescription, n_classes: int) -> tuple[str, ...]:
    """The names of the classes; none where they are their numbers."""
    if not n_classes or all(name in ("", str(label)) for label, name in enumerate(described.classes)):
        return ()
    return described.classes


def _told_apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, those that several have with their number behind them."""
    times = Counter(filter(None, names))
    if max(times.values(), default=1) == 1:
        return names
    numbered = (f"{name} ({label})" if times[name] > 1 else name for label, name in enumerate(names))
    return _told_apart(tuple(numbered))  # a name may have been like that before
