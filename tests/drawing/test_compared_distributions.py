"""Distributions of several runs on a figure: layers across, runs down, in the runs' looks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from replay.drawing.comparison import compare
from replay.drawing.identity import run_looks
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from tests.helpers.pictures import faults

RNG = np.random.default_rng(0)
DATA = RNG.normal(size=(60, 3)).astype(np.float32), np.arange(60) % 2
NAMES = [f"{a}-{b}" for a in ("relu", "tanh") for b in ("glorot_normal", "he_normal", "normal_0.01")]


def made(make_run: Any, names: list[str], **facts: Any) -> list[Evaluation]:
    facts = {"units": (3, 40, 50, 60, 1), "data": DATA, "n_snapshots": 3, **facts}
    return [
        Evaluation(Recording(make_run(f"{n}.h5", run=name, activation=name.split("-")[0], seed=n, **facts)))
        for n, name in enumerate(names)
    ]


def rows(composition: Any) -> list[Any]:
    return [panel.panel for panel in composition.panels]


@pytest.mark.parametrize("quantity", ["activations", "weights", "gradients"])
@pytest.mark.parametrize("size", [(1280, 720), (480, 270)])
def test_no_words_lie_on_one_another(make_run: Any, quantity: str, size: tuple[int, int]) -> None:
    composition = compare(made(make_run, NAMES, scenario="initializers"), DARK, size, quantity)
    with DARK.applied():
        assert faults(composition.plot(1), DARK) == []


def test_each_run_has_a_row_in_its_colour_and_each_layer_a_column_with_one_axis(make_run: Any) -> None:
    runs = made(make_run, NAMES)
    composition = compare(runs, LIGHT, None, "activations")
    composition.plot(1)
    looks = run_looks(runs, LIGHT)
    for row, name, look in zip(rows(composition), NAMES, looks, strict=True):
        assert len(row.axes) == 3
        named = {text.get_text(): text.get_color() for text in row.axes[0].texts}
        assert named[name] == look.colour
        assert all(to_hex(density.get_edgecolor()) == look.colour for density in row.densities)
    for column in zip(*(row.axes for row in rows(composition)), strict=True):
        assert len({cell.get_xlim() for cell in column}) == 1
    tops = [cell.get_title(loc="left") for cell in rows(composition)[0].axes]
    assert tops == ["hidden_1", "hidden_2", "hidden_3"]


def test_bars_and_densities_show_the_values_themselves(make_run: Any) -> None:
    """A ReLU's zeros are a bar as high as their share; the bar below goes from quartile to quartile."""
    runs = made(make_run, ["relu-a", "relu-b"])
    composition = compare(runs, LIGHT, None, "activations")
    composition.plot(2)
    for row, run in zip(rows(composition), runs, strict=True):
        kernel, bias = (weight[0].astype(float) for weight in run.recording.weights_at(2.0)[:2])
        values = np.maximum(run.recording.inputs @ kernel + bias, 0).ravel()
        (bar,) = (part for part in row.shares[0].get_segments() if part[0][0] == 0)
        assert bar[1][1] == pytest.approx((values == 0).mean(), abs=1e-6)
        parts = row.quartiles[0].get_segments()
        assert parts[-1][1][0] == pytest.approx(np.quantile(values, 0.75), rel=1e-3)
        outline = row.densities[0].get_xy()
        assert outline[:, 0].min() >= 0 and outline[:, 1].max() == pytest.approx(1)


def test_few_values_are_dots(make_run: Any) -> None:
    runs = made(make_run, ["tanh-a", "tanh-b"], units=(3, 5, 1))
    composition = compare(runs, LIGHT, None, "weights")
    composition.plot(0)
    for row, run in zip(rows(composition), runs, strict=True):
        kernel = run.recording.weights_at(0.0)[0][0].ravel()
        np.testing.assert_allclose(np.sort(row.dots[0].get_xdata()), np.sort(kernel), atol=1e-6)


def test_views_that_the_runs_do_not_have_are_refused(make_run: Any) -> None:
    with pytest.raises(ViewError, match="image"):
        compare(made(make_run, NAMES[:2]), LIGHT, None, "kernels")


def test_beside_each_row_is_the_share_of_samples_that_are_right(make_run: Any) -> None:
    runs = made(make_run, NAMES[:2])
    composition = compare(runs, LIGHT, None, "activations")
    for epoch in (0, 2):
        composition.plot(epoch)
        shares = [float(row.right.get_text().removesuffix("% right")) for row in rows(composition)]
        expected = [100 * run.correct([epoch]).mean() for run in runs]
        np.testing.assert_allclose(shares, expected, atol=0.051)
