"""What a run's data were taken for: title, target, classes, inputs, what was left out, scaling."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from replay.errors import DataError, shown
from replay.network.untrusted_json import Fields

MAX_NAMES = 10_000
MAX_NAME = 200  # characters
SHOWN = 10  # names of a list that a line tells
# Arguments that name data, and the options of the command line for the same.
OPTIONS = {
    "class_names": "--class-names",
    "feature_names": "--feature-names",
    "title": "--title",
    "target_name": "--target-name",
}


@dataclass(frozen=True)
class DataDescription:
    """What a run's data are called, where it is known: for `RunDescription`, `Recorder` and `Scenario`.

    Args:
        target: The name of the target; several, with a comma between.
        classes: The name of each class, by its number. Empty for a regression.
        inputs: The name of each input, or of the array that holds them.
        left_out: The names of the columns that are neither.
        scale: How the inputs are scaled, None if they are not.
        title: What the data are called, in the titles of pictures.

    All are kept as attributes. Names are on one line, with escapes for what cannot be seen, and have 200
    letters at most: longer ones lose their middle.

    >>> from replay import DataDescription
    >>> print(DataDescription("species", ("setosa", "virginica"), ("petal_length",), ("Id",)))
    target: species (2 classes: setosa, virginica); inputs: petal_length; left out: Id
    """

    target: str = ""
    classes: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    scale: str | None = None
    title: str = ""

    def __post_init__(self) -> None:
        """Keep the names within the limits of the file format."""
        for field in ("target", "title"):
            object.__setattr__(self, field, _short(getattr(self, field)))
        for field in ("classes", "inputs", "left_out"):
            names = getattr(self, field)
            object.__setattr__(self, field, tuple(map(_short, names)) if len(names) <= MAX_NAMES else ())

    def __str__(self) -> str:
        """One line that tells it."""
        return self.told()

    def told(self, n_classes: int = 0) -> str:
        """One line that tells it, of a run with so many classes, whose names it may not have."""
        kind = self._kind or (f" ({n_classes} classes)" if n_classes else " (numbers)")
        parts = [f"target: {self.target}{kind}"] if self.target or self.classes else []
        parts += [f"inputs: {_listed(self.inputs)}{_many(self.inputs)}"] if self.inputs else []
        parts += [f"left out: {_listed(self.left_out)}{_many(self.left_out)}"] if self.left_out else []
        parts += [f"scale: {self.scale}"] if self.scale else []
        return "; ".join(parts)

    def with_names(
        self,
        class_names: Iterable[object] | None = None,
        feature_names: Iterable[object] | None = None,
        title: str | None = None,
        target_name: str | None = None,
    ) -> DataDescription:
        """The same data under these names; those that are None stay as they are.

        Raises DataError, naming the argument, for names that are empty or alike, and for other classes than
        there are names of.

        >>> from replay import DataDescription
        >>> print(DataDescription("y", ("0", "1")).with_names(["benign", "malignant"], target_name="tumour"))
        target: tumour (2 classes: benign, malignant)
        """
        classes = None if class_names is None else checked_names("class_names", class_names)
        inputs = None if feature_names is None else checked_names("feature_names", feature_names)
        if classes is not None and len(classes) == 1:
            raise DataError(f"{_argument('class_names')} has one name: there are two classes or more")
        if classes is not None and self.classes and len(classes) != len(self.classes):
            there = f"{len(self.classes)} classes, {_listed(self.classes)}"
            raise DataError(f"{_argument('class_names')} has {_names(classes)}, but there are {there}")
        given: dict[str, Any] = {
            "classes": classes,
            "inputs": inputs,
            "title": None if title is None else _text("title", title),
            "target": None if target_name is None else _text("target_name", target_name),
        }
        return replace(self, **{field: value for field, value in given.items() if value is not None})

    def completed(self, found: DataDescription) -> DataDescription:
        """The same with what it does not say, but `found` does."""
        own = {name: value for name, value in asdict(self).items() if value}
        return replace(found, **own)

    @property
    def says_nothing(self) -> bool:
        """Whether nothing is known of the data."""
        return self == DataDescription()

    @property
    def _kind(self) -> str:
        return f" ({len(self.classes)} classes: {_listed(self.classes)})" if self.classes else ""

    def to_json(self) -> dict[str, Any]:
        """The description as JSON, as in the file format."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Fields) -> DataDescription:
        """Parse it; raises ValueError, naming the key, if it is malformed."""
        names = {name: fields.texts(name, MAX_NAMES, MAX_NAME) for name in ("classes", "inputs", "left_out")}
        if len(names["classes"]) == 1:
            raise fields.refusal("classes", "the names of two classes or more")
        return cls(
            target=fields.text("target", "", longest=MAX_NAME),
            scale=fields.text("scale", None, longest=MAX_NAME),
            title=fields.text("title", "", longest=MAX_NAME),
            **names,
        )


def checked_names(argument: str, names: Iterable[object]) -> tuple[str, ...]:
    """Names that somebody gave; raises DataError, naming the argument, where they name nothing or one thing.

    What is no text, such as a number, is named as it is written.
    """
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise DataError(f"{_argument(argument)} must be a list of names, not {shown(str(names))}")
    listed = [_short(str(name).strip()) for name in names]
    if not 0 < len(listed) <= MAX_NAMES:
        raise DataError(f"{_argument(argument)} must have 1 to {MAX_NAMES:,} names, not {len(listed):,}")
    first: dict[str, int] = {}
    for place, name in enumerate(listed, start=1):
        if not name:
            raise DataError(f"{_argument(argument)}: name {place} of {len(listed)} is empty: give it one")
        if first.setdefault(name, place) != place:
            raise DataError(
                f"{_argument(argument)}: names {first[name]} and {place} are both {shown(name)}: give each "
                "another"
            )
    return tuple(listed)


def check_numbers_of_names(
    given: DataDescription, n_classes: int, input_shape: tuple[int, ...] | None
) -> None:
    """Raise DataError where not as many names are given as a run has classes, or a sample values.

    `input_shape` is that of a sample, None if there are several inputs. An image may have one name.
    """
    if given.classes and len(given.classes) != n_classes:
        there = f"the run has {n_classes} classes" if n_classes else "the run has no classes"
        raise DataError(f"{_argument('class_names')} has {_names(given.classes)}, but {there}")
    if input_shape is None or (len(given.inputs) == 1 and len(input_shape) > 1):
        return
    n_inputs = math.prod(input_shape)
    if given.inputs and len(given.inputs) != n_inputs:
        raise DataError(
            f"{_argument('feature_names')} has {_names(given.inputs)}, but each sample has {n_inputs} values"
        )


def _argument(name: str) -> str:
    return f"{name} ({OPTIONS[name]})"


def _names(names: Sequence[str]) -> str:
    return f"{len(names):,} name{'' if len(names) == 1 else 's'}"


def _text(argument: str, text: object) -> str:
    if not isinstance(text, str):
        raise DataError(f"{_argument(argument)} must be text, not {shown(repr(text))}")
    return text.strip()


def visible(name: str) -> str:
    """A name on one line: line breaks are blanks, and what cannot be seen is escaped."""
    if name.isprintable():
        return name
    return "".join(map(_seen, " ".join(name.split())))


def _seen(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _short(name: str) -> str:
    """A name on one line, within the limit of the file format."""
    name = visible(name)
    half = MAX_NAME // 2
    return name if len(name) <= MAX_NAME else f"{name[:half]}…{name[half + 1 - MAX_NAME :]}"


def _listed(names: Sequence[str]) -> str:
    """The names with commas between them, of many the first."""
    return ", ".join(names if len(names) <= SHOWN else [*names[: SHOWN - 1], "…"])


def _many(names: Sequence[str]) -> str:
    return f" ({len(names)} in all)" if len(names) > SHOWN else ""
