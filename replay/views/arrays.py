"""A run's numbers as plain NumPy arrays: probabilities, losses, activations, weights, gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from replay.errors import ViewError, no_epoch
from replay.runs.evaluation import Evaluation
from replay.storage.arrays import as_array
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
        """The epoch of each snapshot, (n_snapshots,), increasing."""
        return self.recording.epochs

    @property
    def history(self) -> Mapping[str, Array]:
        """What the training logged, by name: (n_epochs,) each, NaN where it was not logged."""
        return self.recording.history

    def probabilities(self, inputs: Any = None, epochs: Iterable[float] | None = None) -> Array:
        """The probabilities that the network gives to the classes.

        Args:
            inputs: Samples (n_samples, …), by default those that were recorded.
            epochs: Epochs of snapshots, by default of all.

        Returns:
            (n_snapshots, n_samples) of class 1, or (n_snapshots, n_samples, n_classes), each 0 to 1.

        Raises:
            ViewError: The run has no classes, an epoch has no snapshot, or the inputs have another shape.

        >>> from replay import Replay
        >>> Replay("run.h5").probabilities(X[:10], epochs=[0, 60, 150]).shape
        (3, 10)
        """
        return self.evaluation.probabilities(inputs, epochs)

    def losses(self, epochs: Iterable[float] | None = None) -> Array:
        """The loss of each recorded sample, without regularisation: (n_snapshots, n_samples).

        `epochs` are those of snapshots, by default of all. Raises ViewError where the replay does not know
        the loss.
        """
        return self.evaluation.losses(epochs)

    def correct(self, epochs: Iterable[float] | None = None) -> Array:
        """Which recorded samples are classified correctly: (n_snapshots, n_samples) of bool.

        `epochs` are those of snapshots, by default of all. Raises ViewError where the run has no classes.

        >>> from replay import Replay
        >>> Replay("run.h5").correct().mean(axis=1).shape  # the accuracy of each snapshot
        (6,)
        """
        return self.evaluation.correct(epochs)

    def activations(
        self,
        layer: str,
        inputs: Any = None,
        epochs: Iterable[float] | None = None,
        before_activation: bool = False,
    ) -> Array:
        """The activations of a layer.

        Args:
            layer: The name of the layer.
            inputs: Samples (n_samples, …), by default those that were recorded.
            epochs: Epochs of snapshots, by default of all.
            before_activation: Return z, what enters the activation.

        Returns:
            (n_snapshots, n_samples, units), of feature maps (n_snapshots, n_samples, …).

        Raises:
            ViewError: There is no such layer, or an epoch has no snapshot.

        >>> from replay import Replay
        >>> Replay("run.h5").activations("hidden", epochs=[0, 60]).shape
        (2, 100, 2)
        """
        self.recording.layer(layer)
        return self.evaluation.activations(layer, inputs, epochs, before_activation)

    def milestones(self) -> list[Any]:
        """The moments worth telling, a list of `Milestone` in order of epoch."""
        from replay.runs.milestones import milestones

        return milestones(self.evaluation)

    def weights(self, layer: str, epochs: Iterable[float] | None = None) -> dict[str, Array]:
        """The weights of a layer.

        Args:
            layer: The name of the layer.
            epochs: Epochs of snapshots, by default of all.

        Returns:
            An array (n_snapshots, …) for each weight, by its name, such as "kernel" and "bias".

        Raises:
            ViewError: There is no such layer, or an epoch has no snapshot.

        >>> from replay import Replay
        >>> weights = Replay("run.h5").weights("hidden")
        >>> {name: array.shape for name, array in weights.items()}
        {'kernel': (6, 2, 2), 'bias': (6, 2)}
        """
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
        """The gradient of the mean loss over the recorded samples, with respect to the weights of a layer.

        Args:
            layer: The name of the layer.
            epochs: Epochs of snapshots, by default of all.
            clipped: Return it as the optimizer clips it.

        Returns:
            An array (n_snapshots, …) for each weight, by its name, such as "kernel" and "bias".

        Raises:
            ViewError: There is no such layer, an epoch has no snapshot, or the replay does not know the loss.
        """
        self.recording.layer(layer)
        return self.evaluation.gradients(layer, epochs, clipped)

    def gradient_norms(self, clipped: bool = False) -> dict[str, Array]:
        """The Euclidean norm of the gradient of each layer's kernel, by layer: (n_snapshots,).

        Layers go from input to output. With `clipped`, as the optimizer clips it. Raises ViewError where the
        replay does not know the loss.
        """
        from replay.views.gradient_flow import GradientFlow

        flow = GradientFlow(self.evaluation)
        norms = flow.after if clipped and flow.after is not None else flow.before
        return dict(zip(flow.names, norms, strict=True))

    def unit_health(self) -> dict[str, Array]:
        """The share of each layer's units that are dead or saturated, 0 to 1, by layer: (n_snapshots,).

        Raises ViewError where no layer has units that can be.
        """
        from replay.views.unit_health import UnitHealth

        health = UnitHealth(self.evaluation)
        return dict(zip(health.names, health.shares, strict=True))

    def normalisation(self) -> dict[str, Array]:
        """Mean and variance of each hidden layer's activations, by layer: (n_snapshots, 2).

        They are NaN where activations are not finite. Raises ViewError where there is no such layer.
        """
        from replay.views.normalisation import Normalisation

        view = Normalisation(self.evaluation)
        return dict(zip(view.names, view.moments, strict=True))

    def feature_space(
        self, layer: str | None = None, epochs: Iterable[float] | None = None, units: Units = None
    ) -> Array:
        """The recorded samples in a plane of a layer.

        Args:
            layer: The name of the layer, by default the last hidden one of 2 units, else the last of more.
            epochs: Epochs of snapshots, by default of all.
            units: The plane: two units, counted from 1, "readout" or "pca", see `build_feature_space`.

        Returns:
            (n_snapshots, n_samples, 2).

        Raises:
            ViewError: There is no such layer or unit, or an epoch has no snapshot.
        """
        from replay.views.feature_space import FeatureSpace

        return FeatureSpace(self.evaluation, layer, units=units).over(epochs)

    def space(
        self, layer: str | None = None, epochs: Iterable[float] | None = None, units: Units = None
    ) -> Array:
        """The recorded samples in the space of three units, or on the planes of a tour.

        Args:
            layer: The name of the layer, by default the last hidden one of 3 units, else the last of more.
            epochs: Epochs of snapshots, by default of all.
            units: Three units, counted from 1, or "tour". By default those of a layer of 3 units, else a
                tour.

        Returns:
            Activations (n_snapshots, n_samples, 3); of a tour, places on its planes (n_snapshots,
            n_samples, 2).

        Raises:
            ViewError: There is no such layer or unit, or an epoch has no snapshot.
        """
        from replay.views.space import space

        return space(self.evaluation, layer, units).over(epochs)

    def stages(self, epoch: float | None = None, inputs: Any = None) -> dict[str, Array]:
        """Where samples stand after each step of the network, as the view "morph" shows it.

        Args:
            epoch: The epoch, by default the last; it may lie between two snapshots.
            inputs: Samples (n_samples, 2), by default those that were recorded.

        Returns:
            Activations (n_samples, units) of float64, in order: under "input" and, as in "hidden/turn", under
            a layer and its step. Steps are "stretch", "lift", "turn", "flatten", "shift", "mix", "read",
            "scale", "normalise" and "activate".

        Raises:
            ViewError: The inputs are not 2-D, NumPy cannot take the network apart, or there is no such epoch.

        >>> from replay import Replay
        >>> stages = Replay("run.h5").stages(60)
        >>> print(*stages)
        input hidden/stretch hidden/turn hidden/shift hidden/activate output/read output/activate
        >>> stages["hidden/activate"].shape
        (100, 2)
        """
        from replay.views.morph import Morph

        first, last = float(self.epochs[0]), float(self.epochs[-1])
        epoch = last if epoch is None else epoch
        if not first <= epoch <= last:
            raise ViewError(no_epoch(epoch, first, last))
        journey = Morph(self.evaluation).at(epoch)
        given = self.evaluation.inputs if inputs is None else as_array("inputs", inputs)
        found = {"input": journey.activations(0, given)}
        for step in journey.steps:
            if step.kind != "divide":
                found[f"{step.layer}/{step.kind}"] = step.move(list(found.values())[-1])
        return found

    def confusion_matrices(self, epochs: Iterable[float] | None = None) -> Array:
        """Samples by true class (rows) and predicted class (columns).

        (n_snapshots, n_classes, n_classes) of int. `epochs` are those of snapshots, by default of all. Raises
        ViewError where the run has no classes.

        >>> from replay import Replay
        >>> Replay("run.h5").confusion_matrices(epochs=[0, 150]).shape
        (2, 2, 2)
        """
        from replay.views.confusion_matrix import ConfusionMatrix

        return ConfusionMatrix(self.evaluation).over(epochs)

    def most_wrong(self, epoch: float, n: int = 16) -> tuple[Array, Array]:
        """The images with the highest losses at `epoch`, the worst first: indices (n,) and losses (n,).

        Raises ViewError where inputs are no images or the run has no classes.
        """
        from replay.views.most_wrong import MostWrong

        frame = MostWrong(self.evaluation, n).at(epoch)
        return frame.indices, frame.losses

    def kernels(self, epochs: Iterable[float] | None = None, n: int = 64) -> Array:
        """The weights of up to `n` units or channels of the first layer, as images.

        (n_snapshots, n_kernels, h, w), of colours (n_snapshots, n_kernels, h, w, 3). `epochs` are those of
        snapshots, by default of all. Raises ViewError where the inputs are no images.
        """
        from replay.views.kernels import Kernels

        return Kernels(self.evaluation, n).over(epochs)
