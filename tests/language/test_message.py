"""Messages are said in the language of those who read them, when they are read."""

from __future__ import annotations

from threading import Thread

import pytest

from replay import Milestone
from replay.errors import ViewError
from replay.language.message import (
    Message,
    checked_language,
    in_each_language,
    in_numbers,
    in_this_language,
    say,
    say_number,
    speaking,
    spoken,
)


def test_a_message_is_said_when_it_becomes_text() -> None:
    message = Message("the loss stays near {level:g}", {"level": 0.25})
    with speaking("es"):
        assert str(message) == "la pérdida se estanca cerca de 0,25"
    with speaking("zh"):
        assert str(message) == "损失停在 0.25 附近"
    assert str(message) == "the loss stays near 0.25"


def test_messages_within_messages_follow() -> None:
    inner = Message("every sample is right")
    outer = Message("{text} in training", {"text": inner})
    with speaking("es"):
        assert str(outer) == "todas las muestras se clasifican bien en el entrenamiento"


def test_a_milestone_is_told_in_the_language_of_its_picture() -> None:
    milestone = Milestone(12.5, "plateau", Message("the loss stays near {level:g}", {"level": 0.25}))
    with speaking("es"):
        assert milestone.caption == "desde la época 12,5: la pérdida se estanca cerca de 0,25"
    assert milestone.facts["text"] == "the loss stays near 0.25"


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 entrenamiento"), (2, "2 entrenamientos"), (0, "0 entrenamientos")]
)
def test_plurals_are_the_language_s_own(number: int, said: str) -> None:
    with speaking("es"):
        assert say_number("{number} run", "{number} runs", number) == said


def test_names_are_no_numbers() -> None:
    with speaking("es"):
        assert say("class {name}", name="1.5") == "clase 1.5"  # a name that its maker gave
        assert say("{number} never", number=2) == "2 nunca"
        assert in_numbers("97.5%") == "97,5\xa0%"


def test_words_that_no_catalogue_has_stay_english() -> None:
    with speaking("zh"):
        assert say("words that nobody says, {n}", n=3) == "words that nobody says, 3"


def test_braces_in_names_are_left_alone() -> None:
    assert str(Message("“{name}” is never answered", {"name": "{x} {0} {name}"})) == (
        "“{x} {0} {name}” is never answered"
    )


def test_what_is_called_later_speaks_the_language_of_now() -> None:
    with speaking("es"):
        label = in_this_language(lambda share: in_numbers(f"{share:.1%}"))
    assert label(0.5) == "50,0\xa0%" and spoken() == "en"


def test_a_language_ends_with_its_block_also_where_that_fails() -> None:
    with pytest.raises(ZeroDivisionError), speaking("es"):
        _ = 1 / 0
    assert spoken() == "en"


def test_each_thread_speaks_for_itself() -> None:
    heard: list[str] = []
    with speaking("es"):
        thread = Thread(target=lambda: heard.append(spoken()))
        thread.start()
        thread.join()
        assert (heard, spoken()) == (["en"], "es")


def test_every_language_is_heard() -> None:
    assert in_each_language(lambda: say("epoch")) == {"en": "epoch", "es": "época", "zh": "轮次"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        *(("zh", "zh"), ("zh-CN", "zh"), ("zh_Hans", "zh"), ("zh-Hans-TW", "zh"), ("Chinese", "zh")),
        *(
            ("中文", "zh"),
            ("ES", "es"),
            ("es-419", "es"),
            ("español", "es"),
            ("en-GB", "en"),
            ("english", "en"),
        ),
    ],
)
def test_a_language_goes_by_the_names_that_people_give_it(wanted: str, found: str) -> None:
    assert checked_language(wanted) == found


@pytest.mark.parametrize("wanted", ["", "tlh", "e s", "-", "zh-TW", "zh-Hant", "x" * 300])
def test_a_language_that_there_is_not_is_refused_with_those_that_there_are(wanted: str) -> None:
    with pytest.raises(ViewError, match="unknown language") as caught:
        checked_language(wanted)
    assert "en, english, es" in str(caught.value) or "did you mean" in str(caught.value)


def test_a_language_is_a_text() -> None:
    with pytest.raises(ViewError, match="named by a text"):
        checked_language(None)  # type: ignore[arg-type]


def test_the_nearest_name_of_a_language_is_told() -> None:
    with pytest.raises(ViewError, match="did you mean spanish"):
        checked_language("spannish")


def test_negative_numbers_have_a_minus_and_names_keep_their_hyphens() -> None:
    assert say("{x:g} and {name}", x=-1.5, name="two-moons") == "−1.5 and two-moons"
    with speaking("es"):
        assert say("{x:.1f}", x=-1.5) == "−1,5"
