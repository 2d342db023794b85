"""The space of three units, against the network point by point, in plain NumPy and in Keras."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.views.shared.eye import Eye
from replay.views.space import Seen, Space, space, three_unit_space
from replay.views.tour import TourSpace

Array = np.ndarray
MakeRun = Callable[..., Path]
MOMENTS = (0, 1.5, 4)


def cloud(n: int, dimensions: int = 2) -> Array:
    return np.random.default_rng(0).normal(size=(n, dimensions)).astype(np.float32)


def evaluated(path: Path) -> Evaluation:
    return Replay(path).evaluation


class Network:
    """The network of a run at an epoch, in float64: a hidden layer of three tanh units and a Dense output."""

    def __init__(self, evaluation: Evaluation, epoch: float) -> None:
        before = int(np.floor(epoch))
        pair = [evaluation.recording.weights_at(each) for each in (before, int(np.ceil(epoch)))]
        share = epoch - before
        self.weights = [
            (1 - share) * a[0].astype(float) + share * b[0].astype(float) for a, b in zip(*pair, strict=True)
        ]

    def hidden(self, x: Array) -> Array:
        return np.tanh(x @ self.weights[0] + self.weights[1])

    def logits(self, hidden: Array) -> Array:
        return hidden @ self.weights[2] + self.weights[3]


@pytest.fixture
def binary(make_run: MakeRun) -> Evaluation:
    return evaluated(make_run(units=(2, 3, 1), seed=4))


@pytest.mark.parametrize("epoch", MOMENTS)
def test_the_samples_are_where_the_layer_puts_them(binary: Evaluation, epoch: float) -> None:
    view = Space(binary)
    frame, network = view.at(epoch), Network(binary, epoch)
    np.testing.assert_allclose(frame.points, network.hidden(binary.recording.inputs.astype(float)), atol=1e-5)
    np.testing.assert_allclose(
        frame.samples.places, frame.eye.sees(frame.box.of(frame.points))[0], atol=1e-12
    )
    assert frame.correct is not None
    p = network.logits(frame.points.astype(float))[:, 0]
    np.testing.assert_array_equal(frame.correct, (p > 0) == (binary.recording.targets.ravel() == 1))


@pytest.mark.parametrize("epoch", MOMENTS)
@pytest.mark.parametrize("outputs", [1, 2])
def test_the_plane_is_where_both_classes_are_as_likely(make_run: MakeRun, outputs: int, epoch: float) -> None:
    evaluation = evaluated(make_run(units=(2, 3, outputs), seed=4 if outputs == 1 else 0))
    frame, network = Space(evaluation).at(epoch), Network(evaluation, epoch)
    assert frame.cut is not None and frame.ties == []
    corners = frame.box.back(frame.cut)
    assert (corners >= frame.box.low - 1e-9).all() and (corners <= frame.box.high + 1e-9).all()
    logits = network.logits(corners)
    lead = logits[:, 0] if outputs == 1 else logits[:, 1] - logits[:, 0]
    np.testing.assert_allclose(lead, 0, atol=1e-5)


@pytest.mark.parametrize("epoch", MOMENTS)
def test_samples_are_in_front_of_the_plane_where_it_does_not_hide_them(
    binary: Evaluation, epoch: float
) -> None:
    """A ray from the eye to a sample behind the plane crosses it: scores at both ends differ in sign."""
    frame, network = Space(binary).at(epoch), Network(binary, epoch)
    eye = network.logits(frame.box.back(frame.eye.at))[0]
    scores = network.logits(frame.points.astype(float))[:, 0]
    assert frame.samples.in_front is not None
    np.testing.assert_array_equal(frame.samples.in_front, np.sign(scores) == np.sign(eye))


def test_samples_that_are_nearer_to_the_eye_are_nearer(binary: Evaluation) -> None:
    frame = Space(binary).at(2)
    towards = frame.box.of(frame.points) @ frame.eye.rotation[2]
    order = np.argsort(towards)
    assert (np.diff(frame.samples.near[order]) >= 0).all()
    assert frame.samples.near.min() >= 0 and frame.samples.near.max() <= 1


@pytest.mark.parametrize("epoch", MOMENTS)
def test_the_sheet_is_the_input_plane_through_the_layer(binary: Evaluation, epoch: float) -> None:
    view, network = Space(binary), Network(binary, epoch)
    frame = view.at(epoch)
    sheet, limits = frame.sheet, view._inputs
    assert sheet is not None and limits is not None and sheet.answers is not None

    def seen(x: Array) -> Array:
        return frame.eye.sees(frame.box.of(network.hidden(x)))[0]

    n = sheet.tiles.places.shape[0]
    across, up = np.linspace(*limits.x, n), np.linspace(*limits.y, n)
    corners = np.stack(np.meshgrid(across, up), axis=-1)
    np.testing.assert_allclose(sheet.tiles.places, seen(corners), atol=1e-5)
    middles = np.stack(np.meshgrid(across[:-1] + np.diff(across) / 2, up[:-1] + np.diff(up) / 2), axis=-1)
    p = 1 / (1 + np.exp(-network.logits(network.hidden(middles))[..., 0]))
    np.testing.assert_allclose(sheet.answers, np.stack([1 - p, p], axis=-1), atol=1e-5)
    first_line = np.column_stack([np.full(49, limits.x[0]), np.linspace(*limits.y, 49)])
    np.testing.assert_allclose(sheet.lines.places[0, 0], seen(first_line), atol=1e-5)


def test_the_boundary_on_the_sheet_is_in_the_plane(make_run: MakeRun) -> None:
    evaluation = evaluated(make_run(units=(2, 3, 1), seed=3))
    frame, network = Space(evaluation).at(2), Network(evaluation, 2)
    assert frame.sheet is not None and frame.sheet.boundary and frame.cut is not None
    normal = np.cross(frame.cut[1] - frame.cut[0], frame.cut[2] - frame.cut[0])
    for line in frame.sheet.boundary:  # what is seen of the plane by a ray through each place
        rays = np.column_stack([line.places, np.zeros(len(line.places))]) @ frame.eye.rotation - frame.eye.at
        along = (frame.cut[0] - frame.eye.at) @ normal / (rays @ normal)
        points = frame.box.back(frame.eye.at + along[:, None] * rays)
        np.testing.assert_allclose(network.logits(points), 0, atol=1e-4)
        inputs = np.linalg.lstsq(
            network.weights[0].T, (np.arctanh(points) - network.weights[1]).T, rcond=None
        )[0]
        np.testing.assert_allclose(network.hidden(inputs.T), points, atol=0.02)


def test_light_falls_evenly_on_a_flat_sheet_and_more_on_tiles_that_face_it(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    layers = (dense("hidden", 2, 3, "linear"), dense("output", 3, 1, "sigmoid"))
    flat, upright = np.array([[1.0, 0, 0], [0, 1, 0]]), np.array([[1.0, 0, 0], [0, 0, 1]])
    with RunWriter(path, RunDescription(layers), cloud(30), np.arange(30) % 2) as writer:
        for epoch, kernel in enumerate((flat, upright)):
            writer.snapshot(epoch, [kernel, np.zeros(3), np.ones((3, 1)), np.zeros(1)])
    view = Space(evaluated(path))
    first, last = (view.at(epoch).sheet for epoch in (0, 1))
    assert first is not None and last is not None
    np.testing.assert_allclose(first.bright, first.bright[0, 0], atol=1e-4)
    assert first.bright.mean() > last.bright.mean() > 0


def test_several_classes_and_further_layers_have_lines_where_classes_tie(make_run: MakeRun) -> None:
    evaluation = evaluated(make_run(units=(2, 3, 4), data=datasets.blobs(15), seed=1))
    frame, network = Space(evaluation).at(1), Network(evaluation, 1)
    assert frame.cut is None and frame.ties and frame.samples.in_front is None
    deep = evaluated(make_run("deep.h5", units=(2, 3, 5, 1), seed=4))
    assert deep.recording.description.layers[1].units == 5
    assert Space(deep).has_ties and not Space(deep).has_plane
    for line in frame.ties:
        assert isinstance(line, Seen) and line.places.shape == (len(line.near), 2)
    np.testing.assert_allclose(
        network.hidden(evaluation.recording.inputs.astype(float)), frame.points, atol=1e-5
    )


def test_of_a_wider_layer_three_units_have_no_plane_as_the_answer_depends_on_others(
    make_run: MakeRun,
) -> None:
    evaluation = evaluated(make_run(units=(2, 6, 1)))
    view = Space(evaluation, units=(5, 1, 2))
    frame = view.at(1)
    assert frame.cut is None and frame.ties == [] and frame.sheet is not None
    whole = evaluation.activations("hidden", epochs=[1])[0]
    np.testing.assert_allclose(frame.points, whole[:, [4, 0, 1]])
    np.testing.assert_allclose(view.over([1, 2])[0], frame.points)


def test_a_regression_has_a_sheet_without_colours_and_no_plane(make_run: MakeRun) -> None:
    x = cloud(30)
    path = make_run(units=(2, 3, 1), output_activation="linear", loss="mean_squared_error", data=(x, x[:, 0]))
    frame = Space(evaluated(path)).at(1)
    assert frame.correct is None and frame.cut is None and frame.ties == []
    assert frame.sheet is not None and frame.sheet.answers is None and frame.sheet.boundary == []


def test_inputs_of_more_dimensions_have_no_sheet(make_run: MakeRun) -> None:
    frame = Space(evaluated(make_run(units=(5, 3, 1), data=(cloud(30, 5), np.arange(30) % 2)))).at(1)
    assert frame.sheet is None and frame.cut is not None


def test_held_out_samples_are_seen_too(make_run: MakeRun) -> None:
    x, y = cloud(25), np.arange(25) % 2
    evaluation = evaluated(make_run(units=(2, 3, 1), held_out=(x, y)))
    frame, network = Space(evaluation).at(2), Network(evaluation, 2)
    assert frame.held_out is not None
    seen, correct = frame.held_out
    expected = frame.eye.sees(frame.box.of(network.hidden(x.astype(float))))[0]
    np.testing.assert_allclose(seen.places, expected, atol=1e-5)
    assert correct is not None
    np.testing.assert_array_equal(correct, (network.logits(network.hidden(x.astype(float)))[:, 0] > 0) == y)


def test_the_box_is_the_range_of_the_activation_where_it_ends(make_run: MakeRun) -> None:
    view = Space(evaluated(make_run(units=(2, 3, 1))))
    np.testing.assert_array_equal([view.box.low, view.box.high], [[-1] * 3, [1] * 3])
    assert not view.follows
    relu = Space(evaluated(make_run("relu.h5", units=(2, 3, 1), activation="relu")))
    np.testing.assert_array_equal(relu.box.low, 0)
    assert (relu.over() <= relu.box.high).mean() > 0.98


def test_a_space_that_grows_is_followed_and_fits_its_picture(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    layers = (dense("hidden", 2, 3, "relu"), dense("output", 3, 1, "sigmoid"))
    kernel = np.random.default_rng(0).normal(size=(2, 3))
    with RunWriter(path, RunDescription(layers), cloud(40), np.arange(40) % 2) as writer:
        for epoch in range(6):
            writer.snapshot(epoch, [kernel * 2.0**epoch, np.zeros(3), np.ones((3, 1)), np.zeros(1)])
    view = Space(evaluated(path))
    assert view.follows
    sizes = [float((view.box_at(epoch).high - view.box_at(epoch).low).max()) for epoch in (0, 2.5, 5)]
    assert sizes[0] < 0.5 * sizes[1] < 0.25 * sizes[2]
    low, high = view.extent
    for epoch in np.linspace(0, 5, 11):
        frame = view.at(epoch)
        corners = frame.eye.sees(frame.box.corners)[0]
        assert (corners >= low - 0.02).all() and (corners <= high + 0.02).all()


def test_the_eye_depends_on_the_epoch_alone(binary: Evaluation) -> None:
    view = Space(binary)
    there = [view.at(epoch).eye for epoch in (0, 1, 2, 3, 4)]
    back = [view.at(epoch).eye for epoch in (4, 3, 2, 1, 0)][::-1]
    assert (
        there == back
        and there[0] == Eye.along(0.0)
        and there[-1].angle == pytest.approx(Eye.along(1.0).angle)
    )
    assert (np.diff([eye.angle for eye in there]) > 0).all()


def test_a_diverged_network_and_constant_units_raise_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    layers = (dense("hidden", 2, 3, "relu"), dense("output", 3, 1, "sigmoid"))
    with RunWriter(path, RunDescription(layers), *datasets.parabola(10)) as writer:
        writer.snapshot(0, [np.zeros((2, 3)), np.zeros(3), np.zeros((3, 1)), np.zeros(1)])
        writer.snapshot(1, [np.full((2, 3), np.nan), np.zeros(3), np.ones((3, 1)), np.zeros(1)])
        writer.snapshot(2, [np.full((2, 3), 1e38), np.zeros(3), np.full((3, 1), np.inf), np.zeros(1)])
    view = Space(evaluated(path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch in (0, 0.5, 1, 2):
            frame = view.at(epoch)
            assert frame.cut is None and np.isfinite(frame.box.scale).all()


# ---------------------------------------------------------------- which layer, which units


def test_a_layer_of_three_units_is_a_space_and_a_wider_one_a_tour(make_run: MakeRun) -> None:
    three, wide = evaluated(make_run(units=(2, 3, 1))), evaluated(make_run("wide.h5", units=(2, 5, 1)))
    assert isinstance(space(three), Space) and isinstance(space(wide), TourSpace)
    assert isinstance(space(three, units="tour"), TourSpace)
    chosen = space(wide, units=(2, 4, 5))
    assert isinstance(chosen, Space) and chosen.units == (1, 3, 4)


def test_the_last_layer_of_three_units_is_chosen_else_the_last_wider_one(make_run: MakeRun) -> None:
    assert space(evaluated(make_run(units=(2, 3, 3, 8, 1)))).layer == "hidden_2"
    assert space(evaluated(make_run("wide.h5", units=(2, 8, 5, 2, 1)))).layer == "hidden_2"


@pytest.mark.parametrize(
    ("units", "options", "words"),
    [
        ((2, 2, 1), {}, "no hidden layer has 3 units or more.*feature-space"),
        ((2, 1), {}, "no hidden layer has 3 units or more"),
        (
            (2, 3, 2, 1),
            {"layer": "hidden_2"},
            "'hidden_2' has 2; layers that have: hidden_1; .*feature-space",
        ),
        ((2, 3, 1), {"units": (1, 2)}, "three different units, such as 1,2,3, not \\(1, 2\\)"),
        ((2, 3, 1), {"units": (1, 2, 2)}, "three different units"),
        ((2, 3, 1), {"units": (1, 2, 4)}, "has no unit 4: its units are 1 to 3"),
        ((2, 5, 1), {"units": 4}, "takes three units, such as 1,2,3, or tour, not 4"),
        ((2, 3, 1), {"units": "pca"}, "takes three units, such as 1,2,3, or tour, not 'pca'"),
    ],
)
def test_what_there_is_not_is_refused(make_run: MakeRun, units: Any, options: Any, words: str) -> None:
    with pytest.raises(ViewError, match=words):
        space(evaluated(make_run(units=units)), **options)


def test_only_a_last_hidden_layer_of_three_units_is_a_space_by_itself(make_run: MakeRun) -> None:
    assert three_unit_space(evaluated(make_run(units=(2, 3, 1)))) is not None
    for number, units in enumerate([(2, 3, 8, 1), (2, 4, 1), (2, 1)]):
        assert three_unit_space(evaluated(make_run(f"{number}.h5", units=units))) is None


# ---------------------------------------------------------------- the same everywhere


@pytest.mark.slow
def test_another_process_sees_the_same_to_the_byte(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 1), seed=4)
    script = (
        "import sys, hashlib\nfrom replay import Replay\nfrom replay.views.space import Space\n"
        "from replay.views.tour import TourSpace\nevaluation = Replay(sys.argv[1]).evaluation\n"
        "frame, tour = Space(evaluation).at(2.5), TourSpace(evaluation).at(2.5)\n"
        "parts = [frame.samples.places, frame.cut, frame.sheet.tiles.places, tour.plane, tour.places]\n"
        "print(hashlib.sha256(b''.join(part.tobytes() for part in parts)).hexdigest())\n"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    here = io.StringIO()
    with contextlib.redirect_stdout(here), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["", str(path)])
        exec(script, {})
    assert here.getvalue() == elsewhere.stdout and len(elsewhere.stdout.strip()) == 64


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_network_that_only_keras_evaluates_has_a_space_with_its_activations(tmp_path: Path) -> None:
    import keras

    from replay.network.in_keras import describe

    inputs = keras.Input((2,))
    arms = [
        keras.layers.Dense(3, activation="tanh")(inputs),
        keras.layers.Dense(3, activation="relu")(inputs),
    ]
    together = keras.layers.Dense(3, activation="tanh", name="three")(keras.layers.Average()(arms))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(together))
    model.compile(loss="binary_crossentropy")
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weights.shape) for weights in model.get_weights()])
    x, y = datasets.parabola(10)
    with RunWriter(tmp_path / "run.h5", describe.describe(model), x, y) as writer:
        writer.snapshot(0, describe.weights(model))
    evaluation = evaluated(tmp_path / "run.h5")
    assert not evaluation.in_numpy
    frame = Space(evaluation, "three").at(0)
    expected = keras.ops.convert_to_numpy(keras.Model(inputs, together)(x))
    np.testing.assert_allclose(frame.points, expected, atol=1e-5)
    assert frame.sheet is not None and frame.sheet.answers is not None
