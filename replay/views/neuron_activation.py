"""What the activation of a unit makes of z: the curve a = f(z), and each sample on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.network.activation_limits import range_of
from replay.types import Array
from replay.views.neuron_threshold import BINS, counted
from replay.views.shared.unit import Unit
from replay.views.view import View

POINTS = 301  # of the curve
MARGIN = 0.08  # of the range of a, around it


@dataclass(frozen=True)
class NeuronActivationFrame:
    """The unit at one epoch: `z` and `a` (n_samples,), and `counts` (n_groups, n_bins) of z, of int.

    `flat` is the share of z that lies where the slope of f is below 0.01; NaN without a finite z. `held_out`
    has z and a of the held-out samples, None without any.
    """

    epoch: float
    z: Array
    a: Array
    counts: Array
    flat: float
    held_out: tuple[Array, Array] | None = None


class NeuronActivation(View):
    """The activation f of a unit, with its samples at their z.

    `curve` (n, 2) has the points of f within the limits, None where a depends on the other units, as in a
    softmax. `z_limits` hold most samples at nearly all epochs, `a_limits` the range of f over them, and
    `edges` (n_bins + 1,) part `z_limits`.
    """

    def __init__(self, unit: Unit, bins: int = BINS) -> None:
        super().__init__(unit.evaluation)
        self.unit = unit
        self.z_limits = unit.over_run.z_limits
        self.edges = np.linspace(*self.z_limits, bins + 1)

    @cached_property
    def curve(self) -> Array | None:
        """The points of f, from left to right."""
        if self.unit.f is None:
            return None
        z = np.linspace(*self.z_limits, POINTS)
        with np.errstate(all="ignore"):
            return np.column_stack([z, self.unit.f(z)])

    @cached_property
    def a_limits(self) -> tuple[float, float]:
        """Limits of a: of what f gives within the limits of z, and its walls if they are near."""
        low, high = range_of(self.unit.described)
        if self.curve is not None:
            given = self.curve[:, 1][np.isfinite(self.curve[:, 1])]
            reached = (float(given.min()), float(given.max())) if len(given) else (0.0, 1.0)
            length = reached[1] - reached[0]
            low = low if low >= reached[0] - length else reached[0]
            high = high if high <= reached[1] + length else reached[1]
        pad = MARGIN * (high - low) or 1.0
        return low - pad, high + pad

    def at(self, epoch: float) -> NeuronActivationFrame:
        """The unit at `epoch`."""
        unit, other = self.unit, self.evaluation.held_out
        z = unit.z(epoch)
        counts = np.array([counted(z[members], self.edges) for members in unit.groups()])
        held_out = None if other is None else (unit.z(epoch, other), unit.a(epoch, other))
        return NeuronActivationFrame(epoch, z, unit.a(epoch), counts, self._flat(z), held_out)

    def _flat(self, z: Array) -> float:
        z = z[np.isfinite(z)]
        flat = np.zeros(len(z), bool)
        for low, high in self.unit.flat_parts:
            flat |= (z >= low) & (z <= high)
        return float(flat.mean()) if len(z) else np.nan
