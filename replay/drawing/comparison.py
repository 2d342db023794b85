"""Comparisons: several runs side by side on one figure, with one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from replay.drawing.artists.accuracy import FORMS, FORMS_OF_TWO, shares_right, told
from replay.drawing.artists.short_names import short_names
from replay.drawing.artists.words import SMALLEST, beside_title
from replay.drawing.compared import (
    boundaries,
    check,
    fits,
    logged_curves,
    logged_epochs,
    quantity_of,
    spaces,
    title_of,
)
from replay.drawing.composition import Composition
from replay.drawing.identity import Look, run_looks
from replay.drawing.layout import BEYOND, Layout
from replay.drawing.many_runs import small_multiples
from replay.drawing.panels.run_curves import RunCurvesPanel, legend_of_runs
from replay.drawing.registry.lookup import loaded, row_of
from replay.drawing.run_style import run_style
from replay.drawing.shared_clock import Ended
from replay.drawing.shown import Shown
from replay.drawing.side_by_side import side_by_side
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.language.message import say
from replay.runs.evaluation import Evaluation
from replay.runs.names import common_names
from replay.runs.run_names import run_names, runs_title
from replay.runs.task import REGRESSION
from replay.types import Array
from replay.views.curves import Curve

FEW = 8  # runs side by side
CELL = 3.1  # inches, the side of a plane
CURVES = 2.2  # inches, the height of the curves
CURVES_ALONE = Shape(12.0, 5.2, 120.0)  # the figure without planes
ABOVE = 0.2  # inches from the end of the header up to the legend of the runs
WIDE = 1.1  # from this aspect on, curves alone are side by side
SAMPLE, BEFORE = 2.2, 0.5  # a piece of line before a title and the gap between, as multiples of the font size
GAP = (0.72, 0.62)  # inches between rows and between columns
BOLD = 1.12  # how much wider bold letters are
WIDEST_SHARE = 0.999
INSET = 5.0  # points between the corner of a plane and an accuracy in it
SLIM = 1.4  # inches; a narrower plane has fewer ticks


def compare(
    evaluations: Sequence[Evaluation],
    style: Style,
    size: tuple[int, int] | None = None,
    view: str | None = None,
) -> Composition:
    """A row of feature spaces, a row of input planes with their boundaries, and the curves of all runs.

    Of regressions there is a row of what each has fitted.

    There is one column per run, in the given order; rows that no run can fill are left out. Without planes,
    the curves fill the figure. More than FEW runs are small multiples beside their curves: see `many_runs`.
    With `view` they are compared by it instead: as the table's row draws it of several runs `together`, such
    as the distributions layer by layer, else side by side.
    Input planes share their limits; feature spaces have their own, as ReLU
    activations may go far beyond tanh's. A run that ended earlier stays at its last snapshot. Raises
    ViewError for runs that cannot be compared, saying which and why.
    """
    check(evaluations)
    if view is not None:
        together = row_of(view).together
        if not together:
            return side_by_side(evaluations, view, style, size)
        composition: Composition = loaded(together)(evaluations, view, style, size)
        return composition
    style = replace(run_style(style, evaluations), unit_lines=False)  # colours tell the runs apart
    if len(evaluations) > FEW:
        return small_multiples(evaluations, style, size)
    names = run_names(evaluations)
    rows = _rows(evaluations)
    curves = logged_curves(evaluations)
    epochs = np.unique(np.concatenate([evaluation.recording.epochs for evaluation in evaluations]))
    with style.applied():
        layout = Layout(
            runs_title(evaluations),
            style,
            shape(_native(len(evaluations), len(rows), bool(curves)), size),
            n_classes=evaluations[0].task.n_classes if rows else 0,
            last_epoch=float(epochs[-1]),
            names=common_names([evaluation.names for evaluation in evaluations]),
            held_out=bool(rows) and any(evaluation.held_out is not None for evaluation in evaluations),
        )
        looks = run_looks(evaluations, style)
        panels = _planes_and_curves(layout, evaluations, names, looks, rows, curves, epochs)
    return layout.composition(panels, evaluations)


def _rows(evaluations: Sequence[Evaluation]) -> list[list[Shown | None]]:
    """The rows of planes that any run has: the fits of regressions, else feature spaces and input planes."""
    fitted = fits(evaluations)
    planes = (fitted,) if any(fitted) else (spaces(evaluations), boundaries(evaluations))
    return [row for row in planes if any(view is not None for view in row)]


def _native(n_runs: int, n_rows: int, curves: bool) -> Shape:
    if not n_rows:
        return CURVES_ALONE
    width = 1.2 + n_runs * CELL + (n_runs - 1) * GAP[1]
    height = 2.0 + n_rows * (CELL + GAP[0]) + curves * (CURVES + GAP[0])
    return Shape(max(width, 8.0), height, 120.0)


def _planes_and_curves(
    layout: Layout,
    evaluations: Sequence[Evaluation],
    names: list[str],
    looks: list[Look],
    rows: list[list[Any]],
    curves: list[tuple[str, list[list[Curve]]]],
    epochs: Array,
) -> list[Moving]:
    if not rows:
        if not curves:
            raise ViewError("these runs have neither a plane nor curves to draw")
        return _curves_alone(layout, evaluations, names, looks, curves)
    heights = [CELL] * len(rows) + [CURVES] * bool(curves)
    grid = layout.split(layout.room, len(heights), 1, gap=(GAP[0] + 0.1, 0), heights=heights)
    panels: list[Moving] = []
    for number, row in enumerate(rows):
        cells = layout.split(grid[number, 0], 1, len(row), gap=(0, GAP[1]))
        planes = [layout.figure.add_subplot(cells[0, column]) for column in range(len(row))]
        for axes, view, evaluation in zip(planes, row, evaluations, strict=True):
            if view is None:
                axes.set_axis_off()
            else:
                panels.append(Ended(view.on(axes, layout.style), evaluation.recording.epochs))
                _thin_ticks(axes)
                axes.set_title(say("Input plane") if axes is planes[0] else "")
        if number == 0:
            short = _short_titles(names, planes[0], layout)
            titles = [_name_run(*named, layout.style) for named in zip(planes, short, looks, strict=True)]
            panels += _shares_right(titles, evaluations, layout.style)
    if curves:
        limits = float(epochs[0]), float(max(epochs[-1], epochs[0] + 1))
        places = layout.split(grid[len(rows), 0], 1, len(curves), gap=(0, 0.8))
        panels += [
            _curve_panel(layout, places[0, column], curve, looks, limits, evaluations)
            for column, curve in enumerate(curves)
        ]
    return panels


def _curves_alone(
    layout: Layout,
    evaluations: Sequence[Evaluation],
    names: list[str],
    looks: list[Look],
    curves: list[tuple[str, list[list[Curve]]]],
) -> list[Moving]:
    """Large curves under a legend of the runs."""
    box = layout.room.get_position(layout.figure)
    legend = legend_of_runs(
        layout.figure, names, looks, layout.style,
        (box.x0, 1 - layout.header.height / layout.shape.height + ABOVE / layout.shape.height),
        box.width * layout.shape.width,
    )  # fmt: skip
    taken = legend.get_window_extent().height / layout.figure.dpi
    rows = layout.split(
        layout.room, 2, 1, gap=(0, 0), heights=(taken, box.height * layout.shape.height - taken)
    )
    columns = len(curves) if layout.shape.aspect >= WIDE else 1
    places = layout.split(rows[1, 0], -(-len(curves) // columns), columns, gap=(1.0, 0.8))
    limits = logged_epochs(curves)
    return [
        _curve_panel(layout, places[number // columns, number % columns], curve, looks, limits, evaluations)
        for number, curve in enumerate(curves)
    ]


def _curve_panel(
    layout: Layout,
    cell: SubplotSpec,
    curve: tuple[str, list[list[Curve]]],
    looks: list[Look],
    limits: tuple[float, float],
    evaluations: Sequence[Evaluation],
) -> RunCurvesPanel:
    """One logged quantity of all runs, in a cell."""
    name, runs = curve
    axes, quantity = layout.figure.add_subplot(cell), quantity_of(name, evaluations)
    title = title_of(name, evaluations)
    return RunCurvesPanel(axes, title, runs, looks, limits, layout.style, quantity=quantity)


def _thin_ticks(axes: Axes) -> None:
    """Use fewer ticks on slim axes, where the usual numbers would overlap."""
    assert axes.figure is not None
    if axes.bbox.width < SLIM * axes.figure.dpi:
        axes.locator_params(axis="x", nbins=2, min_n_ticks=1)


def _short_titles(names: list[str], axes: Axes, layout: Layout) -> list[str]:
    """The names as far as titles have room for them at their smallest."""
    size = SMALLEST * BOLD * layout.style.size_panel
    room = axes.bbox.width / layout.shape.dpi + BEYOND - (SAMPLE + BEFORE) * layout.style.size_panel / 72
    return short_names(names, room, size, layout.style)


def _name_run(axes: Axes, name: str, look: Look, style: Style) -> Text:
    """Title a run's axes in its colour, after a piece of the line that it has in the curves."""
    assert axes.figure is not None
    above = ScaledTranslation(0, (style.title_pad + style.size_panel * 0.3) / 72, axes.figure.dpi_scale_trans)
    length = SAMPLE * style.size_panel / 72 * axes.figure.dpi / axes.bbox.width
    sample = Line2D(
        [0, length], [1, 1], transform=axes.transAxes + above, clip_on=False,
        color=look.colour, linestyle=look.dashes, linewidth=style.curve_width,
    )  # fmt: skip
    axes.add_artist(sample)
    title = axes.set_title(name, color=look.colour)
    title.set_x(length * (SAMPLE + BEFORE) / SAMPLE)
    return title


def _shares_right(titles: list[Text], evaluations: Sequence[Evaluation], style: Style) -> list[Moving]:
    """The accuracy of each run beside its title, if every title has room for it."""
    if evaluations[0].task.kind == REGRESSION:
        return []
    of_two = any(evaluation.held_out is not None for evaluation in evaluations)
    for form in map(str, FORMS_OF_TWO if of_two else FORMS):
        shares = [
            _Right(title, evaluation, form, of_two, style)
            for title, evaluation in zip(titles, evaluations, strict=True)
        ]
        if all(share.has_room for share in shares):
            for share in shares:
                share.axes.add_artist(share.words)
            return [
                Ended(share, evaluation.recording.epochs)
                for share, evaluation in zip(shares, evaluations, strict=True)
            ]
    if not of_two:
        return []
    return [  # what was held out is the point of such a comparison
        Ended(
            _Right(title, evaluation, str(FORMS_OF_TWO[-1]), of_two, style).inside(),
            evaluation.recording.epochs,
        )
        for title, evaluation in zip(titles, evaluations, strict=True)
    ]


class _Right:
    """The accuracy at the right end of the title's line, in one of the forms of `Accuracy`."""

    def __init__(self, title: Text, evaluation: Evaluation, form: str, of_two: bool, style: Style) -> None:
        assert title.axes is not None and title.axes.figure is not None
        self.axes = cast(Axes, title.axes)
        self._evaluation, self._form, self._of_two = evaluation, form, of_two
        self._style = style
        self.words = beside_title(self.axes, style)
        self._say(WIDEST_SHARE, WIDEST_SHARE)
        gap = style.size_panel / 2 / 72 * title.axes.figure.dpi
        width = title.get_window_extent().width + gap + self.words.get_window_extent().width
        width += title.get_position()[0] * self.axes.bbox.width
        self.has_room = bool(width <= self.axes.bbox.width)
        self.words.set_text("")

    def inside(self) -> _Right:
        """The same in the upper right corner of the axes."""
        figure = self.axes.get_figure(root=True)
        assert figure is not None
        inset = ScaledTranslation(-INSET / 72, -INSET / 72, figure.dpi_scale_trans)
        halo = [withStroke(linewidth=3, foreground=self._style.background)]
        self.words.set(transform=self.axes.transAxes + inset, verticalalignment="top", zorder=6)
        self.words.set(color=self._style.ink, path_effects=halo)
        self.axes.add_artist(self.words)
        return self

    @property
    def moving(self) -> list[Artist]:
        """The text."""
        return [self.words]

    def show(self, epoch: float) -> None:
        """Show the accuracy at `epoch`."""
        self._say(*shares_right(self._evaluation, epoch))

    def _say(self, share: float, held_out: float | None = None) -> None:
        self.words.set_text(told(self._form, share, held_out) if self._of_two else told(self._form, share))
