"""The picture of activations and their gradients, told from what its artists hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from replay.drawing.activations.curve_axes import BOUNDED, UNBOUNDED, sampled
from replay.drawing.activations.descriptions import NAMES
from replay.drawing.activations.facts import curves, facts
from replay.drawing.activations.figure import best_columns, figure, subtitle
from replay.drawing.sizes import SIZES
from replay.drawing.style import DARK, LIGHT, Style, theme
from replay.errors import OutputError, ViewError
from replay.network.activation_limits import Z_LIMIT
from tests.helpers.pictures import faults, redrawn

STYLES = {"light": LIGHT, "dark": DARK, "transparent": theme("light", transparent=True)}
CAPITAL = 0.73  # the height of a capital in DejaVu Sans, as a share of the font's size
SHAPES = {
    "native": None,
    **SIZES,
    "small": (720, 360),
    "small square": (720, 720),
    "wide": (1600, 400),
    "tall": (400, 1600),
}


def slow(value: Any) -> Any:
    return pytest.param(value, marks=pytest.mark.slow)


def lines(axes: Axes, kind: str) -> list[Any]:
    return [line for line in axes.lines if line.get_gid() == kind]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in (*figure.texts, *(t for axes in figure.axes for t in axes.texts))]


@pytest.mark.parametrize("name", NAMES)
def test_function_and_gradient_are_drawn_as_they_are(name: str) -> None:
    (axes,) = figure([name], LIGHT).axes
    functions, gradients = lines(axes, "function"), lines(axes, "gradient")
    assert len(functions) == len(gradients) == (3 if name == "softmax" else 1)
    assert axes.get_xlim() == (-Z_LIMIT, Z_LIMIT)
    for drawn, which in ((functions, 0), (gradients, 1)):
        for output, line in enumerate(drawn):
            z, heights = line.get_data()
            there = np.isfinite(heights)
            np.testing.assert_array_equal(heights[there], curves(name, z[there])[which][output])
            assert (z[there].min(), z[there].max()) == (-Z_LIMIT, Z_LIMIT)
            assert np.diff(z).max() < 0.02


@pytest.mark.parametrize("name", NAMES)
def test_lines_end_at_both_sides_of_jumps_and_kinks(name: str) -> None:
    told = facts(name)
    z, values, gradients = sampled(told)
    np.testing.assert_array_equal(z[np.isnan(values[0])], told.jumps)
    np.testing.assert_array_equal(z[np.isnan(gradients[0])], sorted((*told.jumps, *told.kinks)))
    for place in (*told.jumps, *told.kinks):
        (k,) = np.flatnonzero(z == place)
        assert z[k - 1] == np.nextafter(place, -np.inf) and z[k + 1] == np.nextafter(place, np.inf)


def test_no_line_of_the_step_leads_from_one_height_to_another() -> None:
    _, values, _ = sampled(facts("step"))
    rises = np.abs(np.diff(values[0]))
    assert (rises[np.isfinite(rises)] == 0).all()
    assert set(values[0][np.isfinite(values[0])]) == {0.0, 1.0}


def ends(name: str) -> dict[tuple[float, float], str]:
    """The circles of a panel by place, with what they are filled with."""
    (axes,) = figure([name], LIGHT).axes
    return {
        (float(z), round(float(height), 6)): to_hex(line.get_markerfacecolor())
        for line in lines(axes, "ends")
        for z, height in zip(*line.get_data(), strict=True)
    }


def test_circles_tell_which_end_belongs_to_the_line() -> None:
    open_, full = LIGHT.background, LIGHT.class_colour(0)
    assert ends("step") == {(0, 0): open_, (0, 1): full}
    assert ends("relu") == {(0, 0): open_, (0, 1): open_}
    assert ends("selu") == {(0, 1.758099): open_, (0, 1.050701): open_}
    assert len(ends("hard_sigmoid")) == 4
    assert ends("tanh") == ends("elu") == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_saturation_is_shaded_as_far_as_it_is_shown(name: str) -> None:
    (axes,) = figure([name], LIGHT).axes
    spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
    shown = [(max(low, -5), min(high, 5)) for low, high in facts(name).saturation if low < 5 and high > -5]
    np.testing.assert_allclose(np.ravel(spans), np.ravel(shown))


def test_gradients_differ_from_functions_in_colour_and_dash() -> None:
    (axes,) = figure(["tanh"], DARK).axes
    (function,), (gradient,) = lines(axes, "function"), lines(axes, "gradient")
    assert function.get_color() == DARK.class_colour(0) and function.get_linestyle() == "-"
    assert gradient.get_color() == DARK.class_colour(1) and gradient.get_linestyle() == "--"
    assert gradient.get_zorder() > function.get_zorder()  # dashes on a line show both


@pytest.mark.slow
def test_shapes_compare_all_bounded_functions_share_a_scale_and_so_do_the_others() -> None:
    for axes, name in zip(figure(NAMES, LIGHT).axes, NAMES, strict=True):
        bounded = np.isfinite(facts(name).range).all()
        assert axes.get_ylim() == (BOUNDED if bounded else UNBOUNDED)
        if bounded:
            assert BOUNDED[0] < facts(name).range[0] and facts(name).range[1] < BOUNDED[1]


def test_each_panel_has_both_axes_through_zero() -> None:
    for axes in figure(["relu", "tanh"], LIGHT).axes:
        through = [line.get_data() for line in axes.lines if line.get_gid() is None]
        assert [list(map(list, each)) for each in through] == [[[0, 1], [0, 0]], [[0, 0], [0, 1]]]


def test_panels_stand_row_by_row_in_the_order_of_the_names() -> None:
    names = ["tanh", "relu", "softsign", "mish"]
    page = figure(names, LIGHT)
    for axes, name in zip(page.axes, names, strict=True):
        assert [text.get_text() for text in axes.texts] == [facts(name).title, subtitle(facts(name))]
    boxes = [axes.get_position() for axes in page.axes]
    assert boxes[0].x1 < boxes[1].x0 and boxes[2].y1 < boxes[0].y0
    assert boxes[0].y0 == pytest.approx(boxes[1].y0)


def test_subtitles_tell_gradient_and_centre() -> None:
    assert subtitle(facts("tanh")) == "max gradient 1 · zero-centred"
    assert subtitle(facts("sigmoid")) == "max gradient 0.25"
    assert subtitle(facts("exponential")) == "gradient unbounded"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_one_alone_is_told_with_all_its_facts(name: str) -> None:
    told = facts(name)
    said = " ".join(texts(figure([name], LIGHT)))
    parts = [told.title, *told.formula.split("; "), told.note.split()[-1]]
    for words in (*parts, *(label for label, _ in told.rows)):
        assert words in said
    for _, words in told.rows:
        assert set(words.split()) <= set(said.split())
    assert "…" not in said.replace(told.note, "").replace("−1…1", "")


def test_facts_stand_beside_the_curves_or_below_where_the_figure_is_high() -> None:
    wide, high = figure(["tanh"], LIGHT), figure(["tanh"], LIGHT, SIZES["story"])
    assert wide.axes[0].get_position().x1 < 0.6
    assert high.axes[0].get_position().x1 > 0.9 and high.axes[0].get_position().y0 > 0.4


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3, 5, 18])
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, id=name, marks=[] if name == "small" else [pytest.mark.slow])
        for name, size in SHAPES.items()
    ],
)
def test_no_words_lie_on_others_or_leave_the_figure(size: tuple[int, int] | None, count: int) -> None:
    assert faults(figure(NAMES[-count:], LIGHT, size), LIGHT) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [None, (720, 360), (1080, 1920), (1600, 400)])
def test_no_words_about_one_lie_on_others(name: str, size: tuple[int, int] | None) -> None:
    assert faults(figure([name], DARK, size), DARK) == []


@pytest.mark.parametrize("height", [360, 480, 720])
def test_five_can_be_read_on_a_blog_of_720_pixels(height: int) -> None:
    names = ["sigmoid", "tanh", "relu", "leaky_relu:0.01", "elu:0.2"]
    page = figure(names, LIGHT, (720, height))
    assert faults(page, LIGHT) == []
    sizes = [text.get_fontsize() * page.dpi / 72 for axes in page.axes for text in axes.texts]
    sizes += [label.get_fontsize() * page.dpi / 72 for axes in page.axes for label in axes.get_xticklabels()]
    assert min(sizes) * CAPITAL >= 8


@pytest.mark.slow
@pytest.mark.parametrize("size", [(720, 360), *map(slow, [(1080, 1920), (500, 500)])])
def test_a_size_is_kept_to_the_pixel(size: tuple[int, int]) -> None:
    for names in (["tanh"], NAMES):
        assert redrawn(figure(names, LIGHT, size), LIGHT).shape[1::-1] == size


@pytest.mark.parametrize(
    ("n", "aspect", "columns"),
    [(1, 1.6, 1), (2, 1.6, 2), (4, 1.6, 2), (18, 1.6, 6), (20, 1.6, 5), (3, 0.4, 1)],
)
def test_columns_fill_the_figure(n: int, aspect: float, columns: int) -> None:
    assert best_columns(n, aspect) == columns


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_styles_reach_the_picture(style: Style) -> None:
    corner = redrawn(figure(["sigmoid", "step"], style), style)[0, 0]
    assert corner[3] == (0 if style.transparent else 255)
    if not style.transparent:
        assert "#" + bytes(corner[:3]).hex() == style.background


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ViewError, match="at least one"):
        figure([], LIGHT)
    with pytest.raises(ViewError, match="did you mean sigmoid"):
        figure(["tanh", "sigmod"], LIGHT)
    with pytest.raises(OutputError, match="pixels"):
        figure(["tanh"], LIGHT, (10, 10))


def test_a_function_that_ends_beyond_the_narrow_scale_has_the_wide_one() -> None:
    assert figure(["relu:max_value=6"], LIGHT).axes[0].get_ylim() == UNBOUNDED
    assert figure(["relu:max_value=1"], LIGHT).axes[0].get_ylim() == BOUNDED
