"""Lines of units and linear regions on a page: their numbers are NumPy's, and a switch leaves them out."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from playwright.sync_api import expect

from replay import Replay, RunDescription, RunWriter, dense
from replay.views.linear_regions import LinearRegions
from replay.views.shared.geometry import Limits
from replay.views.units import Units
from tests.browser.conftest import Open, Opened, save_page

pytestmark = pytest.mark.slow
CLOSE = 1e-4
EPOCHS = (0.0, 1.0, 1.25, 2.0)
LIMITS = Limits((-3.0, 2.0), (-2.0, 2.5))
GIVEN = f"[[{LIMITS.x[0]}, {LIMITS.x[1]}], [{LIMITS.y[0]}, {LIMITS.y[1]}]]"
RUN = "boundaryReplay.runs[0]"
PIECEWISE = [
    ((2, 8, 6, 1), "relu"),
    ((2, 16, 16, 16, 1), "relu"),
    ((2, 6, 4, 1), "hard_tanh"),
    ((2, 7, 5, 3), "leaky_relu"),
]
CURVED = [((2, 5, 4, 1), "tanh"), ((2, 4, 2), "sigmoid")]
ARRAYS = """((lines) => [
  lines.first.map((each) => [each.unit, ...each.ends, ...each.flat.flatMap((one) => [...one])]),
  lines.first.map((each) => [...each.normal, each.strength, Number(each.dead), each.twin]),
  lines.deeper.map((each) => [each.layer, each.unit, [...each.segments]]),
  lines.boundary && lines.boundary.map((each) => [...each]), lines.kinks && [...lines.kinks]])"""


def made(path: Path, units: tuple[int, ...], activation: str) -> Replay:
    """A run with random weights, three snapshots."""
    rng = np.random.default_rng(sum(units))
    binary = units[-1] == 1
    loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
    functions = [*[activation] * (len(units) - 2), "sigmoid" if binary else "softmax"]
    layers = tuple(
        dense(f"layer {number}", *pair, function)
        for number, (pair, function) in enumerate(zip(itertools.pairwise(units), functions, strict=True))
    )
    description = RunDescription(layers=layers, loss={"name": loss})
    inputs = rng.normal(size=(60, 2)).astype(np.float32)
    with RunWriter(path, description, inputs, rng.integers(0, max(2, units[-1]), 60)) as writer:
        for epoch in range(3):
            weights = [rng.normal(0, 1.2, weight.shape) for _, weight in description.weight_paths]
            weights[0][:, 3] = -2 * weights[0][:, 1]  # twins, where the activation lets them be
            weights[1][3] = -2 * weights[1][1]
            weights[2][epoch] = 0  # a unit that no later layer reads
            writer.snapshot(epoch, weights)
    return Replay(path)


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path, open_page: Open) -> tuple[Replay, Opened]:
    """A run of these units and activation, and its page."""
    replay = made(tmp_path / "run.h5", *request.param)
    return replay, open_page(save_page(replay.recording.path, tmp_path / "page.html"), "#epoch=0")


def segments_of(values: Any) -> NDArray[Any]:
    """Segments (n, 4), each from its left end to its right one."""
    ends = np.asarray(values, dtype=float).reshape(-1, 2, 2)
    order = np.lexsort((ends[:, :, 1].round(5), ends[:, :, 0].round(5)), axis=1)
    return np.take_along_axis(ends, order[:, :, None], axis=1).reshape(-1, 4)


def assert_alike(found: NDArray[Any], expected: NDArray[Any], what: str) -> None:
    """As many rows, each close to one of the others."""
    assert len(found) == len(expected), what
    if len(found):
        apart = np.abs(found[:, None] - expected[None]).max(axis=-1)
        assert apart.min(axis=0).max() < CLOSE and apart.min(axis=1).max() < CLOSE, what


def away(points: NDArray[Any], segments: NDArray[Any]) -> NDArray[Any]:
    """How far each of the points (n, 2) is from the nearest segment."""
    start, along = segments[:, :2], segments[:, 2:] - segments[:, :2]
    share = ((points[:, None] - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    return np.hypot(*np.moveaxis(points[:, None] - nearest, -1, 0)).min(axis=1)


@pytest.mark.parametrize("opened", [*PIECEWISE, *CURVED], indirect=True)
def test_lines_of_the_first_layer_are_those_of_numpy(opened: tuple[Replay, Opened]) -> None:
    replay, page = opened
    view = Units(replay.evaluation)
    for epoch in EPOCHS:
        first, looks, *_ = page.page.evaluate(f"{ARRAYS}({RUN}.units({epoch}, {GIVEN}, false))")
        lines = view.of_units.at(epoch, LIMITS).first
        assert [unit for unit, *_ in first] == [line.unit for line in lines]
        for (_, *found), look, line in zip(first, looks, lines, strict=True):
            own = np.empty((0, 4)) if line.ends is None else segments_of(line.ends)
            expected = np.concatenate([own, segments_of(line.flat)])
            assert_alike(segments_of(found), expected, f"unit {line.unit}")
            *numbers, twin = look
            np.testing.assert_allclose(numbers, [*line.normal, line.strength, line.dead], atol=CLOSE)
            assert twin == line.twin


@pytest.mark.parametrize("opened", PIECEWISE, indirect=True)
def test_deeper_lines_boundary_and_kinks_are_those_of_numpy(opened: tuple[Replay, Opened]) -> None:
    replay, page = opened
    view = Units(replay.evaluation)
    n_kinks = 0
    for epoch in EPOCHS:
        *_, deeper, boundary, kinks = page.page.evaluate(f"{ARRAYS}({RUN}.units({epoch}, {GIVEN}, true))")
        lines = view.at(epoch, LIMITS).lines
        assert [each[:2] for each in deeper] == [[line.layer, line.unit] for line in lines.deeper]
        for (*_, found), line in zip(deeper, lines.deeper, strict=True):
            assert_alike(segments_of(found), segments_of(line.segments), f"{line.layer} {line.unit}")
        assert lines.boundary is not None and lines.kinks is not None
        assert_alike(np.reshape(kinks, (-1, 2)), lines.kinks, "kinks")
        n_kinks += len(lines.kinks)
        # Where more than two classes may lead, a straight piece may be in two parts.
        parts, whole = segments_of(boundary), segments_of(lines.boundary)
        lengths = [np.hypot(*(each[:, 2:] - each[:, :2]).T).sum() for each in (parts, whole)]
        assert lengths[0] == pytest.approx(lengths[1], abs=CLOSE)
        if len(whole):
            assert away(parts.reshape(-1, 2), whole).max() < CLOSE
            assert away(whole.reshape(-1, 2), parts).max() < CLOSE
    assert n_kinks > 2


@pytest.mark.parametrize("opened", PIECEWISE, indirect=True)
def test_linear_regions_are_those_of_numpy(opened: tuple[Replay, Opened]) -> None:
    replay, page = opened
    view = LinearRegions(replay.evaluation)
    page.page.locator(".choices select").first.select_option("linear-regions")
    for epoch in EPOCHS:
        frame = view.at(epoch)
        limits = f"{RUN}.limits({{layer: null}})"
        slopes = page.floats(f"{RUN}.linearRegions({epoch}, {limits}).slopes").reshape(-1, 2)
        assert len(slopes) == frame.count
        np.testing.assert_allclose(slopes, frame.slopes, rtol=1e-3, atol=CLOSE)
        page.page.evaluate(f"boundaryReplay.stage.clock.show({epoch}); boundaryReplay.draw()")
        expect(page.page.locator(".plane .title")).to_have_text(f"{frame.count} linear regions")


@pytest.mark.parametrize("opened", [((2, 6, 5, 1), "tanh")], indirect=True)
def test_lines_of_deeper_units_of_a_network_that_curves(opened: tuple[Replay, Opened]) -> None:
    """Within half a pixel of a plane of 400 pixels."""
    replay, page = opened
    network = replay.evaluation.network
    for epoch in EPOCHS:
        weights = replay.evaluation.at(epoch).weights
        *_, deeper, boundary, kinks = page.page.evaluate(f"{ARRAYS}({RUN}.units({epoch}, {GIVEN}, true))")
        assert (boundary, kinks, len(deeper)) == (None, None, 5)
        for layer, unit, segments in deeper:
            points = np.reshape(segments, (-1, 2)).astype(np.float32)
            step = 1e-2 * np.eye(2, dtype=np.float32)
            z, right, up = (
                network.evaluate(points + move, weights, layer, before_activation=True)[0, :, unit]
                for move in (0 * step[0], step[0], step[1])
            )
            slope = np.hypot(right - z, up - z) / 1e-2
            assert (np.abs(z) / slope).max(initial=0) < 5 / 400 / 2


def picture(page: Opened) -> str:
    return page.page.evaluate("document.querySelector('.plane canvas').toDataURL()")


def switch_of(page: Opened) -> Any:
    return page.page.get_by_role("button", name="Show the lines of units")


@pytest.mark.parametrize("opened", [((2, 6, 1), "relu"), ((2, 20, 1), "tanh")], indirect=True)
def test_a_switch_shows_them_and_a_link_keeps_it(
    opened: tuple[Replay, Opened], tmp_path: Path, open_page: Open
) -> None:
    replay, page = opened
    at_first = replay.evaluation.shapes["layer 0"][0] <= 16
    page.page.locator(".choices select").first.select_option("decision-boundary")
    page.settle()
    switch = switch_of(page)
    expect(switch).to_have_attribute("aria-pressed", str(at_first).lower())
    before = picture(page)
    page.page.keyboard.press("u")
    page.settle()
    expect(switch).to_have_attribute("aria-pressed", str(not at_first).lower())
    assert picture(page) != before
    link = page.page.evaluate("location.hash")
    assert f"unit-lines={'no' if at_first else 'yes'}" in link
    switch.click()
    page.settle()
    assert picture(page) == before
    again = open_page(tmp_path / "page.html", link)
    expect(switch_of(again)).to_have_attribute("aria-pressed", str(not at_first).lower())
    again.page.locator(".choices select").first.select_option("losses")
    expect(switch_of(again)).to_be_hidden()


def test_a_page_has_the_views_that_its_network_has(tmp_path: Path, open_page: Open) -> None:
    for name, units, activation, regions in (("a", (2, 4, 1), "relu", True), ("b", (2, 4, 1), "tanh", False)):
        replay = made(tmp_path / f"{name}.h5", units, activation)
        page = open_page(save_page(replay.recording.path, tmp_path / f"{name}.html"), "#epoch=1")
        views = page.page.locator(".choices select").first.locator("option")
        offered = views.evaluate_all("(all) => all.map((each) => each.value)")
        assert ("units" in offered, "linear-regions" in offered) == (True, regions)


@pytest.mark.parametrize("view", ["units", "linear-regions", "decision-boundary"])
@pytest.mark.parametrize("opened", [((2, 6, 4, 3), "relu")], indirect=True)
def test_they_can_be_used_by_touch_and_by_those_who_do_not_see(
    opened: tuple[Replay, Opened], view: str, tmp_path: Path, open_page: Open
) -> None:
    small = {"has_touch": True, "viewport": {"width": 320, "height": 640}, "bypass_csp": True}
    for options in ({"bypass_csp": True}, small):
        page = open_page(tmp_path / "page.html", f"#epoch=1&view={view}", **options)
        assert Axe().run(page.page).response["violations"] == []
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if view == "decision-boundary" and "has_touch" in options:
            switch_of(page).tap()
            expect(switch_of(page)).to_have_attribute("aria-pressed", "false")
