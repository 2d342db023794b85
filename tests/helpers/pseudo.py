"""A language for tests: every word of the catalogue has other letters, so what keeps its own is not in it."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from replay.drawing import style
from replay.language import catalogue as catalogues
from replay.language import message
from replay.language.catalogue import Catalogue, catalogue
from replay.player.payload import payload

NAME = "xx"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщ"
LETTERS = str.maketrans(string.ascii_letters, CYRILLIC + CYRILLIC.upper())
PLACE = re.compile(r"(\{[^}]*\})")
WORD = re.compile(r"[A-Za-z]{2,}")


def in_pseudo(english: str) -> str:
    """The words with other letters; what stands in braces is left."""
    return "".join(part if part.startswith("{") else part.translate(LETTERS) for part in PLACE.split(english))


class Pseudo(Catalogue):
    """Translates everything, and writes numbers as in English."""

    name = "Pseudo"
    symbols = (".", ",", "#%")

    letters = ""

    def translated(self, english: str, many: str | None = None, number: int = 1) -> str:
        return in_pseudo(english if many is None or number == 1 else many)

    def with_numbers(self, text: str) -> str:
        return text

    @property
    def for_page(self) -> dict[str, Any]:
        spanish = catalogue("es").file()
        words: dict[str, Any] = {}
        for each in spanish:
            if isinstance(each.id, str):
                words[each.id] = in_pseudo(each.id)
            else:
                one, many = map(in_pseudo, each.id)
                words[each.id[0]] = {"one": one, "other": many}
        words.pop("")
        return {"name": "Pseudo", "symbols": [*self.symbols, 0], "words": words}


@contextmanager
def pseudo_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Within the block there is this language, which is yielded."""
    made = Pseudo(NAME)
    known = (*catalogues.languages(), NAME)

    def found(language: str) -> Catalogue:
        return made if language == NAME else catalogue(language)

    with monkeypatch.context() as patch:
        for module in (catalogues, message, payload):
            patch.setattr(module, "languages", lambda: known)
        for module in (catalogues, message, payload, style):
            patch.setattr(module, "catalogue", found)
        yield NAME


def words_outside(text: str, names: set[str]) -> list[str]:
    """The words of a text with letters of their own that are none of these names."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    return WORD.findall(text)
