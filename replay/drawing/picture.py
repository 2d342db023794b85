"""The picture of one view on its own figure, and how its panels fill the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from replay.drawing.composition import Composition
from replay.drawing.dashboard import SHAPE, dashboard, in_rows, large_view, one_large
from replay.drawing.fit import FIT, above_one_another, share_inputs
from replay.drawing.layout import Layout
from replay.drawing.registry.lookup import checked_options, loaded, row_of
from replay.drawing.registry.row import ARTICLE, COMPOSED, LAYER, SAMPLE, UNITS, WHY, Row
from replay.drawing.run_style import run_style
from replay.drawing.shown import Shown, shown
from replay.drawing.sizes import Shape, shape
from replay.drawing.stages import MORPH, STAGES, strip
from replay.drawing.style import Style
from replay.drawing.why import why
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.types import Units

WIDE, TALL, SQUARE = Shape(8.0, 5.0, 120.0), Shape(8.0, 7.0, 120.0), Shape(7.2, 7.2, 120.0)
PAIR = Shape(13.2, 7.2, 120.0)  # of planes
ROW = Shape(17.0, 6.8, 120.0)  # of three planes
MANY = Shape(14.0, 6.4, 120.0)  # with more than FEW panels
FEW = 4
FEWEST = 2  # panels, of which none is larger than the other
SLIM = 2.4  # from this aspect on, panels stand in one row
BESIDE = 1.2  # from this aspect on, small panels stand beside a view


def picture(
    evaluation: Evaluation,
    name: str,
    style: Style,
    layer: str | None = None,
    size: tuple[int, int] | None = None,
    captions: bool = True,
    units: Units = None,
    sample: int | None = None,
) -> Composition:
    """The view called `name` on a new figure, of `size` in pixels.

    `layer`, `units` and `sample` are for the views that take them. Raises ViewError for an unknown view or
    one that does not suit the run; OutputError for an impossible size.
    """
    row = row_of(name)
    options = checked_options(name, {LAYER: layer, UNITS: units, SAMPLE: sample})
    composed = _still(evaluation, row, style, options, size, captions)
    if row.film:
        composed.journey = partial(loaded(row.film), evaluation, style, size)
    return composed


def _still(
    evaluation: Evaluation,
    row: Row,
    style: Style,
    options: dict[str, Any],
    size: tuple[int, int] | None,
    captions: bool,
) -> Composition:
    """The picture that moves along the training."""
    if row.name == WHY:
        return why(evaluation, style, size, captions)
    if row.name in COMPOSED:
        return dashboard(evaluation, style, size, captions, as_article=row.name == ARTICLE)
    if row.name in (MORPH, STAGES):
        return strip(evaluation, row.name, style, size, captions)
    parts = shown(row.name, evaluation, **options)
    style = run_style(style, [evaluation])
    with style.applied():
        layout = Layout.of_run(
            evaluation, style, shape(_native(row, parts), size), legend=row.legend, captions=captions
        )
        if row.first_large and len(parts) > FEWEST:
            panels = one_large(layout, parts[:1], in_rows(layout, parts[1:]))
            return layout.composition(panels, [evaluation], row.words)
        if share_inputs(parts):
            panels = above_one_another(layout, layout.room, parts)
            return layout.composition(panels, [evaluation], row.words)
        small = _beside(row, evaluation, options.get(LAYER)) if layout.shape.aspect >= BESIDE else []
        room = layout.room
        panels = []
        if small:
            across = layout.shape.aspect > SLIM
            cells = layout.split(room, 1, 2, gap=(0, 0.7), widths=(2.6, 2 if across else 1))
            shape_of_side = (1, len(small)) if across else (len(small), 1)
            room, side = cells[0, 0], layout.split(cells[0, 1], *shape_of_side, gap=(1.02, 0.75))
            panels += [
                one.on(layout.figure.add_subplot(side[number]), style) for number, one in enumerate(small)
            ]
        columns = _columns(len(parts), layout.shape.aspect)
        grid = layout.split(room, -(-len(parts) // columns), columns, gap=(1.02, 0.75))
        panels += [
            one.on(layout.figure.add_subplot(grid[number // columns, number % columns]), style)
            for number, one in enumerate(parts)
        ]
    return layout.composition(panels, [evaluation], row.words)


def _beside(row: Row, evaluation: Evaluation, layer: str | None) -> list[Shown]:
    """The first and the last panel of what stands beside this view, or none."""
    if not row.beside:
        return []
    options: dict[str, Any] = {"ends": True} if layer is None else {LAYER: layer}
    try:
        return shown(row.beside, evaluation, **(options if LAYER in row.takes else {}))
    except ViewError:  # the run does not have it
        return []


def shown_in(
    evaluation: Evaluation,
    name: str,
    layer: str | None = None,
    units: Units = None,
    sample: int | None = None,
) -> list[Shown]:
    """The content of each panel of a view; of those that are several views, of one panel that tells most.

    Raises ViewError as `picture` does.
    """
    options = checked_options(name, {LAYER: layer, UNITS: units, SAMPLE: sample})
    if name == WHY:
        return shown("units", evaluation)
    if name not in COMPOSED:
        return shown(name, evaluation, **options)
    large = large_view(evaluation)
    if large is None:
        raise ViewError("the dashboard of this run has no large panel: choose another view")
    return [large]


def _columns(n_panels: int, aspect: float) -> int:
    """The number of columns for `n_panels` on a page with this ratio of width to height."""
    if n_panels > FEW:
        return min(n_panels, max(1, math.ceil(math.sqrt(n_panels * aspect))))
    if aspect < 0.8:
        return 1
    return n_panels if aspect > SLIM else min(n_panels, 2)


def _native(row: Row, parts: list[Shown]) -> Shape:
    n_panels = len(parts)
    if row.name == FIT and n_panels > 1:
        return TALL if share_inputs(parts) else PAIR if n_panels == FEWEST else ROW
    if row.first_large or row.wide:
        return SHAPE
    if row.plane:
        return SQUARE if n_panels == 1 and not row.beside else PAIR
    if n_panels > FEW:
        return MANY
    if n_panels == 2 and isinstance(row.panel, Mapping):
        return SHAPE
    return TALL if n_panels > 2 else WIDE
