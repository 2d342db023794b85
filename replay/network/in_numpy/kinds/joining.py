"""Add, Multiply and Concatenate, which take several layers: forward, backward, shapes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import Join, LayerKind, Shape, refusal
from replay.types import Array, Config


def _sum(parts: Sequence[Array], config: Config) -> Array:
    return reduce(np.add, parts)


def _of_sum(gradient: Array, parts: Sequence[Array], config: Config) -> Sequence[Array]:
    return [gradient] * len(parts)


def _product(parts: Sequence[Array], config: Config) -> Array:
    return reduce(np.multiply, parts)


def _of_product(gradient: Array, parts: Sequence[Array], config: Config) -> Sequence[Array]:
    """The gradient times the others: no division, because a part may be 0."""
    others = ([*parts[:place], *parts[place + 1 :]] for place in range(len(parts)))
    return [reduce(np.multiply, rest, gradient) for rest in others]


def _same_shapes(layer: LayerDescription, shapes: Sequence[Shape]) -> Shape:
    if len(set(shapes)) > 1:
        raise refusal(layer, f"it takes layers of different shapes, {_listed(shapes)}")
    return shapes[0]


def _row(parts: Sequence[Array], config: Config) -> Array:
    n_snapshots = max(map(len, parts))
    spread = [np.broadcast_to(part, (n_snapshots, *part.shape[1:])) for part in parts]
    return np.concatenate(spread, axis=-1)


def _of_row(gradient: Array, parts: Sequence[Array], config: Config) -> Sequence[Array]:
    ends = np.cumsum([part.shape[-1] for part in parts])[:-1]
    return np.split(gradient, ends, axis=-1)


def _row_shape(layer: LayerDescription, shapes: Sequence[Shape]) -> Shape:
    if len({shape[:-1] for shape in shapes}) > 1 or not all(shapes):
        raise refusal(layer, f"it cannot join {_listed(shapes)} along their last axis")
    return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


def _listed(shapes: Sequence[Shape]) -> str:
    """Some of the shapes: the first, and the first that differs."""
    apart = sorted(set(shapes), key=shapes.index)[:2]
    return " and ".join(map(str, apart))


ADD = LayerKind("Add", join=Join(_sum, _of_sum, _same_shapes), on_page=False)
MULTIPLY = LayerKind("Multiply", join=Join(_product, _of_product, _same_shapes), on_page=False)
CONCATENATE = LayerKind(
    "Concatenate", join=Join(_row, _of_row, _row_shape), arguments=("axis",), on_page=False
)
