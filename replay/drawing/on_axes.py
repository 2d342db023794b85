"""Panels on the user's own matplotlib axes: the build_… methods, named as in DeepReplay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from replay.errors import ViewError
from replay.language.catalogue import ENGLISH
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation
from replay.types import Motion, Units

if TYPE_CHECKING:  # load matplotlib only when drawing
    from matplotlib.axes import Axes

    from replay.drawing.composition import Composition
    from replay.drawing.style import Style
    from replay.film.frames import Moving
    from replay.views.layer_curves import LayerCurves


class OnAxes:
    """Methods that draw a run on given axes, in its style."""

    evaluation: Evaluation
    language = ENGLISH

    @cached_property
    def style(self) -> Style:
        """The style of the pictures, by default light; assign another to change it."""
        from replay.drawing.style import LIGHT

        return replace(LIGHT, language=self.language)

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
        units: Units = None,
        *,
        scale_fixed: bool = True,
        grid_limits: tuple[tuple[float, float], tuple[float, float]] | None = None,
    ) -> Composition:
        """The feature space of a layer: its samples, the bent input grid and the regions of the classes.

        Args:
            ax: The axes to draw on.
            layer_name: The layer, by default the last hidden one of 2 units, else the last of more.
            contour_points: The side of the mesh over the layer's plane, in points.
            xlim, ylim: Limits of the axes, in units of the layer's activations. By default they hold every
                sample at every epoch.
            display_grid: Draw the grid of the inputs, which 2-D inputs have, as the layer bends it.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.
            units: Of a wider layer, two of its units, counted from 1; "readout", the plane in which the
                output layer reads it at the end of the run; or "pca", the first two principal components over
                the whole run. By default the layer's own plane where it has 2 units, else its readout or,
                where the output layer does not read it, "pca".
            scale_fixed: Keep the limits of the axes. Otherwise they hold the samples at each epoch.
            grid_limits: The ends of the grid in x and in y, in units of the inputs. By default it reaches
                around the samples.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: There is no such layer or unit, or the layer has 1 unit.

        >>> import matplotlib.pyplot as plt
        >>> from replay import Replay
        >>> figure, ax = plt.subplots()
        >>> feature_space = Replay("run.h5").build_feature_space(ax, layer_name="hidden")
        >>> feature_space.save("hidden.png", epoch=60).name
        'hidden.png'
        """
        from replay.drawing.panels.feature_space import FeatureSpacePanel
        from replay.views.feature_space import FeatureSpace
        from replay.views.shared.geometry import Limits

        view = FeatureSpace(
            self.evaluation, layer_name, contour_points, display_grid, xlim, ylim, units, scale_fixed,
            None if grid_limits is None else Limits(*grid_limits),
        )  # fmt: skip
        return self._on(lambda style: [FeatureSpacePanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_decision_boundary(
        self,
        ax: Axes,
        contour_points: int = 200,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
        *,
        display_grid: bool = False,
    ) -> Composition:
        """The decision boundary over 2-D inputs.

        Args:
            ax: The axes to draw on.
            contour_points: The side of the mesh over the inputs, in points.
            xlim, ylim: Limits of the axes, in units of the inputs. By default they hold every sample.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.
            display_grid: Draw the lines of a grid, those that a feature space bends.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: The inputs are not 2-D, or the run has no classes.
        """
        from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
        from replay.views.decision_boundary import DecisionBoundary

        view = DecisionBoundary(self.evaluation, contour_points, xlim, ylim, display_grid)
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
        """Histograms of the probabilities: how sure the network is.

        Args:
            ax_negative: Axes for class 0 or, without other axes, for all samples.
            ax_positive: Axes for class 1.
            *more: Axes for the further classes, one for each.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.
            bins: How many bars a histogram has.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: There are neither 1 axes nor one for each class, or the run has no classes.
        """
        from replay.drawing.panels.probability_histogram import ProbabilityHistogramPanel
        from replay.views.probability_histogram import ProbabilityHistogram

        axes = [ax for ax in (ax_negative, ax_positive, *more) if ax is not None]
        n_classes = self.evaluation.task.n_classes
        if len(axes) not in (1, n_classes):
            raise ViewError(
                f"probability histograms need 1 axes, or {n_classes}, one per class, not {len(axes)}"
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
        """The histogram of the losses of the samples.

        Args:
            ax: The axes to draw on.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.
            bins: How many bars it has.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: The replay does not know the loss.
        """
        from replay.drawing.panels.loss_histogram import LossHistogramPanel
        from replay.views.loss_histogram import LossHistogram

        view = LossHistogram(self.evaluation, bins)
        return self._on(lambda style: [LossHistogramPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_loss_and_metric(
        self,
        ax: Axes,
        metric_name: str | None = None,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
        after_epochs: bool = False,
    ) -> Composition:
        """The curves of the loss and of one metric, as logged: means over the batches of each epoch.

        Args:
            ax: The axes to draw on.
            metric_name: What to draw beside the loss, such as "accuracy". By default the first metric logged.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.
            after_epochs: Also draw, dotted, the loss and the accuracy of the recorded samples after each
                epoch, as the other views show them. False by default.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: No loss and no metric was logged, or none of this name.
        """
        from replay.drawing.panels.curves import LossAndMetricPanel
        from replay.views.curves import LossAndMetric

        view = LossAndMetric(self.evaluation, metric_name, after_epochs)
        return self._on(lambda style: [LossAndMetricPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_confusion_matrix(
        self, ax: Axes, epoch_start: float = 0, epoch_end: float | None = -1
    ) -> Composition:
        """The confusion matrix: which class is taken for which, among held-out samples if there are some.

        Args:
            ax: The axes to draw on.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: The run has no classes.
        """
        from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
        from replay.views.confusion_matrix import confusion_matrices

        view = confusion_matrices(self.evaluation)[-1]
        return self._on(lambda style: [ConfusionMatrixPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_most_wrong(
        self, ax: Axes, n: int = 16, epoch_start: float = 0, epoch_end: float | None = -1
    ) -> Composition:
        """The images with the highest losses, among the held-out samples if there are some.

        Args:
            ax: The axes to draw on.
            n: How many images are shown.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: The inputs are no images, the run has no classes, or `n` is below 1.
        """
        from replay.drawing.panels.most_wrong import MostWrongPanel
        from replay.views.most_wrong import most_wrongs

        view = most_wrongs(self.evaluation, n)[-1]
        return self._on(lambda style: [MostWrongPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_kernels(
        self, ax: Axes, n: int = 64, epoch_start: float = 0, epoch_end: float | None = -1
    ) -> Composition:
        """The weights of the first layer, as images.

        Args:
            ax: The axes to draw on.
            n: How many units or channels are shown at most.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: The inputs are no images, or the layer was not recorded.
        """
        from replay.drawing.panels.kernels import KernelsPanel
        from replay.views.kernels import Kernels

        view = Kernels(self.evaluation, n)
        return self._on(lambda style: [KernelsPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_weights(
        self,
        ax: Axes,
        layer_names: Sequence[str] | None = None,
        exclude_outputs: bool = True,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
    ) -> Composition:
        """The distribution of the weights of each layer, without biases.

        Args:
            ax: The axes to draw on.
            layer_names: The layers to show, by default all that have a kernel.
            exclude_outputs: Leave out the output layer, unless `layer_names` has it.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: A layer does not exist, or has no kernel.
        """
        return self._distributions(ax, "weights", layer_names, exclude_outputs, True, epoch_start, epoch_end)

    def build_outputs(
        self,
        ax: Axes,
        before_activation: bool = False,
        layer_names: Sequence[str] | None = None,
        include_inputs: bool = True,
        exclude_outputs: bool = True,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
    ) -> Composition:
        """The distribution of what each layer gives for the recorded samples.

        Args:
            ax: The axes to draw on.
            before_activation: Show z, what enters the activation, in place of what leaves it.
            layer_names: The layers to show, by default all.
            include_inputs: Show the distribution of the inputs before those of the layers.
            exclude_outputs: Leave out the output layer, unless `layer_names` has it.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: A layer does not exist, or has no such values.
        """
        quantity = "pre-activations" if before_activation else "activations"
        return self._distributions(
            ax, quantity, layer_names, exclude_outputs, include_inputs, epoch_start, epoch_end
        )

    def build_gradients(
        self,
        ax: Axes,
        layer_names: Sequence[str] | None = None,
        exclude_outputs: bool = True,
        epoch_start: float = 0,
        epoch_end: float | None = -1,
    ) -> Composition:
        """The distribution of the sizes of the gradients of each layer, without biases.

        The gradient is that of the mean loss over the recorded samples.

        Args:
            ax: The axes to draw on.
            layer_names: The layers to show, by default all that have a kernel.
            exclude_outputs: Leave out the output layer, unless `layer_names` has it.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: The replay does not know the loss, or a layer does not exist.
        """
        return self._distributions(
            ax, "gradients", layer_names, exclude_outputs, True, epoch_start, epoch_end
        )

    def _distributions(
        self,
        ax: Axes,
        quantity: str,
        layer_names: Sequence[str] | None,
        exclude_outputs: bool,
        include_inputs: bool,
        epoch_start: float,
        epoch_end: float | None,
    ) -> Composition:
        from replay.drawing.panels.layer_distributions import LayerDistributionsPanel
        from replay.views.layer_distributions import LayerDistributions

        view = LayerDistributions(self.evaluation, quantity, layer_names, exclude_outputs, include_inputs)
        return self._on(lambda style: [LayerDistributionsPanel(ax, view, style)], ax, epoch_start, epoch_end)

    def build_gradient_flow(
        self, ax: Axes, epoch_start: float = 0, epoch_end: float | None = -1
    ) -> Composition:
        """The Euclidean norm of the gradient of each layer over the epochs, before and after clipping.

        Args:
            ax: The axes to draw on.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: The replay does not know the loss.
        """
        from replay.views.gradient_flow import GradientFlow

        return self._layer_curves([ax], GradientFlow(self.evaluation).panels, epoch_start, epoch_end)

    def build_unit_health(
        self, ax: Axes, epoch_start: float = 0, epoch_end: float | None = -1
    ) -> Composition:
        """The share of dead and of saturated units of each layer over the epochs.

        Args:
            ax: The axes to draw on.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: No layer has units that can be dead or saturated.
        """
        from replay.views.unit_health import UnitHealth

        return self._layer_curves([ax], UnitHealth(self.evaluation).panels, epoch_start, epoch_end)

    def build_normalisation(
        self, ax_mean: Axes, ax_variance: Axes, epoch_start: float = 0, epoch_end: float | None = -1
    ) -> Composition:
        """Mean and variance of the activations of each layer over the epochs.

        Args:
            ax_mean: The axes for the means.
            ax_variance: The axes for the variances.
            epoch_start, epoch_end: The first and last epoch of the animation, both included; −1 is the last
                one.

        Returns:
            A `Composition` on the axes, whose title names the epoch.

        Raises:
            ViewError: There is no hidden layer with activations to show.
        """
        from replay.views.normalisation import Normalisation

        panels = Normalisation(self.evaluation).panels
        return self._layer_curves([ax_mean, ax_variance], panels, epoch_start, epoch_end)

    def _layer_curves(
        self,
        axes: Sequence[Axes],
        curves: Sequence[LayerCurves],
        epoch_start: float,
        epoch_end: float | None,
    ) -> Composition:
        from replay.drawing.panels.layer_curves import LayerCurvesPanel

        pairs = list(zip(axes, curves, strict=True))
        return self._on(
            lambda style: [LayerCurvesPanel(ax, one, style) for ax, one in pairs],
            axes[0],
            epoch_start,
            epoch_end,
        )

    def _on(
        self,
        make: Callable[[Style], Sequence[Moving]],
        axes: Axes,
        epoch_start: float,
        epoch_end: float | None,
    ) -> Composition:
        """Compose panels on the user's axes; the title of the first shows the epoch."""
        from matplotlib.axis import Axis

        from replay.drawing.artists.optional_labels import leave_out_all
        from replay.drawing.clocks import TitleClock
        from replay.drawing.composition import Composition
        from replay.drawing.fonts import lend_fonts
        from replay.drawing.given_axes import figure_of, shared_limits_held
        from replay.drawing.run_style import run_style

        figure = figure_of(axes)
        style = run_style(self.style, [self.evaluation])
        with style.applied():
            with shared_limits_held(figure):
                panels = make(style)
            lend_fonts(figure, style.font)  # to titles that it has already
            leave_out_all(figure)
            clock = TitleClock(axes, float(self.evaluation.recording.epochs[-1]))
        for artist in (artist for panel in panels for artist in panel.moving):
            # A layout must be the same whichever epoch is shown; ticks of moving axes still need their room.
            artist.set_in_layout(isinstance(artist, Axis))
        epochs = self.evaluation.recording.epochs
        last = epochs[-1] if epoch_end in (None, -1) else epoch_end
        shown = epochs[(epochs >= epoch_start) & (epochs <= last)]
        return Composition(
            figure,
            panels,
            clock,
            shown,
            style,
            self._motion,
            self.evaluation.at_hand,
            Subject((self.evaluation,), (clock.title,) if clock.title else ()),
        )

    @cached_property
    def _motion(self) -> Motion:
        """How far the run moves, the same for all of its panels."""
        from replay.views.motion import motion

        return partial(motion, self.evaluation)
