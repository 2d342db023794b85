"""What is told when: in order, while it is true, and long enough to be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from replay.film.encoder.captions import Cue
from replay.film.narration import CLOSES, LONGEST, SHORTEST, Event, narrated
from replay.film.timeline import Timeline

OPENING = "it begins"


def film(seconds: float, first: float = 0.0, last: float = 100.0, fps: float = 20.0) -> Timeline:
    return Timeline(tuple(np.linspace(first, last, round(seconds * fps)).tolist()), fps)


def texts(cues: Sequence[Cue]) -> list[str]:
    return [cue.text for cue in cues]


def test_an_event_is_told_when_the_film_reaches_its_epoch() -> None:
    timeline = Timeline((0.0, 1.0, 2.0, 2.0, 3.0, 10.0, 11.0, 12.0), fps=1.0)
    cues = narrated(OPENING, [Event(2.0, "two"), Event(9.0, "nine")], timeline)
    assert cues == [(0, 2, OPENING), (2, 5, "two"), (5, 8, "nine")]


def test_a_sentence_goes_when_it_is_over_or_has_stood_for_long() -> None:
    cues = narrated(OPENING, [Event(50.0, "a plateau", until=60.0)], film(40))
    assert cues[0].end - cues[0].start == LONGEST
    assert (cues[1].start, cues[1].end) == pytest.approx((20, 24), abs=0.1)


@pytest.mark.parametrize("seconds", [0.05, 0.5, 1, 2.5, 8, 30])
@pytest.mark.parametrize("n", [0, 1, 7, 40])
def test_cues_are_in_order_within_the_film_and_none_lies_over_another(n: int, seconds: float) -> None:
    rng = np.random.default_rng(n)
    events = [
        Event(float(epoch), f"event {number}", float(epoch) + 1 if number % 3 else None, (0, number % 5))
        for number, epoch in enumerate(rng.uniform(0, 100, n))
    ]
    timeline = film(seconds)
    cues = narrated(OPENING, [*events, Event(100.0, "it ends", rank=CLOSES)], timeline)
    ends = [0.0, *(cue.end for cue in cues)]
    assert cues[0].text == OPENING
    assert all(start >= end - 1e-9 for start, end in zip((cue.start for cue in cues), ends, strict=False))
    assert all(cue.end > cue.start for cue in cues)
    assert cues[-1].end <= timeline.duration + 1e-9
    if seconds >= 1:
        assert min(cue.end - cue.start for cue in cues) >= SHORTEST - 1e-9
    if seconds >= 2:
        assert cues[-1].text == "it ends"


def test_where_time_is_short_the_most_important_are_told() -> None:
    events = [Event(float(epoch), f"{epoch}", rank=(0, epoch % 10)) for epoch in range(10, 70)]
    told = texts(narrated(OPENING, events, film(7)))
    assert told == [OPENING, "19", "29", "39", "49", "59", "69"]


def test_a_part_of_a_run_tells_what_holds_and_what_happens_in_it() -> None:
    events = [
        Event(1.0, "less", rank=(0, 1)),
        Event(2.0, "more", rank=(0, 2)),
        Event(3.0, "over", until=4.0, rank=(0, 3)),
        Event(15.0, "within", rank=(0, 0)),
        Event(30.0, "later", rank=(0, 9)),
    ]
    assert texts(narrated(OPENING, events, film(8, 10, 20))) == [OPENING, "more", "within"]


def test_the_hold_counts_unless_the_timeline_has_its_own() -> None:
    events = [Event(100.0, "it ends", rank=CLOSES)]
    assert narrated(OPENING, events, film(2), hold=3)[-1].end == 5
    own = Timeline(film(2).moments, 20.0, hold=1.0)
    assert narrated(OPENING, events, own, hold=3)[-1].end == 3
