"""Narration: sentences about epochs, dealt out to the seconds of a film."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from replay.film.encoder.captions import Cue
from replay.film.timeline import Timeline

SHORTEST, LONGEST = 1.0, 7.0  # seconds that a sentence stays, where the film has them
OPENS, CLOSES = (2, 0.0), (1, 0.0)  # how much the first sentence counts, and the last; milestones count less


class Event(NamedTuple):
    """A sentence that is true from `epoch` on, or up to `until`. Where time is short, higher `ranks` stay."""

    epoch: float
    text: str
    until: float | None = None
    rank: tuple[float, ...] = ()


def narrated(opening: str, events: Sequence[Event], timeline: Timeline, hold: float = 0.0) -> list[Cue]:
    """The opening, then each event when the film reaches its epoch; in order, none over another.

    Args:
        opening: The first sentence.
        events: What to tell, in any order. What the film does not reach is left out. Of what began before
            it, the most important that still holds is told.
        timeline: The moments of the film.
        hold: Seconds that the last frame stays, where the timeline leaves it open.

    Each stays for a second at least, which may delay the next. In a film of n seconds, n are told at most.
    """
    length = len(timeline.moments) / timeline.fps + (hold if timeline.hold is None else timeline.hold)
    first, last = timeline.moments[0], timeline.moments[-1]
    before = [each for each in events if each.epoch < first and (each.until is None or each.until >= first)]
    reached = [each for each in events if first <= each.epoch <= last]
    reached += sorted(before, key=lambda each: each.rank)[-1:]
    reached = sorted(reached, key=lambda each: each.rank, reverse=True)[: max(0, int(length / SHORTEST) - 1)]
    told = [Event(first, opening, rank=OPENS), *sorted(reached, key=lambda each: (each.epoch, each.rank))]
    least = min(SHORTEST, length / len(told))
    starts = _apart([_second(each.epoch, timeline) for each in told], least, length)
    return [
        Cue(start, _end(each, start + least, following, timeline), each.text)
        for each, start, following in zip(told, starts, [*starts[1:], length], strict=True)
    ]


def _second(epoch: float, timeline: Timeline) -> float:
    """When the film first shows `epoch` or a later one."""
    return min(bisect_left(timeline.moments, epoch), len(timeline.moments) - 1) / timeline.fps


def _apart(wanted: Sequence[float], least: float, length: float) -> list[float]:
    """Times as near after the wanted ones as may be, `least` seconds apart; all lie within the film."""
    starts: list[float] = []
    for time in wanted:
        starts.append(max([time, *(before + least for before in starts[-1:])]))
    n = len(starts)
    return [min(start, length - (n - place) * least) for place, start in enumerate(starts)]


def _end(event: Event, earliest: float, following: float, timeline: Timeline) -> float:
    """When the sentence goes: what is over has been told, and so has what stood there for long."""
    latest = earliest + LONGEST - SHORTEST
    over = latest if event.until is None else _second(event.until, timeline)
    return min(following, latest, max(earliest, over))
