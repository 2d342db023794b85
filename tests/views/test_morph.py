"""The layers in motion, against Keras, the network itself, and geometry."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.views.journey import Journey
from replay.views.morph import Morph

Array = np.ndarray
MakeRun = Callable[..., Path]
SQUARES = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
KINDS: dict[str, dict[str, Any]] = {
    "two units": {},
    "relu": {"activation": "relu"},
    "three units": {"units": (2, 3, 1)},
    "up and down": {"units": (2, 3, 3, 2, 1)},
    "wide": {"units": (2, 9, 5, 2, 1)},
    "one unit": {"units": (2, 1, 2, 1)},
    "four classes": {"units": (2, 2, 4), "data": (SQUARES, np.arange(60) % 4)},
    "no hidden layer": {"units": (2, 1)},
    "regression": {
        "output_activation": "linear",
        "loss": "mean_squared_error",
        "data": (SQUARES, SQUARES[:, 0]),
    },
}


@pytest.fixture(params=list(KINDS))
def journey(request: pytest.FixtureRequest, make_run: MakeRun) -> Journey:
    return Morph(Replay(make_run(**KINDS[request.param])).evaluation).at(4)


def written(path: Path, snapshots: list[list[Any]], activation: str = "tanh") -> Replay:
    """A run of a 2-2-1 network with these weights."""
    layers = (dense("hidden", 2, 2, activation), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    with RunWriter(path, description, *datasets.parabola(20)) as writer:
        for epoch, weights in enumerate(snapshots):
            writer.snapshot(epoch, [np.asarray(each, dtype=np.float32) for each in weights])
    return Replay(path)


READS = [[[1.0], [1.0]], [0.2]]


def kinds(journey: Journey) -> list[str]:
    return [step.kind for step in journey.steps]


# Where points stand


def test_after_each_layer_points_are_where_the_network_puts_them(journey: Journey) -> None:
    inputs = journey.evaluation.inputs
    for mark, step in enumerate(journey.steps, 1):
        following = journey.steps[mark].layer if mark < journey.n_steps else None
        if step.kind != "divide" and following != step.layer:
            expected = journey.moment.evaluate(inputs, step.layer)
            np.testing.assert_allclose(journey.activations(mark, inputs), expected, atol=1e-5)


def test_the_steps_of_a_layer_make_up_its_z(journey: Journey) -> None:
    inputs = journey.evaluation.inputs
    for mark, step in enumerate(journey.steps):
        if step.kind == "activate":
            expected = journey.evaluation.activations(step.layer, inputs, [4], before_activation=True)[0]
            np.testing.assert_allclose(journey.activations(mark, inputs), expected, rtol=1e-4, atol=1e-5)


def test_a_plane_of_two_units_is_seen_as_it_is(make_run: MakeRun) -> None:
    journey = Morph(Replay(make_run()).evaluation).at(2.5)
    hidden = journey.evaluation.at(2.5).activations("hidden")
    mark = kinds(journey).index("activate") + 1
    np.testing.assert_allclose(journey.frame(mark).points, hidden, atol=1e-6)
    np.testing.assert_array_equal(journey.frame(0).points, journey.evaluation.inputs)


def test_a_turn_keeps_distances_and_nothing_else_is_called_one(journey: Journey) -> None:
    inputs = journey.evaluation.inputs[:20].astype(float)

    def distances(points: Array) -> Array:
        return np.linalg.norm(points[:, None] - points, axis=-1)

    for mark, step in enumerate(journey.steps):
        before, after = journey.activations(mark, inputs), journey.activations(mark + 1, inputs)
        if step.kind == "turn":
            np.testing.assert_allclose(distances(after), distances(before), atol=1e-9)
        if step.kind in ("mix", "read"):
            assert {before.shape[1], after.shape[1]} - {2, 3} or mark + 1 >= journey.n_steps - 1


def test_a_turn_of_a_plane_turns_all_the_way(make_run: MakeRun) -> None:
    journey = Morph(Replay(make_run()).evaluation).at(4)
    mark = kinds(journey).index("turn")
    lengths = [np.linalg.norm(journey.frame(mark + share).points, axis=1) for share in (0, 0.3, 0.7, 1)]
    for length in lengths[1:]:
        np.testing.assert_allclose(length, lengths[0], atol=1e-6)


def test_between_two_marks_nothing_jumps(journey: Journey) -> None:
    for mark in range(journey.n_steps):
        for end in (mark, mark + 1):
            near = journey.frame(mark + 1e-9 if end == mark else mark + 1 - 1e-9)
            exact = journey.frame(end)
            size = max(1.0, *(high - low for low, high in exact.limits))
            np.testing.assert_allclose(near.points, exact.points, atol=1e-4 * size)
            np.testing.assert_allclose(near.limits, exact.limits, atol=1e-4 * size)
            for line, expected in zip(near.boundary, exact.boundary, strict=True):
                np.testing.assert_allclose(line, expected, atol=1e-4 * size)


def test_all_that_moves_stays_in_the_picture_at_one_scale(journey: Journey) -> None:
    for mark in np.linspace(0, journey.n_steps, 4 * journey.n_steps + 1):
        frame = journey.frame(float(mark), aspect=1.6)
        (left, right), (bottom, top) = frame.limits
        assert (right - left) / (top - bottom) == pytest.approx(1.6)
        for points in (frame.points, frame.lines.reshape(-1, 2), *frame.boundary):
            assert (points >= (left, bottom)).all() and (points <= (right, top)).all()


def test_points_that_go_straight_move_evenly_as_they_are_seen(tmp_path: Path) -> None:
    """Also where the picture becomes thirty times smaller: else it would bend in the last moment."""
    weights = [[30 * np.eye(2), [1, -2], *READS]]
    journey = Morph(written(tmp_path / "run.h5", weights).evaluation).at(0)
    mark = kinds(journey).index("activate")

    def seen(at: float) -> Array:
        frame = journey.frame(at, aspect=1.3)
        low, high = np.array(frame.limits).T
        return np.asarray((frame.points - low) / (high - low))

    first, last = seen(mark), seen(mark + 1)
    assert np.abs(last - first).max() > 0.1
    for share in (0.2, 0.5, 0.8):
        np.testing.assert_allclose(seen(mark + share), first + (last - first) * share, atol=1e-9)


def test_a_principal_plane_is_turned_towards_what_comes_before(make_run: MakeRun) -> None:
    """Of all planes that are turned or mirrored within themselves, this one is nearest to the inputs."""
    journey = Morph(Replay(make_run(units=(2, 9, 2, 1))).evaluation).at(4)
    mark = kinds(journey).index("activate") + 1
    points = journey.frame(mark).points.astype(float)
    inputs = journey.evaluation.inputs.astype(float)
    points, inputs = points - points.mean(axis=0), inputs - inputs.mean(axis=0)
    nearest = ((points - inputs) ** 2).sum()
    for angle in np.linspace(0, 2 * np.pi, 24):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        for mirror in (1, -1):
            assert ((points @ turn * (1, mirror) - inputs) ** 2).sum() >= nearest - 1e-6


# The boundary


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_the_boundary_is_bent_until_it_lies_on_the_line_of_the_output(
    make_run: MakeRun, activation: str
) -> None:
    for seed in range(4):
        journey = Morph(Replay(make_run(activation=activation, seed=seed)).evaluation).at(1)
        kernel, bias = (each[0].astype(float) for each in journey.evaluation.at(1).weights[2:])
        frame = journey.frame(kinds(journey).index("divide"))
        for line in frame.boundary:
            away = (line @ kernel[:, 0] + bias[0]) / np.linalg.norm(kernel)
            np.testing.assert_allclose(away, 0, atol=0.01)
        divided = journey.frame(kinds(journey).index("divide") + 1)
        assert divided.regions is not None
        for line in divided.regions.boundary:
            np.testing.assert_allclose(line @ kernel[:, 0] + bias[0], 0, atol=1e-4)


def test_the_plane_of_the_output_holds_the_boundary_in_space(make_run: MakeRun) -> None:
    journey = Morph(Replay(make_run(units=(2, 3, 1), seed=3)).evaluation).at(2)
    divide = kinds(journey).index("divide")
    corners, strength = journey.frame(divide + 1).divider
    assert 3 <= len(corners) <= 6 and strength == 1
    assert journey.frame(divide).divider[1] == 0
    assert 0 < journey.frame(divide + 0.5).divider[1] < 1


def test_an_output_that_does_not_tie_at_zero_has_no_plane(make_run: MakeRun) -> None:
    """A linear output that is taken as a probability ties at one half, where no plane of zeros is."""
    path = make_run(units=(2, 3, 1), output_activation="linear", loss="binary_crossentropy")
    journey = Morph(Replay(path).evaluation).at(2)
    assert journey.evaluation.task.n_classes == 2 and "divide" not in kinds(journey)


def test_regions_fade_out_and_in(make_run: MakeRun) -> None:
    journey = Morph(Replay(make_run()).evaluation).at(4)
    divide = kinds(journey).index("divide")

    def strength(mark: float) -> float:
        regions = journey.frame(mark).regions
        return 0.0 if regions is None else float(np.abs(regions.probabilities - 0.5).max())

    assert strength(0) > strength(0.05) > strength(0.5) == 0
    assert strength(divide) == 0 < strength(divide + 0.5) < strength(divide + 1)
    assert strength(journey.n_steps) > 0


def test_what_the_output_answers_along_its_line_is_what_the_network_answers(make_run: MakeRun) -> None:
    journey = Morph(Replay(make_run()).evaluation).at(4)
    for mark in (journey.n_steps - 1, journey.n_steps):
        regions = journey.frame(mark).regions
        assert regions is not None
        middle = regions.probabilities[len(regions.probabilities) // 2, :, 1]
        x = np.linspace(*regions.limits.x, len(middle))
        expected = 1 / (1 + np.exp(-x)) if mark < journey.n_steps else x
        np.testing.assert_allclose(middle, expected, atol=1e-5)


# Odd networks


def test_weights_of_zero_put_all_into_one_point(tmp_path: Path) -> None:
    journey = Morph(written(tmp_path / "run.h5", [[np.zeros((2, 2)), [0.5, 1], *READS]]).evaluation).at(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frames = [journey.frame(mark / 4) for mark in range(4 * journey.n_steps + 1)]
    mark = kinds(journey).index("shift") + 1
    np.testing.assert_allclose(frames[4 * mark].points - (0.5, 1), 0, atol=1e-7)
    assert all(np.isfinite(frame.limits).all() for frame in frames)


def test_a_mirror_is_told_and_is_no_turn(tmp_path: Path) -> None:
    replay = written(tmp_path / "run.h5", [[np.diag([2.0, -1]), np.zeros(2), *READS]])
    journey = Morph(replay.evaluation).at(0)
    assert str(journey.told[1]) == "“hidden”: stretched 2 and 1 times, and mirrored"
    assert str(journey.told[2]) == "“hidden”: not turned"


def test_words_tell_the_numbers(tmp_path: Path) -> None:
    turn = 3 * np.array([[0.0, 1], [-1, 0]])
    journey = Morph(written(tmp_path / "run.h5", [[turn, [0.5, -2], *READS]]).evaluation).at(0)
    assert [str(words) for words in journey.told] == [
        "the input plane",
        "“hidden”: stretched 3 and 3 times",
        "“hidden”: turned by 90°",
        "“hidden”: shifted by 0.5 and −2",
        "“hidden”: tanh",
        "here the output draws one straight line",
        "“output”: added up to one number",
        "“output”: sigmoid",
    ]
    assert [str(name) for name in journey.names] == [
        *("input", "stretched", "turned", "shifted", "tanh", "divided", "read", "sigmoid")
    ]


def test_a_network_that_diverges_is_shown_as_it_last_was(tmp_path: Path) -> None:
    bad = np.full((2, 2), np.nan)
    replay = written(tmp_path / "run.h5", [[np.eye(2), np.zeros(2), *READS], [bad, np.zeros(2), *READS]])
    morph = Morph(replay.evaluation)
    assert (morph.shown(0), morph.shown(1), morph.shown(0.5)) == (0, 0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = morph.at(1).frame(2.5)  # nobody shows it, but it is no error
    assert np.isnan(frame.points).all() and np.isfinite(frame.limits).all()


def test_steps_are_the_same_at_all_epochs(make_run: MakeRun) -> None:
    for kind in KINDS.values():
        morph = Morph(Replay(make_run(**kind)).evaluation)
        assert kinds(morph.at(0)) == kinds(morph.at(2.5)) == kinds(morph.at(4))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_layers_of_many_classes_are_as_keras_has_them(tmp_path: Path) -> None:
    import keras

    from replay.network.in_keras import describe

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Rescaling(0.5, offset=0.1),
            layers.Dense(3, use_bias=False),
            layers.BatchNormalization(),
            layers.PReLU(),
            layers.Dropout(0.5),
            layers.Dense(2, activation="elu"),
            layers.LayerNormalization(),
            layers.Dense(6),
            layers.LeakyReLU(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(loss="binary_crossentropy")
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.2, 1.5, size=weights.shape) for weights in model.get_weights()])
    with RunWriter(tmp_path / "run.h5", describe.describe(model), *datasets.parabola(10)) as writer:
        writer.snapshot(0, describe.weights(model))
    journey = Morph(Replay(tmp_path / "run.h5").evaluation).at(0)
    inputs = journey.evaluation.inputs
    marks = {step.layer: mark for mark, step in enumerate(journey.steps, 1) if step.kind != "divide"}
    assert len(marks) == 9
    for name, mark in marks.items():
        part = keras.Model(model.inputs, model.get_layer(name).output)
        expected = keras.ops.convert_to_numpy(part(inputs, training=False))
        np.testing.assert_allclose(journey.activations(mark, inputs), expected, atol=1e-5)


@pytest.mark.parametrize("columns", [1, 3])
def test_inputs_of_another_dimension_are_refused(columns: int, make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).normal(size=(20, columns))
    path = make_run(units=(columns, 2, 1), data=(inputs, np.arange(20) % 2))
    with pytest.raises(ViewError, match=rf"run\.h5.*2 dimensions.*\({columns},\).*feature space"):
        Morph(Replay(path).evaluation)


def test_a_network_that_numpy_does_not_compute_is_refused(make_run: MakeRun) -> None:
    replay = Replay(make_run(activation="sparsemax"))  # which is left to Keras
    with pytest.raises(ViewError, match=r"run\.h5.*chain of layers that NumPy computes.*decision boundary"):
        Morph(replay.evaluation)


def test_a_layer_that_was_not_recorded_is_refused(tmp_path: Path) -> None:
    hidden, output = dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")
    description = RunDescription((replace(hidden, recorded=False), output))
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(5)) as writer:
        writer.snapshot(0, [np.ones((2, 1)), np.zeros(1)])
    with pytest.raises(ViewError, match="all of them recorded"):
        Morph(Replay(tmp_path / "run.h5").evaluation)


def test_held_out_samples_go_along(make_run: MakeRun) -> None:
    held_out = (SQUARES[:7], np.arange(7) % 2)
    journey = Morph(Replay(make_run(held_out=held_out)).evaluation).at(4)
    mark = kinds(journey).index("activate") + 1
    found = journey.frame(mark).held_out
    assert found is not None and found[1] is not None
    np.testing.assert_allclose(found[0], journey.moment.evaluate(SQUARES[:7], "hidden"), atol=1e-6)
    assert len(found[1]) == 7


def test_blocks_of_any_size_give_the_same(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = Replay(make_run(units=(2, 3, 9, 1))).evaluation
    whole = [Morph(evaluation).at(4).frame(mark / 2).points for mark in range(12)]
    monkeypatch.setattr("replay.views.shared.carried.MAX_VALUES", 100)
    for mark, points in enumerate(whole):
        np.testing.assert_allclose(Morph(evaluation).at(4).frame(mark / 2).points, points, atol=1e-9)


def test_arrays_have_each_step_by_layer(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 3, 2, 1)))
    stages = replay.stages(2.5)
    assert list(stages)[:6] == [
        *("input", "hidden_1/stretch", "hidden_1/lift", "hidden_1/turn", "hidden_1/shift"),
        "hidden_1/activate",
    ]
    assert [len(array[0]) for array in stages.values()] == [2, 2, 3, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1]
    expected = replay.evaluation.at(2.5).activations("hidden_2")
    np.testing.assert_allclose(stages["hidden_2/activate"], expected, atol=1e-5)
    assert replay.stages(inputs=[[0.5, 1]])["output/activate"].shape == (1, 1)
    with pytest.raises(ViewError, match="there is no epoch 9"):
        replay.stages(9)
