"""What the caller holds after the training has a snapshot of its own, told as what it is."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Recorder, Recording, Replay, train
from replay.storage.ending import ENDING_BYTES, MAX_HELD, Ending, ending_from

pytestmark = pytest.mark.usefixtures("without_xla", "step_by_step")
RNG = np.random.default_rng(3)
X = RNG.normal(size=(24, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)


def model(optimizer: Any = "sgd") -> Any:
    built = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(1, "sigmoid")]
    )
    built.compile(optimizer, "binary_crossentropy")
    return built


class Worse(keras.callbacks.Callback):
    """Tells a loss that is best at epoch 2, whatever it is."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["told"] = abs(epoch - 1)


class Doubling(keras.callbacks.Callback):
    """Leaves the model with other weights than any epoch had."""

    def on_train_end(self, logs: Any = None) -> None:
        self.model.set_weights([2 * array for array in self.model.get_weights()])


def stopping() -> list[Any]:
    return [Worse(), keras.callbacks.EarlyStopping("told", mode="min", patience=2, restore_best_weights=True)]


@pytest.mark.parametrize("way", ["fit", "train"])
@pytest.mark.parametrize("recorder_first", [True, False], ids=["recorder first", "recorder last"])
def test_restored_weights_are_the_last_snapshot_and_told(
    tmp_path: Path, way: str, recorder_first: bool
) -> None:
    path, held = tmp_path / "run.h5", model()
    callbacks = [*stopping(), Recorder(path, X, Y)]
    if recorder_first:
        callbacks = [callbacks[0], callbacks[2], callbacks[1]]
    if way == "fit":
        held.fit(X, Y, epochs=9, batch_size=8, verbose=0, callbacks=callbacks)
    else:
        train(held, X, Y, epochs=9, batch_size=8, callbacks=callbacks)
    replay = Replay(path)
    assert replay.epochs.tolist() == [0, 1, 2, 3, 4, 4.5]
    np.testing.assert_allclose(
        replay.probabilities(epochs=[4.5])[0], held.predict(X, verbose=0)[:, 0], atol=1e-6
    )
    for now, then in zip(replay.recording.weights_at(4.5), replay.recording.weights_at(2), strict=True):
        np.testing.assert_array_equal(now, then)
    assert replay.recording.complete
    told = [(event.epoch, event.text) for event in replay.milestones() if event.kind == "weights_restored"]
    assert told == [(4.5, "the weights of epoch 2 are restored")]


def test_weights_that_no_epoch_had_are_told_as_changed(tmp_path: Path) -> None:
    path, held = tmp_path / "run.h5", model()
    held.fit(X, Y, epochs=2, verbose=0, callbacks=[Recorder(path, X, Y), Doubling()])
    recording = Recording(path)
    assert recording.ending.held == {2.5: None}
    assert [event.kind for event in Replay(path).milestones()][-1] == "weights_changed"
    for array, own in zip(recording.weights_at(2.5), held.get_weights(), strict=True):
        np.testing.assert_array_equal(array[0], own)


def test_each_of_two_recorders_has_what_the_model_holds(tmp_path: Path) -> None:
    paths = [tmp_path / "one.h5", tmp_path / "two.h5"]
    recorders = [Recorder(path, X, Y) for path in paths]
    model().fit(X, Y, epochs=9, verbose=0, callbacks=[*recorders, *stopping()])
    assert [Recording(path).ending.held for path in paths] == [{4.5: 2}, {4.5: 2}]


def test_a_history_of_ones_own_may_come_first(tmp_path: Path) -> None:
    path, history = tmp_path / "run.h5", keras.callbacks.History()
    model().fit(X, Y, epochs=9, verbose=0, callbacks=[history, *stopping(), Recorder(path, X, Y)])
    assert Recording(path).ending.held == {4.5: 2}
    assert "on_train_end" not in vars(history)


def test_averaged_weights_are_held(tmp_path: Path) -> None:
    path, held = tmp_path / "run.h5", model(keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9))
    held.fit(X, Y, epochs=3, verbose=0, callbacks=[Recorder(path, X, Y)])
    recording = Recording(path)
    assert recording.epochs.tolist() == [0, 1, 2, 3, 3.5]
    for array, own in zip(recording.weights_at(3.5), held.get_weights(), strict=True):
        np.testing.assert_array_equal(array[0], own)


@pytest.mark.parametrize("options", [{}, {"every_n_epochs": 3}, {"dtype": "float16"}], ids=str)
def test_a_model_that_holds_its_last_epoch_has_no_snapshot_more(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    path = tmp_path / "run.h5"
    model().fit(X, Y, epochs=4, verbose=0, callbacks=[Recorder(path, X, Y, **options)])
    assert Recording(path).epochs[-1] == 4
    assert Recording(path).ending == Ending()


def test_the_epoch_of_weights_that_are_stored_narrower_is_found(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    model().fit(X, Y, epochs=9, verbose=0, callbacks=[*stopping(), Recorder(path, X, Y, dtype="float16")])
    assert Recording(path).ending.held == {4.5: 2}


def test_a_training_that_goes_on_counts_its_epochs_as_before(tmp_path: Path) -> None:
    path, held, recorder = tmp_path / "run.h5", model(), Recorder(tmp_path / "run.h5", X, Y)
    held.fit(X, Y, epochs=9, verbose=0, callbacks=[*stopping(), recorder])
    held.fit(X, Y, epochs=2, verbose=0, callbacks=[recorder])
    recording = Recording(path)
    assert recording.epochs.tolist() == [0, 1, 2, 3, 4, 4.5, 5, 6]
    assert recording.ending.held == {4.5: 2}
    assert recording.complete


def test_the_history_of_fit_can_still_be_copied_and_pickled(tmp_path: Path) -> None:
    held = model()
    history = held.fit(X, Y, epochs=1, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", X, Y)])
    assert copy.copy(history).history == history.history
    assert "on_train_end" not in vars(history)
    assert pickle.loads(pickle.dumps(history.history)) == history.history


def test_an_ending_is_read_as_it_was_written_and_keeps_within_its_room() -> None:
    ending = Ending("no room — \U0001f4be", {4.5: 2.0, 9.5: None})
    assert ending_from(ending.to_bytes().decode()) == ending
    assert ending_from("") == Ending()
    long = Ending("\U0001f4be" * 9999, {at + 1e6 / 3: at + 1e5 / 3 for at in range(999)})
    assert len(long.to_bytes()) <= ENDING_BYTES
    assert len(ending_from(long.to_bytes().decode()).held) == MAX_HELD


@pytest.mark.parametrize("text", ['{"held": [[1]]}', '{"held": [["a", 1]]}', '{"error": 3}', "[]", "{"])
def test_a_malformed_ending_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ending_from(text)
