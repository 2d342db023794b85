"""Running a scenario: one run file for each activation, the same for the same seed, nothing half done."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from replay import Recording, Replay, Scenario, datasets, load_scenario, run
from replay.errors import DataError, RunFileError, ScenarioError, ViewError
from replay.scenario.suited_output import predicts_numbers
from replay.training.experiment import build_model, reseed

pytestmark = pytest.mark.usefixtures("without_xla", "step_by_step")
Array = np.ndarray


def data() -> tuple[Array, Array]:
    return datasets.parabola(20)


def more_data() -> tuple[Array, Array]:
    return datasets.parabola(10, seed=9)


def scenario(**changes: Any) -> Scenario:
    small = {
        "name": "small",
        "data": data,
        "activations": ("tanh",),
        "epochs": 2,
        "hidden_units": (3, 2),
        "seed": 5,
    }
    return Scenario(**{**small, **changes})  # fmt: skip


def weights_of(recording: Recording) -> list[Array]:
    """Every weight at all snapshots, read with h5py alone."""
    with h5py.File(recording.path, "r") as file:
        return [file[f"weights/{path}"][:] for path, _ in recording.description.weight_paths]


@contextmanager
def unchanged_global_state() -> Iterator[None]:
    """Check that Python's and NumPy's global generators come back as they were."""
    random.seed(11)
    np.random.seed(11)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    yield
    same = [random.getstate() == before[0], np.random.get_state()[1].tolist() == before[1]]  # noqa: NPY002
    assert same == [True, True], "of Python's and NumPy's generator"


# What is written


@pytest.mark.slow
def test_one_run_is_written_for_each_activation(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    chosen = scenario(activations=("tanh", "relu"), validation_data=more_data)
    recordings = run(chosen, tmp_path / "out", on_epoch=lambda *event: told.append(event))

    assert [recording.path for recording in recordings] == [
        tmp_path / "out" / "tanh.h5",
        tmp_path / "out" / "relu.h5",
    ]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["relu.h5", "tanh.h5"]
    assert told == [("tanh", 1, 2), ("tanh", 2, 2), ("relu", 1, 2), ("relu", 2, 2)]
    for recording, activation in zip(recordings, ("tanh", "relu"), strict=True):
        description = recording.description
        assert recording.complete
        np.testing.assert_array_equal(recording.epochs, [0, 1, 2])
        assert [(layer.name, layer.units, layer.activation) for layer in description.layers] == [
            ("hidden_1", 3, activation),
            ("hidden_2", 2, activation),
            ("output", 1, "sigmoid"),
        ]
        assert (description.scenario, description.run) == ("small", activation)
        assert (description.seed, description.batch_size) == (5, 16)
        assert set(recording.history) == {
            *("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"),
        }
        assert recording.validation_data is not None
        kept = (recording.inputs, recording.targets, *recording.validation_data)
        for array, expected in zip(kept, (*data(), *more_data()), strict=True):
            np.testing.assert_array_equal(array, expected)
        assert (
            max(np.ptp(weights, axis=0).max() for weights in weights_of(recording)) > 1e-3
        )  # it has learned


@pytest.mark.slow
def test_runs_are_written_below_outputs_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(scenario(epochs=1))
    assert (tmp_path / "outputs" / "small" / "tanh.h5").is_file()


@pytest.mark.slow
def test_the_loss_that_is_recorded_is_that_of_the_recorded_weights(tmp_path: Path) -> None:
    validation = more_data()
    recording = run(scenario(validation_data=more_data), tmp_path)[0]
    model = build_model(scenario(), "tanh", (2,))
    for position in range(2):
        model.set_weights([weights[0] for weights in recording.weights_at(position + 1)])
        loss, accuracy = model.evaluate(*validation, verbose=0)
        assert recording.history["val_loss"][position] == pytest.approx(loss, rel=1e-5)
        assert recording.history["val_accuracy"][position] == pytest.approx(accuracy, rel=1e-5)


@pytest.mark.slow
def test_the_optimizer_and_its_learning_rate_are_those_of_the_scenario(tmp_path: Path) -> None:
    recording = run(scenario(optimizer="rmsprop", learning_rate=0.25, epochs=1), tmp_path)[0]
    optimizer = recording.description.optimizer
    assert optimizer is not None
    assert (optimizer["class"], optimizer["learning_rate"]) == ("RMSprop", 0.25)
    np.testing.assert_array_equal(recording.history["learning_rate"], [0.25])


@pytest.mark.slow
def test_every_variant_is_a_run_with_its_own_values(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    chosen = scenario(vary={"optimizer": ("momentum", "adam"), "batch_size": (7, 40)}, epochs=1)
    recordings = run(chosen, tmp_path, on_epoch=lambda *event: told.append(event))
    names = ["momentum-batch7", "momentum-batch40", "adam-batch7", "adam-batch40"]
    assert [recording.path for recording in recordings] == [tmp_path / f"{name}.h5" for name in names]
    assert told == [(name, 1, 1) for name in names]
    described = [recording.description for recording in recordings]
    assert [description.run for description in described] == names
    assert [description.batch_size for description in described] == [7, 40, 7, 40]
    optimizers = [description.optimizer or {} for description in described]
    assert [(optimizer["class"], optimizer.get("momentum")) for optimizer in optimizers] == [
        *[("SGD", 0.9)] * 2,
        *[("Adam", None)] * 2,
    ]


def test_a_normal_distribution_of_any_width_is_an_initializer() -> None:
    chosen = scenario(hidden_units=(200,), kernel_initializer="normal_0.01")
    kernel = build_model(chosen, "tanh", (50,)).get_weights()[0]
    assert np.std(kernel) == pytest.approx(0.01, rel=0.05)


def test_a_model_that_is_seeded_again_starts_like_a_new_one() -> None:
    model = build_model(scenario(), "tanh", (2,))
    model.set_weights([weights + 1 for weights in model.get_weights()])
    reseed(model, scenario(seed=6))
    fresh = build_model(scenario(seed=6), "tanh", (2,))
    for own, other in zip(model.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)


# Seeds


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_the_same_seed_gives_the_same_run_and_another_seed_another(tmp_path: Path) -> None:
    first = run(scenario(), tmp_path / "first")[0]
    same = run(scenario(), tmp_path / "same")[0]
    other = run(scenario(seed=6), tmp_path / "other")[0]
    for a, b in zip(weights_of(first), weights_of(same), strict=True):
        np.testing.assert_array_equal(a, b)
    for name, values in first.history.items():
        np.testing.assert_array_equal(same.history[name], values)
    assert not np.array_equal(weights_of(first)[0][0], weights_of(other)[0][0])


def test_every_activation_starts_from_the_same_weights() -> None:
    tanh, relu = (build_model(scenario(), activation, (2,)) for activation in ("tanh", "relu"))
    for a, b in zip(tanh.get_weights(), relu.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = [weights for weights in tanh.get_weights() if weights.ndim == 2]
    assert all(np.ptp(kernel) > 0 for kernel in kernels)


def test_the_initial_weights_have_the_spread_of_their_initializers() -> None:
    chosen = scenario(
        hidden_units=(200,), kernel_initializer="he_normal", output_kernel_initializer="random_normal"
    )
    model = build_model(chosen, "relu", (50,))
    hidden, bias, output, _ = model.get_weights()
    assert np.std(hidden) == pytest.approx(np.sqrt(2 / 50), rel=0.1)  # He et al. 2015
    assert np.std(output) == pytest.approx(0.05, rel=0.2)  # Keras's random_normal
    np.testing.assert_array_equal(bias, 0)


@pytest.mark.slow
def test_running_leaves_the_global_random_states_as_they_were(tmp_path: Path) -> None:
    with unchanged_global_state():
        run(scenario(epochs=1), tmp_path)


def of_ones_own(activation: str) -> Any:
    """A model whose weights come from the global generators."""
    np.random.random()  # noqa: NPY002
    layers = [keras.layers.Dense(2, activation, name="bend"), keras.layers.Dense(1, "sigmoid", name="judge")]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.slow
def test_a_model_of_ones_own_is_trained_from_the_seed_too(tmp_path: Path) -> None:
    chosen = scenario(build_model=of_ones_own, epochs=1)
    with unchanged_global_state():
        first, same = (run(chosen, tmp_path / name)[0] for name in ("first", "same"))
    assert [layer.name for layer in first.description.layers] == ["bend", "judge"]
    for a, b in zip(weights_of(first), weights_of(same), strict=True):
        np.testing.assert_array_equal(a, b)
    other = build_model(scenario(build_model=of_ones_own, seed=6), "tanh", (2,))
    assert not np.array_equal(other.get_weights()[0], weights_of(first)[0][0])


# Networks


def test_one_hidden_layer_is_called_hidden_without_a_number() -> None:
    model = build_model(scenario(hidden_units=(4,)), "tanh", (2,))
    assert [layer.name for layer in model.layers] == ["hidden", "output"]


def test_without_hidden_layers_there_is_the_output_alone() -> None:
    model = build_model(scenario(hidden_units=()), "tanh", (2,))
    assert [layer.name for layer in model.layers] == ["output"]


def test_images_are_flattened(tmp_path: Path) -> None:
    images = np.random.default_rng(0).normal(size=(12, 3, 4)).astype(np.float32)
    recording = run(scenario(data=lambda: (images, np.arange(12) % 2), epochs=1), tmp_path)[0]
    assert recording.weights_at(0)[0].shape == (1, 12, 3)
    assert recording.inputs.shape == (12, 3, 4)


@pytest.mark.slow
def test_a_network_of_several_classes_is_trained(tmp_path: Path) -> None:
    chosen = scenario(
        data=lambda: datasets.blobs(10),
        output_units=4,
        output_activation="softmax",
        loss="sparse_categorical_crossentropy",
        epochs=1,
    )
    recording = run(chosen, tmp_path)[0]
    assert recording.weights_at(1)[-1].shape == (1, 4)
    assert recording.task.n_classes == 4


# What is refused


def test_a_file_that_exists_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "relu.h5").write_bytes(b"precious")
    told: list[Any] = []
    with pytest.raises(RunFileError, match=r"relu\.h5 exists"):
        run(scenario(activations=("tanh", "relu")), tmp_path, on_epoch=lambda *event: told.append(event))
    assert told == []
    assert [file.name for file in tmp_path.iterdir()] == ["relu.h5"]
    assert (tmp_path / "relu.h5").read_bytes() == b"precious"


def test_overwrite_replaces_the_files(tmp_path: Path) -> None:
    (tmp_path / "tanh.h5").write_bytes(b"old")
    recording = run(scenario(epochs=1), tmp_path, overwrite=True)[0]
    np.testing.assert_array_equal(recording.epochs, [0, 1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activations": ("tahn",)}, "unknown activation 'tahn': did you mean tanh"),
        ({"kernel_initializer": "glorot_narmal"}, "initializer 'glorot_narmal'"),
        ({"output_kernel_initializer": "nothing"}, "initializer 'nothing'"),
        ({"optimizer": "adum"}, "optimizer 'adum'"),
        ({"build_model": lambda activation: None}, "'small': build_model must return a compiled Keras model"),
        (
            {"build_model": lambda activation: keras.Sequential([keras.layers.Dense(1)])},
            "'small': build_model must return a compiled Keras model",
        ),
        ({"data": lambda: np.zeros((4, 2))}, "'small': data must return two arrays"),
        ({"data": lambda: None}, "'small': data must return two arrays"),
        ({"validation_data": lambda: (1, 2, 3)}, "'small': data must return two arrays"),
    ],
)
def test_a_scenario_that_cannot_be_run_says_why_and_leaves_nothing(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        run(scenario(**changes), tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: (np.zeros((4, 2)), np.array([0, 1, 2, 1])), "'small': targets must lie between 0 and 1"),
        (lambda: (np.zeros((4, 2)), np.array([0, 1, 1])), "'small': .*one target for each sample"),
        (lambda: (np.full((4, 2), np.nan), np.array([0, 1, 1, 0])), "'small': inputs hold NaN"),
        (lambda: (np.zeros((0, 2)), np.zeros(0)), "'small': there are no samples"),
    ],
    ids=["labels", "lengths", "NaN", "empty"],
)
@pytest.mark.parametrize("field", ["data", "validation_data"])
def test_data_that_cannot_be_trained_on_are_refused_and_nothing_is_left(
    tmp_path: Path, field: str, make: Any, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        run(scenario(**{field: make}), tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))


# Against overfitting


def test_dropout_is_a_layer_behind_each_hidden_one_with_seeds_of_its_own() -> None:
    model = build_model(scenario(dropout=0.25), "tanh", (2,))
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]
    dropped = [layer for layer in model.layers if type(layer).__name__ == "Dropout"]
    assert [layer.rate for layer in dropped] == [0.25, 0.25]
    assert len({layer.seed for layer in dropped}) == 2


def test_weights_decay_by_the_share_that_is_asked_for() -> None:
    assert not build_model(scenario(), "tanh", (2,)).optimizer.weight_decay
    decaying = build_model(scenario(weight_decay=0.5, learning_rate=0.1), "tanh", (2,))
    assert decaying.optimizer.weight_decay == 0.5
    before = [np.array(weight) for weight in decaying.trainable_weights]
    decaying.optimizer.apply([np.zeros_like(one) for one in before], decaying.trainable_weights)
    for weight, one in zip(decaying.trainable_weights, before, strict=True):
        np.testing.assert_allclose(weight.numpy(), one * (1 - 0.5 * 0.1), rtol=1e-6)


@pytest.mark.parametrize("name", ["clipvalue", "clipnorm", "global_clipnorm"])
def test_gradients_are_clipped_as_the_scenario_asks(name: str) -> None:
    assert getattr(build_model(scenario(), "tanh", (2,)).optimizer, name) is None
    optimizer = build_model(scenario(**{name: 0.25}), "tanh", (2,)).optimizer
    limits = {each: getattr(optimizer, each) for each in ("clipvalue", "clipnorm", "global_clipnorm")}
    assert limits == {**dict.fromkeys(limits), name: 0.25}


@pytest.mark.slow
def test_patience_ends_a_run_and_restores_its_best_weights(tmp_path: Path) -> None:
    X, y = data()
    against = scenario(patience=2, epochs=30, learning_rate=0.5, validation_data=lambda: (X, 1 - y))
    (recording,) = run(against, tmp_path)
    losses = recording.history["val_loss"]
    best = int(losses.argmin()) + 1
    assert len(losses) == best + 2 < 30 and recording.complete
    kept = weights_of(recording)
    position = recording.positions([best])[0]
    for weights in kept:
        np.testing.assert_array_equal(weights[-1], weights[position])
    (again,) = run(against, tmp_path, resume=True)  # it is complete, though it has fewer epochs
    assert again.n_snapshots == recording.n_snapshots


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla", "with_graphs")
def test_overfitting_is_seen_and_each_remedy_helps(tmp_path: Path) -> None:
    """Which processor rounds how decides on a sample or two, not on this."""
    found = {
        recording.path.stem: Replay(recording.path) for recording in run(load_scenario("overfit"), tmp_path)
    }
    assert list(found) == ["plain", "dropout", "weight-decay", "early-stopping"]
    accuracy = {
        name: [float(one.correct()[-1].mean()) for one in (run, run.held_out)] for name, run in found.items()
    }  # type: ignore[union-attr]
    loss = {name: run.held_out.losses().mean(axis=1) for name, run in found.items()}  # type: ignore[union-attr]
    trained, held_out = accuracy.pop("plain")
    assert trained >= 0.94 and held_out <= trained - 0.12
    assert loss["plain"][-1] >= 1.5 * loss["plain"].min()
    assert any(milestone.kind == "overfitting" for milestone in found["plain"].milestones())
    for name, (_, other) in accuracy.items():
        assert other >= held_out + 0.05, name
        assert loss[name][-1] <= 0.7 * loss["plain"][-1], name


# Parameters


def test_activations_take_parameters_which_are_recorded_and_replayed(tmp_path: Path) -> None:
    chosen = scenario(activations=("elu:0.2", "elu", "relu:max_value=1"), epochs=1)
    files = run(chosen, tmp_path)
    assert [each.path.name for each in files] == ["elu-0.2.h5", "elu.h5", "relu-max_value1.h5"]
    assert files[0].description.layers[0].config["activation_arguments"] == {"alpha": 0.2}
    inputs, weights = files[0].inputs, [each[-1] for each in weights_of(files[0])]
    z = inputs @ weights[0] + weights[1]
    expected = keras.ops.convert_to_numpy(keras.activations.elu(z, alpha=0.2))
    got = Replay(files[0].path).activations("hidden_1")[-1]
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    assert Replay(files[2].path).activations("hidden_1").max() <= 1


def test_parameters_that_no_network_takes_are_refused_before_any_training(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="take the parameters of elu, leaky_relu, relu, not of celu"):
        run(scenario(activations=("tanh", "celu:0.2")), tmp_path)
    with pytest.raises(ViewError, match="alpha must be a number"):
        run(scenario(activations=("tanh", "elu:x")), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("quantile_0.9", {"name": "quantile", "q": 0.9}),
        ("huber_2", {"name": "huber", "delta": 2.0}),
        ("huber", {"name": "huber"}),
    ],
)
def test_a_loss_for_numbers_may_have_a_number(loss: str, expected: Any, tmp_path: Path) -> None:
    numbers = scenario(loss=loss, output_activation="linear", metrics=(), epochs=1)
    (recording,) = run(numbers, tmp_path)
    assert recording.description.loss == expected
    assert predicts_numbers(numbers)


@pytest.mark.parametrize(
    ("loss", "message"), [("quantile_1.5", "below 1, not 1.5"), ("huber_0", "above 0, not 0")]
)
def test_a_loss_with_an_impossible_number_is_refused(loss: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=message):
        run(scenario(loss=loss), tmp_path)
