"""Names that data bring with them: columns of a frame, a series and its categories, scikit-learn's bunches.

Frames are told by what they have, so that pandas need not be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from replay.errors import DataError
from replay.network.data_description import DataDescription
from replay.scenario.targets import is_one_hot

HEADING = re.compile(r"^([^\n]+)\n(-{3,}|={3,})\s*$", re.MULTILINE)  # of reStructuredText
NUMBERS = "biuf"  # kinds of NumPy's types


class Named(NamedTuple):
    """Inputs and targets to train on, and what they call themselves."""

    inputs: Any
    targets: Any
    data: DataDescription


def named(inputs: Any, targets: Any) -> Named:
    """What inputs and targets are called, and targets whose categories are class numbers.

    `inputs` may be a bunch that holds both, if `targets` is None. Of targets of a categorical type, whose
    categories are words, the codes are the targets. Raises DataError where one has no category.

    >>> from replay.scenario.found_names import named
    >>> from sklearn.datasets import load_iris
    >>> found = named(load_iris(), None)
    >>> found.data.title, found.data.classes, found.data.inputs[0]
    ('Iris plants dataset', ('setosa', 'versicolor', 'virginica'), 'sepal length (cm)')
    """
    if targets is None and is_bunch(inputs):
        return _of_bunch(inputs)
    classes = _categories(targets)
    if classes:
        return Named(inputs, coded(targets), DataDescription(_name(targets), classes, _columns(inputs)))
    columns = _columns(targets)
    if len(columns) > 1 and is_one_hot(np.asarray(targets)):
        return Named(inputs, targets, DataDescription("", columns, _columns(inputs)))
    target = ", ".join(columns) or _name(targets)
    return Named(inputs, targets, DataDescription(target, inputs=_columns(inputs)))


def coded(targets: Any) -> Any:
    """The codes of targets whose categories are words; others as they are. Raises DataError as `named`."""
    if not _categories(targets):
        return targets
    codes = np.asarray(getattr(targets, "cat", targets).codes).astype(np.int64)
    missing = int((codes < 0).sum())
    if missing:
        raise DataError(f"{missing} of {len(codes)} targets have no category: leave them out")
    return codes


def is_bunch(data: Any) -> bool:
    """Whether this is one of scikit-learn's bunches: a dict with data and target."""
    return isinstance(data, Mapping) and "data" in data and "target" in data


def _of_bunch(bunch: Mapping[str, Any]) -> Named:
    inputs, targets, found = named(bunch["data"], bunch["target"])
    names = tuple(map(str, _listed(bunch.get("target_names"))))
    of_classes = len(names) > 1 and not found.classes and _counts_up_to(targets, len(names))
    return Named(
        inputs,
        targets,
        DataDescription(
            found.target if of_classes or not names or found.classes else ", ".join(names),
            names if of_classes else found.classes,
            found.inputs or tuple(map(str, _listed(bunch.get("feature_names")))),
            title=_heading(bunch),
        ),
    )


def _listed(names: Any) -> list[Any]:
    return [] if names is None else list(names)


def _counts_up_to(targets: Any, n: int) -> bool:
    """Whether targets are class numbers below n."""
    numbers = np.asarray(targets)
    return numbers.ndim == 1 and numbers.dtype.kind in "iu" and bool(((numbers >= 0) & (numbers < n)).all())


def _heading(bunch: Mapping[str, Any]) -> str:
    """The first heading of a bunch's description; empty if it has none."""
    text = bunch.get("DESCR")
    found = HEADING.search(text) if isinstance(text, str) else None
    return found[1].strip() if found else ""


def _columns(data: Any) -> tuple[str, ...]:
    """The names of a frame's columns; none where they are numbered."""
    columns = getattr(data, "columns", None)
    if columns is None or isinstance(data, Mapping):
        return ()
    names = list(columns)
    if all(isinstance(name, int | np.integer) for name in names):
        return ()
    return tuple(" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in names)


def _name(data: Any) -> str:
    """The name of a series; empty if it has none, or a number."""
    name = getattr(data, "name", None)
    return name if isinstance(name, str) else ""


def _categories(targets: Any) -> tuple[str, ...]:
    """The categories of targets of a categorical type, if they are words, in the order of their codes."""
    values = getattr(targets, "cat", targets)  # of a series; a categorical has them itself
    categories = getattr(values, "categories", None)
    if categories is None or not hasattr(values, "codes"):
        return ()
    found = np.asarray(categories)
    return () if found.dtype.kind in NUMBERS else tuple(map(str, found.tolist()))
