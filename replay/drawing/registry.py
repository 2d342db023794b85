"""Each view by name: its panels, on a figure of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes

from replay.choices import VIEWS
from replay.drawing.composition import Composition
from replay.drawing.dashboard import dashboard, large_panel, large_view
from replay.drawing.layout import Page
from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
from replay.drawing.panels.curves import LossAndMetricPanel
from replay.drawing.panels.kernels import KernelsPanel
from replay.drawing.panels.layer_curves import LayerCurvesPanel
from replay.drawing.panels.layer_distributions import LayerDistributionsPanel
from replay.drawing.panels.loss_histogram import LossHistogramPanel
from replay.drawing.panels.most_wrong import MostWrongPanel
from replay.drawing.panels.probability_histogram import ProbabilityHistogramPanel
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.errors import ViewError, unknown
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation
from replay.types import Units
from replay.views.confusion_matrix import ConfusionMatrix
from replay.views.curves import LossAndMetric
from replay.views.decision_boundary import DecisionBoundary
from replay.views.feature_space import FeatureSpace
from replay.views.gradient_flow import GradientFlow
from replay.views.kernels import Kernels
from replay.views.layer_curves import LayerCurves
from replay.views.layer_distributions import QUANTITIES, LayerDistributions
from replay.views.loss_histogram import LossHistogram
from replay.views.most_wrong import MostWrong
from replay.views.normalisation import Normalisation
from replay.views.probability_histogram import ProbabilityHistogram
from replay.views.unit_health import UnitHealth

WIDE, TALL, SQUARE = Shape(8.0, 5.0, 120.0), Shape(8.0, 7.0, 120.0), Shape(7.2, 7.2, 120.0)
MANY = Shape(14.0, 6.4, 120.0)  # for more than FEW panels
FEW = 4
MOST_HISTOGRAMS = 12  # classes that have one each
WITH_LEGEND = ("feature-space", "decision-boundary", "probabilities", "losses")  # of classes and errors
PLANES = ("feature-space", "decision-boundary", "confusion-matrix", "most-wrong", "kernels")
OF_LAYERS = ("feature-space", *QUANTITIES)  # views for which a layer can be chosen

Draw = Callable[[Axes], Moving]


def picture(
    evaluation: Evaluation,
    name: str,
    style: Style,
    layer: str | None = None,
    size: tuple[int, int] | None = None,
    captions: bool = True,
    units: Units = None,
) -> Composition:
    """The view called `name` on a new figure, of `size` in pixels.

    `layer` is for the feature space and for distributions, `units` for the feature space alone. Raises
    ViewError where there is no such view, or the run does not have what it shows; OutputError for a size that
    makes no picture.
    """
    if name == "dashboard" and layer is None and units is None:
        return dashboard(evaluation, style, size, captions)
    draw = view_panels(evaluation, name, style, layer, units)
    with style.applied():
        page = Page.of_run(
            evaluation,
            style,
            shape(_native(name, len(draw)), size),
            legend=name in WITH_LEGEND,
            captions=captions,
        )
        columns = _columns(len(draw), page.shape.aspect)
        grid = page.split(page.room, -(-len(draw) // columns), columns, gap=(1.02, 0.75))
        panels = [
            one(page.figure.add_subplot(grid[number // columns, number % columns]))
            for number, one in enumerate(draw)
        ]
    return page.composition(panels, [evaluation])


def _columns(n_panels: int, aspect: float) -> int:
    """In how many columns a page so many times wider than high shows its panels."""
    if n_panels > FEW:
        return min(n_panels, max(1, math.ceil(math.sqrt(n_panels * aspect))))
    if aspect < 0.8:
        return 1
    return n_panels if aspect > 2.4 else min(n_panels, 2)


def _native(name: str, n_panels: int) -> Shape:
    if name in PLANES:
        return SQUARE
    if n_panels > FEW:
        return MANY
    return TALL if n_panels > 2 else WIDE


def view_panels(
    evaluation: Evaluation, name: str, style: Style, layer: str | None = None, units: Units = None
) -> list[Draw]:
    """What draws the panels of a view, each on axes of its own.

    Of the dashboard it is the large panel. Raises ViewError as `picture` does.
    """
    if name not in VIEWS:
        raise ViewError(unknown("view", name, VIEWS))
    if layer is not None and name not in OF_LAYERS:
        raise ViewError(f"a layer is chosen for the views {', '.join(OF_LAYERS)}, not for {name}")
    if units is not None and name != "feature-space":
        raise ViewError(f"units are chosen for the view feature-space, not for {name}")
    match name:
        case "dashboard":
            large = large_view(evaluation)
            if large is None:
                raise ViewError("this run has no view that fills a plane: choose one of the others")
            return [lambda axes: large_panel(axes, large, style)]
        case "feature-space":
            space = FeatureSpace(evaluation, layer, units=units)
            return [lambda axes: large_panel(axes, space, style)]
        case "decision-boundary":
            plane = DecisionBoundary(evaluation)
            return [lambda axes: large_panel(axes, plane, style)]
        case "losses":
            losses = LossHistogram(evaluation)
            return [lambda axes: LossHistogramPanel(axes, losses, style)]
        case "curves":
            curves = LossAndMetric(evaluation.recording)
            return [lambda axes: LossAndMetricPanel(axes, curves, style)]
        case "confusion-matrix":
            matrix = ConfusionMatrix(evaluation)
            return [lambda axes: ConfusionMatrixPanel(axes, matrix, style)]
        case "most-wrong":
            wrong = MostWrong(evaluation)
            return [lambda axes: MostWrongPanel(axes, wrong, style)]
        case "kernels":
            kernels = Kernels(evaluation)
            return [lambda axes: KernelsPanel(axes, kernels, style)]
        case "gradient-flow":
            return _layer_curves(GradientFlow(evaluation).panels, style)
        case "unit-health":
            return _layer_curves(UnitHealth(evaluation).panels, style)
        case "normalisation":
            return _layer_curves(Normalisation(evaluation).panels, style)
        case "probabilities":
            return [_probability_panel(evaluation, label, style) for label in _classes(evaluation)]
        case _:
            values = LayerDistributions(evaluation, name, None if layer is None else [layer])
            return [lambda axes: LayerDistributionsPanel(axes, values, style)]


def _classes(evaluation: Evaluation) -> list[int | None]:
    n_classes = evaluation.task.n_classes
    return [None] if n_classes > MOST_HISTOGRAMS else [*range(max(n_classes, 1))]


def _probability_panel(evaluation: Evaluation, label: int | None, style: Style) -> Draw:
    view = ProbabilityHistogram(evaluation, label)
    return lambda axes: ProbabilityHistogramPanel(axes, view, style)


def _layer_curves(panels: Sequence[LayerCurves], style: Style) -> list[Draw]:
    def drawing(curves: LayerCurves) -> Draw:
        return lambda axes: LayerCurvesPanel(axes, curves, style)

    return [drawing(curves) for curves in panels]
