"""The fonts of a picture: those that are asked for and, for characters that they lack, others beside them.

A text is drawn with a list of families: each of its characters comes from the first that has it.
"""

from __future__ import annotations

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, findSystemFonts, fontManager, ttfFontProperty
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from replay.drawing.scripts import good_families, language_of, package_for, script_of
from replay.errors import ViewError, unknown

logger = logging.getLogger(__name__)

LAST = "DejaVu Sans"  # comes with matplotlib, and has all that pictures say in English
FILES = (".ttf", ".otf", ".ttc")
UNDRAWN = ("C", "Z")  # the categories of controls, joiners and spaces
HIDDEN = (".", "Last Resort", "Adobe Blank")  # how families begin that are for no text
ODD = ("Mono", "Serif", "Condensed", "Display", "Math", "Symbol", "Emoji", "Unifont")
REGULAR, BOLD = 400, 700
LISTED = 12  # characters in a message
TRIED = 32  # glyphs of a file

_told: set[str] = set()  # characters that no font has; each is told once, in however many pictures it is


def families(fonts: Sequence[str]) -> list[str]:
    """The families to draw with: of fonts that are given by name, or as a file.

    Those that are not installed are left out; LAST stands at the end, unless it is before. Raises ViewError
    for a file that is no font.
    """
    if tuple(fonts) == (LAST,):
        return [LAST]
    found = [
        _of_file(font) if _is_file(font) else font for font in fonts if _is_file(font) or _is_there(font)
    ]
    return found if LAST in found else [*found, LAST]


def chosen(font: str) -> str:
    """The font that a user means, as `Style.font` has it: an installed family by name, or a font file.

    Raises ViewError for a name that is not installed, and for a file that is no font.
    """
    path = Path(font).expanduser()
    if font and (_is_file(font) or path.name != font or path.exists()):
        return _of_file(str(path.absolute()))
    _find_new_fonts()
    named = {name.casefold(): name for name in _installed()}
    if font.casefold() in named:
        return named[font.casefold()]
    raise ViewError(f"{unknown('font', font, named.values())}; or give a font file, {' '.join(FILES)}")


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
def told_once() -> Iterator[None]:
    """Within the block, matplotlib says nothing of glyphs and weights that no font has."""

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
    missing = _lacking(own, characters)
    found = _search(missing, language)
    left = _lacking(found, missing)
    if left and _find_new_fonts():
        found += _search(left, language)
        left = _lacking(found, missing)
    if news := left - _told:
        _told.update(news)
        logger.warning("%s", _advice(news))
    return tuple(dict.fromkeys(found))


def _search(missing: frozenset[str], language: str) -> list[str]:
    """Families that draw as many of these characters as any can, script by script."""
    found: list[str] = []
    for script in sorted({script_of(character) for character in missing}):
        left = _lacking(found, frozenset(one for one in missing if script_of(one) == script))
        while left and (family := _best(script, left, language)):
            found.append(family)
            left = _lacking([family], left)
    return found


def _best(script: str, missing: frozenset[str], language: str) -> str | None:
    """The first family that has all of these characters, else the one that has the most, None without any."""
    best, left = None, missing
    for family in _candidates(script, language):
        lacking = _lacking([family], missing)
        if len(lacking) < len(left):
            best, left = family, lacking
        if not left:
            break
    return best


def _candidates(script: str, language: str) -> Iterator[str]:
    """Installed families: those that write the script well, then all, in an order of their names alone."""
    there = _installed()
    yield from (family for family in good_families(script, language) if family in there)
    yield from sorted(there, key=lambda name: (any(map(name.__contains__, ODD)), "Sans" not in name, name))


def _installed() -> set[str]:
    """The families to choose from, without the files that are fonts of pictures."""
    names = set(fontManager.get_font_names())
    return {name for name in names if not name.startswith(HIDDEN) and not _is_file(name)}


def _is_there(family: str) -> bool:
    return family in _installed() or (_find_new_fonts() and family in _installed())


def _lacking(these: Iterable[str], characters: frozenset[str]) -> frozenset[str]:
    """The characters that none of the families has, both regular and bold."""
    for family in these:
        if not characters:
            break
        faces = _faces(family)
        characters = frozenset(
            one for one in characters if not faces or any(not face.get_char_index(ord(one)) for face in faces)
        )
    return characters


def _faces(family: str) -> list[FT2Font]:
    """The regular and the bold font of a family, none where they cannot be read."""
    entries = [entry for entry in fontManager.ttflist if entry.name == family]
    chosen = {min(entries, key=lambda entry: _distance(entry, weight)) for weight in (REGULAR, BOLD)}
    try:
        return [FT2Font(entry.fname, face_index=entry.index) for entry in chosen]
    except (OSError, RuntimeError):  # it was removed since matplotlib listed it
        return []


def _distance(entry: FontEntry, weight: int) -> tuple[bool, bool, int, str, int]:
    """How far a font is from upright and of normal width at this weight; the file's name breaks ties."""
    off = abs(int(entry.weight) - weight)
    return entry.style != "normal", entry.stretch != "normal", off, entry.fname, entry.index


@lru_cache(maxsize=1)
def _find_new_fonts() -> bool:
    """Add the fonts that were installed since matplotlib listed them; whether there are any."""
    known = {entry.fname for entry in fontManager.ttflist}
    before = len(fontManager.ttflist)
    for path in sorted(set(findSystemFonts()) - known):
        try:
            fontManager.addfont(path)
        except Exception as error:  # noqa: BLE001 - whatever it is that somebody installed
            logger.info("%s is no font that can be drawn with: %s", path, error)
    return len(fontManager.ttflist) > before


def _is_file(font: str) -> bool:
    return font.lower().endswith(FILES)


def _of_file(path: str) -> str:
    """Make a font file known to matplotlib, under its path. Raises ViewError if it is none."""
    if path in fontManager.get_font_names():
        return path
    file = Path(path)
    if not file.is_file():
        found = "is a folder" if file.is_dir() else "is no file" if file.exists() else "does not exist"
        raise ViewError(f"{path} {found}: give a font file, {' '.join(FILES)}, or the name of a font")
    if not _is_file(path):
        raise ViewError(f"{path} is no font file: its name should end with {', '.join(FILES)}")
    try:
        font = FT2Font(path)
        entry = ttfFontProperty(font)
        for glyph in range(0, font.num_glyphs, 1 + font.num_glyphs // TRIED):
            font.load_glyph(glyph)  # type: ignore[arg-type]  # a number
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise ViewError(
            f"{path} is no font that can be drawn with, or is damaged: use another file"
        ) from error
    fontManager.ttflist.append(replace(entry, name=path))
    return path


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
