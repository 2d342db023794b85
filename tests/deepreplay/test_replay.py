"""Replay under DeepReplay's name gives its numbers, computed here by Keras or from what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

import replay
from replay.deepreplay import plot
from replay.deepreplay.replay import Replay
from replay.errors import RunFileError, ViewError
from tests.conftest import MakeRun
from tests.storage.test_deepreplay import INPUTS, N_EPOCHS, TARGETS, stored, write


@pytest.fixture
def old(tmp_path: Path) -> Replay:
    """A training that DeepReplay recorded, of two in its file."""
    path = write(tmp_path / "old.h5")
    write(path, group="part2")
    return Replay(path, "part1")


@pytest.fixture
def new(make_run: MakeRun, tmp_path: Path) -> Replay:
    (tmp_path / "trainings.h5").mkdir()
    make_run("trainings.h5/tanh.h5", n_snapshots=6)
    make_run("trainings.h5/relu.h5", n_snapshots=6, activation="relu", units=(2, 3, 2, 1))
    return Replay(tmp_path / "trainings.h5", "tanh")


def rebuilt(path: Path) -> Any:
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(2, activation="tanh", name="layer0"),
            keras.layers.Dense(1, activation="sigmoid", name="layer1"),
        ]
    )
    model.compile(loss="binary_crossentropy")
    return model


def weights_of(path: Path, epoch: int) -> list[np.ndarray]:
    return [stored(path, f"layer{layer}/weights{n}")[epoch] for layer in (0, 1) for n in (0, 1)]


# Numbers


def test_groups_of_files_that_deepreplay_wrote_are_read(old: Replay) -> None:
    path = old.run.recording.path
    model = rebuilt(path)
    proba = old.predict_proba()
    assert proba.shape == (N_EPOCHS + 1, len(INPUTS), 1)
    for epoch in (0, 3, N_EPOCHS):
        model.set_weights(weights_of(path, epoch))
        np.testing.assert_allclose(proba[epoch], model.predict(INPUTS, verbose=0), rtol=1e-5)
    np.testing.assert_array_equal(old.inputs, INPUTS)
    np.testing.assert_array_equal(old.targets, TARGETS)
    np.testing.assert_allclose(old.training_loss, stored(path, "loss"))
    np.testing.assert_allclose(old.get_training_metric("acc"), stored(path, "acc"))
    assert old.n_epochs == N_EPOCHS and old.group_name == "part1"


def test_a_stretch_of_epochs_is_the_whole_run_sliced(old: Replay) -> None:
    whole = old.predict_proba()
    np.testing.assert_array_equal(old.predict_proba(2, 4), whole[2:5])
    np.testing.assert_array_equal(old.predict_proba(epoch_end=99), whole)
    old.build_loss_histogram(plt.figure().subplots(), epoch_start=2, epoch_end=4)
    data = old.loss_histogram[1]
    assert data is not None
    np.testing.assert_array_equal(data.loss, old.run.losses()[2:5])


def test_curves_have_the_epochs_that_were_asked_for(new: Replay) -> None:
    new.build_loss_and_metric(plt.figure().subplots(), "acc", epoch_start=2, epoch_end=4)
    _, data = new.loss_and_metric
    assert data is not None and data.metric_name == "acc"
    np.testing.assert_allclose(data.loss, [1 / 3, 1 / 4, 1 / 5])
    np.testing.assert_allclose(data.metric, [2 / 6, 3 / 6, 4 / 6])


@pytest.mark.parametrize("name", ["acc", "accuracy"])
def test_accuracy_has_the_name_of_the_old_keras_and_of_the_new(new: Replay, name: str) -> None:
    np.testing.assert_allclose(new.get_training_metric(name), np.arange(1, 6) / 6)


def test_a_metric_that_was_not_logged_is_an_error_rather_than_zeros(new: Replay) -> None:
    with pytest.raises(ViewError, match=r"unknown metric 'auc'.*accuracy"):
        new.get_training_metric("auc")


def test_a_group_that_is_not_there_is_named_with_those_that_are(new: Replay, tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="unknown group 'tan': did you mean tanh"):
        Replay(tmp_path / "trainings.h5", "tan")


# What is built


def test_every_plot_comes_with_its_data(new: Replay) -> None:
    _, axes = plt.subplots(2, 4)
    a = axes.ravel()
    assert new.feature_space == (None, None)
    built = {
        "feature_space": (new.build_feature_space(a[0], "hidden"), plot.FeatureSpace),
        "decision_boundary": (new.build_decision_boundary(a[1]), plot.FeatureSpace),
        "probability_histogram": (new.build_probability_histogram(a[2], a[3]), plot.ProbabilityHistogram),
        "loss_histogram": (new.build_loss_histogram(a[4]), plot.LossHistogram),
        "loss_and_metric": (new.build_loss_and_metric(a[5], "acc"), plot.LossAndMetric),
        "weights_violins": (new.build_weights(a[6]), plot.LayerViolins),
        "activations_violins": (new.build_outputs(a[7]), plot.LayerViolins),
    }
    for name, (made, kind) in built.items():
        kept, data = getattr(new, name)
        assert kept is made and type(made) is kind
        assert data is not None


def test_the_data_of_a_feature_space_are_those_that_keras_gives(old: Replay) -> None:
    ax = plt.figure().subplots()
    old.build_feature_space(ax, "layer0", contour_points=20, xlim=(-2, 3), ylim=(0, 4))
    _, data = old.feature_space
    assert data is not None
    path = old.run.recording.path
    model = rebuilt(path)
    hidden = keras.Model(model.inputs, model.layers[0].output)
    order = np.argsort(TARGETS[:, 0], kind="stable")
    np.testing.assert_array_equal(data.target, TARGETS[order, 0])
    np.testing.assert_allclose(data.line.input, INPUTS[order], rtol=1e-6)
    assert data.line.grid[..., 0].min() == -2 and data.line.grid[..., 0].max() == 3
    assert data.line.grid[..., 1].min() == 0 and data.line.grid[..., 1].max() == 4
    for epoch in (0, N_EPOCHS):
        model.set_weights(weights_of(path, epoch))
        np.testing.assert_allclose(
            data.bent_line.input[epoch], hidden.predict(INPUTS[order], verbose=0), rtol=1e-4, atol=1e-6
        )
        grid = hidden.predict(data.line.grid.reshape(-1, 2), verbose=0)
        np.testing.assert_allclose(data.bent_line.grid[epoch].reshape(-1, 2), grid, rtol=1e-4, atol=1e-5)
        mesh = model.layers[1](data.bent_line.contour[epoch].reshape(-1, 2)).numpy()
        sure = np.abs(mesh - 0.5) > 1e-4
        np.testing.assert_array_equal(data.prediction[epoch].reshape(-1, 1)[sure], (mesh > 0.5)[sure])


def test_the_data_of_a_boundary_are_those_of_the_plane(new: Replay) -> None:
    new.build_decision_boundary(plt.figure().subplots(), contour_points=10, xlim=(-1, 1), ylim=(-1, 1))
    _, data = new.decision_boundary
    assert data is not None
    np.testing.assert_array_equal(data.bent_line.contour[3], data.line.contour)
    mesh = data.line.contour.reshape(-1, 2)
    assert mesh.min() == -1 and mesh.max() == 1
    predicted = new.run.probabilities(mesh, epochs=[3])[0] > 0.5
    np.testing.assert_array_equal(data.prediction[3].ravel() == 1, predicted)


def test_distributions_have_every_value_and_their_spread(new: Replay, tmp_path: Path) -> None:
    deep = Replay(tmp_path / "trainings.h5", "relu")
    assert deep.weights_std is None
    assert deep.build_weights(None) is None
    assert deep.build_gradients(None, layer_names=["hidden_1"]) is None
    _, weights = deep.weights_violins
    _, gradients = deep.gradients_violins
    assert weights is not None and gradients is not None
    assert weights.names == weights.layers == ["hidden_1", "hidden_2", "output"]
    assert weights.selected_layers == ["hidden_1", "hidden_2"]
    assert gradients.selected_layers == ["hidden_1"]
    for number, name in enumerate(weights.names):
        kernels, slopes = deep.run.weights(name)["kernel"], deep.run.gradients(name)["kernel"]
        for epoch in range(6):
            np.testing.assert_array_equal(weights.values[epoch][number], kernels[epoch])
            np.testing.assert_allclose(gradients.values[epoch][number], slopes[epoch], rtol=1e-5)
    assert deep.gradients_std is not None
    assert deep.gradients_std.shape == (6, 3)
    np.testing.assert_allclose(
        deep.gradients_std[:, 0], deep.run.gradients("hidden_1")["kernel"].std(axis=(1, 2)), rtol=1e-4
    )


@pytest.mark.parametrize("before", [True, False])
def test_outputs_begin_with_the_inputs(new: Replay, before: bool) -> None:
    new.build_outputs(None, before_activation=before)
    _, data = new.zvalues_violins if before else new.activations_violins
    assert data is not None
    assert data.names == [*data.selected_layers, "output"] == ["inputs", "hidden", "output"]
    np.testing.assert_allclose(data.values[2][0], new.inputs, rtol=1e-6)
    expected = new.run.activations("hidden", epochs=[2], before_activation=before)[0]
    np.testing.assert_array_equal(data.values[2][1], expected)


# Models


def test_a_saved_model_is_read_only_where_it_is_needed(new: Replay, tmp_path: Path) -> None:
    path = tmp_path / "trainings.h5"
    assert Replay(path, "tanh", "never_saved_model.h5").n_epochs == 5
    old = write(
        tmp_path / "old.h5", (("relu", ((2, 3), (3,))), ("", ((3,), (3,))), ("sigmoid", ((3, 1), (1,))))
    )
    with pytest.raises(
        RunFileError, match=r"part1_model\.h5 does not exist: name the file of the saved model"
    ):
        Replay(old, "part1", tmp_path / "part1_model.h5")


@pytest.mark.slow
def test_a_saved_model_answers_for_a_group_that_does_not_describe_it(tmp_path: Path) -> None:
    shapes = (("relu", ((2, 3), (3,))), ("", ((3,),) * 4), ("sigmoid", ((3, 1), (1,))))
    path = write(tmp_path / "old.h5", shapes)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.save(tmp_path / "part1_model.keras")
    found = Replay(path, "part1", tmp_path / "part1_model.keras")

    assert found.predict_proba().shape == (N_EPOCHS + 1, len(INPUTS), 1)


def test_the_run_behind_it_has_all_that_is_new(new: Replay) -> None:
    assert isinstance(new.run, replay.Replay)
    assert new.run.dashboard().epochs[-1] == 5


# Plots


def test_weights_are_those_of_the_model_epoch_by_epoch(old: Replay) -> None:
    path = old.run.recording.path
    assert len(old.weights) == N_EPOCHS + 1
    for epoch, weights in enumerate(old.weights):
        for found, expected in zip(weights, weights_of(path, epoch), strict=True):
            np.testing.assert_array_equal(found, expected)
    rebuilt(path).set_weights(old.weights[-1])


def test_films_take_matplotlibs_options_and_become_pages(new: Replay, tmp_path: Path) -> None:
    film = new.build_loss_histogram(plt.figure(figsize=(2, 2)).subplots()).animate()
    film.save(
        tmp_path / "a.mp4", "ffmpeg", fps=5, metadata={"title": "Mine"}, extra_args=["-vcodec", "libx264"]
    )
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.metadata["title"] == "Mine"
        assert len(list(container.decode(video=0))) == 6
    assert film.to_jshtml().count("data:image/png") == 6


def test_a_plot_takes_the_place_of_an_earlier_one_on_its_axes(new: Replay) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    for _ in range(2):  # as when a cell of a notebook runs again
        plots = [new.build_feature_space(left, "hidden"), new.build_loss_and_metric(right, "loss")]
    assert len(left.images) == 1
    plot.compose_plots(plots, 3)
    assert all(axes in figure.axes for axes in (left, right)) and len(figure.axes) <= 3


@pytest.mark.parametrize(
    "given", [lambda panel: panel, lambda panel: [None], lambda panel: [panel.composition]]
)
def test_what_is_no_list_of_plots_is_refused(new: Replay, given: Any) -> None:
    panel = new.build_loss_histogram(plt.figure().subplots())
    with pytest.raises(ViewError, match="as a list of what the build_"):
        plot.compose_plots(given(panel), 3)
