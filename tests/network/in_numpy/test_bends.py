"""Bends of activations, against their slopes: finite differences of the catalogue's own functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay.network.activations import CATALOGUE
from replay.network.description import LayerDescription
from replay.network.in_numpy.bends import bends

NEEDED: dict[str, dict[str, Any]] = {"threshold": {"threshold": 0.5, "default_value": 0.0}}
OF_VECTORS = {"softmax", "log_softmax", "sparsemax", "glu"}
GRID = np.arange(-9.0, 9.0, 1 / 64)  # the bends of all activations lie on it


def layer(activation: str | None, class_name: str = "Dense", **arguments: Any) -> LayerDescription:
    return LayerDescription("layer", class_name, 2, activation, config={"activation_arguments": arguments})


def pieces_of(name: str, **arguments: Any) -> tuple[list[float], bool]:
    """Where the slope changes, and whether it is constant in between and nothing jumps."""
    f = CATALOGUE[name]
    a = f(GRID, **arguments)
    slopes = np.diff(a) * 64
    changes = np.flatnonzero(np.abs(np.diff(slopes)) > 1e-9) + 1
    return GRID[changes].tolist(), bool(np.abs(np.diff(a)).max() < 0.1 and len(changes) < 5)


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - OF_VECTORS))
def test_bends_are_where_the_slope_of_the_function_changes(name: str) -> None:
    arguments = NEEDED.get(name, {})
    found, is_piecewise_linear = pieces_of(name, **arguments)
    assert bends(layer(name, **arguments)) == (tuple(found) if is_piecewise_linear else None)


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_value": 6.0},
        {"negative_slope": 0.3, "max_value": 2.0},
        {"negative_slope": 1.0},
        {"threshold": 0.0, "negative_slope": 0.1},
        {"threshold": 1.0},
        {"max_value": None},
    ],
    ids=str,
)
def test_those_of_relu_follow_its_arguments(arguments: dict[str, Any]) -> None:
    found, is_piecewise_linear = pieces_of("relu", **arguments)
    assert bends(layer("relu", "ReLU", **arguments)) == (tuple(found) if is_piecewise_linear else None)


def test_layers_without_an_activation_do_not_bend() -> None:
    for class_name in ("Dense", "BatchNormalization", "Dropout", "Flatten", "Rescaling"):
        assert bends(layer(None, class_name)) == ()


def test_prelu_bends_at_zero_and_layer_normalization_is_not_piecewise_linear() -> None:
    assert bends(layer(None, "PReLU")) == (0.0,)
    assert bends(layer(None, "LayerNormalization")) is None
    assert bends(layer("softmax")) is None
