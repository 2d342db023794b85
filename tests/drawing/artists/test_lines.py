"""Texts without spaces have lines, too."""

from __future__ import annotations

from textwrap import wrap

import pytest

from replay.drawing.artists.letters import letters
from replay.drawing.artists.lines import wrapped

LATIN = "The function is zero-centred, and its gradient is at most 1, so that deep networks learn slowly."
CHINESE = "双曲正切函数以零为中心，其梯度不超过 1，因此（深层）网络学习缓慢。"
THAI = "การจำแนกนกเพนกวินน้ำด้วยโครงข่ายประสาท"


@pytest.mark.parametrize("columns", [12, 20, 33, 80, 200])
def test_words_with_spaces_are_wrapped_as_by_the_standard_library(columns: int) -> None:
    assert wrapped(LATIN, columns) == wrap(LATIN, columns)


@pytest.mark.parametrize("columns", [8, 9, 14, 30, 200])
def test_chinese_is_parted_between_characters(columns: int) -> None:
    lines = wrapped(CHINESE, columns)
    assert "".join(lines).replace(" ", "") == CHINESE.replace(" ", "")
    for line in lines:
        assert sum(1 if letter.isascii() else 2 for letter in line) <= columns
        assert line[0] not in "，。）" and line[-1] not in "（ "
    assert len(lines) == 1 or all(len(line) >= columns // 2 - 3 for line in lines[:-1])  # they are filled


@pytest.mark.parametrize("columns", [5, 9, 20])
@pytest.mark.parametrize("word", [THAI, "donaudampfschifffahrtsgesellschaft" * 2, "é" * 40])
def test_a_word_longer_than_a_line_is_parted_between_letters(word: str, columns: int) -> None:
    lines = wrapped(word, columns)
    assert [letter for line in lines for letter in letters(line)] == letters(word)
    assert max(len(letters(line)) for line in lines) <= columns


def test_nothing_is_no_line() -> None:
    assert wrapped("", 10) == []
