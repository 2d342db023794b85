"""R² of a sweep's runs, and the figure of fitted curves, told from what its artists hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from replay.network.description import dense
from replay.runs.regression import quality
from replay.sweeps.figures import sweep_figure, sweep_figures
from replay.sweeps.folder import SweepStore
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from tests.helpers.pictures import faults

INPUTS = np.linspace(-1, 1, 30)[:, None]
TARGETS = 2 * INPUTS + 1


# R²


@pytest.mark.parametrize("columns", [1, 3])
def test_r_squared_is_that_of_keras(columns: int) -> None:
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(40, columns)).astype(np.float32)
    outputs = targets + rng.normal(0, 0.5, (3, 40, columns)).astype(np.float32)
    expected = [float(keras.metrics.R2Score()(targets, each)) for each in outputs]
    np.testing.assert_allclose(quality(targets, outputs).r2, expected, atol=1e-5)


def test_r_squared_by_hand() -> None:
    targets = np.array([0.0, 1, 2, 3])
    outputs = np.array([[0.0, 1, 2, 3], [1.5, 1.5, 1.5, 1.5], [0, 1, 2, 5]])[..., None]
    np.testing.assert_allclose(quality(targets, outputs).r2, [1, 0, 1 - 4 / 5])


def test_r_squared_is_of_the_columns_that_vary_and_undefined_without_any() -> None:
    targets = np.column_stack([np.arange(4.0), np.ones(4)])
    outputs = targets[None] + [[[0, 5.0]]]
    assert quality(targets, outputs).r2.tolist() == [1]
    assert np.isnan(quality(np.ones(4), np.ones((2, 4, 1))).r2).all()
    assert np.isnan(quality(targets, np.ones((1, 4, 5))).r2).all()
    assert np.isnan(quality(targets, outputs * np.nan).r2).all()


# The figure


def swept(folder: Path, slopes: dict[str, list[float]], held_out: Any = None, **facts: Any) -> SweepTable:
    """A sweep whose runs are straight lines y = slope · x + 1."""
    settings = {"scenario": "lines", "combinations": {name: {"activation": name} for name in slopes}}
    store = SweepStore(folder)
    store.begin({**settings, "epochs": 2}, overwrite=True)
    store.keep_data(INPUTS, TARGETS, held_out)
    for name, some in slopes.items():
        for seed, slope in enumerate(some):
            weights = (np.array([[slope]], np.float32), np.ones(1, np.float32))
            outcome = {"solved": slope == 2, "r2": 0.5, "losses": np.ones(2), **facts}
            layers = (dense("output", 1, 1),)
            store.add(SweepRun(name=name, seed=seed, weights=weights, layers=layers, **outcome))
    return SweepTable.open(folder)


def by_name(axes: Any, gid: str) -> Any:
    return next(line for line in axes.lines if line.get_gid() == gid)


def test_the_median_and_the_bands_are_those_of_the_seeds(tmp_path: Path) -> None:
    slopes = [0.0, 1, 2, 3, 4]
    axes = sweep_figure(swept(tmp_path, {"tanh": slopes}), "fits", LIGHT).axes[0]
    x, y = by_name(axes, "median").get_data()
    np.testing.assert_allclose(y, 2 * x + 1, atol=1e-6)
    bands = [collection.get_paths()[0].vertices for collection in axes.collections]
    at_end = [vertices[np.isclose(vertices[:, 0], x[-1])][:, 1] for vertices in bands]
    tops = [float(each.max()) for each in at_end]
    expected = [1 + x[-1] * np.quantile(slopes, share) for share in (0.95, 0.75)]
    np.testing.assert_allclose(tops, expected, rtol=1e-5)


def test_samples_stand_on_top_and_held_out_ones_reach_beyond(tmp_path: Path) -> None:
    beyond = (np.array([[-2.0], [2.0]]), np.array([[0.0], [4.0]]))
    axes = sweep_figure(swept(tmp_path, {"tanh": [2.0]}, beyond), "fits", LIGHT).axes[0]
    np.testing.assert_allclose(by_name(axes, "training").get_xdata(), INPUTS[:, 0])
    np.testing.assert_allclose(by_name(axes, "held out").get_ydata(), beyond[1][:, 0])
    assert axes.get_xlim()[0] < -2 and axes.get_xlim()[1] > 2
    shaded = sorted((patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches)
    assert shaded[0][1] == -1 and shaded[1][0] == 1


def test_panels_share_their_limits_which_a_seed_that_exploded_does_not_set(tmp_path: Path) -> None:
    table = swept(tmp_path, {"tanh": [2.0] * 4, "relu": [2.0, 1e6, 2.0, np.nan]})
    one, other = sweep_figure(table, "fits", LIGHT).axes[:2]
    assert one.get_ylim() == other.get_ylim()
    assert np.abs(one.get_ylim()).max() < 10


def test_a_combination_of_which_all_seeds_diverged_says_so(tmp_path: Path) -> None:
    axes = sweep_figure(swept(tmp_path, {"tanh": [np.nan]}), "fits", LIGHT).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no seed gives finite numbers"]


@pytest.mark.parametrize("size", [None, (720, 480)])
def test_no_words_lie_on_others_or_leave_the_figure(tmp_path: Path, size: Any) -> None:
    names = {f"a-rather-long-name-of-a-run-{number}": [1.0, 2, 3] for number in range(6)}
    page = sweep_figure(swept(tmp_path, names), "fits", DARK, size)
    assert faults(page, DARK) == []


def test_it_is_offered_for_numbers_alone(tmp_path: Path) -> None:
    assert sweep_figures(swept(tmp_path, {"tanh": [2.0]})) == ["solved", "epochs", "losses", "fits"]
    classes = swept(tmp_path, {"tanh": [2.0]}, accuracy=1.0, r2=None)
    assert "fits" not in sweep_figures(classes)
    with pytest.raises(ViewError, match="single numbers"):
        sweep_figure(classes, "fits")


def test_large_networks_have_no_fits(tmp_path: Path) -> None:
    table = swept(tmp_path, {"tanh": [2.0]})
    bare = [SweepRun(name="tanh", seed=0, solved=True, r2=1.0, losses=np.ones(2))]
    with pytest.raises(ViewError, match="too large"):
        sweep_figure(SweepTable(table.folder, table.settings, bare), "fits")


def test_losses_below_zero_have_a_linear_axis(tmp_path: Path) -> None:
    table = swept(tmp_path, {"tanh": [2.0]}, losses=np.array([0.5, -0.4]))
    axes = sweep_figure(table, "losses", LIGHT).axes[0]
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "linear" and low < -0.4 and high > 0.5
    assert len([tick for tick in axes.get_yticks() if low <= tick <= high]) >= 2
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), [0.5, -0.4])
