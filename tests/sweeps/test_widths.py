"""Losses by width: who is compared, from where on samples are fitted, and what the figure draws."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from replay import load_scenario, theme
from replay.drawing.style import LIGHT
from replay.errors import ViewError
from replay.sweeps.figures import sweep_figure, sweep_figures
from replay.sweeps.result import SweepRun
from replay.sweeps.run import sweep
from replay.sweeps.table import SweepTable
from replay.sweeps.widths import losses_by_width

# By width, the losses of three seeds: training and held out. With 16 units one seed diverged.
TRAINING = {"2": (0.5, 0.4, 0.6), "8": (0.02, 0.003, 0.05), "16": (1e-9, 2e-4, np.nan), "1000": (0, 0, 0)}
HELD_OUT = {"2": (0.7, 0.9, 0.8), "8": (3, 9, 2), "16": (1.5, 1.25, np.inf), "1000": (0.6, 0.7, 0.65)}


def table_of(
    training: dict[str, Any], held_out: dict[str, Any], title: str = "small", **axes: dict[str, Any]
) -> SweepTable:
    """A sweep over width in an order of its own; `axes` are further ones: name → value by width."""
    names = [*reversed(training)]
    combinations = {
        f"units{units}": {"hidden_units": units, **{axis: of[units] for axis, of in axes.items()}}
        for units in names
    }
    runs = [
        SweepRun(
            name=f"units{units}",
            seed=seed,
            loss=loss,
            held_out_loss=held_out.get(units, (None,) * 3)[seed],
            losses=np.array([1, loss], np.float32),
        )
        for units in names
        for seed, loss in enumerate(training[units])
    ]
    settings = {"scenario": title, "combinations": combinations, "epochs": 2}
    return SweepTable(Path("nowhere"), settings, runs)


def test_widths_increase_and_carry_the_losses_of_their_seeds() -> None:
    found = losses_by_width(table_of(TRAINING, HELD_OUT))
    assert found is not None
    assert found.units.tolist() == [2, 8, 16, 1000]
    assert found.training[1].tolist() == [0.02, 0.003, 0.05]
    assert found.held_out[3].tolist() == [0.6, 0.7, 0.65]
    assert found.training[2][2] == found.held_out[2][2] >= 1e30  # what diverged is worse than all others


@pytest.mark.parametrize(
    ("medians", "expected"),
    [
        ((0.5, 0.1, 0.004, 0.002), 16),
        ((0.5, 0.004, 0.1, 0.002), 1000),  # for good
        ((0.5, 0.004, 0.002, 0.1), None),
        ((0.5, 0.005, 0.005, 0.005), None),  # below, not at
        ((0.5, 0.0, 0.0, 0.0), 8),
        ((0.0, 0.0, 0.0, 0.0), None),  # of nothing, no part is less
    ],
    ids=["fitted", "once more above", "above in the end", "at the limit", "exactly", "all"],
)
def test_samples_are_fitted_from_where_on_the_median_stays_below_a_hundredth(
    medians: tuple[float, ...], expected: int | None
) -> None:
    training = {units: (0.0, each, 10.0) for units, each in zip(TRAINING, medians, strict=True)}
    found = losses_by_width(table_of(training, HELD_OUT))
    assert found is not None
    assert found.fitted_from == expected


OTHER_AXIS = dict(zip(TRAINING, ("sgd", "adam", "adam", "adam"), strict=True))
SAME_AXIS = dict.fromkeys(TRAINING, "adam")


@pytest.mark.parametrize(
    "table",
    [
        table_of(TRAINING, {}),
        table_of(TRAINING, {**HELD_OUT, "8": (3, None, 2)}),
        table_of({name: TRAINING[name] for name in ("2", "8")}, HELD_OUT),
        table_of({**TRAINING, "8x2": (1, 1, 1)}, {**HELD_OUT, "8x2": (1, 1, 1)}),
        table_of(TRAINING, HELD_OUT, optimizer=OTHER_AXIS),
    ],
    ids=["nothing held out", "one run of an older folder", "two widths", "layers apart", "two axes"],
)
def test_what_is_no_sweep_over_width_has_no_such_figure(table: SweepTable) -> None:
    assert losses_by_width(table) is None
    assert sweep_figures(table) == ["losses"]
    with pytest.raises(ViewError, match="nowhere: losses by width need validation data and the axis"):
        sweep_figure(table, "widths")


def test_an_axis_with_one_value_does_not_matter() -> None:
    assert sweep_figures(table_of(TRAINING, HELD_OUT, optimizer=SAME_AXIS)) == ["losses", "widths"]


def test_failed_runs_are_left_out() -> None:
    table = table_of(TRAINING, HELD_OUT)
    failed = SweepRun(name="units8", seed=9, error="it failed")
    found = losses_by_width(SweepTable(table.folder, table.settings, [*table.runs, failed]))
    assert found is not None
    assert [len(losses) for losses in found.training] == [3] * 4


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_figure_draws_medians_seeds_and_the_width_that_fits(name: str) -> None:
    style = theme(name)
    page = sweep_figure(table_of(TRAINING, HELD_OUT), "widths", style)
    for axes, losses in zip(page.axes, (HELD_OUT, TRAINING), strict=True):
        curve, dots, line = axes.lines
        expected = [max(1e-6, median(np.nan_to_num(of, nan=1e30, posinf=1e30))) for of in losses.values()]
        np.testing.assert_allclose(curve.get_xdata(), [2, 8, 16, 1000])
        np.testing.assert_allclose(curve.get_ydata(), expected)
        assert len(dots.get_xdata()) == 12
        assert set(line.get_xdata()) == {16}
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        low, high = axes.get_ylim()
        finite = [loss for of in losses.values() for loss in of if np.isfinite(loss)]
        assert low < max(1e-6, min(finite)) and max(finite) < high < 1e3  # the diverged run is outside
        assert to_rgb(curve.get_color()) == to_rgb(style.loss)
    assert [axes.get_title(loc="left") for axes in page.axes] == ["Held out", "Training"]
    (words,) = page.axes[1].texts
    assert words.get_text() == "from 16 units on, training loss below 1% of the narrowest"
    page.canvas.draw()
    assert page.axes[1].get_yticklabels()[0].get_text() == "≤10⁻⁶"


def test_where_samples_are_never_fitted_nothing_is_marked() -> None:
    page = sweep_figure(table_of(HELD_OUT, HELD_OUT), "widths", LIGHT)
    assert [len(axes.lines) for axes in page.axes] == [2, 2]
    assert not page.axes[1].texts


@pytest.mark.parametrize("size", [None, (320, 200), (250, 900), (3840, 2160)])
@pytest.mark.parametrize("fitted", ["12", "900"])
def test_words_and_numbers_have_room_in_every_size(size: tuple[int, int] | None, fitted: str) -> None:
    widths = [str(units) for units in (*range(1, 13), 900, 1000)]
    training = {units: (1e-5,) * 3 if int(units) >= int(fitted) else (1,) * 3 for units in widths}
    title = "שלום $x^2$ <b>" + "a very long name " * 20
    page = sweep_figure(table_of(training, dict.fromkeys(widths, (1, 2, 3)), title), "widths", LIGHT, size)
    page.canvas.draw()
    held_out, trained = page.axes
    labels = [label for label in trained.get_xticklabels() if label.get_text()]
    boxes = [label.get_window_extent() for label in labels]
    assert labels[0].get_text() == "1" and len(labels) >= 3
    assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
    box = trained.texts[0].get_window_extent()
    assert trained.bbox.x0 <= box.x0 and box.x1 <= trained.bbox.x1 + 1
    assert all(0 <= text.get_window_extent().x0 <= page.bbox.width for text in page.texts)
    assert all(text.get_window_extent().x1 <= page.bbox.width for text in page.texts)
    assert held_out.bbox.y0 > trained.title.get_window_extent().y1


@pytest.mark.slow
def test_double_descent_is_seen_with_every_seed(tmp_path: Path) -> None:
    """Which processor rounds how decides on tenths of these losses, not on this."""
    scenario = load_scenario("double-descent")
    table = sweep(scenario, 2, tmp_path, axes={"hidden_units": (3, 6, 200)}, keep=False)
    assert sweep_figures(table) == ["solved", "epochs", "losses", "widths"]
    found = losses_by_width(table)
    assert found is not None
    narrow, peak, wide = found.held_out
    assert (peak > 1.2 * wide).all() and peak.mean() > 1.5 * narrow.mean()
    assert found.fitted_from in (6, 200)
