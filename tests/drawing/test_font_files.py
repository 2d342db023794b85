"""What is no font file is told in one line, before anything is drawn with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.font_manager import FontProperties, fontManager

from replay import theme
from replay.errors import ViewError

DEJAVU = Path(fontManager.findfont(FontProperties(family="DejaVu Sans")))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("none.ttf", None, "does not exist"),
        ("empty.otf", b"", "is no font that can be drawn with, or is damaged"),
        ("text.ttf", b"glyf" * 1000, "is no font that can be drawn with, or is damaged"),
        ("cut.ttf", 1000, "is no font that can be drawn with, or is damaged"),
        ("cut_in_its_glyphs.ttf", 500_000, "is no font that can be drawn with, or is damaged"),
        ("font.txt", b"words", "is no font file: its name should end with .ttf, .otf, .ttc"),
        ("folder.ttf", "folder", "is a folder: give a font file"),
    ],
)
def test_a_file_that_is_no_font_is_told_in_one_line(
    tmp_path: Path, name: str, content: Any, complaint: str
) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(DEJAVU.read_bytes()[:content] if isinstance(content, int) else content)
    with pytest.raises(ViewError) as error:
        theme("light", font=path)
    assert str(error.value).startswith(f"{path} {complaint}")
    assert "\n" not in str(error.value)
