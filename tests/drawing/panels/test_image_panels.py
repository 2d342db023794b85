"""Panels made of cells and small images: the right colours, numbers and captions in the right places."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.mosaic import Mosaic, tiling
from replay.drawing.artists.signed import signed_colours
from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
from replay.drawing.panels.kernels import KernelsPanel
from replay.drawing.panels.most_wrong import MostWrongPanel
from replay.drawing.style import DARK, LIGHT, Style
from replay.views.confusion_matrix import ConfusionMatrix
from replay.views.kernels import Kernels
from replay.views.most_wrong import MostWrong
from tests.helpers.pictures import faults

Array = np.ndarray
MakeRun = Callable[..., Path]
SMALL, LARGE = (2.6, 2.2), (7.2, 6.6)  # inches: a cell of a dashboard, a page
GREYS = np.repeat(np.arange(256, dtype=np.uint8), 4).reshape(256, 4) | np.array([0, 0, 0, 255], np.uint8)
PANELS: dict[str, tuple[Any, Any]] = {
    "confusion": (ConfusionMatrix, ConfusionMatrixPanel),
    "most wrong": (MostWrong, MostWrongPanel),
    "kernels": (Kernels, KernelsPanel),
}


@pytest.fixture
def digits(make_run: MakeRun) -> Replay:
    inputs, labels = load_digits(return_X_y=True)
    data = (inputs[:150].astype(np.float32) / 16, labels[:150])
    return Replay(make_run(units=(64, 12, 10), data=data))


def axes_of(size: tuple[float, float]) -> Any:
    """Axes of so many inches, with room around them for words."""
    width, height = size[0] + 1.2, size[1] + 1.2
    figure = Figure(figsize=(width, height), dpi=120)
    FigureCanvasAgg(figure)
    return figure.add_axes((0.7 / width, 0.7 / height, size[0] / width, size[1] / height))


def panel_of(replay: Replay, name: str, size: tuple[float, float], style: Style = LIGHT, **look: Any) -> Any:
    view, panel = PANELS[name]
    with style.applied():
        return panel(axes_of(size), view(replay.evaluation, **look), style)


def drawn(panel: Any) -> Array:
    """RGBA of the whole figure, rows from the top."""
    canvas = FigureCanvasAgg(panel.axes.figure)
    with panel.style.applied():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba()).copy()


def pixel(panel: Any, x: float, y: float) -> list[int]:
    """The colour at a place in data coordinates."""
    image = drawn(panel)
    column, row = panel.axes.transData.transform((x, y))
    return image[len(image) - 1 - int(row), int(column), :3].tolist()


# ---------------------------------------------------------------- all of them


@pytest.mark.slow
@pytest.mark.parametrize("style", [LIGHT, replace(DARK, transparent=True)], ids=["light", "transparent"])
@pytest.mark.parametrize(
    "size", [SMALL, *(pytest.param(size, marks=pytest.mark.slow) for size in (LARGE, (5.0, 1.2)))]
)
@pytest.mark.parametrize("name", PANELS)
def test_no_words_overlap_and_only_moving_artists_change(
    digits: Replay, name: str, size: tuple[float, float], style: Style
) -> None:
    panel = panel_of(digits, name, size, style)
    moving, children = panel.moving, panel.axes.get_children()
    for epoch in (0, 1.5, 4):
        panel.show(epoch)
        assert faults(panel.axes.figure, style) == []
    shown = drawn(panel)
    assert [*map(id, panel.moving)] == [*map(id, moving)]
    assert [*map(id, panel.axes.get_children())] == [*map(id, children)]
    for artist in moving:
        artist.set_visible(False)
    panel.show(0)
    first = drawn(panel)
    panel.show(4)
    assert np.array_equal(first, drawn(panel)) and not np.array_equal(first, shown)


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_a_frame_depends_on_its_epoch_alone(digits: Replay, name: str) -> None:
    one, other = (panel_of(digits, name, LARGE) for _ in range(2))
    one.show(3)
    for epoch in (4, 0, 3):
        other.show(epoch)
        drawn(other)
    np.testing.assert_array_equal(drawn(one), drawn(other))


@pytest.mark.parametrize("name", PANELS)
def test_pictures_can_be_lines_and_letters_too(digits: Replay, name: str, tmp_path: Path) -> None:
    panel = panel_of(digits, name, LARGE)
    panel.show(2)
    panel.axes.figure.savefig(tmp_path / "panel.svg")
    assert (tmp_path / "panel.svg").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_a_run_that_diverged_is_drawn_without_a_warning(tmp_path: Path, name: str) -> None:
    description = RunDescription(
        layers=(dense("output", 16, 3, "softmax"),), loss={"name": "sparse_categorical_crossentropy"}
    )
    inputs = np.random.default_rng(0).random((10, 16)).astype(np.float32)
    with RunWriter(tmp_path / "nan.h5", description, inputs, np.arange(10) % 3) as writer:
        for epoch, value in enumerate((0.1, np.nan, np.inf, 3e38, -3e38)):
            writer.snapshot(epoch, [np.full((16, 3), value, np.float32), np.zeros(3, np.float32)])
    panel = panel_of(Replay(tmp_path / "nan.h5"), name, LARGE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch in (0, 0.5, 1, 1.5, 2, 3, 4):
            panel.show(epoch)
            drawn(panel)


# ---------------------------------------------------------------- the confusion matrix


def test_cells_hold_their_counts_and_no_zeros(digits: Replay) -> None:
    panel = panel_of(digits, "confusion", LARGE)
    panel.show(3)
    counts = panel.view.at(3).counts
    told = np.zeros_like(counts)
    for x, y, text, _ in panel.numbers.words:
        assert text != "0"
        told[y, x] = int(text)
    np.testing.assert_array_equal(told, counts)


def test_right_ones_have_the_metrics_colour_and_errors_that_of_errors(digits: Replay) -> None:
    panel = panel_of(digits, "confusion", SMALL)
    panel.show(3)
    counts = panel.view.at(3).counts
    for row, column in ((0, 0), (2, 2), *np.argwhere(counts > 0)[::7].tolist()):
        share = counts[row, column] / counts[row].sum()
        full = np.array(to_rgb(LIGHT.metric if row == column else LIGHT.error)) * 255
        towards = 255 - np.array(pixel(panel, column + 0.4, row + 0.4))
        if share == 0:
            assert not towards.any()
        else:
            strength = towards / (255 - full)
            np.testing.assert_allclose(strength, strength.mean(), atol=0.02)
            assert strength.mean() > 0.08  # one sample is seen
    empty = np.argwhere(counts == 0)[0]
    assert pixel(panel, empty[1] + 0.4, empty[0] + 0.4) == [255, 255, 255]


def test_true_classes_run_down_and_predicted_ones_to_the_right(digits: Replay) -> None:
    axes = panel_of(digits, "confusion", LARGE).axes
    assert axes.get_ylim()[0] > axes.get_ylim()[1] and axes.get_xlim()[0] < axes.get_xlim()[1]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert [int(x) for x in axes.get_xticks()] == list(range(10))


def test_large_classes_are_told_in_percent(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).normal(size=(20_300, 2)).astype(np.float32)
    labels = (np.arange(20_300) % 2) * (np.arange(20_300) > 200)
    panel = panel_of(Replay(make_run(data=(inputs, labels))), "confusion", LARGE)
    panel.show(1)
    counts = panel.view.at(1).counts
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert len(panel.numbers.words) == 4
    for x, y, text, _ in panel.numbers.words:
        if text == "<1":
            assert 0 < shares[y, x] < 0.005
        else:
            assert abs(int(text) - 100 * shares[y, x]) < 1 and text != "100"
    assert panel.axes.get_ylabel() == "true class, in %"


def test_numbers_that_nobody_could_read_are_left_out(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).normal(size=(2000, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 3, 10), data=(inputs, np.arange(2000) % 10 // 9)))
    assert panel_of(replay, "confusion", SMALL).numbers is None
    assert panel_of(replay, "confusion", LARGE).numbers is not None


def test_the_share_that_is_right_stands_beside_a_title_that_leaves_room(digits: Replay) -> None:
    for size, title in ((SMALL, "Confusion"), (LARGE, "Confusion matrix"), ((1.5, 1.5), "Confusion")):
        panel = panel_of(digits, "confusion", size)
        panel.show(3)
        assert panel.axes.get_title("left") == title
        share = f"{panel.view.at(3).share_right:.1%} right"
        assert panel.share.get_text() == (share if size != (1.5, 1.5) else "")


def test_of_very_many_classes_some_are_labelled(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 3, 100), data=(inputs, np.arange(300) % 100)))
    panel = panel_of(replay, "confusion", SMALL)
    panel.show(2)
    assert 3 <= len(panel.axes.get_xticks()) <= 12
    assert faults(panel.axes.figure, LIGHT) == []


# ---------------------------------------------------------------- the most wrong samples


def test_each_sample_lies_in_its_cell_with_its_caption(digits: Replay) -> None:
    panel = panel_of(digits, "most wrong", LARGE, n=9)
    panel.show(3)
    frame = panel.view.at(3)
    columns = panel._tiles.columns
    captions = {(x, y): (text, colour) for x, y, text, colour in panel.captions.words}
    assert len(captions) == 9
    for number, cell in enumerate(frame.cells.tolist()):
        row, column = divmod(cell, columns)
        text, colour = captions[column + 0.5, panel._tiles.rows - row - 1]
        share = f"{frame.probability[number]:.0%}"
        assert text == f"{frame.labels[number]} → {frame.predicted[number]}  {share}"
        assert colour == (LIGHT.error if frame.wrong[number] else LIGHT.muted)


def test_in_a_small_cell_captions_are_short(digits: Replay) -> None:
    panel = panel_of(digits, "most wrong", SMALL)
    panel.show(3)
    frame = panel.view.at(3)
    first = f"{frame.labels[0]}→{frame.predicted[0]}"
    assert first in {word.text for word in panel.captions.words}
    assert panel.axes.get_xlabel() == "true → predicted"
    assert panel_of(digits, "most wrong", (0.6, 0.6)).captions is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of", "dtype"), [((0, 255), np.uint8), ((0, 1), np.float32), ((-0.4, 2.8), np.float32)]
)
@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_samples_are_ink_on_paper_whatever_their_scale(
    make_run: MakeRun, of: tuple[float, float], dtype: Any, style: Style
) -> None:
    inputs = np.full((4, 16), of[0], dtype)
    inputs[:, :8] = of[1]  # the upper half
    panel = panel_of(
        Replay(make_run(units=(16, 2, 2), data=(inputs, np.arange(4) % 2))), "most wrong", LARGE, style, n=1
    )
    panel.show(1)
    for y, colour in ((0.85, style.ink), (0.2, style.background)):
        expected = np.array(to_rgb(colour)) * 255
        np.testing.assert_allclose(pixel(panel, 0.5, y), expected, atol=1)


# ---------------------------------------------------------------- kernels


def test_kernels_have_the_colour_of_their_weights(tmp_path: Path) -> None:
    kernel = np.zeros((16, 4), np.float32)
    kernel[:, 0], kernel[:, 1], kernel[:, 3] = 2, -2, np.nan
    description = RunDescription(layers=(dense("first", 16, 4),))
    with RunWriter(tmp_path / "run.h5", description, np.zeros((3, 16), np.float32), np.zeros(3)) as writer:
        writer.snapshot(0, [kernel, np.zeros(4, np.float32)])
    panel = panel_of(Replay(tmp_path / "run.h5"), "kernels", (4, 4))
    panel.show(0)
    ramp = signed_colours(LIGHT)
    assert panel.view.limit == 2
    assert pixel(panel, 0.5, 1.5) == ramp[255, :3].tolist()
    assert pixel(panel, 1.5, 1.5) == ramp[0, :3].tolist()
    np.testing.assert_allclose(pixel(panel, 0.5, 0.5), [255] * 3, atol=4)  # 0 is paper
    assert pixel(panel, 1.5, 0.5) == [255, 255, 255]  # nothing is known
    words = {text.get_text() for text in panel.axes.texts}
    assert {"−2", "+2"} <= words


def test_what_is_not_shown_is_said(digits: Replay) -> None:
    assert panel_of(digits, "kernels", LARGE).axes.get_xlabel() == ""
    panel = panel_of(digits, "kernels", LARGE, most=5)
    assert panel.axes.get_title("left") == "Kernels of “hidden”"
    assert panel.axes.get_xlabel() == "first 5 of 12"


# ---------------------------------------------------------------- their parts


def mosaic_of(images: Array, size: tuple[float, float] = (3, 3), cells: Array | None = None) -> Any:
    axes = axes_of(size)
    tiles = tiling(axes, len(images), images.shape[1:])
    mosaic = Mosaic(axes, tiles, images.shape[1:], GREYS, LIGHT)
    mosaic.show(images, cells)
    return mosaic


def test_images_keep_their_mean_their_shape_and_their_place() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((4, 7, 5)).astype(np.float32)
    mosaic = mosaic_of(images, cells=np.array([2, 0, 3, 1]))
    rows, columns = 331, 347
    shown = mosaic.colours(rows, columns, 1.0)[::-1]
    halves = [shown[: rows // 2, : columns // 2], shown[: rows // 2, columns // 2 :]]
    halves += [shown[rows // 2 :, : columns // 2], shown[rows // 2 :, columns // 2 :]]
    for number, cell in enumerate((2, 0, 3, 1)):
        inked = np.argwhere(halves[cell][..., 3])
        (top, left), (bottom, right) = inked.min(axis=0) + 1, inked.max(axis=0)  # without the frame
        image = halves[cell][top:bottom, left:right, 0] / 255
        assert image.shape[0] / image.shape[1] == pytest.approx(7 / 5, rel=0.02)
        assert image.mean() == pytest.approx(images[number].mean(), abs=0.01)
        assert image[: len(image) // 7, : image.shape[1] // 5].mean() == pytest.approx(
            images[number, 0, 0], abs=0.02
        )


def test_images_in_colour_keep_their_colours() -> None:
    images = np.zeros((1, 2, 2, 3), np.float32)
    images[0, 0, 0] = 1, 0.5, 0
    shown = mosaic_of(images).colours(100, 100, 1.0)[::-1]
    assert shown[20, 20].tolist() == [255, 128, 0, 255] and shown[80, 80].tolist() == [0, 0, 0, 255]


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 2)])
def test_a_picture_may_be_far_too_small(size: tuple[int, int]) -> None:
    assert mosaic_of(np.ones((9, 28, 28), np.float32)).colours(*size, 1.0).shape == (*size, 4)


def test_the_tiling_makes_images_as_large_as_they_can_be() -> None:
    wide, high = (tiling(axes_of(size), 8, (10, 10)) for size in ((8, 1), (1, 8)))
    assert (wide.columns, wide.rows) == (8, 1) and (high.columns, high.rows) == (1, 8)
    assert tiling(axes_of((4, 4)), 4, (10, 40)).columns == 1
    assert tiling(axes_of((4, 4)), 16, (8, 8), least_width=100).columns == 2


def test_words_are_drawn_as_matplotlib_draws_them() -> None:
    places = [(0.3, 0.4, "4 → 9"), (0.7, 0.8, "1135"), (0.5, 0.1, "4 → 9")]
    pictures = []
    for many in (True, False):
        axes = axes_of(SMALL)
        axes.set_axis_off()
        if many:
            words = ManyWords(axes, 11, zorder=2, rise=0)
            words.show([Word(x, y, text, LIGHT.ink) for x, y, text in places])
        else:
            for x, y, text in places:
                axes.text(x, y, text, fontsize=11, color=LIGHT.ink, ha="center", va="baseline")
        canvas = FigureCanvasAgg(axes.figure)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba())[..., 0].astype(float))
    height, width = (side // 4 * 4 for side in pictures[0].shape)
    one, other = (
        255 - p[:height, :width].reshape(height // 4, 4, width // 4, 4).mean(axis=(1, 3)) for p in pictures
    )
    assert one.sum() == pytest.approx(other.sum(), rel=0.03)
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.85  # within a pixel


def test_in_pictures_of_letters_words_lie_where_matplotlib_puts_them(tmp_path: Path) -> None:
    places = []
    for many in (True, False):
        axes = axes_of(SMALL)
        axes.set_axis_off()
        if many:
            ManyWords(axes, 11, zorder=2, rise=0).show([Word(0.3, 0.4, "1135", LIGHT.ink)])
        else:
            axes.text(0.3, 0.4, "1135", fontsize=11, color=LIGHT.ink, ha="center", va="baseline")
        axes.figure.savefig(tmp_path / "words.svg")
        moves = re.findall(r"translate\(([-.\d]+)[ ,]+([-.\d]+)\)", (tmp_path / "words.svg").read_text())
        places.append(np.array(moves, dtype=float))
    assert places[0].size
    np.testing.assert_allclose(*places, atol=0.1)


def test_numbers_lie_in_the_middle_of_their_place() -> None:
    axes = axes_of(SMALL)
    axes.set_axis_off()
    words = ManyWords(axes, 12, zorder=2)
    words.show([Word(0.5, 0.5, "80", LIGHT.ink)])
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    inked = np.argwhere(np.asarray(canvas.buffer_rgba())[::-1, :, 0] < 128)
    middle = (inked.min(axis=0) + inked.max(axis=0)) / 2
    np.testing.assert_allclose(middle[::-1], axes.transAxes.transform((0.5, 0.5)), atol=1.6)


def test_diverging_colours_are_paper_in_the_middle_and_leave_it_evenly() -> None:
    for style in (LIGHT, DARK):
        paper = np.array(to_rgb(style.background)) * 255
        away = np.abs(signed_colours(style)[:, :3] - paper).sum(axis=1)
        assert away[127:129].max() < 12
        assert (np.diff(away[128:]) >= -3).all() and (np.diff(away[:128]) <= 3).all()
        ends = signed_colours(style)[[0, 255], :3].astype(int)
        assert ends[0, 2] > ends[0, 0] and ends[1, 0] > ends[1, 2]  # blue, red


def test_a_run_of_two_classes_has_a_matrix_too(make_run: MakeRun) -> None:
    panel = panel_of(Replay(make_run(data=datasets.moons(40))), "confusion", SMALL)
    panel.show(4)
    assert len(panel.numbers.words) == np.count_nonzero(panel.view.at(4).counts)
