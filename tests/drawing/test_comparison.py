"""Several runs side by side: every panel shows the same moment, every run can be told from the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from replay import RunDescription, RunWriter, datasets, dense
from replay.drawing.comparison import compare
from replay.drawing.composition import Composition
from replay.drawing.identity import run_looks
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.feature_space import FeatureSpacePanel
from replay.drawing.panels.fitted_surface import FittedSurfacePanel
from replay.drawing.panels.run_curves import RunCurvesPanel
from replay.drawing.sizes import SIZES
from replay.drawing.style import DARK, LIGHT, Style
from replay.errors import ViewError
from replay.film.timeline import Timeline
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.runs.run_names import run_names
from replay.views.motion import motion
from tests.conftest import maker_of_runs
from tests.helpers.pictures import faults

Array = np.ndarray
NAMES = ("tanh", "relu", "sigmoid", "elu", "leaky_relu", "hard_sigmoid", "exponential", "softsign")
RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(40, 5)).astype(np.float32), np.arange(40) % 2
REAL = CLOUD[0][:, :2], CLOUD[0][:, 3]
ANY_SIZE = [
    pytest.param(size, id=name, marks=[] if name == "story" else [pytest.mark.slow])
    for name, size in {"native": None, **SIZES}.items()
]


def evaluations(paths: Sequence[Path]) -> list[Evaluation]:
    return [Evaluation(Recording(path)) for path in paths]


def compared(*paths: Path, style: Style = LIGHT, size: tuple[int, int] | None = None) -> Composition:
    return compare(evaluations(paths), style, size)


def panels(composition: Composition, kind: type) -> list[Any]:
    """The panels of this kind, without what keeps them at the end of their run."""
    inner = [getattr(panel, "panel", panel) for panel in composition.panels]
    return [panel for panel in inner if isinstance(panel, kind)]


def shares(composition: Composition) -> list[str]:
    """What the pictures say of how many are right, from left to right."""
    words = [text for axes in composition.figure.axes for text in axes.texts]
    return [text.get_text() for text in words if "%" in text.get_text()]


def titles(composition: Composition) -> list[str]:
    return [axes.get_title(loc="left").strip() for axes in composition.figure.axes]


def computed(path: Path, epoch: float) -> tuple[Array, Array, Array]:
    """Inputs, feature space and answers of a 2-2-1 tanh network, from its weights alone."""
    recording = Recording(path)
    kernel, bias, out, offset = (weight[0].astype(float) for weight in recording.weights_at(epoch))
    space = np.tanh(recording.inputs @ kernel + bias)
    return recording.inputs, space, 1 / (1 + np.exp(-(space @ out + offset)))[:, 0]


def drawn(panel: Any) -> Array:
    """The places of all samples, class after class."""
    return np.concatenate([np.column_stack(dots.get_data()) for dots in panel.samples.trained.dots])


def by_class(points: Array, path: Path) -> Array:
    return points[np.argsort(Recording(path).targets.ravel(), kind="stable")]


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [0, 1, 3, 3.5, 4, 7])
def test_every_panel_shows_the_same_moment_and_a_shorter_run_stays_at_its_end(
    make_run: Any, epoch: float
) -> None:
    long, short = make_run("long.h5", n_snapshots=8, seed=1), make_run("short.h5", n_snapshots=4, seed=2)
    composition = compared(long, short)
    composition.plot(epoch)
    spaces, boundaries = panels(composition, FeatureSpacePanel), panels(composition, DecisionBoundaryPanel)
    loss, accuracy = panels(composition, RunCurvesPanel)
    for number, (path, last) in enumerate(((long, 7), (short, 3))):
        inputs, space, answers = computed(path, min(epoch, last))
        np.testing.assert_allclose(drawn(spaces[number]), by_class(space, path), atol=1e-5)
        np.testing.assert_allclose(drawn(boundaries[number]), by_class(inputs, path), atol=1e-6)
        right = (answers >= 0.5) == Recording(path).targets.ravel().astype(bool)
        assert float(re.sub("[^0-9.]", "", shares(composition)[number])) == pytest.approx(
            100 * right.mean(), abs=0.06
        )
        assert len(boundaries[number].samples.trained.rings.get_xdata()) == (~right).sum()
        n_logged = int(min(epoch, last))
        for panel, value in ((loss, lambda n: 1 / (1 + n)), (accuracy, lambda n, k=last + 1: n / k)):
            _, line, dot = panel.curves[number]
            logged = np.arange(1, n_logged + 1)
            np.testing.assert_array_equal(line.get_xdata(), logged)
            np.testing.assert_allclose(line.get_ydata(), [value(n) for n in logged])
            np.testing.assert_array_equal(dot.get_xdata(), logged[-1:])
    clock: Any = composition.clock
    assert clock.epoch.get_text() == f"{epoch:g}"


def test_all_epochs_of_all_runs_are_on_the_clock(make_run: Any) -> None:
    each, tenth = make_run("a.h5", n_snapshots=6), make_run("b.h5", epochs=np.array([0, 10, 20]))
    composition = compared(each, tenth)
    np.testing.assert_array_equal(composition.epochs, [0, 1, 2, 3, 4, 5, 10, 20])
    composition.plot(5)
    (_, space, _), panel = computed(tenth, 5), panels(composition, FeatureSpacePanel)[1]
    np.testing.assert_allclose(drawn(panel), by_class(space, tenth), atol=1e-5)
    with pytest.raises(ViewError, match="choose one from 0 to 20"):
        composition.plot(21)


def test_before_its_first_snapshot_a_run_stands_at_it(make_run: Any) -> None:
    early, late = make_run("a.h5"), make_run("b.h5", epochs=np.array([3, 4, 5]))
    composition = compared(early, late)
    composition.plot(0)
    panel = panels(composition, FeatureSpacePanel)[1]
    np.testing.assert_allclose(drawn(panel), by_class(computed(late, 3)[1], late), atol=1e-5)


def test_input_planes_share_their_limits_and_feature_spaces_have_their_own(make_run: Any) -> None:
    inputs, targets = datasets.parabola(30)
    near = make_run("near.h5")
    far = make_run("far.h5", data=(inputs * [1, 4] + [7, 0], targets), activation="relu")
    composition = compared(near, far)
    planes = [panel.axes for panel in panels(composition, DecisionBoundaryPanel)]
    assert planes[0].get_xlim() == planes[1].get_xlim() and planes[0].get_ylim() == planes[1].get_ylim()
    for path in (near, far):
        x, y = Recording(path).inputs.T
        for values, (low, high) in ((x, planes[0].get_xlim()), (y, planes[0].get_ylim())):
            assert low < values.min() and values.max() < high
    spaces = [panel.axes for panel in panels(composition, FeatureSpacePanel)]
    assert spaces[0].get_xlim() != spaces[1].get_xlim()


@pytest.mark.slow
def test_a_run_without_a_feature_space_leaves_its_cell_empty_under_its_name(make_run: Any) -> None:
    plain, deep = make_run("plain.h5"), make_run("deep.h5", units=(2, 5, 1))
    composition = compared(deep, plain)
    (space,), planes = panels(composition, FeatureSpacePanel), panels(composition, DecisionBoundaryPanel)
    assert len(planes) == 2
    assert titles(composition)[:2] == ["deep", "plain"]
    assert composition.figure.axes[1] is space.axes
    assert composition.figure.axes[0].axison is False
    assert len(shares(composition)) == 0  # nothing is shown yet
    composition.plot()
    assert len(shares(composition)) == 2
    for above, below in zip(composition.figure.axes, planes, strict=False):
        assert above.get_position().x0 == pytest.approx(below.axes.get_position().x0)


def test_without_any_feature_space_the_input_planes_carry_the_names(make_run: Any) -> None:
    composition = compared(*(make_run(f"{name}.h5", units=(2, 4, 1)) for name in ("a", "b")))
    assert panels(composition, FeatureSpacePanel) == []
    assert titles(composition) == ["a", "b", "Loss", "Accuracy"]


def curves_alone(make_run: Any, n_runs: int, **facts: Any) -> list[Path]:
    return [make_run(f"{name}.h5", units=(5, 3, 1), data=CLOUD, **facts) for name in NAMES[:n_runs]]


def test_without_planes_a_legend_above_the_curves_tells_the_runs_apart(make_run: Any) -> None:
    composition = compared(*curves_alone(make_run, 8))
    assert titles(composition) == ["Loss", "Accuracy"]
    (legend,) = composition.figure.legends  # no classes are shown
    handles = {
        text.get_text(): handle
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    colours = {name: line.get_color() for name, line in handles.items()}  # type: ignore[union-attr]
    assert set(colours) == set(NAMES)
    (loss, _) = panels(composition, RunCurvesPanel)
    assert [colours[name] for name in NAMES] == [line.get_color() for _, line, _ in loss.curves]
    bottom = legend.get_window_extent().y0
    assert all(axes.get_window_extent().y1 < bottom for axes in composition.figure.axes)


@pytest.mark.slow
@pytest.mark.parametrize("size", ANY_SIZE)
@pytest.mark.parametrize("n_runs", [2, 8])
def test_no_words_lie_on_one_another_above_curves_alone(make_run: Any, n_runs: int, size: Any) -> None:
    composition = compared(*curves_alone(make_run, n_runs, scenario="mnist-dense", n_snapshots=6), size=size)
    assert faults(composition.plot(), LIGHT) == []


def test_curves_alone_stand_side_by_side_or_below_one_another(make_run: Any) -> None:
    paths = curves_alone(make_run, 2)
    for size, beside in ((None, True), (SIZES["blog"], True), (SIZES["square"], False)):
        one, other = (axes.get_window_extent() for axes in compared(*paths, size=size).figure.axes)
        assert (one.x1 < other.x0) == beside and (one.y0 > other.y1) == (not beside)


def test_curves_alone_begin_with_what_was_logged_first(make_run: Any) -> None:
    (loss, _) = compared(*curves_alone(make_run, 2, n_snapshots=6)).figure.axes
    low, high = loss.get_xlim()
    assert 0.5 < low < 1 and 5 < high < 5.5


@pytest.mark.slow
@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_ten_classes_are_named_above_and_among_their_samples(make_run: Any, style: Style) -> None:
    data = np.random.default_rng(1).normal(size=(200, 6)).astype(np.float32), np.arange(200) % 10
    paths = [make_run(f"{name}.h5", units=(6, 4, 2, 10), data=data) for name in NAMES[:3]]
    composition = compared(*paths, style=style)
    assert titles(composition) == [*NAMES[:3], "Loss", "Accuracy"]
    (legend,) = composition.figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == [*map(str, range(10)), "misclassified"]
    for epoch in composition.epochs[[0, -1]]:
        with style.applied():
            assert faults(composition.plot(epoch), style) == []


def test_five_dimensional_inputs_have_feature_spaces_and_no_planes(make_run: Any) -> None:
    composition = compared(*(make_run(f"{name}.h5", units=(5, 2, 1), data=CLOUD) for name in ("a", "b")))
    assert len(panels(composition, FeatureSpacePanel)) == 2
    assert panels(composition, DecisionBoundaryPanel) == []


def test_regressions_have_their_fits_and_no_shares(make_run: Any) -> None:
    inputs = CLOUD[0][:, :2]
    facts = {"data": (inputs, inputs[:, 1] * 3), "loss": "mean_squared_error", "output_activation": "linear"}
    composition = compared(make_run("a.h5", **facts), make_run("b.h5", **facts, seed=1))
    composition.plot(2)
    assert len(panels(composition, FittedSurfacePanel)) == 2
    assert panels(composition, FeatureSpacePanel) == [] and shares(composition) == []


def test_runs_without_a_history_have_planes_alone(make_run: Any) -> None:
    composition = compared(make_run("a.h5", logs=False), make_run("b.h5", logs=False))
    assert panels(composition, RunCurvesPanel) == []
    assert len(composition.figure.axes) == 4


def test_a_run_without_a_history_has_no_curves_beside_one_that_has(make_run: Any) -> None:
    plain, logging = make_run("a.h5", logs=False), make_run("b.h5")
    composition = compared(plain, logging)
    for panel in panels(composition, RunCurvesPanel):
        ((_, line, _),) = panel.curves
        looks = [tuple(look) for look in run_looks(evaluations([plain, logging]), LIGHT)]
        assert line.get_color() == looks[1][0] != looks[0][0]


def test_runs_with_nothing_to_draw_are_refused(make_run: Any) -> None:
    paths = [make_run(f"{name}.h5", units=(5, 3, 1), data=CLOUD, logs=False) for name in ("a", "b")]
    with pytest.raises(ViewError, match="neither a plane nor curves"):
        compared(*paths)


def logged(path: Path, *rows: dict[str, float]) -> Path:
    """A run of two units that logged these rows."""
    layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    with RunWriter(path, description, *datasets.parabola(10)) as writer:
        for epoch, row in enumerate(({}, *rows)):
            writer.snapshot(epoch, [np.eye(2), np.zeros(2), np.ones((2, 1)), np.zeros(1)], row or None)
    return path


def test_a_metric_is_found_wherever_a_run_logged_it(tmp_path: Path) -> None:
    first = logged(tmp_path / "a.h5", {"learning_rate": 0.1})
    second = logged(tmp_path / "b.h5", {"loss": 1, "auc": 0.5, "val_loss": 2, "val_auc": 0.4})
    third = logged(tmp_path / "c.h5", {"loss": 1, "accuracy": 0.3, "auc": 0.7})
    composition = compared(first, second, third)
    loss, auc = panels(composition, RunCurvesPanel)
    assert [loss.axes.get_title(loc="left"), auc.axes.get_title(loc="left")] == ["Loss", "Auc"]
    composition.plot(1)
    values = [(line.get_color(), line.get_linewidth(), line.get_ydata()[0]) for _, line, _ in auc.curves]
    _, second_colour, third_colour = (
        look.colour for look in run_looks(evaluations([first, second, third]), LIGHT)
    )
    wide = LIGHT.curve_width
    thin = pytest.approx(0.45 * wide)
    assert values == [(second_colour, wide, 0.5), (second_colour, thin, 0.4), (third_colour, wide, 0.7)]


def test_runs_are_called_by_the_shortest_names_that_tell_them_apart(make_run: Any, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    facts = {"run": "tanh", "scenario": "moons"}
    plain = [make_run("a.h5"), make_run("b.h5", run="relu")]
    scenarios = [make_run("c.h5", run="tanh", scenario="xor"), make_run("d.h5", **facts)]
    folders = [make_run("one/run.h5", **facts), make_run("two/run.h5", **facts)]
    assert run_names(evaluations(plain)) == ["a", "relu"]
    assert run_names(evaluations(scenarios)) == ["xor · tanh", "moons · tanh"]
    assert run_names(evaluations(folders)) == ["one/run", "two/run"]
    assert run_names(evaluations([plain[0], plain[0]])) == ["1: a", "2: a"]


def test_a_file_in_the_current_folder_is_called_by_that_folder(
    make_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "two").mkdir()
    make_run("run.h5"), make_run("two/run.h5")
    monkeypatch.chdir(tmp_path)
    names = run_names(evaluations([Path("run.h5"), Path("two/run.h5")]))
    assert names == [f"{tmp_path.name}/run", "two/run"]


@pytest.mark.slow
@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_each_run_has_a_colour_of_its_own_in_titles_and_curves(make_run: Any, style: Style) -> None:
    composition = compared(*(make_run(f"{name}.h5") for name in NAMES), style=style)
    (loss, _) = panels(composition, RunCurvesPanel)
    colours = [to_rgba(axes._left_title.get_color()) for axes in composition.figure.axes[:8]]  # type: ignore[attr-defined]
    assert len(set(colours)) == 5  # of eight known activations; those that share one differ in line style
    assert [to_rgba(line.get_color()) for _, line, _ in loss.curves] == colours
    assert {now.get_marker() for _, _, now in loss.curves} == {style.run_marker}
    looks = {(line.get_color(), str(line._dash_pattern)) for _, line, _ in loss.curves}  # type: ignore[attr-defined]
    assert len(looks) == 8


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[int, ...]], list[Evaluation]]:
    """Eight runs of a network with such units, written and evaluated once. Not to be changed."""

    @cache
    def made(units: tuple[int, ...]) -> list[Evaluation]:
        make = maker_of_runs(tmp_path_factory.mktemp("eight"))
        return evaluations([make(f"{name}.h5", units=units, scenario="parabola") for name in NAMES])

    return made


@pytest.mark.slow
@pytest.mark.parametrize("size", ANY_SIZE)
@pytest.mark.parametrize("n_runs", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (3, 5)), 8])
@pytest.mark.parametrize("units", [(2, 2, 1), (2, 4, 1)], ids=["spaces", "planes"])
def test_no_words_lie_on_one_another(eight: Any, units: Any, n_runs: int, size: Any) -> None:
    composition = compare(eight(units)[:n_runs], LIGHT, size)
    with LIGHT.applied():
        assert faults(composition.plot(), LIGHT) == []
    if size is not None:
        np.testing.assert_array_equal(np.floor(composition.figure.bbox.size), size)


@pytest.mark.slow
def test_shares_are_shown_of_all_runs_or_of_none(make_run: Any) -> None:
    paths = [make_run(f"{name}.h5") for name in NAMES]
    for size, expected in ((None, 8), (SIZES["blog"], 8), (SIZES["story"], 0)):
        composition = compared(*paths, size=size)
        composition.plot()
        assert len(shares(composition)) == expected


@pytest.mark.parametrize("n_runs", [1, 31])
def test_too_few_and_too_many_runs_are_refused(make_run: Any, n_runs: int) -> None:
    with pytest.raises(ViewError, match=f"a comparison takes 2 to 30 runs, not {n_runs}"):
        compared(*[make_run()] * n_runs)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"units": (5, 2, 1), "data": CLOUD}, r"inputs of shape \(5,\), not \(2,\)"),
        (
            {"data": REAL, "loss": "mean_squared_error", "output_activation": "linear"},
            "the task regression, not binary",
        ),
        ({"units": (2, 2, 3), "data": (CLOUD[0][:, :2], np.arange(40) % 3)}, "the task .*, not binary"),
    ],
    ids=["inputs", "regression", "classes"],
)
def test_runs_that_do_not_go_together_are_both_named_with_the_reason(
    make_run: Any, facts: dict[str, Any], words: str
) -> None:
    first, other = make_run("first.h5"), make_run("other.h5", **facts)
    with pytest.raises(ViewError, match=words) as caught:
        compared(first, first, other)
    message = str(caught.value)
    assert str(first) in message and str(other) in message and "\n" not in message


def test_another_number_of_classes_is_refused(make_run: Any) -> None:
    points = CLOUD[0][:, :2]
    paths = [make_run(f"{n}.h5", units=(2, 2, n), data=(points, np.arange(40) % n)) for n in (3, 4)]
    with pytest.raises(ViewError, match="a number of classes of 4, not 3"):
        compared(*paths)


def test_an_adaptive_pace_follows_the_motion_of_all_runs_together(make_run: Any) -> None:
    long, short = make_run("a.h5", n_snapshots=8, seed=1), make_run("b.h5", n_snapshots=4, seed=2)
    composition = compared(long, short)
    assert composition.motion is not None
    one, two = evaluations([long, short])
    expected = motion(one, np.arange(8.0))
    expected[:3] += motion(two, np.arange(4.0))
    np.testing.assert_allclose(composition.motion(composition.epochs), expected)
    moments = composition.animate(pace="adaptive", duration=2).timeline.moments
    alike = Timeline.of(
        np.arange(8.0), pace="adaptive", fps=20, duration=2, motion=lambda epochs: expected
    ).moments
    np.testing.assert_allclose(moments, alike)


@pytest.mark.slow
def test_frames_are_drawn_of_the_whole_of_the_longest_run(make_run: Any) -> None:
    composition = compared(make_run("a.h5", n_snapshots=3), make_run("b.h5", n_snapshots=5))
    frames = [frame.copy() for frame in composition.animate(pace="uniform").frames(dpi=30)]
    assert len(frames) == 5
    assert all((before != after).any() for before, after in pairwise(frames))


def test_planes_of_several_runs_have_no_lines_of_units(make_run: Any) -> None:
    """Their colours would be those of runs."""
    runs = evaluations([make_run(f"{name}.h5", activation=name) for name in ("relu", "tanh")])
    shown = [getattr(panel, "panel", None) for panel in compare(runs, LIGHT).panels]
    planes = [panel for panel in shown if isinstance(panel, DecisionBoundaryPanel)]
    assert [plane.units for plane in planes] == [None, None]
