"""Why the boundary bends: input plane with units, network and feature space side by side, over the curves."""

from __future__ import annotations

from matplotlib.gridspec import SubplotSpec

from replay.drawing.composition import Composition
from replay.drawing.dashboard import SHAPE, accuracy_of_plane, few_units
from replay.drawing.layout import Layout
from replay.drawing.registry.lookup import row_of
from replay.drawing.run_style import run_style
from replay.drawing.shown import Shown, shown
from replay.drawing.sizes import shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation

MESH = 140  # points a side of each plane
BESIDE, UNDER = 0.78, 0.95  # inches between panels side by side, and above one another
STRIP = 0.62  # the height of the curves
WIDE = 1.5  # from this aspect on, all three stand in a row
TALL = 0.8  # up to this one, each has a row of its own


def why(
    evaluation: Evaluation, style: Style, size: tuple[int, int] | None = None, captions: bool = True
) -> Composition:
    """The picture that shows how units add up to the boundary; `size` is in pixels.

    Raises ViewError where the run does not have an input plane and a diagram.
    """
    style = run_style(style, [evaluation])
    with style.applied():
        layout = Layout.of_run(evaluation, style, shape(SHAPE, size), captions=captions)
        parts = [*shown("decision-boundary", evaluation, mesh_points=MESH), *shown("network", evaluation)]
        parts += _space(evaluation)
        curves = shown("curves", evaluation) if row_of("curves").suits(evaluation) else []
        cells = _cells(layout, len(parts), bool(curves))
        axes = [layout.figure.add_subplot(cell) for cell in cells]
        panels: list[Moving] = [
            part.on(one, style) for part, one in zip([*parts, *curves], axes, strict=True)
        ]
        panels += accuracy_of_plane(axes[0], evaluation, style)
    return layout.composition(panels, [evaluation])


def _space(evaluation: Evaluation) -> list[Shown]:
    """The space of few units, else a plane of the last wide layer; none without a hidden layer."""
    found = few_units(evaluation, mesh_points=MESH)
    if found is not None:
        return [found]
    try:
        return shown("feature-space", evaluation)[:1]
    except ViewError:  # no hidden layer has two units
        return []


def _cells(layout: Layout, n_parts: int, has_curves: bool) -> list[SubplotSpec]:
    """The cells of so many panels, and that of the curves: below them or, of two columns, in the free one."""
    columns = n_parts if layout.shape.aspect >= WIDE else 1 if layout.shape.aspect < TALL else 2
    rows = -(-n_parts // columns)
    has_strip = has_curves and columns * rows == n_parts
    width, height = layout.inches(layout.room)
    strip = UNDER + STRIP if has_strip else 0.0
    side = min((width - (columns - 1) * BESIDE) / columns, (height - strip - (rows - 1) * UNDER) / rows)
    heights = [max(rows * side + (rows - 1) * UNDER, height - strip), *[STRIP] * has_strip]
    outer = layout.split(layout.room, len(heights), 1, gap=(UNDER, 0), heights=heights)
    grid = layout.split(outer[0, 0], rows, columns, gap=(UNDER, BESIDE))
    cells = [grid[number // columns, number % columns] for number in range(n_parts + has_curves - has_strip)]
    return [*cells, outer[1, 0]] if has_strip else cells
