"""Runs side by side in any view: a column each, with its name and how much is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from replay import Replay, Scenario, compare, datasets
from replay.drawing.panels.collapsed_plane import CollapsedPlanePanel
from replay.drawing.panels.layer_product import LayerProductPanel
from replay.errors import ScenarioError, ViewError
from tests.conftest import MakeRun
from tests.helpers.pictures import faults


@pytest.fixture
def runs(make_run: MakeRun) -> list[Path]:
    return [
        make_run(f"{name}.h5", units=(2, 3, 1), activation=name, run=name, scenario="deep")
        for name in ("linear", "tanh")
    ]


def test_each_run_has_a_column_with_the_panels_of_the_view(runs: list[Path]) -> None:
    drawn = compare(runs, view="linear-collapse")
    panels: list[Any] = [panel for panel in drawn.panels if hasattr(panel, "panel")]
    kinds = [type(panel.panel) for panel in panels]
    assert kinds[:2] == [CollapsedPlanePanel, LayerProductPanel]
    assert kinds.count(CollapsedPlanePanel) == kinds.count(LayerProductPanel) == 2
    figure = drawn.plot(4)
    words = [text.get_text() for text in figure.findobj(Text)]
    heads = [text.get_text() for text in figure.texts]
    assert [name for name in heads if name in ("linear", "tanh")] == ["linear", "tanh"]
    for path in runs:
        share = Replay(path).evaluation.at(4).correct.mean()
        assert f"{share:.1%} right" in words
    assert faults(figure, drawn.style) == []


def test_a_run_that_ended_earlier_stays_at_its_end(make_run: MakeRun) -> None:
    long = make_run("long.h5", units=(2, 3, 1), run="long")
    short = make_run("short.h5", units=(2, 3, 1), n_snapshots=3, run="short")
    drawn = compare([long, short], view="linear-collapse")
    right = f"{Replay(short).evaluation.at(2).correct.mean():.1%} right"
    assert right in [text.get_text() for text in drawn.plot(4).findobj(Text)]


def test_runs_without_the_view_and_too_many_are_refused(make_run: MakeRun, runs: list[Path]) -> None:
    one_layer = make_run("flat.h5", units=(2, 1))
    with pytest.raises(ViewError, match=r"flat\.h5: .* nothing to multiply"):
        compare([one_layer, one_layer], view="linear-collapse")
    with pytest.raises(ViewError, match=r"flat\.h5: .*; only .*linear\.h5 has this view"):
        compare([runs[0], one_layer], view="linear-collapse")
    with pytest.raises(ViewError, match="takes 8 runs at most, not 9"):
        compare([runs[0]] * 9, view="linear-collapse")
    for view in ("morph", "dashboard"):
        with pytest.raises(ViewError, match=f"runs are not compared by {view}"):
            compare(runs, view=view)
    with pytest.raises(ViewError, match="unknown view 'linear-colapse'"):
        compare(runs, view="linear-colapse")


def test_a_run_without_the_view_is_left_out_and_told(
    make_run: MakeRun, runs: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    one_layer = make_run("flat.h5", units=(2, 1), run="flat", scenario="deep")
    drawn = compare([runs[0], one_layer, runs[1]], view="linear-collapse")
    heads = [text.get_text() for text in drawn.plot(4).texts]
    assert [name for name in heads if name in ("linear", "tanh", "flat")] == ["linear", "tanh"]
    (told,) = caplog.messages
    assert told.startswith(str(one_layer)) and told.endswith("; left out of the comparison")


def test_charts_of_many_runs_stand_in_rows(make_run: MakeRun) -> None:
    paths = [make_run(f"{n}.h5", units=(2, 3, 1), run=f"run-{n}", seed=n) for n in range(6)]
    figure = compare(paths, view="cross-entropy").plot(0)
    tops = {round(axes.get_position().y1, 3) for axes in figure.axes}
    assert len(figure.axes) == 6 and len(tops) == 2


def test_a_scenario_says_by_what_its_runs_are_compared() -> None:
    given: dict[str, Any] = {"name": "mine", "data": datasets.moons}
    assert Scenario(**given, compared_by="sparsity").compared_by == "sparsity"
    assert Scenario(**given).compared_by is None
    with pytest.raises(ScenarioError, match="unknown view 'sparse'"):
        Scenario(**given, compared_by="sparse")


def test_distributions_are_compared_layer_by_layer_as_before(runs: list[Path]) -> None:
    drawn = compare(runs, view="weights")
    assert np.isfinite(drawn.epochs).all() and len(drawn.panels) == 2


def test_matrices_keep_two_digits_so_that_they_can_be_multiplied_out(make_run: MakeRun) -> None:
    paths = [
        make_run(f"{name}.h5", units=(2, 4, 3, 1), activation=name, run=name, scenario="deep")
        for name in ("linear", "tanh")
    ]
    drawn = compare(paths, view="linear-collapse", size=(1206, 1315))
    drawn.plot(4)
    panels: list[Any] = [panel.panel for panel in drawn.panels if hasattr(panel, "panel")]
    for panel in panels:
        if isinstance(panel, LayerProductPanel):
            numbers = [word.text for word in panel.words.words]
            assert len(numbers) == 2 * 4 + 4 * 3 + 3 + 4 + 3 + 1 + 2 + 1
            assert all(len(number.strip("−").replace(".", "")) >= 2 for number in numbers), numbers


def test_titles_in_a_comparison_end_with_their_panels(runs: list[Path]) -> None:
    figure = compare(runs, view="linear-collapse").plot(4)
    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes:
        title: Any = axes._left_title  # type: ignore[attr-defined]
        assert title.get_window_extent(renderer).x1 <= axes.get_window_extent(renderer).x1 + 1
