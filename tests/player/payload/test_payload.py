"""What a page carries, read back and compared with what the run itself answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Recording, Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.network.description import LayerDescription, WeightDescription
from replay.player.options import PageOptions
from replay.player.payload import network_data
from replay.player.payload.payload import Payload
from replay.player.payload.thinning import SAMPLES, Thinning, some_samples, some_snapshots, steps
from replay.runs.evaluation import Evaluation
from replay.views.feature_space import FeatureSpace
from replay.views.loss_histogram import LossHistogram
from replay.views.probability_histogram import ProbabilityHistogram
from tests.helpers.page_reader import Packed, page_data

STYLES = {"light": {"ink": "#000000"}, "dark": {"ink": "#ffffff"}}


def page(*paths: Path, overhead: int = 0, max_bytes: int = 5_000_000, **options: Any) -> dict[str, Any]:
    evaluations = [Evaluation(Recording(path)) for path in paths]
    wish = PageOptions("title", [path.stem for path in paths], STYLES, **options)
    text, _ = Payload(evaluations, wish, max_bytes).within(overhead)
    assert len(text) + overhead <= max_bytes
    return page_data(text)


def in_english(data: dict[str, Any]) -> list[str]:
    return [note["en"] for note in data["notes"]]


@pytest.fixture
def as_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network is small enough for a page to evaluate it."""
    monkeypatch.setattr(network_data, "MAX_MULTIPLICATIONS", 0)


def blobs(n: int = 80, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    labels = np.arange(n) % classes
    centres = rng.normal(size=(classes, 2)) * 2
    return (centres[labels] + rng.normal(size=(n, 2)) * 0.3).astype(np.float32), labels


# Runs that travel as weights


def test_a_small_dense_network_travels_as_its_weights(make_run: Any) -> None:
    path = make_run(units=(2, 5, 2, 1), n_snapshots=7)
    data, replay = page(path), Replay(path)
    packed, (run,) = Packed(data), data["runs"]
    assert run["arrays"] is None
    layers = run["network"]["layers"]
    assert [layer["name"] for layer in layers] == ["hidden_1", "hidden_2", "output"]
    for layer in layers:
        for name, values in replay.weights(layer["name"]).items():
            np.testing.assert_array_equal(packed[layer["weights"][name]], values)
    assert run["network"]["loss"] == {"name": "binary_crossentropy"}
    assert run["epochs"] == [*range(7)]
    assert data["notes"] == []


def test_the_samples_come_along_as_the_network_takes_them(make_run: Any) -> None:
    path = make_run()
    data, recording = page(path), Recording(path)
    packed, (samples,) = Packed(data), data["samples"]
    np.testing.assert_array_equal(packed[samples["inputs"]], recording.inputs.astype(np.float32))
    np.testing.assert_array_equal(packed[samples["targets"]], recording.targets)
    np.testing.assert_array_equal(packed[samples["labels"]], recording.task.labels)
    assert samples["n_recorded"] == len(recording.inputs)
    assert samples["images"] is None


def test_a_run_says_of_itself_what_a_picture_would(make_run: Any) -> None:
    path = make_run(n_snapshots=12)
    (run,), replay = page(path)["runs"], Replay(path)
    assert run["title"] == replay.recording.title
    assert run["task"] == {"kind": "binary", "n_classes": 2, "from_logits": False}
    told = [(each["epoch"], each["kind"], each["text"]["en"], each["until"]) for each in run["milestones"]]
    assert told == [(each.epoch, each.kind, each.text, each.until) for each in replay.milestones()]
    assert told
    assert [curve["name"] for curve in run["curves"]] == ["loss", "accuracy"]
    for curve in run["curves"]:
        np.testing.assert_allclose(curve["values"], replay.history[curve["name"]], rtol=1e-6)
        np.testing.assert_array_equal(curve["epochs"], replay.recording.history_epochs)


def test_limits_hold_all_activations_and_are_those_of_the_pictures(make_run: Any) -> None:
    path = make_run(units=(2, 5, 2, 1), n_snapshots=4)
    replay, spaces = Replay(path), page(path)["runs"][0]["spaces"]
    assert [(space["layer"], space["n_units"]) for space in spaces] == [("hidden_1", 5), ("hidden_2", 2)]
    for space in spaces:
        activations = replay.activations(space["layer"]).reshape(-1, space["n_units"])
        low, high = np.full(space["n_units"], -1), np.full(space["n_units"], 1)  # all that tanh can be
        assert (np.abs(activations) <= 1).all()
        margin = 0.08 * (high - low)
        expected = np.stack([low - margin, high + margin], axis=1)
        np.testing.assert_allclose(space["unit_limits"], expected, rtol=1e-5, atol=1e-6)
    view = FeatureSpace(replay.evaluation, "hidden_2")
    np.testing.assert_array_equal(spaces[1]["unit_limits"], view.limits)
    assert spaces[1]["linear"] == {} and spaces[1]["activation"] == "tanh"
    principal = FeatureSpace(replay.evaluation, "hidden_1")
    points = (replay.activations("hidden_1") - spaces[0]["linear"]["pca"]["centre"]) @ np.transpose(
        spaces[0]["linear"]["pca"]["axes"]
    )
    np.testing.assert_allclose(points, principal.over(), atol=1e-5)
    np.testing.assert_allclose(spaces[0]["linear"]["pca"]["limits"], principal.limits, atol=1e-5)


def growing(make_run: Any, *more: int) -> Path:
    """A run whose space of two units gets several times as large, with `more` layers behind it."""
    return make_run(units=(2, 5, 2, *more, 3), activation="relu", n_snapshots=24, data=blobs(), seed=3)


@pytest.mark.parametrize("every", [1, 5])
def test_limits_of_a_growing_space_widen_as_in_films(make_run: Any, every: int) -> None:
    path = growing(make_run)
    data = page(path, every=every)
    (run,) = data["runs"]
    packed = Packed(data)
    for space, plane in (
        (run["spaces"][1], run["spaces"][1]),
        (run["spaces"][0], run["spaces"][0]["linear"]["pca"]),
    ):
        view = FeatureSpace(Replay(path).evaluation, space["layer"])
        assert view.follows
        moving = packed[plane["moving_limits"]]
        assert moving.shape == (len(run["epochs"]), 2, 2)
        if every == 1:
            expected = [view.limits_at(epoch) for epoch in run["epochs"]]
            np.testing.assert_allclose(moving, expected, rtol=1e-4, atol=1e-5)
        assert (np.diff(moving[..., 1], axis=0) >= 0).all() and (np.diff(moving[..., 0], axis=0) <= 0).all()
    assert page(make_run(units=(2, 2, 1)))["runs"][0]["spaces"][0]["moving_limits"] is None


@pytest.mark.usefixtures("as_arrays")
def test_regions_of_a_growing_space_widen_with_it(make_run: Any) -> None:
    data = page(growing(make_run, 4))
    (run,), packed = data["runs"], Packed(data)
    (plane,) = run["arrays"]["planes"]
    (space,) = (each for each in run["spaces"] if each["layer"] == plane["layer"])
    moving, around = packed[space["moving_limits"]], packed[plane["regions"]["limits"]]
    assert (around[..., 0] <= moving[..., 0] + 1e-5).all() and (around[..., 1] >= moving[..., 1] - 1e-5).all()
    assert np.ptp(around[-1], axis=1).max() > 2 * np.ptp(around[0], axis=1).max()


@pytest.mark.parametrize("classes", [2, 3])
def test_the_axes_of_histograms_are_those_of_the_views(make_run: Any, classes: int) -> None:
    data = None if classes == 2 else blobs()
    path = make_run(units=(2, 4, 1 if classes == 2 else classes), data=data, n_snapshots=9)
    (run,), evaluation = page(path)["runs"], Replay(path).evaluation
    views = [ProbabilityHistogram(evaluation, label) for label in range(classes)]
    np.testing.assert_array_equal(run["probabilities"]["edges"], views[0].edges)
    assert run["probabilities"]["highest"] == [view.highest for view in views]
    assert run["probabilities"]["highest_of_all"] == ProbabilityHistogram(evaluation, None).highest
    losses = LossHistogram(evaluation)
    np.testing.assert_array_equal(run["losses"]["edges"], losses.edges)
    assert run["losses"]["ceiling"] == losses.ceiling


# Runs that travel as arrays


@pytest.mark.slow
@pytest.mark.usefixtures("as_arrays")
@pytest.mark.parametrize("classes", [2, 3])
def test_arrays_hold_what_the_network_answered_within_a_step(make_run: Any, classes: int) -> None:
    data = None if classes == 2 else blobs()
    path = make_run(units=(2, 4, 2, 1 if classes == 2 else classes), data=data, n_snapshots=6)
    carried, replay = page(path), Replay(path)
    packed, (run,) = Packed(carried), carried["runs"]
    assert run["network"] is None
    arrays, labels = run["arrays"], replay.recording.task.labels
    p = replay.probabilities()
    by_class = replay.recording.task.by_class(p)
    shown = p if classes == 2 else p[:, np.arange(len(labels)), labels]
    np.testing.assert_allclose(packed[arrays["probabilities"]], shown, atol=1e-5)
    clear = np.sort(by_class, axis=-1)[..., -1] - np.sort(by_class, axis=-1)[..., -2] > 1e-6
    predicted = packed[arrays["predicted"]]
    np.testing.assert_array_equal(predicted[clear], by_class.argmax(axis=-1)[clear])
    np.testing.assert_allclose(packed[arrays["losses"]], np.maximum(replay.losses(), 1e-8), rtol=5e-4)
    (plane,) = arrays["planes"]
    assert (plane["layer"], plane["units"]) == ("hidden_2", [1, 2])
    points = replay.activations("hidden_2")
    np.testing.assert_allclose(packed[plane["points"]], points, atol=np.ptp(points) / 65534)


@pytest.mark.usefixtures("as_arrays")
def test_planes_come_with_their_lines_and_regions(make_run: Any) -> None:
    path = make_run(units=(2, 3, 2, 3), data=blobs(), n_snapshots=3)
    data, replay = page(path), Replay(path)
    packed, (run,), (samples,) = Packed(data), data["runs"], data["samples"]
    (plane,) = run["arrays"]["planes"]
    limits = np.array(samples["limits"])
    # Of a plane that is 4:5 and of one that is 3:2.
    wide, high = np.ptp(limits, axis=1)
    middle, reach = limits.mean(axis=1), np.array([max(wide, high * 3 / 2), max(high, wide * 5 / 4)]) / 2
    around = packed[run["arrays"]["input_regions"]["limits"]]
    expected = np.stack([middle - reach, middle + reach], axis=1)
    np.testing.assert_allclose(around, [expected] * 3, rtol=1e-6)
    x, y = (np.linspace(*side, 64, dtype=np.float32) for side in expected)
    mesh = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    p = replay.probabilities(mesh).reshape(3, 64, 64, 3)
    regions = run["arrays"]["input_regions"]
    np.testing.assert_allclose(packed[regions["highest"]], p.max(axis=-1), atol=0.5 / 254 + 1e-5)
    lead = np.log(p.max(axis=-1) / np.sort(p, axis=-1)[..., -2])
    step = np.log(100 / 1e-3) / 254
    np.testing.assert_allclose(packed[regions["lead"]], np.maximum(lead, 1e-3), rtol=0.6 * step, atol=1e-5)
    assert (packed[regions["likeliest"]] == p.argmax(axis=-1)).mean() > 0.999
    assert plane["regions"] is None  # behind it logits are linear
    space = replay.evaluation.at(1.0)
    points = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32)
    logits = np.column_stack([points, np.ones(20)]) @ packed[plane["scores"]][1].T
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        softmax, space.answers_of(points, start_after="hidden_2").probabilities, atol=1e-5
    )
    lines = packed[plane["lines"]]
    corner = replay.activations("hidden_2", inputs=limits[:, 0][None].astype(np.float32))[:, 0]
    np.testing.assert_allclose(lines[:, 0, 0, 0], corner, atol=1e-3)
    np.testing.assert_allclose(lines[:, 1, 0, 0], corner, atol=1e-3)


@pytest.mark.usefixtures("as_arrays")
def test_of_a_wide_layer_the_principal_plane_is_carried_or_the_units_asked_for(make_run: Any) -> None:
    path = make_run(units=(2, 6, 5, 1), n_snapshots=3)
    replay = Replay(path)
    for options, layer, units in (
        ({}, "hidden_2", "readout"),
        ({"units": "pca"}, "hidden_2", "pca"),
        ({"layer": "hidden_1", "units": (4, 2)}, "hidden_1", (4, 2)),
    ):
        data = page(path, **options)
        planes = {plane["layer"]: plane for plane in data["runs"][0]["arrays"]["planes"]}
        points = Packed(data)[planes[layer]["points"]]
        np.testing.assert_allclose(points, replay.feature_space(layer, units=units), atol=1e-3)
        assert planes[layer]["regions"] is None
        assert [space["layer"] for space in data["runs"][0]["spaces"]] == [*planes]


@pytest.mark.usefixtures("as_arrays")
def test_images_are_carried_as_bytes(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.uniform(-1, 1, (30, 16)).astype(np.float32)
    data = page(make_run(units=(16, 2, 1), data=(inputs, np.arange(30) % 2)))
    (samples,) = data["samples"]
    assert samples["inputs"] is None and samples["limits"] is None
    images = Packed(data)[samples["images"]]
    assert images.shape == (30, 4, 4) and images.dtype == np.uint8
    scaled = (inputs - inputs.min()) / np.ptp(inputs) * 255
    np.testing.assert_allclose(images.reshape(30, 16), scaled, atol=0.51)


# Several runs


def test_runs_asked_about_the_same_samples_share_them(make_run: Any) -> None:
    other = datasets.parabola(25)
    paths = [make_run("a.h5"), make_run("b.h5", activation="relu"), make_run("c.h5", data=other)]
    data = page(*paths)
    assert [run["samples"] for run in data["runs"]] == [0, 0, 1]
    assert [run["name"] for run in data["runs"]] == ["a", "b", "c"]
    assert len(data["samples"]) == 2
    assert data["samples"][0]["limits"] == data["samples"][1]["limits"]
    everything = np.concatenate([Recording(path).inputs for path in paths])
    low, high = np.transpose(data["samples"][0]["limits"])
    assert (low < everything.min(axis=0)).all() and (high > everything.max(axis=0)).all()
    assert data["start"]["runs"] == [0, 1, 2]


def test_a_run_that_needs_inputs_has_them_also_where_another_is_carried_as_arrays(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(500, 3)).astype(np.float32), np.arange(500) % 2
    small = make_run("a.h5", units=(3, 2, 1), data=samples)
    large = make_run("b.h5", units=(3, 120, 120, 1), data=samples)
    data = page(large, small)
    assert [run["network"] is None for run in data["runs"]] == [True, False]
    (shared,) = data["samples"]
    assert shared["inputs"] is not None and shared["targets"] is not None


# Which snapshots, and where to begin


def test_epochs_and_every_choose_the_snapshots(make_run: Any) -> None:
    path = make_run(n_snapshots=21)
    assert page(path, epochs=(4, 15), every=3)["runs"][0]["epochs"] == [4, 7, 10, 13, 15]
    run = page(path, epochs=(4, 15))["runs"][0]
    assert len(run["curves"][0]["epochs"]) == 20  # of the whole run


def test_a_run_that_ended_early_shows_its_end(make_run: Any) -> None:
    data = page(make_run("a.h5", n_snapshots=4), make_run("b.h5", n_snapshots=20), epochs=(10, 12))
    assert [run["epochs"] for run in data["runs"]] == [[3], [10, 11, 12]]


def test_the_page_begins_as_asked(make_run: Any) -> None:
    path = make_run(units=(2, 4, 2, 1))
    data = page(path, view="losses", layer="hidden_1", units=(3, 1), epoch=2.5, theme="dark", seconds=9)
    assert data["start"] == {
        "epoch": 2.5,
        "runs": [0],
        "view": "losses",
        "layer": "hidden_1",
        "units": [3, 1],
        "neuron": None,
    }
    assert (data["theme"], data["seconds"], data["styles"]) == ("dark", 9, STYLES)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"view": "most-wrong"}, "no view most-wrong.*dashboard"),
        ({"view": "losess"}, "did you mean losses"),
        ({"layer": "hiden"}, "unknown layer 'hiden': did you mean hidden"),
        ({"layer": "output"}, "plane of layer 'output': use one of hidden"),
        ({"units": (1, 7)}, "no unit 7"),
        ({"epoch": 77}, "no epoch 77"),
        ({"epochs": (50, None)}, "no epoch 50"),
        ({"every": 0}, "not 0"),
        ({"seconds": 0}, "above 0"),
    ],
)
def test_a_page_that_cannot_be_is_refused(make_run: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ViewError, match=told):
        page(make_run(), **options)


# Odd runs


def test_a_regression_has_no_classes(make_run: Any) -> None:
    inputs = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    path = make_run(data=(inputs, inputs[:, 0]), output_activation="linear", loss="mean_squared_error")
    data = page(path)
    (run,), (samples,) = data["runs"], data["samples"]
    assert run["task"]["kind"] == "regression"
    assert run["probabilities"] is None and samples["labels"] is None
    np.testing.assert_allclose(Packed(data)[samples["targets"]], inputs[:, 0])
    assert run["losses"] is not None


@pytest.mark.usefixtures("as_arrays")
def test_a_regression_as_arrays_has_points_and_losses_alone(make_run: Any) -> None:
    inputs = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    path = make_run(data=(inputs, inputs[:, 0]), output_activation="linear", loss="mean_squared_error")
    arrays = page(path)["runs"][0]["arrays"]
    assert [arrays[name] for name in ("probabilities", "predicted", "input_regions")] == [None] * 3
    assert arrays["losses"] is not None and arrays["planes"][0]["regions"] is None


def test_a_loss_that_is_not_known_is_left_out(make_run: Any) -> None:
    assert page(make_run(loss="focal"))["runs"][0]["losses"] is None


def test_a_network_of_several_inputs_has_no_page(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 2, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
    inputs = {"a": np.zeros((4, 2)), "b": np.zeros((4, 1))}
    with RunWriter(tmp_path / "run.h5", description, inputs, np.zeros(4)) as writer:
        writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)])
    with pytest.raises(ViewError, match=r"run\.h5: a page cannot show .*several inputs or outputs"):
        page(tmp_path / "run.h5")


def test_a_layer_that_was_not_recorded_leaves_no_page(tmp_path: Path) -> None:
    hidden = dense("hidden", 2, 2, "tanh")
    weights = tuple(WeightDescription(each.name, each.shape) for each in hidden.weights)
    left_out = LayerDescription("hidden", "Dense", 2, "tanh", weights=weights, shape=(2,), recorded=False)
    description = RunDescription(
        (left_out, dense("output", 2, 1, "sigmoid")), loss={"name": "binary_crossentropy"}
    )
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(10)) as writer:
        writer.snapshot(0, [np.zeros((2, 1)), np.zeros(1)])
    with pytest.raises(ViewError, match=r"weights of hidden, which were not recorded.*record all layers"):
        page(tmp_path / "run.h5")


@pytest.mark.slow
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("mode", ["weights", "arrays"])
@pytest.mark.parametrize("bad_from", [0, 2])
def test_a_run_that_diverged_is_carried_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, bad: float, bad_from: int
) -> None:
    if mode == "arrays":
        monkeypatch.setattr(network_data, "MAX_MULTIPLICATIONS", 0)
    layers = (dense("hidden", 2, 3, "tanh"), dense("output", 3, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    shapes = [weight.shape for _, weight in description.weight_paths]
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(10)) as writer:
        for epoch in range(4):
            value = bad if epoch >= bad_from else 0.3 * (epoch + 1)
            writer.snapshot(
                epoch, [np.full(shape, value) for shape in shapes], {"loss": value} if epoch else None
            )
    data = page(tmp_path / "run.h5")
    packed, (run,) = Packed(data), data["runs"]
    assert run["epochs"] == [0, 1, 2, 3]
    assert np.isfinite(run["spaces"][0]["unit_limits"]).all()
    if mode == "arrays":
        p = packed[run["arrays"]["probabilities"]]
        assert np.isfinite(p[:bad_from]).all()
        expected = Replay(tmp_path / "run.h5").probabilities()
        np.testing.assert_allclose(p, expected, atol=1e-5)
    else:
        kernel = packed[run["network"]["layers"][0]["weights"]["kernel"]]
        np.testing.assert_array_equal(kernel[bad_from:], np.full_like(kernel[bad_from:], bad))


def test_one_snapshot_is_a_page(make_run: Any) -> None:
    data = page(make_run(n_snapshots=1))
    assert data["runs"][0]["epochs"] == [0]
    assert Packed(data)[data["runs"][0]["network"]["layers"][0]["weights"]["bias"]].shape == (1, 2)


@pytest.mark.slow
def test_a_thousand_snapshots_are_all_carried(make_run: Any) -> None:
    data = page(make_run(n_snapshots=1000))
    assert len(data["runs"][0]["epochs"]) == 1000 and data["notes"] == []


def test_fractions_of_epochs_are_kept(make_run: Any) -> None:
    epochs = np.array([0, 0.25, 0.5, 1])
    assert page(make_run(n_snapshots=4, epochs=epochs))["runs"][0]["epochs"] == [0, 0.25, 0.5, 1]


# Size


def test_of_many_samples_a_stratified_choice_is_shown(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(12_000, 2)).astype(np.float32), (np.arange(12_000) % 4 == 0).astype(int)
    data = page(make_run(data=(inputs, labels), n_snapshots=2))
    (samples,) = data["samples"]
    assert in_english(data) == ["5,000 of 12,000 samples are shown."]
    assert samples["n_recorded"] == 12_000
    carried = Packed(data)[samples["labels"]]
    assert (len(carried), carried.sum()) == (5000, 1250)
    highest = data["runs"][0]["probabilities"]["highest"]
    assert highest[0] <= 3750 and highest[1] <= 1250  # bars of what is shown


@pytest.mark.slow
def test_a_run_too_large_for_its_page_is_thinned_out_step_by_step(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(3000, 3)).astype(np.float32), np.arange(3000) % 2
    path = make_run(units=(3, 60, 60, 2, 1), data=samples, n_snapshots=30)
    replay, whole = Replay(path), page(path)
    assert whole["notes"] == [] and whole["runs"][0]["arrays"]
    fewer = page(path, max_bytes=len(json.dumps(whole)) // 2)
    assert in_english(fewer) == ["1,000 of 3,000 samples are shown."]
    of_languages = len(json.dumps(whole["languages"]))  # which are never thinned out
    fewest = page(path, max_bytes=of_languages + (len(json.dumps(whole)) - of_languages) // 20)
    assert in_english(fewest)[0] == "500 of 3,000 samples are shown."
    thinned = in_english(fewest)[1]
    assert thinned.startswith("One in ") and thinned.endswith(" of 30 snapshots is shown.")
    for data in (fewer, fewest):
        (run,), packed = data["runs"], Packed(data)
        positions = some_samples(
            replay.recording.task.labels, 3000, len(packed[data["samples"][0]["labels"]])
        )
        expected = replay.probabilities(epochs=run["epochs"])[:, positions]
        np.testing.assert_allclose(packed[run["arrays"]["probabilities"]], expected, atol=1e-5)
        assert run["epochs"][-1] == 29
        assert len(run["curves"][0]["epochs"]) == 29


def test_a_page_that_cannot_be_small_enough_names_the_size_it_needs(make_run: Any) -> None:
    path = make_run()
    with pytest.raises(ViewError, match=r"smaller than 0\.\d\d MB: allow more than 0\.00 MB") as error:
        page(path, overhead=200_000, max_bytes=1000)
    needed = float(str(error.value).split("than ")[1].split(" MB")[0])
    assert 0.2 <= needed < 0.25


@pytest.mark.usefixtures("as_arrays")
def test_the_network_is_asked_once_however_much_is_thinned_out(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from replay.player.payload import run_data

    asked = []
    whole = run_data.run_answers

    def counting(*arguments: Any, **options: Any) -> Any:
        asked.append(arguments)
        return whole(*arguments, **options)

    monkeypatch.setattr(run_data, "run_answers", counting)
    samples = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32), np.arange(3000) % 2
    path = make_run(data=samples, n_snapshots=20)
    data = page(path, max_bytes=200_000)
    assert len(data["notes"]) == 4 and len(asked) == 1


def test_steps_go_from_everything_to_the_least() -> None:
    assert steps(1200, 10, True) == [
        Thinning(1200, 1, True),
        Thinning(1000, 1, True),
        Thinning(500, 1, True),
        Thinning(500, 1, False),
        Thinning(500, 1, False, False),
        Thinning(500, 2, False, False),
        Thinning(500, 4, False, False),
        Thinning(500, 8, False, False),
    ]
    assert steps(20, 1, False) == [Thinning(20, 1, True), Thinning(20, 1, True, False)]


def test_what_could_not_be_held_in_memory_is_not_begun_with() -> None:
    first = steps(5000, 100_000, False)[0]
    assert first.samples * 100_000 / first.stride <= 20_000_000


@pytest.mark.parametrize("labels", [None, np.arange(7000) % 3])
def test_fewer_samples_are_part_of_more(labels: np.ndarray | None) -> None:
    chosen = [some_samples(labels, 7000, most) for most in SAMPLES]
    assert [len(each) for each in chosen] == list(SAMPLES)
    for fewer, more in zip(chosen[1:], chosen, strict=False):
        assert np.isin(fewer, more).all() and (np.diff(fewer) > 0).all()


def test_the_last_snapshot_is_always_shown() -> None:
    np.testing.assert_array_equal(some_snapshots(np.arange(11.0), 4), [0, 4, 8, 10])
    np.testing.assert_array_equal(some_snapshots(np.arange(3.0), 1), [0, 1, 2])


def test_the_same_run_gives_the_same_page(make_run: Any) -> None:
    path = make_run()
    assert page(path) == page(path)
