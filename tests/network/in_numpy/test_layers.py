"""The table of layers agrees with Keras, with itself, and with the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from replay.network.activations import CATALOGUE
from replay.network.in_numpy.kinds.kind import LayerKind, same
from replay.network.in_numpy.layers import LAYERS

PAGE = Path(__file__).parents[3] / "player" / "src" / "core" / "layers.js"


def test_each_layer_stands_under_its_own_name() -> None:
    assert all(name == kind.class_name for name, kind in LAYERS.items())
    assert len(LAYERS) > 20


def test_the_page_computes_the_layers_that_the_table_says() -> None:
    table = re.search(r"const PRE_ACTIVATIONS = \{(.*?)\n\};", PAGE.read_text(), re.DOTALL)
    assert table is not None
    own, passed_on = re.findall(r"^  (\w+):", table[1], re.MULTILINE), re.findall(r'"(\w+)"', table[1])
    assert sorted([*own, *passed_on]) == sorted(name for name, kind in LAYERS.items() if kind.on_page)


@pytest.mark.parametrize("kind", LAYERS.values(), ids=LAYERS)
def test_what_a_row_says_holds_together(kind: LayerKind) -> None:
    if kind.of_weights is not None:
        assert kind.weights
    if kind.activation is not None and kind.activate is None:
        assert kind.activation in CATALOGUE
        assert kind.forward is same
    if kind.passes_on:
        assert kind.activation is None and kind.of_weights is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", LAYERS.values(), ids=LAYERS)
def test_each_layer_is_one_of_kerass_with_these_weights_and_arguments(kind: LayerKind) -> None:
    import keras

    needed = {
        "Dense": {"units": 3},
        "Activation": {"activation": "relu"},
        "Rescaling": {"scale": 2.0},
        "Embedding": {"input_dim": 5, "output_dim": 3},
        "Reshape": {"target_shape": (2, 2)},
        "InputLayer": {"shape": (4,)},
        **{name: {"rate": 0.5} for name in LAYERS if "Dropout" in name},
        "GaussianNoise": {"stddev": 0.1},
    }
    layer = getattr(keras.layers, kind.class_name)(**needed.get(kind.class_name, {}))
    if kind.join is not None:
        layer.build([(None, 4), (None, 4)])
    elif kind.class_name != "InputLayer":
        layer.build((None, 4))
    assert {variable.name for variable in layer.weights} - {"seed_generator_state"} <= kind.weights
    if kind.weights:
        assert layer.weights
    config = layer.get_config()
    assert set(kind.arguments) <= config.keys()
    assert set(kind.activation_arguments) <= config.keys()
