"""Curves of several runs: the past in full, the future faint, validation thin, each run in its look."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from replay.drawing.identity import Look, looks
from replay.drawing.panels.run_curves import RunCurvesPanel, legend_of_runs, value_limits
from replay.drawing.style import LIGHT
from replay.views.curves import Curve

LOOKS = [Look("#111111", "-"), Look("#222222", "--")]


def falling(name: str, n: int, start: float = 1.0) -> Curve:
    return Curve(name, np.arange(1, n + 1), start / np.arange(1, n + 1))


def panel(*runs: list[Curve], last: float = 6) -> RunCurvesPanel:
    return RunCurvesPanel(Figure().subplots(), "Loss", runs, LOOKS[: len(runs)], (0.0, last), LIGHT)


@pytest.mark.parametrize("epoch", [0, 1, 3.5, 4, 6])
def test_a_curve_is_drawn_up_to_the_moment_and_stays_at_its_end(epoch: float) -> None:
    drawn = panel([falling("loss", 6)], [falling("loss", 4, 2)])
    drawn.show(epoch)
    for (_, line, dot), n, start in zip(drawn.curves, (6, 4), (1, 2), strict=True):
        epochs = np.arange(1, min(int(epoch), n) + 1)
        np.testing.assert_array_equal(line.get_xdata(), epochs)
        np.testing.assert_allclose(line.get_ydata(), start / epochs)
        np.testing.assert_allclose(dot.get_ydata(), start / epochs[-1:])


def test_the_future_is_faint_and_validation_thin() -> None:
    drawn = panel([], [falling("loss", 6), falling("val_loss", 6, 2)])
    faint = [line for line in drawn.axes.lines if line.get_alpha() is not None]
    assert [line.get_linestyle() for line in faint] == ["--", "--"]  # the style of the run
    assert all(0 < (line.get_alpha() or 0) < 0.5 for line in faint)
    assert [line.get_linestyle() for _, line, _ in drawn.curves] == ["--", "--"]
    training, validation = (line.get_linewidth() for _, line, _ in drawn.curves)
    assert validation < 0.5 * training
    assert {line.get_color() for line in drawn.axes.lines} == {"#222222"}
    np.testing.assert_allclose(faint[1].get_ydata(), 2 / np.arange(1, 7))


def test_the_limits_hold_the_curves_of_all_runs() -> None:
    drawn = panel([falling("loss", 3)], [falling("loss", 6, 9)])
    low, high = drawn.axes.get_ylim()
    assert low == 0 and high > 9
    assert drawn.axes.get_xlim() == (0, 6)


@pytest.mark.slow
@pytest.mark.parametrize(("room", "rows"), [(20.0, 1), (4.0, 4), (0.1, 8)])
def test_the_legend_names_all_runs_row_by_row_within_its_room(room: float, rows: int) -> None:
    figure, names = Figure(figsize=(21, 4)), [f"a run called {number}" for number in range(8)]
    with LIGHT.applied():
        legend = legend_of_runs(
            figure, names, looks([{"name": name} for name in names], LIGHT), LIGHT, (0.0, 1.0), room
        )
        FigureCanvasAgg(figure).draw()
    boxes = {text.get_text(): text.get_window_extent() for text in legend.get_texts()}
    in_order = sorted(names, key=lambda name: (-round(boxes[name].y0), boxes[name].x0))
    assert in_order == names
    assert len({round(box.y0) for box in boxes.values()}) == rows
    if rows < 8:
        assert legend.get_window_extent().width <= room * figure.dpi


def test_a_long_name_is_cut_in_the_legend() -> None:
    with LIGHT.applied():
        legend = legend_of_runs(Figure(), ["x" * 100, "short"], LOOKS, LIGHT, (0.0, 1.0), 20)
    long, short = (text.get_text() for text in legend.get_texts())
    assert short == "short" and len(long) == 40 and set(long.split("…")) <= {"x" * 19, "x" * 20}


@pytest.mark.parametrize(
    ("name", "values", "limits"),
    [
        ("accuracy", [0.9, 0.98], (0.9 - 0.006, 1.006)),
        ("accuracy", [0.0, 0.5, np.nan], (-0.06, 1.06)),
        ("accuracy", [np.nan, np.inf], (0.0, 1.0)),
        ("loss", [0.4, 0.2], (0.0, 0.424)),
    ],
)
def test_a_share_is_shown_from_its_lowest_and_a_loss_from_nothing(
    name: str, values: list[float], limits: tuple[float, float]
) -> None:
    curve = Curve(name, np.arange(len(values)), np.array(values))
    np.testing.assert_allclose(value_limits([curve]), limits)


def test_shares_that_are_all_one_have_limits_too() -> None:
    low, high = value_limits([Curve("accuracy", np.arange(2), np.ones(2))])
    assert low < 1 < high


def test_points_of_short_curves_are_marked() -> None:
    for n, marker in ((5, LIGHT.run_marker), (100, "None")):
        drawn = panel([falling("loss", n)], last=n)
        assert {line.get_marker() for line in drawn.axes.lines[:2]} == {marker}


def test_the_axis_says_what_is_thin() -> None:
    assert panel([falling("loss", 3)]).axes.get_xlabel() == "epoch"
    validated = panel([falling("loss", 3)], [falling("loss", 3), falling("val_loss", 3)])
    assert validated.axes.get_xlabel() == "epoch (held out thin)"


def test_only_the_past_and_the_present_move() -> None:
    drawn = panel([falling("loss", 3)], [falling("loss", 3), falling("val_loss", 3)])
    assert len(drawn.moving) == 6 and len(drawn.axes.lines) == 9


def test_a_run_that_ended_early_is_drawn_over_the_one_that_goes_on() -> None:
    """They may have the same values up to there, as with early stopping."""
    drawn = panel([falling("loss", 3)], [falling("loss", 6)])
    assert [line.get_color() for _, line, _ in drawn.curves] == ["#222222", "#111111"]


def test_a_mark_leaves_the_axes_with_its_curve_where_r2_is_far_below_0() -> None:
    far = Curve("r2_score", np.arange(1, 7), np.array([-9.0, -5, -2, 0, 0.5, 0.9]))
    drawn = panel([far])
    figure = drawn.axes.get_figure(root=True)
    assert figure is not None
    ((_, line, now),) = drawn.curves
    drawn.show(2)
    assert now.get_ydata()[0] == -5 < drawn.axes.get_ylim()[0]  # type: ignore[index]
    line.set_visible(False)
    shown = np.array(drawn_canvas(figure).buffer_rgba())
    now.set_visible(False)
    assert np.array_equal(shown, np.array(drawn_canvas(figure).buffer_rgba()))
    assert all(not mark.get_clip_on() for _, _, mark in panel([falling("loss", 6)]).curves)


def drawn_canvas(figure: Figure) -> FigureCanvasAgg:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas
