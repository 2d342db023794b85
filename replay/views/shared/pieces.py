"""The input plane through a network, exactly: the lines of its units, and its linear pieces.

As long as layers are piecewise linear, the plane falls into convex cells within which everything is linear.
Layer by layer, each unit cuts those of the layers before it along the lines where it bends. After
Humayun, Balestriero, Balakrishnan and Baraniuk, "SplineCam: Exact Visualization and Characterization of Deep
Network Geometry and Decision Boundaries" (CVPR 2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.bends import bends
from replay.network.in_numpy.forward import Network
from replay.types import Array
from replay.views.shared.cells import Cells, cut
from replay.views.shared.geometry import Limits

Levels = Mapping[str, Sequence[float]]  # by the name of a layer: the z of which lines are wanted


@dataclass(frozen=True)
class Line:
    """Where the pre-activation of a unit, counted from 0, is at a level: `segments` (n, 2, 2), end to end."""

    layer: str
    unit: int
    level: float
    segments: Array


@dataclass(frozen=True)
class Pieces:
    """A plane through a network, as far as its layers are piecewise linear.

    `cells` are the linear pieces and `lines` those of the units, up to and with the first layer that is not
    piecewise linear. `counts` are the numbers of cells after each layer, by its name. `z` (n_points, units)
    is the pre-activation of the output at the corners of the cells: None where the network does not get
    there, or is not finite.
    """

    cells: Cells
    lines: list[Line]
    counts: Mapping[str, int]
    z: Array | None

    @classmethod
    def over(cls, limits: Limits, network: Network, weights: Sequence[Array], levels: Levels) -> Pieces:
        """Those of a network with these weights, (1, …) each, within the limits; lines at these levels."""
        with np.errstate(all="ignore"):  # a diverged network gives inf and NaN
            return cls._over(limits, network, [weight.astype(np.float64) for weight in weights], levels)

    @classmethod
    def _over(cls, limits: Limits, network: Network, weights: Sequence[Array], levels: Levels) -> Pieces:
        chain = list(network.with_weights(weights))
        cells, lines, counts = Cells.within(limits), list[Line](), dict[str, int]()
        x = cells.points
        for layer, own in chain:
            z = layer.pre_activation(x[None], own)[0] if layer.kind.affine else None
            if z is None or not np.isfinite(z).all():
                break
            found = bends(layer.description)
            cells, z, more = _cut_by_units(cells, z, layer.description, found or (), levels)
            lines += more
            counts[layer.description.name] = cells.n
            if layer is chain[-1][0]:
                return cls(cells, lines, counts, z)
            if found is None:
                break
            x = layer.activation(z[None], own)[0]
        return cls(cells, lines, counts, None)


def _cut_by_units(
    cells: Cells, z: Array, layer: LayerDescription, bends: Sequence[float], levels: Levels
) -> tuple[Cells, Array, list[Line]]:
    """The cells cut where the units of a layer bend, z at their corners, and the units' lines."""
    lines, shape = [], z.shape[1:]
    z = z.reshape(len(z), -1)
    asked = levels.get(layer.name, ())
    for unit in range(z.shape[1] if asked or bends else 0):
        for level in sorted({*asked, *bends}):
            found = cut(cells, z[:, unit] - level, z)
            if level in asked:
                lines.append(Line(layer.name, unit, level, found.segments))
            if level in bends:
                cells, z = found.cells, found.carried
    return cells, z.reshape(len(z), *shape), lines
