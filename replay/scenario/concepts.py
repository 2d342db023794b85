"""The concepts that articles on neural networks explain, each with the command that shows it."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from replay.errors import ScenarioError, unknown

# The articles, as they are called here.
SERIES_1, SERIES_2 = "Hyper-parameters in Action, I", "Hyper-parameters in Action, II"
FOUR, MNIST = "four activations", "MNIST under four activations"
GELU, REST = "from ReLU to GELU", "for the rest of us"


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


CONCEPTS = ()


def found(words: list[str]) -> list[Concept]:
    """The concepts in which each of these words occurs, all without words.

    A concept of exactly this name is found alone. Raises ScenarioError where there is none.
    """
    named = [one for one in CONCEPTS if [one.name] == words]
    if named:
        return named
    wanted = [word.lower() for word in words]
    matching = [one for one in CONCEPTS if all(word in _text(one) for word in wanted)]
    if not matching:
        raise ScenarioError(unknown("concept", " ".join(words), [one.name for one in CONCEPTS]))
    return matching


def _text(concept: Concept) -> str:
    return " ".join((*concept[:5], *concept.articles)).lower()
