"""Curves with one line per layer over the epochs: the data types that several views share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from replay.language.message import Message
from replay.types import Array
from replay.views.curves import Curve

LINEAR, LOGARITHMIC, PERCENT = "linear", "logarithmic", "percent"


@dataclass(frozen=True)
class LayerCurve:
    """One line: `layer` is the layer's position in the network; `dashed` marks its second quantity."""

    layer: int
    curve: Curve
    dashed: bool = False


@dataclass(frozen=True)
class LayerCurves:
    """The content of one panel: a quantity of the layers `names`, from input to output, at all snapshots.

    `depths` is how deep each layer is, from 0 to 1. `scale` is LINEAR, LOGARITHMIC, or PERCENT for shares
    from 0 to 1. `limits` are the epochs that the axis covers; `target` is a value to compare with, or None.
    Values may be NaN. The axis also covers those of `others`, the same curves of runs beside this one.
    """

    title: Message
    names: tuple[Message | str, ...]
    depths: tuple[float, ...]
    lines: tuple[LayerCurve, ...]
    limits: tuple[float, float]
    scale: str = LINEAR
    target: float | None = None
    others: tuple[LayerCurves, ...] = ()

    @property
    def values(self) -> Array:
        """The finite values of all lines."""
        values = np.concatenate([line.curve.values for line in self.lines])
        return values[np.isfinite(values)]

    def beside(self, others: Sequence[LayerCurves]) -> LayerCurves:
        """The same curves, on an axis that covers the others, too."""
        return replace(self, others=tuple(others))


def epoch_limits(epochs: Array) -> tuple[float, float]:
    """From the first snapshot to the last; one epoch long if there is only one snapshot."""
    return float(epochs[0]), float(max(epochs[-1], epochs[0] + 1))


def lines_of(
    names: Sequence[Message | str], epochs: Array, values: Array, dashed: Sequence[bool] | bool = False
) -> tuple[LayerCurve, ...]:
    """One line per layer, from values (n_layers, n_snapshots)."""
    look = np.broadcast_to(dashed, len(names))
    return tuple(
        LayerCurve(number, Curve(str(name), epochs, row), bool(look[number]))
        for number, (name, row) in enumerate(zip(names, values, strict=True))
    )
