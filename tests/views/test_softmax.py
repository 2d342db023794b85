"""Softmax of a sample, and its losses, against Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from replay import Replay
from replay.errors import ViewError
from replay.views.cross_entropy import CrossEntropy
from replay.views.softmax import SoftmaxSample, SoftmaxTemperature, softmax
from tests.conftest import MakeRun

X = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)


@pytest.fixture
def replay(make_run: MakeRun) -> Replay:
    return Replay(make_run(units=(2, 5, 4), data=(X, np.arange(60) % 4)))


def logits(replay: Replay, epoch: float, sample: int) -> np.ndarray:
    return replay.activations("output", inputs=X[[sample - 1]], epochs=[epoch], before_activation=True)[0, 0]


def test_the_shares_are_those_of_kerass_softmax(replay: Replay) -> None:
    for sample in (1, 7, 60):
        frame = SoftmaxSample(replay.evaluation, sample).frame(3)
        z = logits(replay, 3, sample)
        np.testing.assert_allclose(frame.logits, z, atol=1e-5)
        expected = keras.ops.convert_to_numpy(
            keras.activations.softmax(keras.ops.convert_to_tensor(z[None]))
        )[0]
        np.testing.assert_allclose(frame.shares, expected, atol=1e-5)
        np.testing.assert_allclose(frame.powers, np.exp(z), rtol=1e-5)
        assert frame.total == pytest.approx(np.exp(z).sum(), rel=1e-5)


def test_the_loss_is_kerass_of_a_one_hot_target_and_of_the_number(replay: Replay) -> None:
    of = SoftmaxSample(replay.evaluation, 6)
    frame = of.frame(2)
    z = keras.ops.convert_to_tensor(logits(replay, 2, 6)[None])
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([of.label]), z)
    one_hot = keras.losses.CategoricalCrossentropy(from_logits=True)(np.eye(4)[[of.label]], z)
    assert frame.loss == pytest.approx(float(one_hot), abs=1e-5)
    assert frame.loss_of_number == pytest.approx(float(sparse), abs=1e-5)
    assert frame.loss == frame.loss_of_number == pytest.approx(-np.log(frame.shares[of.label]), abs=1e-9)


def test_a_temperature_divides_the_logits(replay: Replay) -> None:
    of = SoftmaxSample(replay.evaluation, 3)
    shares, z = SoftmaxTemperature(of).at(4), of.frame(4).logits
    temperatures = SoftmaxTemperature.temperatures
    for place in (0, 40, 80):
        powers = [np.exp(value / temperatures[place]) for value in z]
        np.testing.assert_allclose(shares[place], np.array(powers) / sum(powers), rtol=1e-9)
    assert temperatures[40] == pytest.approx(1)
    np.testing.assert_allclose(shares[40], of.frame(4).shares)
    assert shares[0].max() > shares[40].max() > shares[80].max()


def test_without_a_number_the_sample_is_one_that_the_network_is_unsure_about(replay: Replay) -> None:
    most = replay.probabilities(epochs=[4])[0].max(axis=1)
    of = SoftmaxSample(replay.evaluation)
    assert abs(most[of.position] - 2 / 3) == min(abs(each - 2 / 3) for each in most)


@pytest.mark.parametrize("sample", [0, -1, 61])
def test_samples_are_counted_from_one(replay: Replay, sample: int) -> None:
    with pytest.raises(ViewError, match=f"samples 1 to 60, not {sample}"):
        softmax(replay.evaluation, sample)
    assert SoftmaxSample(replay.evaluation, 60).position == 59


def test_large_logits_are_shifted_and_their_shares_stay(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 3), data=(1e3 * X, np.arange(60) % 3)))
    of = SoftmaxSample(replay.evaluation, 1)
    frame = of.frame(2)
    assert of.shifted and frame.powers.max() == 1 and np.isfinite(frame.powers).all()
    np.testing.assert_allclose(frame.shares, frame.powers / frame.total)


def test_of_many_classes_the_largest_and_the_own_are_shown(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 40), data=(X, np.arange(60) % 40)))
    for sample in (1, 2, 33):
        of = SoftmaxSample(replay.evaluation, sample)
        assert len(of.shown) == 10 and of.label in of.shown
        largest = replay.probabilities(X[[sample - 1]])[:, 0].max(axis=0)
        others = [label for label in of.shown if label != of.label]
        assert min(largest[others]) >= max(np.delete(largest, of.shown))


def test_each_view_names_the_other_where_it_does_not_suit(make_run: MakeRun, replay: Replay) -> None:
    binary = Replay(make_run("two.h5"))
    with pytest.raises(ViewError, match=r"single unit: show the view cross-entropy instead"):
        softmax(binary.evaluation)
    with pytest.raises(ViewError, match=r"each of 4 classes: show the view softmax instead"):
        CrossEntropy(replay.evaluation)
    numbers = make_run("r.h5", data=(X, X[:, 0]), output_activation="linear", loss="mean_squared_error")
    for view in (softmax, CrossEntropy):
        with pytest.raises(ViewError, match=r"r\.h5: "):
            view(Replay(numbers).evaluation)


def test_an_option_that_no_view_takes_names_the_view_that_does(replay: Replay) -> None:
    with pytest.raises(ViewError, match="a sample is chosen for the view softmax, not for losses"):
        replay.view("losses", sample=3)
    assert replay.view("softmax", sample=3).panels[0].view.of.position == 2  # type: ignore[attr-defined]


def test_the_cross_entropy_of_each_sample_is_kerass(make_run: MakeRun) -> None:
    replay = Replay(make_run("two.h5", seed=4))
    frame = CrossEntropy(replay.evaluation).at(3)
    p, targets = replay.probabilities(epochs=[3])[0], replay.recording.targets
    loss = keras.losses.BinaryCrossentropy(reduction=None)
    expected = keras.ops.convert_to_numpy(loss(targets[:, None].astype(np.float32), p[:, None]))
    np.testing.assert_allclose(frame.losses, expected, atol=1e-5)
    np.testing.assert_allclose(frame.p, p)
    assert frame.mean == pytest.approx(replay.losses(epochs=[3])[0].mean(), abs=1e-6)
    assert frame.held_out is None


def test_a_sure_and_wrong_sample_has_a_finite_loss_from_its_logit(make_run: MakeRun) -> None:
    replay = Replay(make_run("far.h5", units=(2, 1), data=(1e4 * X, np.arange(60) % 2)))
    view = CrossEntropy(replay.evaluation)
    frame = view.at(1)
    z = replay.activations("output", epochs=[1], before_activation=True)[0, :, 0].astype(float)
    signs = np.where(replay.recording.targets == 1, -1, 1)
    np.testing.assert_allclose(frame.losses, np.maximum(signs * z, 0), atol=1)
    assert view.highest == 8.0 and np.isfinite(frame.losses).all()


def test_the_mean_of_held_out_samples_is_their_own(make_run: MakeRun) -> None:
    held = (X[:20], np.arange(20) % 2)
    replay = Replay(make_run("held.h5", held_out=held))
    frame = CrossEntropy(replay.evaluation).at(2)
    p = replay.probabilities(X[:20], epochs=[2])[0].astype(float)
    expected = -np.log(np.where(held[1] == 1, p, 1 - p)).mean()
    assert frame.held_out == pytest.approx(expected, abs=1e-5)
