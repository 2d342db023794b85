"""Kernels as images: the recorded weights in the shape of what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.network.description import LayerDescription, WeightDescription
from replay.views.kernels import QUANTILE, Kernels

Array = np.ndarray
EPOCHS = (0, 1, 2, 5)


def conv(shape: tuple[int, ...], recorded: bool = True) -> LayerDescription:
    return LayerDescription(
        name="conv",
        class_name="Conv2D",
        units=shape[-1],
        weights=(WeightDescription("kernel", shape), WeightDescription("bias", shape[-1:])),
        recorded=recorded,
    )


def recorded(
    path: Path, layers: Sequence[LayerDescription], sample: tuple[int, ...], scale: float = 1.0
) -> Replay:
    """A run of random weights, other ones at each of the EPOCHS."""
    description = RunDescription(layers=tuple(layers), loss={"name": "sparse_categorical_crossentropy"})
    rng = np.random.default_rng(0)
    with RunWriter(path / "run.h5", description, np.zeros((6, *sample), np.float32), np.arange(6)) as writer:
        for epoch in EPOCHS:
            shapes = [weight.shape for _, weight in description.weight_paths]
            writer.snapshot(epoch, [(scale * rng.normal(size=s)).astype(np.float32) for s in shapes])
    return Replay(path / "run.h5")


def kernel_of(replay: Replay, epoch: float, position: int = 0) -> Array:
    return replay.recording.weights_at(epoch)[position][0]


@pytest.mark.parametrize(("sample", "shape"), [((15, 2), (15, 2)), ((36,), (6, 6)), ((4, 5, 1), (4, 5))])
def test_a_unit_behind_images_looks_for_an_image(
    tmp_path: Path, sample: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    flatten = LayerDescription("flatten", "Flatten")
    n_in = int(np.prod(sample))
    replay = recorded(tmp_path, [flatten, dense("first", n_in, 7), dense("output", 7, 6, "softmax")], sample)
    view = Kernels(replay.evaluation)
    assert (view.layer, view.n, view.n_units, view.image_shape) == ("first", 7, 7, shape)
    for epoch in (0, 1.5, 5):
        images = view.at(epoch).images
        for unit in range(7):
            np.testing.assert_array_equal(images[unit].ravel(), kernel_of(replay, epoch)[:, unit])


def test_units_behind_colour_images_look_for_colours(tmp_path: Path) -> None:
    replay = recorded(tmp_path, [LayerDescription("f", "Flatten"), dense("first", 60, 2)], (4, 5, 3))
    view = Kernels(replay.evaluation)
    images = view.at(0).images
    assert images.shape == (2, 4, 5, 3)
    np.testing.assert_array_equal(images[1].ravel(), kernel_of(replay, 0)[:, 1])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_filters_are_shown_in_grey_in_colour_or_by_their_first_channel(tmp_path: Path, channels: int) -> None:
    replay = recorded(tmp_path, [conv((3, 5, channels, 8))], (9, 9, channels))
    view = Kernels(replay.evaluation)
    images, kernel = view.at(2).images, kernel_of(replay, 2)
    assert images.shape == ((8, 3, 5, 3) if channels == 3 else (8, 3, 5))
    for number in range(8):
        expected = kernel[..., number] if channels == 3 else kernel[:, :, 0, number]
        np.testing.assert_array_equal(images[number], expected)
    assert view.first_channel_of == (4 if channels == 4 else None)


def test_of_many_the_first_are_shown(tmp_path: Path) -> None:
    replay = recorded(tmp_path, [dense("first", 16, 100)], (16,))
    view = Kernels(replay.evaluation)
    assert (view.n, view.n_units) == (64, 100)
    np.testing.assert_array_equal(view.at(0).images[63].ravel(), kernel_of(replay, 0)[:, 63])
    assert Kernels(replay.evaluation, most=5).at(0).images.shape == (5, 4, 4)
    with pytest.raises(ViewError, match="at least one kernel"):
        Kernels(replay.evaluation, most=0)


def test_all_snapshots_come_as_one_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.views.kernels.BLOCK_VALUES", 200)  # so that there are several blocks
    replay = recorded(tmp_path, [conv((3, 3, 1, 8))], (9, 9))
    view = Kernels(replay.evaluation)
    assert view.over().shape == (4, 8, 3, 3)
    for images, epoch in zip(view.over(), EPOCHS, strict=True):
        np.testing.assert_array_equal(images, view.at(epoch).images)
    np.testing.assert_array_equal(view.over([5, 0]), view.over()[[3, 0]])
    assert view.over([]).shape == (0, 8, 3, 3)
    with pytest.raises(ViewError, match="no snapshot"):
        view.over([3])


def test_the_limit_is_the_largest_quantile_of_a_snapshot(tmp_path: Path) -> None:
    replay = recorded(tmp_path, [dense("first", 64, 20)], (64,), scale=3)
    expected = [np.quantile(np.abs(kernel_of(replay, epoch)), QUANTILE) for epoch in EPOCHS]
    assert Kernels(replay.evaluation).limit == pytest.approx(max(expected), rel=1e-6)


@pytest.mark.parametrize(("values", "limit"), [((0.0, 0.0), 1), ((np.nan, 2.0), 2), ((np.inf, np.nan), 1)])
def test_weights_that_are_not_finite_do_not_count(
    tmp_path: Path, values: tuple[float, float], limit: float
) -> None:
    description = RunDescription(layers=(dense("first", 16, 2),))
    with RunWriter(tmp_path / "run.h5", description, np.zeros((3, 16), np.float32), np.zeros(3)) as writer:
        for epoch, value in enumerate(values):
            writer.snapshot(epoch, [np.full((16, 2), value, np.float32), np.zeros(2, np.float32)])
    view = Kernels(Replay(tmp_path / "run.h5").evaluation)
    assert view.limit == limit
    assert view.at(0.5).images.shape == (2, 4, 4)


def test_other_layers_need_not_be_recorded(tmp_path: Path) -> None:
    rest = LayerDescription(
        "rest", "Dense", units=2, weights=(WeightDescription("kernel", (8, 2)),), recorded=False
    )
    scaled = LayerDescription("scaled", "BatchNormalization", weights=(WeightDescription("gamma", (1,)),))
    replay = recorded(tmp_path, [scaled, conv((3, 3, 1, 8)), rest], (9, 9, 1))
    np.testing.assert_array_equal(
        Kernels(replay.evaluation).at(1).images[2], kernel_of(replay, 1, position=1)[:, :, 0, 2]
    )


@pytest.mark.parametrize(
    ("layers", "sample", "message"),
    [
        ([LayerDescription("flat", "Flatten")], (4, 4), "no layer has a kernel"),
        ([dense("first", 2, 3)], (2,), "are not images"),
        ([dense("first", 5, 3)], (8, 5), "is not an image"),
        ([conv((3, 3, 1, 8), recorded=False), dense("rest", 8, 2)], (9, 9), "'conv' were not recorded"),
        (
            [LayerDescription("c", "Conv1D", weights=(WeightDescription("kernel", (3, 2, 4)),))],
            (16, 2),
            r"'c' \(Conv1D\), is not an image",
        ),
    ],
)
def test_what_is_no_image_is_refused(
    tmp_path: Path, layers: list[LayerDescription], sample: tuple[int, ...], message: str
) -> None:
    replay = recorded(tmp_path, layers, sample)
    with pytest.raises(ViewError, match=message):
        Kernels(replay.evaluation)
