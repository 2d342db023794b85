"""Each view by name, on a figure of its own."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replay.composition import Composition, Moving
from replay.dashboard import DPI, MOST_HISTOGRAMS, dashboard
from replay.errors import ViewError, unknown
from replay.evaluation import Evaluation
from replay.panels.decision_boundary import DecisionBoundaryPanel
from replay.panels.feature_space import FeatureSpacePanel
from replay.panels.header import Header
from replay.panels.loss_and_metric import LossAndMetricPanel
from replay.panels.loss_histogram import LossHistogramPanel
from replay.panels.probability_histogram import ProbabilityHistogramPanel
from replay.style import Style
from replay.view_names import VIEWS
from replay.views.curves import LossAndMetric
from replay.views.decision_boundary import DecisionBoundary
from replay.views.feature_space import FeatureSpace
from replay.views.loss_histogram import LossHistogram
from replay.views.probability_histogram import ProbabilityHistogram

WIDE, TALL, SQUARE = (8.0, 5.0), (8.0, 7.0), (7.2, 7.2)  # inches

Draw = Callable[[Axes], Moving]


def picture(evaluation: Evaluation, name: str, style: Style, layer: str | None = None) -> Composition:
    """The view called `name` on a new figure. `layer` is for the feature space.

    Raises ViewError where there is no such view, or the run does not have what it shows.
    """
    if name not in VIEWS:
        raise ViewError(unknown("view", name, VIEWS))
    if layer is not None and name != "feature-space":
        raise ViewError(f"a layer is chosen for the view feature-space, not for {name}")
    draw: list[Draw]
    match name:
        case "dashboard":
            return dashboard(evaluation, style)
        case "feature-space":
            space = FeatureSpace(evaluation, layer)
            return _figure(evaluation, style, SQUARE, [lambda axes: FeatureSpacePanel(axes, space, style)])
        case "decision-boundary":
            plane = DecisionBoundary(evaluation)
            return _figure(
                evaluation, style, SQUARE, [lambda axes: DecisionBoundaryPanel(axes, plane, style)]
            )
        case "losses":
            losses = LossHistogram(evaluation)
            return _figure(evaluation, style, WIDE, [lambda axes: LossHistogramPanel(axes, losses, style)])
        case "curves":
            curves = LossAndMetric(evaluation.recording)
            draw = [lambda axes: LossAndMetricPanel(axes, curves, style)]
            return _figure(evaluation, style, WIDE, draw, legend=False)
        case _:
            draw = [_probability_panel(evaluation, label, style) for label in _classes(evaluation)]
            return _figure(evaluation, style, TALL if len(draw) > 2 else WIDE, draw)


def _classes(evaluation: Evaluation) -> list[int | None]:
    n_classes = evaluation.task.n_classes
    return [None] if n_classes > MOST_HISTOGRAMS else [*range(max(n_classes, 1))]


def _probability_panel(evaluation: Evaluation, label: int | None, style: Style) -> Draw:
    view = ProbabilityHistogram(evaluation, label)
    return lambda axes: ProbabilityHistogramPanel(axes, view, style)


def _figure(
    evaluation: Evaluation, style: Style, size: tuple[float, float], draw: list[Draw], legend: bool = True
) -> Composition:
    recording = evaluation.recording
    width, height = size
    with style.applied():
        figure = Figure(figsize=size, dpi=DPI)
        left, right = 0.72 / width, 1 - 0.55 / width
        header = Header(
            figure,
            recording.title,
            evaluation.task.n_classes if legend else 0,
            style,
            left=left,
            right=right,
            height=1 - 0.42 / height,
            widest_epoch=float(recording.epochs[-1]),
            legend_below=True,
        )
        columns = 2 if len(draw) > 1 else 1
        grid = figure.subplots(
            -(-len(draw) // columns),
            columns,
            squeeze=False,
            gridspec_kw={
                "left": left, "right": right, "bottom": 0.72 / height, "top": 1 - 1.35 / height,
                "wspace": 0.28, "hspace": 0.62,
            },
        )  # fmt: skip
        cells = list(grid.flat)
        for unused in cells[len(draw) :]:
            unused.remove()
        panels: list[Moving] = [header, *(one(axes) for one, axes in zip(draw, cells, strict=False))]
    return Composition(figure, panels, recording.epochs, style)
