"""What a model computes for a sample is told without computing it, wherever in the model it happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from replay import Recorder, Replay
from replay.errors import RunFileError
from replay.network.in_keras import network as keras_network
from replay.network.in_keras.backends.on_tensorflow import graph_values


def chain(*layers: Any, shape: tuple[int | None, ...] = (2,)) -> Any:
    return keras.Sequential([keras.Input(shape), *layers])


def repeated(n: int) -> list[Any]:
    return [kl.RepeatVector(n), kl.GlobalAveragePooling1D()]


def around(inner: Any) -> Any:
    inputs = keras.Input((2,))
    return keras.Model(inputs, kl.Add()([inner(inputs), inputs]))


def by_operations(n: int) -> Any:
    inputs = keras.Input((2,))
    return keras.Model(inputs, keras.ops.mean(keras.ops.repeat(inputs[:, None], n, 1), 1))


def twice(n: int) -> Any:
    inputs = keras.Input((2,))
    repeat, mean = repeated(n)
    return keras.Model(inputs, mean(repeat(mean(repeat(inputs)))))


def total(model: Any, shape: tuple[int, ...]) -> int:
    found = graph_values(model, shape).total
    assert found is not None
    return found


MODELS = {
    "a layer": lambda n: chain(*repeated(n)),
    "operations": by_operations,
    "a model within": lambda n: around(chain(*repeated(n))),
    "a model within a model within": lambda n: around(around(chain(*repeated(n)))),
    "a layer of another for each step": lambda n: chain(
        kl.TimeDistributed(chain(*repeated(n))), shape=(3, 2)
    ),
    "layers used twice": twice,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MODELS)
def test_what_no_weight_accounts_for_is_counted(kind: str) -> None:
    small, large = (MODELS[kind](n) for n in (1_000, 1_000_000))
    shape = small.inputs[0].shape[1:]
    more = total(large, shape) - total(small, shape)
    assert more >= 2 * 999_000 and more % 999_000 == 0
    assert graph_values(small, shape).one_answer


def test_weights_are_not_counted_and_activations_are() -> None:
    values = total(chain(kl.Dense(1000, "tanh"), kl.Dense(1000)), (2,))
    # Products, sums, an activation, and the outcome; a kernel has a million.
    assert 5_000 <= values <= 6_000


def test_a_sequence_of_any_length_is_as_long_as_its_samples() -> None:
    model = chain(kl.Conv1D(4, 1), kl.GlobalMaxPooling1D(), shape=(None, 3))
    one, ten = (total(model, (length, 3)) for length in (10, 100))
    assert one < ten < 11 * one


def test_more_answers_than_samples_are_noticed() -> None:
    inputs = keras.Input((2,))
    assert not graph_values(keras.Model(inputs, keras.ops.tile(inputs, [5, 1])), (2,)).one_answer
    assert not graph_values(keras.Model(inputs, [inputs, keras.ops.sum(inputs, 0)]), (2,)).one_answer


@pytest.mark.slow
@pytest.mark.parametrize("layer", [kl.SimpleRNN, kl.LSTM, kl.GRU])
def test_the_steps_of_recurrent_layers_are_told(layer: Any) -> None:
    model = chain(layer(3, return_sequences=True), kl.Bidirectional(layer(2)), shape=(None, 2))
    assert graph_values(model, (300, 2)).steps == 300
    assert graph_values(chain(kl.Dense(2)), (2,)).steps == 0


@pytest.mark.slow
def test_very_many_steps_need_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, targets = np.random.default_rng(0).normal(size=(8, 40, 2)), np.array([0, 1] * 4)
    model = chain(kl.SimpleRNN(2), kl.Dense(1, "sigmoid"), shape=(40, 2))
    model.compile("sgd", "binary_crossentropy")
    path = tmp_path / "run.h5"
    model.fit(inputs, targets, epochs=1, verbose=0, callbacks=[Recorder(path, inputs, targets)])
    answers = Replay(path).probabilities()
    monkeypatch.setattr(keras_network, "MAX_STEPS", 39)
    with pytest.raises(RunFileError, match=r"run\.h5: .*computes 40 sequential steps.*--trust"):
        Replay(path).probabilities()
    np.testing.assert_array_equal(Replay(path, trust=True).probabilities(), answers)
    np.testing.assert_array_equal(Replay(path, model=model).probabilities(), answers)


@pytest.mark.slow
def test_an_amount_that_depends_on_values_is_unknown() -> None:
    inputs = keras.Input((2,))
    positions = keras.layers.Lambda(lambda x: keras.ops.stack(keras.ops.nonzero(x)))(inputs)
    found = graph_values(keras.Model(inputs, positions), (2,))
    assert found.total is None
    assert found.too_much(10, 10) == "an amount of values that depends on the data"
