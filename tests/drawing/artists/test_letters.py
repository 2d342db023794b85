"""Letters are what readers count, and nothing that shortens a text cuts one."""

from __future__ import annotations

import pytest

from replay.drawing.artists.layer_names import without_middle
from replay.drawing.artists.letters import letters
from replay.drawing.artists.short_names import in_the_middle, told_apart

# The bars are where Intl.Segmenter parts them, of ICU 78.3 with Unicode 17.
PARTED = {
    "latin": "a|b|c| |é",
    "accents": "e\u0301|n\u0303|o",
    "devanagari": "क्षि|त्रि|य|व|र्गी|क|र|ण",
    "bengali": "র্ক|ক্ষি|র্\u200dক",
    "tamil": "த|மி|ழ்",
    "thai": "น้ำ|ก|ว่|า",
    "hangul": "한|국|\u1112\u1161\u11ab",
    "hebrew": "ב\u05bc\u05b0|ר",
    "arabic": "قُ|طَّ|ة",
    "emoji": "👩\u200d👩\u200d👧|👍🏽|🇩🇪|🇫🇷|❤\ufe0f",
    "katakana": "ｶﾞ|ｷ",
    "han": "企|鹅",
}
parted = pytest.mark.parametrize("parted", PARTED.values(), ids=PARTED)


@parted
def test_a_letter_has_its_signs_with_it(parted: str) -> None:
    assert letters(parted.replace("|", "")) == parted.split("|")


@parted
def test_no_letter_is_cut_where_a_text_is_shortened(parted: str) -> None:
    whole = parted.split("|") * 3
    name, other = "".join(whole), "".join([*whole, "z"])
    for most in range(2, len(whole)):

        def fits(text: str, most: int = most) -> bool:
            return len(letters(text)) <= most

        for short in (
            in_the_middle(name, fits),
            without_middle(name, most),
            *told_apart([name, other], fits),
        ):
            start, _, end = short.partition("…")
            first, last = letters(start), letters(end)
            assert first == whole[: len(first)]
            assert last in (whole[len(whole) - len(last) :], [*whole, "z"][len(whole) + 1 - len(last) :])
