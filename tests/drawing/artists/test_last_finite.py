"""Of a network that diverged: the snapshot before, what is said of it, and in which words it fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.style import LIGHT
from tests.helpers.awkward import awkward_run


@pytest.mark.parametrize(
    ("inches", "words"),
    [(4.0, "not finite since epoch 3: this is epoch 2"), (1.6, "this is epoch 2"), (0.5, "NaN"), (0.1, "")],
)
def test_the_snapshot_before_is_shown_and_said_as_there_is_room(
    inches: float, words: str, tmp_path: Path
) -> None:
    evaluation = Replay(awkward_run("nan-from-3", tmp_path)).evaluation
    axes = Figure(figsize=(inches / 0.775, 2)).subplots()
    finite = LastFinite(axes, evaluation, LIGHT)
    assert [finite.moment(epoch) for epoch in (0, 1.5, 2)] == [0, 1.5, 2]
    assert not finite.moving[0].get_visible()
    assert [finite.moment(epoch) for epoch in (2.25, 3, 6)] == [2, 2, 2]
    assert finite.moving[0].get_text() == words  # type: ignore[attr-defined]
    assert finite.moment(1) == 1 and not finite.moving[0].get_visible()


def test_planes_and_histograms_stand_still_after_it(tmp_path: Path) -> None:
    replay = Replay(awkward_run("nan-from-3", tmp_path))
    for view in ("feature-space", "decision-boundary", "probabilities", "losses", "confusion-matrix"):
        picture = replay.view(view)
        pictures = []
        for epoch in (2, 6):
            figure = picture.plot(epoch)
            for artist in picture.moving:
                if artist in figure.texts or artist in picture.clock.moving:
                    artist.set_visible(False)
            for panel in picture.panels:
                panel.finite.moving[0].set_visible(False)  # type: ignore[attr-defined]
            figure.canvas.draw()
            pictures.append(np.asarray(figure.canvas.buffer_rgba()).copy())  # type: ignore[attr-defined]
        np.testing.assert_array_equal(*pictures)
