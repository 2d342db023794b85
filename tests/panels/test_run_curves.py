"""Curves of several runs: the past in full, the future faint, validation dashed, each run in its look."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay.panels.run_curves import RunCurvesPanel
from replay.style import LIGHT
from replay.views.curves import Curve


def falling(name: str, n: int, start: float = 1.0) -> Curve:
    return Curve(name, np.arange(1, n + 1), start / np.arange(1, n + 1))


def panel(*runs: list[Curve], last: float = 6) -> RunCurvesPanel:
    return RunCurvesPanel(Figure().subplots(), "Loss", runs, (0.0, last), LIGHT)


@pytest.mark.parametrize("epoch", [0, 1, 3.5, 4, 6])
def test_a_curve_is_drawn_up_to_the_moment_and_stays_at_its_end(epoch: float) -> None:
    drawn = panel([falling("loss", 6)], [falling("loss", 4, 2)])
    drawn.show(epoch)
    for (_, line, dot), n, start in zip(drawn.curves, (6, 4), (1, 2), strict=True):
        epochs = np.arange(1, min(int(epoch), n) + 1)
        np.testing.assert_array_equal(line.get_xdata(), epochs)
        np.testing.assert_allclose(line.get_ydata(), start / epochs)
        np.testing.assert_allclose(dot.get_ydata(), start / epochs[-1:])


def test_the_future_is_faint_and_validation_dashed() -> None:
    drawn = panel([], [falling("loss", 6), falling("val_loss", 6, 2)])
    faint = [line for line in drawn.axes.lines if line.get_alpha() is not None]
    assert [line.get_linestyle() for line in faint] == ["-", "--"]
    assert all(0 < (line.get_alpha() or 0) < 0.5 for line in faint)
    assert [line.get_linestyle() for _, line, _ in drawn.curves] == ["-", "--"]
    assert {line.get_color() for line in drawn.axes.lines} == {LIGHT.run_colour(1)}
    np.testing.assert_allclose(faint[1].get_ydata(), 2 / np.arange(1, 7))


def test_the_limits_hold_the_curves_of_all_runs() -> None:
    drawn = panel([falling("loss", 3)], [falling("loss", 6, 9)])
    low, high = drawn.axes.get_ylim()
    assert low == 0 and high > 9
    assert drawn.axes.get_xlim() == (0, 6)


def test_names_stand_in_a_legend_of_few_rows() -> None:
    for n_runs, columns in ((2, 1), (4, 1), (5, 2), (8, 2)):
        drawn = panel(*[[falling("loss", 3)]] * n_runs)
        drawn.name_runs([f"run {number}" for number in range(n_runs)])
        legend = drawn.axes.get_legend()
        assert legend is not None and legend._ncols == columns  # type: ignore[attr-defined]
        assert [text.get_text() for text in legend.get_texts()] == [f"run {n}" for n in range(n_runs)]


def test_only_the_past_and_the_present_move() -> None:
    drawn = panel([falling("loss", 3)], [falling("loss", 3), falling("val_loss", 3)])
    assert len(drawn.moving) == 6 and len(drawn.axes.lines) == 9
