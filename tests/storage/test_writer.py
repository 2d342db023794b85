"""Run files: what is written is read back, nothing that was flushed is lost, and what is wrong is named."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from replay import Recording, RunDescription, RunWriter, dense
from replay.errors import DataError, RunFileError
from replay.network.description import LayerDescription, WeightDescription
from replay.storage.reader import RunFile
from replay.storage.untrusted import inflate
from tests.helpers.sealed import seal

Array = np.ndarray
ROOT = Path(__file__).parents[2]
INPUTS = np.arange(12, dtype=np.float32).reshape(6, 2) / 7
TARGETS = np.array([0, 1, 1, 0, 1, 0])
LAYERS = (dense("hidden", 2, 3, "tanh"), dense("output", 3, 1, "sigmoid"))
SHAPES = {"hidden/kernel": (2, 3), "hidden/bias": (3,), "output/kernel": (3, 1), "output/bias": (1,)}


def describe(**facts: Any) -> RunDescription:
    return RunDescription(layers=LAYERS, loss={"name": "binary_crossentropy"}, **facts)


def weights_of(epoch: float) -> list[Array]:
    """Weights that tell their epoch, and are different in every element."""
    return [
        (epoch + np.arange(np.prod(shape)) / 64 + number).reshape(shape).astype(np.float32)
        for number, shape in enumerate(SHAPES.values())
    ]


def write(path: Path, epochs: Sequence[float] = range(4), **facts: Any) -> Path:
    with RunWriter(path, describe(**facts), INPUTS, TARGETS) as writer:
        for epoch in epochs:
            writer.snapshot(epoch, weights_of(epoch), {"loss": 1 / (1 + epoch)})
    return path


def assert_holds(path: Path, epochs: Sequence[float]) -> None:
    """Check that the file holds these snapshots and their rows of metrics, each with its own values."""
    file = RunFile(path)
    np.testing.assert_array_equal(file.epochs, epochs)
    snapshots = zip(*map(weights_of, epochs), strict=True)
    for array, expected in zip(file.weights(0, len(epochs)), snapshots, strict=True):
        np.testing.assert_array_equal(array, np.stack(expected))
    logged, history = file.history()
    np.testing.assert_array_equal(logged[: len(epochs)], epochs)
    np.testing.assert_array_equal(history["loss"][: len(epochs)], 1 / (1 + np.asarray(epochs)))


def read_all(path: Path) -> None:
    """Read everything that a run file holds."""
    file = RunFile(path)
    file.weights(0, len(file.epochs))
    file.history()
    _ = file.inputs, file.targets, file.validation_data, file.complete


# What is written is read back


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    description = RunDescription(
        layers=(
            LayerDescription("flatten", "Flatten", 4),
            dense("hidden", 4, 3, "leaky_relu", negative_slope=0.2),
            LayerDescription(
                "norm",
                "BatchNormalization",
                3,
                config={"axis": -1, "epsilon": 1e-3},
                weights=(WeightDescription("gamma", (3,)), WeightDescription("count", (), "int64")),
            ),
            dense("output", 3, 1, "sigmoid"),
        ),
        chain=False,
        output_layer="output",
        loss={"name": "binary_crossentropy", "label_smoothing": 0.1},
        optimizer={"class": "Adam", "learning_rate": 0.01},
        architecture='{"class_name": "Sequential"}',
        scenario="Größe ²",
        run="tanh",
        seed=7,
        batch_size=16,
        packages={"numpy": "2.0"},
    )
    inputs = np.linspace(0, 1, 20).reshape(5, 2, 2)
    targets = np.array([[0], [1], [0], [1], [1]], dtype=np.int8)
    validation = inputs[:2] + 1, targets[:2]
    rng = np.random.default_rng(1)
    snapshots = [
        [
            rng.normal(size=weight.shape).astype(weight.dtype)
            if weight.dtype != "int64"
            else np.array(10**12 + epoch)
            for _, weight in description.weight_paths
        ]
        for epoch in range(3)
    ]
    path = tmp_path / "a" / "b" / "run.h5"
    with RunWriter(path, description, inputs, targets, validation_data=validation) as writer:
        for epoch, weights in enumerate(snapshots):
            writer.snapshot(epoch, weights, {"loss": 0.5 - epoch / 10, "accuracy": epoch / 10})
        assert (writer.n_snapshots, writer.last_epoch, writer.last_logged_epoch) == (3, 2.0, 2.0)

    file = RunFile(path)
    assert file.description == description
    assert file.complete
    assert file.format_version == "1.4"
    np.testing.assert_array_equal(file.epochs, [0, 1, 2])
    for array, expected in zip(file.weights(0, 3), zip(*snapshots, strict=True), strict=True):
        np.testing.assert_array_equal(array, np.stack(expected))
        assert array.dtype == expected[0].dtype
    for array, expected in zip(file.weights(1, 2), snapshots[1], strict=True):
        np.testing.assert_array_equal(array, expected[None])
    epochs, history = file.history()
    np.testing.assert_array_equal(epochs, [0, 1, 2])
    assert {name: values.tolist() for name, values in history.items()} == {
        "loss": [0.5, 0.4, 0.3],
        "accuracy": [0.0, 0.1, 0.2],
    }
    assert file.validation_data is not None
    pairs = [
        (file.inputs, inputs),
        (file.targets, targets),
        *zip(file.validation_data, validation, strict=True),
    ]
    for read, written in pairs:
        np.testing.assert_array_equal(read, written)
        assert read.dtype == written.dtype


def test_any_hdf5_reader_finds_the_documented_layout(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5", scenario="parabola", seed=3)
    with h5py.File(path, "r") as file:
        assert file.attrs["format"] == "boundary-replay run"
        assert file.attrs["format_version"] == "1.4"
        assert json.loads(file["description"][()].decode())["scenario"] == "parabola"
        assert file["complete"][()] == 1
        np.testing.assert_array_equal(file["epochs"][:], [0, 1, 2, 3])
        np.testing.assert_array_equal(file["data/inputs"][:], INPUTS)
        np.testing.assert_array_equal(file["data/targets"][:], TARGETS)
        for number, name in enumerate(SHAPES):
            expected = np.stack([weights_of(epoch)[number] for epoch in range(4)])
            np.testing.assert_array_equal(file[f"weights/{name}"][:], expected)
        assert file["history/names"][:].tolist() == [b"loss"]
        np.testing.assert_array_equal(file["history/values"][:, 0], [1, 1 / 2, 1 / 3, 1 / 4])
        np.testing.assert_array_equal(file["history/epochs"][:], [0, 1, 2, 3])


def test_a_run_without_validation_data_has_none(tmp_path: Path) -> None:
    file = RunFile(write(tmp_path / "run.h5"))
    assert file.validation_data is None


def test_weights_may_come_as_a_list_or_as_a_mapping_in_any_order(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run.h5", describe(), INPUTS, TARGETS) as writer:
        writer.snapshot(0, weights_of(0), {"loss": 1.0})
        mapping = dict(zip(SHAPES, weights_of(1), strict=True))
        writer.snapshot(1, dict(reversed(mapping.items())), {"loss": 0.5})
    assert_holds(tmp_path / "run.h5", [0, 1])


def test_values_that_were_not_logged_are_nan(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS) as writer:
        writer.snapshot(0, weights_of(0))
        writer.snapshot(1, weights_of(1), {"loss": 3.0})
        writer.snapshot(2, None, {"loss": 2.0, "val_loss": 2.5})
        writer.snapshot(3, weights_of(3), {"val_loss": 1.5, "accuracy": 0.5})
    file = RunFile(path)
    epochs, history = file.history()
    np.testing.assert_array_equal(file.epochs, [0, 1, 3])
    np.testing.assert_array_equal(epochs, [1, 2, 3])
    assert list(history) == ["loss", "val_loss", "accuracy"]
    np.testing.assert_array_equal(history["loss"], [3, 2, np.nan])
    np.testing.assert_array_equal(history["val_loss"], [np.nan, 2.5, 1.5])
    np.testing.assert_array_equal(history["accuracy"], [np.nan, np.nan, 0.5])


def test_many_epochs_and_many_late_metrics_keep_their_places(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS) as writer:
        writer.snapshot(0, weights_of(0))
        for epoch in range(1, 151):
            writer.snapshot(epoch, None, {f"m{n}": epoch + n / 100 for n in range(1 + epoch // 10)})
    epochs, history = RunFile(path).history()
    np.testing.assert_array_equal(epochs, np.arange(1, 151))
    assert list(history) == [f"m{n}" for n in range(16)]
    for number, values in enumerate(history.values()):
        expected = np.where(epochs // 10 >= number, epochs + number / 100, np.nan)
        np.testing.assert_allclose(values, expected, rtol=1e-15)


def test_a_metric_with_a_very_long_name_stays_one_column(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, weights_of(epoch), {"loss": 1.0, "a" + "ü" * 100: float(epoch)})
    _, history = RunFile(path).history()
    assert len(history) == 2
    np.testing.assert_array_equal(list(history.values())[1], [0, 1, 2])


def test_metrics_whose_long_names_are_cut_alike_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS) as writer:
        writer.snapshot(0, weights_of(0))
        writer.snapshot(1, weights_of(1), {"ü" * 100 + end: float(end) for end in "123"})
    with RunWriter.reopen(path) as writer:
        writer.snapshot(2, weights_of(2), {"ü" * 100 + end: float(end) for end in "123"})
    _, history = RunFile(path).history()
    assert [values.tolist() for values in history.values()] == [[1, 1], [2, 2], [3, 3]]
    assert [name.lstrip("ü") for name in history] == ["", " (2)", " (3)"]


def test_a_run_may_be_opened_again_and_counts_as_incomplete_until_it_is_finished(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    writer = RunWriter.reopen(path)
    assert not RunFile(path).complete
    writer.snapshot(4, weights_of(4), {"loss": 1 / 5})
    writer.finish()
    writer.close()
    assert_holds(path, range(5))
    assert RunFile(path).complete


def test_what_was_read_from_a_file_does_not_keep_it_from_being_recorded_on(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    reader = RunFile(path)
    writer = RunWriter.reopen(path)
    writer.snapshot(4, weights_of(4), {"loss": 1 / 5})
    np.testing.assert_array_equal(reader.epochs, range(4))
    np.testing.assert_array_equal(reader.weights(3, 4)[0][0], weights_of(3)[0])
    writer.finish()
    writer.close()
    assert reader.complete
    assert_holds(path, range(5))


def test_a_file_that_was_replaced_is_not_mixed_up_with_the_one_that_was_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    reader = RunFile(path)
    with RunWriter(path, describe(), INPUTS, TARGETS, overwrite=True) as writer:
        for epoch in range(10, 14):
            writer.snapshot(epoch, weights_of(epoch), {"loss": 1 / (1 + epoch)})
    with pytest.raises(RunFileError, match=r"run\.h5 was replaced.*open it again"):
        reader.weights(0, 4)
    assert_holds(path, range(10, 14))


# Reading while it is written, and what is left when the writer dies


def test_a_file_is_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    writer = RunWriter(path, describe(), INPUTS, TARGETS)
    early = None
    for epoch in range(5):
        writer.snapshot(epoch, weights_of(epoch), {"loss": 1 / (1 + epoch)})
        assert_holds(path, range(epoch + 1))
        early = early or RunFile(path)
    assert early is not None
    np.testing.assert_array_equal(early.epochs, [0])  # what it was when it was opened
    np.testing.assert_array_equal(early.weights(0, 1)[0][0], weights_of(0)[0])
    assert not early.complete
    writer.finish()
    writer.close()
    assert RunFile(path).complete


CHILD = """
import sys
import numpy as np
from replay import Recording, RunDescription, RunWriter, dense

layers = (dense("hidden", 2, 100, "tanh"), dense("output", 100, 1, "sigmoid"))
description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
shapes = [weight.shape for _, weight in description.weight_paths]
writer = RunWriter(sys.argv[1], description, np.zeros((4, 2), "f4"), np.array([0, 1, 0, 1]))
for epoch in range(100_000):
    writer.snapshot(epoch, [np.full(shape, epoch, "f4") for shape in shapes], {"loss": epoch / 8})
    print(epoch, flush=True)
"""


def child_environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def assert_child_wrote(path: Path, last: int) -> None:
    file = RunFile(path)
    n = len(file.epochs)
    assert n >= last + 1
    np.testing.assert_array_equal(file.epochs, np.arange(n))
    for array in file.weights(0, n):
        expected = np.arange(n).reshape(n, *[1] * (array.ndim - 1))
        np.testing.assert_array_equal(array, np.broadcast_to(expected, array.shape))
    epochs, history = file.history()
    assert len(epochs) >= last + 1
    np.testing.assert_array_equal(epochs, np.arange(len(epochs)))
    np.testing.assert_array_equal(history["loss"], np.arange(len(epochs)) / 8)
    assert not file.complete
    np.testing.assert_array_equal(file.targets, [0, 1, 0, 1])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_snapshot_that_was_flushed_survives_the_killing_of_the_writer(
    tmp_path: Path, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path / "run.h5"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    assert child.stdout is not None
    try:
        for _ in range(int(rng.integers(1, 400))):
            last = int(child.stdout.readline())
        assert_child_wrote(path, last)  # from another process, while it is being written
        time.sleep(rng.uniform(0, 0.01))
    finally:
        child.kill()
        rest = child.communicate()[0].split("\n")
    told = [line for line in rest[:-1] if line]  # the last line may be cut
    assert_child_wrote(path, int(told[-1]) if told else last)


def test_an_exception_leaves_the_run_incomplete_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with (
        pytest.raises(ZeroDivisionError),
        RunWriter(path, describe(), INPUTS, TARGETS) as writer,
    ):
        writer.snapshot(0, weights_of(0), {"loss": 1.0})
        writer.snapshot(1, weights_of(1), {"loss": 0.5})
        _ = 1 / 0
    assert_holds(path, [0, 1])
    assert not RunFile(path).complete


# A file appears whole or not at all


class Spy:
    """Validation samples that look at the folder when the writer asks for their values."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[list[str]] = []

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        self.seen.append([file.name for file in self.folder.glob("*.h5")])
        return INPUTS


def test_the_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    spy = Spy(tmp_path)
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS, validation_data=(spy, TARGETS)) as writer:
        assert spy.seen and not any("run.h5" in names for names in spy.seen)
        assert [file.name for file in tmp_path.iterdir()] == ["run.h5"]
        with h5py.File(path, "r", libver="latest", swmr=True) as file:
            assert "description" in file and "weights/output/bias" in file
        writer.snapshot(0, weights_of(0))


@pytest.mark.parametrize(
    ("facts", "validation"),
    [
        ({}, (INPUTS, TARGETS[:3])),
        ({}, (INPUTS * np.nan, TARGETS)),
        ({"optimizer": {"learning_rate": object()}}, None),
    ],
    ids=["validation of two lengths", "validation of NaN", "a description that is no JSON"],
)
def test_nothing_is_left_when_a_file_cannot_be_laid_out(
    tmp_path: Path, facts: dict[str, Any], validation: Any
) -> None:
    with pytest.raises((DataError, TypeError)):
        RunWriter(tmp_path / "run.h5", describe(**facts), INPUTS, TARGETS, validation_data=validation)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_to_be_replaced_is_kept_when_the_new_one_fails(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    before = path.read_bytes()
    with pytest.raises(DataError):
        RunWriter(path, describe(), INPUTS, TARGETS, validation_data=(INPUTS, TARGETS[:3]), overwrite=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.h5"]


def test_a_file_that_exists_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    before = path.read_bytes()
    with pytest.raises(RunFileError, match=r"run\.h5 exists.*overwrite"):
        RunWriter(path, describe(), INPUTS, TARGETS)
    assert path.read_bytes() == before


def test_overwrite_replaces_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    with RunWriter(path, describe(), INPUTS, TARGETS, overwrite=True) as writer:
        writer.snapshot(7, weights_of(7), {"loss": 1 / 8})
    assert_holds(path, [7])


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("a file, where a folder is needed")
    with pytest.raises(RunFileError, match=r"note\.txt.run\.h5"):
        RunWriter(tmp_path / "note.txt" / "run.h5", describe(), INPUTS, TARGETS)


def test_a_folder_is_not_replaced_by_a_run(tmp_path: Path) -> None:
    (tmp_path / "run.h5").mkdir()
    with pytest.raises(RunFileError, match=r"run\.h5"):
        RunWriter(tmp_path / "run.h5", describe(), INPUTS, TARGETS, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["run.h5"]


# What does not fit is refused


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (weights_of(1)[:3], "4 weights, the snapshot 3"),
        ([*weights_of(1)[:3], np.zeros(2)], r"output/bias has shape \(2,\), declared as \(1,\)"),
        ([weights_of(1)[0].T, *weights_of(1)[1:]], "hidden/kernel has shape"),
        (dict(zip(list(SHAPES)[1:], weights_of(1)[1:], strict=True)), "hidden/kernel is missing"),
        (
            dict(zip(SHAPES, weights_of(1), strict=True)) | {"extra/bias": np.zeros(1)},
            "extra/bias is unknown",
        ),
    ],
    ids=["too few", "wrong shape", "transposed", "missing name", "unknown name"],
)
def test_weights_that_do_not_fit_the_layers_are_refused_and_nothing_is_written(
    tmp_path: Path, weights: Any, message: str
) -> None:
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS) as writer:
        writer.snapshot(0, weights_of(0), {"loss": 1.0})
        with pytest.raises(DataError, match=message):
            writer.snapshot(1, weights, {"loss": 0.5})
    assert_holds(path, [0])
    assert len(RunFile(path).history()[0]) == 1


@pytest.mark.parametrize("epoch", [2, 1.5, 0, -1, np.nan])
def test_epochs_that_do_not_increase_are_refused(tmp_path: Path, epoch: float) -> None:
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS) as writer:
        for earlier in range(3):
            writer.snapshot(earlier, weights_of(earlier), {"loss": 1 / (1 + earlier)})
        with pytest.raises(DataError, match="does not come after epoch 2"):
            writer.snapshot(epoch, weights_of(3), {"loss": 0.0})
    assert_holds(path, range(3))
    assert len(RunFile(path).history()[0]) == 3


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (INPUTS, TARGETS[:5], "one target for each sample"),
        (INPUTS, 1, "targets must be an array, not int"),
        ([INPUTS, INPUTS[:3]], TARGETS, "one target for each sample"),
        ({"image": INPUTS, "text": INPUTS.astype(str)}, TARGETS, "inputs text must be numbers"),
        ({"image": {"of": INPUTS}}, TARGETS, "inputs image must be an array, not dict"),
        (INPUTS[:0], TARGETS[:0], "no samples"),
        (np.where(np.arange(12).reshape(6, 2) == 7, np.nan, INPUTS), TARGETS, "inputs hold NaN.*row 3"),
        (np.where(np.arange(12).reshape(6, 2) > 7, np.inf, INPUTS), TARGETS, "in 2 of 6 samples.*row 4"),
        (INPUTS, np.where(TARGETS == 1, np.nan, 0.0), "targets hold NaN"),
        (INPUTS.astype(str), TARGETS, "inputs must be numbers"),
        (INPUTS, np.array(list("abcabc")), "targets must be numbers"),
    ],
)
def test_samples_that_cannot_be_shown_are_refused(
    tmp_path: Path, inputs: Any, targets: Any, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        RunWriter(tmp_path / "run.h5", describe(), inputs, targets)
    assert list(tmp_path.iterdir()) == []


# What is no run file is named


def missing(path: Path) -> None: ...


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("epoch,loss\n0,0.7\n" * 100)


def folder(path: Path) -> None:
    path.mkdir()


def other_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["weights"] = np.arange(3)


def hdf5_signature_and_rubbish(path: Path) -> None:
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + np.random.default_rng(0).bytes(2000))


def newer(path: Path) -> None:
    write(path)
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = "2.0"


def without_snapshot(path: Path) -> None:
    RunWriter(path, describe(), INPUTS, TARGETS).close()


def broken_description(path: Path) -> None:
    write(path)
    with h5py.File(path, "r+") as file:
        del file["description"]
        file["description"] = np.bytes_(b'{"layers": [')


def weights_of_another_shape(path: Path) -> None:
    write(path)
    with h5py.File(path, "r+") as file:
        del file["weights/output/kernel"]
        file["weights/output/kernel"] = np.zeros((4, 2, 1), np.float32)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (missing, "does not exist"),
        (empty, "is empty"),
        (text, "not an HDF5 file"),
        (folder, "is a folder"),
        (other_hdf5, "not a run file"),
        (hdf5_signature_and_rubbish, "damaged"),
        (newer, r"format 2\.0, newer.*upgrade"),
        (without_snapshot, "no snapshot"),
        (broken_description, "damaged"),
        (weights_of_another_shape, "damaged.*output/kernel"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_no_readable_run_file_is_named_with_what_is_wrong(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "some run.h5"
    make(path)
    with pytest.raises(RunFileError, match=message) as caught:
        RunFile(path)
    assert str(path) in str(caught.value)
    if path.is_file():
        path.unlink()  # nothing holds it open


@pytest.mark.parametrize(
    "name",
    [
        *("description", "complete", "epochs", "data/inputs", "data/targets"),
        *("weights/hidden/bias", "history/names", "history/values", "history/epochs"),
    ],
)
def test_a_run_file_that_lacks_a_part_is_named_as_damaged(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        del file[name]
    with pytest.raises(RunFileError, match=r"run\.h5"):
        read_all(path)


READ_CUTS = """
import sys
import numpy as np
sys.path.insert(0, {root!r})
from pathlib import Path
from replay.errors import RunFileError
from tests.storage.test_writer import assert_holds, read_all

for name in sys.argv[1:]:
    try:
        read_all(Path(name))
        assert_holds(Path(name), range(40))
        print(name, "right", flush=True)
    except RunFileError as error:
        print(name, "refused" if name in str(error) else f"refused without its name: {{error}}", flush=True)
    except BaseException as error:
        print(name, f"{{type(error).__name__}}: {{error}}".replace(chr(10), " "), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("closed", [True, False], ids=["a finished run", "a run whose writer was killed"])
def test_a_file_that_was_cut_short_is_refused_and_never_read_wrongly(tmp_path: Path, closed: bool) -> None:
    writer = RunWriter(tmp_path / "whole.h5", describe(), INPUTS, TARGETS)
    for epoch in range(40):
        writer.snapshot(epoch, weights_of(epoch), {"loss": 1 / (1 + epoch)})
    if closed:
        writer.finish()
        writer.close()
    content = (tmp_path / "whole.h5").read_bytes()
    writer.close()
    used = (tmp_path / "whole.h5").stat().st_size  # less than the room that was taken
    lengths = [8, 100, 1000, *np.linspace(2000, used - 1, 20).astype(int).tolist()]
    files = [tmp_path / f"cut at {length}.h5" for length in lengths]
    for file, length in zip(files, lengths, strict=True):
        file.write_bytes(content[:length])
    child = subprocess.Popen(  # a process of its own, which can be stopped where reading never ends
        [sys.executable, "-c", READ_CUTS.format(root=str(Path(__file__).parents[2])), *map(str, files)],
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )
    try:
        answers = child.communicate(timeout=20)[0].splitlines()
    except subprocess.TimeoutExpired:
        child.kill()
        answers = child.communicate()[0].splitlines()
    answered = dict(zip(files, answers, strict=False))
    wrong = {
        file.name: answered.get(file, "no answer within 20 s").removeprefix(f"{file} ")
        for file in files
        if answered.get(file) not in (f"{file} refused", f"{file} right")
    }
    assert not wrong
    assert answered[files[len(files) // 2]].endswith("refused")  # half a file is no run


def test_a_later_minor_version_with_keys_of_its_own_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5", seed=5)
    with h5py.File(path, "r+") as file:
        data = json.loads(file["description"][()].decode())
        data["mood"] = "hopeful"
        data["layers"][0]["sparkle"] = [1, 2]
        data["layers"][0]["weights"][0]["unit"] = "volt"
        del file["description"]
        file["description"] = np.bytes_(json.dumps(data).encode())
        file["extra/table"] = np.arange(4)
        file.attrs["format_version"] = "1.9"
        seal(file)
    assert_holds(path, range(4))
    file = RunFile(path)
    assert file.format_version == "1.9"
    assert file.description == describe(seed=5)


def stored_types(path: Path) -> dict[str, str]:
    with h5py.File(path) as file:
        return {name: str(file[f"weights/{name}"].dtype) for name in SHAPES}


def test_float16_halves_the_weights_and_is_read_as_float32(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with RunWriter(path, describe(), INPUTS, TARGETS, dtype="float16") as writer:
        for epoch in range(3):
            writer.snapshot(epoch, weights_of(epoch), {"loss": 1 / (1 + epoch)})
    assert set(stored_types(path).values()) == {"float16"}
    for array, *expected in zip(RunFile(path).weights(0, 3), *map(weights_of, range(3)), strict=True):
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, np.stack(expected).astype(np.float16).astype(np.float32))


def test_a_weight_that_overflows_float16_is_kept_in_full_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "run.h5"
    large = weights_of(2)
    large[2] = large[2] + np.float32(1e5)
    diverged = weights_of(3)
    diverged[0][0, 0] = np.inf  # which float16 can hold
    with RunWriter(path, describe(), INPUTS, TARGETS, dtype="float16", compress=True) as writer:
        for epoch, weights in enumerate([weights_of(0), weights_of(1), large, diverged]):
            writer.snapshot(epoch, weights, {"loss": 1 / (1 + epoch)})
            assert len(RunFile(path).epochs) == epoch + 1  # a reader sees every snapshot at once
    assert stored_types(path) == dict.fromkeys(SHAPES, "float16") | {"output/kernel": "float32"}
    assert caplog.messages == [f"{path}: weights/output/kernel overflow: stored in full from now on"]
    file = RunFile(path)
    np.testing.assert_array_equal(file.weights(2, 3)[2][0], large[2])
    np.testing.assert_array_equal(file.weights(0, 1)[2][0], weights_of(0)[2].astype(np.float16))
    assert np.isinf(file.weights(3, 4)[0]).sum() == 1
    assert file.complete
    assert file.history()[1]["loss"].tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    assert [part.name for part in tmp_path.iterdir()] == ["run.h5"]


def test_an_unknown_type_of_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="float32 or float16, not as 'int8'"):
        RunWriter(tmp_path / "run.h5", describe(), INPUTS, TARGETS, dtype="int8")


@pytest.mark.parametrize("compress", [False, True])
def test_compressed_weights_and_samples_are_the_same(tmp_path: Path, compress: bool) -> None:
    path = tmp_path / "run.h5"
    inputs = (np.arange(60_000).reshape(30_000, 2) % 256 / 255).astype(np.float32)
    targets = np.arange(30_000) % 2
    with RunWriter(path, describe(), inputs, targets, compress=compress) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, weights_of(epoch), {"loss": 1 / (1 + epoch)})
    assert_holds(path, range(3))
    np.testing.assert_array_equal(RunFile(path).inputs, inputs)
    with h5py.File(path) as file:
        assert file["weights/hidden/kernel"].compression == ("gzip" if compress else None)
        assert file["data/inputs"].id.get_storage_size() < inputs.nbytes / 20


def test_only_recorded_layers_have_weights_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    layers = (LAYERS[0], dataclasses.replace(LAYERS[1], recorded=False))
    with RunWriter(path, dataclasses.replace(describe(), layers=layers), INPUTS, TARGETS) as writer:
        writer.snapshot(0, weights_of(0)[:2])
    file = RunFile(path)
    assert [name for name, _ in file.description.weight_paths] == ["hidden/kernel", "hidden/bias"]
    assert file.description.layers == layers
    assert len(file.weights(0, 1)) == 2


def test_several_inputs_and_outputs_keep_their_names_and_order(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    inputs = {"text": INPUTS, "image": INPUTS.reshape(6, 2, 1)} | {f"part {n}": INPUTS + n for n in range(10)}
    with RunWriter(
        path, describe(), inputs, [TARGETS[:, None], INPUTS], validation_data=(inputs, TARGETS)
    ) as w:
        w.snapshot(0, weights_of(0))
    file = RunFile(path)
    assert isinstance(file.inputs, dict) and isinstance(file.targets, dict)
    assert list(file.inputs) == list(inputs)
    assert list(file.targets) == ["0", "1"]
    for name, part in inputs.items():
        np.testing.assert_array_equal(file.inputs[name], part)
    assert file.validation_data is not None
    np.testing.assert_array_equal(file.validation_data[1], TARGETS)


def test_weights_overflow_one_after_the_other_in_a_file_that_was_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    inputs = np.random.default_rng(0).uniform(size=(3000, 40)).astype(np.float32)
    writer = RunWriter(path, describe(), inputs, np.arange(3000) % 2, dtype="float16")
    expected = []
    for epoch in range(12):
        weights = weights_of(epoch)
        for number in range(min(epoch // 3, 4)):
            weights[number] = weights[number] + np.float32(1e6)
        if epoch == 5:
            writer.close()
            writer = RunWriter.reopen(path)
        writer.snapshot(epoch, weights, {"loss": float(epoch)})
        expected.append(weights)
    writer.finish()
    writer.close()
    file = RunFile(path)
    for array, *own in zip(file.weights(0, 12), *expected, strict=True):
        np.testing.assert_allclose(array, np.stack(own), rtol=1e-3)
    np.testing.assert_array_equal(file.inputs, inputs)
    assert file.history()[1]["loss"].tolist() == [*range(12)]


def test_whole_numbers_are_stored_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    counter = LayerDescription("counter", "Counter", weights=(WeightDescription("count", (2,), "int32"),))
    description = RunDescription(layers=(counter,), loss=None)
    with RunWriter(path, description, INPUTS, TARGETS, dtype="float16") as writer:
        writer.snapshot(0, [np.array([123457, -7], np.int32)])
    assert RunFile(path).weights(0, 1)[0].tolist() == [[123457, -7]]


def test_labels_of_several_outputs_may_be_flat(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run.h5", describe(), INPUTS, [TARGETS, 1 - TARGETS]) as writer:
        writer.snapshot(0, weights_of(0))
    targets = RunFile(tmp_path / "run.h5").targets
    assert isinstance(targets, dict) and targets["1"].tolist() == (1 - TARGETS).tolist()
    with RunWriter(tmp_path / "rows.h5", describe(), list(INPUTS), TARGETS) as writer:
        writer.snapshot(0, weights_of(0))
    np.testing.assert_array_equal(RunFile(tmp_path / "rows.h5").inputs, INPUTS)


def test_samples_that_compress_too_well_to_be_believed_are_kept_as_they_are(tmp_path: Path) -> None:
    description = RunDescription(layers=(dense("output", 2, 1, "sigmoid"),))
    sparse = np.zeros((2_500_000, 2), np.float32)  # 20 MB
    with RunWriter(tmp_path / "run.h5", description, sparse, np.zeros(len(sparse))) as writer:
        writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)])
    assert np.array_equal(Recording(tmp_path / "run.h5").inputs, sparse)
    assert (tmp_path / "run.h5").stat().st_size > sparse.nbytes


def test_weights_that_begin_as_zeros_are_read_however_well_they_compress(tmp_path: Path) -> None:
    n = 2_000_000
    layers = (dense("hidden", 2, n, "tanh"), dense("output", n, 1, "sigmoid"))
    description = RunDescription(layers=layers)
    with RunWriter(tmp_path / "run.h5", description, INPUTS, TARGETS, compress=True) as writer:
        writer.snapshot(0, [np.zeros(weight.shape, np.float32) for _, weight in description.weight_paths])
    assert (tmp_path / "run.h5").stat().st_size < 1_000_000
    found = RunFile(tmp_path / "run.h5").weights(0, 1)
    assert [(array.shape, array.any()) for array in found] == [
        ((1, *weight.shape), False) for _, weight in description.weight_paths
    ]


def test_what_is_logged_does_not_go_back(tmp_path: Path) -> None:
    description = RunDescription(layers=(dense("output", 2, 1, "sigmoid"),))
    with RunWriter(tmp_path / "run.h5", description, np.zeros((4, 2)), np.zeros(4)) as writer:
        writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)])
        writer.snapshot(2, None, {"loss": 1.0})
        with pytest.raises(DataError, match="epoch 1 comes before epoch 2"):
            writer.snapshot(1, None, {"loss": 1.0})
    assert Recording(tmp_path / "run.h5").history_epochs.tolist() == [2]


def test_only_the_chunks_that_were_written_are_looked_at(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "sparse.h5", "w") as file:
        sparse = file.create_dataset("x", (900_000, 3), "f4", chunks=(1, 3), compression="gzip", fillvalue=7)
        for row in (0, 5, 899_999):
            sparse[row] = row
        began = time.monotonic()
        found = inflate.rows(sparse, 4, 900_000)
        assert time.monotonic() - began < 5  # a look-up of each chunk takes many minutes
        assert found.shape == (899_996, 3)
        assert found[1].tolist() == [5, 5, 5] and found[-1].tolist() == [899_999] * 3
        assert (found[2:-1] == 7).all()


def test_a_dataset_in_millions_of_pieces_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        del file["data/inputs"]
        shape = {"shape": (2_000_000, 1), "chunks": (1, 1), "maxshape": (None, 1)}
        many = file.create_dataset("data/inputs", dtype="u1", compression="gzip", **shape)
        for row in range(1000):
            many[row] = 1
    with pytest.raises(RunFileError, match="is stored in 2000000 chunks"):
        _ = RunFile(path).inputs
