"""Letters as readers count them: a text is cut between them, never inside one."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"
# What joins the consonants of a conjunct, from Devanagari and Bengali to Malayalam, Burmese and Khmer.
VIRAMAS = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d\u1039\u17d2"
VOWELS_AFTER = "\u0e33\u0eb3"  # of Thai and Lao, which are letters to Unicode and signs to readers
VOICED = "\uff9e\uff9f"  # the marks of half-width katakana


def letters(text: str) -> list[str]:
    """The letters of a text, each with its accents, vowel signs and joiners.

    Conjuncts of Indic scripts, syllables of Hangul, flags and joined emoji are one letter each, as in the
    grapheme clusters of UAX #29, https://unicode.org/reports/tr29. Where that standard has a list of
    characters, a category stands for it, so that a few more are kept together.
    """
    if text.isascii():
        return list(text)
    found: list[str] = []
    for character in text:
        if found and _goes_on(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _goes_on(letter: str, character: str) -> bool:
    """Whether a character belongs to the letter before it."""
    category = unicodedata.category(character)
    if category.startswith("M") or category == "Cf" or character in VOWELS_AFTER + VOICED:
        return True
    if letter[-1] == JOINER or _is_between(character, "\U0001f3fb", "\U0001f3ff"):  # colours of skin
        return True
    if letter[-1] in VIRAMAS:
        return category == "Lo"
    if _is_between(character, "\U0001f1e6", "\U0001f1ff"):  # two of these are a flag
        return len(letter) == 1 and _is_between(letter, "\U0001f1e6", "\U0001f1ff")
    return _is_between(character, "\u1160", "\u11ff")  # vowels and final consonants of Hangul


def _is_between(character: str, first: str, last: str) -> bool:
    return first <= character <= last
