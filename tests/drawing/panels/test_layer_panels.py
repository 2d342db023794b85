"""Panels of many layers: what they draw is what their views say, and every name can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.artists.end_labels import spread
from replay.drawing.artists.layer_names import few, layer_colours, shortened, width_in_inches
from replay.drawing.panels.layer_curves import LayerCurvesPanel, decade_ticks
from replay.drawing.panels.layer_distributions import HALF, LayerDistributionsPanel
from replay.drawing.panels.transfer import TransferPanel
from replay.drawing.style import DARK, LIGHT, Style
from replay.language.percent import percent
from replay.views.curves import Curve
from replay.views.gradient_flow import GradientFlow
from replay.views.layer_curves import LINEAR, LOGARITHMIC, PERCENT, LayerCurves, lines_of
from replay.views.layer_distributions import QUANTITIES, LayerDistributions
from replay.views.normalisation import Normalisation
from replay.views.transfer import Transfer
from tests.helpers.pictures import faults

DEEP = (2, 6, 6, 6, 6, 6, 6, 1)


def axes_of(style: Style, width: float, height: float) -> Any:
    """Axes of so many inches, with the margins that pages leave around them."""
    with style.applied():
        figure = Figure(figsize=(width + 1.2, height + 1.2), dpi=120)
        box = (0.64 / (width + 1.2), 0.69 / (height + 1.2), width / (width + 1.2), height / (height + 1.2))
        return figure.add_axes(box)


def curves(values: Any, scale: str = LINEAR, target: float | None = None, last: float = 5) -> LayerCurves:
    """Layers with these values (n_layers, n_snapshots) from epoch 0 to the last."""
    values = np.asarray(values, dtype=float)
    names = tuple(f"hidden_{number}" for number in range(1, len(values) + 1))
    epochs = np.linspace(0, last, values.shape[1])
    depths = tuple(np.linspace(0, 1, len(values)))
    return LayerCurves("Title", names, depths, lines_of(names, epochs, values), (0.0, last), scale, target)


# Distributions


@pytest.mark.slow
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_violins_bars_and_medians_are_those_of_the_frame(make_run: Any, quantity: str) -> None:
    replay = Replay(make_run(units=DEEP, activation="relu"))
    view = LayerDistributions(replay.evaluation, quantity)
    with LIGHT.applied():
        panel = LayerDistributionsPanel(axes_of(LIGHT, 5, 3), view, LIGHT)
    panel.show(2.5)
    frame = view.at(2.5)
    low, high = panel.axes.get_ylim()
    for place, (violin, density) in enumerate(zip(panel.violins, frame.density, strict=True)):
        points = violin.get_xy()[:-1]
        if not density.any():
            assert len(frame.dots[place])
            continue
        assert np.abs(points[:, 0] - place).max() == pytest.approx(HALF)
        widest = points[np.abs(points[:, 0] - place).argmax(), 1]
        assert widest == pytest.approx(
            view.centres[place, density.argmax()], abs=np.diff(view.edges[place])[0]
        )
    x, y = panel.medians.get_data()
    assert list(x) == list(range(len(view.names)))
    dotted = np.array([len(dots) > 0 for dots in frame.dots])
    np.testing.assert_allclose(y[~dotted], np.clip(frame.quartiles[~dotted, 1], low, high))
    assert np.isnan(y[dotted]).all()
    for place in np.flatnonzero(dotted):
        offsets = np.asarray(panel.dots.get_offsets())
        drawn = offsets[np.abs(offsets[:, 0] - place) < HALF, 1]
        np.testing.assert_allclose(drawn, np.clip(frame.dots[place], low, high))
    lengths = [segment[1][0] - segment[0][0] for segment in panel.shares.get_segments()]
    shares = np.concatenate([np.where(dotted, 0, each) for each in (frame.zero, frame.below, frame.above)])
    np.testing.assert_allclose(lengths, 2 * HALF * shares[shares > 0.002])
    assert panel.axes.get_title(loc="left").endswith("by layer")


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "hard_tanh", "softplus"])
@pytest.mark.parametrize("size", [(2.6, 2.2), (7.0, 4.5)])
def test_nothing_is_drawn_outside_the_range_of_an_activation(
    make_run: Any, activation: str, size: Any
) -> None:
    low, high = {"relu": (0, np.inf), "softplus": (0, np.inf), "sigmoid": (0, 1)}.get(activation, (-1, 1))
    view = LayerDistributions(Replay(make_run(units=DEEP, activation=activation)).evaluation, "activations")
    with LIGHT.applied():
        panel = LayerDistributionsPanel(axes_of(LIGHT, *size), view, LIGHT)
    for epoch in (0, 1.5, 4):
        panel.show(epoch)
        for violin in panel.violins[1:]:  # the first is that of the inputs
            heights = violin.get_xy()[:, 1]
            assert (heights >= low - 1e-6).all() and (heights <= high + 1e-6).all()


def test_zeros_are_counted_and_said(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 20, 30, 1), activation="relu"))
    view = LayerDistributions(replay.evaluation, "activations")
    with LIGHT.applied():
        panel = LayerDistributionsPanel(axes_of(LIGHT, 5, 3), view, LIGHT)
    panel.show(3)
    shares = [(replay.activations(name, epochs=[3]) == 0).mean() for name in ("hidden_1", "hidden_2")]
    assert [words.get_text() for words in panel.words] == ["", *(f"{share:.0%} zero" for share in shares)]


def test_nothing_moves_but_what_is_said_to_and_axes_stand_still(make_run: Any) -> None:
    replay = Replay(make_run(units=DEEP))
    panel = LayerDistributionsPanel(
        axes_of(LIGHT, 5, 3), LayerDistributions(replay.evaluation, "weights"), LIGHT
    )
    before = len(panel.axes.get_children()), panel.axes.get_xlim(), panel.axes.get_ylim()
    for epoch in (0, 1.5, 4):
        panel.show(epoch)
    assert (len(panel.axes.get_children()), panel.axes.get_xlim(), panel.axes.get_ylim()) == before
    assert {artist.axes for artist in panel.moving} == {panel.axes}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_layers_without_finite_values_are_marked(make_run: Any, tmp_path: Any, value: float) -> None:
    from replay import RunWriter

    recording = Replay(make_run()).recording
    with RunWriter(
        tmp_path / "lost.h5", recording.description, recording.inputs, recording.targets
    ) as writer:
        for epoch, factor in enumerate([1.0, value]):
            writer.snapshot(epoch, [array[0] * np.float32(factor) for array in recording.weights_at(0)])
    evaluation = Replay(tmp_path / "lost.h5").evaluation
    for quantity in QUANTITIES:
        view = LayerDistributions(evaluation, quantity, include_inputs=False)
        panel = LayerDistributionsPanel(axes_of(DARK, 3, 2), view, DARK)
        panel.show(0)
        assert [words.get_text() for words in panel.words] == [""]
        panel.show(1)
        (share,) = view.at(1).missing
        assert share > 0.5
        assert [words.get_text() for words in panel.words] == [f"{share:.0%} not finite"]


# Words


@pytest.mark.slow
@pytest.mark.parametrize("style", [LIGHT, DARK])
@pytest.mark.parametrize(
    "size", [(2.6, 2.2), *(pytest.param(size, marks=pytest.mark.slow) for size in ((5.0, 3.0), (7.0, 4.5)))]
)
def test_the_names_of_seven_layers_can_be_read(make_run: Any, style: Style, size: Any) -> None:
    replay = Replay(make_run(units=DEEP, optimizer={"class": "Adam", "clipnorm": 0.01}))
    evaluation = replay.evaluation
    axes = axes_of(style, *size)
    view = LayerDistributions(evaluation, "activations")
    with style.applied():
        LayerDistributionsPanel(axes, view, style).show(2)
        labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["inputs", *(f"hidden_{number}" for number in range(1, 7))]
    # Boxes around slanting words overlap where the words do not.
    assert [fault for fault in faults(axes.figure, style) if "leaves" in fault] == []
    contents = [*GradientFlow(evaluation).panels, *Normalisation(evaluation).panels]
    for content in contents:
        axes = axes_of(style, *size)
        with style.applied():
            LayerCurvesPanel(axes, content, style).show(2)
        assert {text.get_text() for text in axes.texts} == set(content.names)
        axes.set_title("", loc="left")  # pages make titles fit
        assert faults(axes.figure, style) == []


def test_long_names_keep_their_beginnings_and_ends() -> None:
    short = shortened("block1_convolution_2", 0.8, 12, LIGHT)
    assert short.startswith("b") and short.endswith("n_2") and "…" in short
    assert width_in_inches(short, 12, LIGHT) <= 0.8
    assert shortened("conv", 0.8, 12, LIGHT) == "conv"
    assert len(shortened("abcdefgh", 0.0, 12, LIGHT)) <= 4


def test_of_many_layers_some_are_named() -> None:
    assert few(4, 9) == [0, 1, 2, 3]
    assert few(101, 5) == [0, 25, 50, 75, 100]
    axes = axes_of(LIGHT, 3, 2)
    with LIGHT.applied():
        LayerCurvesPanel(axes, curves(np.random.default_rng(0).normal(size=(60, 4))), LIGHT).show(3)
    names = [text.get_text() for text in axes.texts]
    assert "hidden_1" in names and "hidden_60" in names and len(names) < 30
    assert faults(axes.figure, LIGHT) == []


def test_colours_follow_the_depth_and_stand_out() -> None:
    assert layer_colours([0.0, 1.0], LIGHT) == [layer_colours([d], LIGHT)[0] for d in (0.0, 1.0)]
    assert layer_colours([None], DARK) == [DARK.muted]
    for style in (LIGHT, DARK):
        lightness = [sum(to_rgb(colour)) for colour in layer_colours([0, 0.25, 0.5, 0.75, 1], style)]
        assert lightness == sorted(lightness)
        background = sum(to_rgb(style.background))
        assert min(abs(light - background) for light in lightness) > 0.8


# Curves


@pytest.mark.parametrize("epoch", [0, 2, 2.5, 5])
def test_lines_reach_to_the_moment_and_the_future_is_faint(epoch: float) -> None:
    values = np.random.default_rng(0).normal(size=(3, 6))
    panel = LayerCurvesPanel(axes_of(LIGHT, 5, 3), curves(values), LIGHT)
    panel.show(epoch)
    n = int(epoch) + 1
    colours = layer_colours((0.0, 0.5, 1.0), LIGHT)
    for (_, line, dot), row, colour in zip(panel.lines, values, colours, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), row[:n])
        np.testing.assert_array_equal(dot.get_data(), [[int(epoch)], [row[n - 1]]])
        assert to_rgba(line.get_color()) == to_rgba(colour)
    faint = [line for line in panel.axes.lines if line.get_alpha() == 0.28]
    for line, row in zip(faint, values, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), row)
    assert panel.moving == [*(line for _, line, _ in panel.lines), *(dot for *_, dot in panel.lines)]


def test_a_norm_of_0_stands_at_the_bottom_with_a_tick_of_its_own() -> None:
    values = [[1e-6, 0, 1e-5, np.nan], [1, 10, np.inf, 0.1]]
    panel = LayerCurvesPanel(axes_of(LIGHT, 5, 3), curves(values, LOGARITHMIC), LIGHT)
    panel.show(5)
    low, high = panel.axes.get_ylim()
    assert low < 1e-6 / 1.7 and 10 < high < 100
    (_, first, _), (_, second, _) = panel.lines
    np.testing.assert_allclose(first.get_ydata(), [1e-6, low, 1e-5, np.nan])
    np.testing.assert_allclose(second.get_ydata(), [1, 10, np.nan, 0.1])
    assert panel.axes.get_yticks()[0] == low
    assert panel.axes.yaxis.get_major_formatter()(low, 0) == "0"


@pytest.mark.slow
@pytest.mark.parametrize("value", [0.0, np.nan])
@pytest.mark.parametrize("scale", [LINEAR, LOGARITHMIC, PERCENT])
def test_nothing_to_draw_is_drawn_as_nothing(scale: str, value: float) -> None:
    axes = axes_of(DARK, 2.6, 1.8)
    with DARK.applied():
        LayerCurvesPanel(axes, curves([[value] * 3] * 7, scale, target=1.0), DARK).show(2)
    assert faults(axes.figure, DARK) == []


def test_the_target_is_within_the_axis_and_ends_with_the_epochs() -> None:
    panel = LayerCurvesPanel(axes_of(LIGHT, 5, 3), curves([[1e-3, 2e-3]], LOGARITHMIC, target=1.0), LIGHT)
    low, high = panel.axes.get_ylim()
    assert low < 1e-3 and high > 1
    target = next(line for line in panel.axes.lines if list(line.get_ydata()) == [1.0, 1.0])  # type: ignore[call-overload]
    assert list(target.get_xdata()) == [0, 5]  # type: ignore[call-overload]


def test_a_second_quantity_is_dashed_in_the_layers_colour() -> None:
    one = Curve("hidden_1", np.arange(3), np.ones(3))
    content = curves([[1, 2, 3]])
    line = content.lines[0]
    second = type(line)(0, one, dashed=True)
    panel = LayerCurvesPanel(
        axes_of(LIGHT, 5, 3), LayerCurves("T", content.names, (0.0,), (line, second), (0, 5)), LIGHT
    )
    styles = [line.get_linestyle() for _, line, _ in panel.lines]
    assert styles == ["-", "--"]
    assert panel.lines[0][1].get_color() == panel.lines[1][1].get_color()


def test_a_short_logarithmic_axis_has_ticks_between_its_decades() -> None:
    assert decade_ticks(-6, 0) == [1e-6, 1e-4, 1e-2, 1]
    assert decade_ticks(-1.2, 0.2) == [0.1, 1]
    np.testing.assert_allclose(decade_ticks(-0.7, 0.6), [0.3, 1, 3])
    np.testing.assert_allclose(decade_ticks(0.1, 0.8), [2, 5])


def test_names_are_spread_as_near_as_can_be_to_their_lines() -> None:
    np.testing.assert_allclose(spread([0.1, 0.5, 0.9], 0.1, 0, 1), [0.1, 0.5, 0.9])
    np.testing.assert_allclose(spread([0.5, 0.5, 0.5], 0.1, 0, 1), [0.4, 0.5, 0.6])
    np.testing.assert_allclose(spread([0, 0, 0.05, 1], 0.1, 0, 1), [0, 0.1, 0.2, 1])
    rng = np.random.default_rng(0)
    for _ in range(50):
        heights = spread(sorted(rng.random(7)), 0.12, 0.05, 0.95)
        assert (np.diff(heights) >= 0.12 - 1e-9).all() and heights[0] >= 0.05 and heights[-1] <= 0.95 + 1e-9


# Transfers


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("size", [(1.3, 1.0), (3.0, 2.0), (6.0, 4.0)])
def test_a_transfer_keeps_its_histograms_in_their_bands_and_its_numbers_apart(
    make_run: Any, activation: str, size: Any
) -> None:
    view = Transfer(Replay(make_run(units=(2, 20, 1), activation=activation)).evaluation, "hidden")
    axes = axes_of(LIGHT, *size)
    with LIGHT.applied():
        panel = TransferPanel(axes, view, LIGHT)
    for epoch in (0, 4):
        panel.show(epoch)
        frame = view.at(epoch)
        beside, below = panel.after.get_xy(), panel.before.get_xy()
        assert (beside[:, 0] >= view.before.limits[1]).all() and (below[:, 1] <= view.after.limits[0]).all()
        low, high = view.after.ranges[0]
        assert (beside[:, 1] >= low - 1e-6).all() and (beside[:, 1] <= high + 1e-6).all()
        length = np.ptp(panel.zeros.get_xdata())
        zero = (replay_activations(view, epoch) == 0).mean()
        assert frame.after.zero[0] == pytest.approx(zero)
        assert (length > 0) == (zero > 0)
        told = panel.told.get_text().partition("\n")[0]
        assert told in ("", percent(frame.flat))
        assert size[0] < 3 or told
        axes.set_title("", loc="left")
        assert faults(axes.figure, LIGHT) == []


def replay_activations(view: Transfer, epoch: float) -> Any:
    evaluation = view.evaluation
    return evaluation.activations(view.layer, evaluation.inputs, [epoch])
