"""Data from files come as they were written; what is wrong with a file is named."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from replay.errors import DataError
from replay.scenario import data_files

Array = np.ndarray
Images = tuple[tuple[Array, Array], tuple[Array, Array]]


def idx(array: Array) -> bytes:
    """As http://yann.lecun.com/exdb/mnist/ describes the format, for bytes."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def assert_images(found: data_files.DataFile, images: Images) -> None:
    assert found.test is not None
    for (inputs, targets), (x, y) in zip((found.train, found.test), images, strict=True):
        assert (inputs.dtype, targets.dtype) == (np.float32, np.int64)
        np.testing.assert_allclose(inputs, x / 255, rtol=1e-6)
        np.testing.assert_array_equal(targets, y)


def test_an_npz_file_as_of_mnist(tmp_path: Path, images: Images) -> None:
    (x, y), (x_test, y_test) = images
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    assert_images(data_files.read(path), images)
    np.testing.assert_array_equal(data_files.training_data(path)[1], y)
    np.testing.assert_array_equal(data_files.test_data(path)[1], y_test)


@pytest.mark.parametrize(
    "form", ["train-images-idx3-ubyte", "train-images.idx3-ubyte", "train-images-idx3-ubyte.gz"]
)
def test_a_folder_of_idx_files(tmp_path: Path, images: Images, form: str) -> None:
    for prefix, pair in zip(("train", "t10k"), images, strict=True):
        for kind, n_axes, array in zip(("images", "labels"), (3, 1), pair, strict=True):
            name = form.replace("train-images", f"{prefix}-{kind}").replace("idx3", f"idx{n_axes}")
            content = idx(array)
            (tmp_path / name).write_bytes(gzip.compress(content) if form.endswith("gz") else content)
    assert_images(data_files.read(tmp_path), images)


@pytest.mark.parametrize("names", [("x", "y"), ("X", "y"), ("inputs", "targets")])
def test_an_npz_file_of_ones_own(tmp_path: Path, names: tuple[str, str]) -> None:
    inputs, targets = np.arange(6.0).reshape(3, 2), np.array([[0.0], [1.0], [1.0]])
    path = tmp_path / "mine.npz"
    np.savez(path, **dict(zip(names, (inputs, targets), strict=True)))
    found = data_files.read(path)
    np.testing.assert_array_equal(found.train[0], inputs)
    assert found.train[1].tolist() == [0, 1, 1]
    assert found.test is None
    with pytest.raises(DataError, match="holds no test data"):
        data_files.test_data(path)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    import os

    path = tmp_path / "mine.npz"
    for number in (1.0, 2.0):
        np.savez(path, x=number * np.arange(1, 7).reshape(3, 2), y=np.arange(3))
        os.utime(path, ns=(int(number), int(number)))
        assert data_files.training_data(path)[0][0, 0] == number


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mine.npz", b"no zip", "is no .npz archive"),
        ("mine.npz", b"", "the file is empty"),
        ("mine.npy", b"NUMPY", "this is one array, .* save both with np.savez"),
        ("mine.csv.gz", b"\x1f\x8b\x08", "is compressed: unpack it first"),
        ("mine.mat", b"MATLAB", "data must be a table .*, an .npz file, or a folder of IDX files"),
    ],
)
def test_a_broken_file_is_named_with_what_broke(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as told:
        data_files.read(path)
    assert str(path) in str(told.value)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(3)}, "holds a: it must hold x_train"),
        ({"x": np.zeros((3, 2)), "y": np.zeros(4)}, "do not match"),
        ({"x": np.zeros((3, 2)), "y": np.array(1.0)}, "do not match"),
        (
            {"x": np.zeros((3, 2)), "y": np.zeros(3), "x_test": np.zeros((3, 4)), "y_test": np.zeros(3)},
            r"test inputs have shape \(3, 4\)",
        ),
        ({"x": np.zeros(3), "y": np.zeros(3)}, "each sample needs one row and one target"),
        ({"x": np.array([["a"]] * 3), "y": np.zeros(3)}, "must be numbers, not <U1"),
        (
            {"x": np.zeros((3, 2)), "y": np.array([{}, {}, {}])},
            "y is a pickled array of objects, .* never read: .*y.astype",
        ),
    ],
    ids=["names", "lengths", "one target", "test", "axes", "words", "objects"],
)
def test_arrays_that_are_no_data_are_named(tmp_path: Path, arrays: dict[str, Array], message: str) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=message):
        data_files.read(path)


def test_idx_files_that_are_damaged_or_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        data_files.read(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no train-images-idx3-ubyte"):
        data_files.read(tmp_path)
    labels, images = tmp_path / "train-labels-idx1-ubyte", tmp_path / "train-images-idx3-ubyte"
    labels.write_bytes(idx(np.zeros(3, np.uint8)))
    for content, message in [
        (idx(np.zeros((3, 2, 2), np.uint8))[:-1], r"is damaged: its header says shape \[3, 2, 2\]"),
        (b"<html>not found</html>", "is not an IDX file"),
        (struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**31, 2**31), "is damaged"),
    ]:
        images.write_bytes(content)
        with pytest.raises(DataError, match=message):
            data_files.read(tmp_path)
    images.unlink()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b no gzip")
    with pytest.raises(DataError, match="cannot be read"):
        data_files.read(tmp_path)


def test_one_hot_rows_and_labels_from_one_become_class_numbers_where_classes_are_meant(
    tmp_path: Path,
) -> None:
    path, labels = tmp_path / "mine.npz", np.array([2, 1, 3, 3, 1, 2])
    for targets in (np.eye(3)[labels - 1], labels):
        np.savez(path, x=np.zeros((6, 2)), y=targets, x_test=np.zeros((2, 2)), y_test=targets[:2])
        found = data_files.read(path)
        assert found.train[1].tolist() == [1, 0, 2, 2, 0, 1]
        assert found.test is not None and found.test[1].tolist() == [1, 0]
        np.testing.assert_array_equal(data_files.read(path, as_classes=False).train[1], targets)
        assert found.description.classes == (("0", "1", "2") if targets.ndim == 2 else ("1", "2", "3"))
    np.savez(path, x=np.zeros((6, 2)), y=labels, x_test=np.zeros((2, 2)), y_test=np.array([1, 9]))
    with pytest.raises(DataError, match="label 9 of the test data"):
        data_files.read(path)


@pytest.mark.parametrize("names", [("X_train", "y_train"), ("Inputs", "targets"), ("data", "target")])
def test_arrays_are_found_by_other_names_and_letters_too(tmp_path: Path, names: tuple[str, str]) -> None:
    np.savez(
        tmp_path / "mine.npz", **dict(zip(names, (np.eye(4), np.array([b"no", b"yes"] * 2)), strict=True))
    )
    found = data_files.read(tmp_path / "mine.npz")
    assert str(found.description) == f"target: {names[1]} (2 classes: no, yes); inputs: {names[0]}"
    assert found.train[1].tolist() == [0, 1, 0, 1]


def test_false_and_true_are_two_classes(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", x=np.eye(4), y=np.array([True, False] * 2))
    assert data_files.read(tmp_path / "mine.npz").train[1].tolist() == [1, 0, 1, 0]


def test_nothing_is_run_that_a_pickled_array_holds(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> object:
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(tmp_path / "mine.npz", x=np.array([Trap()] * 3, dtype=object), y=np.arange(3))
    with pytest.raises(DataError, match="x is a pickled array"):
        data_files.read(tmp_path / "mine.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("options", [{"target": "y"}, {"inputs": "x"}, {"ignore": "x"}, {"missing": "drop"}])
def test_arrays_have_no_columns_to_choose(tmp_path: Path, options: dict[str, str]) -> None:
    np.savez(tmp_path / "mine.npz", x=np.eye(4), y=np.arange(4) % 2)
    with pytest.raises(DataError, match=f"is no table, so --{next(iter(options))} cannot choose its columns"):
        data_files.read(tmp_path / "mine.npz", data_files.DataOptions(**options))


def test_test_data_are_scaled_as_the_training_data_are(tmp_path: Path) -> None:
    x = np.array([[0.0, 5], [4, 5]])
    np.savez(tmp_path / "mine.npz", x_train=x, y_train=[0, 1], x_test=[[2.0, 6]], y_test=[1])
    found = data_files.read(tmp_path / "mine.npz", data_files.DataOptions(scale="standard"))
    assert found.test is not None and found.test[0].tolist() == [[0, 1]]
    assert found.description.scale == "standard"


def test_what_lacks_its_other_half_is_told(tmp_path: Path) -> None:
    x, y = np.arange(12.0).reshape(6, 2), np.arange(6) % 2
    for arrays in ({"x_test": x}, {"Y_val": y}):
        np.savez(tmp_path / "mine.npz", x=x, y=y, **arrays)
        (name,) = arrays
        other = {"x_test": "y_test", "Y_val": "x_val"}[name]
        found = data_files.read(tmp_path / "mine.npz")
        assert found.notes == (f"{name} is left out, as there is no {other}: nothing is validated",)
        assert found.description.left_out == (name,)
    for prefix, kind, array in (("train", "images", x), ("train", "labels", y), ("t10k", "labels", y)):
        (tmp_path / f"{prefix}-{kind}-idx1-ubyte").write_bytes(idx(array.astype(np.uint8)))
    note = "t10k-labels-idx1-ubyte is left out, as there is no t10k-images: nothing is validated"
    assert note in data_files.read(tmp_path).notes
