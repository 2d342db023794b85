"""The table of formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.errors import OutputError
from replay.film.encoder.formats import (
    ANIMATED,
    FORMATS,
    GIF_ERROR,
    GIF_TOLERANCE,
    QUALITIES,
    STILL,
    check_alpha,
    check_suffix,
)


@pytest.mark.parametrize("suffix", [*ANIMATED, *STILL])
def test_a_known_suffix_is_given_in_lower_case(suffix: str) -> None:
    assert check_suffix(Path(f"a.b{suffix.upper()}")) == suffix


@pytest.mark.parametrize(("name", "word"), [("film.mp", "'.mp'"), ("film", "'film'"), (".gif", "'.gif'")])
def test_an_unknown_suffix_is_named_with_those_there_are(name: str, word: str) -> None:
    with pytest.raises(OutputError, match=word) as refused:
        check_suffix(Path(name))
    assert ".mp4" in str(refused.value) or ".gif" in str(refused.value)


def test_a_still_is_no_film() -> None:
    with pytest.raises(OutputError, match=r"unknown format '\.png'"):
        check_suffix(Path("film.png"), ANIMATED)


@pytest.mark.parametrize("suffix", ANIMATED)
def test_only_formats_with_alpha_may_be_transparent(suffix: str) -> None:
    if suffix in (".webm", ".webp"):
        check_alpha(Path(f"film{suffix}"))
        return
    with pytest.raises(OutputError, match=r"semi-transparent pixels: use \.webm, \.webp, \.png or \.svg$"):
        check_alpha(Path(f"film{suffix}"))


@pytest.mark.parametrize("suffix", ANIMATED)
def test_each_quality_is_asked_for_in_its_own_way(suffix: str) -> None:
    if suffix == ".gif":
        asked = list(zip(GIF_ERROR, GIF_TOLERANCE, strict=True))
        assert asked == sorted(asked)
    else:
        asked = [tuple(FORMATS[suffix].arguments(quality, False)) for quality in range(QUALITIES)]
    assert len(set(asked)) == QUALITIES


def test_what_loops_holds_its_last_frame_and_videos_do_not() -> None:
    assert {suffix: kind.hold for suffix, kind in FORMATS.items()} == {
        ".gif": 1.0,
        ".mp4": 0.0,
        ".webm": 0.0,
        ".webp": 1.0,
    }
