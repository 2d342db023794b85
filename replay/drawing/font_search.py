"""The search for fonts that have given characters, among those that are installed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache

from matplotlib.font_manager import FontEntry, findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font

from replay.drawing.font_files import is_font_file
from replay.drawing.scripts import good_families, script_of

logger = logging.getLogger(__name__)

HIDDEN = (".", "Last Resort", "Adobe Blank")  # how families begin that are for no text
ODD = ("Mono", "Serif", "Condensed", "Display", "Math", "Symbol", "Emoji", "Unifont")
REGULAR, BOLD = 400, 700


def search(missing: frozenset[str], language: str) -> list[str]:
    """Families that draw as many of these characters as any can, script by script."""
    found: list[str] = []
    for script in sorted({script_of(character) for character in missing}):
        left = lacking(found, frozenset(one for one in missing if script_of(one) == script))
        while left and (family := _best(script, left, language)):
            found.append(family)
            left = lacking([family], left)
    return found


def _best(script: str, missing: frozenset[str], language: str) -> str | None:
    """The first family that has all of these characters, else the one that has the most, None without any."""
    best, left = None, missing
    for family in _candidates(script, language):
        still = lacking([family], missing)
        if len(still) < len(left):
            best, left = family, still
        if not left:
            break
    return best


def _candidates(script: str, language: str) -> Iterator[str]:
    """Installed families: those that write the script well, then all, in an order of their names alone."""
    there = installed()
    yield from (family for family in good_families(script, language) if family in there)
    yield from sorted(there, key=lambda name: (any(map(name.__contains__, ODD)), "Sans" not in name, name))


def installed() -> set[str]:
    """The families to choose from, without the files that are fonts of pictures."""
    names = set(fontManager.get_font_names())
    return {name for name in names if not name.startswith(HIDDEN) and not is_font_file(name)}


def lacking(these: Iterable[str], characters: frozenset[str]) -> frozenset[str]:
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
    nearest = [
        min(entries, key=lambda entry: _distance(entry, weight)) for weight in (REGULAR, BOLD) if entries
    ]
    try:
        return [FT2Font(entry.fname, face_index=entry.index) for entry in nearest]
    except (OSError, RuntimeError):  # it was removed since matplotlib listed it
        return []


def _distance(entry: FontEntry, weight: int) -> tuple[bool, bool, int, str, int]:
    """How far a font is from upright and of normal width at this weight; the file's name breaks ties."""
    off = abs(int(entry.weight) - weight)
    return entry.style != "normal", entry.stretch != "normal", off, entry.fname, entry.index


@lru_cache(maxsize=1)
def find_new_fonts() -> bool:
    """Add the fonts that were installed since matplotlib listed them; whether there are any."""
    known = {entry.fname for entry in fontManager.ttflist}
    before = len(fontManager.ttflist)
    for path in sorted(set(findSystemFonts()) - known):
        try:
            fontManager.addfont(path)
        except Exception as error:  # noqa: BLE001 - whatever it is that somebody installed
            logger.info("%s is no font that can be drawn with: %s", path, error)
    return len(fontManager.ttflist) > before
