"""The catalogue of a language: its translations from a .po file, and how it writes numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Babel is loaded for other languages than English alone
    from gettext import NullTranslations

    from babel import Locale
    from babel.messages.catalog import Catalog

ENGLISH = "en"  # the words of the source: it needs no catalogue
FOLDER = Path(__file__).parent / "locale"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")
# The length of the shortest whole part with separators: minimumGroupingDigits of CLDR is 2 in Spanish, which
# writes 1500 and 15.000. Babel does not tell it.
LEAST_GROUPED = {"es": len("15,000")}
# Whole numbers, among which each plural category of CLDR's has one.
PLURAL_EXAMPLES = (*range(201), 1000, 10_000, 100_000, 1_000_000)


class Catalogue:
    """One language: what the English words are called in it, and how its numbers are written.

    Words that a catalogue lacks stay English. Numbers have the symbols and the percent sign that CLDR, the
    Unicode Common Locale Data Repository, has for the language; Babel brings it.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    @cached_property
    def _locale(self) -> Locale:
        from babel import Locale

        return Locale.parse(self.language)

    @property
    def name(self) -> str:
        """What its speakers call the language, as in "English" or "español"."""
        return str(self._locale.get_language_name(self.language))

    @property
    def aliases(self) -> tuple[str, ...]:
        """What the language may be called: its code, and its name in English and in itself."""
        return self.language, str(self._locale.english_name), self.name

    def has_script_of(self, tag: str) -> bool:
        """Whether a tag of this language, such as "zh-TW", stands for the script that the catalogue is in."""
        from babel.core import get_global, parse_locale

        try:
            territory, script = parse_locale(tag, sep="-")[1:3]
        except ValueError:
            return False
        likely = get_global("likely_subtags")
        own = parse_locale(likely[self.language])[2]
        found = script or parse_locale(likely.get(f"{self.language}_{territory}", likely[self.language]))[2]
        return bool(found == own)

    @cached_property
    def _words(self) -> NullTranslations:
        import io
        from gettext import GNUTranslations, NullTranslations

        if self.language == ENGLISH:
            return NullTranslations()
        from babel.messages.mofile import write_mo

        compiled = io.BytesIO()
        write_mo(compiled, self.file())
        compiled.seek(0)
        return GNUTranslations(compiled)

    def file(self) -> Catalog:
        """The whole catalogue as its .po file has it, with the places in the source that use each message."""
        from babel.messages.pofile import read_po

        with (FOLDER / f"{self.language}.po").open("rb") as file:
            return read_po(file, locale=self.language, domain="replay")

    @cached_property
    def letters(self) -> str:
        """Every character of its words, each once: what a font must have. Of English, none are told."""
        if self.language == ENGLISH:
            return ""
        return "".join(sorted({one for each in self.file() for one in str(each.string)}))

    def translated(self, english: str, many: str | None = None, number: int = 1) -> str:
        """The words for these English ones; those for `number` things where there are words for `many`."""
        if many is None:
            return self._words.gettext(english)
        return self._words.ngettext(english, many, number)

    def with_numbers(self, text: str) -> str:
        """A text whose numbers are written as in English, as "1,500.5" or "97.5%", in this language."""
        return text if self.language == ENGLISH else NUMBER.sub(self._number, text)

    def _number(self, written: re.Match[str]) -> str:
        decimal, group, percent = self.symbols
        few = len(written[0].partition(".")[0]) < LEAST_GROUPED.get(self.language, 0)
        text = written[0].translate({ord(","): "" if few else group, ord("."): decimal})
        return percent.replace("#", text[:-1]) if text.endswith("%") else text

    @cached_property
    def symbols(self) -> tuple[str, str, str]:
        """The decimal separator, that between thousands, and how a percentage "#%" is written."""
        if self.language == ENGLISH:
            return ".", ",", "#%"
        symbols = self._locale.number_symbols["latn"]
        percent = re.sub("[#0,.]+", "#", self._locale.percent_formats[None].pattern)
        return symbols["decimal"], symbols["group"], percent

    @property
    def for_page(self) -> dict[str, Any]:
        """The catalogue for the page's script: its words by their English, plurals by CLDR's categories."""
        words = {} if self.language == ENGLISH else dict(self._of_script())
        return {
            "name": self.name,
            "symbols": [*self.symbols, LEAST_GROUPED.get(self.language, 0)],
            "words": words,
        }

    def _of_script(self) -> Iterator[tuple[str, Any]]:
        for message in self.file():
            in_script = any(place.endswith(".js") for place, _ in message.locations)
            if not (message.id and message.string and in_script):
                continue
            if isinstance(message.id, str):
                yield message.id, message.string
            else:
                yield message.id[0], self._by_category(*message.id)

    def _by_category(self, one: str, many: str) -> dict[str, str]:
        category = self._locale.plural_form
        return {category(n): self.translated(one, many, n) for n in reversed(PLURAL_EXAMPLES)}


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of one of `languages()`, read when it is first needed."""
    return Catalogue(language)


@cache
def languages() -> tuple[str, ...]:
    """The languages that pictures and pages speak, English first.

    Returns:
        Their codes. A .po file in `replay/language/locale` adds one.

    >>> from replay import languages
    >>> languages()
    ('en', 'es', 'zh')
    """
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))
