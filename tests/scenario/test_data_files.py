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
    for (inputs, targets), (x, y) in zip(found, images, strict=True):
        assert (inputs.dtype, targets.dtype) == (np.float32, np.int64)
        np.testing.assert_allclose(inputs, x / 255, rtol=1e-6)
        np.testing.assert_array_equal(targets, y)


def test_an_npz_file_as_of_mnist(tmp_path: Path, images: Images) -> None:
    (x, y), (x_test, y_test) = images
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    assert_images(data_files.read(path), images)
    assert data_files.has_test_data(path)
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
    assert not data_files.has_test_data(path)
    with pytest.raises(DataError, match="holds no test data"):
        data_files.test_data(path)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    import os

    path = tmp_path / "mine.npz"
    for number in (1.0, 2.0):
        np.savez(path, x=np.full((3, 2), number), y=np.arange(3))
        os.utime(path, ns=(int(number), int(number)))
        assert data_files.training_data(path)[0][0, 0] == number


@pytest.mark.parametrize(
    ("text", "inputs", "targets"),
    [
        ("1,2,0\n3,4.5,1\n", [[1, 2], [3, 4.5]], [0, 1]),
        ("a,b,class\n1,2,0\n3,4,1\n\n", [[1, 2], [3, 4]], [0, 1]),
        ("\ufefflabel,a,b\nred,1,2\nblue,3,4\n", [[1, 2], [3, 4]], [1, 0]),
        ("0,1,label\n5,6,0\n7,8,1\n", [[5, 6], [7, 8]], [0, 1]),
        (",a,b,y\n0,5,6,0\n1,7,8,1\n", [[5, 6], [7, 8]], [0, 1]),
        ("1,2,-1\n3,4,1\n5,6,-1\n7,8,1\n", [[1, 2], [3, 4], [5, 6], [7, 8]], [0, 1, 0, 1]),
        ("a,b\n1,0.5\n2,0.25\n", [[1], [2]], [0.5, 0.25]),
    ],
    ids=["no header", "header", "words", "columns by number", "index of pandas", "signs", "regression"],
)
def test_a_table(tmp_path: Path, text: str, inputs: list[list[float]], targets: list[float]) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    found = data_files.read(path)
    assert found.train[0].dtype == np.float32
    np.testing.assert_array_equal(found.train[0], inputs)
    np.testing.assert_array_equal(found.train[1], targets)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mine.csv", b"", "is empty"),
        ("mine.csv", b"a,b\n", "rows of two or more columns"),
        ("mine.csv", b"1,2,0\n3,1\n", "row 2 has 2 columns, but the first has 3"),
        ("mine.csv", b"a,b,y\n1,2,0\n3,?,1\n", "row 3 holds '\\?' where a number should be"),
        ("mine.csv", b"\xff\xfe\x00", "cannot be read as .csv"),
        ("mine.csv", b"a,label\n1,0\n2,\n", "row 3 has no label"),
        ("mine.csv", b"a,label\n1,0\n2,b\n", "row 3 has the label 'b', others have numbers"),
        ("mine.csv", b"a,label\n1,b\n2,0\n", "row 3 has the label '0', others have words"),
        ("mine.npz", b"no zip", "cannot be read as .npz"),
        ("mine.npz", b"", "cannot be read as .npz"),
        ("mine.mat", b"MATLAB", ".npz or .csv file, or a folder"),
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
        ({"x": np.array([["a"]] * 3), "y": np.zeros(3)}, "must hold numbers"),
        ({"x": np.zeros((3, 2)), "y": np.array([{}, {}, {}])}, "cannot be read as .npz"),
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


@pytest.mark.parametrize(
    ("shape", "dtype", "highest", "scaled"),
    [
        ((9, 4, 4), np.uint8, 255, True),
        ((9, 16), np.int64, 255, True),
        ((9, 16), np.float64, 255, True),
        ((9, 4, 4), np.uint8, 1, False),
        ((9, 4, 4), np.float64, 0.5, False),
        ((9, 4, 4), np.int64, 300, False),
        ((9, 2), np.uint8, 255, False),
    ],
)
def test_pixels_are_scaled_and_other_numbers_are_not(
    tmp_path: Path, shape: tuple[int, ...], dtype: type, highest: float, scaled: bool
) -> None:
    inputs = np.zeros(shape, dtype)
    inputs.flat[0] = highest
    np.savez(tmp_path / "mine.npz", x=inputs, y=np.arange(9) % 2)
    assert data_files.read(tmp_path / "mine.npz").train[0].max() == (1 if scaled else highest)


def test_one_hot_rows_and_labels_from_one_become_class_numbers_where_classes_are_meant(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, labels = tmp_path / "mine.npz", np.array([2, 1, 3, 3, 1, 2])
    for targets in (np.eye(3)[labels - 1], labels):
        np.savez(path, x=np.zeros((6, 2)), y=targets, x_test=np.zeros((2, 2)), y_test=targets[:2])
        found = data_files.read(path)
        assert found.train[1].tolist() == [1, 0, 2, 2, 0, 1]
        assert found.test is not None and found.test[1].tolist() == [1, 0]
        np.testing.assert_array_equal(data_files.read(path, as_classes=False).train[1], targets)
    assert caplog.messages == [f"{path}: the labels 1 to 3 are renumbered from 0"]
    np.savez(path, x=np.zeros((6, 2)), y=labels, x_test=np.zeros((2, 2)), y_test=np.array([1, 9]))
    with pytest.raises(DataError, match="label 9 of the test data"):
        data_files.read(path)
