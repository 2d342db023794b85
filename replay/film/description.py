"""A picture in words: short for who cannot see it, as a paragraph, and as it is told while a film plays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from replay.film.encoder.captions import Cue
from replay.film.narration import Event, narrated
from replay.film.timeline import Timeline


@dataclass(frozen=True)
class Description:
    """What a picture of a training shows, in words.

    Args:
        title: The title of the picture.
        alt: Alternative text for it, under 150 characters.
        text: A paragraph: the data, the network, how it trained, what happened when, how it ended.
        language: The language of these, as in "en".
        opening: The first sentence of a film.
        tell: A function that returns what is to be told of the epochs.

    `describe` makes descriptions.

    >>> from replay import Replay, describe
    >>> told = describe("run.h5")
    >>> print(told.alt)
    parabola · tanh. A network learns to tell 2 classes apart. At epoch 150, 72% of the samples are right.
    >>> film = Replay("run.h5").dashboard().animate(duration=5)
    >>> for start, end, sentence in told.narration(film.timeline):
    ...     print(f"{start:g} to {end:g} s: {sentence}")
    0 to 1.8 s: parabola · tanh. A network learns to tell 2 classes apart.
    1.8 to 4 s: At epoch 60, the loss fell fastest, from 0.5 to 0.333.
    4 to 5 s: At epoch 150, 72% of the samples are right.
    """

    title: str
    alt: str
    text: str
    language: str
    opening: str
    tell: Callable[[], Sequence[Event]] = field(repr=False, compare=False)

    def narration(self, timeline: Timeline, hold: float = 0.0) -> list[Cue]:
        """What to say while a film plays.

        Args:
            timeline: The moments of the film, as an `Animation` has them.
            hold: Seconds that the last frame stays, where the timeline leaves it open.

        Returns:
            A list of (start, end, text), in seconds, in order. None lies over another.
        """
        return narrated(self.opening, self.tell(), timeline, hold)
