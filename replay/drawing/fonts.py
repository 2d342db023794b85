"""The fonts of a picture: those that are asked for and, for characters that they lack, others beside them.

A text is drawn with a list of families: each of its characters comes from the first that has it.
"""

from __future__ import annotations

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text

from replay.drawing.font_files import FILES, family_of_file, is_font_file
from replay.drawing.font_search import find_new_fonts, installed, lacking, search
from replay.drawing.scripts import language_of, package_for, script_of
from replay.errors import ViewError, unknown

logger = logging.getLogger(__name__)

LAST = "DejaVu Sans"  # comes with matplotlib, and has all that pictures say in English
UNDRAWN = ("C", "Z")  # the categories of controls, joiners and spaces
LISTED = 12  # characters in a message

_told: set[str] = set()  # characters that no font has; each is told once, in however many pictures it is


def families(fonts: Sequence[str]) -> list[str]:
    """The families to draw with: of fonts that are given by name, or as a file.

    Those that are not installed are left out; LAST stands at the end, unless it is before. Raises ViewError
    for a file that is no font.
    """
    if tuple(fonts) == (LAST,):
        return [LAST]
    found = [
        family_of_file(font) if is_font_file(font) else font
        for font in fonts
        if is_font_file(font) or _is_there(font)
    ]
    return found if LAST in found else [*found, LAST]


def chosen(font: str) -> str:
    """The font that a user means, as `Style.font` has it: an installed family by name, or a font file.

    Raises ViewError for a name that is not installed, and for a file that is no font.
    """
    path = Path(font).expanduser()
    if is_font_file(font) or path.name != font:
        return family_of_file(str(path.absolute()))
    named = _by_name()
    if font.casefold() not in named and find_new_fonts():
        named = _by_name()
    if font.casefold() in named:
        return named[font.casefold()]
    if font and path.exists():
        return family_of_file(str(path.absolute()))
    raise ViewError(f"{unknown('font', font, named.values())}; or give a font file, {' '.join(FILES)}")


def _by_name() -> dict[str, str]:
    """The installed families by their names in lower case."""
    return {name.casefold(): name for name in installed()}


def with_fonts(fonts: Sequence[str], texts: Iterable[str], language: str | None = None) -> tuple[str, ...]:
    """`fonts` and, after them, installed families that draw what they lack of `texts`.

    `language` is that of the texts, such as "ja": Han characters look different there than in Chinese.
    Characters that nothing draws are told, once.
    """
    lent = _lent(fonts, texts, language)
    return (*families(fonts), *lent) if lent else tuple(fonts)


def lend_fonts(figure: Figure, fonts: Sequence[str]) -> None:
    """Let all texts on a figure, whoever made them, have the families that `fonts` lack for what they say."""
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    lent = _lent(fonts, (text.get_text() for text in texts))
    for text in texts if lent else ():
        own = text.get_fontfamily()
        text.set_fontfamily([*own, *(family for family in lent if family not in own)])


def _lent(fonts: Sequence[str], texts: Iterable[str], language: str | None = None) -> tuple[str, ...]:
    drawn = {one for text in texts if not text.isascii() for one in text if not one.isascii()}
    characters = {one for one in drawn if unicodedata.category(one)[0] not in UNDRAWN}
    if not characters:
        return ()
    return _beside(tuple(families(fonts)), frozenset(characters), language_of(characters, language))


@contextmanager
def without_font_warnings() -> Iterator[None]:
    """Within the block, matplotlib says nothing of glyphs and weights that no font has: `_beside` does."""

    def is_other(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("findfont: Failed to find font weight")

    log = logging.getLogger("matplotlib.font_manager")
    log.addFilter(is_other)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            yield
    finally:
        log.removeFilter(is_other)


@lru_cache(maxsize=256)
def _beside(own: tuple[str, ...], characters: frozenset[str], language: str) -> tuple[str, ...]:
    """The families that draw those of the characters that `own` lack. Says which ones none draws."""
    missing = lacking(own, characters)
    found = search(missing, language)
    left = lacking(found, missing)
    if left and find_new_fonts():
        found += search(left, language)
        left = lacking(found, missing)
    if news := left - _told:
        _told.update(news)
        logger.warning("%s", _advice(news))
    return tuple(dict.fromkeys(found))


def _is_there(family: str) -> bool:
    return family in installed() or (find_new_fonts() and family in installed())


def _advice(left: frozenset[str]) -> str:
    """What to do about characters that no installed font has, in one line."""
    letters_first = sorted(left, key=lambda one: (unicodedata.category(one).startswith("M"), one))
    listed = " ".join(letters_first[:LISTED]) + (f" … ({len(left)} in all)" if len(left) > LISTED else "")
    packages = sorted({package_for(script_of(one)) for one in left})
    debian, homebrew = (" ".join(dict.fromkeys(names)) for names in zip(*packages, strict=True))
    return (
        f"for want of a font, boxes are drawn for {listed}: install one, on Debian with "
        f"'apt install {debian}', on macOS with 'brew install --cask {homebrew}', on Windows under Settings "
        "> System > Optional features; or name one with --font"
    )
