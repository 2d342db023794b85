"""A value in a stack of layers, against Keras's gradient of the whole stack and plain arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from replay.drawing.activations.stack import power, stack
from replay.errors import ViewError


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "gelu", "elu:0.2", "leaky_relu:0.01", "softplus"])
@pytest.mark.parametrize("start", [1.0, -0.7])
def test_the_product_is_the_gradient_of_the_whole_stack(name: str, start: float) -> None:
    import keras
    import tensorflow as tf

    functions: dict[str, Any] = {
        "elu:0.2": lambda z: keras.activations.elu(z, alpha=0.2),
        "leaky_relu:0.01": lambda z: keras.activations.leaky_relu(z, negative_slope=0.01),
        "gelu": lambda z: keras.activations.gelu(z, approximate=False),
    }
    f = functions.get(name) or keras.activations.get(name)
    z = tf.constant(start, tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        behind = [z]
        for _ in range(10):
            behind.append(f(behind[-1]))
    found = stack(name, 10, start)
    np.testing.assert_allclose(found.values, [float(each) for each in behind], rtol=1e-6)
    slopes = [float(tape.gradient(each, z)) for each in behind[1:]]
    np.testing.assert_allclose(found.products, slopes, rtol=1e-6, atol=1e-12)


def test_sigmoids_shrink_the_gradient_by_a_quarter_or_more_at_each_layer() -> None:
    found = stack("sigmoid", 10)
    assert found.values[1] == pytest.approx(1 / (1 + math.exp(-1)))
    assert (found.slopes <= 0.25).all() and found.products[-1] < 0.25**10
    np.testing.assert_allclose(found.products, np.cumprod(found.slopes))


def test_relu_keeps_a_positive_value_and_its_gradient_and_nothing_of_a_negative_one() -> None:
    assert stack("relu", 10).values.tolist() == [1] * 11
    assert stack("relu", 10).products.tolist() == [1] * 10
    assert stack("relu", 3, -2).values.tolist() == [-2, 0, 0, 0]
    assert stack("relu", 3, -2).products.tolist() == [0] * 3


def test_what_overflows_is_infinite() -> None:
    found = stack("exponential", 8)
    assert np.isinf(found.values[-1]) and np.isinf(found.products[-1])
    assert "∞" in str(found)


def test_it_is_told_in_a_sentence() -> None:
    assert str(stack("sigmoid", 10)) == (
        "sigmoid: 1 becomes 0.659 in 10 layers, the product of the derivatives is 2.8 × 10⁻⁷"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (1.0, "1"), (0.0427, "0.043"), (3.24e-7, "3.2 × 10⁻⁷"), (-2.5e12, "−2.5 × 10¹²")],
)
def test_products_of_any_size_are_written_shortly(value: float, words: str) -> None:
    assert power(value) == words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sigmod", 3), "did you mean sigmoid"),
        (("softmax", 3), "takes a vector"),
        (("tanh", 0), "1 to 50 layers, not 0"),
        (("tanh", 51), "1 to 50 layers"),
        (("tanh", 3, math.nan), "must be a number"),
    ],
)
def test_what_cannot_pass_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ViewError, match=message):
        stack(*arguments)
