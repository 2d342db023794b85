"""`replay.deepreplay` offers the names of DeepReplay, each where DeepReplay has it, with its arguments."""

from __future__ import annotations

import doctest
import importlib
import inspect
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import replay.deepreplay
from replay.deepreplay import plot
from tests.conftest import MakeRun

# What the modules of DeepReplay 0.1.2a2 offer, and the arguments of it, in order.
OFFERED = {
    ("callbacks", "ReplayData"): "inputs targets filename group_name model",
    ("replay", "Replay"): "replay_filename group_name model_filename",
    ("plot", "compose_plots"): "objects epoch title",
    ("plot", "compose_animations"): "objects epoch_start epoch_end title",
    ("plot", "build_2d_grid"): "xlim ylim n_lines n_points",
    ("datasets.parabola", "load_data"): "xlim n_points shuffle seed",
    ("datasets.ball", "load_data"): "n_dims n_points classif_radius_fraction only_sphere shuffle seed",
    ("datasets.hypercube", "load_data"): "n_dims vertices shuffle seed",
}
METHODS = {
    "predict_proba": "epoch_start epoch_end",
    "get_training_metric": "metric_name",
    "build_gradients": "ax layer_names exclude_outputs epoch_start epoch_end",
    "build_outputs": "ax before_activation layer_names include_inputs exclude_outputs epoch_start epoch_end",
    "build_weights": "ax layer_names exclude_outputs epoch_start epoch_end",
    "build_loss_histogram": "ax epoch_start epoch_end",
    "build_loss_and_metric": "ax metric_name epoch_start epoch_end",
    "build_probability_histogram": "ax_negative ax_positive epoch_start epoch_end",
    "build_decision_boundary": "ax contour_points xlim ylim display_grid epoch_start epoch_end",
    "build_feature_space": "ax layer_name contour_points xlim ylim scale_fixed display_grid epoch_start "
    "epoch_end",
}
PROPERTIES = (
    *("feature_space", "decision_boundary", "loss_histogram", "loss_and_metric", "probability_histogram"),
    *("weights_violins", "activations_violins", "zvalues_violins", "gradients_violins"),
    *("weights_std", "gradients_std", "training_loss", "learning_rate"),
)
TUPLES = {
    "FeatureSpaceData": ("line", "bent_line", "prediction", "target"),
    "FeatureSpaceLines": ("grid", "input", "contour"),
    "LossAndMetricData": ("loss", "metric", "metric_name"),
    "ProbHistogramData": ("prob", "target"),
    "LossHistogramData": ("loss",),
    "LayerViolinsData": ("names", "values", "layers", "selected_layers"),
}


def arguments(one: Any) -> str:
    return " ".join(name for name in inspect.signature(one).parameters if name != "self")


@pytest.mark.parametrize(("module", "name"), OFFERED)
def test_a_name_is_where_deepreplay_has_it_with_its_arguments(module: str, name: str) -> None:
    found = getattr(importlib.import_module(f"replay.deepreplay.{module}"), name)
    assert arguments(found) == OFFERED[module, name]


def test_replay_has_the_methods_and_properties() -> None:
    found = replay.deepreplay.Replay
    for name, expected in METHODS.items():
        assert arguments(getattr(found, name)) == expected, name
    assert all(isinstance(getattr(found, name), property) for name in PROPERTIES)


def test_tuples_have_their_fields_and_plots_their_classes() -> None:
    for name, fields in TUPLES.items():
        assert getattr(plot, name)._fields == fields
    for name in ("FeatureSpace", "ProbabilityHistogram", "LossHistogram", "LossAndMetric", "LayerViolins"):
        assert issubclass(getattr(plot, name), plot.Plot)


def test_the_package_itself_has_the_main_names() -> None:
    for name in replay.deepreplay.__all__:
        assert getattr(replay.deepreplay, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = replay.deepreplay.nothing


@pytest.mark.parametrize(
    ("module", "name"), [*((m, n) for m, n in OFFERED if m not in ("callbacks", "plot"))]
)
def test_the_examples_run(
    module: str, name: str, make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trainings.h5").mkdir()
    make_run("trainings.h5/part1.h5")
    monkeypatch.chdir(tmp_path)
    found = getattr(importlib.import_module(f"replay.deepreplay.{module}"), name)
    text, said = inspect.getdoc(found) or "", StringIO()
    assert ">>> " in text
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert not doctest.DocTestRunner().run(test, out=said.write).failed, said.getvalue()


def test_a_grid_is_lines_both_ways_or_a_mesh() -> None:
    lines = plot.build_2d_grid((-1, 1), (0, 4), n_lines=3, n_points=5)
    assert lines.shape == (6, 5, 2)
    np.testing.assert_array_equal(lines[:3, 0, 0], [-1, 0, 1])  # of constant x
    np.testing.assert_array_equal(lines[3:, 0, 1], [0, 2, 4])
    mesh = plot.build_2d_grid((-1, 1), (0, 4), 4, 4)
    assert mesh.shape == (4, 4, 2) and len(np.unique(mesh.reshape(-1, 2), axis=0)) == 16


# Plots and films


@pytest.fixture
def plots(make_run: MakeRun, tmp_path: Path) -> list[plot.Plot]:
    (tmp_path / "trainings.h5").mkdir()
    make_run("trainings.h5/part1.h5")
    found = replay.deepreplay.Replay(tmp_path / "trainings.h5", "part1")
    _, axes = plt.subplots(1, 3, figsize=(9, 3))
    return [
        found.build_feature_space(axes[0], "hidden"),
        found.build_probability_histogram(axes[1], axes[2]),
    ]


def test_a_title_comes_before_that_of_the_panel_and_the_epoch_after_it(plots: list[plot.Plot]) -> None:
    space, histogram = plots
    histogram.set_title("Part 1:")
    space.set_title("Part 1")
    assert histogram.title == ("Part 1: Negatives", "Part 1: Positives")
    assert space.title == ("Part 1",)
    assert space.ax._left_title.get_fontweight() == "bold"  # type: ignore[attr-defined]
    histogram.plot(epoch=2)
    assert histogram.axes[0].get_title(loc="left") == "Part 1: Negatives · epoch 2"
    figure = plot.compose_plots(plots, 3, title="All")
    assert [ax.get_title(loc="left") for ax in figure.axes] == [*space.title, *histogram.title]
    assert figure.get_suptitle() == "All · epoch 3"
    assert space.fig is figure and histogram.ax is figure.axes[1]


def test_films_go_from_epoch_to_epoch_at_five_frames_a_second(plots: list[plot.Plot]) -> None:
    assert plots[0].n_epochs == 5
    for film, moments in (
        (plots[0].animate(), (0, 1, 2, 3, 4)),
        (plots[0].animate(1, 3), (1, 2, 3)),
        (plot.compose_animations(plots, epoch_start=2), (2, 3, 4)),
    ):
        assert film.animation.timeline.moments == moments
        assert film.animation.timeline.fps == 5


def test_a_composed_film_ends_with_the_shortest_run(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "trainings.h5").mkdir()
    for group, n in (("short", 3), ("long", 6)):
        make_run(f"trainings.h5/{group}.h5", n_snapshots=n)
    _, axes = plt.subplots(1, 2)
    spaces = [
        replay.deepreplay.Replay(tmp_path / "trainings.h5", group).build_feature_space(ax, "hidden")
        for group, ax in zip(("short", "long"), axes, strict=True)
    ]
    assert plot.compose_animations(spaces).animation.timeline.moments[-1] == 2
    assert plot.compose_plots(spaces, 5).get_suptitle() == "epoch 2"
