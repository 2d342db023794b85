"""What a classifier answers, in networks of one layer whose rows of the kernel are the answers.

Sample n is row n of an identity matrix, so row n of the kernel says what it is answered, and with what
confidence. For two classes the kernel is a column: above 0 is positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from replay import Milestone, Replay, RunDescription, RunWriter, dense
from replay.network.data_description import DataDescription

NAN = float("nan")


def told(
    path: Path,
    targets: Sequence[int],
    answers: Sequence[Sequence[float]],
    n_classes: int,
    names: Sequence[str] = (),
) -> list[Milestone]:
    """The milestones of a run in which sample n is answered `answers[epoch][n]`. NaN is NaN weights."""
    units = 1 if n_classes == 2 else n_classes
    loss = "binary_crossentropy" if n_classes == 2 else "sparse_categorical_crossentropy"
    layer = dense("output", len(targets), units, "sigmoid" if n_classes == 2 else "softmax")
    data = DataDescription(classes=tuple(names)) if names else None
    description = RunDescription((layer,), loss={"name": loss}, data=data)
    with RunWriter(path, description, np.eye(len(targets)), np.array(targets)) as writer:
        for epoch, given in enumerate(answers):
            rows = np.array(given, float)
            known = np.nan_to_num(rows).astype(int)
            kernel = (2 * rows - 1)[:, None] if n_classes == 2 else np.eye(n_classes)[known]
            writer.snapshot(epoch, [kernel + 0 * rows[:, None], np.zeros(units)])
    found = Replay(path).milestones()
    return [each for each in found if each.kind not in ("steepest_fall", "plateau")]


def events(found: list[Milestone]) -> list[tuple[float, float | None, str]]:
    return [(each.epoch, each.until, each.text) for each in found]


FOUR = [0, 0, 1, 1]


def test_one_class_alone_is_told_from_when_it_lasts_to_the_end(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", FOUR, [[1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0], [0] * 4, [0] * 4], 2)
    assert events(found) == [(3, None, "every sample is answered “negative”")]
    assert found[0].kind == "one_class"


def test_the_one_class_has_its_name(tmp_path: Path) -> None:
    assert events(told(tmp_path / "two.h5", FOUR, [[1] * 4] * 2, 2)) == [
        (0, None, "every sample is answered “positive”")
    ]
    assert events(told(tmp_path / "four.h5", FOUR, [[3] * 4] * 2, 4)) == [
        (0, None, "every sample is answered “class 3”")
    ]


def test_classes_with_names_are_told_by_them(tmp_path: Path) -> None:
    answers = [[1, 0, 0, 1], *[[0, 0, 1, 0]] * 2]
    found = told(tmp_path / "two.h5", FOUR, answers, 2, ("benign", "malignant"))
    assert [(each.kind, each.text) for each in found] == [("negatives_right", "every “benign” is right")]
    alone = told(tmp_path / "alone.h5", FOUR, [[1] * 4] * 2, 2, ("benign", "malignant"))
    assert events(alone) == [(0, None, "every sample is answered “malignant”")]
    three, names = [0, 0, 1, 1, 2, 2], ("Adelie", "Chinstrap", "Gentoo")
    never = told(tmp_path / "three.h5", three, [[0, 0, 1, 1, 1, 1]] * 3, 3, names)
    assert ("class_2_never_answered", "“Gentoo” is never answered") in [(m.kind, m.text) for m in never]


def test_classes_that_are_called_by_other_numbers_are_told_by_these(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", FOUR, [[1, 0, 0, 1], *[[0, 0, 1, 0]] * 2], 2, ("-1", "1"))
    assert events(found) == [(1, None, "every sample of class -1 is right")]
    alone = told(tmp_path / "alone.h5", FOUR, [[1] * 4] * 2, 2, ("-1", "1"))
    assert events(alone) == [(0, None, "every sample is answered “class 1”")]


def test_the_class_may_change_while_it_is_one_alone(tmp_path: Path) -> None:
    assert events(told(tmp_path / "run.h5", FOUR, [[0] * 4, [1] * 4, [0] * 4], 2)) == [
        (0, None, "every sample gets the same answer")
    ]


def test_what_is_solved_for_a_while_is_not_solved(tmp_path: Path) -> None:
    wrong, right = [0, 1, 1, 1], [0, 0, 1, 1]

    def of_all(name: str, answers: list[list[int]]) -> list[tuple[str, float, float | None]]:
        found = told(tmp_path / name, FOUR, answers, 2)
        return [(one.kind, one.epoch, one.until) for one in found if one.kind.startswith("solved")]

    assert of_all("long.h5", [wrong] + [right] * 5 + [wrong]) == [("solved_for_a_while", 1, 5)]
    assert of_all("short.h5", [wrong] + [right] * 4 + [wrong]) == []
    assert of_all("twice.h5", [right] * 5 + [wrong] + [right] * 6 + [wrong]) == [
        ("solved_for_a_while", 6, 11)
    ]
    assert of_all("then.h5", [right] * 5 + [wrong] + [right]) == [("solved", 6, None)]


def test_one_class_alone_for_a_while_is_told_if_it_lasts(tmp_path: Path) -> None:
    later = [[0, 0, 1, 0]] * 6
    short = events(told(tmp_path / "short.h5", FOUR, [[0] * 4] * 4 + later, 2))
    assert short == [(4, None, "every negative is right")]
    assert events(told(tmp_path / "long.h5", FOUR, [[0] * 4] * 5 + later, 2)) == [
        (0, 4, "every sample is answered “negative”"),
        (5, None, "every negative is right"),
    ]
    assert events(told(tmp_path / "tenth.h5", FOUR, [[0] * 4] * 5 + later * 20, 2))[0][1] is None


def test_what_an_untrained_network_answers_is_no_news(tmp_path: Path) -> None:
    assert told(tmp_path / "run.h5", FOUR, [[0] * 4], 2) == []


def test_where_all_samples_have_one_class_it_is_no_failure_to_answer_it(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", [1, 1, 1], [[0] * 3, [1] * 3, [1] * 3], 2)
    assert [(each.epoch, each.kind) for each in found] == [(1, "positives_right"), (1, "solved")]


def test_a_network_of_nan_answers_nothing(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", FOUR, [[0, 1, 0, 1], [NAN] * 4, [NAN] * 4], 2)
    assert [each.kind for each in found] == ["diverged"]


def test_no_class_is_right_while_another_is_under_half(tmp_path: Path) -> None:
    """Of three positives, 0, 1 (under half), then 2 are found; the negatives are right throughout."""
    targets = [0, 0, 1, 1, 1]
    answers = [[0, 0, 1, 0, 0], [0, 0, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 1, 1, 1]]
    assert events(told(tmp_path / "run.h5", targets, answers, 2)) == [
        (2, None, "every negative is right"),
        (3, None, "every positive is right"),
        (3, None, "every sample is right"),
    ]


def test_a_class_that_falls_under_half_again_takes_the_others_back(tmp_path: Path) -> None:
    answers = [[0, 0, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 1, 0]]
    assert events(told(tmp_path / "run.h5", FOUR, answers, 2)) == [(3, None, "every negative is right")]


SIX = [0, 0, 1, 1, 2, 2]


def test_a_class_is_never_answered_from_when_no_sample_is(tmp_path: Path) -> None:
    answers = [
        [0, 1, 1, 0, 2, 0],
        [0, 0, 1, 1, 1, 1],
        [0, 0, 1, 1, 2, 0],
        [0, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 0],
    ]
    found = told(tmp_path / "run.h5", SIX, answers, 3)
    assert ("class_2_never_answered", 3, "class 2 is never answered") in [
        (each.kind, each.epoch, each.text) for each in found
    ]
    assert not any(each.kind.endswith(("0_never_answered", "1_never_answered")) for each in found)


def test_a_class_without_samples_need_not_be_answered(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", SIX, [[0, 1, 1, 0, 2, 0]] * 3, 5)
    assert not any(each.kind.endswith("never_answered") for each in found)


def test_a_class_that_is_missed_at_the_last_moment_is_not_called_never_answered(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", SIX, [[0, 1, 1, 0, 2, 0]] * 11 + [[0, 1, 1, 0, 1, 0]], 3)
    assert not any(each.kind.endswith("never_answered") for each in found)


def test_classes_that_are_never_answered_because_one_alone_is_need_no_words(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", SIX, [[0, 1, 0, 0, 1, 0], [1] * 6, [1] * 6], 3)
    assert [(each.epoch, each.kind) for each in found] == [(0, "class_2_never_answered"), (1, "one_class")]


def test_many_classes_that_are_never_answered_are_counted(tmp_path: Path) -> None:
    targets = [0, 1, 2, 3, 4, 5]
    answers = [[0, 1, 2, 3, 4, 4], [0, 1, 2, 1, 0, 0], [0, 1, 0, 1, 0, 1], [0] * 5 + [1]]
    assert events(told(tmp_path / "run.h5", targets, answers, 6)) == [
        (2, None, "4 of 6 classes are never answered"),
    ]


@pytest.mark.parametrize("n_classes", [3, 120])
def test_rows_of_counts_and_rows_of_many_classes_agree(n_classes: int, tmp_path: Path) -> None:
    answers = [[1, 1, 2, 2, 0, 0], [0, 0, 1, 0, 2, 0], [0, 0, 1, 1, 2, 1], [0, 0, 1, 1, 2, 1]]
    found = told(tmp_path / "run.h5", SIX, answers, n_classes)
    assert [(each.epoch, each.kind) for each in found] == [(1, "class_0_right"), (2, "class_1_right")]
