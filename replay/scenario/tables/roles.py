"""Which columns of a table are targets, which are inputs, and which are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from replay.errors import DataError, unknown
from replay.scenario.data_options import DataOptions
from replay.scenario.tables.columns import Column
from replay.scenario.tables.grid import TARGET_NAMES


class Roles(NamedTuple):
    """The columns by what they are for; `guessed` if nothing but its place or its words told the target."""

    targets: list[Column]
    inputs: list[Column]
    left_out: list[Column]
    guessed: bool


def roles_of(columns: Sequence[Column], options: DataOptions) -> Roles:
    """Give each column its role. Raises DataError for unknown names, or where nothing is left as inputs."""
    ignored = _named("ignore", options, columns)
    targets = _named("target", options, columns)
    inputs = _named("inputs", options, columns)
    _check_apart(targets, inputs, ignored)
    free = _without(ignored, columns)
    guessed = False
    if not targets:
        target, guessed = _likely_target(_without(inputs, free))
        targets = [target]
    if not inputs:
        others = _without(targets, free)
        inputs = [column for column in others if not column.says_nothing] or others
    if not inputs:
        raise DataError(f"there is no column beside the target {targets[0].name}: name the inputs, too")
    return Roles(targets, inputs, _without([*targets, *inputs], columns), guessed)


def _without(some: Sequence[Column], columns: Sequence[Column]) -> list[Column]:
    left_out = set(some)
    return [column for column in columns if column not in left_out]


def _likely_target(columns: Sequence[Column]) -> tuple[Column, bool]:
    """The column that is most likely the target, and whether its name does not say so."""
    if not columns:
        raise DataError("no column is left for the target: name it with --target NAME")
    by_name = {column.name.casefold(): column for column in reversed(columns)}
    if {"x", "y"} < {column.name.casefold() for column in columns}:  # they are a point's coordinates
        by_name.pop("y", None)
    for name in TARGET_NAMES:
        if name in by_name:
            return by_name[name], False
    some = [column for column in columns if not column.says_nothing] or columns
    of_words = [column for column in some if column.holds_few_words]
    return (of_words[0] if len(of_words) == 1 else some[-1]), True


def _named(option: str, options: DataOptions, columns: Sequence[Column]) -> list[Column]:
    """The columns that an option names, each text a name or several with commas between them."""
    texts: tuple[str, ...] = getattr(options, option)
    names = {column.name: column for column in columns}
    wanted = [
        name for text in texts for name in ([text] if text in names else map(str.strip, text.split(",")))
    ]
    if texts and not any(wanted):
        raise DataError(f"--{option} names no column: give it a name, or leave it out")
    found = [_one(option, name, names, columns) for name in wanted if name]
    return list({column.name: column for column in found}.values())


def _one(option: str, name: str, names: dict[str, Column], columns: Sequence[Column]) -> Column:
    if name in names:
        return names[name]
    alike = [column for column in columns if column.name.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    if name.isdecimal() and 1 <= int(name) <= len(columns):
        return columns[int(name) - 1]
    raise DataError(f"--{option}: {unknown('column', name, names)}")


def _check_apart(targets: Sequence[Column], inputs: Sequence[Column], ignored: Sequence[Column]) -> None:
    for column in targets:
        if column in inputs or column in ignored:
            raise DataError(f"{column.title} is named as the target and as something else: choose one")
    for column in inputs:
        if column in ignored:
            raise DataError(f"{column.title} is both in --inputs and in --ignore: choose one")
