"""Replay under DeepReplay's name: its methods and properties over `replay.Replay`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from replay.deepreplay.data import boundary_data, layer_data, space_data, standard_deviations
from replay.deepreplay.plot import (
    FeatureSpace,
    FeatureSpaceData,
    LayerViolins,
    LayerViolinsData,
    LossAndMetric,
    LossAndMetricData,
    LossHistogram,
    LossHistogramData,
    Plot,
    ProbabilityHistogram,
    ProbHistogramData,
)
from replay.errors import RunFileError, ViewError, unknown
from replay.network.in_keras.saved import saved_model
from replay.replay import Replay as Run
from replay.storage.opening import groups
from replay.types import Array
from replay.views.layer_distributions import (
    ACTIVATIONS,
    GRADIENTS,
    PRE_ACTIVATIONS,
    WEIGHTS,
    LayerDistributions,
)

if TYPE_CHECKING:  # loaded when something is drawn
    from matplotlib.axes import Axes

    from replay.drawing.composition import Composition

INITIAL = "_init"  # what DeepReplay appends to a group of weights before any training
Kept = TypeVar("Kept", bound="Plot | None")
SAME = {"acc": "accuracy", "accuracy": "acc"}  # Keras 2 logged both under the first name


class Replay:
    """A recorded group, with DeepReplay's methods.

    Args:
        replay_filename: What holds the group: the `filename` of `ReplayData`, or a file that DeepReplay
            wrote.
        group_name: The group. Where there is none of this name, that of the weights before training.
        model_filename: A saved Keras model. It is read only where the recording cannot rebuild the network.

    Attributes:
        run: The same run as a `replay.Replay`, for all that DeepReplay does not have.
        group_name: The group that was read.
        inputs: The recorded samples, (n_samples, …).
        targets: Their targets, (n_samples, …), in a column where each is a number.
        n_epochs: How many epochs were trained.

    Raises:
        RunFileError: There is no such group, or it cannot be read.

    The `build_…` methods draw on axes of your own. After each, the property that is named with it holds the
    plot and, computed when asked for, the data in it.

    >>> import matplotlib.pyplot as plt
    >>> from replay.deepreplay import Replay
    >>> replay = Replay("trainings.h5", "part1")
    >>> figure, ax = plt.subplots()
    >>> replay.build_loss_histogram(ax).plot(epoch=2).savefig("losses.png")
    """

    def __init__(
        self,
        replay_filename: str | os.PathLike[str],
        group_name: str,
        model_filename: str | os.PathLike[str] | None = None,
    ) -> None:
        self.group_name = _existing(replay_filename, group_name)
        self.run = _opened(replay_filename, self.group_name, model_filename)
        self.inputs = self.run.recording.inputs
        targets = self.run.recording.targets
        self.targets = targets.reshape(len(targets), -1)
        self._built: dict[str, tuple[Plot | None, Callable[[], Any]]] = {}

    @property
    def n_epochs(self) -> int:
        """How many epochs were trained."""
        return self.run.recording.n_snapshots - 1

    # Numbers

    @property
    def weights(self) -> list[list[Array]]:
        """The weights of each epoch, that before training included, as `model.set_weights` takes them."""
        at = self.run.recording.weights_at
        return [[weight[0] for weight in at(float(epoch))] for epoch in self.run.epochs]

    @property
    def training_loss(self) -> Array:
        """The loss that Keras logged: (n_epochs,)."""
        return self.get_training_metric("loss")

    @property
    def learning_rate(self) -> Array:
        """The learning rate at the end of each epoch: (n_epochs,)."""
        return self.get_training_metric("learning_rate")

    def get_training_metric(self, metric_name: str) -> Array:
        """What Keras logged under a name, (n_epochs,). Raises ViewError where it logged nothing so called."""
        return self.run.history[self._logged(metric_name)]

    def _logged(self, metric_name: str) -> str:
        """The name under which today's Keras logs this metric."""
        history = self.run.history
        for name in (metric_name, SAME.get(metric_name, metric_name)):
            if name in history:
                return name
        raise ViewError(unknown("metric", metric_name, history))

    def predict_proba(self, epoch_start: float = 0, epoch_end: float = -1) -> Array:
        """What the network answers at each of these epochs: (n_epochs, n_samples, units)."""
        return self.run.evaluation.activations(epochs=self._epochs(epoch_start, epoch_end))

    def _epochs(self, first: float, last: float) -> Array:
        """The epochs of the snapshots from `first` to `last`, −1 for the end."""
        epochs = self.run.epochs
        return epochs[(epochs >= first) & (epochs <= (epochs[-1] if last == -1 else last))]

    # Planes and histograms

    def build_feature_space(
        self,
        ax: Axes,
        layer_name: str,
        contour_points: int = 200,
        xlim: tuple[float, float] = (-1, 1),
        ylim: tuple[float, float] = (-1, 1),
        scale_fixed: bool = True,
        display_grid: bool = True,
        epoch_start: float = 0,
        epoch_end: float = -1,
    ) -> FeatureSpace:
        """The feature space of a layer; `xlim` and `ylim` are the ends of the grid, in units of the inputs.

        Without `scale_fixed`, the axes follow the samples from epoch to epoch. The other arguments are those
        of `replay.Replay.build_feature_space`.
        """
        composition = self.run.build_feature_space(
            _cleared(ax), layer_name, contour_points, None, None, display_grid, epoch_start, epoch_end,
            scale_fixed=scale_fixed, grid_limits=(xlim, ylim),
        )  # fmt: skip
        plot = FeatureSpace(composition, ax)
        epochs = self._epochs(epoch_start, epoch_end)
        return self._keep("feature_space", plot, lambda: space_data(plot.view, epochs))

    @property
    def feature_space(self) -> tuple[FeatureSpace | None, FeatureSpaceData | None]:
        """The last feature space, and its data."""
        return self._last("feature_space")

    def build_decision_boundary(
        self,
        ax: Axes,
        contour_points: int = 200,
        xlim: tuple[float, float] = (-1, 1),
        ylim: tuple[float, float] = (-1, 1),
        display_grid: bool = True,
        epoch_start: float = 0,
        epoch_end: float = -1,
    ) -> FeatureSpace:
        """The decision boundary over 2-D inputs, as `replay.Replay.build_decision_boundary`."""
        composition = self.run.build_decision_boundary(
            _cleared(ax), contour_points, xlim, ylim, epoch_start, epoch_end, display_grid=display_grid
        )
        plot = FeatureSpace(composition, ax)
        epochs = self._epochs(epoch_start, epoch_end)
        return self._keep("decision_boundary", plot, lambda: boundary_data(plot.view, epochs))

    @property
    def decision_boundary(self) -> tuple[FeatureSpace | None, FeatureSpaceData | None]:
        """The last decision boundary, and its data."""
        return self._last("decision_boundary")

    def build_probability_histogram(
        self, ax_negative: Axes, ax_positive: Axes, epoch_start: float = 0, epoch_end: float = -1
    ) -> ProbabilityHistogram:
        """The probabilities of the negative and of the positive samples."""
        composition = self.run.build_probability_histogram(
            _cleared(ax_negative), _cleared(ax_positive), epoch_start=epoch_start, epoch_end=epoch_end
        )
        return self._keep(
            "probability_histogram",
            ProbabilityHistogram(composition, ax_negative, ax_positive),
            lambda: ProbHistogramData(self.predict_proba(epoch_start, epoch_end), self.targets),
        )

    @property
    def probability_histogram(self) -> tuple[ProbabilityHistogram | None, ProbHistogramData | None]:
        """The last histogram of probabilities, and its data."""
        return self._last("probability_histogram")

    def build_loss_histogram(self, ax: Axes, epoch_start: float = 0, epoch_end: float = -1) -> LossHistogram:
        """The loss of each sample, as `replay.Replay.build_loss_histogram`."""
        composition = self.run.build_loss_histogram(_cleared(ax), epoch_start, epoch_end)
        epochs = self._epochs(epoch_start, epoch_end)
        return self._keep(
            "loss_histogram",
            LossHistogram(composition, ax),
            lambda: LossHistogramData(self.run.losses(epochs)),
        )

    @property
    def loss_histogram(self) -> tuple[LossHistogram | None, LossHistogramData | None]:
        """The last histogram of losses, and its data."""
        return self._last("loss_histogram")

    def build_loss_and_metric(
        self, ax: Axes, metric_name: str, epoch_start: float = 0, epoch_end: float = -1
    ) -> LossAndMetric:
        """The loss and a metric, as Keras logged them."""
        name = self._logged(metric_name)
        composition = self.run.build_loss_and_metric(_cleared(ax), name, epoch_start, epoch_end)
        return self._keep(
            "loss_and_metric",
            LossAndMetric(composition, ax),
            lambda: self._logged_data(name, metric_name, epoch_start, epoch_end),
        )

    def _logged_data(self, name: str, metric_name: str, first: float, last: float) -> LossAndMetricData:
        epochs = self.run.recording.history_epochs
        chosen = (epochs >= first) & (epochs <= (np.inf if last == -1 else last))
        return LossAndMetricData(
            self.training_loss[chosen], self.get_training_metric(name)[chosen], metric_name
        )

    @property
    def loss_and_metric(self) -> tuple[LossAndMetric | None, LossAndMetricData | None]:
        """The last curves, and their data."""
        return self._last("loss_and_metric")

    # Distributions by layer

    def build_weights(
        self,
        ax: Axes | None,
        layer_names: Sequence[str] | None = None,
        exclude_outputs: bool = True,
        epoch_start: float = 0,
        epoch_end: float = -1,
    ) -> LayerViolins | None:
        """The weights of each layer, without biases. Without `ax`, their data alone."""
        return self._violins(
            "weights_violins",
            ax,
            lambda on: self.run.build_weights(on, layer_names, exclude_outputs, epoch_start, epoch_end),
            LayerDistributions(self.run.evaluation, WEIGHTS, layer_names, exclude_outputs),
            self._epochs(epoch_start, epoch_end),
        )

    @property
    def weights_violins(self) -> tuple[LayerViolins | None, LayerViolinsData | None]:
        """The last distributions of weights, and their data."""
        return self._last("weights_violins")

    @property
    def weights_std(self) -> Array | None:
        """The standard deviation of each layer's weights: (n_epochs, n_layers)."""
        return standard_deviations(self.weights_violins[1])

    def build_gradients(
        self,
        ax: Axes | None,
        layer_names: Sequence[str] | None = None,
        exclude_outputs: bool = True,
        epoch_start: float = 0,
        epoch_end: float = -1,
    ) -> LayerViolins | None:
        """The gradients of each layer, without biases. Without `ax`, their data alone."""
        return self._violins(
            "gradients_violins",
            ax,
            lambda on: self.run.build_gradients(on, layer_names, exclude_outputs, epoch_start, epoch_end),
            LayerDistributions(self.run.evaluation, GRADIENTS, layer_names, exclude_outputs),
            self._epochs(epoch_start, epoch_end),
        )

    @property
    def gradients_violins(self) -> tuple[LayerViolins | None, LayerViolinsData | None]:
        """The last distributions of gradients, and their data."""
        return self._last("gradients_violins")

    @property
    def gradients_std(self) -> Array | None:
        """The standard deviation of each layer's gradients: (n_epochs, n_layers)."""
        return standard_deviations(self.gradients_violins[1])

    def build_outputs(
        self,
        ax: Axes | None,
        before_activation: bool = False,
        layer_names: Sequence[str] | None = None,
        include_inputs: bool = True,
        exclude_outputs: bool = True,
        epoch_start: float = 0,
        epoch_end: float = -1,
    ) -> LayerViolins | None:
        """What each layer gives, or what enters its activation. Without `ax`, the data alone."""
        name, quantity = (
            ("zvalues_violins", PRE_ACTIVATIONS)
            if before_activation
            else ("activations_violins", ACTIVATIONS)
        )
        return self._violins(
            name,
            ax,
            lambda on: self.run.build_outputs(
                on, before_activation, layer_names, include_inputs, exclude_outputs, epoch_start, epoch_end
            ),
            LayerDistributions(self.run.evaluation, quantity, layer_names, exclude_outputs, include_inputs),
            self._epochs(epoch_start, epoch_end),
        )

    @property
    def activations_violins(self) -> tuple[LayerViolins | None, LayerViolinsData | None]:
        """The last distributions of activations, and their data."""
        return self._last("activations_violins")

    @property
    def zvalues_violins(self) -> tuple[LayerViolins | None, LayerViolinsData | None]:
        """The last distributions of what enters the activations, and their data."""
        return self._last("zvalues_violins")

    def _violins(
        self,
        name: str,
        ax: Axes | None,
        build: Callable[[Axes], Composition],
        view: LayerDistributions,
        epochs: Array,
    ) -> LayerViolins | None:
        plot = None if ax is None else LayerViolins(build(_cleared(ax)), ax)
        return self._keep(name, plot, lambda: layer_data(view, epochs))

    # What was built

    def _keep(self, name: str, plot: Kept, data: Callable[[], Any]) -> Kept:
        self._built[name] = plot, cache(data)
        return plot

    def _last(self, name: str) -> tuple[Any, Any]:
        plot, data = self._built.get(name, (None, lambda: None))
        return plot, data()


def _cleared(ax: Axes) -> Axes:
    """The axes without what was drawn on them, as in DeepReplay: a notebook's cell may run again."""
    from replay.drawing.given_axes import figure_of

    figure = figure_of(ax)
    if ax.has_data():
        for twin in [other for other in figure.axes if other is not ax and _in_one_place(ax, other)]:
            twin.remove()
        ax.clear()
    return ax


def _in_one_place(one: Axes, other: Axes) -> bool:
    return one.bbox.bounds == other.bbox.bounds


def _existing(filename: str | os.PathLike[str], group_name: str) -> str:
    """The group or, where only the weights before training were recorded, theirs."""
    there = groups(filename)
    initial = f"{group_name}{INITIAL}"
    return initial if group_name not in there and initial in there else group_name


def _opened(
    filename: str | os.PathLike[str], group: str, model_filename: str | os.PathLike[str] | None
) -> Run:
    """The run, with the saved model where the recording alone cannot answer."""
    if not model_filename:
        return Run(filename, group=group)
    try:
        run = Run(filename, group=group)
        _ = run.evaluation.network
    except RunFileError:  # the network cannot be rebuilt from the recording
        return Run(filename, model=saved_model(Path(model_filename).expanduser()), group=group)
    return run
