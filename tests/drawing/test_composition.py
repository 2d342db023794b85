"""A composition tells one moment: its clock and every panel, in stills and in the frames of a film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from replay import Replay, datasets
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.composition import Composition
from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
from replay.drawing.panels.curves import LossAndMetricPanel
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.feature_space import FeatureSpacePanel
from replay.drawing.panels.loss_histogram import LossHistogramPanel
from replay.drawing.panels.probability_histogram import ProbabilityHistogramPanel
from replay.errors import OutputError, ViewError

N_SNAPSHOTS = 6
KINDS = {
    "binary feature space": (2, 2, 1),
    "three classes in a feature space": (2, 2, 3),
    "binary decision boundary": (2, 5, 1),
    "four classes and a decision boundary": (2, 5, 4),
    "ten classes": (2, 2, 10),
}


@pytest.fixture(params=KINDS)
def replay(make_run: Any, request: Any) -> Replay:
    units = KINDS[request.param]
    inputs, targets = datasets.parabola(30)
    labels = targets if units[-1] == 1 else np.arange(len(inputs)) % units[-1]
    return Replay(make_run(units=units, n_snapshots=N_SNAPSHOTS, data=(inputs, labels)))


class ByHand:
    """The network at one epoch, computed with nothing but NumPy and the weights."""

    def __init__(self, replay: Replay, epoch: float) -> None:
        weights = [array[0].astype(np.float64) for array in replay.recording.weights_at(epoch)]
        self.labels = replay.recording.targets.reshape(-1).astype(int)
        self.last = weights[-2:]
        self.hidden_weights = weights[:-2]
        self.hidden = self.features(replay.recording.inputs)
        self.p = self.by_class(self.hidden)
        self.right = self.p.argmax(axis=1) == self.labels

    def features(self, points: np.ndarray) -> np.ndarray:
        for weight, bias in zip(self.hidden_weights[::2], self.hidden_weights[1::2], strict=True):
            points = np.tanh(points @ weight + bias)
        return points

    def by_class(self, hidden: np.ndarray) -> np.ndarray:
        z = hidden @ self.last[0] + self.last[1]
        if z.shape[1] == 1:
            z = np.concatenate([np.zeros_like(z), z], axis=1)
        grown = np.exp(z - z.max(axis=1, keepdims=True))
        return grown / grown.sum(axis=1, keepdims=True)


def check_moment(composition: Composition, replay: Replay, epoch: float) -> None:
    """Every artist of `composition` shows what the network was at `epoch`."""
    truth = ByHand(replay, epoch)
    checks = {
        FeatureSpacePanel: check_plane,
        DecisionBoundaryPanel: check_plane,
        ProbabilityHistogramPanel: check_probabilities,
        ConfusionMatrixPanel: check_confusion,
        LossAndMetricPanel: check_curves,
        LossHistogramPanel: check_losses,
    }
    for panel in composition.panels:
        checks[type(panel)](panel, truth, replay, epoch)


def check_plane(panel: Any, truth: ByHand, replay: Replay, epoch: float) -> None:
    bent = isinstance(panel, FeatureSpacePanel)
    points = truth.hidden if bent else replay.recording.inputs
    for label, dots in zip(np.unique(truth.labels), panel.samples.trained.dots, strict=True):
        drawn = np.column_stack(dots.get_data())
        np.testing.assert_allclose(drawn, points[truth.labels == label], atol=1e-5)
    crosses = np.column_stack(panel.samples.trained.rings.get_data())
    np.testing.assert_allclose(sorted_rows(crosses), sorted_rows(points[~truth.right]), atol=1e-4)
    for line in panel.regions.lines:
        x, y = line.get_data()
        ends = np.column_stack([x, y])[~np.isnan(x)]
        p = np.sort(truth.by_class(ends if bent else truth.features(ends)), axis=1)
        # Between the points of a mesh the boundary is a straight line: hence some tolerance.
        np.testing.assert_allclose(p[:, -1] - p[:, -2], 0, atol=0.02)


def sorted_rows(points: np.ndarray) -> np.ndarray:
    """The same points in an order that does not depend on how they were listed, nor on rounding."""
    return points[np.lexsort(points.round(4).T)]


def check_confusion(panel: Any, truth: ByHand, replay: Replay, epoch: float) -> None:
    """Cells of pairs of classes that do not occur are paper; the others are not."""
    n_classes = truth.p.shape[1]
    counts = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(counts, (truth.labels, truth.p.argmax(axis=1)), 1)
    cells = panel.cells.colours(n_classes, n_classes, 1.0)[::-1, :, :3]  # a pixel each
    empty = (cells == np.round(np.array(to_rgb(panel.style.background)) * 255)).all(axis=-1)
    np.testing.assert_array_equal(empty, counts == 0)
    share = panel.share.get_text()
    assert share in ("", f"{truth.right.mean():.1%} right", f"{truth.right.mean():.0%} right")


def check_probabilities(panel: Any, truth: ByHand, replay: Replay, epoch: float) -> None:
    label = panel.view.label
    members = np.ones(len(truth.labels), dtype=bool) if label is None else truth.labels == label
    of_class = truth.p[:, 1] if panel.view.of_class_1 else truth.p[np.arange(len(truth.p)), truth.labels]
    edges = np.linspace(0, 1, 21)
    check_bars(panel.bars, of_class, truth.right, members, edges)
    share = truth.right[members].mean()
    shown = panel.share.get_text()
    told = "0%" if share == 0 else "100%" if share == 1 else f"{share:.1%}"
    assert shown in ("", told, f"{told} right")
    has_room = size_in_inches(panel.axes)[0] > 1.9
    assert shown or replay.evaluation.task.n_classes > 2 or not has_room


def check_bars(bars: Any, values: np.ndarray, right: np.ndarray, members: np.ndarray, edges: Any) -> None:
    expected_right, _ = np.histogram(values[members & right], edges)
    expected_wrong, _ = np.histogram(values[members & ~right], edges)
    lower, upper = bars.right.get_data(), bars.wrong.get_data()
    np.testing.assert_array_equal(lower.values, expected_right)
    np.testing.assert_array_equal(upper.baseline, expected_right)
    np.testing.assert_array_equal(upper.values - upper.baseline, expected_wrong)
    assert bars.wrong.get_visible() == bool(expected_wrong.any())


def check_losses(panel: Any, truth: ByHand, replay: Replay, epoch: float) -> None:
    losses = -np.log(truth.p[np.arange(len(truth.p)), truth.labels])
    edges = panel.view.edges
    inside = np.clip(losses, edges[0], edges[-1])
    check_bars(panel.bars, inside, truth.right, np.ones(len(losses), dtype=bool), edges)


def check_curves(panel: Any, truth: ByHand, replay: Replay, epoch: float) -> None:
    logged = np.arange(1, N_SNAPSHOTS)
    known = {"loss": 1 / (1 + logged), "accuracy": logged / N_SNAPSHOTS}
    past = logged <= epoch
    assert {curve.name for curve in panel.view.curves} == set(known)
    for curve, (line, dot) in zip(panel.view.curves, panel.lines, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), logged[past])
        np.testing.assert_allclose(line.get_ydata(), known[curve.name][past])
        np.testing.assert_array_equal(dot.get_xdata(), logged[past][-1:])
        np.testing.assert_allclose(dot.get_ydata(), known[curve.name][past][-1:])


@pytest.mark.slow
def test_a_still_shows_one_moment_in_every_artist(replay: Replay) -> None:
    composition = replay.dashboard()
    for epoch, words in ((3, "3"), (0, "0"), (2.25, "2.25"), (5, "5"), (4.5, "4.5")):
        composition.plot(epoch)
        assert composition.clock.epoch.get_text() == words  # type: ignore[attr-defined]
        check_moment(composition, replay, epoch)


@pytest.mark.slow
def test_each_frame_of_a_film_shows_one_moment_in_every_artist(replay: Replay) -> None:
    composition = replay.dashboard()
    animation = composition.animate(tween=1, pace="uniform")
    moments = np.linspace(0, N_SNAPSHOTS - 1, 2 * N_SNAPSHOTS - 1)
    np.testing.assert_allclose(animation.timeline.moments, moments)
    seen = []
    for epoch, _ in zip(moments, animation.frames(dpi=20), strict=True):
        seen.append(composition.clock.epoch.get_text())  # type: ignore[attr-defined]
        check_moment(composition, replay, epoch)
    assert seen == [f"{epoch:.1f}" for epoch in moments]


def test_the_boundary_of_each_moment_is_its_own(make_run: Any) -> None:
    """The check above could pass with a boundary that is empty or never moves."""
    composition = Replay(make_run(units=(2, 5, 1))).dashboard()
    drawn = []
    for epoch in (0, 1.5, 4):
        composition.plot(epoch)
        drawn.append(np.array(composition.panels[0].regions.lines[0].get_data()))  # type: ignore[attr-defined]
    assert all(np.isfinite(line).sum() > 20 for line in drawn)
    assert len({line.tobytes() for line in drawn}) == 3


def test_axes_and_their_limits_stand_still(make_run: Any) -> None:
    composition = Replay(make_run(n_snapshots=6, activation="tanh")).dashboard()

    def layout() -> list[Any]:
        figure = composition.figure
        return [(axes.get_xlim(), axes.get_ylim(), axes.get_position().bounds) for axes in figure.axes]

    composition.plot(0)
    before = layout()
    for _ in composition.animate().frames(dpi=30):
        pass
    assert layout() == before


@pytest.mark.slow
def test_a_still_after_an_animation_shows_everything(make_run: Any, tmp_path: Path) -> None:
    composition = Replay(make_run()).dashboard()
    composition.save(tmp_path / "before.png", epoch=2, dpi=40)
    for _ in composition.animate().frames(dpi=40):
        pass
    composition.save(tmp_path / "after.png", epoch=2, dpi=40)
    assert (tmp_path / "before.png").read_bytes() == (tmp_path / "after.png").read_bytes()


@pytest.mark.slow
def test_the_suffix_decides_what_is_written(make_run: Any, tmp_path: Path) -> None:
    composition = Replay(make_run()).dashboard()
    for suffix in (".gif", ".mp4", ".png", ".svg"):
        composition.save(tmp_path / f"film{suffix}", dpi=40)
    n_frames = 40  # two seconds for four steps
    with Image.open(tmp_path / "film.gif") as film:
        assert (film.n_frames, film.size) == (n_frames, (480, 240))
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].frames == n_frames
    with Image.open(tmp_path / "film.png") as still:
        assert still.size == (480, 240)
    text = (tmp_path / "film.svg").read_text()
    assert text.startswith("<?xml") and text.rstrip().endswith("</svg>")
    made = {path.name for path in tmp_path.glob("film*")}
    assert made == {f"film.{suffix}" for suffix in ("gif", "mp4", "png", "svg")}


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes(make_run: Any, tmp_path: Path) -> None:
    path = make_run()
    for name in ("a", "b"):
        for suffix in ("png", "svg"):
            Replay(path).dashboard().save(tmp_path / f"{name}.{suffix}", dpi=40)
    for suffix in ("png", "svg"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_part_of_a_run_can_be_animated(make_run: Any) -> None:
    composition = Replay(make_run(n_snapshots=8)).dashboard()
    for stretch, moments in (((2, 5), (2, 3, 4, 5)), ((6, -1), (6, 7))):
        assert composition.animate(*stretch, pace="uniform").timeline.moments == moments
        usual = composition.animate(*stretch).timeline.moments
        assert (usual[0], usual[-1]) == (moments[0], moments[-1])


def test_a_still_without_an_epoch_shows_the_last_one(make_run: Any) -> None:
    composition = Replay(make_run()).dashboard()
    composition.plot()
    assert composition.clock.epoch.get_text() == "4"  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [-1, 5, 1e9, float("nan")])
def test_an_epoch_outside_the_run_is_refused(make_run: Any, epoch: float) -> None:
    with pytest.raises(ViewError, match="choose one from 0 to 4"):
        Replay(make_run()).dashboard().plot(epoch)


@pytest.mark.slow
@pytest.mark.parametrize("dpi", [0, -3, 9, 1e5, float("nan")])
def test_absurd_resolutions_are_refused_and_leave_nothing(make_run: Any, tmp_path: Path, dpi: float) -> None:
    composition = Replay(make_run()).dashboard()
    for name in ("x.png", "x.gif"):
        with pytest.raises(OutputError, match="dpi"):
            composition.save(tmp_path / name, dpi=dpi)
    assert list(tmp_path.glob("*x*")) == []


def test_an_epoch_for_a_film_is_refused(make_run: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="still"):
        Replay(make_run()).dashboard().save(tmp_path / "x.mp4", epoch=1)


@pytest.mark.slow
def test_drawing_leaves_matplotlib_as_it_was(make_run: Any, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    composition = Replay(make_run()).dashboard()
    composition.save(tmp_path / "x.gif", dpi=30)
    composition.save(tmp_path / "x.svg")
    assert dict(matplotlib.rcParams) == before


def test_panels_on_axes_of_ones_own_name_the_epoch_and_keep_the_canvas(make_run: Any, tmp_path: Path) -> None:
    replay = Replay(make_run())
    figure, axes = plt.subplots()
    canvas, dpi = figure.canvas, figure.dpi
    panel = replay.build_feature_space(axes, layer_name="hidden")
    assert panel.plot(epoch=3) is figure
    assert axes.get_title(loc="left").endswith("epoch 3")
    panel.animate(pace="uniform").save(tmp_path / "space.gif", fps=20, dpi=40)
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
    plane: dict[str, Any] = {"contour_points": 30, "xlim": (-1, 1), "ylim": (-2, 2), **part}
    built = [
        replay.build_feature_space(ax=axes[0], layer_name="hidden", display_grid=False, **plane),
        replay.build_decision_boundary(ax=axes[1], **plane),
        replay.build_probability_histogram(ax_negative=axes[2], ax_positive=axes[3], **part),
        replay.build_loss_histogram(ax=axes[4], **part),
        replay.build_loss_and_metric(ax=axes[5], metric_name="accuracy", **part),
    ]
    assert all(composition.animate(pace="uniform").timeline.moments == (2, 3, 4, 5) for composition in built)
    assert (axes[0].get_xlim(), axes[0].get_ylim()) == ((-1, 1), (-2, 2))
    with pytest.raises(ViewError, match="no snapshot"):
        replay.build_loss_histogram(ax=axes[4], epoch_start=100)
