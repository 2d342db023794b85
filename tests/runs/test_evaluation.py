"""The façade's arrays and the moments between snapshots, against the network worked out by hand."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import Mock

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from replay import LayerDescription, Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import DataError, RunFileError, ViewError
from replay.network.in_keras import describe
from replay.network.in_numpy import forward
from replay.runs import evaluation
from replay.runs.layer_values import rank

Array = np.ndarray
MakeRun = Callable[..., Path]
N_SNAPSHOTS = 5


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array) -> Array:
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def same(z: Array) -> Array:
    return z


def binary_loss(p: Array, y: Array) -> Array:
    return -np.where(y == 1, np.log(p[..., 0]), np.log(1 - p[..., 0]))


def sparse_loss(p: Array, y: Array) -> Array:
    return -np.log(np.take_along_axis(p, y[:, None].astype(int), axis=-1)[..., 0])


def squared_loss(p: Array, y: Array) -> Array:
    return (p[..., 0] - y) ** 2


class Kind(NamedTuple):
    """A run to write, and how to work it out by hand."""

    facts: dict[str, Any]
    squash: Callable[[Array], Array]
    loss: Callable[[Array, Array], Array]


def wave() -> tuple[Array, Array]:
    inputs = datasets.xor(20)[0]
    return inputs, np.sin(inputs.sum(axis=1)).astype(np.float32)


KINDS: dict[str, Callable[[], Kind]] = {
    "binary": lambda: Kind({"seed": 5}, sigmoid, binary_loss),
    "deep": lambda: Kind({"units": (2, 5, 2, 1), "activation": "elu"}, sigmoid, binary_loss),
    "multiclass": lambda: Kind({"units": (2, 2, 4), "data": datasets.blobs(10)}, softmax, sparse_loss),
    "regression": lambda: Kind(
        {"output_activation": "linear", "loss": "mean_squared_error", "data": wave()}, same, squared_loss
    ),
    "not covered": lambda: Kind({"units": (2, 3, 1)}, sigmoid, binary_loss),
}
CLASSES = [name for name in KINDS if name != "regression"]


class Scene:
    """A run, and its network in plain float64 NumPy."""

    def __init__(self, name: str, make_run: MakeRun, tmp_path: Path) -> None:
        self.kind = KINDS[name]()
        self.path = (
            write_branched(tmp_path / "run.h5") if name == "not covered" else make_run(**self.kind.facts)
        )
        self.branched = name == "not covered"
        self.replay = Replay(self.path)
        recording = self.replay.recording
        self.x = recording.inputs.astype(np.float64)
        self.y = recording.targets
        self.layer = "hidden_2" if name == "deep" else "hidden"
        self.elu = name == "deep"

    def snapshot(self, position: int) -> list[Array]:
        epoch = float(self.replay.epochs[position])
        return [array[0].astype(np.float64) for array in self.replay.recording.weights_at(epoch)]

    def between(self, position: int, share: float) -> list[Array]:
        """The weights `share` of the way from one snapshot to the next."""
        pairs = zip(self.snapshot(position), self.snapshot(position + 1), strict=True)
        return [(1 - share) * before + share * after for before, after in pairs]

    def hidden(self, weights: list[Array], x: Array) -> tuple[Array, Array]:
        """Pre-activations and activations of the last hidden layer."""
        f = (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0)))) if self.elu else np.tanh
        pairs = list(zip(weights[::2], weights[1::2], strict=True))
        for kernel, bias in pairs[:-1][: 1 if self.branched else None]:
            z = x @ kernel + bias
            x = f(z)
        return z, x

    def outputs(self, weights: list[Array], x: Array) -> Array:
        hidden = self.hidden(weights, x)[1]
        if self.branched:
            kernel, bias = weights[2:4]
            hidden = (hidden + np.maximum(x @ kernel + bias, 0)) / 2
        return self.kind.squash(hidden @ weights[-2] + weights[-1])

    def probabilities(self, weights: list[Array], x: Array) -> Array:
        outputs = self.outputs(weights, x)
        return outputs[..., 0] if outputs.shape[-1] == 1 else outputs

    def losses(self, weights: list[Array]) -> Array:
        return self.kind.loss(self.outputs(weights, self.x), self.y)

    def correct(self, weights: list[Array]) -> Array:
        p = self.probabilities(weights, self.x)
        return (p > 0.5 if p.ndim == 1 else p.argmax(axis=-1)) == self.y


def write_branched(path: Path) -> Path:
    """A network of the mean of two arms, which only Keras evaluates."""
    inputs = keras.Input((2,))
    left = keras.layers.Dense(3, activation="tanh", name="hidden")(inputs)
    right = keras.layers.Dense(3, activation="relu", name="right")(inputs)
    both = keras.layers.Average(name="both")([left, right])
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="output")(both))
    model.compile(loss="binary_crossentropy")
    rng = np.random.default_rng(2)
    with RunWriter(path, describe.describe(model), *datasets.parabola(10)) as writer:
        for epoch in range(N_SNAPSHOTS):
            weights = [rng.normal(size=w.shape).astype(np.float32) for w in model.get_weights()]
            writer.snapshot(epoch, weights)
    return path


@pytest.fixture(params=list(KINDS))
def scene(request: pytest.FixtureRequest, make_run: MakeRun, tmp_path: Path) -> Scene:
    return Scene(request.param, make_run, tmp_path)


@pytest.fixture(params=CLASSES)
def classes(request: pytest.FixtureRequest, make_run: MakeRun, tmp_path: Path) -> Scene:
    return Scene(request.param, make_run, tmp_path)


def facade(scene: Scene) -> dict[str, Callable[..., Array]]:
    """Every array that the façade gives, as a function of the epochs asked for."""
    replay, other = scene.replay, np.array([[0.5, -1.0], [2.0, 0.25], [-3.0, 0.0]])
    arrays = {
        "losses": replay.losses,
        "activations": lambda epochs=None: replay.activations(scene.layer, epochs=epochs),
        "activations of other inputs": lambda epochs=None: replay.activations(
            scene.layer, inputs=other, epochs=epochs
        ),
        "pre-activations": lambda epochs=None: replay.activations(
            scene.layer, epochs=epochs, before_activation=True
        ),
        "outputs": lambda epochs=None: replay.activations("output", epochs=epochs),
    }
    if replay.evaluation.task.labels is not None:
        arrays["probabilities"] = lambda epochs=None: replay.probabilities(epochs=epochs)
        arrays["probabilities of other inputs"] = lambda epochs=None: replay.probabilities(other, epochs)
        arrays["correct"] = replay.evaluation.correct
    return arrays


def assert_close(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=2e-5)


@pytest.mark.filterwarnings("ignore")
def test_activations_and_losses_are_those_of_the_network_at_each_snapshot(scene: Scene) -> None:
    replay = scene.replay
    weights = [scene.snapshot(position) for position in range(N_SNAPSHOTS)]
    z, hidden = zip(*(scene.hidden(each, scene.x) for each in weights), strict=True)
    assert_close(replay.activations(scene.layer, before_activation=True), z)
    assert_close(replay.activations(scene.layer), hidden)
    assert_close(replay.activations("output"), [scene.outputs(each, scene.x) for each in weights])
    assert_close(replay.losses(), [scene.losses(each) for each in weights])


@pytest.mark.filterwarnings("ignore")
def test_probabilities_are_those_of_the_network_for_recorded_and_for_other_inputs(classes: Scene) -> None:
    weights = [classes.snapshot(position) for position in range(N_SNAPSHOTS)]
    expected = [classes.probabilities(each, classes.x) for each in weights]
    assert_close(classes.replay.probabilities(), expected)
    other = np.random.default_rng(6).normal(size=(7, 2))
    expected = [classes.probabilities(each, other) for each in weights]
    assert_close(classes.replay.probabilities(other), expected)
    assert_close(classes.replay.probabilities(other.tolist()), expected)


@pytest.mark.filterwarnings("ignore")
def test_right_samples_are_those_whose_class_is_the_likeliest(classes: Scene) -> None:
    expected = [classes.correct(classes.snapshot(position)) for position in range(N_SNAPSHOTS)]
    got = classes.replay.evaluation.correct()
    assert 0 < np.mean(expected) < 1
    np.testing.assert_array_equal(got, expected)


SUBSETS = [[0], [4], [0, 1, 2, 3, 4], [1, 2], [0, 2, 4], [3, 1], [2, 2, 0, 2], []]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("epochs", SUBSETS, ids=str)
def test_any_epochs_give_those_slices_of_the_whole(scene: Scene, epochs: list[int]) -> None:
    for name, array in facade(scene).items():
        whole = array()
        got = array(epochs=epochs)
        assert got.shape == (len(epochs), *whole.shape[1:]), name
        np.testing.assert_allclose(got, whole[epochs], rtol=1e-5, atol=1e-6, err_msg=name)


def test_epochs_may_be_any_numbers_that_can_be_counted_through(make_run: MakeRun) -> None:
    replay = Replay(make_run())
    whole = replay.losses()
    for epochs in (np.array([1, 3]), (1.0, 3.0), (e for e in (1, 3)), range(1, 4, 2)):
        np.testing.assert_allclose(replay.losses(epochs), whole[[1, 3]], rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("values", [1, 150, 700, 10**9])
def test_blocks_of_any_size_give_the_same_arrays(
    scene: Scene, values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {name: array() for name, array in facade(scene).items()}
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", values)
    for name, array in facade(scene).items():
        np.testing.assert_allclose(array(), whole[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("values", "n_blocks"), [(1, N_SNAPSHOTS), (10**9, 1)])
def test_blocks_of_answers_cover_every_snapshot_once_and_in_order(
    scene: Scene, values: int, n_blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", values)
    blocks = list(scene.replay.evaluation.blocks())
    assert [place for start, stop, _ in blocks for place in range(start, stop)] == list(range(N_SNAPSHOTS))
    assert len(blocks) == n_blocks
    for start, stop, answers in blocks:
        expected = [scene.outputs(scene.snapshot(place), scene.x) for place in range(start, stop)]
        assert_close(answers.outputs, expected)
        losses = scene.replay.evaluation.losses_of(answers)
        assert_close(losses, [scene.losses(scene.snapshot(place)) for place in range(start, stop)])


def test_logits_come_along_where_the_loss_wants_them(make_run: MakeRun) -> None:
    for kind, squash in (("binary", sigmoid), ("multiclass", softmax)):
        replay = Replay(make_run(**KINDS[kind]().facts))
        for _, _, answers in replay.evaluation.blocks():
            assert answers.logits is not None
            assert_close(squash(answers.logits.astype(np.float64)), answers.outputs)
    replay = Replay(make_run(**KINDS["regression"]().facts))
    assert all(answers.logits is None for _, _, answers in replay.evaluation.blocks())


def test_blocks_hold_no_more_activations_than_they_may(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", 1000)
    replay = Replay(make_run(units=(2, 10, 1)))  # 60 samples
    assert replay.evaluation.block_size(60) == 1
    assert replay.evaluation.block_size(20) == 5
    assert replay.evaluation.block_size(10**6) == 1


@pytest.mark.filterwarnings("ignore")
def test_a_moment_at_a_snapshot_shows_what_the_snapshot_holds(scene: Scene) -> None:
    replay = scene.replay
    for epoch in (0, 3, 4):
        moment = replay.evaluation.at(epoch)
        assert_close(moment.losses, replay.losses([epoch])[0])
        assert_close(moment.activations(scene.layer), replay.activations(scene.layer, epochs=[epoch])[0])
        if replay.evaluation.task.labels is not None:
            assert_close(moment.probabilities, replay.probabilities(epochs=[epoch])[0])
            np.testing.assert_array_equal(moment.correct, replay.evaluation.correct([epoch])[0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("position", "share"), [(0, 0.5), (1, 0.25), (3, 0.875)])
def test_a_moment_between_two_snapshots_is_the_network_with_interpolated_weights(
    scene: Scene, position: int, share: float
) -> None:
    moment = scene.replay.evaluation.at(position + share)
    weights = scene.between(position, share)
    assert_close(moment.activations(scene.layer), scene.hidden(weights, scene.x)[1])
    assert_close(moment.losses, scene.losses(weights))
    other = np.array([[0.5, -1.0], [2.0, 0.25]])
    assert_close(moment.evaluate(other), scene.outputs(weights, other))
    assert_close(moment.evaluate(other, scene.layer), scene.hidden(weights, other)[1])
    if scene.replay.evaluation.task.labels is not None:
        assert_close(moment.probabilities, scene.probabilities(weights, scene.x))
        np.testing.assert_array_equal(moment.correct, scene.correct(weights))
        by_class = moment.answers_of(other).probabilities
        expected = scene.probabilities(weights, other)
        assert_close(by_class[:, 1] if expected.ndim == 1 else by_class, expected)
        assert_close(by_class.sum(axis=1), 1)


# Gradients


def slopes(scene: Scene, weights: list[Array]) -> list[Array]:
    """Central differences of the mean loss for every weight."""
    step, found = 1e-5, []
    for array in weights:
        slope = np.empty_like(array)
        for index in np.ndindex(*array.shape):
            kept, sides = array[index], []
            for side in (step, -step):
                array[index] = kept + side
                sides.append(scene.losses(weights).mean())
            array[index] = kept
            slope[index] = (sides[0] - sides[1]) / (2 * step)
        found.append(slope)
    return found


@pytest.mark.filterwarnings("ignore")
def test_gradients_are_the_slopes_of_the_mean_loss(scene: Scene) -> None:
    evaluation = scene.replay.evaluation
    expected = slopes(scene, scene.snapshot(2))
    got = evaluation.gradients_of(evaluation.recording.weights_at(2))
    assert len(got) == len(expected)
    for array, slope in zip(got, expected, strict=True):
        assert_close(array[0], slope)
    between = slopes(scene, scene.between(1, 0.25))
    for array, slope in zip(evaluation.at(1.25).gradients(), between, strict=True):
        assert_close(array[0], slope)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("epochs", SUBSETS, ids=str)
def test_gradients_of_a_layer_are_given_by_weight_and_epoch(scene: Scene, epochs: list[int]) -> None:
    evaluation = scene.replay.evaluation
    of_each = [evaluation.at(epoch).gradients() for epoch in range(N_SNAPSHOTS)]
    got = evaluation.gradients("output", epochs)
    assert list(got) == ["kernel", "bias"]
    for place, name in ((-2, "kernel"), (-1, "bias")):
        whole = np.concatenate([gradients[place] for gradients in of_each])
        assert got[name].shape == (len(epochs), *whole.shape[1:])
        np.testing.assert_allclose(got[name], whole[epochs], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(evaluation.gradients("output")[name], whole, rtol=1e-4, atol=1e-6)


def test_gradients_are_clipped_as_the_runs_optimizer_clips_them(make_run: MakeRun) -> None:
    plain = Replay(make_run()).evaluation
    clipping = Replay(make_run("clipped.h5", optimizer={"class": "Adam", "clipvalue": 0.01})).evaluation
    whole = plain.gradients("hidden")
    assert max(np.abs(array).max() for array in whole.values()) > 0.02
    for name, array in clipping.gradients("hidden", clipped=True).items():
        np.testing.assert_allclose(array, np.clip(whole[name], -0.01, 0.01), rtol=1e-6)
        np.testing.assert_array_equal(clipping.gradients("hidden")[name], whole[name])
        np.testing.assert_array_equal(plain.gradients("hidden", clipped=True)[name], whole[name])
    moment = clipping.at(1.0)
    for raw, cut in zip(moment.gradients(), moment.gradients(clipped=True), strict=True):
        np.testing.assert_array_equal(cut, np.clip(raw, -0.01, 0.01))
    assert moment.gradients() is moment.gradients()  # computed once


def test_gradients_of_a_snapshot_are_worked_out_once_unless_they_are_large(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kept, times in ((evaluation.KEPT_GRADIENTS, 1), (0, 2)):
        monkeypatch.setattr(evaluation, "KEPT_GRADIENTS", kept)
        replay = Replay(make_run())
        work_out = replay.evaluation.gradients_of
        counted = Mock(wraps=work_out)
        monkeypatch.setattr(replay.evaluation, "gradients_of", counted)
        for epoch in (0, 1.5, 3, 0, 1.5, 3):
            found = replay.evaluation.at(epoch).gradients()
            for one, other in zip(found, work_out(replay.recording.weights_at(epoch)), strict=True):
                np.testing.assert_array_equal(one, other)
        assert counted.call_count == 2 * times + 2  # those between snapshots are not kept


def test_gradients_of_unknown_layers_are_refused_and_layers_without_weights_have_none(
    make_run: MakeRun, tmp_path: Path
) -> None:
    with pytest.raises(ViewError, match=r"unknown layer 'hiden'.*hidden"):
        Replay(make_run()).evaluation.gradients("hiden")
    layers = (LayerDescription("half", "Rescaling", 2, config={"scale": 0.5, "offset": 0.0}),)
    with RunWriter(tmp_path / "none.h5", RunDescription(layers), *datasets.parabola(5)) as writer:
        writer.snapshot(0, [])
    assert Replay(tmp_path / "none.h5").evaluation.gradients("half") == {}


def test_gradients_of_a_diverged_network_are_nan_without_a_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluation = diverging(tmp_path / "run.h5", "multiclass").evaluation
        gradients = evaluation.gradients("output")
        evaluation.at(2.5).gradients(clipped=True)
    assert np.isfinite(gradients["kernel"][:2]).all()
    assert np.isnan(gradients["bias"][3]).all()


# At scale


def test_blocks_count_whole_feature_maps_and_weights(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = LayerDescription("filters", "Conv2D", 2, shape=(10, 5, 2))
    with RunWriter(tmp_path / "maps.h5", RunDescription((maps,)), np.zeros((3, 4)), np.zeros(3)) as writer:
        writer.snapshot(0, [])
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", 1000)
    assert Replay(tmp_path / "maps.h5").evaluation.block_size(2) == 5
    wide = Replay(make_run(units=(2, 60, 2), loss="sparse_categorical_crossentropy")).evaluation
    assert wide.block_size(1) == 1000 // (2 * 60 + 60 + 60 * 2 + 2)  # of weights, more than of activations


def test_a_layer_that_was_not_recorded_is_missed_where_it_is_needed_and_only_there(tmp_path: Path) -> None:
    first, second = dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")
    layers = (first, replace(second, recorded=False))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    kernel, bias = np.eye(2, dtype=np.float32), np.ones(2, np.float32)
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(5)) as writer:
        writer.snapshot(0, [kernel, bias])
    replay = Replay(tmp_path / "run.h5")
    expected = np.tanh(replay.recording.inputs + 1)
    np.testing.assert_allclose(replay.activations("hidden")[0], expected, rtol=1e-5)
    for ask in (replay.probabilities, replay.losses, lambda: replay.evaluation.gradients("hidden")):
        with pytest.raises(ViewError, match="weights of layer 'output' were not recorded"):
            ask()


def shaped_run(path: Path) -> Replay:
    """A chain whose layers give vectors, maps and half of what they have, up to one that was not recorded."""
    layers = (
        LayerDescription("flat", "Flatten"),
        replace(dense("wide", 6, 8, "glu"), units=4, shape=(4,)),
        LayerDescription("maps", "Reshape", config={"target_shape": [2, 2]}, activation="linear"),
        replace(dense("last", 2, 3, "tanh"), shape=(2, 3)),
        replace(dense("missing", 3, 1, "sigmoid"), shape=(2, 1), recorded=False),
        LayerDescription("behind", "Activation", activation="tanh"),
    )
    description = RunDescription(layers)
    rng = np.random.default_rng(0)
    with RunWriter(path, description, rng.normal(size=(5, 2, 3)), np.zeros(5)) as writer:
        for epoch in range(2):
            writer.snapshot(epoch, [rng.normal(size=weight.shape) for _, weight in description.weight_paths])
    return Replay(path)


def test_shapes_tell_what_evaluating_a_chain_gives(tmp_path: Path) -> None:
    found = shaped_run(tmp_path / "run.h5").evaluation
    given = {name: found.activations(name).shape[2:] for name in ("flat", "wide", "maps", "last")}
    assert given == {"flat": (6,), "wide": (4,), "maps": (2, 2), "last": (2, 3)}
    layers = {layer.name: layer for layer in found.recording.description.layers}
    for name, shape in given.items():
        assert found.n_values(name) == np.prod(shape)
        assert rank(found, layers[name]) == rank(found, layers[name], before_activation=True) == len(shape)
    for name in ("missing", "behind"):
        assert rank(found, layers[name]) is None
        with pytest.raises(ViewError, match="weights of layer 'missing' were not recorded"):
            found.n_values(name)


@pytest.mark.parametrize(
    "order", [("flat", "last", "maps"), ("last", "wide", "flat"), ("maps", "last", "wide")]
)
def test_a_moment_gives_the_same_whatever_was_asked_before(tmp_path: Path, order: tuple[str, ...]) -> None:
    found = shaped_run(tmp_path / "run.h5").evaluation
    weights = found.recording.weights_at(0.5)
    moment = found.at(0.5)
    for name in order:
        np.testing.assert_array_equal(
            moment.activations(name), found.network.evaluate(found.inputs, weights, name)[0]
        )


@pytest.mark.parametrize("kind", ["binary", "deep", "multiclass"])
def test_samples_in_pieces_have_the_same_answers(
    kind: str, make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(kind, make_run, tmp_path)
    whole = scene.replay.evaluation.at(2.5)
    expected = whole.probabilities, whole.losses
    monkeypatch.setattr(forward, "HELD_VALUES", 7 * scene.replay.evaluation.widest)
    again = Replay(scene.replay.recording.path).evaluation.at(2.5)
    assert_close(again.probabilities, expected[0])
    assert_close(again.losses, expected[1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system tells no peak of memory")
def test_a_wide_network_of_very_many_samples_takes_bounded_memory(tmp_path: Path) -> None:
    """A layer that does not tell its shape: 400,000 samples would have 1.6 GB of activations in it."""
    hidden = replace(dense("hidden", 1, 1000, "relu"), units=None, shape=None)
    description = RunDescription((hidden, dense("output", 1000, 1, "sigmoid")))
    samples = np.random.default_rng(0).integers(0, 9, 400_000).astype(np.uint8)
    with RunWriter(tmp_path / "run.h5", description, samples[:, None], samples > 4) as writer:
        writer.snapshot(0, [np.zeros(weight.shape) for _, weight in description.weight_paths])
    code = (
        "import sys\nfrom replay import Replay\nprint(Replay(sys.argv[1]).probabilities().sum())\n"
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "run.h5")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    total, peak = done.stdout.split()
    assert float(total) == 200_000 and int(peak) < 500_000  # kilobytes


def test_more_answers_than_can_be_held_are_refused(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 1, 1000, "softmax"),))
    with RunWriter(tmp_path / "run.h5", description, np.zeros((70_000, 1)), np.zeros(70_000)) as writer:
        writer.snapshot(0, [np.zeros((1, 1000)), np.zeros(1000)])
    with pytest.raises(RunFileError, match=r"run\.h5: its network gives 70,000,000 output values"):
        Replay(tmp_path / "run.h5").probabilities()


def images_model(units: int) -> Any:
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(units, "relu"),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def test_probabilities_of_images_are_those_of_keras_to_five_digits(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    model = images_model(64)
    expected = []
    with RunWriter(tmp_path / "run.h5", describe.describe(model), images[:20], np.arange(20) % 10) as (
        writer
    ):
        for epoch in range(3):
            model.set_weights([w + rng.normal(0, 0.1, w.shape).astype(w.dtype) for w in model.get_weights()])
            writer.snapshot(epoch, describe.weights(model))
            expected.append(np.asarray(model(images)))
    got = Replay(tmp_path / "run.h5").probabilities(images)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)


PEAK = """
import sys
import numpy as np
from replay import Replay

replay = Replay(sys.argv[1])
images = np.random.default_rng(1).random((10_000, 784), dtype=np.float32)
assert replay.probabilities(images).shape == (4, 10_000, 10)
assert replay.evaluation.gradients("hidden")["kernel"].shape == (4, 784, 512)
assert "tensorflow" not in sys.modules
status = open("/proc/self/status").read()
print(status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system tells no peak of memory")
def test_replaying_many_images_stays_within_bounded_memory(make_run: MakeRun) -> None:
    rng = np.random.default_rng(0)
    data = rng.random((2000, 784), dtype=np.float32), np.arange(2000) % 10
    run = make_run(units=(784, 512, 10), activation="relu", n_snapshots=4, data=data)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(run)], capture_output=True, text=True, check=True, timeout=120
    )
    assert int(done.stdout) < 500_000  # kilobytes


def test_snapshots_far_apart_are_interpolated_by_their_epochs(make_run: MakeRun) -> None:
    replay = Replay(make_run(n_snapshots=3, epochs=np.array([0.0, 2.0, 10.0])))
    scene_weights = [replay.recording.weights_at(epoch) for epoch in (2.0, 10.0)]
    mixed = [0.75 * a + 0.25 * b for a, b in zip(*scene_weights, strict=True)]
    z = replay.recording.inputs @ mixed[0][0] + mixed[1][0]
    assert_close(replay.evaluation.at(4.0).activations("hidden"), np.tanh(z))


@pytest.mark.parametrize("kind", ["binary", "deep", "multiclass"])
def test_from_a_layer_on_a_moment_gives_what_the_whole_network_gives(
    kind: str, make_run: MakeRun, tmp_path: Path
) -> None:
    scene = Scene(kind, make_run, tmp_path)
    moment = scene.replay.evaluation.at(2.5)
    through = moment.answers_of(moment.activations(scene.layer), start_after=scene.layer).probabilities
    assert_close(through, moment.answers_of(scene.x).probabilities)


def test_a_moment_asked_for_again_is_the_same(make_run: MakeRun) -> None:
    """Several views ask for one moment in turn; moving on and back again changes nothing either."""
    at = Replay(make_run()).evaluation.at
    first = at(1.5)
    assert at(1.5) is first
    p = first.probabilities.copy()
    at(2.5)
    np.testing.assert_array_equal(at(1.5).probabilities, p)


def test_inputs_of_ones_own_come_from_whatever_holds_numbers(make_run: MakeRun) -> None:
    replay = Replay(make_run())
    some = np.asarray(replay.evaluation.inputs[:3], np.float64)
    expected = replay.probabilities(some)
    for inputs in (pd.DataFrame(some, index=[2, 0, 1]), scipy.sparse.csr_matrix(some), some.tolist()):
        np.testing.assert_array_equal(replay.probabilities(inputs), expected)
    masked = replay.probabilities(np.ma.masked_array(some, np.eye(3, 2)))
    assert np.isnan(masked).tolist() == [[True, True, False]] * N_SNAPSHOTS
    with pytest.raises(DataError, match="inputs must be numbers, not words such as 'a'"):
        replay.probabilities([["a", "b"]])
    with pytest.raises(ViewError, match=r"inputs must have shape \(n, 2\), not \(3,\)"):
        replay.probabilities(some[:, 0])


@pytest.mark.parametrize("epoch", [-0.1, 4.1, 100.0, float("nan")])
def test_there_is_no_moment_outside_the_recorded_epochs(epoch: float, make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match="from epoch 0 to 4"):
        Replay(make_run()).evaluation.at(epoch)


@pytest.mark.parametrize("epoch", [0.5, -1, 5])
def test_arrays_are_refused_for_an_epoch_without_a_snapshot(epoch: float, make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match="no snapshot of epoch"):
        Replay(make_run()).losses([epoch])


def test_activations_of_an_unknown_layer_are_refused_with_the_nearest_names(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=r"unknown layer 'hiden'.*hidden"):
        Replay(make_run()).activations("hiden")


def test_a_regression_has_activations_and_losses_but_no_probabilities(make_run: MakeRun) -> None:
    replay = Replay(make_run(**KINDS["regression"]().facts))
    assert replay.losses().shape == (N_SNAPSHOTS, len(replay.recording.inputs))
    for ask in (replay.probabilities, replay.evaluation.correct):
        with pytest.raises(ViewError, match="regression"):
            ask()


def write_dense(
    path: Path,
    activation: str,
    loss: dict[str, Any] | None,
    snapshots: list[list[Array]],
    data: tuple[Array, Array] | None = None,
) -> Replay:
    """A run of one dense layer."""
    kernel = snapshots[0][0]
    layers = (dense("output", *kernel.shape, activation),)
    inputs, targets = data or datasets.parabola(10)
    with RunWriter(path, RunDescription(layers, loss=loss), inputs, targets) as writer:
        for epoch, weights in enumerate(snapshots):
            writer.snapshot(epoch, weights)
    return Replay(path)


def test_probabilities_of_logits_are_squashed(tmp_path: Path) -> None:
    snapshot = [np.array([[1.0], [-2.0]]), np.array([0.5])]
    loss = {"name": "binary_crossentropy", "from_logits": True}
    replay = write_dense(tmp_path / "run.h5", "linear", loss, [snapshot])
    z = replay.recording.inputs @ snapshot[0] + snapshot[1]
    np.testing.assert_allclose(replay.probabilities()[0], sigmoid(z)[:, 0], rtol=1e-5)
    np.testing.assert_allclose(replay.activations("output")[0], z, rtol=1e-5, atol=1e-6)
    y = replay.recording.targets
    np.testing.assert_allclose(replay.losses()[0], binary_loss(sigmoid(z), y), rtol=1e-4)
    np.testing.assert_allclose(replay.evaluation.at(0).losses, replay.losses()[0])


def test_losses_stay_exact_where_probabilities_round_to_zero_and_one(tmp_path: Path) -> None:
    snapshot = [np.array([[80.0], [0.0]]), np.array([0.0])]
    replay = write_dense(tmp_path / "run.h5", "sigmoid", {"name": "binary_crossentropy"}, [snapshot])
    z = 80.0 * replay.recording.inputs[:, 0].astype(np.float64)
    expected = np.logaddexp(0, np.where(replay.recording.targets == 1, -z, z))
    assert expected.max() > 70
    np.testing.assert_allclose(replay.losses()[0], expected, rtol=1e-4, atol=1e-30)
    np.testing.assert_allclose(replay.evaluation.at(0).losses, expected, rtol=1e-4, atol=1e-30)


def test_a_network_without_weights_answers_the_same_at_every_snapshot(tmp_path: Path) -> None:
    layers = (LayerDescription("half", "Rescaling", 2, config={"scale": 0.5, "offset": 0.0}),)
    inputs, targets = datasets.parabola(5)
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), inputs, targets) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, [])
    replay = Replay(tmp_path / "run.h5")
    np.testing.assert_allclose(replay.activations("half"), np.stack([inputs / 2] * 3))
    parts = [answers.outputs for _, _, answers in replay.evaluation.blocks()]
    np.testing.assert_allclose(np.concatenate(parts), np.stack([inputs / 2] * 3))
    np.testing.assert_allclose(replay.evaluation.at(1.5).evaluate(inputs[:2]), inputs[:2] / 2)


def diverging(path: Path, kind: str) -> Replay:
    """Two finite snapshots, then one with an infinite and one with NaN weights."""
    rng = np.random.default_rng(3)
    units = {"binary": 1, "multiclass": 3, "regression": 1}[kind]
    x = rng.normal(size=(12, 2)).astype(np.float32)
    y = {"binary": np.arange(12) % 2, "multiclass": np.arange(12) % 3}.get(kind, np.linspace(0, 1, 12))
    activation = {"binary": "sigmoid", "multiclass": "softmax"}.get(kind, "linear")
    loss = {"binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    layers = (dense("hidden", 2, 2, "relu"), dense("output", 2, units, activation))
    description = RunDescription(layers, loss={"name": loss.get(kind, "mean_squared_error")})
    with RunWriter(path, description, x, y) as writer:
        for epoch, broken in enumerate((0.0, 0.0, np.inf, np.nan)):
            shapes = [weight.shape for _, weight in description.weight_paths]
            weights = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
            writer.snapshot(epoch, [array + np.float32(broken) for array in weights])
    return Replay(path)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_weights_that_are_nan_give_nan_probabilities_that_count_as_wrong(kind: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replay = diverging(tmp_path / "run.h5", kind)
        p, correct, losses = replay.probabilities(), replay.evaluation.correct(), replay.losses()
        assert replay.evaluation.at(1.5).correct.shape == (12,)  # infinite weights: some answers are finite
        for epoch in (2.5, 3.0):
            moment = replay.evaluation.at(epoch)
            assert np.isnan(moment.probabilities).all()
            assert not moment.correct.any()
            assert np.isnan(moment.losses).all()
            assert np.isnan(moment.activations("hidden")).any()
    assert np.isfinite(p[:2]).all()
    assert correct[:2].any()
    assert np.isfinite(losses[:2]).all()
    assert np.isnan(p[3]).all()
    assert not correct[3].any()
    assert np.isnan(losses[3]).all()


def test_weights_that_are_nan_give_a_regression_nan_losses(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replay = diverging(tmp_path / "run.h5", "regression")
        losses = replay.losses()
        assert np.isnan(replay.evaluation.at(2.5).losses).all()
    assert np.isfinite(losses[:2]).all()
    assert np.isnan(losses[3]).all()


def test_the_loss_is_refused_where_none_was_recorded(tmp_path: Path) -> None:
    replay = write_dense(tmp_path / "run.h5", "sigmoid", None, [[np.ones((2, 1)), np.zeros(1)]])
    assert replay.probabilities().shape == (1, 20)
    with pytest.raises(ViewError, match="without a known loss"):
        replay.losses()
