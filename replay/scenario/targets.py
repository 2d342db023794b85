"""Targets as class numbers or as numbers to predict: which they are, and the names of the classes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from replay.choices import CLASSES, REGRESSION
from replay.errors import DataError, shown
from replay.network.data_description import MAX_NAME, visible
from replay.scenario.scaling import as_float32
from replay.storage.stratified import MAX_CLASSES
from replay.types import Array

MAX_EXACT = 2**53  # whole numbers that float64 holds one by one
MAX_GAPPED = 20  # classes whose numbers do not count up from 0 or 1


class Coding(NamedTuple):
    """A function from targets to those that a network learns, and the classes' names, empty for numbers."""

    coded: Callable[[Array], Array]
    classes: tuple[str, ...]


def coding_of(
    targets: Array, task: str | None = None, as_classes: bool = True, names: Sequence[str] = ()
) -> Coding:
    """How to code targets, learnt from those of the training.

    Words are classes, in alphabetical order. So are one-hot rows and numbers that look like classes, if
    `task` is "classes" or if it is None and `as_classes` holds; all other numbers stay. `names` are those of
    the columns of one-hot rows.

    Raises DataError if targets cannot be what they shall be, or are all of one class.
    """
    if task is not None:
        as_classes = task == CLASSES
    flat = _flat(targets)
    if flat.ndim > 1:
        return _coding_of_rows(flat, task, as_classes, names)
    if flat.dtype.kind == "U":
        return _coding_of_labels(np.unique(flat), len(flat), task)
    if as_classes and (task == CLASSES or look_like_classes(flat)):
        return _coding_of_labels(np.unique(flat), len(flat), task)
    if not np.ptp(flat) and len(flat) > 1:
        raise DataError(f"every target is {flat[0]:g}: there is nothing to learn")
    return Coding(_as_numbers, ())


def look_like_classes(numbers: Array) -> bool:
    """Whether numbers (n,) are few whole ones that come again: those of classes.

    They may be many if they count up from 0 or 1, as the numbers of classes do.
    """
    known = np.unique(numbers)
    if not _are_whole(known):
        return False
    counts = known[0] in (0, 1) and known[-1] - known[0] == len(known) - 1
    most, rows_each = (MAX_CLASSES, 2) if counts else (MAX_GAPPED, 5)
    return len(known) <= min(most, max(2, len(numbers) // rows_each))


def is_one_hot(targets: Array) -> bool:
    """Whether targets are rows with one 1 among 0s."""
    return bool(targets.ndim == 2 and np.isin(targets, (0, 1)).all() and (targets.sum(axis=1) == 1).all())


def _coding_of_rows(targets: Array, task: str | None, as_classes: bool, names: Sequence[str]) -> Coding:
    one_hot = is_one_hot(targets)
    if not one_hot and task == CLASSES:
        raise DataError("the targets are no one-hot rows, one 1 among 0s: use --task regression")
    if not (one_hot and as_classes):
        return Coding(_as_numbers, ())
    if targets.shape[1] > MAX_CLASSES:
        raise DataError(f"the one-hot rows have {targets.shape[1]:,} classes, more than {MAX_CLASSES:,}")
    known = tuple(names) or tuple(str(n) for n in range(targets.shape[1]))
    return Coding(lambda rows: rows.argmax(axis=1), known)


def _coding_of_labels(known: Array, n: int, task: str | None) -> Coding:
    words = known.dtype.kind == "U"
    if words and task == REGRESSION:
        raise DataError(f"the targets are words, such as {shown(str(known[0]))}: a regression needs numbers")
    if len(known) < 2:
        raise DataError(f"every target is {_told(known[0])}: there must be two classes or more")
    if len(known) > min(MAX_CLASSES, max(2, n // 2)):
        raise DataError(
            f"the target has {len(known)} different values in {n} rows, too many for classes, such as "
            f"{_told(known[0])}: choose another with --target"
            + ("" if words else ", or use --task regression")
        )
    return Coding(lambda targets: _places(_flat(targets), known), tuple(map(_name, known)))


def _name(label: object) -> str:
    """A label as people write it; two labels never have the same name."""
    if isinstance(label, str):
        return str(label)
    return str(label).removesuffix(".0")


def _told(label: object) -> str:
    """A label as a message tells it: on one line, and of a long one the beginning."""
    return shown(visible(_name(label)))[1:-1]


def look_alike(classes: Sequence[str]) -> str | None:
    """A note on two names of classes that nobody can tell apart, as they differ in what cannot be seen."""
    known: dict[str, str] = {}
    for name in classes:
        other = known.setdefault(_seen(name), name)
        if other is not name:
            return (
                f"the classes {shown(other)} and {shown(name)} look alike: correct the file if they are one"
            )
    return None


def _seen(name: str) -> str:
    """What people see of a name."""
    letters = unicodedata.normalize("NFKC", name)
    return " ".join("".join(c for c in letters if c.isprintable() or c.isspace()).split())[:MAX_NAME]


def _places(labels: Array, known: Array) -> Array:
    """The position of each label among the known ones, in increasing order."""
    unknown = labels[~np.isin(labels, known)]
    if len(unknown):
        raise DataError(f"the label {_told(unknown[0])} of the test data is not in the training data")
    return np.searchsorted(known, labels)


def _as_numbers(targets: Array) -> Array:
    """Whole numbers that float64 holds as int64, others as float32. Raises DataError for too large ones."""
    flat = _flat(targets)
    as_they_are = _are_whole(flat) and max(-float(flat.min()), float(flat.max())) <= MAX_EXACT
    return flat.astype(np.int64) if as_they_are else as_float32(flat, "targets")


def _flat(targets: Array) -> Array:
    """Single columns as (n_samples,), false and true as 0 and 1."""
    flat = targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets
    return flat.astype(np.int64) if flat.dtype.kind == "b" else flat


def _are_whole(numbers: Array) -> bool:
    if numbers.dtype.kind in "biu":
        return True
    return bool(np.isfinite(numbers).all() and (numbers == np.round(numbers)).all())
