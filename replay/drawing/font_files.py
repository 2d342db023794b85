"""Font files: checked, and made known to matplotlib under their paths, without being installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from matplotlib.font_manager import fontManager, ttfFontProperty
from matplotlib.ft2font import FT2Font

from replay.errors import ViewError

FILES = (".ttf", ".otf", ".ttc")
TRIED = 32  # glyphs of a file


def is_font_file(font: str) -> bool:
    """Whether a font is given as a file, not by its name."""
    return font.lower().endswith(FILES)


def family_of_file(path: str) -> str:
    """Make a font file known to matplotlib, under its path. Raises ViewError if it is none."""
    if path in fontManager.get_font_names():
        return path
    file = Path(path)
    if not file.is_file():
        found = "is a folder" if file.is_dir() else "is no file" if file.exists() else "does not exist"
        raise ViewError(f"{path} {found}: give a font file, {' '.join(FILES)}, or the name of a font")
    if not is_font_file(path):
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
