"""The interface for evaluating a recorded network: forward pass and gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from replay.types import Array


class AnyNetwork(Protocol):
    """Evaluates a recorded network: in NumPy for chains of known layers, in Keras for the rest."""

    def evaluate(
        self,
        inputs: Array,
        weights: Sequence[Array],
        layer: str | None = None,
        before_activation: bool = False,
        start_after: str | None = None,
    ) -> Array:
        """Activations of `layer`: (n_snapshots, n_samples, …)."""
        ...

    def gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        """The gradient of the mean loss with respect to every weight: (n_snapshots, …) each."""
        ...
