"""The recorder in Keras's `fit`: it keeps what a witness beside it sees, and refuses what cannot be kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf

import replay
from replay import Recorder, Recording, Replay, datasets, train
from replay.cli.info import summary
from replay.errors import DataError, ReplayError, RunFileError, ScenarioError, ViewError
from replay.network.data_description import DataDescription
from replay.recorders import session as session_module

pytestmark = pytest.mark.usefixtures("without_xla", "step_by_step")
Array = np.ndarray
Weights = dict[str, Array]

RNG = np.random.default_rng(42)
X = RNG.normal(size=(24, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
VALIDATION = (X[::3] + 0.1, Y[::3])


def compiled(model: Any, optimizer: Any = None, loss: Any = "binary_crossentropy", metrics: Any = ()) -> Any:
    optimizer = optimizer or keras.optimizers.SGD(0.5, momentum=0.9)
    model.compile(optimizer, loss, metrics=list(metrics), jit_compile=False)
    return model


def sequential(seed: int = 0) -> Any:
    layers = [
        keras.Input((2,)),
        keras.layers.Dense(
            3, "tanh", kernel_initializer=keras.initializers.GlorotNormal(seed), name="hidden"
        ),
        keras.layers.Dense(
            1, "sigmoid", kernel_initializer=keras.initializers.GlorotNormal(seed + 1), name="output"
        ),
    ]
    return keras.Sequential(layers)


def unbuilt() -> Any:
    return keras.Sequential([keras.layers.Dense(3, "tanh", name="hidden"), last()])


def last() -> Any:
    return keras.layers.Dense(1, "sigmoid", name="output")


def functional() -> Any:
    inputs = keras.Input((2,))
    hidden = keras.layers.Dense(3, "relu", name="hidden")(inputs)
    hidden = keras.layers.BatchNormalization(name="norm")(hidden)
    return keras.Model(inputs, last()(hidden))


def branched() -> Any:
    inputs = keras.Input((2,))
    left = keras.layers.Dense(2, "tanh", name="left")(inputs)
    right = keras.layers.Dense(2, "relu", name="right")(inputs)
    return keras.Model(inputs, last()(keras.layers.Concatenate(name="both")([left, right])))


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = keras.layers.Dense(3, "tanh", name="hidden")
        self.norm = keras.layers.BatchNormalization(name="norm")
        self.out = last()

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.out(self.norm(self.hidden(inputs), training=training))


def weights_of(model: Any) -> Weights:
    """The weights as the file should call them."""
    return {f"{layer.name}/{v.name}": v.numpy() for layer in model.layers for v in layer.weights}


class Witness(keras.callbacks.Callback):
    """Keeps the weights, the learning rate and the logs, independently of the recorder."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: dict[float, Weights] = {}
        self.logs: dict[int, dict[str, float]] = {}
        self.rates: dict[int, float] = {}
        self.n_before = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self.weights.setdefault(self.n_before, weights_of(self.model))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        epoch += self.n_before + 1
        self.weights[epoch] = weights_of(self.model)
        self.logs[epoch] = dict(logs or {})
        self.rates[epoch] = float(self.model.optimizer.learning_rate)


class BatchWitness(Witness):
    """Also keeps the weights after each batch."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.weights[self.epoch + (batch + 1) / self.steps] = weights_of(self.model)


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C at the end of an epoch, or after a batch of it."""

    def __init__(self, epoch: int, batch: int | None = None) -> None:
        super().__init__()
        self.at, self.batch, self.epoch = epoch, batch, 0
        if batch is not None:
            self.on_train_batch_end = self.after_batch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def after_batch(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == (self.at, self.batch):
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.at and self.batch is None:
            raise KeyboardInterrupt


class MeanPrediction(keras.metrics.Metric):
    """A metric of the user's own."""

    def __init__(self, name: str = "mean_prediction") -> None:
        super().__init__(name=name)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(keras.ops.sum(y_pred))
        self.count.assign_add(keras.ops.cast(keras.ops.size(y_pred), "float32"))

    def result(self) -> Any:
        return self.total / self.count


def fit(model: Any, *callbacks: Any, epochs: int = 3, x: Any = X, y: Any = Y, **arguments: Any) -> Any:
    arguments = {"batch_size": 8, "verbose": 0, "shuffle": False, **arguments}
    return model.fit(x, y, epochs=epochs, callbacks=list(callbacks), **arguments)


def read_weights(path: Path, position: int) -> Weights:
    """The weights of one snapshot, read with h5py alone."""
    found: Weights = {}

    def visit(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset):
            found[name] = node[position]

    with h5py.File(path, "r") as file:
        file["weights"].visititems(visit)
    return found


def assert_saw_the_same(path: Path, witness: Witness, epochs: list[float]) -> None:
    """Check that the file holds snapshots of these epochs, and in each the weights that the witness saw."""
    np.testing.assert_allclose(Recording(path).epochs, epochs, rtol=1e-12)
    for position, epoch in enumerate(epochs):
        recorded = read_weights(path, position)
        assert recorded.keys() == witness.weights[epoch].keys()
        for name, weights in witness.weights[epoch].items():
            np.testing.assert_array_equal(recorded[name], weights, err_msg=f"{name} at epoch {epoch}")


# Weights


@pytest.mark.slow
@pytest.mark.usefixtures("with_graphs")
@pytest.mark.parametrize("make", [sequential, unbuilt, functional, branched, Subclassed])
def test_every_snapshot_holds_the_weights_as_a_witness_saw_them(tmp_path: Path, make: Any) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    fit(compiled(make()), Recorder(path, X, Y), witness)
    assert_saw_the_same(path, witness, [0, 1, 2, 3])
    changed = {name: np.ptp([w[name] for w in witness.weights.values()]) for name in witness.weights[0]}
    assert all(change > 0 for change in changed.values())  # else the comparison would show nothing
    assert Recording(path).complete


def test_snapshot_0_holds_the_weights_that_the_model_was_given(tmp_path: Path) -> None:
    model = compiled(sequential())
    given = [np.full(weights.shape, 0.25 + n, np.float32) for n, weights in enumerate(model.get_weights())]
    model.set_weights(given)
    fit(model, Recorder(tmp_path / "run.h5", X, Y))
    for recorded, weights in zip(Recording(tmp_path / "run.h5").weights_at(0), given, strict=True):
        np.testing.assert_array_equal(recorded[0], weights)


@pytest.mark.slow
@pytest.mark.usefixtures("with_graphs")
def test_recording_leaves_the_training_as_it_is(tmp_path: Path) -> None:
    alone, recorded = compiled(sequential()), compiled(sequential())
    expected = fit(alone, metrics := keras.callbacks.History()).history
    history = fit(recorded, Recorder(tmp_path / "run.h5", X, Y, every_n_batches=1)).history
    assert metrics.history == expected == history
    for a, b in zip(alone.get_weights(), recorded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_of_the_same_name_in_nested_models_are_kept_apart(tmp_path: Path) -> None:
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "tanh", name="same")], name="inner")
    model = compiled(keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(1, name="same")]))
    before = model.get_weights()
    fit(model, Recorder(tmp_path / "run.h5", X, Y), epochs=1)
    recording = Recording(tmp_path / "run.h5")
    for epoch, weights in ((0, before), (1, model.get_weights())):
        for recorded, expected in zip(recording.weights_at(epoch), weights, strict=True):
            np.testing.assert_array_equal(recorded[0], expected)


@pytest.mark.slow
def test_the_optimizer_the_loss_and_the_layers_are_described(tmp_path: Path) -> None:
    fit(compiled(sequential(), keras.optimizers.Adam(0.125)), Recorder(tmp_path / "run.h5", X, Y))
    description = Recording(tmp_path / "run.h5").description
    assert [(layer.name, layer.units, layer.activation) for layer in description.layers] == [
        ("hidden", 3, "tanh"),
        ("output", 1, "sigmoid"),
    ]
    assert description.loss == {"name": "binary_crossentropy"}
    assert description.optimizer is not None
    assert (description.optimizer["class"], description.optimizer["learning_rate"]) == ("Adam", 0.125)


def test_the_samples_are_kept_as_they_were_given(tmp_path: Path) -> None:
    fit(compiled(sequential()), Recorder(tmp_path / "run.h5", X[:5], Y[:5], validation_data=VALIDATION))
    recording = Recording(tmp_path / "run.h5")
    assert recording.validation_data is not None
    kept = (recording.inputs, recording.targets, *recording.validation_data)
    for array, given in zip(kept, (X[:5], Y[:5], *VALIDATION), strict=True):
        np.testing.assert_array_equal(array, given)
        assert array.dtype == given.dtype


@pytest.mark.slow
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (pd.DataFrame(X, index=RNG.permutation(24)), pd.Series(Y, index=RNG.permutation(24))),
        (pd.DataFrame(X, columns=["a", "b"]), pd.Series(Y, dtype="category")),
        (scipy.sparse.csr_matrix(X), Y.tolist()),
    ],
    ids=["shuffled indices", "categories", "sparse"],
)
def test_samples_in_what_people_hold_them_in_are_trained_on_and_kept_by_position(
    tmp_path: Path, x: Any, y: Any
) -> None:
    path = tmp_path / "run.h5"
    model = compiled(sequential())
    train(model, x, y, epochs=2, callbacks=[Recorder(path, x, y)], seed=0)
    plain = compiled(sequential())
    train(plain, X, Y, epochs=2, seed=0)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    inputs, targets = Recording(path).samples
    np.testing.assert_array_equal(inputs, X)
    np.testing.assert_array_equal(targets, Y)


def test_what_the_data_were_taken_for_is_kept(tmp_path: Path) -> None:
    path, data = tmp_path / "run.h5", DataDescription("kind", ("no", "yes"), ("width", "height"))
    compiled(sequential()).fit(X, Y, epochs=1, verbose=0, callbacks=[Recorder(path, X, Y, data=data)])
    assert Recording(path).description.data == data


def test_scenario_run_seed_and_package_versions_are_kept(tmp_path: Path) -> None:
    fit(compiled(sequential()), Recorder(tmp_path / "run.h5", X, Y, scenario="mine", run="tanh", seed=17))
    description = Recording(tmp_path / "run.h5").description
    assert (description.scenario, description.run, description.seed) == ("mine", "tanh", 17)
    assert description.packages == {
        "boundary-replay": replay.__version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "h5py": h5py.__version__,
    }


# Batch size


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trained_with", "possible"),
    [(1, [1]), (2, [2]), (8, [8, None]), (100, [100, None])],
    ids=["24 steps of 1", "12 steps of 2", "3 steps of 8 to 11", "1 step of 24 or more"],
)
def test_the_batch_size_is_told_from_the_steps_only_where_that_leaves_one_answer(
    tmp_path: Path, trained_with: int, possible: list[int | None]
) -> None:
    fit(compiled(sequential()), Recorder(tmp_path / "run.h5", X, Y), epochs=1, batch_size=trained_with)
    assert Recording(tmp_path / "run.h5").description.batch_size in possible


def test_a_given_batch_size_is_kept(tmp_path: Path) -> None:
    fit(compiled(sequential()), Recorder(tmp_path / "run.h5", X, Y, batch_size=8), epochs=1)
    assert Recording(tmp_path / "run.h5").description.batch_size == 8


@pytest.mark.slow
def test_train_tells_its_batch_size(tmp_path: Path) -> None:
    train(compiled(sequential()), X, Y, batch_size=7, callbacks=[Recorder(tmp_path / "run.h5", X, Y)])
    assert Recording(tmp_path / "run.h5").description.batch_size == 7


def test_no_batch_size_is_made_up_when_only_some_of_the_training_data_are_recorded(tmp_path: Path) -> None:
    fit(compiled(sequential()), Recorder(tmp_path / "run.h5", X[:12], Y[:12]), epochs=1, batch_size=4)
    assert Recording(tmp_path / "run.h5").description.batch_size in (4, None)


# What is logged


@pytest.mark.slow
def test_every_metric_is_kept_as_keras_logged_it(tmp_path: Path) -> None:
    model = compiled(sequential(), metrics=["accuracy", keras.metrics.AUC(name="auc"), MeanPrediction()])
    history = fit(model, Recorder(tmp_path / "run.h5", X, Y), validation_data=VALIDATION).history
    recording = Recording(tmp_path / "run.h5")
    names = ["loss", "accuracy", "auc", "mean_prediction"]
    assert set(recording.history) == {*names, *(f"val_{name}" for name in names), "learning_rate"}
    np.testing.assert_array_equal(recording.history_epochs, [1, 2, 3])
    for name, values in history.items():
        np.testing.assert_allclose(recording.history[name], values, rtol=1e-7, err_msg=name)
    assert len(set(history["mean_prediction"])) == 3


@pytest.mark.slow
def test_metrics_that_come_late_or_now_and_then_are_nan_where_they_were_not_logged(tmp_path: Path) -> None:
    model = compiled(sequential(), metrics=["accuracy"])
    history = fit(
        model, Recorder(tmp_path / "run.h5", X, Y), epochs=5, validation_data=VALIDATION, validation_freq=2
    ).history
    recording = Recording(tmp_path / "run.h5")
    for name in ("val_loss", "val_accuracy"):
        np.testing.assert_array_equal(np.isnan(recording.history[name]), [True, False, True, False, True])
        np.testing.assert_allclose(recording.history[name][1::2], history[name], rtol=1e-7)
    np.testing.assert_allclose(recording.history["loss"], history["loss"], rtol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("recorder_first", [True, False])
@pytest.mark.parametrize("kind", ["scheduler", "plateau"])
def test_the_learning_rate_of_a_callback_is_kept(tmp_path: Path, kind: str, recorder_first: bool) -> None:
    changing = {
        "scheduler": keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 / 2**epoch),
        "plateau": keras.callbacks.ReduceLROnPlateau(
            monitor="loss", min_delta=10.0, factor=0.5, patience=1, min_lr=0
        ),
    }[kind]
    callbacks = [Recorder(tmp_path / "run.h5", X, Y), changing]
    history = fit(compiled(sequential()), *callbacks[:: 1 if recorder_first else -1], epochs=5).history
    recorded = Recording(tmp_path / "run.h5").history["learning_rate"]
    np.testing.assert_allclose(recorded, history["learning_rate"], rtol=1e-6)
    assert len(set(recorded)) >= 4


def test_the_learning_rate_of_a_schedule_is_kept_as_it_stands_at_the_end_of_each_epoch(
    tmp_path: Path,
) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, decay_steps=3, decay_rate=0.5)
    fit(compiled(sequential(), keras.optimizers.SGD(schedule)), Recorder(tmp_path / "run.h5", X, Y))
    recorded = Recording(tmp_path / "run.h5").history["learning_rate"]
    np.testing.assert_allclose(recorded, [0.25, 0.125, 0.0625], rtol=1e-6)  # 3 batches an epoch


@pytest.mark.slow
def test_a_constant_learning_rate_is_kept(tmp_path: Path) -> None:
    fit(compiled(sequential(), keras.optimizers.SGD(0.125)), Recorder(tmp_path / "run.h5", X, Y))
    np.testing.assert_array_equal(Recording(tmp_path / "run.h5").history["learning_rate"], [0.125] * 3)


# Which moments


@pytest.mark.slow
@pytest.mark.parametrize(
    ("every", "epochs", "expected"),
    [(2, 6, [0, 2, 4, 6]), (2, 5, [0, 2, 4, 5]), (3, 7, [0, 3, 6, 7]), (10, 4, [0, 4])],
)
def test_every_nth_epoch_has_a_snapshot_and_so_has_the_last_and_every_epoch_its_metrics(
    tmp_path: Path, every: int, epochs: int, expected: list[float]
) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    history = fit(
        compiled(sequential()), Recorder(path, X, Y, every_n_epochs=every), witness, epochs=epochs
    ).history
    assert_saw_the_same(path, witness, expected)
    recording = Recording(path)
    np.testing.assert_array_equal(recording.history_epochs, np.arange(1, epochs + 1))
    np.testing.assert_allclose(recording.history["loss"], history["loss"], rtol=1e-7)


def test_every_nth_batch_has_a_snapshot_at_a_fraction_of_its_epoch(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", BatchWitness(steps=5)
    fit(compiled(sequential()), Recorder(path, X, Y, every_n_batches=2), witness, epochs=2, batch_size=5)
    assert_saw_the_same(path, witness, [0, 2 / 5, 4 / 5, 1, 1 + 2 / 5, 1 + 4 / 5, 2])
    np.testing.assert_array_equal(Recording(path).history_epochs, [1, 2])


def test_every_nth_batch_and_every_nth_epoch_go_together(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", BatchWitness(steps=3)
    recorder = Recorder(path, X, Y, every_n_batches=2, every_n_epochs=2)
    fit(compiled(sequential()), recorder, witness, epochs=3)
    assert_saw_the_same(path, witness, [0, 2 / 3, 1 + 2 / 3, 2, 2 + 2 / 3, 3])


def test_batches_cannot_be_counted_where_their_number_is_not_known(tmp_path: Path) -> None:
    data = tf.data.Dataset.from_generator(
        lambda: iter([(X, Y[:, None])] * 3),
        output_signature=(tf.TensorSpec((24, 2)), tf.TensorSpec((24, 1), tf.int64)),
    )
    with pytest.raises(DataError, match="steps_per_epoch"):
        recorder = Recorder(tmp_path / "run.h5", X, Y, every_n_batches=1)
        compiled(sequential()).fit(data, callbacks=[recorder], shuffle=False, verbose=0)


@pytest.mark.parametrize("arguments", [{"every_n_epochs": 0}, {"every_n_batches": 0}, {"every_n_epochs": -1}])
def test_snapshots_cannot_be_less_than_one_apart(tmp_path: Path, arguments: dict[str, int]) -> None:
    with pytest.raises(ScenarioError, match="1 or more"):
        Recorder(tmp_path / "run.h5", X, Y, **arguments)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_training_that_begins_at_a_later_epoch_keeps_its_numbers(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    fit(compiled(sequential()), Recorder(path, X, Y), witness, initial_epoch=3, epochs=6)
    witness.weights[3] = witness.weights.pop(0)
    assert_saw_the_same(path, witness, [3, 4, 5, 6])
    np.testing.assert_array_equal(Recording(path).history_epochs, [4, 5, 6])


def test_a_training_of_no_epochs_leaves_the_weights_before_it(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    fit(compiled(sequential()), Recorder(path, X, Y), witness, epochs=0)
    assert_saw_the_same(path, witness, [0])
    assert Recording(path).complete


# Trainings that stop, break off, or go on


@pytest.mark.slow
@pytest.mark.parametrize("trainer", ["fit", "train"])
def test_early_stopping_leaves_a_shorter_run_that_is_complete(tmp_path: Path, trainer: str) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=10.0, patience=2)
    model = compiled(sequential())
    if trainer == "fit":
        fit(model, Recorder(path, X, Y), stop, witness, epochs=20)
    else:
        train(model, X, Y, batch_size=8, epochs=20, callbacks=[Recorder(path, X, Y), stop, witness])
    assert_saw_the_same(path, witness, [0, 1, 2, 3])
    recording = Recording(path)
    np.testing.assert_array_equal(recording.history_epochs, [1, 2, 3])
    assert recording.complete


@pytest.mark.slow
@pytest.mark.parametrize("recorder_first", [True, False])
def test_the_last_snapshot_holds_the_weights_of_its_epoch_even_if_better_ones_are_restored(
    tmp_path: Path, recorder_first: bool
) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    stop = keras.callbacks.EarlyStopping(
        monitor="loss", min_delta=10.0, patience=2, restore_best_weights=True
    )
    callbacks = [Recorder(path, X, Y, every_n_epochs=2), stop][:: 1 if recorder_first else -1]
    model = compiled(sequential())
    fit(model, witness, *callbacks, epochs=20)
    witness.weights[3.5] = weights_of(model)  # those of epoch 1, which the caller holds
    assert_saw_the_same(path, witness, [0, 2, 3, 3.5])


@pytest.mark.slow
def test_ctrl_c_leaves_every_finished_epoch_and_the_next_fit_goes_on(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    recorder, model = Recorder(path, X, Y), compiled(sequential())
    with pytest.raises(KeyboardInterrupt):
        fit(model, recorder, witness, Interrupt(epoch=2), epochs=10)
    assert_saw_the_same(path, witness, [0, 1, 2, 3])  # while the recorder still has it open
    assert not Recording(path).complete
    np.testing.assert_array_equal(Recording(path).history_epochs, [1, 2, 3])

    witness.n_before = 3
    fit(model, recorder, witness, epochs=2)
    assert_saw_the_same(path, witness, [0, 1, 2, 3, 4, 5])
    recording = Recording(path)
    assert recording.complete
    np.testing.assert_array_equal(recording.history_epochs, [1, 2, 3, 4, 5])
    np.testing.assert_allclose(
        recording.history["loss"], [witness.logs[epoch]["loss"] for epoch in range(1, 6)], rtol=1e-7
    )


@pytest.mark.slow
def test_ctrl_c_within_an_epoch_leaves_the_epochs_before_it(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    with pytest.raises(KeyboardInterrupt):
        fit(compiled(sequential()), Recorder(path, X, Y), witness, Interrupt(epoch=2, batch=1), epochs=10)
    assert_saw_the_same(path, witness, [0, 1, 2])
    assert not Recording(path).complete


@pytest.mark.slow
def test_after_ctrl_c_between_two_snapshots_the_count_goes_on_from_the_last_finished_epoch(
    tmp_path: Path,
) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    recorder, model = Recorder(path, X, Y, every_n_epochs=2), compiled(sequential())
    with pytest.raises(KeyboardInterrupt):
        fit(model, recorder, witness, Interrupt(epoch=2), epochs=10)
    witness.n_before = 3
    fit(model, recorder, witness, epochs=2)
    recording = Recording(path)
    np.testing.assert_array_equal(recording.history_epochs, [1, 2, 3, 4, 5])
    assert recording.epochs[-1] == 5
    assert_saw_the_same(path, witness, recording.epochs.tolist())


CHILD = """
import sys
import keras
import numpy as np
from replay import Recorder

class Tell(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        kernel = self.model.get_weights()[0]
        print(epoch + 1, kernel[0, 0].item(), kernel[1, 0].item(), flush=True)

x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
y = (x[:, 0] > 0).astype(int)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
model.compile("sgd", "binary_crossentropy", jit_compile=False)
model.fit(x, y, epochs=100_000, verbose=0, callbacks=[Recorder(sys.argv[1], x, y), Tell()])
"""


@pytest.mark.slow
def test_a_training_that_is_killed_keeps_every_epoch_that_it_told(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    search = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": search},
    )
    assert child.stdout is not None
    try:
        lines = [child.stdout.readline() for _ in range(40)]
    finally:
        child.kill()
        lines += child.communicate()[0].split("\n")[:-1]  # the last line may be cut
    recording = Recording(path)
    assert not recording.complete
    for line in filter(str.strip, lines):
        epoch, *kernel = map(float, line.split())
        assert recording.weights_at(epoch)[0][0, :, 0].tolist() == kernel
        assert epoch in recording.epochs and epoch in recording.history_epochs


@pytest.mark.slow
def test_a_second_fit_of_the_same_model_goes_on_counting(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    recorder, model = Recorder(path, X, Y), compiled(sequential())
    fit(model, recorder, witness, epochs=2)
    assert_saw_the_same(path, witness, [0, 1, 2])  # looking at it in between does no harm
    witness.n_before = 2
    fit(model, recorder, witness, epochs=3)
    assert_saw_the_same(path, witness, [0, 1, 2, 3, 4, 5])
    recording = Recording(path)
    np.testing.assert_array_equal(recording.history_epochs, [1, 2, 3, 4, 5])
    assert recording.complete


@pytest.mark.slow
def test_a_second_fit_that_names_its_first_epoch_goes_on_counting(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    recorder, model = Recorder(path, X, Y), compiled(sequential())
    fit(model, recorder, witness, epochs=2)
    fit(model, recorder, witness, initial_epoch=2, epochs=4)
    assert_saw_the_same(path, witness, [0, 1, 2, 3, 4])


@pytest.mark.slow
def test_a_recorder_refuses_another_model_and_keeps_the_run_of_the_first(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    recorder = Recorder(path, X, Y)
    fit(compiled(sequential()), recorder, witness)
    other = compiled(sequential(seed=5))
    before = other.get_weights()
    with pytest.raises(RunFileError, match=r"run\.h5 exists"):
        fit(other, recorder)
    for weights, expected in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weights, expected)
    assert_saw_the_same(path, witness, [0, 1, 2, 3])
    assert Recording(path).complete


@pytest.mark.slow
def test_with_overwrite_another_model_replaces_the_run(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    recorder = Recorder(path, X, Y, overwrite=True)
    fit(compiled(sequential()), recorder)
    fit(compiled(functional()), recorder, witness, epochs=2)
    assert_saw_the_same(path, witness, [0, 1, 2])


# What cannot be recorded


def test_a_file_that_exists_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(b"precious")
    with pytest.raises(RunFileError, match=r"run\.h5 exists.*overwrite"):
        Recorder(path, X, Y)
    assert path.read_bytes() == b"precious"


def test_a_file_that_appears_before_training_begins_is_refused(tmp_path: Path) -> None:
    path, model = tmp_path / "run.h5", compiled(sequential())
    recorder, before = Recorder(path, X, Y), model.get_weights()
    path.write_bytes(b"precious")
    with pytest.raises(RunFileError, match=r"run\.h5 exists"):
        fit(model, recorder)
    assert path.read_bytes() == b"precious"
    for weights, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weights, expected)


@pytest.mark.slow
def test_overwrite_replaces_a_file(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    fit(compiled(sequential()), Recorder(path, X, Y), epochs=5)
    fit(compiled(sequential(seed=3)), Recorder(path, X, Y, overwrite=True), witness, epochs=1)
    assert_saw_the_same(path, witness, [0, 1])


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, Y[:-1], "one target for each sample"),
        (np.where(np.arange(48).reshape(24, 2) == 6, np.nan, X), Y, "inputs hold NaN.*row 3"),
        (X, np.where(Y == 1, np.inf, 0), "targets hold NaN or infinity"),
        (X[:0], Y[:0], "no samples"),
    ],
    ids=["lengths differ", "NaN in X", "infinity in y", "empty"],
)
def test_samples_that_cannot_be_shown_are_refused(tmp_path: Path, x: Any, y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Recorder(tmp_path / "run.h5", x, y)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "units", "activation", "y", "message"),
    [
        ("binary_crossentropy", 1, "sigmoid", Y * 2, "between 0 and 1 .*relabel"),
        ("binary_crossentropy", 1, "sigmoid", Y * 2 - 1, "from -1 to 1"),
        ("sparse_categorical_crossentropy", 3, "softmax", np.arange(24) % 4, "from 0 to 2 .*from 0 to 3"),
        ("sparse_categorical_crossentropy", 3, "softmax", np.arange(24) % 3 - 1, "from -1 to 1"),
        ("sparse_categorical_crossentropy", 3, "softmax", Y / 2, "whole numbers"),
        ("categorical_crossentropy", 3, "softmax", np.arange(24) % 3, "one-hot.*sparse_categorical"),
        ("categorical_crossentropy", 3, "softmax", np.eye(4)[np.arange(24) % 4], "one-hot rows of 3"),
    ],
    ids=[
        "0 and 2",
        "-1 and 1",
        "too large",
        "negative",
        "halves",
        "integers for one-hot",
        "one-hot of another width",
    ],
)
def test_labels_that_do_not_suit_the_loss_are_refused_before_training(
    tmp_path: Path, loss: str, units: int, activation: str, y: Any, message: str
) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, activation)])
    compiled(model, loss=loss)
    before = model.get_weights()
    with pytest.raises(DataError, match=message):
        fit(model, Recorder(tmp_path / "run.h5", X, y), y=y)
    for weights, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weights, expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_training_that_diverges_is_recorded_and_the_epoch_is_named(tmp_path: Path) -> None:
    path, witness = tmp_path / "run.h5", Witness()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "relu"), keras.layers.Dense(1)])
    fit(
        compiled(model, keras.optimizers.SGD(1e9), "mse"),
        Recorder(path, X, Y, every_n_epochs=1),
        witness,
        epochs=5,
        batch_size=24,
    )
    finite = {
        e: all(np.isfinite(w).all() for w in weights.values()) for e, weights in witness.weights.items()
    }
    first = min(epoch for epoch, is_finite in finite.items() if not is_finite)
    assert first > 1  # some epochs before it are finite
    assert_saw_the_same(path, witness, [0, 1, 2, 3, 4, 5])
    recording = Recording(path)
    assert recording.diverged_at == first
    assert recording.complete
    assert not np.isfinite(recording.history["loss"][-1])


@pytest.mark.slow
def test_a_training_that_stays_finite_has_no_epoch_of_divergence(tmp_path: Path) -> None:
    fit(compiled(sequential()), Recorder(tmp_path / "run.h5", X, Y))
    assert Recording(tmp_path / "run.h5").diverged_at is None


def test_a_recorder_outside_of_fit_says_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="callback of fit"):
        Recorder(tmp_path / "run.h5", X, Y).on_epoch_end(0)


# What a beginner meets


def test_a_fit_that_fails_at_once_does_not_stand_in_the_way_of_the_next(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    broken = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        compiled(sequential()).fit(X, Y, callbacks=[Recorder(path, X, Y), broken], verbose=0)
    fit(compiled(sequential()), Recorder(path, X, Y), epochs=2)
    assert list(Recording(path).epochs) == [0, 1, 2]


@pytest.mark.slow
def test_a_process_whose_fit_fails_at_once_leaves_no_file(tmp_path: Path) -> None:
    code = (
        "import numpy as np, keras; from replay import Recorder; X = np.zeros((8, 2)); y = np.zeros(8)\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]); model.compile(loss='mse')\n"
        "broken = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda *_, **__: 1 / 0)\n"
        "model.fit(X, y, callbacks=[Recorder('run.h5', X, y), broken], verbose=0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "ZeroDivisionError" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_samples_of_another_shape_than_the_models_are_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="but the model takes"):
        fit(compiled(sequential()), Recorder(tmp_path / "run.h5", np.zeros((len(Y), 9)), Y))
    assert list(tmp_path.iterdir()) == []


def test_a_column_without_its_second_axis_is_recorded_as_keras_takes_it(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy")
    x = np.linspace(-1, 1, 20)
    model.fit(x, x > 0, callbacks=[Recorder(tmp_path / "run.h5", x, x > 0)], verbose=0)
    replay = Replay(tmp_path / "run.h5")
    np.testing.assert_allclose(replay.probabilities()[-1], np.asarray(model(x[:, None]))[:, 0], atol=1e-6)


def test_a_folder_is_no_run_file(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="is a folder"):
        Recorder(tmp_path, X, Y)


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    fit(compiled(sequential()), Recorder("~/run.h5", X, Y), epochs=1)
    assert (tmp_path / "run.h5").exists()
    assert Replay("~/run.h5").epochs[-1] == 1


@pytest.mark.slow
def test_a_file_that_another_process_put_in_its_place_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    """The process whose fit failed at once owns its own file alone."""
    code = (
        "import os; import numpy as np\n"  # of replay by name: all that it has would load TensorFlow
        "from replay import ReplayError, RunDescription, RunWriter, dense\n"
        "d = RunDescription(layers=(dense('output', 2, 1),)); X = np.zeros((4, 2)); y = np.zeros(4)\n"
        "writer = RunWriter('run.h5', d, X, y); writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)])\n"
        "os.replace('other.h5', 'run.h5')\n"
        "try: RunWriter('run.h5', d, X, y)\n"
        "except ReplayError as error: print(error)"
    )
    fit(compiled(sequential()), Recorder(tmp_path / "other.h5", X, Y), epochs=1)
    whole = (tmp_path / "other.h5").read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "run.h5 exists" in done.stdout
    assert (tmp_path / "run.h5").read_bytes() == whole


def test_a_run_of_one_snapshot_that_was_closed_is_kept(tmp_path: Path) -> None:
    code = (
        "import numpy as np; from replay import RunDescription, RunWriter, dense\n"
        "d = RunDescription(layers=(dense('output', 2, 1),))\n"
        "writer = RunWriter('run.h5', d, np.zeros((4, 2)), np.zeros(4))\n"
        "writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)]); writer.close()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert list(Recording(tmp_path / "run.h5").epochs) == [0]


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_snapshots_within_an_epoch_are_those_of_fit_where_train_compiles_the_epoch(tmp_path: Path) -> None:
    files = []
    for name, use in (("compiled.h5", train), ("fit.h5", None)):
        model = compiled(sequential())
        recorder = Recorder(tmp_path / name, X, Y, every_n_batches=2)
        if use is None:
            model.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0, callbacks=[recorder])
        else:
            use(model, X, Y, batch_size=5, epochs=2, shuffle=False, callbacks=[recorder])
        files.append(Recording(tmp_path / name))
    np.testing.assert_allclose(files[0].epochs, [0, 0.4, 0.8, 1, 1.4, 1.8, 2])
    np.testing.assert_allclose(files[0].epochs, files[1].epochs)
    for epoch in files[0].epochs:
        for a, b in zip(files[0].weights_at(epoch), files[1].weights_at(epoch), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


def test_some_samples_are_kept_of_every_class_its_share(tmp_path: Path) -> None:
    model = compiled(sequential())
    recorder = Recorder(tmp_path / "run.h5", X, Y, samples=6, seed=3, validation_data=VALIDATION)
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    recording = Recording(tmp_path / "run.h5")
    assert recording.description.subset == {"of": 24, "seed": 3}
    rows = [np.flatnonzero((row == X).all(axis=1))[0] for row in recording.inputs]
    np.testing.assert_array_equal(recording.targets, Y[rows])
    assert abs(recording.targets.sum() - 6 * Y.mean()) < 1
    assert recording.validation_data is not None
    assert len(recording.validation_data[0]) == 6


def test_chosen_layers_are_recorded_in_half_precision_and_views_of_the_others_say_so(tmp_path: Path) -> None:
    model = compiled(sequential())
    witness: list[Array] = []

    class Witness(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            witness.append(self.model.get_layer("hidden").get_weights()[0])

    recorder = Recorder(tmp_path / "run.h5", X, Y, layers=["hidden"], dtype="float16", compress=True)
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[Witness(), recorder])
    shown = Replay(tmp_path / "run.h5")
    kernels = [shown.recording.weights_at(epoch)[0][0] for epoch in (1, 2, 3)]
    np.testing.assert_array_equal(kernels, np.array(witness).astype(np.float16).astype(np.float32))
    expected = np.tanh(X @ kernels[2] + shown.recording.weights_at(3)[1][0])
    np.testing.assert_allclose(shown.activations("hidden", epochs=[3])[0], expected, atol=1e-5)
    with pytest.raises(ViewError, match="weights of layer 'output' were not recorded"):
        shown.probabilities()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"dtype": "int8"}, ScenarioError, "dtype must be float32 or float16"),
        ({"samples": 0}, DataError, "at least 1 sample"),
        ({"samples": 2.5}, ScenarioError, "samples must be a whole number"),
        ({"seed": -1}, ScenarioError, "seed must be 0 or more"),
        ({"validation_data": (X,)}, DataError, "must be samples and targets"),
        ({"layers": ["hiden"]}, ScenarioError, "unknown layer with weights 'hiden'.*hidden"),
        ({"max_bytes": 1000}, RunFileError, "more than 1 kB"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_written(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    model = compiled(sequential())
    with pytest.raises(error, match=message):
        model.fit(X, Y, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", X, Y, **options)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_model_with_several_inputs_and_outputs_is_recorded_and_views_say_what_they_cannot_show(
    tmp_path: Path,
) -> None:
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    joined = keras.layers.Concatenate()([left, right])
    hidden = keras.layers.Dense(2, "tanh", name="hidden")(joined)
    label = keras.layers.Dense(1, "sigmoid", name="label")(hidden)
    size = keras.layers.Dense(1, name="size")(hidden)
    model = keras.Model({"left": left, "right": right}, {"label": label, "size": size})
    model.compile("sgd", {"label": "binary_crossentropy", "size": "mse"})
    inputs = {"left": X, "right": X + 1}
    targets = {"label": Y[:, None].astype(np.float32), "size": X[:, :1]}
    path = tmp_path / "run.h5"
    model.fit(inputs, targets, epochs=2, verbose=0, callbacks=[Recorder(path, inputs, targets, samples=10)])
    shown = Replay(path)
    assert shown.recording.n_samples == 10
    assert list(shown.recording.samples[0]) == ["left", "right"]
    np.testing.assert_allclose(
        shown.recording.weights_at(2)[0][0], model.get_layer("hidden").get_weights()[0], atol=1e-6
    )
    with pytest.raises(ViewError, match=r"several inputs \(left, right\)"):
        shown.probabilities()
    shown.dashboard().save(tmp_path / "dashboard.png")
    shown.view("curves").save(tmp_path / "curves.png")
    assert summary(shown)["n_samples"] == 10


@pytest.mark.slow
def test_the_expected_size_of_a_large_run_is_told_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = compiled(sequential())
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[Recorder(tmp_path / "small.h5", X, Y)])
    assert not caplog.messages
    monkeypatch.setattr(session_module, "WORTH_TELLING", 1000)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[Recorder(tmp_path / "large.h5", X, Y)])
    (told,) = caplog.messages
    assert told.startswith(f"{tmp_path / 'large.h5'} will have about ") and "(3 snapshots of 52 bytes" in told


def test_a_second_fit_may_not_grow_the_file_beyond_its_limit(tmp_path: Path) -> None:
    model, path = compiled(sequential()), tmp_path / "run.h5"
    recorder = Recorder(path, X, Y, max_bytes=60_000)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[recorder])
    with pytest.raises(RunFileError, match="more than 60 kB"):
        model.fit(X, Y, epochs=2000, verbose=0, callbacks=[recorder])
    assert Recording(path).n_snapshots == 3
    assert Recording(path).complete


@pytest.mark.slow
@pytest.mark.usefixtures("with_graphs")
def test_snapshots_within_an_epoch_are_taken_where_fit_calls_back_seldom(
    tmp_path: Path,
) -> None:
    model = sequential()
    model.compile("sgd", "binary_crossentropy", steps_per_execution=4, jit_compile=False)
    recorder = Recorder(tmp_path / "run.h5", X, Y, every_n_batches=3)
    model.fit(X, Y, batch_size=2, epochs=1, verbose=0, callbacks=[recorder])
    np.testing.assert_allclose(Recording(tmp_path / "run.h5").epochs, [0, 4 / 12, 8 / 12, 1])


def test_what_fit_takes_of_one_input_and_output_in_a_dict_is_recorded(tmp_path: Path) -> None:
    inputs = keras.Input((2,), name="x")
    model = keras.Model({"x": inputs}, {"o": keras.layers.Dense(1, "sigmoid", name="o")(inputs)})
    model.compile("sgd", {"o": "binary_crossentropy"})
    x, y = {"x": X}, {"o": Y[:, None].astype(np.float32)}
    model.fit(x, y, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", x, y, validation_data=(x, y, Y))])
    recording = Recording(tmp_path / "run.h5")
    assert recording.n_samples == 24
    assert recording.n_snapshots == 2


ODD_BUT_HONEST = {
    "numbers of NumPy in the optimizer": lambda: {"optimizer": keras.optimizers.SGD(clipnorm=np.float32(1))},
    "a flag that is a number": lambda: {"loss": keras.losses.BinaryCrossentropy(from_logits=1)},
    "an array in a layer": lambda: {"layers": [keras.layers.Rescaling(np.array([1.0, 2.0]))]},
    "a bound that is none": lambda: {"layers": [keras.layers.ReLU(max_value=float("inf"))]},
}


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD_BUT_HONEST)
def test_what_is_recorded_can_be_read_again_however_oddly_it_was_configured(odd: str, tmp_path: Path) -> None:
    given = {"layers": [], "optimizer": "sgd", "loss": "binary_crossentropy", **ODD_BUT_HONEST[odd]()}
    X, y = datasets.parabola(10)
    layers = [keras.Input((2,)), *given["layers"], keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential(layers)
    model.compile(given["optimizer"], given["loss"])
    path = tmp_path / "run.h5"
    model.fit(X, y, verbose=0, callbacks=[Recorder(path, X, y)])
    found = Replay(path).activations(model.layers[-1].name, epochs=[1])[0]
    np.testing.assert_allclose(found, model.predict(X, verbose=0), atol=1e-6)


@pytest.mark.slow
def test_a_description_that_no_reader_would_take_is_refused_before_training(tmp_path: Path) -> None:
    X, y = datasets.parabola(10)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(ReplayError, match="could not be read back"):
        model.fit(X, y, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", X, y, seed=2**70)])
    assert list(tmp_path.iterdir()) == []


def trained(path: Path) -> tuple[Any, Recorder]:
    """A model after an epoch, and the recorder of it."""
    model, recorder = compiled(sequential()), Recorder(path, X, Y)
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    return model, recorder


def test_a_model_that_was_never_compiled_is_recorded_by_hand(tmp_path: Path) -> None:
    model, recorder = sequential(), Recorder(tmp_path / "run.h5", X, Y)
    recorder.set_model(model)
    recorder.on_train_begin()
    recorder.on_epoch_end(0, {"loss": 0.5})
    recorder.on_train_end()
    assert Recording(tmp_path / "run.h5").history["loss"].tolist() == [0.5]
    assert Recording(tmp_path / "run.h5").complete


def test_to_end_a_training_twice_does_nothing_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _, recorder = trained(tmp_path / "run.h5")
    recorder.on_train_end()
    assert recorder.error is None
    assert not caplog.messages
    assert Recording(tmp_path / "run.h5").complete


def of_another_activation(model: Any) -> None:
    model.layers[0].activation = keras.activations.relu
    compiled(model)


def of_another_layer(model: Any) -> None:
    model.add(keras.layers.Dense(1, "sigmoid"))
    compiled(model)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_another_activation, "another network"),
        (of_another_layer, "another network"),
        (lambda model: compiled(model, loss="mse"), "another loss"),
    ],
    ids=["activation", "layer", "loss"],
)
def test_a_file_goes_on_with_the_model_that_it_describes_only(tmp_path: Path, change: Any, said: str) -> None:
    model, recorder = trained(tmp_path / "run.h5")
    change(model)
    with pytest.raises(RunFileError, match=f"holds a training with {said}: make a new recorder"):
        model.fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    assert Recording(tmp_path / "run.h5").epochs.tolist() == [0, 1]


def test_it_is_said_that_a_layer_was_frozen_at_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, recorder = compiled(sequential()), Recorder(tmp_path / "run.h5", X, Y)
    model.layers[0].trainable = False
    compiled(model).fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    model.layers[0].trainable = True
    compiled(model).fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    assert "hidden was frozen when the recording began" in caplog.text
    assert Recording(tmp_path / "run.h5").epochs.tolist() == [0, 1, 2]


@pytest.mark.parametrize("replace", [False, True], ids=["deleted", "replaced"])
def test_a_recorder_goes_on_with_its_own_file_only(tmp_path: Path, replace: bool) -> None:
    path = tmp_path / "run.h5"
    model, recorder = trained(path)
    if replace:
        other = compiled(sequential(7))
        other.fit(X, Y, epochs=3, verbose=0, callbacks=[Recorder(path, X, Y, overwrite=True)])
    else:
        path.unlink()
    with pytest.raises(RunFileError, match="is not the file that this recorder wrote"):
        model.fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    assert not replace or Recording(path).complete


def test_two_recorders_of_one_file_are_refused_in_one_line(tmp_path: Path) -> None:
    recorders = [Recorder(tmp_path / "run.h5", X, Y) for _ in range(2)]
    with pytest.raises(RunFileError, match="another recorder took it over"):
        compiled(sequential()).fit(X, Y, epochs=1, verbose=0, callbacks=recorders)


def test_what_is_logged_and_is_no_number_is_left_out(tmp_path: Path) -> None:
    class Odd(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs |= {
                "huge": 10**400,
                "complex": 1j,
                "date": np.datetime64("2020-01-01"),
                "words": "a",
                3: 4.0,
            }

    recorder = Recorder(tmp_path / "run.h5", X, Y)
    compiled(sequential()).fit(X, Y, epochs=1, verbose=0, callbacks=[Odd(), recorder])
    assert recorder.error is None
    assert list(Recording(tmp_path / "run.h5").history) == ["loss", "3", "learning_rate"]


IRIS_LIKE = pd.DataFrame(X, columns=["petal length (cm)", "petal width (cm)"])
SICK = pd.Series(np.where(Y, "sick", "well"), name="health").astype(pd.CategoricalDtype(["well", "sick"]))


def test_names_come_from_frames_and_series_and_arguments_win(tmp_path: Path) -> None:
    found, given = tmp_path / "found.h5", tmp_path / "given.h5"
    train(compiled(sequential()), IRIS_LIKE, SICK, epochs=1, callbacks=[Recorder(found, IRIS_LIKE, SICK)])
    data = Recording(found).description.data
    assert data == DataDescription("health", ("well", "sick"), tuple(IRIS_LIKE.columns))
    assert Recording(found).targets.tolist() == Y.tolist()
    recorder = Recorder(
        given, IRIS_LIKE, SICK, class_names=["a", "b"], title="Patients", target_name="state", run="tanh"
    )
    compiled(sequential()).fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    recording = Recording(given)
    assert recording.description.data == DataDescription(
        "state", ("a", "b"), tuple(IRIS_LIKE.columns), title="Patients"
    )
    assert recording.title == "Patients · tanh"


def test_a_bunch_is_samples_targets_and_names(tmp_path: Path) -> None:
    bunch = {"data": X, "target": Y, "target_names": np.array(["no", "yes"]), "feature_names": ["a", "b"]}
    recorder = Recorder(tmp_path / "run.h5", bunch)
    compiled(sequential()).fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    assert Recording(recorder.path).names.classes == ("no", "yes")
    assert Recording(recorder.path).names.inputs == ("a", "b")


def test_without_names_the_file_says_nothing_of_the_data(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.h5", X, Y)
    compiled(sequential()).fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    assert Recording(recorder.path).description.data is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"class_names": ["a", "b", "c"]}, "class_names .* has 3 names, but the run has 2 classes"),
        ({"feature_names": ["a"]}, "feature_names .* has 1 name, but each sample has 2 values"),
    ],
)
def test_more_names_than_there_are_classes_or_inputs_are_refused(
    names: dict[str, Any], message: str, tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path / "run.h5", X, Y, **names)
    with pytest.raises(DataError, match=f"run.h5: {message}"):
        compiled(sequential()).fit(X, Y, epochs=1, verbose=0, callbacks=[recorder])
    assert not recorder.path.exists()


def test_targets_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="y is missing: give the targets of X"):
        Recorder(tmp_path / "run.h5", X)


@pytest.mark.parametrize(
    ("held_out", "told"),
    [
        ((X[:, :1], Y), "each sample has shape (1,), not (2,) as in X"),
        ((Y, X), "each sample has shape"),
        ((pd.DataFrame(X, columns=["b", "a"]), Y), "its columns are b, a, but those of X are a, b"),
    ],
    ids=["narrower", "swapped", "other columns"],
)
def test_held_out_samples_that_are_others_are_told_before_the_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, held_out: tuple[Any, Any], told: str
) -> None:
    Recorder(tmp_path / "run.h5", pd.DataFrame(X, columns=["a", "b"]), Y, validation_data=held_out)
    assert [told in message for message in caplog.messages] == [True]
