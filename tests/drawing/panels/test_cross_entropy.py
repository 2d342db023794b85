"""The panel of the cross-entropy names the lines of the means where they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from replay import Replay, datasets
from replay.drawing.artists.words import Words
from replay.drawing.panels.cross_entropy import CrossEntropyPanel
from replay.drawing.style import LIGHT
from replay.views.cross_entropy import CrossEntropy, CrossEntropyFrame
from tests.conftest import MakeRun

HELD_OUT = datasets.moons(20, noise=0.3, seed=2)


def panel_of(path: Any, mean: float, held_out: float | None, patch: pytest.MonkeyPatch) -> CrossEntropyPanel:
    view = CrossEntropy(Replay(path).evaluation)
    n = len(view.labels)
    patch.setattr(view, "at", lambda epoch: CrossEntropyFrame(epoch, np.ones(n), np.ones(n), mean, held_out))
    with LIGHT.applied():
        axes = Figure(figsize=(8, 5), dpi=120).subplots()
        panel = CrossEntropyPanel(axes, view, LIGHT)
    panel.show(0)
    return panel


def boxes(panel: CrossEntropyPanel) -> list[tuple[Words, Bbox]]:
    """The words of the means, and where they lie in pixels."""
    figure = panel.axes.get_figure(root=True)
    assert figure is not None
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [(words, words.get_window_extent(renderer)) for words in panel.words]


@pytest.mark.parametrize("mean", [0.0, 0.1, 0.5, 0.693, 0.8, 1.5, 2.4, 9.0])
def test_the_words_touch_their_line_and_stay_within_the_axes(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, mean: float
) -> None:
    panel = panel_of(make_run(), mean, None, monkeypatch)
    ((words, box),) = boxes(panel)
    line = panel.axes.transData.transform((0, min(mean, panel.view.highest)))[1]
    assert words.get_text() == f"mean loss {mean:.2f}"
    assert 0 <= max(box.y0 - line, line - box.y1) < box.height  # beside the line, not on it
    assert panel.axes.bbox.y0 <= box.y0 and box.y1 <= panel.axes.bbox.y1


def test_two_means_have_their_words_side_by_side(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = panel_of(make_run(held_out=HELD_OUT), 0.4, 0.41, monkeypatch)
    (_, one), (_, other) = boxes(panel)
    assert one.x1 < other.x0
    assert [words.get_text() for words in panel.words] == ["mean loss 0.40", "held out 0.41"]


def test_a_mean_that_is_no_number_has_no_line(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = panel_of(make_run(), np.nan, None, monkeypatch)
    assert not panel.means[0].get_visible() and panel.words[0].get_text() == ""
