"""Held-out samples: the same network, asked about validation data; compared with Keras."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Recorder, Recording, Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from tests.conftest import MakeRun

HELD_OUT = datasets.moons(25, noise=0.3, seed=7)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A run that Keras trained, and its model at the end."""
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(3, activation="tanh", name="hidden"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    path = tmp_path_factory.mktemp("held-out") / "run.h5"
    X, y = datasets.moons(30)
    recorder = Recorder(path, X, y, validation_data=HELD_OUT)
    model.fit(X, y, epochs=2, verbose=0, callbacks=[recorder], validation_data=HELD_OUT)
    return path, model


def test_their_numbers_are_those_of_keras(trained: tuple[Path, Any]) -> None:
    path, model = trained
    held_out = Replay(path).held_out
    assert held_out is not None
    X, y = HELD_OUT
    p = model.predict(X, verbose=0)[:, 0]
    np.testing.assert_allclose(held_out.probabilities(epochs=[2])[0], p, rtol=1e-5, atol=1e-6)
    loss, accuracy = model.evaluate(X, y, verbose=0)
    assert held_out.losses(epochs=[2]).mean() == pytest.approx(loss, rel=1e-5)
    assert held_out.correct(epochs=[2]).mean() == pytest.approx(accuracy)
    np.testing.assert_array_equal(held_out.correct(epochs=[2])[0], (p > 0.5) == y)


def test_what_was_logged_is_what_they_give_after_each_epoch(trained: tuple[Path, Any]) -> None:
    replay = Replay(trained[0])
    assert replay.held_out is not None
    for name, values in (("val_loss", replay.held_out.losses()), ("val_accuracy", replay.held_out.correct())):
        np.testing.assert_allclose(values.mean(axis=1)[1:], replay.history[name], rtol=1e-5)


def test_hidden_layers_see_them_as_any_other_inputs(make_run: MakeRun) -> None:
    replay = Replay(make_run(held_out=HELD_OUT))
    assert replay.held_out is not None
    for epochs in (None, [3, 1]):
        expected = replay.activations("hidden", HELD_OUT[0], epochs)
        np.testing.assert_array_equal(replay.held_out.activations("hidden", epochs=epochs), expected)
    between = replay.held_out.evaluation.at(1.25).probabilities
    np.testing.assert_allclose(between, replay.evaluation.at(1.25).evaluate(HELD_OUT[0])[:, 0], rtol=1e-6)


def test_without_them_there_are_none_and_they_can_be_left_out(make_run: MakeRun) -> None:
    assert Replay(make_run()).held_out is None
    path = make_run(held_out=HELD_OUT)
    assert Replay(path, held_out=False).held_out is None
    evaluation = Replay(path).evaluation
    assert evaluation.held_out is not None and evaluation.alone.held_out is None
    np.testing.assert_array_equal(evaluation.alone.probabilities(), evaluation.probabilities())
    assert evaluation.of_samples(np.arange(3)).held_out is None


def test_a_class_that_the_training_lacks_keeps_its_number(make_run: MakeRun) -> None:
    X, y = HELD_OUT
    path = make_run(units=(2, 2, 4), data=datasets.moons(20), held_out=(X, y + 2))
    held_out = Replay(path).held_out
    assert held_out is not None
    np.testing.assert_array_equal(held_out.recording.task.labels, y + 2)
    assert held_out.confusion_matrices(epochs=[0])[0].sum(axis=1).tolist() == [0, 0, 25, 25]


def test_one_hot_targets_are_classes_among_them_too(make_run: MakeRun) -> None:
    X, y = HELD_OUT
    some, labels = datasets.moons(20)
    softmax = {"units": (2, 2, 2), "loss": "categorical_crossentropy"}
    path = make_run(data=(some, np.eye(2)[labels]), held_out=(X, np.eye(2)[y]), **softmax)
    assert Recording(path).held_out is not None
    np.testing.assert_array_equal(Recording(path).held_out.task.labels, y)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("held_out", "why"),
    [
        ((HELD_OUT[0], HELD_OUT[1] + 1), "their targets are not the classes 0 to 1"),
        ((HELD_OUT[0], HELD_OUT[1] + 0.5), "their targets are not the classes 0 to 1"),
        ((np.zeros((4, 3)), np.zeros(4)), "each has shape (3,), not (2,)"),
    ],
)
def test_those_that_do_not_fit_are_refused_with_a_way_out(
    make_run: MakeRun, held_out: tuple[Any, Any], why: str
) -> None:
    path = make_run(held_out=held_out)
    end = "; leave them out with --no-held-out (held_out=False)"
    with pytest.raises(ViewError, match=f"run.h5: its held-out samples .*{re.escape(why)}{re.escape(end)}$"):
        Replay(path).dashboard()
    assert len(Replay(path).dashboard(held_out=False).panels) > 3


def test_images_may_have_an_axis_for_their_channel(tmp_path: Path) -> None:
    images, labels = np.random.default_rng(0).uniform(size=(6, 4, 4)), np.arange(6) % 2
    layers = (LayerDescription("flatten", "Flatten", 16, shape=(16,)), dense("output", 16, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    held_out = images[:4, ..., None], labels[:4]
    with RunWriter(tmp_path / "run.h5", description, images, labels, validation_data=held_out) as writer:
        writer.snapshot(0, [np.ones((16, 1), np.float32), np.zeros(1, np.float32)])
    replay = Replay(tmp_path / "run.h5")
    assert replay.held_out is not None
    np.testing.assert_array_equal(replay.held_out.probabilities(), replay.probabilities()[:, :4])


def test_weights_are_read_once_for_both(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = Evaluation(Recording(make_run(held_out=HELD_OUT)))
    assert evaluation.held_out is not None
    read: list[float] = []
    weights_at = Recording.weights_at
    monkeypatch.setattr(Recording, "weights_at", lambda self, at: read.append(at) or weights_at(self, at))
    assert evaluation.at(1.5).losses.shape == (60,)
    assert evaluation.held_out.at(1.5).losses.shape == (50,)
    assert read == [1.5]
    assert evaluation.held_out.network is evaluation.network


@pytest.mark.parametrize(("held_out", "end"), [(None, ""), (HELD_OUT, " in training")])
def test_sentences_say_which_samples_they_count(
    make_run: MakeRun, held_out: tuple[Any, Any] | None, end: str
) -> None:
    X = np.array([[-1.0, 0], [1, 0]] * 20)
    path = make_run(units=(2, 2, 1), data=(X, (X[:, 0] > 0).astype(int)), held_out=held_out, n_snapshots=9)
    texts = {milestone.text for milestone in Replay(path).milestones() if "sample" in milestone.text}
    assert texts == {f"every sample is answered “negative”{end}"}
