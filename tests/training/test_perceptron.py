"""The perceptron rule, against weights that are computed by hand, and gradient descent on a step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, Scenario, datasets, run
from replay.errors import ScenarioError, ViewError
from replay.network.in_keras import describe
from replay.network.in_keras.perceptron import Perceptron, PerceptronRule, step
from replay.training.compiled import train
from replay.views.mistakes import ENDED, LEARNS, NEVER, STILL, Mistakes
from tests.conftest import MakeRun

pytestmark = pytest.mark.usefixtures("without_xla")


def scenario(**more: Any) -> Scenario:
    given: dict[str, Any] = {
        "name": "p",
        "data": lambda: datasets.two_clouds(12, gap=0.8, centre=(1.0, 0.0)),
        "activations": ("step",),
        "hidden_units": (),
        "output_activation": "step",
        "output_kernel_initializer": "zeros",
        "loss": "mean_squared_error",
        "optimizer": "perceptron",
        "learning_rate": 0.1,
        "batch_size": 1,
        "epochs": 6,
    }
    return Scenario(**{**given, **more})


def recorded(tmp_path: Path, **more: Any) -> Replay:
    (recording,) = run(scenario(**more), tmp_path / "runs")
    return Replay(recording.path)


def test_the_weights_are_those_of_a_computation_by_hand() -> None:
    """Weights from (0, 0) and 0, with η = 0.5; a sum of 0 answers 1.

    (1, 2), class 0: sum 0, answer 1, wrong: w = (−0.5, −1), b = −0.5.
    (−1, 1), class 1: sum 0.5 − 1 − 0.5 = −1, answer 0, wrong: w = (−1, −0.5), b = 0.
    (2, −1), class 1: sum −2 + 0.5 = −1.5, answer 0, wrong: w = (0, −1), b = 0.5.
    (0, 1), class 0: sum −1 + 0.5 = −0.5, answer 0, right.
    """
    model = Perceptron(
        [keras.Input((2,)), keras.layers.Dense(1, activation=step, kernel_initializer="zeros")]
    )
    model.compile(PerceptronRule(0.5), "mean_squared_error", metrics=["accuracy"])
    x = np.array([(1, 2), (-1, 1), (2, -1), (0, 1)], np.float32)
    y = np.array([0, 1, 1, 0])
    expected = [((-0.5, -1.0), -0.5), ((-1.0, -0.5), 0.0), ((0.0, -1.0), 0.5), ((0.0, -1.0), 0.5)]
    for number, (kernel, bias) in enumerate(expected):
        one = slice(number, number + 1)
        model.train_on_batch(x[one], y[one])
        found = model.get_weights()
        np.testing.assert_allclose(found[0][:, 0], kernel)
        np.testing.assert_allclose(found[1], bias)


def test_an_epoch_is_the_rule_sample_by_sample() -> None:
    x, y = datasets.two_clouds(15, gap=0.4, centre=(1.0, 1.0))
    model = Perceptron([keras.Input((2,)), keras.layers.Dense(1, activation=step)])
    model.compile(PerceptronRule(0.1), "mean_squared_error", metrics=["accuracy"])
    kernel, bias = model.get_weights()[0][:, 0].astype(float), 0.0
    history = train(model, x, y, batch_size=1, epochs=2, shuffle=False)
    mistakes = []
    for _ in range(2):
        mistakes.append(0)
        for sample, target in zip(x.astype(float), y, strict=True):
            error = int(target) - int(sample @ kernel + bias >= 0)
            kernel, bias = kernel + 0.1 * error * sample, bias + 0.1 * error
            mistakes[-1] += abs(error)
    np.testing.assert_allclose(model.get_weights()[0][:, 0], kernel, atol=1e-5)
    np.testing.assert_allclose(model.get_weights()[1], bias, atol=1e-5)
    np.testing.assert_allclose(1 - np.array(history.history["accuracy"]), np.array(mistakes) / 30, atol=1e-6)
    np.testing.assert_allclose(history.history["loss"], np.array(mistakes) / 30, atol=1e-6)


def test_on_separable_data_the_mistakes_stay_within_the_bound_and_end(tmp_path: Path) -> None:
    replay = recorded(tmp_path, epochs=12)
    view = Mistakes(replay.evaluation)
    total = int(view.curve.values[-1])
    assert view.bound is not None and 0 < total <= view.bound
    assert view.ended_at is not None and view.of_epochs[int(view.ended_at) - 1 :].tolist() == [0] * (
        13 - int(view.ended_at)
    )
    assert view.at(view.ended_at).state == ENDED and view.at(0).state == LEARNS
    assert view.at(0).mistakes == 0 and view.at(12).mistakes == total
    assert replay.evaluation.at(12).correct.all()


def test_on_exclusive_or_it_never_ends_and_says_so(tmp_path: Path) -> None:
    replay = recorded(tmp_path, data=lambda: datasets.xor(20), epochs=4)
    view = Mistakes(replay.evaluation)
    assert view.bound is None and view.ended_at is None and view.at(4).state == NEVER
    drawn = replay.view("mistakes")
    drawn.plot(4)
    assert "never ends" in drawn.panels[-1].words[1].get_text()  # type: ignore[attr-defined]


def test_gradient_descent_moves_nothing_and_says_so(tmp_path: Path) -> None:
    replay = recorded(tmp_path, optimizer="sgd", output_kernel_initializer="normal_0.5", epochs=2)
    first, last = (replay.recording.weights_at(epoch) for epoch in (0, 2))
    for one, other in zip(first, last, strict=True):
        np.testing.assert_array_equal(one, other)
    view = Mistakes(replay.evaluation)
    assert not view.is_rule and view.bound is None and view.at(1).state == STILL


def test_the_file_describes_itself_and_numpy_answers_as_keras(tmp_path: Path) -> None:
    replay = recorded(tmp_path)
    description = replay.recording.description
    assert [layer.activation for layer in description.layers] == ["step"]
    assert description.optimizer is not None and description.optimizer["class"] == "PerceptronRule"
    assert replay.evaluation.in_numpy and replay.evaluation.task.kind == "binary"
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation=step)])
    model.set_weights([weight[0] for weight in replay.recording.weights_at(3)])
    np.testing.assert_array_equal(
        replay.probabilities(x, epochs=[3])[0], keras.ops.convert_to_numpy(model(x))[:, 0]
    )


def test_the_boundary_is_where_the_sum_is_zero(tmp_path: Path) -> None:
    replay = recorded(tmp_path)
    from replay.views.decision_boundary import DecisionBoundary

    kernel, bias = (weight[0].astype(float) for weight in replay.recording.weights_at(6))
    for line in DecisionBoundary(replay.evaluation, mesh_points=20).at(6).regions.boundary:
        np.testing.assert_allclose(line @ kernel[:, 0] + bias, 0, atol=1e-5)


@pytest.mark.parametrize("view", ["dashboard", "neuron", "curves", "decision-boundary", "losses"])
def test_it_is_replayed_as_any_run(tmp_path: Path, view: str) -> None:
    replay = recorded(tmp_path, epochs=2)
    for epoch in (0, 2):
        replay.view(view).plot(epoch)


def test_somebody_elses_step_is_not_replays(tmp_path: Path) -> None:
    def step(z: Any) -> Any:
        return z * 2

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation=step)])
    (layer,) = describe.describe(model).layers
    assert layer.activation != "step"


@pytest.mark.parametrize(
    "change",
    [{"hidden_units": (2,)}, {"output_activation": "sigmoid"}, {"batch_size": 4}, {"weight_decay": 0.1}],
)
def test_other_networks_cannot_be_trained_by_the_rule(change: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="the perceptron rule trains one layer of step units"):
        scenario(**change)


def test_mistakes_are_of_perceptrons_only(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=r"one Dense layer of one step unit"):
        Mistakes(Replay(make_run()).evaluation)
