"""The network's diagram on the page: what a reader learns from it, units taken away, and a single neuron."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from replay import Replay, datasets
from replay.drawing.style import LIGHT
from replay.runs.without import without
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun, maker_of_runs

pytestmark = pytest.mark.slow

UNITS = (2, 3, 2, 1)
EPOCH = 4
CLOSE = 1e-4
TAKEN = "boundaryReplay.runs.map((run) => run.diagram.taken)"
NODE = """([number, column, unit]) => {
  const panel = boundaryReplay.panels().filter((each) => each.diagram)[number];
  panel.canvas.scrollIntoView({ block: "center" });
  const box = panel.canvas.getBoundingClientRect();
  const { x, y } = panel.picture.places[column];
  return [box.left + panel.margins.left + x, box.top + panel.margins.top + y[unit]];
}"""

# Pixels of the input plane, in its coordinates.
SCALED = """(() => {
  const { x, y, margins, ratio } = boundaryReplay.panels().find((each) => each.scene);
  const [columns, rows] = argument;
  return [
    ...columns.map((at) => x.invert((at + 0.5) / ratio - margins.left)),
    ...rows.map((at) => y.invert((at + 0.5) / ratio - margins.top)),
  ];
})()"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a network with two hidden layers, and held-out samples."""
    make = maker_of_runs(tmp_path_factory.mktemp("units"))
    return make(units=UNITS, n_snapshots=6, run="deep", held_out=datasets.parabola(10))


@pytest.fixture(scope="module")
def page(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_page(run, tmp_path_factory.mktemp("page") / "page.html")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of two runs."""
    folder = tmp_path_factory.mktemp("two")
    make = maker_of_runs(folder)
    return save_page([make(f"{n}.h5", run=f"run/{n}", seed=n) for n in range(2)], folder / "two.html")


def node(opened: Opened, column: int, unit: int, number: int = 0) -> tuple[float, float]:
    """The middle of a node on the screen."""
    x, y = opened.page.evaluate(NODE, [number, column, unit])
    return x, y


def layer_names(run: Path) -> list[str]:
    return [layer.name for layer in Replay(run).recording.description.layers]


def losses(opened: Opened) -> Any:
    return opened.floats(f"boundaryReplay.runs[0].answers({EPOCH}).losses")


def expected(run: Path, taken: dict[str, Any]) -> Any:
    return without(Replay(run).evaluation, taken).at(EPOCH).losses


def test_a_click_takes_a_unit_away_and_another_brings_it_back(run: Path, page: Path, open_page: Open) -> None:
    opened = open_page(page, f"#epoch={EPOCH}&view=network")
    first = layer_names(run)[0]
    whole = losses(opened)
    opened.page.mouse.click(*node(opened, 1, 1))
    opened.settle()
    assert opened.page.evaluate(TAKEN) == [{first: [2]}]
    note = opened.page.locator(".without")
    expect(note).to_contain_text(f"without unit 2 of “{first}”")
    np.testing.assert_allclose(losses(opened), expected(run, {first: 2}), atol=CLOSE)
    held_out = opened.floats(f"boundaryReplay.runs[0].heldOut.answers({EPOCH}).losses")
    reduced = without(Replay(run).evaluation, {first: 2}).held_out
    assert reduced is not None
    np.testing.assert_allclose(held_out, reduced.at(EPOCH).losses, atol=CLOSE)
    right = 100 * reduced_accuracy(run, {first: 2})
    expect(note).to_contain_text(f"{right:.0f}% right")
    assert f"without={first}:2" in opened.page.url
    opened.page.mouse.click(*node(opened, 1, 1))
    opened.settle()
    expect(note).to_be_hidden()
    np.testing.assert_array_equal(losses(opened), whole)


def reduced_accuracy(run: Path, taken: dict[str, Any]) -> float:
    moment = without(Replay(run).evaluation, taken).at(EPOCH)
    return float(moment.correct.mean())


def test_units_are_taken_away_by_keys(run: Path, page: Path, open_page: Open) -> None:
    opened = open_page(page, f"#epoch={EPOCH}&view=network")
    first, second, _ = layer_names(run)
    told = opened.page.locator(".told")
    opened.page.locator(".network canvas").focus()
    press = opened.page.keyboard.press
    press("ArrowRight")
    expect(told).to_contain_text("x₁")
    press("ArrowRight")  # along an edge …
    press("ArrowDown")  # … to another of the same node …
    expect(told).to_contain_text(f"x₁ → unit 2 of “{first}”")
    weight = Replay(run).recording.weights_at(EPOCH)[0][0][0, 1]
    expect(told).to_contain_text(f"weight {'−' if weight < 0 else ''}{abs(weight):.3g}")
    press("ArrowRight")  # … to its end
    expect(told).to_contain_text(f"unit 2 of “{first}”, bias")
    press("Enter")
    assert opened.page.evaluate(TAKEN) == [{first: [2]}]
    press("ArrowRight")
    press("ArrowRight")
    press("Space")
    assert opened.page.evaluate(TAKEN) == [{first: [2], second: [2]}]
    np.testing.assert_allclose(losses(opened), expected(run, {first: 2, second: 2}), atol=CLOSE)
    press("ArrowLeft")
    press("ArrowUp")
    expect(told).to_contain_text(f"unit 1 of “{first}” → unit 2 of “{second}”")
    assert opened.epoch() == EPOCH  # the arrow keys did not move the clock
    opened.page.get_by_role("button", name="Bring all back").click()
    assert opened.page.evaluate(TAKEN) == [{}]


def test_units_are_taken_away_by_touch(run: Path, page: Path, open_page: Open) -> None:
    opened = open_page(
        page, f"#epoch={EPOCH}&view=network", viewport={"width": 320, "height": 640}, has_touch=True
    )
    opened.page.touchscreen.tap(*node(opened, 2, 0))
    opened.settle()
    assert opened.page.evaluate(TAKEN) == [{layer_names(run)[1]: [1]}]
    opened.page.touchscreen.tap(*node(opened, 3, 0))  # of the output nothing can be taken away
    opened.settle()
    assert opened.page.evaluate(TAKEN) == [{layer_names(run)[1]: [1]}]
    expect(opened.page.locator(".told")).to_contain_text("cannot be taken away")


def test_an_edge_tells_its_weight_where_the_pointer_is(run: Path, page: Path, open_page: Open) -> None:
    opened = open_page(page, f"#epoch={EPOCH}&view=network")
    (x0, y0), (x1, y1) = node(opened, 2, 1), node(opened, 3, 0)
    opened.page.mouse.move(x0 + 0.5 * (x1 - x0), y0 + 0.5 * (y1 - y0))
    told = opened.page.locator(".told")
    weights = Replay(run).recording.weights_at(EPOCH)
    value = weights[4][0][1, 0]
    expect(told).to_contain_text(f"weight {'−' if value < 0 else ''}{abs(value):.3g}")
    a = Replay(run).evaluation.at(EPOCH).activations(layer_names(run)[1])[:, 1]
    expect(told).to_contain_text(f"mean |a·w| {np.abs(a * value).mean():.3g}".rstrip("0"))
    expect(opened.page.locator(".sparkline")).to_be_visible()
    opened.page.get_by_label("What the diagram shows").select_option("changes")
    opened.page.mouse.move(x0 + 0.4 * (x1 - x0), y0 + 0.4 * (y1 - y0))
    before = Replay(run).recording.weights_at(EPOCH - 1)[4][0][1, 0]
    change = value - before
    expect(told).to_contain_text(f"change {'−' if change < 0 else ''}{abs(change):.3g}"[:13])
    assert "quantity=changes" in opened.page.url


def test_the_link_holds_what_is_taken_away_from_which_run(two: Path, open_page: Open) -> None:
    opened = open_page(two, "#epoch=1&view=network")
    opened.page.mouse.click(*node(opened, 1, 1, number=1))
    opened.settle()
    layer = opened.page.evaluate("boundaryReplay.runs[0].diagram.columns[1].layers[0]")
    assert opened.page.evaluate(TAKEN) == [{}, {layer: [2]}]
    expect(opened.page.locator(".without")).to_contain_text("run/1: without unit 2")
    again = open_page(two, "#" + opened.page.url.partition("#")[2])
    assert again.page.evaluate(TAKEN) == [{}, {layer: [2]}]
    odd = open_page(two, f"#without=run/0/{layer}:7&without=nonsense&without=run/1/{layer}:1,2")
    assert odd.page.evaluate(TAKEN) == [{}, {layer: [1, 2]}]


def test_every_view_is_of_the_network_without_the_unit(run: Path, page: Path, open_page: Open) -> None:
    first = layer_names(run)[0]
    opened = open_page(page, f"#epoch={EPOCH}&without={first}:1&view=decision-boundary")
    lines = opened.page.evaluate("boundaryReplay.panels()[0].scene.boundary.map((line) => [...line])")
    reduced = without(Replay(run).evaluation, {first: 1}).at(EPOCH)
    for line in lines:
        probabilities = reduced.answers_of(np.reshape(line, (-1, 2)).astype(np.float32)).probabilities
        np.testing.assert_allclose(probabilities[:, 1], 0.5, atol=0.01)
    opened.page.evaluate("boundaryReplay.stage.view = 'curves'; boundaryReplay.stage.changed('layout')")
    expect(opened.page.locator(".without")).to_contain_text(
        "Curves, milestones and views of layers are of the whole"
    )


def test_a_unit_that_is_pointed_at_has_its_line_in_the_input_plane(
    run: Path, page: Path, open_page: Open
) -> None:
    opened = open_page(page, f"#epoch={EPOCH}&view=network")
    kernel, bias = (weight[0] for weight in Replay(run).recording.weights_at(EPOCH)[:2])
    unit = int(np.argmin(np.abs(bias) / np.linalg.norm(kernel, axis=0)))  # its line is nearest to the origin
    opened.page.mouse.move(*node(opened, 1, unit))
    opened.settle()
    colour = list(bytes.fromhex(LIGHT.unit_colour(unit)[1:]))
    rows, columns = np.nonzero((np.abs(opened.pixels()[..., :3].astype(int) - colour) < 8).all(axis=-1))
    assert len(rows) > 200
    x, y = opened.floats(SCALED, [columns.tolist(), rows.tolist()]).reshape(2, -1)
    z = kernel[0, unit] * x + kernel[1, unit] * y + bias[unit]
    assert np.quantile(np.abs(z) / np.linalg.norm(kernel[:, unit]), 0.95) < 0.03


def test_a_run_of_arrays_has_no_diagram(tmp_path: Path, make_run: MakeRun, open_page: Open) -> None:
    data = np.random.default_rng(0).uniform(-1, 1, (40, 2)).astype(np.float32), np.arange(40) % 2
    many = save_page(make_run(units=(2, 3000, 100, 1), data=data, n_snapshots=2), tmp_path / "page.html")
    opened = open_page(many, "#view=network")
    assert not opened.page.evaluate("boundaryReplay.runs[0].asks")
    assert opened.page.evaluate("boundaryReplay.stage.view") == "dashboard"


# A neuron


def test_a_neuron_is_chosen_and_told(run: Path, page: Path, open_page: Open) -> None:
    opened = open_page(page, f"#epoch={EPOCH}&view=neuron")
    first, _, last = layer_names(run)
    units = opened.page.get_by_label("Unit", exact=True)
    texts = units.locator("option").all_inner_texts()
    # Three units are no plane, so that the second layer, which reads them, has no neurons to look at.
    assert texts == [*(f"unit {n} of “{first}”" for n in (1, 2, 3)), f"unit 1 of “{last}”"]
    units.select_option(label=f"unit 2 of “{first}”")
    opened.settle()
    kernel, bias = (weight[0] for weight in Replay(run).recording.weights_at(EPOCH)[:2])
    expect(opened.page.locator(".plane .title")).to_have_text(f"Unit 2 of “{first}”")
    for number in (*kernel[:, 1], bias[1]):
        expect(opened.page.locator(".plane .aside")).to_contain_text(f"{abs(number):.2f}")
    assert f"unit={first}:2" in opened.page.url
    label = opened.page.locator(".threshold canvas").get_attribute("aria-label")
    assert label is not None and "right" in label and "wrong" in label


# Looks


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("view", ["network", "neuron"])
def test_it_fits_and_is_accessible(width: int, view: str, run: Path, page: Path, open_page: Open) -> None:
    first = layer_names(run)[0]
    link = f"#epoch={EPOCH}&view={view}&without={first}:2"
    opened = open_page(page, link, viewport={"width": width, "height": 720})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = opened.page.locator(".panel, .without, .choices > :not([hidden])").evaluate_all(
        "(all) => all.map((it) => it.getBoundingClientRect()).map((b) => [b.left, b.right, b.top, b.bottom])"
    )
    scrolled = opened.page.locator(".seen").bounding_box()
    assert scrolled is not None
    for number, (left, right, top, bottom) in enumerate(boxes):
        assert 0 <= left < right <= width
        assert bottom > top
        for other in boxes[number + 1 :]:
            beside = right <= other[0] + 1 or other[1] <= left + 1
            apart = beside or bottom <= other[2] + 1 or other[3] <= top + 1
            assert apart or other[2] >= scrolled["y"] + scrolled["height"], "two boxes overlap"
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()


def test_three_runs_with_their_diagrams_take_no_longer_than_a_frame(
    tmp_path: Path, make_run: MakeRun, open_page: Open
) -> None:
    paths = [make_run(f"{n}.h5", run=f"run {n}", seed=n, units=(2, 8, 2, 1)) for n in range(3)]
    opened = open_page(save_page(paths, tmp_path / "page.html"), "#epoch=0&view=network")
    milliseconds = opened.page.evaluate(
        """() => {
          const took = Array.from({ length: 20 }, (_, i) => {
            boundaryReplay.stage.clock.show(i / 15);
            const start = performance.now();
            boundaryReplay.draw();
            return performance.now() - start;
          });
          return took.sort((a, b) => a - b)[5];
        }"""
    )
    assert milliseconds < 33
