"""The recorder for loops in PyTorch: epochs, metrics, options, and mistakes."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.backends import need

need("torch")

import torch
from torch import nn

import replay
from replay import Recording, Replay
from replay.errors import DataError, RunFileError, ScenarioError
from replay.torch import Recorder, watch

RNG = np.random.default_rng(2)
X = RNG.normal(size=(24, 2)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(np.float32)
INPUTS, TARGETS = torch.tensor(X), torch.tensor(Y)[:, None]


class Training:
    """Three steps an epoch, of a small network."""

    def __init__(self, rate: float = 0.5) -> None:
        torch.manual_seed(5)
        self.model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
        self.optimizer = torch.optim.SGD(self.model.parameters(), rate)
        self.loss = nn.BCELoss()
        self.losses: list[float] = []  # of each step
        self.weights = [self.now()]  # before, and after each step

    def now(self) -> np.ndarray:
        return self.model[0].weight.detach().numpy().T.copy()

    def epoch(self) -> None:
        for batch in range(3):
            rows = slice(8 * batch, 8 * batch + 8)
            self.optimizer.zero_grad()
            loss = self.loss(self.model(INPUTS[rows]), TARGETS[rows])
            loss.backward()
            self.optimizer.step()
            self.losses.append(loss.item())
            self.weights.append(self.now())

    @property
    def mean_losses(self) -> np.ndarray:
        return np.mean(np.reshape(self.losses, (-1, 3)), axis=1)


def test_two_lines_record_a_loop(tmp_path: Path) -> None:
    training = Training()
    recorder = Recorder(training.model, X, Y, tmp_path / "run.h5", loss=training.loss)
    for _ in range(4):
        training.epoch()
        recorder.epoch_end()
    recording = Recording(tmp_path / "run.h5")  # while it is open
    assert recording.epochs.tolist() == [0, 1, 2, 3, 4]
    assert not recording.complete
    recorder.close()
    recording = Recording(tmp_path / "run.h5")
    assert recording.complete
    np.testing.assert_allclose(recording.history["loss"], training.mean_losses, rtol=1e-6)
    for epoch in range(5):
        np.testing.assert_array_equal(recording.weights_at(epoch)[0][0], training.weights[3 * epoch])


def test_metrics_may_be_tensors_and_arrays_and_given_ones_count(tmp_path: Path) -> None:
    training = Training()
    recorder = Recorder(
        training.model, X, Y, tmp_path / "run.h5", loss=training.loss, optimizer=training.optimizer
    )
    training.epoch()
    recorder.epoch_end(loss=torch.tensor(9.0), f1=np.array([0.5, 0.25]), note="no number")
    recorder.close()
    history = Recording(tmp_path / "run.h5").history
    assert {name: values.tolist() for name, values in history.items()} == {
        "loss": [9.0], "f1_0": [0.5], "f1_1": [0.25], "learning_rate": [0.5]
    }  # fmt: skip


def test_a_loss_that_is_told_is_not_measured_any_more(tmp_path: Path) -> None:
    training = Training()
    recorder = Recorder(training.model, X, Y, tmp_path / "run.h5", loss=training.loss)
    for epoch in range(3):
        training.epoch()
        recorder.epoch_end(loss=float(epoch))
    assert not training.loss._forward_hooks
    recorder.close()
    assert Recording(tmp_path / "run.h5").history["loss"].tolist() == [0, 1, 2]


def test_with_steps_an_epoch_epochs_end_by_themselves(tmp_path: Path) -> None:
    training = Training()
    with watch(
        training.model, X, Y, tmp_path / "run.h5", loss=training.loss, optimizer=training.optimizer,
        steps_per_epoch=3, every_n_batches=2,
    ):  # fmt: skip
        for _ in range(3):
            training.epoch()
    recording = Recording(tmp_path / "run.h5")
    assert recording.complete
    np.testing.assert_allclose(recording.epochs, [0, 2 / 3, 1, 5 / 3, 2, 8 / 3, 3])
    np.testing.assert_allclose(recording.history["loss"], training.mean_losses, rtol=1e-6)
    for position, step in enumerate((0, 2, 3, 5, 6, 8, 9)):
        epoch = recording.epochs[position]
        np.testing.assert_array_equal(recording.weights_at(epoch)[0][0], training.weights[step])


def test_epochs_that_end_by_themselves_take_metrics_too(tmp_path: Path) -> None:
    training = Training()
    recorder = Recorder(
        training.model, X, Y, tmp_path / "run.h5", optimizer=training.optimizer, steps_per_epoch=3, epochs=2
    )
    for epoch in range(2):
        training.epoch()
        recorder.epoch_end(val_loss=float(epoch))
    recording = Recording(tmp_path / "run.h5")
    assert recording.complete
    assert recording.history["val_loss"].tolist() == [0, 1]


def test_an_epoch_ended_twice_is_told_once_and_counted_once(tmp_path: Path, caplog: Any) -> None:
    training = Training()
    recorder = Recorder(training.model, X, Y, tmp_path / "run.h5", optimizer=training.optimizer)
    training.epoch()
    with caplog.at_level(logging.WARNING):
        recorder.epoch_end(loss=1.0)
        recorder.epoch_end(loss=1.0)
    assert len(caplog.messages) == 1
    assert "epoch 1 was ended already" in caplog.text
    recorder.close()
    assert Recording(tmp_path / "run.h5").epochs.tolist() == [0, 1]


def test_what_comes_after_the_end_is_told_once_and_the_training_goes_on(tmp_path: Path, caplog: Any) -> None:
    training = Training()
    recorder = Recorder(training.model, X, Y, tmp_path / "run.h5", epochs=1)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            training.epoch()
            recorder.epoch_end()
    assert len(caplog.messages) == 1
    assert "ended with epoch 1" in caplog.text
    assert Recording(tmp_path / "run.h5").complete


def test_an_error_in_the_block_leaves_the_run_incomplete(tmp_path: Path) -> None:
    training = Training()
    with pytest.raises(ZeroDivisionError), watch(training.model, X, Y, tmp_path / "run.h5") as recorder:
        training.epoch()
        recorder.epoch_end()
        raise ZeroDivisionError
    recording = Recording(tmp_path / "run.h5")
    assert recording.n_snapshots == 2
    assert not recording.complete


def test_tensors_frames_and_columns_are_taken_as_samples(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"length": X[:, 0], "width": X[:, 1]})
    kinds = pandas.Series(["low", "high"])[Y.astype(int)].astype("category")
    model = Training().model
    Recorder(model, frame, kinds.reset_index(drop=True), tmp_path / "frame.h5", loss=nn.BCELoss()).close()
    names = Replay(tmp_path / "frame.h5").recording.description.data
    assert names is not None
    assert names.inputs == ("length", "width")
    assert names.classes == ("high", "low")
    Recorder(model, INPUTS, TARGETS, tmp_path / "tensors.h5").close()
    np.testing.assert_array_equal(Recording(tmp_path / "tensors.h5").inputs, X)


def test_held_out_samples_and_a_choice_of_samples_are_kept(tmp_path: Path) -> None:
    recorder = Recorder(
        Training().model, INPUTS, TARGETS, tmp_path / "run.h5", loss=nn.BCELoss(),
        validation_data=(INPUTS[:6], TARGETS[:6]), samples=10, dtype="float16", batch_size=8,
    )  # fmt: skip
    recorder.close()
    recording = Recording(tmp_path / "run.h5")
    assert recording.n_samples == 10
    assert recording.description.subset == {"of": 24, "seed": 0}
    assert recording.held_out is not None
    assert recording.held_out.n_samples == 6


def test_copies_and_pickles_of_a_recorded_training_hold_no_recorder(tmp_path: Path) -> None:
    training = Training()
    recorder = Recorder(
        training.model, X, Y, tmp_path / "run.h5", loss=training.loss, optimizer=training.optimizer,
        steps_per_epoch=3,
    )  # fmt: skip
    for made in (training.model, training.loss, training.optimizer):
        copy.deepcopy(made)
        pickle.loads(pickle.dumps(made))
    twin, own = copy.deepcopy(training.loss), copy.deepcopy(training.optimizer)
    twin(torch.tensor([0.5], requires_grad=True), torch.tensor([1.0]))
    own.step()
    training.epoch()
    recorder.close()
    np.testing.assert_allclose(
        Recording(tmp_path / "run.h5").history["loss"], training.mean_losses, rtol=1e-6
    )


def lazy() -> Any:
    torch.manual_seed(5)
    return nn.Sequential(nn.LazyLinear(3), nn.Tanh(), nn.LazyLinear(1), nn.Sigmoid())


def test_a_lazy_model_is_recorded_from_its_first_step(tmp_path: Path, caplog: Any) -> None:
    model = lazy()
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    with caplog.at_level(logging.WARNING):
        recorder = Recorder(model, X, Y, tmp_path / "run.h5", loss=nn.BCELoss(), optimizer=optimizer)
    assert len(caplog.messages) == 1
    assert "lazy parts" in caplog.text
    optimizer.zero_grad()
    nn.BCELoss()(model(INPUTS), TARGETS).backward()
    before = model[0].weight.detach().numpy().T.copy()
    optimizer.step()
    recorder.epoch_end()
    recorder.close()
    recording = Recording(tmp_path / "run.h5")
    assert recording.epochs.tolist() == [0, 1]
    np.testing.assert_array_equal(recording.weights_at(0)[0][0], before)


def test_without_an_optimizer_a_lazy_model_is_recorded_from_its_first_epoch_on(
    tmp_path: Path,
) -> None:
    model = lazy()
    recorder = Recorder(model, X, Y, tmp_path / "run.h5", loss=nn.BCELoss())
    model(INPUTS)
    for _ in range(2):
        recorder.epoch_end(loss=0.5)
    recorder.close()
    assert Recording(tmp_path / "run.h5").epochs.tolist() == [1, 2]


def on_the_meta_device(model: Any) -> Any:
    return model.to("meta")


def test_weights_without_values_are_one_line_and_no_end(tmp_path: Path, caplog: Any) -> None:
    model = on_the_meta_device(Training().model)
    with caplog.at_level(logging.WARNING):
        recorder = Recorder(model, X, Y, tmp_path / "run.h5")
        recorder.epoch_end(loss=1.0)
        recorder.close()
    assert len(caplog.messages) == 1
    assert "meta device" in str(recorder.error)
    assert not (tmp_path / "run.h5").exists()


def wider(training: Training) -> None:
    training.model[0] = nn.Linear(2, 3)  # what was recorded is the layer that was there
    training.model[0].weight = nn.Parameter(torch.zeros(5, 2))


def other_shape(training: Training) -> None:
    training.model[0].weight.data = torch.zeros(5, 2)


def moved_away(training: Training) -> None:
    training.model.to("meta")


def deleted(training: Training) -> None:
    del training.model[0].weight


@pytest.mark.parametrize("fault", [other_shape, moved_away, deleted])
def test_a_model_that_changes_ends_the_recording_and_not_the_training(
    fault: Callable[[Training], None], tmp_path: Path, caplog: Any
) -> None:
    training = Training()
    recorder = Recorder(training.model, X, Y, tmp_path / "run.h5")
    training.epoch()
    recorder.epoch_end()
    with caplog.at_level(logging.WARNING):
        fault(training)
        recorder.epoch_end()
        recorder.epoch_end()
        recorder.close()
    assert len(caplog.messages) == 1
    assert "\n" not in caplog.messages[0]
    recording = Recording(tmp_path / "run.h5")
    assert recording.epochs.tolist() == [0, 1]
    assert not recording.complete
    assert recording.ending.error == recorder.error


def test_on_error_raise_ends_the_training(tmp_path: Path) -> None:
    training = Training()
    recorder = Recorder(training.model, X, Y, tmp_path / "run.h5", on_error="raise")
    other_shape(training)
    with pytest.raises(DataError, match="linear_0/kernel has shape"):
        recorder.epoch_end()


@pytest.mark.parametrize(
    ("arguments", "error", "why"),
    [
        ({"every_n_batches": 2}, ScenarioError, "optimizer and steps_per_epoch"),
        ({"resume": True}, ScenarioError, "resume needs the optimizer"),
        ({"steps_per_epoch": 3}, ScenarioError, "needs the optimizer"),
        ({"epochs": 0}, ScenarioError, "epochs must be 1 or more"),
        ({"every_n_epoch": 2}, ScenarioError, "did you mean every_n_epochs"),
        ({"optimizer": "adam"}, ScenarioError, "one of PyTorch's"),
        ({"loss": "crossentropy"}, DataError, "unknown loss 'crossentropy'"),
        ({"also": [3]}, DataError, "a int has no state"),
        ({"layers": ["linear_1"]}, ScenarioError, "linear_0 or linear_2|did you mean"),
        ({"class_names": ["a", "b", "c"], "loss": nn.BCELoss()}, DataError, "3 names"),
        ({"max_bytes": 100}, RunFileError, "more than 100 bytes"),
    ],
)
def test_mistakes_are_told_before_the_training_in_one_line(
    arguments: dict[str, Any], error: type[Exception], why: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=why) as caught:
        Recorder(Training().model, X, Y, tmp_path / "run.h5", **arguments)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run.h5").exists()


def test_arrays_of_other_lengths_and_a_file_that_exists_are_refused(tmp_path: Path) -> None:
    model = Training().model
    with pytest.raises(DataError, match="do not fit together"):
        Recorder(model, X, Y[:5], tmp_path / "run.h5")
    Recorder(model, X, Y, tmp_path / "run.h5").close()
    with pytest.raises(RunFileError, match="exists"):
        Recorder(model, X, Y, tmp_path / "run.h5")
    Recorder(model, X, Y, tmp_path / "run.h5", overwrite=True).close()


def test_the_package_has_it_without_an_import_of_its_own() -> None:
    assert replay.torch.Recorder is Recorder
