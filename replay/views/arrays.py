"""A run's numbers as plain NumPy arrays: probabilities, losses, activations, weights, gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.types import Array, Units


class RunArrays:
    """The numbers of one run, without a figure.

    Where a method takes `epochs`, each must have a snapshot; the default is all snapshots.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.recording = evaluation.recording

    def __repr__(self) -> str:
        r = self.recording
        return f"<{type(self).__name__} of {r.path}: {r.title}, {r.n_snapshots} snapshots>"

    @property
    def epochs(self) -> Array:
        """The epoch of each snapshot: (n_snapshots,)."""
        return self.recording.epochs

    @property
    def history(self) -> Mapping[str, Array]:
        """The logged loss and metrics by name: (n_epochs,) each."""
        return self.recording.history

    def probabilities(self, inputs: Any = None, epochs: Iterable[float] | None = None) -> Array:
        """Probabilities: (n_snapshots, n_samples) of class 1, or (n_snapshots, n_samples, n_classes).

        For the recorded samples or for `inputs` (n_samples, …); at all snapshots or at `epochs`.
        """
        return self.evaluation.probabilities(inputs, epochs)

    def losses(self, epochs: Iterable[float] | None = None) -> Array:
        """The loss of each recorded sample, without regularisation terms: (n_snapshots, n_samples)."""
        return self.evaluation.losses(epochs)

    def activations(
        self,
        layer: str,
        inputs: Any = None,
        epochs: Iterable[float] | None = None,
        before_activation: bool = False,
    ) -> Array:
        """A layer's activations: (n_snapshots, n_samples, units); with `before_activation`, its z."""
        self.recording.layer(layer)
        return self.evaluation.activations(layer, inputs, epochs, before_activation)

    def milestones(self) -> list[Any]:
        """The milestones of the training, in order of epoch."""
        from replay.runs.milestones import milestones

        return milestones(self.evaluation)

    def weights(self, layer: str, epochs: Iterable[float] | None = None) -> dict[str, Array]:
        """The weights of a layer by name, such as "kernel": (n_snapshots, …) each."""
        self.recording.layer(layer)
        places = {
            path.partition("/")[2]: place
            for place, (path, _) in enumerate(self.recording.description.weight_paths)
            if path.rpartition("/")[0] == layer
        }
        positions = self.recording.positions(epochs)
        blocks = [weights for _, _, weights in self.recording.blocks(positions or [0], size=1)]
        return {
            name: np.concatenate([weights[place] for weights in blocks])[: len(positions)]
            for name, place in places.items()
        }

    def gradients(
        self, layer: str, epochs: Iterable[float] | None = None, clipped: bool = False
    ) -> dict[str, Array]:
        """The gradient of the mean loss over the recorded samples, by weight: (n_snapshots, …) each.

        With `clipped`, after the optimizer's clipping.
        """
        self.recording.layer(layer)
        return self.evaluation.gradients(layer, epochs, clipped)

    def gradient_norms(self, clipped: bool = False) -> dict[str, Array]:
        """The Euclidean norm of the gradient of each layer's kernel, from input to output: (n_snapshots,)."""
        from replay.views.gradient_flow import GradientFlow

        flow = GradientFlow(self.evaluation)
        norms = flow.after if clipped and flow.after is not None else flow.before
        return dict(zip(flow.names, norms, strict=True))

    def unit_health(self) -> dict[str, Array]:
        """The share of each layer's units that are dead or saturated: (n_snapshots,)."""
        from replay.views.unit_health import UnitHealth

        health = UnitHealth(self.evaluation)
        return dict(zip(health.names, health.shares, strict=True))

    def normalisation(self) -> dict[str, Array]:
        """Mean and variance of each layer's activations: (n_snapshots, 2)."""
        from replay.views.normalisation import Normalisation

        view = Normalisation(self.evaluation)
        return dict(zip(view.names, view.moments, strict=True))

    def feature_space(
        self, layer: str | None = None, epochs: Iterable[float] | None = None, units: Units = None
    ) -> Array:
        """The recorded samples in a plane of a layer's feature space: (n_snapshots, n_samples, 2).

        The plane is the layer's own, two of its `units`, or "pca", as in `build_feature_space`.
        """
        from replay.views.feature_space import FeatureSpace

        return FeatureSpace(self.evaluation, layer, units=units).over(epochs)

    def confusion_matrices(self, epochs: Iterable[float] | None = None) -> Array:
        """Samples by true class (rows) and predicted class (columns).

        (n_snapshots, n_classes, n_classes) of int.
        """
        from replay.views.confusion_matrix import ConfusionMatrix

        return ConfusionMatrix(self.evaluation).over(epochs)

    def most_wrong(self, epoch: float, n: int = 16) -> tuple[Array, Array]:
        """Indices (n,) and losses (n,) of the samples with the highest losses at `epoch`, the worst first."""
        from replay.views.most_wrong import MostWrong

        frame = MostWrong(self.evaluation, n).at(epoch)
        return frame.indices, frame.losses

    def kernels(self, epochs: Iterable[float] | None = None, n: int = 64) -> Array:
        """The first layer's weights as images: (n_snapshots, n_kernels, h, w), or (…, 3) in colour."""
        from replay.views.kernels import Kernels

        return Kernels(self.evaluation, n).over(epochs)
