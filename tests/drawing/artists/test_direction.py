"""Names from right to left leave the order of the words and numbers around them as it is."""

from __future__ import annotations

import pytest
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags

from replay.drawing.artists.direction import isolated, left_to_right
from replay.drawing.clocks import _titled

NAME = "קטה"


def seen(text: str) -> str:
    """The characters of a text from left to right, as they are drawn."""
    font = get_font(fontManager._find_fonts_by_props(FontProperties(family=["DejaVu Sans"])))
    font.set_size(20, 100)
    items = sorted(font._layout(text, LoadFlags.NO_HINTING), key=lambda item: item.x)
    return "".join(item.char for item in items if item.char not in "\u200e\u2068\u2069")


@pytest.mark.parametrize(
    "text",
    [
        "since epoch 12: “{}” is never answered",
        "“{}” 3 of 5",
        "epoch 12: units 1 and 2 of “{}” 3, 4: “{}”",
        "{} · epoch 12",
    ],
)
def test_a_sentence_runs_from_left_to_right_and_its_names_do_not(text: str) -> None:
    read = text.replace("{}", NAME)
    shown = _titled(NAME, "12") if text.startswith("{}") else left_to_right(read)
    assert seen(shown) == text.replace("{}", NAME[::-1])


def test_without_marks_it_would_be_in_disorder() -> None:
    assert seen(f"“{NAME}” 3 of 5") != f"“{NAME[::-1]}” 3 of 5"


@pytest.mark.parametrize("text", ["hidden", "“größe” 3", "企鹅", ""])
def test_other_names_stay_what_they_are(text: str) -> None:
    assert isolated(text) == left_to_right(text) == text
