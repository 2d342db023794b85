"""Shortened names fit, still differ, and lose first what they share."""

from __future__ import annotations

import pytest

from replay.drawing.artists.short_names import names_or_numbers, short_names, told_apart
from replay.drawing.style import LIGHT


@pytest.mark.parametrize(
    ("names", "most", "expected"),
    [
        (["relu", "tanh"], 9, ["relu", "tanh"]),
        (["an_experiment_1", "an_experiment_2"], 8, ["an_exp…1", "an_exp…2"]),
        (["an_experiment_1", "an_experiment_2"], 2, ["…1", "…2"]),
        (["1_of_a_training", "2_of_a_training"], 9, ["1…raining", "2…raining"]),
        (["long-relu-run", "long-tanh-run"], 12, ["long-relu…un", "long-tanh…un"]),
        (["long-relu-run", "long-tanh-run"], 7, ["l…relu…", "l…tanh…"]),
        (["abcdefghij", "klmnopqrst"], 5, ["ab…ij", "kl…st"]),
    ],
)
def test_what_is_shared_is_shortened_first(names: list[str], most: int, expected: list[str]) -> None:
    found = told_apart(names, lambda name: len(name) <= most)
    assert all(len(name) <= most for name in found)
    assert len(set(found)) == len(names)
    assert [name.replace("_", "") for name in found] == [name.replace("_", "") for name in expected]


def test_names_that_differ_in_their_middles_keep_them_apart() -> None:
    names = [f"start{middle}of-a-long-name-{number}" for middle, number in (("x", 1), ("y", 1), ("x", 2))]
    found = told_apart(names, lambda name: len(name) <= 12)
    assert len(set(found)) == 3 and all(len(name) <= 12 for name in found)


def test_letters_keep_their_accents_and_names_in_other_scripts_are_cut_too() -> None:
    names = ["e\u0301" * 20 + end for end in ("a", "b")]
    for name in told_apart(names, lambda name: len(name) <= 9):
        assert not name.split("…")[1].startswith("\u0301")
    hebrew = ["ניסוי ארוך מאוד של רשת " + end for end in ("אחת", "שתיים")]
    short = short_names(hebrew, 1.0, 12, LIGHT)
    assert [name.split()[-1] for name in short] != [""] * 2
    assert short[0].endswith("אחת") and short[1].endswith("שתיים") and all("…" in name for name in short)


def test_a_very_long_name_takes_no_time() -> None:
    names = ["x" * 10_000 + end for end in "ab"]
    assert all(len(name) < 60 for name in short_names(names, 2.0, 12, LIGHT))


@pytest.mark.parametrize(
    ("names", "inches", "expected"),
    [
        (["setosa", "versicolor"], 2.0, ["setosa", "versicolor"]),
        (["some very long name", "another long name"], 0.9, None),  # shortened, each by its own middle
        (["some very long name", "another long name"], 0.45, ["0", "1"]),
        (["sepal length (cm)", "petal length (cm)"], 0.5, ["0", "1"]),
        (["cat", "dog"], 0.05, ["0", "1"]),
    ],
)
def test_names_that_could_not_be_read_give_way_to_numbers(
    names: list[str], inches: float, expected: list[str] | None
) -> None:
    found = names_or_numbers(names, ["0", "1"], inches, 10, LIGHT)
    if expected is None:
        assert found == short_names(names, inches, 10, LIGHT)
        assert all("…" in name and len(name.replace("…", "")) >= 6 for name in found)
    else:
        assert found == expected
