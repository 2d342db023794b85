"""The concepts that articles on neural networks explain, each with the one command that shows it."""

from __future__ import annotations

import shlex
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from replay.errors import ScenarioError, unknown

FILE = Path(__file__).with_name("concepts.toml")


class Concept(NamedTuple):
    """A concept, and the one command that draws it.

    `name` finds it and is its picture's. `command` is without the program's name; it writes `file`. `look` is
    two sentences: what to look for. `articles` explain it in words.
    """

    name: str
    title: str
    command: str
    file: str
    look: str
    articles: tuple[str, ...]

    @property
    def arguments(self) -> list[str]:
        """The command, as arguments of `replay`."""
        return shlex.split(self.command)

    @property
    def text(self) -> str:
        """All that is said of it."""
        return " ".join((*self[:5], *self.articles))


@cache
def concepts() -> tuple[Concept, ...]:
    """All concepts, in the order in which they build on one another."""
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_concept(name, facts) for name, facts in listed.items())


def _concept(name: str, facts: dict[str, str | list[str]]) -> Concept:
    title, command, file, look = (str(facts[field]) for field in ("title", "command", "file", "look"))
    return Concept(name, title, command, file, " ".join(look.split()), tuple(facts["articles"]))


def found(words: list[str]) -> list[Concept]:
    """The concepts in which each of these words occurs, all without words.

    A concept of exactly this name is found alone. Raises ScenarioError where there is none.
    """
    named = [one for one in concepts() if [one.name] == words]
    if named:
        return named
    wanted = [word.lower() for word in words]
    matching = [one for one in concepts() if all(word in one.text.lower() for word in wanted)]
    if not matching:
        raise ScenarioError(unknown("concept", " ".join(words), [one.name for one in concepts()]))
    return matching
