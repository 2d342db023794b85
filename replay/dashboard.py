"""The standard composition: one large view at left, four small ones at right."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec

from replay.composition import Composition, Moving
from replay.errors import ViewError
from replay.evaluation import Evaluation
from replay.losses import LOSSES
from replay.panels.decision_boundary import DecisionBoundaryPanel
from replay.panels.feature_space import FeatureSpacePanel
from replay.panels.header import Header
from replay.panels.loss_and_metric import LossAndMetricPanel
from replay.panels.loss_histogram import LossHistogramPanel
from replay.panels.probability_histogram import ProbabilityHistogramPanel
from replay.style import Style
from replay.task import BINARY, REGRESSION
from replay.views.curves import LossAndMetric
from replay.views.decision_boundary import DecisionBoundary
from replay.views.feature_space import FeatureSpace, two_unit_layers
from replay.views.loss_histogram import LossHistogram
from replay.views.probability_histogram import ProbabilityHistogram

SIZE = (12.0, 6.0)  # inches
DPI = 120.0
LEFT, RIGHT, BOTTOM, TOP, HEADER = 0.052, 0.955, 0.115, 0.845, 0.935
MOST_HISTOGRAMS = 4


def dashboard(evaluation: Evaluation, style: Style) -> Composition:
    """Large at left the feature space or, without a 2-unit layer, the decision boundary; at right the
    probabilities by class, the curves and the losses. What the run does not have is left out.
    """
    recording, task = evaluation.recording, evaluation.task
    with style.applied():
        figure = Figure(figsize=SIZE, dpi=DPI)
        header = Header(
            figure,
            recording.title,
            task.n_classes,
            style,
            left=LEFT,
            right=RIGHT,
            height=HEADER,
            widest_epoch=float(recording.epochs[-1]),
        )
        panels: list[Moving] = [header]
        columns = GridSpec(
            1, 2, figure, left=LEFT, right=RIGHT, bottom=BOTTOM, top=TOP, width_ratios=(1, 1.08), wspace=0.15
        )
        side: SubplotSpec = columns[0, 1]
        large = _large_panel(figure, columns[0, 0], evaluation, style)
        if large is None:
            side = columns[0, :]
        else:
            panels.append(large)
        rows = [row for row in (_probabilities(evaluation), _training(evaluation)) if row]
        grid = side.subgridspec(len(rows), 1, hspace=0.62)
        for number, row in enumerate(rows):
            cells = grid[number, 0].subgridspec(1, len(row), wspace=0.36 if len(row) == 2 else 0.5)
            for cell, view in enumerate(row):
                panels.append(_small_panel(figure, cells[0, cell], view, style, narrow=len(row) > 2))
    return Composition(figure, panels, recording.epochs, style)


SmallView = ProbabilityHistogram | LossAndMetric | LossHistogram


def _large_panel(figure: Figure, cell: SubplotSpec, evaluation: Evaluation, style: Style) -> Moving | None:
    if two_unit_layers(evaluation.recording):
        try:
            space = FeatureSpace(evaluation)
        except ViewError:  # a layer inside a model of the user's own, which cannot be reached
            pass
        else:
            return FeatureSpacePanel(figure.add_subplot(cell), space, style)
    if evaluation.recording.inputs.shape[1:] == (2,) and evaluation.task.kind != REGRESSION:
        return DecisionBoundaryPanel(figure.add_subplot(cell), DecisionBoundary(evaluation), style)
    return None


def _probabilities(evaluation: Evaluation) -> list[SmallView]:
    task = evaluation.task
    if task.kind == REGRESSION:
        return []
    by_class = task.kind == BINARY or task.n_classes <= MOST_HISTOGRAMS
    labels: list[int | None] = [*range(task.n_classes)] if by_class else [None]
    return [ProbabilityHistogram(evaluation, label) for label in labels]


def _training(evaluation: Evaluation) -> list[SmallView]:
    views: list[SmallView] = []
    if evaluation.recording.history:
        views.append(LossAndMetric(evaluation.recording))
    loss = evaluation.recording.description.loss
    if loss is not None and loss["name"] in LOSSES:
        views.append(LossHistogram(evaluation))
    return views


def _small_panel(figure: Figure, cell: SubplotSpec, view: SmallView, style: Style, narrow: bool) -> Moving:
    axes = figure.add_subplot(cell)
    match view:
        case ProbabilityHistogram():
            return ProbabilityHistogramPanel(axes, view, style, narrow)
        case LossAndMetric():
            return LossAndMetricPanel(axes, view, style)
        case LossHistogram():
            return LossHistogramPanel(axes, view, style)
