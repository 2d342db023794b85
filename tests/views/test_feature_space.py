"""The feature space of a layer, of 2 units above all, against the network evaluated point by point."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import LayerDescription, Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.runs import evaluation
from replay.views.decision_boundary import input_limits
from replay.views.feature_space import FeatureSpace, FeatureSpaceFrame, choose_layer, two_unit_layers
from replay.views.shared.geometry import Limits

Array = np.ndarray
MakeRun = Callable[..., Path]
MOMENTS = (0, 0.5, 2, 3.25, 4)


def wave() -> tuple[Array, Array]:
    inputs = datasets.xor(20)[0]
    return inputs, np.sin(inputs.sum(axis=1)).astype(np.float32)


def cloud() -> tuple[Array, Array]:
    inputs = np.random.default_rng(0).normal(size=(30, 3))
    return inputs, np.arange(30) % 2


# The run's facts, and how many dense layers come up to the feature space.
KINDS: dict[str, tuple[Callable[[], dict[str, Any]], int]] = {
    "binary": (lambda: {"seed": 5}, 1),
    "deep": (lambda: {"units": (2, 6, 2, 3, 1), "seed": 2}, 2),
    "multiclass": (lambda: {"units": (2, 2, 4), "data": datasets.blobs(15)}, 1),
    "3 inputs": (lambda: {"units": (3, 2, 1), "data": cloud()}, 1),
    "regression": (
        lambda: {"output_activation": "linear", "loss": "mean_squared_error", "data": wave()},
        1,
    ),
}
CLASSES = [kind for kind in KINDS if kind != "regression"]


class Scene:
    """A run, and its network in plain float64 NumPy."""

    def __init__(self, kind: str, make_run: MakeRun) -> None:
        facts, self.depth = KINDS[kind]
        self.kind, self.path = kind, make_run(**facts())
        self.replay = Replay(self.path)
        self.inputs, self.targets = self.replay.recording.inputs, self.replay.recording.targets

    def weights(self, epoch: float) -> list[Array]:
        """From the two snapshots around the epoch."""
        before = int(np.floor(epoch))
        pair = [self.replay.recording.weights_at(each) for each in (before, int(np.ceil(epoch)))]
        share = epoch - before
        return [
            (1 - share) * a[0].astype(float) + share * b[0].astype(float) for a, b in zip(*pair, strict=True)
        ]

    def features(self, epoch: float, x: Array) -> Array:
        weights = self.weights(epoch)
        for kernel, bias in list(zip(weights[::2], weights[1::2], strict=True))[: self.depth]:
            x = np.tanh(x @ kernel + bias)
        return x

    def probabilities(self, epoch: float, features: Array) -> Array:
        """By class, from the feature space on."""
        weights = self.weights(epoch)
        for kernel, bias in list(zip(weights[::2], weights[1::2], strict=True))[self.depth : -1]:
            features = np.tanh(features @ kernel + bias)
        z = features @ weights[-2] + weights[-1]
        if z.shape[1] == 1:
            p = 1 / (1 + np.exp(-z))
            return np.concatenate([1 - p, p], axis=1)
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def view(self, **arguments: Any) -> FeatureSpace:
        return FeatureSpace(self.replay.evaluation, **({"mesh_points": 30} | arguments))


@pytest.fixture(params=list(KINDS))
def scene(request: pytest.FixtureRequest, make_run: MakeRun) -> Scene:
    return Scene(request.param, make_run)


@pytest.fixture(params=CLASSES)
def classes(request: pytest.FixtureRequest, make_run: MakeRun) -> Scene:
    return Scene(request.param, make_run)


# ---------------------------------------------------------------- which layer


@pytest.mark.parametrize(
    ("units", "candidates", "chosen"),
    [
        ((2, 2, 1), ["hidden"], "hidden"),
        ((2, 5, 2, 1), ["hidden_2"], "hidden_2"),
        ((2, 2, 5, 1), ["hidden_1"], "hidden_1"),
        ((2, 2, 2, 5, 1), ["hidden_1", "hidden_2"], "hidden_2"),
        ((2, 2, 3), ["hidden"], "hidden"),
        ((2, 2, 2), ["hidden"], "hidden"),
    ],
    ids=str,
)
def test_the_last_hidden_layer_of_two_units_is_chosen(
    units: tuple[int, ...], candidates: list[str], chosen: str, make_run: MakeRun
) -> None:
    recording = Replay(make_run(units=units)).recording
    assert [layer.name for layer in two_unit_layers(recording)] == candidates
    assert choose_layer(recording) == chosen


def test_a_layer_may_be_named(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 2, 2, 5, 1)))
    assert choose_layer(replay.recording, "hidden_1") == "hidden_1"
    assert FeatureSpace(replay.evaluation, "hidden_1").layer == "hidden_1"


@pytest.mark.parametrize(
    ("units", "chosen"),
    [((2, 5, 1), "hidden"), ((2, 5, 2), "hidden"), ((2, 9, 3, 1, 1), "hidden_2")],
    ids=str,
)
def test_without_a_hidden_layer_of_two_units_the_last_wider_one_is_chosen(
    units: tuple[int, ...], chosen: str, make_run: MakeRun
) -> None:
    view = FeatureSpace(Replay(make_run(units=units)).evaluation)
    assert view.layer == chosen and view.has_names
    assert view.projection.names[0] == ("readout" if chosen == "hidden" else "PC 1")


@pytest.mark.parametrize("units", [(2, 1), (2, 1, 1), (2, 2)], ids=str)
def test_without_a_hidden_layer_of_two_units_or_more_there_is_no_feature_space(
    units: tuple[int, ...], make_run: MakeRun
) -> None:
    with pytest.raises(ViewError, match=r"run\.h5: no hidden layer has 2 units or more"):
        FeatureSpace(Replay(make_run(units=units)).evaluation)


def test_a_layer_of_one_unit_is_refused_with_those_that_would_do(make_run: MakeRun) -> None:
    evaluated = Replay(make_run(units=(2, 2, 5, 1, 1))).evaluation
    for layer in ("hidden_3", "output"):
        with pytest.raises(ViewError, match=rf"2 units or more, but '{layer}' has 1.*hidden_1, hidden_2"):
            FeatureSpace(evaluated, layer)


def test_a_layer_of_one_unit_is_refused_also_where_none_would_do(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=r"'hidden' has 1; no hidden layer of this run has"):
        FeatureSpace(Replay(make_run(units=(2, 1, 1))).evaluation, "hidden")


def test_layers_that_pass_on_what_they_are_given_are_not_chosen(tmp_path: Path) -> None:
    layers = (
        dense("wide", 2, 3, "tanh"),
        LayerDescription("off", "AlphaDropout", 3, shape=(3,)),
        LayerDescription("flat", "Flatten", 3, shape=(3,)),
        dense("output", 3, 1, "sigmoid"),
    )
    replay = write(tmp_path / "run.h5", layers, np.zeros((4, 2)))
    assert choose_layer(replay.recording) == "wide"
    assert FeatureSpace(replay.evaluation, "off").n_units == 3  # but may be named


def test_an_unknown_layer_is_refused_with_the_nearest_names(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=r"unknown layer 'hiden'.*hidden"):
        FeatureSpace(Replay(make_run()).evaluation, "hiden")


def write(path: Path, layers: tuple[LayerDescription, ...], inputs: Array) -> Replay:
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    rng = np.random.default_rng(1)
    with RunWriter(path, description, inputs, np.arange(len(inputs)) % 2) as writer:
        writer.snapshot(0, [rng.normal(size=weight.shape) for _, weight in description.weight_paths])
    return Replay(path)


def test_units_that_the_file_does_not_tell_are_counted(tmp_path: Path) -> None:
    layers = (LayerDescription("odd", "Dropout"), dense("output", 2, 1, "sigmoid"))
    view = FeatureSpace(write(tmp_path / "run.h5", layers, np.zeros((4, 2))).evaluation, "odd")
    assert view.n_units == 2 and not view.has_names


# ---------------------------------------------------------------- what it shows


@pytest.mark.parametrize("epoch", MOMENTS)
def test_points_are_the_layers_activations(scene: Scene, epoch: float) -> None:
    frame = scene.view().at(epoch)
    assert frame.epoch == epoch
    np.testing.assert_allclose(frame.points, scene.features(epoch, scene.inputs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("epoch", MOMENTS)
def test_right_samples_are_those_of_the_network_and_a_regression_has_none(scene: Scene, epoch: float) -> None:
    correct = scene.view().at(epoch).correct
    if scene.kind == "regression":
        assert correct is None
    else:
        p = scene.probabilities(epoch, scene.features(epoch, scene.inputs))
        np.testing.assert_array_equal(correct, p.argmax(axis=1) == scene.targets)


@pytest.mark.parametrize("epoch", MOMENTS)
def test_grid_lines_are_the_input_grid_seen_through_the_layer(scene: Scene, epoch: float) -> None:
    lines = scene.view().at(epoch).lines
    if scene.kind == "3 inputs":
        assert lines is None
        return
    assert lines is not None
    assert (lines.shape[0], lines.shape[-1]) == (2, 2)
    n_lines, n_points = lines.shape[1:3]
    limits = input_limits(scene.replay.evaluation)
    across = [np.linspace(*limits[axis], n_lines) for axis in (0, 1)]
    along = [np.linspace(*limits[axis], n_points) for axis in (0, 1)]
    for number in (0, n_lines // 3, n_lines - 1):
        of_x = np.column_stack([np.full(n_points, across[0][number]), along[1]])
        of_y = np.column_stack([along[0], np.full(n_points, across[1][number])])
        for got, straight in ((lines[0, number], of_x), (lines[1, number], of_y)):
            np.testing.assert_allclose(got, scene.features(epoch, straight), rtol=1e-4, atol=1e-5)


def test_the_grid_may_be_left_out(make_run: MakeRun) -> None:
    assert FeatureSpace(Replay(make_run()).evaluation, grid=False, mesh_points=5).at(1).lines is None


@pytest.mark.parametrize("epoch", MOMENTS)
def test_regions_are_what_the_rest_of_the_network_makes_of_the_plane(classes: Scene, epoch: float) -> None:
    view = classes.view()
    regions = view.at(epoch).regions
    assert regions is not None
    assert regions.limits == view.limits
    points = np.stack(np.meshgrid(np.linspace(*view.limits.x, 30), np.linspace(*view.limits.y, 30)), axis=-1)
    expected = classes.probabilities(epoch, points.reshape(-1, 2)).reshape(regions.probabilities.shape)
    np.testing.assert_allclose(regions.probabilities, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("epoch", MOMENTS)
def test_the_two_likeliest_classes_tie_along_the_boundary(classes: Scene, epoch: float) -> None:
    regions = classes.view(mesh_points=100).at(epoch).regions
    assert regions is not None
    step = max(float(np.abs(np.diff(regions.probabilities, axis=axis)).max()) for axis in (0, 1))
    assert bool(regions.boundary) == (len(np.unique(regions.probabilities.argmax(axis=-1))) > 1)
    for line in regions.boundary:
        p = classes.probabilities(epoch, line)
        if p.shape[1] == 2:
            np.testing.assert_allclose(p, 0.5, atol=max(step / 10, 1e-3))
        ordered = np.sort(p, axis=1)
        assert (ordered[:, -1] - ordered[:, -2]).max() < step


def test_a_boundary_behind_one_unit_is_a_straight_line(make_run: MakeRun) -> None:
    view = FeatureSpace(Replay(make_run(seed=5)).evaluation, mesh_points=80)
    lines = []
    for epoch in MOMENTS:
        regions = view.at(epoch).regions
        assert regions is not None
        lines += regions.boundary
    assert lines
    for line in lines:
        centred = line - line.mean(axis=0)
        assert np.linalg.svd(centred, compute_uv=False)[1] < 0.01 * np.sqrt(len(line))


def test_a_regression_has_no_regions(make_run: MakeRun) -> None:
    assert Scene("regression", make_run).view().at(1.5).regions is None


def test_the_limits_hold_every_sample_at_all_epochs_with_a_margin(scene: Scene) -> None:
    view = scene.view()
    points = np.concatenate([scene.features(epoch, scene.inputs) for epoch in scene.replay.epochs])
    if np.isfinite(view.walls).all():  # which are shown, too
        points = np.concatenate([points, np.outer(view.walls, [1, 1])])
    for column, (low, high) in enumerate(view.limits):
        assert low < points[:, column].min()
        assert high > points[:, column].max()
        assert high - low < 1.5 * np.ptp(points[:, column])


@pytest.mark.parametrize(
    ("activation", "walls"),
    [("tanh", (-1, 1)), ("sigmoid", (0, 1)), ("relu", (0, np.inf)), ("elu", (-1, np.inf))],
)
def test_walls_are_where_activations_end_and_bounded_spaces_are_shown_whole(
    make_run: MakeRun, activation: str, walls: tuple[float, float]
) -> None:
    evaluation = Replay(make_run(activation=activation)).evaluation
    view = FeatureSpace(evaluation)
    np.testing.assert_allclose(view.walls, walls, atol=1e-9)
    if np.isfinite(walls).all():
        assert all(low < walls[0] and walls[1] < high for low, high in view.limits)
        assert not view.follows and view.limits_at(0) == view.limits
    assert np.isinf(FeatureSpace(Replay(make_run("wide.h5", units=(2, 4, 1))).evaluation).walls).all()


def test_a_space_without_bounds_that_gets_much_larger_is_followed(make_run: MakeRun, tmp_path: Path) -> None:
    recording = Replay(make_run(activation="relu")).recording
    with RunWriter(
        tmp_path / "growing.h5", recording.description, recording.inputs, recording.targets
    ) as writer:
        for epoch in range(8):
            writer.snapshot(epoch, [array[0] * np.float32(2**epoch) for array in recording.weights_at(0)])
    evaluation = Replay(tmp_path / "growing.h5").evaluation
    view = FeatureSpace(evaluation)
    assert view.follows and not view.fixed
    widths = []
    for epoch in np.linspace(0, 7, 29):
        frame = view.at(float(epoch))
        for low, high, points in zip(*np.transpose(frame.limits), frame.points.T, strict=True):
            assert low <= points.min() and points.max() <= high
        widths.append(frame.limits.x[1] - frame.limits.x[0])
    assert (np.diff(widths) >= 0).all() and widths[0] < widths[-1] / 20
    assert view.limits == view.limits_at(7)
    for options in ({"fixed": True}, {"xlim": (0.0, 9.0)}):
        assert not FeatureSpace(evaluation, **options).follows
    assert not FeatureSpace(Replay(make_run(activation="relu")).evaluation).follows


def test_limits_may_be_given_for_each_axis(make_run: MakeRun) -> None:
    evaluated = Replay(make_run()).evaluation
    around = FeatureSpace(evaluated).limits
    assert FeatureSpace(evaluated, xlim=(-3, 4)).limits == ((-3, 4), around.y)
    assert FeatureSpace(evaluated, ylim=(0, 9)).limits == (around.x, (0, 9))


def assert_same(frame: FeatureSpaceFrame, other: FeatureSpaceFrame) -> None:
    np.testing.assert_allclose(frame.points, other.points, rtol=1e-5, atol=1e-7)
    for mine, theirs in ((frame.lines, other.lines), (frame.correct, other.correct)):
        assert (mine is None) == (theirs is None)
        if mine is not None:
            np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)
    assert (frame.regions is None) == (other.regions is None)
    if frame.regions is not None and other.regions is not None:
        mine, theirs = frame.regions.probabilities, other.regions.probabilities
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_moments_in_any_order_and_blocks_of_any_size_give_the_same(
    kind: str, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(kind, make_run)
    view = scene.view(mesh_points=8)
    frames = {epoch: view.at(epoch) for epoch in MOMENTS}
    for values in (1, 130):
        monkeypatch.setattr(evaluation, "BLOCK_VALUES", values)
        other = FeatureSpace(Replay(scene.path).evaluation, mesh_points=8)
        np.testing.assert_allclose(other.limits, view.limits, rtol=1e-5)
        for epoch in (*MOMENTS[::-1], 2):
            assert_same(other.at(epoch), frames[epoch])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_network_that_only_keras_evaluates_has_points_and_grid_but_no_regions(tmp_path: Path) -> None:
    import keras

    from replay.network.in_keras import describe

    inputs = keras.Input((2,))
    hidden = keras.layers.Dense(2, activation="tanh", name="plane")(inputs)
    both = keras.layers.UnitNormalization()(keras.layers.Concatenate(name="both")([hidden, inputs]))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="output")(both))
    model.compile(loss="binary_crossentropy")
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weights.shape) for weights in model.get_weights()])
    x, y = datasets.parabola(10)
    with RunWriter(tmp_path / "run.h5", describe.describe(model), x, y) as writer:
        writer.snapshot(0, describe.weights(model))
    view = FeatureSpace(Replay(tmp_path / "run.h5").evaluation)
    assert view.layer == "plane"
    frame = view.at(0)
    part = keras.Model(inputs, hidden)
    np.testing.assert_allclose(frame.points, part(x), rtol=1e-5, atol=1e-6)
    right = (keras.ops.convert_to_numpy(model(x))[:, 0] > 0.5) == y
    np.testing.assert_array_equal(frame.correct, right)
    assert frame.regions is None
    assert frame.lines is not None
    limits = input_limits(view.evaluation)
    corners = np.array([[a, b] for a in limits.x for b in limits.y], np.float32)
    got = frame.lines[0][[0, 0, -1, -1], [0, -1, 0, -1]]
    np.testing.assert_allclose(got, part(corners), rtol=1e-4, atol=1e-5)


def broken(path: Path, kernels: list[float]) -> FeatureSpace:
    """A 2-2-1 network whose weights are all `kernel` at each snapshot."""
    description = RunDescription(
        (dense("hidden", 2, 2, "relu"), dense("output", 2, 1, "sigmoid")),
        loss={"name": "binary_crossentropy"},
    )
    with RunWriter(path, description, *datasets.parabola(10)) as writer:
        for epoch, value in enumerate(kernels):
            shapes = [weight.shape for _, weight in description.weight_paths]
            writer.snapshot(epoch, [np.full(shape, value) for shape in shapes])
    return FeatureSpace(Replay(path).evaluation, mesh_points=6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_weights_that_ran_away_leave_the_limits_finite_and_the_plane_without_boundary(
    bad: float, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        view = broken(tmp_path / "run.h5", [1.0, bad])
        assert np.isfinite(view.limits).all()
        frames = [view.at(epoch) for epoch in (0, 0.5, 1)]
    assert np.isfinite(frames[0].points).all()
    if np.isnan(bad):
        for frame in frames[1:]:
            assert np.isnan(frame.points).all()
            assert frame.correct is not None
            assert not frame.correct.any()
            assert frame.regions is not None
            assert frame.regions.boundary == []
            assert np.isnan(frame.regions.probabilities).all()


def test_a_run_that_is_nan_from_the_start_has_the_unit_plane(tmp_path: Path) -> None:
    assert broken(tmp_path / "run.h5", [np.nan]).limits == ((-1, 1), (-1, 1))


# Limits and grid


def test_limits_that_are_not_fixed_hold_the_samples_of_each_epoch_as_closely(make_run: MakeRun) -> None:
    evaluation = Replay(make_run()).evaluation
    fixed, following = FeatureSpace(evaluation), FeatureSpace(evaluation, fixed=False)
    seen = set()
    for epoch in MOMENTS:
        frame = following.at(epoch)
        low, high = frame.points.min(axis=0), frame.points.max(axis=0)
        for side, a, b in zip(frame.limits, low, high, strict=True):
            np.testing.assert_allclose(side, (a - 0.08 * (b - a), b + 0.08 * (b - a)), rtol=1e-5)
        assert frame.regions is not None and frame.regions.limits == frame.limits
        assert fixed.at(epoch).limits == fixed.limits
        np.testing.assert_array_equal(frame.points, fixed.at(epoch).points)
        seen.add(frame.limits)
    assert len(seen) == len(MOMENTS)


def test_the_grid_reaches_as_far_as_told(make_run: MakeRun) -> None:
    view = FeatureSpace(Replay(make_run()).evaluation, grid_limits=Limits((-3, 1), (0, 5)))
    assert view.input_lines is not None
    flat = view.input_lines.reshape(-1, 2)
    np.testing.assert_array_equal([flat.min(axis=0), flat.max(axis=0)], [[-3, 0], [1, 5]])
