"""One flipped bit in what a run file holds is told, and the rest is read."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import RunFileError
from replay.storage.reader import RunFile
from tests.helpers.sealed import seal

N_SNAPSHOTS = 6
RNG = np.random.default_rng(0)
X = RNG.normal(size=(9, 2)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


def write(path: Path, **options: Any) -> Path:
    layers = (dense("hidden", 2, 3, "tanh"), dense("output", 3, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"}, scenario="sealed")
    shapes = [weight.shape for _, weight in description.weight_paths]
    rng = np.random.default_rng(1)
    with RunWriter(path, description, X, Y, **options) as writer:
        for epoch in range(N_SNAPSHOTS):
            logs = {"loss": 1 / (1 + epoch)} | ({"accuracy": epoch / 9} if epoch > 2 else {})
            writer.snapshot(epoch, [rng.normal(size=shape) for shape in shapes], logs if epoch else None)
    return path


def places(path: Path, name: str) -> list[int]:
    """The positions in the file of the bytes that hold this dataset's values."""
    with h5py.File(path) as file:
        dataset = file[name]
        row = int(np.prod(dataset.shape[1:])) * dataset.dtype.itemsize
        if dataset.chunks is None:
            start = dataset.id.get_offset()
            return [*range(start, start + dataset.size * dataset.dtype.itemsize)]
        if dataset.compression:
            info = dataset.id.get_chunk_info(0)
            return [*range(info.byte_offset, info.byte_offset + info.size)]
        assert dataset.ndim == 1 or dataset.chunks[1:] == dataset.shape[1:] or name == "history/values"
        found = []
        for number in range(dataset.id.get_num_chunks()):
            info = dataset.id.get_chunk_info(number)
            rows = min(dataset.chunks[0], len(dataset) - info.chunk_offset[0])
            width = int(np.prod(dataset.chunks[1:])) * dataset.dtype.itemsize
            for one in range(rows):
                found += range(info.byte_offset + one * width, info.byte_offset + one * width + row)
        return found


def flip(path: Path, place: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def read(path: Path) -> Any:
    """Everything that a reader gets."""
    run = RunFile(path)
    epochs, history = run.history()
    return (
        run.epochs.tolist(),
        [array.tolist() for array in run.weights(0, len(run.epochs))],
        np.asarray(run.inputs).tolist(),
        np.asarray(run.targets).tolist(),
        epochs.tolist(),
        {name: values.tolist() for name, values in history.items()},
        run.description,
        run.complete,
        run.ending,
    ), run.damages


KINDS = {
    "weights": ["weights/hidden/kernel", "weights/hidden/bias", "weights/output/kernel"],
    "epochs": ["epochs"],
    "samples": ["data/inputs"],
    "targets": ["data/targets"],
    "history": ["history/values", "history/epochs", "history/names"],
    "description": ["description"],
    "facts": ["complete", "batch_size", "history/ending"],
    "checksums": ["history/checksums"],
}


@pytest.mark.parametrize("options", [{}, {"dtype": "float16"}, {"compress": True}], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_flipped_bit_is_told(kind: str, options: dict[str, Any], tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5", **options)
    content = path.read_bytes()
    whole, damages = read(path)
    assert damages == []
    rng = np.random.default_rng(len(kind))
    candidates = [place for name in KINDS[kind] for place in places(path, name)]
    for place in rng.choice(candidates, 15):
        flip(path, int(place), int(rng.integers(8)))
        try:
            found, told = read(path)
        except RunFileError as error:
            assert "damaged" in str(error) and "\n" not in str(error)
        else:
            assert told or str(found) == str(whole)  # some bytes of a name or a NaN are filling
        path.write_bytes(content)


def changed(path: Path, name: str, row: Any) -> None:
    with h5py.File(path, "r+") as file:
        file[name][row] = file[name][row] + 1


def test_the_damaged_snapshot_is_named_and_the_others_are_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "run.h5")
    before = Replay(path).probabilities()
    changed(path, "weights/output/bias", 2)
    with caplog.at_level(logging.WARNING):
        replay = Replay(path)
    assert replay.epochs.tolist() == [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(replay.probabilities(), np.delete(before, 2, axis=0))
    np.testing.assert_array_equal(replay.probabilities(epochs=[4]), before[4:5])
    assert caplog.messages == [f"{path}: the snapshot of epoch 2 is damaged and left out"]


def test_a_damaged_row_of_metrics_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    changed(path, "history/values", (3, 0))
    run = RunFile(path)
    assert run.history()[0].tolist() == [1, 2, 3, 5]
    assert run.damages == ["the row of metrics of epoch 4 is damaged and left out"]


def shortened(path: Path, name: str, n: int) -> Path:
    with h5py.File(path, "r+") as file:
        file[name].resize(n, axis=0)
    return path


def test_snapshots_and_metrics_without_a_checksum_are_told(tmp_path: Path) -> None:
    run = RunFile(shortened(write(tmp_path / "run.h5"), "history/checksums", 4))
    assert (run.epochs.tolist(), run.history()[0].tolist()) == ([0, 1, 2], [1, 2, 3])
    assert run.damages == [
        "the snapshots of 3 epochs, first 3, are damaged and left out",
        "the rows of metrics of 2 epochs, first 4, are damaged and left out",
    ]


@pytest.mark.parametrize("name", ["weights/output/bias", "history/values"])
def test_epochs_without_values_are_told(tmp_path: Path, name: str) -> None:
    run = RunFile(shortened(write(tmp_path / "run.h5"), name, 4))
    run.history()
    what = "snapshots of 2 epochs, first 4," if "bias" in name else "row of metrics of epoch 5"
    assert len(run.damages) == 1 and run.damages[0].startswith(f"the {what}")


def test_snapshots_without_any_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="damaged: its snapshots have no weights"):
        RunFile(shortened(write(tmp_path / "run.h5"), "weights/output/bias", 0))


def test_an_older_file_needs_no_checksums(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        del file["history/checksums"]
        file.attrs["format_version"] = "1.2"
    assert RunFile(path).epochs.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["epochs", "history/epochs"])
def test_a_damaged_epoch_hides_no_other(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        file[name][2] = np.nan
    run = RunFile(path)
    logged = run.history()[0].tolist()
    assert (run.epochs.tolist(), logged) == (
        ([0, 1, 3, 4, 5], [1, 2, 3, 4, 5]) if name == "epochs" else ([0, 1, 2, 3, 4, 5], [1, 2, 4, 5])
    )


def test_a_metric_whose_name_is_damaged_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    with h5py.File(path, "r+") as file:
        file["history/names"][1] = b"\xffccuracy"
    run = RunFile(path)
    epochs, metrics = run.history()
    assert (epochs.tolist(), list(metrics)) == ([1, 2], ["loss"])
    assert run.damages == ["the rows of metrics of 3 epochs, first 3, are damaged and left out"]


@pytest.mark.parametrize("name", ["inputs", "targets"])
def test_damaged_samples_are_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "run.h5")
    changed(path, f"data/{name}", 0)
    with pytest.raises(RunFileError, match=f"its {name} changed after it was written"):
        getattr(RunFile(path), name)


def test_a_file_without_a_sound_snapshot_is_refused_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "run.h5")
    changed(path, "weights/output/bias", slice(None))
    changed(path, "complete", ())  # which alone would be a warning
    with caplog.at_level(logging.WARNING), pytest.raises(RunFileError, match="no snapshot is as it was"):
        RunFile(path)
    assert caplog.messages == []


@pytest.mark.parametrize("options", [{}, {"dtype": "float16"}, {"compress": True}], ids=str)
def test_the_checksums_are_those_of_the_docs(tmp_path: Path, options: dict[str, Any]) -> None:
    path = write(tmp_path / "run.h5", **options)

    def held() -> dict[str, Any]:
        with h5py.File(path) as file:
            rows = file["history/checksums"]
            return {"rows": rows[()].tolist()} | {name: int(value) for name, value in rows.attrs.items()}

    written = held()
    with h5py.File(path, "r+") as file:
        seal(file)
    assert held() == written
    assert written.keys() == {"description", "inputs", "targets", "rows"}


def test_a_run_that_is_reopened_keeps_its_checksums(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5")
    with RunWriter.reopen(path) as writer:
        writer.snapshot(9, [np.full(weight.shape, 0.5) for _, weight in writer.description.weight_paths])
    run = RunFile(path)
    assert run.damages == []
    assert run.epochs.tolist() == [0, 1, 2, 3, 4, 5, 9]


def test_weights_that_are_stored_wider_from_then_on_keep_their_checksums(tmp_path: Path) -> None:
    path = write(tmp_path / "run.h5", dtype="float16")
    with RunWriter.reopen(path) as writer:
        writer.snapshot(9, [np.full(weight.shape, 1e9) for _, weight in writer.description.weight_paths])
    run = RunFile(path)
    assert run.damages == []
    assert len(run.epochs) == N_SNAPSHOTS + 1
