"""What a layer's activation makes of its samples: z, the curve f, and a = f(z), with the flat parts of f."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.activation_limits import flat_parts, function_of
from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import acting_layers, chosen
from replay.types import Array
from replay.views.layer_distributions import (
    ACTIVATIONS,
    PRE_ACTIVATIONS,
    LayerDistributions,
    LayerDistributionsFrame,
    within_range,
)
from replay.views.view import View

POINTS = 301  # of the curve
BINS = 50  # of a, and of z


@dataclass(frozen=True)
class TransferFrame:
    """What one layer does at an epoch: the distributions of `before` (z) and `after` (a), each of one layer.

    `flat` is the share of z that lies where the slope of f is below 0.01; NaN without a finite z.
    `shares_before` (n_bins,) are those of z in the bins between the view's `edges_before`, `shares` those of
    a, other than exact zeros, between its `edges`.
    """

    epoch: float
    before: LayerDistributionsFrame
    after: LayerDistributionsFrame
    flat: float
    shares_before: Array
    shares: Array


class Transfer(View):
    """How the activation f of one layer maps z to a, for the recorded samples.

    `z` (n,) and `f` (n,) are the points of the curve, within the limits of `before`; `flat_parts` are the
    half-lines of z where its slope is below 0.01. The bins of a between `edges` (n_bins + 1,), and of z
    between `edges_before`, are counted as they are: a smooth density would hide what an activation crowds at
    the ends of its range, and gaps. Raises ViewError for a layer without an elementwise activation, or a
    linear one, and for one whose z cannot be computed.
    """

    def __init__(self, evaluation: Evaluation, layer: str) -> None:
        super().__init__(evaluation)
        described = evaluation.recording.layer(layer)
        function = function_of(described)
        if function is None or not _bends(described):
            raise ViewError(
                f"{evaluation.recording.path}: layer {layer!r} has no activation that bends: choose another"
            )
        self.layer, self.activation = layer, str(described.activation)
        self.before = LayerDistributions(evaluation, PRE_ACTIVATIONS, [layer], include_inputs=False)
        self.after = LayerDistributions(evaluation, ACTIVATIONS, [layer], include_inputs=False)
        self.flat_parts = flat_parts(described)
        self._function = function

    def beside(self, others: Sequence[Transfer]) -> Transfer:
        """The same transfer, on axes of z and of a that hold these of other runs, too."""
        every = (self, *others)
        other = copy(self)
        for scaled in ("z", "f", "edges", "edges_before"):
            vars(other).pop(scaled, None)
        other.before = self.before.on(_around([one.before.limits for one in every]))
        other.after = self.after.on(_around([one.after.limits for one in every]))
        return other

    @cached_property
    def z(self) -> Array:
        """Where the curve is drawn."""
        return np.linspace(*self.before.limits, POINTS)

    @cached_property
    def f(self) -> Array:
        """The curve at `z`."""
        with np.errstate(all="ignore"):
            return self._function(self.z)

    @cached_property
    def edges(self) -> Array:
        """The ends of the bins of a: they span its axis or, if shorter, its range."""
        return _ends(self.after)

    @cached_property
    def edges_before(self) -> Array:
        """The same of z."""
        return _ends(self.before)

    def at(self, epoch: float) -> TransferFrame:
        """What the layer does at `epoch`."""
        (z,) = self.before.values_at(epoch).values()
        z = z[np.isfinite(z)]
        flat = np.zeros(len(z), bool)
        for low, high in self.flat_parts:
            flat |= (z >= low) & (z <= high)
        share = float(flat.mean()) if len(z) else np.nan
        (a,) = self.after.values_at(epoch).values()
        a = a[np.isfinite(a)]
        return TransferFrame(
            epoch,
            self.before.at(epoch),
            self.after.at(epoch),
            share,
            _shares(z, self.before, self.edges_before, len(z)),
            _shares(a[a != 0], self.after, self.edges, len(a)),
        )


def _ends(values: LayerDistributions) -> Array:
    return np.linspace(values.edges[0, 0], values.edges[0, -1], BINS + 1)


def _shares(some: Array, values: LayerDistributions, edges: Array, n: int) -> Array:
    """The shares of `n` values that these are in the bins between `edges`: (n_bins,)."""
    return np.histogram(within_range(some.astype(np.float64), values.ranges[0]), edges)[0] / max(1, n)


def _around(limits: Sequence[tuple[float, float]]) -> tuple[float, float]:
    lows, highs = zip(*limits, strict=True)
    return min(lows), max(highs)


def _bends(layer: LayerDescription) -> bool:
    return layer.activation != "linear"


def transfers(evaluation: Evaluation, layer: str | None = None, ends: bool = False) -> list[Transfer]:
    """One for `layer` or, without it, for each hidden layer with an elementwise activation that bends.

    With `ends`, for the first and the last of them alone: each computes the network up to its layer.
    """
    if layer is not None:
        return [Transfer(evaluation, layer)]
    names = _having(evaluation)
    if ends and len(names) > 2:
        names = [names[0], names[-1]]
    return [Transfer(evaluation, name) for name in names]


def _having(evaluation: Evaluation) -> list[str]:
    described = evaluation.recording.layer
    names = [
        name
        for name in acting_layers(evaluation, before_activation=True)
        if function_of(described(name)) is not None and _bends(described(name))
    ]
    return chosen(evaluation.recording, names, True, "an activation that bends")
