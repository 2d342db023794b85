"""The dashboard: the planes of a run, with small views (probabilities, curves, losses) beside or below them.

Of a run with 2-D inputs it shows both planes, what goes in and what the network makes of it, over a strip of
curves. Others, and the articles' own arrangement, have one large view.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec
from matplotlib.text import Text

from replay.drawing.artists.accuracy import RunAccuracy
from replay.drawing.composition import Composition
from replay.drawing.fit import FIT, above_one_another, share_inputs
from replay.drawing.layout import Layout
from replay.drawing.registry.lookup import row_of
from replay.drawing.run_style import run_style
from replay.drawing.shown import Shown, shown
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation
from replay.runs.task import REGRESSION
from replay.views.confusion_matrix import MAX_CLASSES as MATRIX_CLASSES
from replay.views.feature_space import FeatureSpace, two_unit_space
from replay.views.neuron import is_single_neuron
from replay.views.shared.regions import MAX_CLASSES as REGION_CLASSES
from replay.views.space import three_unit_space

NAMED = ("neuron", FIT)  # views whose axes have names
SHAPE = Shape(12.0, 6.0, 120.0)
WIDE = 1.3  # from this aspect on, the large view is beside the small ones
SLIM = 0.8  # up to this aspect, a row has at most two small views
BELOW = 0.75  # inches between the large view and the small ones below it
NAME = 0.25  # inches for an axis label
MAX_HISTOGRAMS = 4
MESH = 140  # points a side of each of two planes, which are smaller than a large one
# Around two planes, in inches.
BESIDE, UNDER = 0.78, 0.95  # between panels side by side, and above one another
STRIP = 0.62  # the height of the curves
LEAST = 0.55  # of the room, by planes that make way for histograms
ROOMY = 1.8  # the width of a small view whose title has room
SLIMMEST, LOWEST = 1.35, 0.6  # a small view, without what is around it


def dashboard(
    evaluation: Evaluation,
    style: Style,
    size: tuple[int, int] | None = None,
    captions: bool = True,
    as_article: bool = False,
) -> Composition:
    """The standard picture of a run.

    With 2-D inputs and a 2-unit layer, or a last hidden layer of 3 units, it shows the input plane and the
    feature space side by side, over a strip of curves. Otherwise, and `as_article`, one view is large: the
    feature space of a 2-unit layer, else the space of 3 units, else the decision boundary, else the principal
    plane of the last hidden layer. The small views are the
    probabilities by class (for many classes, the confusion matrix too), the losses, and the curves where they
    are no strip. Of a network that is a single neuron, what enters that is large, and its threshold and its
    activation stand in place of the probabilities. Views that do not suit the run, or for which there is no
    room, are left out. `size` is in pixels.
    """
    style = run_style(style, [evaluation])
    with style.applied():
        layout = Layout.of_run(evaluation, style, shape(SHAPE, size), captions=captions)
        planes = [] if as_article else _planes(evaluation)
        if planes:
            return layout.composition(_around_planes(layout, planes, evaluation), [evaluation])
        rows = _rows(evaluation, 4 if layout.shape.aspect > SLIM else 2)
        large = large_parts(evaluation)
        panels = one_large(layout, large, rows, accuracy_of=evaluation)
    return layout.composition(panels, [evaluation])


def one_large(
    layout: Layout, large: list[Shown], rows: list[list[Shown]], accuracy_of: Evaluation | None = None
) -> list[Moving]:
    """A large view, if there is one, and rows of small ones beside or below it.

    Of a curve with one input, what units add stands below it, where there is room. Above other large views
    stands the accuracy of a run with held-out samples, if asked.
    """
    panels: list[Moving] = []
    side = layout.room
    if large:
        wide = layout.shape.aspect >= WIDE
        content = large[0].content
        named = large[0].row.name in NAMED or (isinstance(content, FeatureSpace) and content.has_names)
        cell, side = _divided(layout, wide, len(rows), named) if rows else (side, side)
        if share_inputs(large):
            return above_one_another(layout, cell, large) + _small_panels(layout, side, rows)
        axes = layout.figure.add_subplot(cell)
        panels.append(large[0].on(axes, layout.style))
        panels += [] if accuracy_of is None else accuracy_of_plane(axes, accuracy_of, layout.style)
    return panels + _small_panels(layout, side, rows)


def in_rows(layout: Layout, small: list[Shown]) -> list[list[Shown]]:
    """Small views beside a large one, or below it where the page is slim: one a row; else side by side."""
    return [small] if SLIM < layout.shape.aspect < WIDE else [[view] for view in small]


def _planes(evaluation: Evaluation) -> list[Shown]:
    """The input plane and the feature space of a run that has both."""
    recording = evaluation.recording
    if recording.input_shape != (2,) or not evaluation.all_recorded:
        return []
    space = few_units(evaluation, mesh_points=MESH)
    if space is None or not 0 < evaluation.task.n_classes <= REGION_CLASSES:
        return []
    return [*shown("decision-boundary", evaluation, mesh_points=MESH), space]


def few_units(evaluation: Evaluation, **options: Any) -> Shown | None:
    """The feature space of a layer of two units or, without one, of a last hidden layer of three."""
    plane = two_unit_space(evaluation, **options)
    if plane is not None:
        return Shown(row_of("feature-space"), plane)
    space = three_unit_space(evaluation)
    return None if space is None else Shown(row_of("space"), space)


def _around_planes(layout: Layout, planes: list[Shown], evaluation: Evaluation) -> list[Moving]:
    """Two planes side by side, a strip of curves beneath, and histograms as room allows."""
    curves = _suited(evaluation, "curves")
    small = [*_probabilities(evaluation), *_suited(evaluation, "losses")]
    width, height = layout.inches(layout.room)
    strip = UNDER + STRIP if curves else 0.0
    narrowest = 2 * ROOMY + 3 * BESIDE  # of two histograms, and what is around them
    side = height - strip
    if 2 * side + narrowest > width and width - narrowest > 2 * LEAST * side:
        side = (width - narrowest) / 2
    beside = width - 2 * (side + BESIDE)
    room: SubplotSpec | None
    if beside >= SLIMMEST:
        rows = _split(layout, layout.room, [side, height - UNDER - side] if curves else [side])
        columns = layout.split(rows[0], 1, 3, gap=(0, BESIDE), widths=(side, side, beside))
        room = columns[0, 2]
    else:
        side = (width - BESIDE) / 2
        below = height - strip - side - UNDER
        has_room = bool(below >= LOWEST)
        rows = _split(layout, layout.room, [side, *[STRIP] * len(curves), *[below] * has_room])
        columns = layout.split(rows[0], 1, 2, gap=(0, BESIDE))
        room = rows[-1] if has_room else None
    cells = [columns[0, 0], columns[0, 1], *rows[1 : 1 + len(curves)]]
    axes = [layout.figure.add_subplot(cell) for cell in cells]
    panels = [view.on(one, layout.style) for view, one in zip([*planes, *curves], axes, strict=True)]
    panels += accuracy_of_plane(axes[0], evaluation, layout.style)
    return panels + (_small_panels(layout, room, _fitting(layout, room, small)) if room else [])


def accuracy_of_plane(axes: Axes, evaluation: Evaluation, style: Style) -> list[Moving]:
    """Beside the title of a plane, how much is right of what was trained on, and of what was held out."""
    if evaluation.held_out is None or evaluation.task.kind == REGRESSION:
        return []
    title: Text = axes._left_title  # type: ignore[attr-defined]  # matplotlib has no public name for it
    return [RunAccuracy(title, evaluation, style)]


def _split(layout: Layout, cell: SubplotSpec, heights: list[float]) -> list[SubplotSpec]:
    rows = layout.split(cell, len(heights), 1, gap=(UNDER, 0), heights=heights)
    return [rows[number, 0] for number in range(len(heights))]


def _fitting(layout: Layout, cell: SubplotSpec, views: list[Shown]) -> list[list[Shown]]:
    """As many of these views, row by row, as there is room for."""
    width, height = layout.inches(cell)
    columns = max(1, int((width + BESIDE) / (SLIMMEST + BESIDE)))
    most = max(1, int((height + UNDER) / (LOWEST + UNDER)))
    rows = [views[start : start + columns] for start in range(0, len(views), columns)]
    return rows[:most]


def large_parts(evaluation: Evaluation) -> list[Shown]:
    """The dashboard's large view and, of a curve, what stands below it; empty if there is no large view."""
    if row_of(FIT).suits(evaluation):
        parts = shown(FIT, evaluation)
        return parts if share_inputs(parts) else parts[:1]
    large = large_view(evaluation)
    return [] if large is None else [large]


def large_view(evaluation: Evaluation) -> Shown | None:
    """The dashboard's large view, or None if the run has no view of a plane."""
    recording = evaluation.recording
    if recording.input_shape is None or not evaluation.all_recorded:
        return None
    if row_of(FIT).suits(evaluation):
        return shown(FIT, evaluation)[0]
    if is_single_neuron(evaluation):
        return shown("neuron", evaluation)[0]
    space = few_units(evaluation)
    if space is not None:
        return space
    answers = not evaluation.has_answers_alone or evaluation.mesh is not None  # between the samples, too
    if recording.input_shape == (2,) and 0 < evaluation.task.n_classes <= REGION_CLASSES and answers:
        return shown("decision-boundary", evaluation)[0]
    try:
        return shown("feature-space", evaluation)[0]
    except ViewError:  # no hidden layer has two units, or it is inside a custom model
        return None


def _divided(layout: Layout, wide: bool, n_rows: int, named: bool) -> tuple[SubplotSpec, SubplotSpec]:
    """The cells of the large view, whose axes may be `named`, and of the small views."""
    if wide:
        columns = layout.split(layout.room, 1, 2, gap=(0, 0.78), widths=(1, 1.08))
        return columns[0, 0], columns[0, 1]
    gap = BELOW + (NAME if named else 0)
    rows = layout.split(layout.room, 2, 1, gap=(gap, 0), heights=(1.0, 0.56 * n_rows))
    return rows[0, 0], rows[1, 0]


def _rows(evaluation: Evaluation, most_columns: int) -> list[list[Shown]]:
    """The small views in rows: probabilities, or the parts of a single neuron, then training."""
    rows: list[list[Shown]] = []
    for views in (_first_row(evaluation), _suited(evaluation, "curves", "losses")):
        rows += [views[start : start + most_columns] for start in range(0, len(views), most_columns)]
    return rows


def _first_row(evaluation: Evaluation) -> list[Shown]:
    """What stands at the top: of a regression its errors, else probabilities or the parts of a neuron."""
    if row_of(FIT).suits(evaluation):
        return _suited(evaluation, "errors")
    return shown("neuron", evaluation)[1:] if is_single_neuron(evaluation) else _probabilities(evaluation)


def _probabilities(evaluation: Evaluation) -> list[Shown]:
    """A histogram for each class; for many classes, one for all and the confusion matrix."""
    n_classes = evaluation.task.n_classes
    histograms = _suited(evaluation, "probabilities", most=MAX_HISTOGRAMS)
    has_matrix = MAX_HISTOGRAMS < n_classes <= MATRIX_CLASSES
    if not has_matrix:
        return histograms
    return (
        histograms + _suited(evaluation, "confusion-matrix")[-1:]
    )  # of those held out, where there are some


def _suited(evaluation: Evaluation, *names: str, **options: Any) -> list[Shown]:
    """The panels of the views in `names` that suit the run."""
    suited = [name for name in names if row_of(name).suits(evaluation)]
    return [one for name in suited for one in shown(name, evaluation, **options)]


def _small_panels(layout: Layout, cell: SubplotSpec, rows: list[list[Shown]]) -> list[Moving]:
    panels: list[Moving] = []
    grid = layout.split(cell, max(1, len(rows)), 1, gap=(0.95, 0))
    for number, row in enumerate(rows):
        cells = layout.split(grid[number, 0], 1, len(row), gap=(0, 0.92 if len(row) < 3 else 0.56))
        for column, view in enumerate(row):
            panels.append(view.on(layout.figure.add_subplot(cells[0, column]), layout.style))
    return panels
