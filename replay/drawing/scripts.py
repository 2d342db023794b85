"""Scripts: which one a character is of, which fonts write it best, and how to get one of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

HAN, SYMBOLS = "CJK", "SYMBOLS"
KANA, HANGUL = ("HIRAGANA", "KATAKANA"), "HANGUL"
CHINESE, JAPANESE, KOREAN = "zh", "ja", "ko"
IDEOGRAPHIC = ("CJK", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH", "HANGUL", *KANA)

# Good fonts, the best first: those that can be had everywhere, then those of macOS, Windows and Linux.
EAST_ASIAN = {
    CHINESE: (
        *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
        *("PingFang SC", "Hiragino Sans GB", "Heiti SC", "STHeiti", "Microsoft YaHei", "SimHei"),
        *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback"),
    ),
    JAPANESE: (
        *("Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans", "Source Han Sans JP"),
        *("Hiragino Sans", "Hiragino Kaku Gothic ProN", "Yu Gothic", "Meiryo", "MS Gothic"),
        *("IPAexGothic", "IPAGothic", "TakaoGothic", "VL Gothic"),
    ),
    KOREAN: (
        *("Noto Sans CJK KR", "Noto Sans KR", "Source Han Sans K", "Source Han Sans KR"),
        *("Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic", "UnDotum"),
    ),
}
OTHERS = {
    "ARABIC": ("Noto Naskh Arabic", "Geeza Pro", "Segoe UI", "Amiri"),
    "BENGALI": ("Kohinoor Bangla", "Nirmala UI", "Lohit Bengali"),
    "DEVANAGARI": ("Kohinoor Devanagari", "Nirmala UI", "Mangal", "Lohit Devanagari"),
    "HEBREW": ("Arial Hebrew", "Segoe UI"),
    "TAMIL": ("Tamil Sangam MN", "Nirmala UI", "Lohit Tamil"),
    "THAI": ("Thonburi", "Leelawadee UI", "Garuda", "Loma"),
}
ANY = ("Noto Sans", "Noto Sans Symbols", "Noto Sans Symbols 2", "Arial Unicode MS", "FreeSans")


class Package(NamedTuple):
    """What brings fonts for a script: its names in Debian and in Homebrew."""

    debian: str
    homebrew: str


def script_of(character: str) -> str:
    """The script of a character: the first word of its name in Unicode; "CJK" for all of East Asia's."""
    name = _first_word(character)
    if name in IDEOGRAPHIC or "\u3000" <= character <= "\u303f":  # punctuation
        return HAN
    return SYMBOLS if unicodedata.category(character).startswith("S") else name


def _first_word(character: str) -> str:
    return re.split("[ -]", unicodedata.name(character, ""))[0]


def language_of(characters: Iterable[str], language: str | None = None) -> str:
    """Whose shapes Han characters have: Japanese beside kana, Korean beside Hangul, else the language's."""
    words = {_first_word(character) for character in characters}
    if words & set(KANA):
        return JAPANESE
    if HANGUL in words:
        return KOREAN
    asked = (language or "").partition("-")[0]
    return asked if asked in EAST_ASIAN else CHINESE


def good_families(script: str, language: str) -> tuple[str, ...]:
    """Families that write a script well, the best first."""
    if script == HAN:
        return EAST_ASIAN[language] + tuple(name for one in EAST_ASIAN.values() for name in one)
    return (f"Noto Sans {script.title()}", *OTHERS.get(script, ()), *ANY)


def package_for(script: str) -> Package:
    """What to install for a script."""
    if script == HAN:
        return Package("fonts-noto-cjk", "font-noto-sans-cjk")
    if script == SYMBOLS:
        return Package("fonts-symbola", "font-noto-emoji")
    return Package(
        "fonts-noto-core", f"font-noto-sans-{script.lower()}" if script in OTHERS else "font-noto-sans"
    )
