"""A training that is interrupted and resumed ends as if nothing had happened."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from replay import Recorder, Recording, Replay, Scenario, datasets, train
from replay.errors import DataError, ReplayError, RunFileError, ScenarioError
from replay.storage import writer
from replay.storage.reader import RunFile
from replay.training import experiment
from replay.training.epoch_program import compiled
from replay.training.training_data import TrainingData

pytestmark = pytest.mark.usefixtures("without_xla", "step_by_step")
Array = np.ndarray
RNG = np.random.default_rng(7)
X = RNG.normal(size=(48, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
EPOCHS = 8
OPTIMIZERS = {
    "momentum": lambda: keras.optimizers.SGD(0.2, momentum=0.9),
    "adam": lambda: keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.05, 40)),
}


def built(optimizer: str = "momentum", units: int = 3, dropout: bool = False) -> Any:
    layers = [
        keras.Input((2,)),
        keras.layers.Dense(units, "tanh", kernel_initializer=keras.initializers.GlorotNormal(1)),
        *([keras.layers.Dropout(0.3, seed=5)] if dropout else []),
        keras.layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.GlorotNormal(2)),
    ]
    model = keras.Sequential(layers)
    model.compile(OPTIMIZERS[optimizer](), "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


class Snatch(keras.callbacks.Callback):
    """Copies the run file as it lies on the disk at one moment, as it would be after SIGKILL there."""

    def __init__(self, path: Path, copy: Path, epoch: int, within: bool = False) -> None:
        super().__init__()
        self._path, self._copy, self._epoch, self._within = path, copy, epoch, within
        if within:
            self.every_n_batches = 1

    def _take(self) -> None:
        shutil.copy(self._path, self._copy)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._now = epoch
        if epoch == self._epoch and not self._within:
            self._take()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._within and self._now == self._epoch and batch == 1:
            self._take()


class Stop(keras.callbacks.Callback):
    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == self._epoch:
            raise KeyboardInterrupt


def trained(
    path: Path, *callbacks: Any, optimizer: str = "momentum", seed: int | None = 3, **options: Any
) -> Any:
    model = built(optimizer, dropout=options.pop("dropout", False))
    epochs = options.pop("epochs", EPOCHS)
    recorder = Recorder(path, X, Y, **options)
    train(model, X, Y, batch_size=16, epochs=epochs, seed=seed, callbacks=[recorder, *callbacks])
    return model


def fitted(path: Path, *callbacks: Any, recorder: Recorder | None = None, **options: Any) -> None:
    """As `trained`, by `fit`, which a short training has done sooner."""
    recorder = recorder or Recorder(path, X, Y, **options)
    common = {"batch_size": 16, "epochs": EPOCHS, "shuffle": False, "verbose": 0}
    built().fit(X, Y, callbacks=[recorder, *callbacks], **common)


def weights_in(path: Path) -> list[Array]:
    file = RunFile(path)
    return file.weights(0, len(file.epochs))


def assert_same_run(path: Path, other: Path) -> None:
    one, two = Recording(path), Recording(other)
    assert one.complete and two.complete
    np.testing.assert_array_equal(one.epochs, two.epochs)
    for a, b in zip(weights_in(path), weights_in(other), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6, rtol=0)
    np.testing.assert_array_equal(one.history_epochs, two.history_epochs)
    assert one.history.keys() == two.history.keys()
    for name, values in one.history.items():
        np.testing.assert_allclose(values, two.history[name], atol=1e-6, rtol=0, err_msg=name)


# Equal to the uninterrupted run


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_that_was_killed_at_ten_moments_and_resumed_equals_one_that_was_not(
    tmp_path: Path, optimizer: str
) -> None:
    """Five cuts between epochs, five within; the model is compiled once, and trained to its end before."""
    rng = np.random.default_rng(len(optimizer))
    cuts = [
        (tmp_path / f"{n}.h5", int(epoch), n % 2 == 1) for n, epoch in enumerate(rng.integers(0, EPOCHS, 10))
    ]
    whole, model = tmp_path / "whole.h5", built(optimizer)
    options: dict[str, Any] = {"batch_size": 16, "epochs": EPOCHS, "seed": 3}
    options["programs"] = compiled(model, TrainingData.of(X, Y), 16, stopping=[1, 2])
    callbacks = [Snatch(whole, copy, epoch, within) for copy, epoch, within in cuts]
    train(model, X, Y, callbacks=[Recorder(whole, X, Y, every_n_batches=1), *callbacks], **options)
    for copy, epoch, _ in cuts:
        recorder = Recorder(copy, X, Y, every_n_batches=1, resume=True)
        assert recorder.initial_epoch == epoch
        train(model, X, Y, callbacks=[recorder], **options)
        assert_same_run(copy, whole)


@pytest.mark.slow
def test_random_numbers_of_the_network_go_on_as_well(tmp_path: Path) -> None:
    whole, copy = tmp_path / "whole.h5", tmp_path / "copy.h5"
    trained(whole, Snatch(whole, copy, 5), optimizer="adam", dropout=True)
    trained(copy, optimizer="adam", dropout=True, resume=True)
    assert_same_run(copy, whole)


@pytest.mark.slow
def test_a_seed_that_nobody_gave_is_kept_for_the_resumed_training(tmp_path: Path) -> None:
    whole, copy = tmp_path / "whole.h5", tmp_path / "copy.h5"
    trained(whole, Snatch(whole, copy, 4), seed=None)
    trained(copy, seed=None, resume=True)
    assert_same_run(copy, whole)


@pytest.mark.slow
def test_fit_without_shuffling_goes_on_by_itself_at_the_right_epoch(tmp_path: Path) -> None:
    whole, copy = tmp_path / "whole.h5", tmp_path / "copy.h5"
    for path, options, callbacks in (
        (whole, {}, [Snatch(whole, copy, 5)]),
        (copy, {"resume": True}, []),
    ):
        model, recorder = built("adam"), Recorder(path, X, Y, **options)
        history = model.fit(
            X, Y, batch_size=16, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[recorder, *callbacks]
        )
    assert history.epoch == [5, 6, 7]
    assert_same_run(copy, whole)
    more = model.fit(X, Y, epochs=2, verbose=0)  # the model is not left to begin later ever after
    assert more.epoch == [0, 1]


@pytest.mark.slow
def test_a_rate_that_a_callback_set_is_kept(tmp_path: Path) -> None:
    class Halve(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                self.model.optimizer.learning_rate = 0.1

    whole, copy = tmp_path / "whole.h5", tmp_path / "copy.h5"
    trained(whole, Halve(), Snatch(whole, copy, 5))
    trained(copy, resume=True)
    assert_same_run(copy, whole)
    np.testing.assert_allclose(Recording(copy).history["learning_rate"], [0.2, 0.2] + [0.1] * 6)


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [3, 4])
def test_what_is_stored_thinly_and_coarsely_goes_on_exactly(tmp_path: Path, epoch: int) -> None:
    """Float16, some layers and every third epoch: the snapshots alone would not do."""
    whole, copy = tmp_path / "whole.h5", tmp_path / "copy.h5"
    options = {"dtype": "float16", "every_n_epochs": 3, "compress": True}
    trained(whole, Snatch(whole, copy, epoch), **options)
    trained(copy, resume=True, **options)
    assert_same_run(copy, whole)
    np.testing.assert_array_equal(Recording(copy).epochs, [0, 3, 6, 8])


@pytest.mark.slow
def test_after_ctrl_c_a_new_recorder_goes_on_in_the_same_process(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.h5", tmp_path / "run.h5"
    trained(whole)
    model, first = built(), Recorder(path, X, Y)
    with pytest.raises(KeyboardInterrupt):
        train(model, X, Y, batch_size=16, epochs=EPOCHS, seed=3, callbacks=[first, Stop(3)])
    trained(path, resume=True)
    assert_same_run(path, whole)
    first.on_epoch_end(4, {"loss": 1.0})
    assert "another recorder took it over" in str(first.error)
    assert_same_run(path, whole)


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_comes_to_its_end(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.h5", tmp_path / "run.h5"
    trained(whole)
    for epoch in (0, 1, 1, 4):
        with pytest.raises(KeyboardInterrupt):
            trained(path, Stop(epoch), resume=True) if epoch != 1 else trained(path, Killed(), resume=True)
    trained(path, resume=True)
    assert_same_run(path, whole)


class Killed(keras.callbacks.Callback):
    """Stops at once, before anything is recorded."""

    def on_train_begin(self, logs: Any = None) -> None:
        raise KeyboardInterrupt


@pytest.mark.slow
def test_an_epoch_whose_newest_state_is_damaged_is_trained_again_from_the_one_before(tmp_path: Path) -> None:
    import h5py

    whole, copy = tmp_path / "whole.h5", tmp_path / "copy.h5"
    model, recorder = built(), Recorder(copy, X, Y)
    trained(whole)
    with pytest.raises(KeyboardInterrupt):
        train(model, X, Y, batch_size=16, epochs=EPOCHS, seed=3, callbacks=[recorder, Stop(4)])
    recorder.session.close()
    with h5py.File(copy, "r+") as file:
        epochs = [np.frombuffer(slot[:8].tobytes())[0] for slot in file["resume/slots"]]
        newest = int(np.argmax(epochs))
        file["resume/slots"][newest, -1] ^= 1
    assert sorted(epochs) == [4, 5]
    assert Recorder(copy, X, Y, resume=True).initial_epoch == 4
    trained(copy, resume=True)
    assert_same_run(copy, whole)


class Half(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that Keras cannot put into words."""

    def __call__(self, step: Any) -> Any:
        return 0.2 / (1 + keras.ops.cast(step, "float32") / 10)


ODD_OPTIMIZERS = {
    "averaged": lambda: keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(0.05), initial_scale=8.0, dynamic_growth_steps=4
    ),
    "wordless": lambda: keras.optimizers.SGD(Half(), momentum=0.9),
}


def built_oddly(kind: str) -> Any:
    """A model with one of ODD_OPTIMIZERS, the scaled one for mixed precision."""
    policy = "mixed_float16" if kind == "scaled" else "float32"
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(
                3, "tanh", dtype=policy, kernel_initializer=keras.initializers.GlorotNormal(1)
            ),
            keras.layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.GlorotNormal(2)),
        ]
    )
    model.compile(ODD_OPTIMIZERS[kind](), "binary_crossentropy")
    return model


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "way"), [("averaged", "train"), ("scaled", "fit"), ("wordless", "fit")])
def test_mixed_precision_averaged_weights_and_a_schedule_of_ones_own_go_on(
    tmp_path: Path, kind: str, way: str
) -> None:
    """In one process, where Keras counts the optimizers on; also where only the very end was cut off."""
    whole, copies = tmp_path / "whole.h5", [tmp_path / "3.h5", tmp_path / "5.h5"]

    def go(path: Path, model: Any, *callbacks: Any, **options: Any) -> Any:
        common = {"batch_size": 16, "epochs": 5, "callbacks": [Recorder(path, X, Y, **options), *callbacks]}
        if way == "train":
            train(model, X, Y, shuffle=False, **common)
        else:
            model.fit(X, Y, shuffle=False, verbose=0, **common)
        return model

    at_end = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: shutil.copy(whole, copies[1]))
    ended = go(whole, built_oddly(kind), Snatch(whole, copies[0], 3), at_end)
    for copy in copies:
        resumed = go(copy, built_oddly(kind), resume=True)
        assert_same_run(copy, whole)
        for one, other in zip(ended.variables, resumed.variables, strict=True):
            np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6, rtol=0)


@pytest.mark.slow
def test_a_built_optimizer_that_scales_the_loss_is_not_built_again() -> None:
    model = built_oddly("scaled")
    model.optimizer.build(model.trainable_variables)
    before = list(map(id, model.optimizer.variables))
    compiled(model, TrainingData.of(X, Y), 40)
    assert list(map(id, model.optimizer.variables)) == before


@pytest.mark.slow
def test_only_what_the_format_names_is_taken_along(tmp_path: Path) -> None:
    """Not what a stranger put beside it: what is not looked at takes neither time nor memory."""
    path, whole = tmp_path / "run.h5", tmp_path / "whole.h5"
    fitted(whole)
    interrupted(path, fitted)
    names = _names(path)
    with h5py.File(path, "r+") as file:
        file.create_dataset("history/extra", data=np.zeros(3))
        file.create_dataset("weights/extra", data=np.zeros((2, 30_000_000), "u1"), chunks=True, compression=9)
        file.create_dataset("data/extra", (3,), h5py.special_dtype(vlen=str))
        file["weights/again"] = file["/"]
        file["elsewhere"] = h5py.ExternalLink("whole.h5", "/weights")
    fitted(path, resume=True)
    assert _names(path) == names
    assert_same_run(path, whole)


def _names(path: Path) -> list[str]:
    with h5py.File(path) as file:
        found: list[str] = []
        file.visit_links(found.append)
    return sorted(found)


@pytest.mark.slow
def test_what_a_resumed_file_claims_is_checked_before_memory_is_asked_for(tmp_path: Path) -> None:
    path = interrupted(tmp_path / "run.h5", fitted)
    with h5py.File(path, "r+") as file:
        del file["data/inputs"]
        file.create_dataset(
            "data/inputs", (len(X), 50_000_000), "f4", chunks=(1, 50_000_000), compression="gzip"
        )
    before = path.read_bytes()
    with pytest.raises(RunFileError, match=r"run\.h5 is damaged: data/inputs"):
        fitted(path, resume=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.h5"]


# What cannot be gone on with


def interrupted(path: Path, by: Any = trained, **options: Any) -> Path:
    with pytest.raises(KeyboardInterrupt):
        by(path, Stop(2), **options)
    return path


def test_without_a_file_it_begins(tmp_path: Path) -> None:
    trained(tmp_path / "whole.h5")
    trained(tmp_path / "run.h5", resume=True)
    assert_same_run(tmp_path / "run.h5", tmp_path / "whole.h5")


def test_a_complete_run_is_refused_and_kept(tmp_path: Path) -> None:
    trained(tmp_path / "run.h5", epochs=2)
    before = (tmp_path / "run.h5").read_bytes()
    with pytest.raises(RunFileError, match=r"run\.h5 is complete, so there is nothing to resume"):
        Recorder(tmp_path / "run.h5", X, Y, resume=True)
    assert (tmp_path / "run.h5").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(("stop", "message"), [([], "is complete"), ([Stop(5)], "by another recorder")])
def test_a_recorder_that_was_overtaken_by_another_is_refused_and_nothing_is_lost(
    tmp_path: Path, stop: list[Any], message: str
) -> None:
    """It was made first, and waited, as a job in a queue does."""
    path = interrupted(tmp_path / "run.h5", fitted)
    late = Recorder(path, X, Y, resume=True)
    with pytest.raises(KeyboardInterrupt) if stop else contextlib.nullcontext():
        fitted(path, *stop, resume=True)
    before = Recording(path)
    with pytest.raises(RunFileError, match=message):
        fitted(path, recorder=late)
    np.testing.assert_array_equal(Recording(path).epochs, before.epochs)
    assert Recording(path).complete == before.complete
    fitted(path, resume=True) if stop else None


@pytest.mark.slow
@pytest.mark.parametrize("stop", [[], [Stop(2)]])
def test_a_run_that_was_begun_by_another_meanwhile_is_not_replaced(tmp_path: Path, stop: list[Any]) -> None:
    """When the recorder was made, the file held no snapshot."""
    path = tmp_path / "run.h5"
    with pytest.raises(KeyboardInterrupt):
        fitted(path, Killed())
    late = Recorder(path, X, Y, resume=True)
    with pytest.raises(KeyboardInterrupt) if stop else contextlib.nullcontext():
        fitted(path, *stop, resume=True)
    before = Recording(path).epochs
    with pytest.raises(RunFileError, match="by another recorder in the meantime"):
        fitted(path, recorder=late)
    np.testing.assert_array_equal(Recording(path).epochs, before)


@pytest.mark.slow
def test_what_is_recorded_while_a_file_is_written_anew_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second fit of its own recorder, as late as can be."""
    path = interrupted(tmp_path / "run.h5", fitted)
    late = Recorder(path, X, Y, resume=True)
    carry_over = writer.carry_over

    def overtaken(*arguments: Any) -> None:
        carry_over(*arguments)
        with h5py.File(path, "r+") as file:
            file["batch_size"][()] = 17

    monkeypatch.setattr(writer, "carry_over", overtaken)
    with pytest.raises(RunFileError, match="by another recorder in the meantime"):
        fitted(path, recorder=late)
    assert Recording(path).description.batch_size == 17


@pytest.mark.slow
def test_a_disk_that_is_full_while_a_file_is_written_anew_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = interrupted(tmp_path / "run.h5", fitted)
    before = path.read_bytes()

    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(h5py.Dataset, "__setitem__", full)
    with pytest.raises(RunFileError, match=r"cannot write .*run\.h5: No space left on device"):
        fitted(path, resume=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.h5"]


def test_a_run_that_was_recorded_without_its_state_is_refused(tmp_path: Path) -> None:
    path = interrupted(tmp_path / "run.h5", resumable=False)
    with pytest.raises(RunFileError, match="does not hold what resuming needs"):
        Recorder(path, X, Y, resume=True)


def test_resume_does_not_go_with_overwrite(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="overwrite"):
        Recorder(tmp_path / "run.h5", X, Y, resume=True, overwrite=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {"units": 4}}, "another network and other variables"),
        ({"model": {"optimizer": "adam"}}, "another optimizer"),
        ({"x": X + 1}, "other data"),
        ({"seed": 4}, "another seed"),
        ({"batch_size": 10}, "another number of batches in an epoch and another batch size"),
        ({"shuffle": False}, "another order of the samples"),
        ({"class_weight": {0: 2.0}}, "other weights of the samples"),
        ({"epochs": 2}, "has 3 epochs already"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_another_training_is_refused_and_nothing_is_changed(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = interrupted(tmp_path / "run.h5")
    before = weights_in(path)
    x = changes.get("x", X)
    model = built(**changes.pop("model", {}))
    changes.pop("x", None)
    options = {"batch_size": 16, "epochs": EPOCHS, "seed": 3} | changes
    with pytest.raises(RunFileError, match=message):
        train(model, x, Y, callbacks=[Recorder(path, x, Y, resume=True)], **options)
    np.testing.assert_array_equal(Recording(path).epochs, [0, 1, 2, 3])
    for a, b in zip(before, weights_in(path), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [file.name for file in tmp_path.iterdir()] == ["run.h5"]


def test_a_fit_that_begins_elsewhere_is_told_where_to_begin(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with pytest.raises(KeyboardInterrupt):
        built().fit(X, Y, epochs=5, verbose=0, callbacks=[Recorder(path, X, Y), Stop(2)])
    model, recorder = built(), Recorder(path, X, Y, resume=True)
    recorder.set_params({"epochs": 5, "steps": 2})
    recorder.set_model(model)
    recorder.on_train_begin()
    with pytest.raises(DataError, match=r"initial_epoch=recorder\.initial_epoch"):
        recorder.on_epoch_begin(0)


# Scenarios


def scenario(**changes: Any) -> Scenario:
    return Scenario(
        name="small", data=lambda: (X, Y), activations=("tanh", "relu", "elu"), epochs=4, **changes
    )


@pytest.mark.slow
def test_a_scenario_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Of three runs the first is complete, the second interrupted, the third not begun."""
    experiment.run(scenario(), tmp_path / "whole")

    def stop(name: str, epoch: int, epochs: int) -> None:
        if (name, epoch) == ("relu", 2):
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        experiment.run(scenario(), out, on_epoch=stop)
    first = (out / "tanh.h5").stat()
    told: list[tuple[str, int]] = []
    experiment.run(scenario(), out, resume=True, on_epoch=lambda name, epoch, _: told.append((name, epoch)))
    assert told == [("relu", 3), ("relu", 4), *(("elu", epoch) for epoch in range(1, 5))]
    assert os.path.samestat((out / "tanh.h5").stat(), first)
    for name in ("tanh", "relu", "elu"):
        assert_same_run(out / f"{name}.h5", tmp_path / "whole" / f"{name}.h5")


ONE_RUN = scenario().with_changes(activations=("tanh",))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """A complete run of ONE_RUN, and one that was interrupted after three of its four epochs."""
    complete, interrupted = (tmp_path_factory.mktemp(name) for name in ("complete", "interrupted"))

    def stop(name: str, epoch: int, epochs: int) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    experiment.run(ONE_RUN, complete)
    with pytest.raises(KeyboardInterrupt):
        experiment.run(ONE_RUN, interrupted, on_epoch=stop)
    return {True: complete / "tanh.h5", False: interrupted / "tanh.h5"}


@pytest.mark.slow
@pytest.mark.parametrize("complete", [True, False], ids=["complete", "interrupted"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_units": (3,)}, "another network"),
        ({"kernel_initializer": "zeros", "loss": "mean_squared_error"}, "holds a training with another loss"),
        ({"optimizer": "adam"}, "another optimizer"),
        ({"learning_rate": 0.5}, "another learning rate"),
        ({"data": lambda: (X + 1, Y)}, "other data"),
        ({"validation_data": lambda: (X, Y)}, "other data"),
        ({"batch_size": 5}, "batch size"),
        ({"seed": 7}, "seed"),
        ({"epochs": 2}, "is complete with 4 epochs|has 3 epochs already"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_run_of_another_scenario_is_not_taken_for_the_one_that_is_asked_for(
    begun: dict[bool, Path], tmp_path: Path, complete: bool, changes: dict[str, Any], message: str
) -> None:
    path = tmp_path / "tanh.h5"
    path.write_bytes(begun[complete].read_bytes())
    with pytest.raises(RunFileError, match=rf"tanh\.h5.*({message}).*--overwrite|{message}"):
        experiment.run(ONE_RUN.with_changes(**changes), tmp_path, resume=True)
    assert path.read_bytes() == begun[complete].read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("complete", [True, False], ids=["complete", "interrupted"])
def test_a_run_of_the_same_scenario_is(begun: dict[bool, Path], tmp_path: Path, complete: bool) -> None:
    (tmp_path / "tanh.h5").write_bytes(begun[complete].read_bytes())
    experiment.run(ONE_RUN, tmp_path, resume=True)
    assert Recording(tmp_path / "tanh.h5").complete


@pytest.mark.slow
def test_nothing_is_trained_where_a_later_run_is_of_another_scenario(tmp_path: Path) -> None:
    experiment.run(scenario(), tmp_path)
    (tmp_path / "tanh.h5").unlink()
    with pytest.raises(RunFileError, match="another learning rate"):
        experiment.run(scenario(learning_rate=0.5), tmp_path, resume=True)
    assert not (tmp_path / "tanh.h5").exists()


@pytest.mark.slow
def test_an_exception_in_another_callback_leaves_a_run_that_can_be_resumed(tmp_path: Path) -> None:
    class Fail(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 4:
                raise ZeroDivisionError

    whole, path = tmp_path / "whole.h5", tmp_path / "run.h5"
    trained(whole)
    with pytest.raises(ZeroDivisionError):
        trained(path, Fail())
    np.testing.assert_array_equal(Recording(path).epochs, range(6))
    assert not Recording(path).complete
    trained(path, resume=True)
    assert_same_run(path, whole)


@pytest.mark.slow
def test_the_command_line_goes_on_with_what_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from replay.cli.app import app

    words = ["run", "parabola", "-a", "tanh", "--epochs", "4", "--no-render", "--out", str(tmp_path)]
    end = Recorder.on_epoch_end

    def stop(self: Recorder, epoch: int, logs: Any = None) -> None:
        end(self, epoch, logs)
        if epoch == 1:
            raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "on_epoch_end", stop)
        assert isinstance(CliRunner().invoke(app, words).exception, ZeroDivisionError)
    path = tmp_path / "tanh.h5"
    np.testing.assert_array_equal(Recording(path).epochs, [0, 1, 2])
    assert "is an interrupted run: --resume" in str(CliRunner().invoke(app, words).exception)
    assert "--overwrite" in str(CliRunner().invoke(app, [*words, "--resume", "--overwrite"]).exception)
    done = CliRunner().invoke(app, [*words, "--resume"])
    assert done.exit_code == 0 and str(path) in done.stdout
    np.testing.assert_array_equal(Recording(path).epochs, range(5))
    assert Recording(path).complete


@pytest.mark.slow
@pytest.mark.parametrize("scaled", [False, True], ids=["adam", "scaled"])
def test_a_rate_that_changed_meanwhile_is_no_other_optimizer(tmp_path: Path, scaled: bool) -> None:
    X, y = datasets.parabola(20)
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2, "tanh"), keras.layers.Dense(1, "sigmoid")]
    )
    adam = keras.optimizers.Adam()
    model.compile(keras.optimizers.LossScaleOptimizer(adam) if scaled else adam, "binary_crossentropy")
    recorder = Recorder(tmp_path / "run.h5", X, y)
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: _stop_at(2, epoch))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, epochs=4, verbose=0, callbacks=[halve, stop, recorder])
    again = Recorder(tmp_path / "run.h5", X, y, resume=True)
    model.fit(X, y, epochs=4, verbose=0, callbacks=[halve, again])
    assert Replay(tmp_path / "run.h5").epochs.tolist() == [0, 1, 2, 3, 4]


def _stop_at(epoch: int, reached: int) -> None:
    if reached == epoch:
        raise KeyboardInterrupt


def test_after_another_optimizer_took_over_an_interruption_is_not_resumed_with_the_old_one(
    tmp_path: Path,
) -> None:
    X, y = datasets.parabola(20)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    recorder = Recorder(tmp_path / "run.h5", X, y)
    model.fit(X, y, epochs=2, verbose=0, callbacks=[recorder])
    model.compile("sgd", "binary_crossentropy")
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: _stop_at(1, epoch))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, epochs=3, verbose=0, callbacks=[stop, recorder])
    with pytest.raises(ReplayError, match="does not hold what resuming needs"):
        model.fit(X, y, epochs=5, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", X, y, resume=True)])


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["no number", "-5", "1e9", "9" * 5000, ["3"]])
def test_a_seed_that_is_none_is_refused_by_name(tmp_path: Path, seed: Any) -> None:
    path = interrupted(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        facts = json.loads(bytes(file["resume/training"][()]))
        del file["resume/training"]
        file["resume/training"] = np.bytes_(json.dumps(facts | {"seed": seed}).encode())
    with pytest.raises(RunFileError, match=r"run\.h5 is damaged: its shuffling seed"):
        train(built(), X, Y, batch_size=16, epochs=EPOCHS, callbacks=[Recorder(path, X, Y, resume=True)])


def residual(*, around: bool = True) -> Any:
    """A network that goes around a layer, or one that takes it twice; Keras numbers the names on."""
    inputs = keras.Input((2,))
    first = keras.layers.Dense(3, "tanh", kernel_initializer=keras.initializers.GlorotNormal(1))(inputs)
    second = keras.layers.Dense(3, "tanh", kernel_initializer=keras.initializers.GlorotNormal(2))(first)
    sums = keras.layers.Add()([first if around else second, second])
    output = keras.layers.Dense(1, "sigmoid", kernel_initializer=keras.initializers.GlorotNormal(3))(sums)
    model = keras.Model(inputs, output)
    model.compile(OPTIMIZERS["momentum"](), "binary_crossentropy", jit_compile=False)
    return model


@pytest.mark.slow
def test_a_graph_goes_on_whatever_its_layers_are_called_now(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.h5", tmp_path / "parts.h5"
    for path, stop in ((whole, []), (parts, [Stop(1)])):
        with contextlib.suppress(KeyboardInterrupt):
            train(residual(), X, Y, batch_size=16, epochs=4, seed=3, callbacks=[Recorder(path, X, Y), *stop])
    with pytest.raises(RunFileError, match="another network"):
        train(
            residual(around=False), X, Y, batch_size=16, epochs=4, seed=3,
            callbacks=[Recorder(parts, X, Y, resume=True)],
        )  # fmt: skip
    again = residual()
    train(again, X, Y, batch_size=16, epochs=4, seed=3, callbacks=[Recorder(parts, X, Y, resume=True)])
    names = [layer.name for layer in Recording(whole).description.layers]
    assert names != [layer.name for layer in again.layers]
    for one, other in zip(Recording(whole).weights_at(4.0), Recording(parts).weights_at(4.0), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
