"""Types that the whole package shares, each named once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]
Samples = Array | dict[str, Array]  # one array, or those of several inputs or outputs by name
Weights = Mapping[str, Array]  # of a layer: name within it → (n_snapshots, …)
Config = Mapping[str, Any]  # arguments of a layer
Units = tuple[int, int] | Literal["pca"] | None  # two units of a layer, or its principal components
Motion = Callable[[Array], Array]  # epochs (n,) → how far the picture moves between neighbours (n − 1,)
Track = Callable[[Sequence[float]], Iterable[float]]  # wraps the moments while they are drawn
