"""The façade: one object for everything that can be seen of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from replay.description import RunDescription
from replay.evaluation import Evaluation
from replay.recording import Recording

if TYPE_CHECKING:  # matplotlib is loaded by drawing alone
    from matplotlib.axes import Axes

    from replay.composition import Composition, Moving
    from replay.style import Style

Array = NDArray[Any]


class Replay:
    """A recorded run, to be looked at.

    Numbers come as plain arrays: `probabilities()`, `losses()`, `activations(layer)`. Pictures come from
    `dashboard()` and the `build_…` methods, which take matplotlib axes and have DeepReplay's names.

    `model` is the Keras model that was recorded; only models that cannot be rebuilt from the file, such as
    subclassed ones, need it. `style` is how pictures look, see `replay.style`. `group` chooses a training in
    a file that DeepReplay wrote. Raises RunFileError where `path` is not a readable run file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        model: Any = None,
        style: Style | None = None,
        group: str | None = None,
    ) -> None:
        def describe() -> RunDescription:
            from replay import keras_description  # loads TensorFlow, as the model did

            return keras_description.describe(model)

        self.recording = Recording(path, group, None if model is None else describe)
        self.evaluation = Evaluation(self.recording, model)
        if style is not None:
            self.style = style

    def __repr__(self) -> str:
        r = self.recording
        return f"<Replay of {r.path}: {r.title}, {r.n_snapshots} snapshots>"

    @property
    def epochs(self) -> Array:
        """The epoch of each snapshot: (n_snapshots,)."""
        return self.recording.epochs

    @property
    def history(self) -> Mapping[str, Array]:
        """What the training logged, by name: (n_epochs,) each."""
        return self.recording.history

    def probabilities(self, inputs: Any = None, epochs: Iterable[float] | None = None) -> Array:
        """Soft probabilities: (n_snapshots, n_samples) of class 1, or (n_snapshots, n_samples, n_classes).

        For the recorded samples or for `inputs` (n_samples, …); at all snapshots or those of `epochs`.
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
        """Activations of a layer: (n_snapshots, n_samples, units); with `before_activation`, its z."""
        self.recording.layer(layer)
        return self.evaluation.activations(layer, inputs, epochs, before_activation)

    def milestones(self) -> list[Any]:
        """The moments worth telling, in order of epoch."""
        from replay.milestones import milestones

        return milestones(self.evaluation)

    @cached_property
    def style(self) -> Style:
        """How pictures look, by default light; another can be set."""
        from replay.style import LIGHT

        return LIGHT

    def dashboard(self, size: tuple[int, int] | None = None, captions: bool = True) -> Composition:
        """The standard composition: feature space, probabilities, curves, losses; `size` in pixels."""
        return self.view("dashboard", size=size, captions=captions)

    def view(
        self,
        name: str,
        layer: str | None = None,
        size: tuple[int, int] | None = None,
        captions: bool = True,
    ) -> Composition:
        """One view on a figure of its own, or the dashboard; `replay.names.VIEWS` has the names.

        `layer` is for the feature space, `size` in pixels. `captions` tell the milestones.
        """
        from replay.gallery import picture

        return picture(self.evaluation, name, self.style, layer, size, captions)

    def build_feature_space(
        self,
        ax: Axes,
        layer_name: str | None = None,
        contour_points: int = 200,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
        display_grid: bool = True,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
    ) -> Composition:
        """The feature space of a 2-unit layer, by default the last one, on `ax`.

        `contour_points` is the side of the mesh over the layer's plane; without `xlim` and `ylim` the axes
        hold every sample at every epoch. Like the other methods, it animates from `epoch_start` to
        `epoch_end`, −1 for the last.
        """
        from replay.panels.feature_space import FeatureSpacePanel
        from replay.views.feature_space import FeatureSpace

        view = FeatureSpace(self.evaluation, layer_name, contour_points, display_grid, xlim, ylim)
        return self._on(lambda style: [FeatureSpacePanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_decision_boundary(
        self,
        ax: Axes,
        contour_points: int = 200,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
    ) -> Composition:
        """The decision boundary over 2-D inputs on `ax`."""
        from replay.panels.decision_boundary import DecisionBoundaryPanel
        from replay.views.decision_boundary import DecisionBoundary

        view = DecisionBoundary(self.evaluation, contour_points, xlim, ylim)
        return self._on(lambda style: [DecisionBoundaryPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_probability_histogram(
        self,
        ax_negative: Axes,
        ax_positive: Axes | None = None,
        *more: Axes,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
        bins: int = 20,
    ) -> Composition:
        """Histograms of probabilities: one axes for each class, negatives first, or one for all samples."""
        from replay.errors import ViewError
        from replay.panels.probability_histogram import ProbabilityHistogramPanel
        from replay.views.probability_histogram import ProbabilityHistogram

        axes = [ax for ax in (ax_negative, ax_positive, *more) if ax is not None]
        n_classes = self.evaluation.task.n_classes
        if len(axes) not in (1, n_classes):
            raise ViewError(
                f"probability histograms need 1 axes, or {n_classes}, one for each class: not {len(axes)}"
            )
        labels: list[int | None] = [None] if len(axes) == 1 else [*range(n_classes)]
        views = [ProbabilityHistogram(self.evaluation, label, bins) for label in labels]
        pairs = list(zip(axes, views, strict=True))
        return self._on(
            lambda style: [ProbabilityHistogramPanel(ax, view, style) for ax, view in pairs],
            ax_negative,
            epoch_start,
            epoch_end,
        )

    def build_loss_histogram(
        self, ax: Axes, epoch_start: float = 0, epoch_end: float | None = -1, bins: int = 30
    ) -> Composition:
        """The histogram of the samples' losses on `ax`."""
        from replay.panels.loss_histogram import LossHistogramPanel
        from replay.views.loss_histogram import LossHistogram

        view = LossHistogram(self.evaluation, bins)
        return self._on(lambda style: [LossHistogramPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_loss_and_metric(
        self, ax: Axes, metric_name: str | None = None, epoch_start: float = 0, epoch_end: float | None = -1
    ) -> Composition:
        """The curves of the loss and of one metric, by default the first, on `ax`."""
        from replay.panels.loss_and_metric import LossAndMetricPanel
        from replay.views.curves import LossAndMetric

        view = LossAndMetric(self.recording, metric_name)
        return self._on(lambda style: [LossAndMetricPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def _on(
        self,
        make: Callable[[Style], Sequence[Moving]],
        axes: Axes,
        epoch_start: float,
        epoch_end: float | None,
    ) -> Composition:
        """Panels on axes of the user's own; the title of the first names the epoch."""
        from replay.composition import Composition
        from replay.motion import motion
        from replay.panels.header import TitleClock

        figure = axes.get_figure(root=True)
        assert figure is not None
        with self.style.applied():
            panels = make(self.style)
            clock = TitleClock(axes)
        last = self.epochs[-1] if epoch_end in (None, -1) else epoch_end
        shown = self.epochs[(self.epochs >= epoch_start) & (self.epochs <= last)]
        evaluation = self.evaluation
        return Composition(
            figure,
            panels,
            clock,
            shown,
            self.style,
            lambda epochs: motion(evaluation, epochs),
            evaluation.in_numpy,
        )
