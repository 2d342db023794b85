"""Frames and files of a composition: what stands still, what moves, and that both tell one moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from replay import Replay
from replay.errors import OutputError, ViewError
from replay.view_names import VIEWS


def pixels(figure: Any, dpi: float) -> np.ndarray:
    """The figure as matplotlib draws it whole."""
    figure.dpi = dpi
    figure.canvas = matplotlib.backends.backend_agg.FigureCanvasAgg(figure)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()


@pytest.mark.parametrize("view", VIEWS)
def test_a_frame_equals_the_figure_drawn_whole_at_that_epoch(make_run: Any, view: str) -> None:
    """Drawing only what moved must not show: the oracle is matplotlib drawing everything."""
    replay = Replay(make_run())
    composition = replay.view(view)
    frames = [frame.copy() for frame in composition.animate().frames(dpi=50)]
    assert len(frames) == 5
    for epoch, frame in zip(replay.epochs, frames, strict=True):
        with composition.style.applied():
            whole = pixels(replay.view(view).plot(epoch), 50)
        difference = np.abs(frame.astype(int) - whole)
        # Moving artists lie above the frame of their axes, so a few pixels of spines may differ.
        assert (difference.max(axis=-1) > 40).mean() < 0.012
        assert difference.mean() < 0.8


def test_frames_include_the_first_and_the_last_snapshot(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=4))
    seen: list[float] = []
    animation = replay.dashboard().animate()
    for _ in animation.frames(dpi=30, track=lambda moments: (seen.append(m) or m for m in moments)):
        pass
    assert seen == [0, 1, 2, 3]
    assert animation.moments == seen


def test_the_epoch_that_a_frame_names_is_the_one_its_panels_show(make_run: Any) -> None:
    """Read back from the artists: header, curve, histograms and samples belong to one moment."""
    replay = Replay(make_run(n_snapshots=6))
    composition = replay.dashboard()
    header, space, negatives, positives, curves, losses = composition.panels
    probabilities, all_losses = replay.probabilities(), replay.losses()
    labels = replay.recording.targets
    for position, epoch in enumerate(replay.epochs):
        composition.plot(epoch)
        assert header.epoch.get_text() == f"epoch {epoch:.0f}"
        dots = np.concatenate([np.column_stack(line.get_data()) for line in space.samples.dots])
        expected = replay.activations("hidden", epochs=[epoch])[0]
        expected = np.concatenate([expected[labels == 0], expected[labels == 1]])
        np.testing.assert_allclose(dots, expected, rtol=1e-6)
        wrong = (probabilities[position] > 0.5) != labels
        assert len(space.samples.crosses.get_xdata()) == wrong.sum()
        for label, panel in enumerate((negatives, positives)):
            heights = panel.bars.wrong.get_data().values
            counts, _ = np.histogram(probabilities[position][labels == label], np.linspace(0, 1, 21))
            np.testing.assert_array_equal(heights, counts)
        np.testing.assert_array_equal(losses.bars.wrong.get_data().values.sum(), len(all_losses[position]))
        for curve, line, _ in curves.curves:
            assert list(line.get_xdata()) == list(range(1, position + 1))
            np.testing.assert_array_equal(line.get_ydata(), replay.history[curve.name][:position])


def test_axes_and_their_limits_stand_still(make_run: Any) -> None:
    composition = Replay(make_run(n_snapshots=6, activation="relu")).dashboard()
    composition.plot(0)
    before = [
        (axes.get_xlim(), axes.get_ylim(), axes.get_position().bounds) for axes in composition.figure.axes
    ]
    for _ in composition.animate().frames(dpi=30):
        pass
    after = [
        (axes.get_xlim(), axes.get_ylim(), axes.get_position().bounds) for axes in composition.figure.axes
    ]
    assert before == after


def test_no_artist_is_created_for_a_frame(make_run: Any) -> None:
    composition = Replay(make_run()).dashboard()
    composition.plot(0)
    before = [id(artist) for artist in composition.figure.findobj()]
    composition.plot(3)
    assert [id(artist) for artist in composition.figure.findobj()] == before


def test_a_still_after_an_animation_shows_everything(make_run: Any, tmp_path: Path) -> None:
    replay = Replay(make_run())
    composition = replay.dashboard()
    composition.save(tmp_path / "before.png", epoch=2, dpi=40)
    for _ in composition.animate().frames(dpi=40):
        pass
    composition.save(tmp_path / "after.png", epoch=2, dpi=40)
    assert (tmp_path / "before.png").read_bytes() == (tmp_path / "after.png").read_bytes()


def test_the_suffix_decides_what_is_written(make_run: Any, tmp_path: Path) -> None:
    composition = Replay(make_run()).dashboard()
    for suffix in (".gif", ".mp4", ".png", ".svg"):
        composition.save(tmp_path / f"film{suffix}", dpi=40)
    with Image.open(tmp_path / "film.gif") as film:
        assert (film.n_frames, film.size) == (5, (480, 240))
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].frames == 5
    with Image.open(tmp_path / "film.png") as still:
        assert still.size == (480, 240)
    text = (tmp_path / "film.svg").read_text()
    assert text.startswith("<?xml") and text.rstrip().endswith("</svg>")
    assert {path.name for path in tmp_path.glob("film*")} == {
        f"film.{s}" for s in ("gif", "mp4", "png", "svg")
    }


def test_the_same_run_gives_the_same_bytes(make_run: Any, tmp_path: Path) -> None:
    path = make_run()
    for name in ("a", "b"):
        for suffix in ("png", "svg", "gif", "mp4"):
            Replay(path).dashboard().save(tmp_path / f"{name}.{suffix}", dpi=40)
    for suffix in ("png", "svg", "gif", "mp4"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_part_of_a_run_can_be_animated(make_run: Any) -> None:
    composition = Replay(make_run(n_snapshots=8)).dashboard()
    assert composition.animate(epoch_start=2, epoch_end=5).moments == [2, 3, 4, 5]
    assert composition.animate(epoch_start=6, epoch_end=-1).moments == [6, 7]


@pytest.mark.parametrize("epoch", [-1, 5, 1e9, float("nan")])
def test_an_epoch_outside_the_run_is_refused(make_run: Any, epoch: float) -> None:
    with pytest.raises(ViewError, match="from epoch 0 to 4"):
        Replay(make_run()).dashboard().plot(epoch)


@pytest.mark.parametrize("dpi", [0, -3, 9, 1e5, float("nan")])
def test_absurd_resolutions_are_refused_and_leave_nothing(make_run: Any, tmp_path: Path, dpi: float) -> None:
    composition = Replay(make_run()).dashboard()
    for name in ("x.png", "x.mp4"):
        with pytest.raises(OutputError, match="dpi"):
            composition.save(tmp_path / name, dpi=dpi)
    assert list(tmp_path.glob("*x*")) == []


def test_an_epoch_for_a_film_is_refused(make_run: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="still"):
        Replay(make_run()).dashboard().save(tmp_path / "x.mp4", epoch=1)


def test_drawing_leaves_matplotlib_as_it_was(make_run: Any, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    Replay(make_run()).dashboard().save(tmp_path / "x.gif", dpi=30)
    assert dict(matplotlib.rcParams) == before


def test_panels_on_axes_of_ones_own_name_the_epoch_and_keep_the_canvas(make_run: Any, tmp_path: Path) -> None:
    replay = Replay(make_run())
    figure, axes = plt.subplots()
    canvas, dpi = figure.canvas, figure.dpi
    panel = replay.build_feature_space(axes, layer_name="hidden")
    assert panel.plot(epoch=3) is figure
    assert axes.get_title(loc="left").endswith("epoch 3")
    panel.animate().save(tmp_path / "space.gif", fps=20, dpi=40)
    assert (figure.canvas, figure.dpi) == (canvas, dpi)
    with Image.open(tmp_path / "space.gif") as film:
        assert film.n_frames == 5


def test_every_view_can_be_built_on_ones_own_axes(make_run: Any) -> None:
    replay = Replay(make_run())
    _, axes = plt.subplots(2, 3)
    flat = list(axes.flat)
    replay.build_decision_boundary(flat[0]).plot(1)
    replay.build_probability_histogram(flat[1], flat[2]).plot(1)
    replay.build_loss_histogram(flat[3]).plot(1)
    replay.build_loss_and_metric(flat[4], "accuracy").plot(1)
    replay.build_probability_histogram(flat[5]).plot(1)
    assert all("epoch 1" in flat[k].get_title(loc="left") for k in (0, 1, 3, 4, 5))
    with pytest.raises(ViewError, match="1 axes, or 2"):
        replay.build_probability_histogram(*flat[:3])
    with pytest.raises(ViewError, match="did you mean accuracy"):
        replay.build_loss_and_metric(flat[4], "acuracy")


def test_builders_take_deepreplays_arguments(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=8))
    _, axes = plt.subplots(1, 6)
    part = {"epoch_start": 2, "epoch_end": 5}
    built = [
        replay.build_feature_space(
            ax=axes[0],
            layer_name="hidden",
            contour_points=30,
            xlim=(-1, 1),
            ylim=(-2, 2),
            display_grid=False,
            **part,
        ),
        replay.build_decision_boundary(ax=axes[1], contour_points=30, xlim=(-1, 1), ylim=(-2, 2), **part),
        replay.build_probability_histogram(ax_negative=axes[2], ax_positive=axes[3], **part),
        replay.build_loss_histogram(ax=axes[4], **part),
        replay.build_loss_and_metric(ax=axes[5], metric_name="accuracy", **part),
    ]
    assert all(composition.animate().moments == [2, 3, 4, 5] for composition in built)
    assert (axes[0].get_xlim(), axes[0].get_ylim()) == ((-1, 1), (-2, 2))
    with pytest.raises(ViewError, match="no snapshot"):
        replay.build_loss_histogram(ax=axes[4], epoch_start=100)
