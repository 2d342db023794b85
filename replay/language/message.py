"""Messages: words that are said in the language of whoever reads them, at the time they are read."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from replay.errors import ViewError, unknown
from replay.language.catalogue import ENGLISH, Catalogue, catalogue, languages

_SPOKEN: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say all messages within the block in this language, one of `languages()`."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> str:
    """The language in which messages are said now."""
    return _SPOKEN.get()


def checked_language(name: str) -> str:
    """The language called so, by its code or name: "zh", "zh-CN", "Chinese" or "中文".

    Raises ViewError, with the nearest names, if there is none. Traditional Chinese is not Simplified.
    """
    if not isinstance(name, str):
        raise ViewError(f'a language is named by a text, as in "es", not by {name!r}')
    if name in languages():
        return name
    chosen = {alias.lower(): code for code in languages() for alias in catalogue(code).aliases}
    wanted = name.replace("_", "-").lower()
    code = wanted.partition("-")[0]
    if code in languages() and catalogue(code).has_script_of(wanted):
        return code
    if wanted not in chosen:
        raise ViewError(unknown("language", name, chosen))
    return chosen[wanted]


@dataclass(frozen=True)
class Message:
    """A sentence or word in English, which is said in the language that is `spoken` when it becomes text.

    Args:
        english: The words, with names in braces for `values`, as in "epoch {epoch:g}".
        values: What the names stand for. Numbers among them are written as the language does.
        many: The words for any number but one. None where there is but one form.
        number: The number that decides.

    >>> from replay.language.message import Message
    >>> str(Message("the loss is {loss:.1f}", {"loss": 0.5}))
    'the loss is 0.5'
    """

    english: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    many: str | None = None
    number: int = 1

    @classmethod
    def counted(cls, one: str, many: str, number: int, values: Mapping[str, Any] | None = None) -> Message:
        """A message about `number` things, which its words call {number}.

        >>> from replay.language.message import Message
        >>> str(Message.counted("{number} sample", "{number} samples", 3))
        '3 samples'
        """
        return cls(one, {"number": number, **(values or {})}, many, number)

    def __str__(self) -> str:
        chosen = catalogue(spoken())
        words = chosen.translated(self.english, self.many, self.number)
        return _Filled(chosen).vformat(words, (), self.values) if self.values else words


def say(english: str, **values: Any) -> str:
    """A message as text, in the language that is spoken now."""
    return str(Message(english, values))


def say_number(one: str, many: str, number: int, **values: Any) -> str:
    """A message about `number` things as text: see `Message.counted`."""
    return str(Message.counted(one, many, number, values))


def listed(words: Iterable[str]) -> str:
    """Words one after the other, as the language separates them; those that are empty are left out."""
    first, *others = [word for word in words if word] or [""]
    for following in others:
        first = say("{first}, {next}", first=first, next=following)
    return first


def in_numbers(text: str) -> str:
    """A number that is written as in English, as "97.5%", as the language that is spoken now writes it."""
    return catalogue(spoken()).with_numbers(text)


def in_each_language(words: Callable[[], Any]) -> dict[str, Any]:
    """What a function says in each language, by the language."""
    said = {}
    for language in languages():
        with speaking(language):
            said[language] = words()
    return said


def in_this_language(function: Callable[..., str]) -> Callable[..., str]:
    """A function that speaks the language of now, whenever it is called: labels are made while drawing."""
    language = spoken()

    @wraps(function)
    def speak(*arguments: Any) -> str:
        with speaking(language):
            return function(*arguments)

    return speak


class _Filled(string.Formatter):
    """Formats numbers among the values as a language writes them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return self._catalogue.with_numbers(text.replace("-", "−")) if is_number else text
