"""The standard composition: one large view, and four small ones beside or below it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec

from replay.drawing.composition import Composition
from replay.drawing.layout import Page
from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
from replay.drawing.panels.curves import LossAndMetricPanel
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.feature_space import FeatureSpacePanel
from replay.drawing.panels.loss_histogram import LossHistogramPanel
from replay.drawing.panels.probability_histogram import ProbabilityHistogramPanel
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.network.losses import LOSSES
from replay.runs.evaluation import Evaluation
from replay.runs.task import BINARY, REGRESSION
from replay.views.confusion_matrix import ConfusionMatrix
from replay.views.curves import LossAndMetric
from replay.views.decision_boundary import DecisionBoundary
from replay.views.feature_space import FeatureSpace, two_unit_layers
from replay.views.loss_histogram import LossHistogram
from replay.views.probability_histogram import ProbabilityHistogram

SHAPE = Shape(12.0, 6.0, 120.0)
WIDE = 1.3  # from this aspect on, the large view stands beside the small ones
SLIM = 0.8  # up to this aspect, no row has more than two small ones
BELOW = 0.75  # inches between the large view and the small ones below it
NAME = 0.25  # what the name of an axis takes up
MOST_HISTOGRAMS = 4
SmallView = ProbabilityHistogram | ConfusionMatrix | LossAndMetric | LossHistogram


def dashboard(
    evaluation: Evaluation, style: Style, size: tuple[int, int] | None = None, captions: bool = True
) -> Composition:
    """Large the feature space of a 2-unit layer, else the decision boundary, else the principal plane of the
    last hidden layer; small the probabilities by class, of many classes the confusion matrix, the curves and
    the losses. What the run does not have is left out. `size` is in pixels.
    """
    with style.applied():
        page = Page.of_run(evaluation, style, shape(SHAPE, size), captions=captions)
        wide = page.shape.aspect >= WIDE
        rows = _rows(evaluation, 4 if page.shape.aspect > SLIM else 2)
        large = large_view(evaluation)
        panels: list[Moving] = []
        side = page.room
        if large is not None:
            named = isinstance(large, FeatureSpace) and large.has_names
            cell, side = _divided(page, wide, len(rows), named) if rows else (side, side)
            panels.append(large_panel(page.figure.add_subplot(cell), large, style))
        panels += _small_panels(page, side, rows)
    return page.composition(panels, [evaluation])


def large_view(evaluation: Evaluation) -> FeatureSpace | DecisionBoundary | None:
    """The view that shows most of a run, None where it has none that fills a plane."""
    recording = evaluation.recording
    if recording.input_shape is None or not evaluation.all_recorded:
        return None
    in_plane = recording.input_shape == (2,) and evaluation.task.kind != REGRESSION
    if two_unit_layers(recording) or not in_plane:
        try:
            return FeatureSpace(evaluation)
        except ViewError:  # there is no such layer, or it lies in a model of the user's own, out of reach
            pass
    return DecisionBoundary(evaluation) if in_plane else None


def large_panel(axes: Axes, view: FeatureSpace | DecisionBoundary, style: Style) -> Moving:
    """The panel of a view that fills a plane."""
    if isinstance(view, FeatureSpace):
        return FeatureSpacePanel(axes, view, style)
    return DecisionBoundaryPanel(axes, view, style)


def _divided(page: Page, wide: bool, n_rows: int, named: bool) -> tuple[SubplotSpec, SubplotSpec]:
    """The cell of the large view, the axes of which may be `named`, and that of the small ones."""
    if wide:
        columns = page.split(page.room, 1, 2, gap=(0, 0.78), widths=(1, 1.08))
        return columns[0, 0], columns[0, 1]
    gap = BELOW + (NAME if named else 0)
    rows = page.split(page.room, 2, 1, gap=(gap, 0), heights=(1.0, 0.56 * n_rows))
    return rows[0, 0], rows[1, 0]


def _rows(evaluation: Evaluation, most_columns: int) -> list[Sequence[SmallView]]:
    """The small views in rows: probabilities, then training."""
    rows: list[Sequence[SmallView]] = []
    for views in (_probabilities(evaluation), _training(evaluation)):
        rows += [views[start : start + most_columns] for start in range(0, len(views), most_columns)]
    return rows


def _small_panels(page: Page, cell: SubplotSpec, rows: list[Sequence[SmallView]]) -> list[Moving]:
    panels: list[Moving] = []
    grid = page.split(cell, max(1, len(rows)), 1, gap=(0.95, 0))
    for number, row in enumerate(rows):
        cells = page.split(grid[number, 0], 1, len(row), gap=(0, 0.92 if len(row) < 3 else 0.56))
        for column, view in enumerate(row):
            axes = page.figure.add_subplot(cells[0, column])
            panels.append(_small_panel(axes, view, page.style))
    return panels


def _probabilities(evaluation: Evaluation) -> list[SmallView]:
    task = evaluation.task
    if task.kind == REGRESSION or not evaluation.all_recorded:
        return []
    if task.kind == BINARY or task.n_classes <= MOST_HISTOGRAMS:
        return [ProbabilityHistogram(evaluation, label) for label in range(task.n_classes)]
    return [ProbabilityHistogram(evaluation, None), ConfusionMatrix(evaluation)]


def _training(evaluation: Evaluation) -> list[SmallView]:
    views: list[SmallView] = []
    if evaluation.recording.history:
        views.append(LossAndMetric(evaluation.recording))
    loss = evaluation.recording.description.loss
    answers = evaluation.all_recorded and evaluation.recording.input_shape is not None
    if answers and loss is not None and loss["name"] in LOSSES:
        views.append(LossHistogram(evaluation))
    return views


def _small_panel(axes: Axes, view: SmallView, style: Style) -> Moving:
    match view:
        case ProbabilityHistogram():
            return ProbabilityHistogramPanel(axes, view, style)
        case ConfusionMatrix():
            return ConfusionMatrixPanel(axes, view, style)
        case LossAndMetric():
            return LossAndMetricPanel(axes, view, style)
        case LossHistogram():
            return LossHistogramPanel(axes, view, style)
