"""Type aliases shared across the package: arrays, samples, weights, layer configs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]
Samples = Array | dict[str, Array]  # one array, or a dict by name for several inputs or outputs
Weights = Mapping[str, Array]  # one layer's weights: name in the layer → (n_snapshots, …)
Config = Mapping[str, Any]  # a layer's arguments
# Of a layer: one unit, two or three, its principal components, the plane in which the output layer reads it,
# or a tour of many planes.
Units = int | tuple[int, ...] | Literal["pca", "readout", "tour"] | None
Motion = Callable[[Array], Array]  # epochs (n,) → how much the picture changes between neighbours (n − 1,)
Track = Callable[[Sequence[float]], Iterable[float]]  # wraps the frames' epochs to report progress
TakenAway = Mapping[str, int | Sequence[int]]  # units by layer, counted from 1
