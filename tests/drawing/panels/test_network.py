"""The network's diagram, drawn: widths and colours of edges, pictures in nodes, words that have room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.artists.diagram_places import Places
from replay.drawing.artists.edges import NARROWEST, signed_ends
from replay.drawing.artists.nodes import STRONGEST, Bars, ClassRegions, ClassShare, Signed, between
from replay.drawing.artists.signed import signed_colours
from replay.drawing.panels.network import NetworkPanel
from replay.drawing.picture import picture as composed
from replay.drawing.style import DARK, LIGHT, Style
from replay.film.frames import drawn_frames
from replay.network.data_description import DataDescription
from replay.views.network import Network
from tests.helpers.pictures import faults

Array = np.ndarray


def panel_of(replay: Replay, quantity: str = "weights", style: Style = LIGHT, **options: Any) -> Any:
    axes = Figure(figsize=(8, 6)).subplots()
    return NetworkPanel(axes, Network(replay.evaluation, quantity, **options), style)


def bytes_of(packed: Array) -> Array:
    return np.ascontiguousarray(packed).view(np.uint8).reshape(*packed.shape, 4)


@pytest.mark.parametrize(("quantity", "power"), [("weights", 1.0), ("gradients", 0.5), ("changes", 0.5)])
def test_edges_are_as_wide_as_the_wedge_says(make_run: Any, quantity: str, power: float) -> None:
    panel = panel_of(Replay(make_run(units=(2, 3, 2, 1))), quantity)
    panel.show(2)
    frame, limit = panel.view.at(2), panel.view.limit
    values = np.concatenate([edges.ravel() for edges in frame.edges])
    expected = panel.edges.widest * np.minimum(1, np.abs(values) / limit) ** power
    expected[expected < NARROWEST] = 0
    np.testing.assert_allclose(panel.edges.get_linewidths(), expected, rtol=1e-5)
    below, above = signed_ends(LIGHT)
    for colour, value in zip(panel.edges.get_colors(), values, strict=True):
        np.testing.assert_allclose(colour[:3], (below if value < 0 else above)[:3])


def test_edges_join_the_nodes_that_they_are_of(make_run: Any) -> None:
    panel = panel_of(Replay(make_run(units=(2, 3, 2, 1))))
    expected = [
        (left, right)
        for column in range(3)
        for left in panel.places.of(column)
        for right in panel.places.of(column + 1)
    ]
    np.testing.assert_allclose([path.vertices for path in panel.edges.get_paths()], np.array(expected))


def test_a_node_shows_its_picture_at_its_place(make_run: Any) -> None:
    """Read back from the pixels, at nine points of each node."""
    panel = panel_of(Replay(make_run(units=(2, 3, 1))))
    panel.show(1)
    figure = panel.axes.figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[::-1].astype(float)
    side = panel.places.side_of(1) * figure.dpi / 72
    for picture, place in zip(panel.view.at(1).pictures[1], panel.places.of(1), strict=True):
        x, y = panel.axes.transAxes.transform(place)
        rows = np.round(y + side * np.array([-0.3, 0, 0.3])).astype(int)
        columns = np.round(x + side * np.array([-0.3, 0, 0.3])).astype(int)
        seen = pixels[rows[:, None], columns]
        places = np.round((picture.shape[0] - 1) * np.array([0.2, 0.5, 0.8])).astype(int)
        steps = np.round(127.5 + 127.5 * STRONGEST * picture[np.ix_(places, places)]).astype(int)
        assert np.abs(seen - signed_colours(LIGHT)[steps]).max() < 30


def test_zero_has_the_colour_of_the_background(make_run: Any) -> None:
    for style in (LIGHT, DARK):
        painted = bytes_of(Signed(2.0, style).pixels(np.zeros((1, 3, 3)), 5))
        np.testing.assert_allclose(painted[0, 2, 2, :3] / 255, to_rgb(style.background), atol=0.02)
    red, blue = (bytes_of(Signed(2.0, LIGHT).pixels(np.full((1, 2, 2), end), 4))[0, 0, 0] for end in (2, -2))
    assert red[0] > red[2] and blue[2] > blue[0]
    beyond = Signed(2.0, LIGHT).pixels(np.array([[[9.0, -9], [np.inf, np.nan]]]), 2)
    assert (beyond == np.concatenate([Signed(2.0, LIGHT).pixels(np.array([[[2.0, -2], [2, 0]]]), 2)])).all()


def test_classes_have_their_colours_where_they_lead() -> None:
    probabilities = np.zeros((1, 4, 4, 2))
    probabilities[0, :, :2, 0] = probabilities[0, :, 2:, 1] = 1.0
    painted = bytes_of(ClassRegions(LIGHT).pixels(probabilities, 8))[0]
    shades = LIGHT.shades(2)[:, -1]
    np.testing.assert_array_equal(painted[4, 0], shades[0])
    np.testing.assert_array_equal(painted[4, -1], shades[1])
    share = bytes_of(ClassShare([1], LIGHT).pixels(np.array([[[0.0, 0], [1, 1]]]), 2))[0]
    np.testing.assert_allclose(share[0, 0, :3] / 255, to_rgb(LIGHT.background), atol=0.01)
    assert np.abs(share[1, 0, :3] / 255 - to_rgb(LIGHT.class_colour(1))).max() < 0.16


def test_bars_stand_on_one_another_in_the_colours_of_the_classes() -> None:
    density = np.zeros((1, 2, 2))
    density[0, 0] = (0.75, 0.25)  # the fullest bin; the other is empty
    painted = bytes_of(Bars(LIGHT, True).pixels(density, 40))[0] / 255
    colours = [to_rgb(LIGHT.class_colour(label)) for label in (0, 1)]
    left = painted[:, 10, :3]
    counts = [np.isclose(left, colour, atol=0.01).all(axis=1).sum() for colour in colours]
    assert counts[0] == pytest.approx(3 * counts[1], abs=2) and sum(counts) == pytest.approx(36, abs=2)
    np.testing.assert_allclose(painted[20, 30, :3], to_rgb(LIGHT.background), atol=0.01)


def test_pictures_are_interpolated_between_the_middles_of_their_points() -> None:
    image = np.random.default_rng(0).normal(size=(2, 7, 5)).astype(np.float32)
    at = np.clip((np.arange(23) + 0.5) * 7 / 23 - 0.5, 0, 6)
    expected = [[np.interp(at, np.arange(7), image[n, :, column]) for column in range(5)] for n in range(2)]
    np.testing.assert_allclose(between(image, 23, 1), np.swapaxes(expected, 1, 2), atol=1e-5)
    assert between(image[:, :1], 3, 1).shape == (2, 3, 5)


@pytest.mark.parametrize("count", [1, 2, 16])
@pytest.mark.parametrize("size", [(12, 6), (3, 3), (2, 1.5)])
def test_nodes_never_overlap_nor_leave_their_box(count: int, size: tuple[float, float]) -> None:
    axes = Figure(figsize=size, dpi=72).subplots()
    box = (0.1, 0.2, 0.9, 1.0)
    places = Places(axes, [2, count, count, 1], box)
    width, height = axes.bbox.size
    ends = []
    for column in range(4):
        side, middles = places.side_of(column), places.of(column) * (width, height)
        assert (np.abs(np.diff(middles[:, 1])) >= side).all()
        assert (
            middles[:, 1].max() + side / 2 <= height and middles[:, 1].min() - side / 2 >= 0.2 * height - 1e-6
        )
        ends += [middles[0, 0] - side / 2, middles[0, 0] + side / 2]
    assert (np.diff(ends) > 0).all() and ends[0] >= 0.1 * width - 1e-6 and ends[-1] <= 0.9 * width + 1e-6


@pytest.mark.parametrize("size", [(1440, 720), (864, 864), (480, 480), (480, 270)])
@pytest.mark.parametrize("units", [(2, 2, 1), (2, 30, 30, 2, 5), (5, 6, 3), (16, 20, 3)])
def test_words_have_room(make_run: Any, units: tuple[int, ...], size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, units[0])).astype(np.float32), rng.integers(0, max(units[-1], 2), 30)
    named = DataDescription(inputs=tuple(f"a long name of input {n}" for n in range(5)))
    replay = Replay(make_run(units=units, data=(x, y), described=named if units[0] == 5 else None))
    composition = replay.view("network", size=size)
    composition.plot(2)
    assert faults(composition.figure, composition.style) == []


def test_what_is_not_shown_is_counted(make_run: Any) -> None:
    panel = panel_of(Replay(make_run(units=(2, 30, 1))), most=6)
    words = [text.get_text() for text in panel.axes.texts]
    assert "+25" in words and len(panel.edges.get_paths()) == 5 * 3
    shown = [str(unit + 1) for unit in panel.view.columns[1].shown]
    assert set(shown) <= set(words)


def test_inputs_and_classes_have_their_names(make_run: Any) -> None:
    x = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    named = DataDescription(inputs=("age", "mass", "length"), classes=("cat", "dog", "bird"))
    replay = Replay(make_run(units=(3, 4, 3), data=(x, np.arange(30) % 3), described=named))
    words = [text.get_text() for text in panel_of(replay).axes.texts]
    assert {"age", "mass", "length", "cat", "dog", "bird", "hidden", "tanh", "output", "softmax"} <= set(
        words
    )


def test_names_that_could_not_be_read_give_way_to_numbers(make_run: Any) -> None:
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    named = DataDescription(
        inputs=("petal length in centimetres", "petal width in centimetres"),
        classes=("some rather long name", "one that is longer still", "bird"),
    )
    run = make_run(units=(2, 4, 4, 3), data=(x, np.arange(30) % 3), described=named)
    figure = composed(Replay(run).evaluation, "why", LIGHT, size=(600, 300)).plot(4)
    words = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text()]
    assert {"x₁", "x₂", "0", "1", "2"} <= set(words)
    assert not [word for word in words if "…" in word and len(word.replace("…", "")) < 6]


def test_dead_units_are_struck_out_and_saturated_ones_hatched(make_run: Any) -> None:
    panel = panel_of(Replay(make_run(units=(2, 3, 1))))
    nodes, drawn = panel.nodes, []
    for dead, saturated in (((0, 0, 0), (0, 0, 0)), ((1, 0, 0), (0, 1, 0))):
        images = np.full((3, 40, 40), 0xFFFFFFFF, np.uint32)
        nodes._dead = [np.array(dead, bool)] * 3
        nodes._saturated = [np.array(saturated, bool)] * 3
        nodes._mark(images, 1, 1.0)
        drawn.append(bytes_of(images)[:, 2:-2, 2:-2, :3] / 255)
    plain, marked = drawn
    struck = np.isclose(marked[0], to_rgb(LIGHT.error), atol=0.01).all(axis=-1)
    assert struck.diagonal().all() and not struck[0, -1]
    assert 0.05 < (marked[1] != plain[1]).any(axis=-1).mean() < 0.5
    assert (marked[2] == plain[2]).all()


def test_a_frame_drawn_again_has_the_same_bytes(make_run: Any) -> None:
    composition = Replay(make_run(units=(2, 5, 1))).view("network", size=(480, 480))
    first, _, again = (frame.copy() for frame in drawn_frames(composition, [3.0, 1.0, 3.0]))
    np.testing.assert_array_equal(first, again)
    assert (first != _).any()


def test_it_can_be_drawn_as_vectors(make_run: Any, tmp_path: Any) -> None:
    path = Replay(make_run(units=(2, 3, 1))).view("network").save(tmp_path / "network.svg")
    assert path.read_text().count("<image") == 6


def test_units_of_the_first_layer_have_the_colours_of_their_lines(make_run: Any) -> None:
    panel = panel_of(Replay(make_run(units=(2, 3, 2, 1))))
    numbers = [text for text in panel.axes.texts if text.get_text() in ("1", "2", "3")]
    colours = [text.get_color() for text in numbers]
    assert colours == [*(LIGHT.unit_colour(unit) for unit in range(3)), LIGHT.muted, LIGHT.muted]
    images = np.full((3, 30, 30), 0xFFFFFFFF, np.uint32)
    panel.show(1)
    panel.nodes._mark(images, 1, 1.0)
    corners = bytes_of(images)[:, 0, 0, :3] / 255
    np.testing.assert_allclose(corners, [to_rgb(LIGHT.unit_colour(unit)) for unit in range(3)], atol=0.01)


def test_the_boundary_lies_within_each_node_of_the_output(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(40, 2)).astype(np.float32), np.arange(40) % 3
    panel = panel_of(Replay(make_run(units=(2, 4, 3), data=data)))
    panel.show(2)
    regions = panel.view.at(2).regions
    points = np.column_stack(panel.boundary[0].get_data())
    pieces = np.split(points, 3)
    figure = panel.axes.figure
    side = panel.places.side_of(2) * figure.dpi / 72 / panel.axes.bbox.size
    low, high = np.array(regions.limits).T
    on_plane = np.concatenate(regions.boundary)
    for piece, middle in zip(pieces, panel.places.of(2), strict=True):
        known = piece[~np.isnan(piece[:, 0])]
        np.testing.assert_allclose((known - middle) / side + 0.5, (on_plane - low) / (high - low), atol=1e-6)
