"""A value that passes through a stack of layers which only apply f, and the product of the derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.drawing.activations.facts import Facts, curves, facts
from replay.drawing.activations.numbers import number
from replay.errors import ViewError
from replay.language.message import in_numbers
from replay.types import Array

START = 1.0
MOST_LAYERS = 50
OF_VECTORS = ("softmax",)


@dataclass(frozen=True)
class Stack:
    """What becomes of one value in `n_layers` layers of one unit, with weights of 1 and no bias.

    `values` (n_layers + 1,) has the value at the start and behind each layer; `slopes` (n_layers,) has f′ at
    the value that each layer receives, and `products` (n_layers,) the derivative of what each layer gives
    with respect to the start, the product of the slopes so far (the chain rule). What overflows is infinite;
    at a kink, f′ is that of Keras.
    """

    activation: Facts
    values: Array
    slopes: Array
    products: Array

    @property
    def n_layers(self) -> int:
        """How many layers there are."""
        return len(self.slopes)

    def __str__(self) -> str:
        value, product = number(float(self.values[-1]), 3), power(float(self.products[-1]))
        return (
            f"{self.activation.title}: {number(float(self.values[0]), 3)} becomes {value} in {self.n_layers} "
            f"layers, the product of the derivatives is {product}"
        )


def stack(name: str, n_layers: int, start: float = START) -> Stack:
    """Pass `start` through `n_layers` layers that apply the activation called `name`, as "tanh" or "elu:0.2".

    Raises ViewError for an unknown name, for an activation of vectors, and for a number of layers that is
    not from 1 to 50.
    """
    activation = facts(name)
    if activation.name in OF_VECTORS:
        raise ViewError(f"{name} takes a vector: one value cannot pass through layers of it alone")
    if not 1 <= n_layers <= MOST_LAYERS:
        raise ViewError(f"a value passes through 1 to {MOST_LAYERS} layers, not {n_layers}")
    if not np.isfinite(start):
        raise ViewError(f"the value at the start must be a number, not {start:g}")
    values, slopes = [float(start)], []
    with np.errstate(all="ignore"):  # eᶻ of eᶻ overflows
        for _ in range(n_layers):
            value, slope = curves(name, np.array([values[-1]]))
            values.append(float(value[0, 0]))
            slopes.append(float(slope[0, 0]))
        return Stack(activation, np.array(values), np.array(slopes), np.cumprod(slopes))


def power(value: float) -> str:
    """A number of any size in few letters: "0.22", "3.2 × 10⁻⁷", "0"."""
    if value == 0 or not np.isfinite(value) or 1e-3 <= abs(value) < 1e4:
        return number(value, 2) if np.isfinite(value) or np.isinf(value) else "–"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return in_numbers(f"{mantissa} × 10".replace("-", "−")) + raised
