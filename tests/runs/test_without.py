"""Units taken away: what is left answers as Keras does with the outgoing weights set to zero."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from replay import Recorder, Replay, datasets
from replay.cli.rendering import Rendering
from replay.errors import ViewError
from replay.runs.run_names import run_names, runs_title
from replay.runs.without import can_be_without, joined, parse_without

Array = np.ndarray
TOLERANCE = {"rtol": 0, "atol": 1e-6}


def recorded(model: Any, folder: Path, x: Array, held_out: bool = False) -> Replay:
    """Two epochs of the model, with random biases and moving averages that are not those of the start."""
    rng = np.random.default_rng(1)
    y = np.arange(len(x)) % 2
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", run_eagerly=True)
    model.set_weights([w + 0.3 * rng.uniform(size=w.shape) for w in model.get_weights()])
    data = (x[::2] * 0.5, y[::2]) if held_out else None
    path = folder / "run.h5"
    recorder = Recorder(path, x, y, validation_data=data)
    model.fit(x, y, epochs=2, batch_size=len(x), verbose=0, callbacks=[recorder])
    return Replay(path)


def silenced(model: Any, layer: str, rows: list[int]) -> Any:
    """The model with these rows of a layer's kernel set to zero."""
    weights = model.get_layer(layer).get_weights()
    weights[0][..., rows, :] = 0
    model.get_layer(layer).set_weights(weights)
    return model


def dense_chain() -> Any:
    return keras.Sequential([
        keras.Input((2,)),
        kl.Dense(4, activation="sigmoid", name="first"),
        kl.Dropout(0.5, name="dropped"),
        kl.Dense(3, name="second"),
        kl.BatchNormalization(),
        kl.PReLU(),
        kl.Dense(1, activation="sigmoid", name="output"),
    ])  # fmt: skip


def flattened() -> Any:
    return keras.Sequential([
        keras.Input((3, 2)),
        kl.Dense(4, activation="tanh", name="first"),
        kl.Rescaling(2.0, offset=0.5),
        kl.Flatten(),
        kl.Dense(1, activation="sigmoid", name="output"),
    ])  # fmt: skip


def convolutions() -> Any:
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        kl.Conv2D(3, 3, activation="relu", name="first"),
        kl.BatchNormalization(),
        kl.Conv2D(4, 2, activation="relu", name="second"),
        kl.MaxPooling2D(),
        kl.Flatten(),
        kl.Dense(1, activation="sigmoid", name="output"),
    ])  # fmt: skip


CASES: dict[str, tuple[Callable[[], Any], dict[str, Any], str, list[int]]] = {
    "behind dropout": (dense_chain, {"first": [1, 4]}, "second", [0, 3]),
    "of a layer that passes on": (dense_chain, {"dropped": 2}, "second", [1]),
    "behind normalisation and a learnt activation": (dense_chain, {"second": 2}, "output", [1]),
    "flattened and rescaled": (flattened, {"first": 2}, "output", [1, 5, 9]),
    "a channel that a convolution reads": (convolutions, {"first": 3}, "second", [2]),
    "a channel, pooled and flattened": (convolutions, {"second": [1]}, "output", [0, 4, 8, 12]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_answers_as_keras_does_with_the_weights_set_to_zero(case: str, tmp_path: Path) -> None:
    make, units, reader, rows = CASES[case]
    keras.utils.set_random_seed(3)
    model = make()
    x = np.random.default_rng(0).normal(size=(10, *model.input_shape[1:])).astype(np.float32)
    replay = recorded(model, tmp_path, x)
    before = replay.probabilities()[-1]
    np.testing.assert_allclose(before, np.asarray(model(x))[:, 0], **TOLERANCE)
    expected = np.asarray(silenced(model, reader, rows)(x))[:, 0]
    np.testing.assert_allclose(replay.without(units).probabilities()[-1], expected, **TOLERANCE)
    assert np.abs(expected - before).max() > 1e-3
    np.testing.assert_array_equal(replay.probabilities()[-1], before)


def test_the_history_is_that_of_the_network_that_is_left(tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    model = dense_chain()
    x = np.random.default_rng(0).normal(size=(10, 2)).astype(np.float32)
    reduced = recorded(model, tmp_path, x, held_out=True).without({"first": [2, 3]})
    silenced(model, "second", [1, 2]).compile(
        loss="binary_crossentropy", metrics=["accuracy"], run_eagerly=True
    )
    for prefix, some, labels in (("", x, np.arange(10) % 2), ("val_", x[::2] * 0.5, np.zeros(5))):
        expected = model.evaluate(some, labels, verbose=0, return_dict=True)
        for name in ("loss", "accuracy"):
            history = reduced.history[f"{prefix}{name}"]
            assert history.shape == (3,)
            assert history[-1] == pytest.approx(expected[name], abs=1e-6)
    assert reduced.held_out is not None
    np.testing.assert_allclose(reduced.held_out.losses().mean(axis=1), reduced.history["val_loss"], rtol=1e-6)


def test_units_are_gone_at_every_moment_and_add_up(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 5, 1)))
    once = replay.without({"hidden": [2, 4]})
    kernel, whole = once.weights("output")["kernel"], replay.weights("output")["kernel"]
    assert not kernel[:, [1, 3]].any()
    np.testing.assert_array_equal(kernel[:, [0, 2, 4]], whole[:, [0, 2, 4]])
    between = once.recording.weights_at(1.5)[2]
    assert not between[:, [1, 3]].any() and between[:, 0].all()
    twice = once.without({"hidden": 5})
    assert not twice.weights("output")["kernel"][:, [1, 3, 4]].any()
    both = replay.without({"hidden": [2, 4, 5]})
    np.testing.assert_array_equal(twice.probabilities(), both.probabilities())
    np.testing.assert_array_equal(replay.weights("output")["kernel"], whole)


def test_without_all_units_the_answer_is_the_bias(make_run: Any) -> None:
    replay = Replay(make_run())
    bias = replay.weights("output")["bias"][:, 0]
    answers = replay.without({"hidden": [1, 2]}).probabilities()
    np.testing.assert_allclose(answers, np.repeat(1 / (1 + np.exp(-bias))[:, None], 60, axis=1), rtol=1e-5)


def test_a_picture_says_what_is_missing(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 8, 1), scenario="parabola", run="tanh"))
    for units, words in (
        (2, "without unit 2 of “hidden”"),
        ([5, 2], "without units 2, 5 of “hidden”"),
        (range(1, 7), "without 6 units of “hidden”"),
    ):
        reduced = replay.without({"hidden": list(units) if not isinstance(units, int) else units})
        assert reduced.recording.title == f"parabola · tanh · {words}"
    assert "without 6 units" in reduced.dashboard().clock.title.get_text()  # type: ignore[attr-defined]


def test_comparisons_tell_the_whole_network_from_what_is_left(make_run: Any) -> None:
    facts: dict[str, Any] = {"units": (2, 3, 1), "scenario": "parabola"}
    whole, other = (Replay(make_run(f"{name}.h5", run=name, **facts)) for name in ("tanh", "relu"))
    reduced = whole.without({"hidden": 2})
    assert run_names([whole.evaluation, reduced.evaluation]) == [
        "parabola · tanh",
        "parabola · tanh · without unit 2 of “hidden”",
    ]
    both = [reduced.evaluation, other.without({"hidden": 2}).evaluation]
    assert run_names(both) == ["tanh", "relu"]
    assert runs_title(both) == "parabola · without unit 2 of “hidden”"
    assert runs_title([whole.evaluation, reduced.evaluation]) == "parabola"


def branched() -> Any:
    inputs = keras.Input((2,))
    left = kl.Dense(2, activation="tanh", name="left")(inputs)
    merged = kl.Concatenate(name="merged")([left, inputs])
    return keras.Model(inputs, kl.Dense(1, activation="sigmoid", name="output")(merged))


def mixing() -> Any:
    return keras.Sequential([
        keras.Input((2,)),
        kl.Dense(4, activation="tanh", name="first"),
        kl.LayerNormalization(name="normed"),
        kl.Dense(3, name="second"),
        kl.Softmax(name="shares"),
        kl.Dense(1, name="third"),
        kl.Activation("sigmoid", name="output"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("make", "units", "message"),
    [
        (branched, {"left": 1}, r"'left' cannot be taken away: its network branches"),
        (mixing, {"first": 1}, r"'first' cannot be .*'normed' \(LayerNormalization\) mixes"),
        (mixing, {"second": 1}, r"'second' cannot be .*'shares' \(Softmax\) mixes"),
        (mixing, {"third": 1}, r"'third' cannot be taken away: they are the network's answer"),
        (mixing, {"first": 0}, "'first' has no unit 0: its units are 1 to 4"),
        (mixing, {"first": [2, 5]}, "'first' has no unit 5"),
        (mixing, {"first": []}, "by their numbers"),
        (mixing, {"first": "2"}, "by their numbers"),
        (mixing, {"furst": 1}, "unknown layer 'furst': did you mean first"),
    ],
)
def test_what_cannot_be_taken_away_is_refused_in_a_line(
    make: Callable[[], Any], units: Any, message: str, tmp_path: Path
) -> None:
    replay = recorded(make(), tmp_path, np.zeros((4, 2), np.float32))
    with pytest.raises(ViewError, match=message) as error:
        replay.without(units)
    assert "\n" not in str(error.value)


def test_texts_name_a_layer_and_units_of_it() -> None:
    assert parse_without("hidden:2") == ("hidden", (2,))
    assert parse_without("block:1/dense:2, 5") == ("block:1/dense", (2, 5))
    assert joined([("a", (1,)), ("b", (2,)), ("a", (3, 4))]) == {"a": (1, 3, 4), "b": (2,)}
    for text in (
        "hidden",
        "hidden:",
        ":2",
        "hidden:x",
        "hidden:2,",
        "hidden:-1",
        "hidden:²",
        "hidden:1234567",
    ):
        with pytest.raises(ViewError, match="such as hidden:2"):
            parse_without(text)


def test_the_command_line_draws_what_is_left(make_run: Any, tmp_path: Path) -> None:
    replay = Replay(make_run())
    rendering = Rendering(view="curves", size=(300, 200), without=(("hidden", (2,)),))
    rendering.render(replay.recording, [tmp_path / "cli.png"], lambda path: None)
    replay.without({"hidden": 2}).view("curves", size=(300, 200)).save(tmp_path / "python.png")
    replay.view("curves", size=(300, 200)).save(tmp_path / "whole.png")
    cli, python, whole = ((tmp_path / f"{name}.png").read_bytes() for name in ("cli", "python", "whole"))
    assert cli == python != whole


def test_a_page_carries_the_weights_that_are_left(make_run: Any) -> None:
    inputs, targets = datasets.parabola(10)
    reduced = Replay(make_run(data=(inputs, targets))).without({"hidden": 1})
    assert "without unit 1 of" in reduced.interactive().title


def test_it_is_known_before_which_layers_can_lack_units(make_run: Any) -> None:
    recording = Replay(make_run(units=(2, 3, 2, 1))).recording
    able = {layer.name: can_be_without(recording, layer) for layer in recording.description.layers}
    assert able == {"hidden_1": True, "hidden_2": True, "output": False}
