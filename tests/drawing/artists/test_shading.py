"""The shading of regions equals what matplotlib's own image of the same probabilities would show."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from replay.drawing.artists.shading import Shading
from replay.drawing.style import DARK, LIGHT, Style
from replay.views.shared.geometry import Limits

LIMITS = Limits((-2.0, 1.0), (0.5, 3.0))


def axes_for(style: Style) -> Axes:
    """Axes that fill a figure of 240×180 pixels, without frame."""
    figure = Figure(figsize=(2.4, 1.8), dpi=100, facecolor=style.background)
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set_axis_off()
    axes.set(xlim=LIMITS.x, ylim=LIMITS.y)
    return axes


def drawn(axes: Axes) -> np.ndarray:
    """RGB inside the axes, rows from the top down, without the outermost pixels."""
    canvas = FigureCanvasAgg(axes.get_figure(root=True))  # type: ignore[arg-type]
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[20:-20, 26:-26, :3].astype(float)


def by_matplotlib(probabilities: np.ndarray, style: Style) -> np.ndarray:
    """Colours mixed at each point of the mesh, interpolated by matplotlib."""
    n_classes = probabilities.shape[-1]
    even = 1 / max(2, n_classes)
    lead = np.nan_to_num(np.clip((probabilities.max(axis=-1) - even) / (1 - even), 0, 1))[..., None]
    colours = np.array([to_rgb(style.class_colour(label)) for label in range(n_classes)])
    background = np.array(to_rgb(style.background))
    likeliest = colours[np.nan_to_num(probabilities).argmax(axis=-1)]
    axes = axes_for(style)
    image = background + (likeliest - background) * lead * style.shading
    # The first and last points of the mesh lie on the edges of the picture.
    (left, right), (bottom, top) = LIMITS
    rows, columns = probabilities.shape[:2]
    dx, dy = (right - left) / (columns - 1) / 2, (top - bottom) / (rows - 1) / 2
    extent = (left - dx, right + dx, bottom - dy, top + dy)
    axes.imshow(image, extent=extent, origin="lower", interpolation="bilinear", aspect="auto")
    axes.set(xlim=LIMITS.x, ylim=LIMITS.y)
    return drawn(axes)


def by_replay(probabilities: np.ndarray | None, style: Style) -> np.ndarray:
    axes = axes_for(style)
    Shading(axes, LIMITS, style).show(probabilities)
    return drawn(axes)


@pytest.mark.parametrize(
    ("part", "shown"),
    [(slice(0, 40), (-2.0, 1.0)), (slice(20, 60), (1.0, -2.0))],
    ids=["below", "above, and mirrored"],
)
def test_where_the_axes_show_a_part_of_the_mesh_the_colours_are_those_of_the_part(
    part: slice, shown: tuple[float, float]
) -> None:
    plane = softmax_plane(3)
    heights = np.linspace(*LIMITS.y, 60)[part]
    zoomed, alone = (Shading(axes_for(LIGHT), LIMITS, LIGHT) for _ in range(2))
    zoomed.axes.set(xlim=shown, ylim=(heights[0], heights[-1]))
    zoomed.show(plane)
    alone.show(plane[part, :: int(np.sign(shown[1] - shown[0]))])
    differences = zoomed.colours(100, 100, 1).astype(int) - alone.colours(100, 100, 1)
    assert np.abs(differences).max() <= 2


def test_beyond_the_mesh_there_is_no_shading() -> None:
    shading = Shading(axes_for(LIGHT), LIMITS, LIGHT)
    shading.axes.set(xlim=(-2, 4))
    shading.show(softmax_plane(2))
    strength = shading.colours(90, 100, 1)[..., 3]
    assert (strength[:, 50:] == 0).all() and (strength[:, :49] > 0).all()


def softmax_plane(n_classes: int, rows: int = 60, columns: int = 80) -> np.ndarray:
    """Smooth probabilities with a corner for each class, alike in no direction."""
    y, x = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    angles = 0.4 + 2 * np.pi * np.arange(n_classes) / n_classes
    z = 4 * (x[..., None] * np.cos(angles) + 2 * y[..., None] * np.sin(angles)) + np.linspace(0, 1, n_classes)
    grown = np.exp(z)
    return grown / grown.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_it_shows_what_matplotlib_would(n_classes: int, style: Style) -> None:
    probabilities = softmax_plane(n_classes)
    difference = np.abs(by_replay(probabilities, style) - by_matplotlib(probabilities, style)).max(axis=-1)
    # Between two regions matplotlib mixes colours over the width of one cell of the mesh; here they meet.
    assert np.quantile(difference, 0.9) <= 3
    assert difference.max() < 40


@pytest.mark.parametrize(("place", "row", "column"), [((0, 0), -1, 0), ((0, -1), -1, -1), ((-1, 0), 0, 0)])
def test_each_corner_of_the_mesh_is_at_its_corner_of_the_picture(
    place: tuple[int, int], row: int, column: int
) -> None:
    """Row 0 is below: an early version was upside down."""
    probabilities = np.full((5, 5, 2), 0.5)
    probabilities[place] = 0, 1
    picture = by_replay(probabilities, LIGHT)
    coloured = np.abs(picture - 255).sum(axis=-1)
    assert np.unravel_index(coloured.argmax(), coloured.shape) == (
        row % coloured.shape[0],
        column % coloured.shape[1],
    )


def test_one_class_is_its_colour_as_sure_as_the_network_is() -> None:
    picture = by_replay(np.ones((4, 4, 1)), LIGHT)
    background, colour = np.array(to_rgb(LIGHT.background)), np.array(to_rgb(LIGHT.class_colour(0)))
    expected = 255 * (background + (colour - background) * LIGHT.shading)
    np.testing.assert_allclose(picture, np.broadcast_to(expected, picture.shape), atol=1)


def test_what_the_network_cannot_decide_and_nan_are_the_background() -> None:
    for probabilities in (np.full((4, 4, 3), 1 / 3), np.full((4, 4, 2), np.nan)):
        assert (by_replay(probabilities, LIGHT) == 255).all()


def test_nan_in_a_part_leaves_the_rest() -> None:
    probabilities = softmax_plane(2)
    whole = by_replay(probabilities, LIGHT)
    probabilities[:30] = np.nan  # below
    picture = by_replay(probabilities, LIGHT)
    half = len(picture) // 2
    np.testing.assert_allclose(picture[: half - 4], whole[: half - 4], atol=1)
    assert (picture[half + 4 :] == 255).all()


def test_without_regions_nothing_is_shaded() -> None:
    assert (by_replay(None, LIGHT) == 255).all()


def test_a_transparent_style_is_opaque_by_the_lead() -> None:
    style = replace(LIGHT, transparent=True)
    shading = Shading(axes_for(style), LIMITS, style)
    shading.show(np.dstack([np.full((4, 4), 0.1), np.full((4, 4), 0.9)]))
    pixel = shading.colours(3, 3, 1.0)[1, 1] / 255
    np.testing.assert_allclose(pixel[:3], to_rgb(style.class_colour(1)), atol=0.01)
    assert pixel[3] == pytest.approx(0.8 * style.shading, abs=0.01)


def test_an_svg_shows_it_the_same_way_round_as_a_png() -> None:
    probabilities = np.full((5, 5, 2), 0.5)
    probabilities[0, 0], probabilities[-1, -1] = (1, 0), (0, 1)  # class 0 lower left, class 1 upper right
    axes = axes_for(LIGHT)
    Shading(axes, LIMITS, LIGHT).show(probabilities)
    png = drawn(axes)
    written = io.BytesIO()
    axes.get_figure().savefig(written, format="svg")  # type: ignore[union-attr]
    image, turned = embedded(written.getvalue().decode())
    rgb = np.asarray(image.convert("RGB")).astype(float)
    rgb = rgb[::-1] if turned else rgb
    for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        np.testing.assert_allclose(rgb[corner], png[corner], atol=8)


def embedded(svg: str) -> tuple[Image.Image, bool]:
    """The picture in an SVG, and whether the SVG turns it upside down."""
    element = re.search(r"<image [^>]*>", svg)
    assert element is not None
    data = re.search(r'base64,([^"]+)"', element[0])
    assert data is not None
    return Image.open(io.BytesIO(base64.b64decode(data[1]))), "scale(1 -1)" in element[0]
