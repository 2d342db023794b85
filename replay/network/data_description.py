"""What a run's data were taken for: target, names of the classes, inputs, what was left out, scaling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from replay.network.untrusted_json import Fields

MAX_NAMES = 10_000
MAX_NAME = 200  # characters
SHOWN = 10  # names of a list that a line tells


@dataclass(frozen=True)
class DataDescription:
    """The names of a run's data, where they are known.

    Args:
        target: The name of the target; several, with a comma between.
        classes: The name of each class, by its number. Empty for a regression.
        inputs: The name of each input, or of the array that holds them.
        left_out: The names of the columns that are neither.
        scale: How the inputs are scaled, None if they are not.

    >>> from replay.network.data_description import DataDescription
    >>> print(DataDescription("species", ("setosa", "virginica"), ("petal_length",), ("Id",)))
    target: species (2 classes: setosa, virginica); inputs: petal_length; left out: Id
    """

    target: str = ""
    classes: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    scale: str | None = None

    def __post_init__(self) -> None:
        """Keep the names within the limits of the file format."""
        object.__setattr__(self, "target", _short(self.target))
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
            **names,
        )


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
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def _listed(names: Sequence[str]) -> str:
    """The names with commas between them, of many the first."""
    return ", ".join(names if len(names) <= SHOWN else [*names[: SHOWN - 1], "…"])


def _many(names: Sequence[str]) -> str:
    return f" ({len(names)} in all)" if len(names) > SHOWN else ""
