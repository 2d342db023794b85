"""Which script a character is of, and what is known to write it."""

from __future__ import annotations

import pytest

from replay.drawing.scripts import (
    CHINESE,
    JAPANESE,
    KOREAN,
    good_families,
    language_of,
    package_for,
    script_of,
)


@pytest.mark.parametrize(
    ("characters", "script", "package"),
    [
        ("企鹅，「」（）ペん펭ㄅ", "CJK", "fonts-noto-cjk"),
        ("पें।१", "DEVANAGARI", "fonts-noto-core"),
        ("กำ", "THAI", "fonts-noto-core"),
        ("ق١", "ARABIC", "fonts-noto-core"),
        ("☃⚽🐧∑", "SYMBOLS", "fonts-symbola"),
    ],
)
def test_a_character_has_a_script_and_this_a_package(characters: str, script: str, package: str) -> None:
    assert {script_of(one) for one in characters} == {script}
    assert package_for(script).debian == package


@pytest.mark.parametrize(
    ("characters", "language", "shapes"),
    [
        ("企鹅", None, CHINESE),
        ("企鹅", "ja-JP", JAPANESE),
        ("企鹅", "fr", CHINESE),
        ("企鹅ペ", "zh", JAPANESE),
        ("企鹅펭", "zh", KOREAN),
        ("", "ko", KOREAN),
    ],
)
def test_han_characters_have_the_shapes_of_a_language(characters: str, language: str, shapes: str) -> None:
    assert language_of(characters, language) == shapes
    assert good_families("CJK", shapes)[0].startswith("Noto Sans CJK")


def test_the_best_family_of_any_script_is_the_one_that_everybody_can_have() -> None:
    assert good_families("KHMER", CHINESE)[0] == "Noto Sans Khmer"
    assert good_families("ARABIC", CHINESE)[:2] == ("Noto Sans Arabic", "Noto Naskh Arabic")
