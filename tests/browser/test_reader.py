"""What a reader can do with the page, and what happens then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from replay import Replay
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun, maker_of_runs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three runs of the same samples, with 11 snapshots each."""
    folder = tmp_path_factory.mktemp("runs")
    make = maker_of_runs(folder)
    paths = [
        make(f"{name}.h5", activation=name, n_snapshots=11, seed=seed, scenario="mine", run=name)
        for seed, name in enumerate(("sigmoid", "tanh", "relu"))
    ]
    return save_page(paths, folder / "runs.html")


def place(canvas: Locator, x: float, y: float) -> dict[str, Any]:
    """A point of a panel as shares of its canvas, for clicks."""
    box = canvas.bounding_box()
    assert box is not None
    return {"x": x * box["width"], "y": y * box["height"]}


def sample_at(opened: Opened, plane: int, sample: int) -> tuple[float, float]:
    """Where a sample is on the screen, by the panel's own scales."""
    x, y = opened.page.evaluate(
        """([number, sample]) => {
          const panel = boundaryReplay.panels().filter((each) => each.scene)[number];
          const box = panel.canvas.getBoundingClientRect();
          const { points } = panel.scene;
          return [
            box.left + panel.margins.left + panel.x(points[2 * sample]),
            box.top + panel.margins.top + panel.y(points[2 * sample + 1]),
          ];
        }""",
        [plane, sample],
    )
    return x, y


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Epoch")


# The clock


def test_the_page_plays_when_it_is_seen_and_stops_at_the_end(single: Path, open_page: Open) -> None:
    opened = open_page(single)
    expect(opened.page.get_by_role("button", name="Pause")).to_be_visible()
    opened.page.get_by_label("Speed").select_option("4")
    opened.until("boundaryReplay.stage.epoch > 5")
    expect(opened.page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=8000)
    assert opened.epoch() == 10


def test_it_plays_on_a_phone_too_where_the_views_are_taller_than_the_window(
    runs: Path, open_page: Open
) -> None:
    opened = open_page(runs, viewport={"width": 320, "height": 640})
    opened.until("boundaryReplay.stage.clock.playing")


def test_a_reader_who_wants_no_motion_is_shown_the_end(single: Path, open_page: Open) -> None:
    opened = open_page(single, reduced_motion="reduce")
    opened.page.wait_for_timeout(300)
    assert opened.epoch() == 10
    expect(opened.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    smooth = opened.page.get_by_role("button", name="Move smoothly between snapshots")
    expect(smooth).to_have_attribute("aria-pressed", "false")


def test_keys_step_and_jump(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=4")
    for key, epoch in (("ArrowRight", 5), ("ArrowLeft", 4), ("Home", 0), ("ArrowLeft", 0), ("End", 10)):
        opened.page.keyboard.press(key)
        opened.settle()
        assert opened.epoch() == epoch, key


def test_space_plays_and_pauses(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=0")
    opened.page.keyboard.press("Space")
    opened.until("boundaryReplay.stage.epoch > 0.5")
    opened.page.keyboard.press("Space")
    opened.settle()
    paused = opened.epoch()
    opened.page.wait_for_timeout(200)
    assert opened.epoch() == paused
    assert paused % 1 != 0  # smooth motion comes to rest between snapshots


def test_the_counter_does_not_flicker_while_it_plays(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=0")
    opened.page.keyboard.press("Space")
    seen = set()
    for _ in range(15):
        opened.settle()
        seen.add(opened.page.locator(".epoch").inner_text())
    assert seen <= {f"epoch {epoch}" for epoch in range(11)}


def test_motion_that_is_not_smooth_shows_snapshots_only(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=0")
    opened.page.keyboard.press("s")
    opened.page.keyboard.press("Space")
    seen = {opened.page.evaluate("new Promise((d) => setTimeout(() => d(boundaryReplay.stage.epoch), 60))")}
    for _ in range(15):
        opened.settle()
        seen.add(opened.epoch())
    assert len(seen) > 1
    assert all(float(epoch).is_integer() for epoch in seen)


def test_a_loop_begins_anew(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=9.5")
    opened.page.keyboard.press("l")
    opened.page.keyboard.press("Space")
    opened.until("boundaryReplay.stage.epoch === 10")
    opened.until("boundaryReplay.stage.epoch < 5 && boundaryReplay.stage.clock.playing")


def test_the_slider_scrubs(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=0")
    slider(opened.page).fill("7.25")
    opened.settle()
    assert opened.epoch() == pytest.approx(7.25)
    expect(slider(opened.page)).to_have_attribute("aria-valuetext", "epoch 7.3")
    expect(opened.page.locator(".epoch")).to_have_text("epoch 7.3")


def test_milestones_are_marked_named_and_gone_to(single: Path, make_run: MakeRun, open_page: Open) -> None:
    milestones = Replay(make_run(n_snapshots=11)).milestones()
    opened = open_page(single, "#epoch=0")
    marks = opened.page.locator(".milestone")
    assert len(milestones) > 0
    expect(marks).to_have_count(len(milestones))
    for number, milestone in enumerate(milestones):
        name = f"Epoch {milestone.epoch:g}: {milestone.text}"
        assert name in marks.evaluate_all("(marks) => marks.map((mark) => mark.title)")
        marks.nth(number).press("Enter")
        opened.settle()
        assert opened.epoch() in [each.epoch for each in milestones]


# What is pointed at


def test_a_sample_under_the_pointer_is_told_in_numbers(
    single: Path, make_run: MakeRun, open_page: Open
) -> None:
    replay = Replay(make_run(n_snapshots=11))
    opened = open_page(single, "#epoch=6")
    for plane in (0, 1):
        opened.page.mouse.move(*sample_at(opened, plane, 41))
        opened.settle()
        hovered = opened.page.evaluate("boundaryReplay.stage.hover.sample")
        row = opened.page.locator(".readout tbody tr")
        expect(row).to_contain_text(f"sample {hovered}")
        expect(row.locator("td").nth(1)).to_have_text(f"{replay.probabilities(epochs=[6])[0, hovered]:.3f}")
        loss = float(row.locator("td").nth(2).inner_text().replace("−", "-"))
        assert loss == pytest.approx(replay.losses(epochs=[6])[0, hovered], rel=0.01)
    opened.page.mouse.move(5, 5)
    opened.settle()
    expect(opened.page.locator(".hint")).to_be_visible()


def test_a_sample_is_seen_in_every_view_at_once(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=6")
    shots = """() => [...document.querySelectorAll(".panel:not(.curves) canvas")].map((c) => c.toDataURL())"""
    before = opened.page.evaluate(shots)
    opened.page.mouse.move(*sample_at(opened, 1, 41))
    opened.settle()
    changed = [one != other for one, other in zip(before, opened.page.evaluate(shots), strict=True)]
    label = opened.page.evaluate(
        "boundaryReplay.runs[0].labels[boundaryReplay.stage.hover.sample]",
    )
    # Both planes, the histogram of its own class and that of losses; not the other class.
    assert changed == [True, True, label == 0, label == 1, True]


def test_a_click_places_a_probe_whose_probability_is_the_networks(
    single: Path, make_run: MakeRun, open_page: Open
) -> None:
    replay = Replay(make_run(n_snapshots=11))
    opened = open_page(single, "#epoch=3&probe=0.25,-0.75")
    cells = opened.page.locator(".readout tbody td")
    for epoch in (3, 8):
        slider(opened.page).fill(str(epoch))
        opened.settle()
        expected = replay.probabilities(np.array([[0.25, -0.75]], np.float32), epochs=[epoch])[0, 0]
        assert float(cells.nth(1).inner_text()) == pytest.approx(expected, abs=1e-3)
    canvas = opened.page.locator(".plane canvas").nth(1)
    canvas.click(position=place(canvas, 0.5, 0.9))
    opened.page.mouse.move(5, 5)
    opened.settle()
    expect(opened.page.locator(".readout tbody tr")).to_have_count(2)
    assert "probe=" in opened.page.url
    opened.page.keyboard.press("Escape")
    opened.settle()
    expect(opened.page.locator(".readout tbody tr")).to_have_count(0)


def test_a_rectangle_follows_the_samples_in_it(single: Path, make_run: MakeRun, open_page: Open) -> None:
    replay = Replay(make_run(n_snapshots=11))
    inputs = replay.recording.inputs
    opened = open_page(single, "#epoch=6")
    box = opened.page.locator(".plane canvas").nth(1).bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + 41, box["y"] + 7)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + (40 + box["width"] - 8) / 2, box["y"] + box["height"] - 23, steps=5)
    opened.page.mouse.up()
    opened.settle()
    (x0, x1), _ = opened.page.evaluate("boundaryReplay.runs[0].limits({layer: null})")
    left = inputs[:, 0] < (x0 + x1) / 2
    members = opened.page.evaluate("[...boundaryReplay.stage.group.members]")
    assert members == left.astype(int).tolist()
    right = replay.probabilities(epochs=[6])[0] > 0.5
    share = (right == replay.recording.task.class_labels)[left].mean()
    expect(opened.page.locator(".readout tbody th")).to_have_text(f"group of {left.sum()} samples")
    told = opened.page.locator(".readout tbody td").first.inner_text()
    assert float(told.split("%")[0]) == pytest.approx(100 * share, abs=0.5)


def test_bars_and_curves_answer_to_clicks(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=6")
    negatives = opened.page.locator(".histogram canvas").first
    box = negatives.bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + 39, box["y"] + 20)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] - 9, box["y"] + 30, steps=4)
    opened.page.mouse.up()
    opened.settle()
    labels = opened.page.evaluate("[...boundaryReplay.runs[0].labels]")
    members = opened.page.evaluate("[...boundaryReplay.stage.group.members]")
    assert members == [1 - label for label in labels]  # all bars of the negatives
    curve = opened.page.locator(".curves canvas").first
    curve.click(position=place(curve, 0.99, 0.5))
    opened.settle()
    assert opened.epoch() == 10


def test_the_keyboard_reaches_a_plane(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=6")
    canvas = opened.page.locator(".plane canvas").nth(1)
    canvas.focus()
    for _ in range(3):
        canvas.press("Shift+ArrowDown")
    canvas.press("Enter")
    opened.settle()
    assert len(opened.page.evaluate("boundaryReplay.stage.probes")) == 1
    assert opened.epoch() == 6  # the arrows moved the cross, not the clock


def test_a_finger_scrolls_until_it_is_told_to_select(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=6", has_touch=True, viewport={"width": 390, "height": 800})
    canvas = opened.page.locator(".plane canvas").nth(1)
    canvas.scroll_into_view_if_needed()
    assert canvas.evaluate("(it) => getComputedStyle(it).touchAction") != "none"
    x, y = sample_at(opened, 1, 10)
    opened.page.touchscreen.tap(x, y)
    opened.settle()
    assert len(opened.page.evaluate("boundaryReplay.stage.probes")) == 1
    opened.page.get_by_role("button", name="Drag to follow a group, also by touch").click()
    assert canvas.evaluate("(it) => getComputedStyle(it).touchAction") == "none"


# What is shown


def test_runs_are_compared_on_one_clock(runs: Path, open_page: Open) -> None:
    opened = open_page(runs, "#epoch=5&run=tanh")
    column = opened.page.locator(".column")
    expect(column).to_have_count(1)
    opened.page.get_by_role("button", name="relu", exact=True).click()
    opened.page.get_by_role("button", name="sigmoid", exact=True).click()
    opened.settle()
    expect(column).to_have_count(3)
    assert opened.epoch() == 5
    headings = opened.page.get_by_role("heading", level=2, include_hidden=False).all_inner_texts()
    assert headings == ["sigmoid", "tanh", "relu"]
    opened.page.mouse.move(*sample_at(opened, 1, 20))
    opened.settle()
    expect(opened.page.locator(".readout thead th[scope=colgroup]")).to_have_count(3)
    for name in ("sigmoid", "tanh"):
        opened.page.get_by_role("button", name=name, exact=True).click()
    opened.page.get_by_role("button", name="relu", exact=True).click()  # one run stays
    opened.settle()
    expect(column).to_have_count(1)
    assert opened.page.url.endswith("run=relu")


def test_a_link_carries_the_state(runs: Path, open_page: Open) -> None:
    opened = open_page(runs, "#epoch=7&run=tanh&run=relu&view=losses&sample=3")
    assert opened.epoch() == 7
    assert opened.page.evaluate("boundaryReplay.stage.shown") == [1, 2]
    expect(opened.page.locator(".histogram")).to_have_count(2)
    expect(opened.page.locator(".plane")).to_have_count(0)
    opened.page.keyboard.press("ArrowRight")
    opened.settle()
    again = open_page(runs, "#" + opened.page.url.split("#")[1])
    assert again.epoch() == 8
    assert again.page.evaluate("boundaryReplay.stage.probes[0].sample") == 3
    expect(again.page.get_by_label("View")).to_have_value("losses")


def test_a_page_with_a_start_of_its_own_has_links_that_say_all_else(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    page = save_page(make_run(), tmp_path / "own.html", view="feature-space", units=(2, 1))
    opened = open_page(page, "#epoch=2")
    stage = "boundaryReplay.stage"
    assert opened.page.evaluate(f"{stage}.view") == "feature-space"
    assert opened.page.evaluate(f"{stage}.featurePlane({stage}.runs[0]).units") == [2, 1]
    assert opened.page.url.endswith("#epoch=2")
    opened.page.get_by_label("View").select_option("dashboard")
    opened.settle()
    again = open_page(page, "#" + opened.page.url.split("#")[1])
    assert again.page.evaluate(f"{stage}.view") == "dashboard"
    again.page.evaluate("location.hash = '#epoch=3'")
    again.until(f"{stage}.view === 'feature-space'")


def test_more_runs_than_have_room_take_turns(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    paths = [make_run(f"{n}.h5", run=f"run {n}", seed=n) for n in range(5)]
    opened = open_page(save_page(paths, tmp_path / "five.html"), "#epoch=2")
    assert opened.page.evaluate("boundaryReplay.stage.shown") == [0, 1, 2]
    opened.page.get_by_role("button", name="run 4", exact=True).click()
    opened.settle()
    assert opened.page.evaluate("boundaryReplay.stage.shown") == [1, 2, 4]
    expect(opened.page.locator(".column")).to_have_count(3)


def test_a_link_that_changes_is_followed(runs: Path, open_page: Open) -> None:
    opened = open_page(runs, "#epoch=7&run=tanh")
    opened.page.evaluate("location.hash = '#epoch=2&run=relu'")
    opened.until("boundaryReplay.stage.shown[0] === 2")
    assert opened.epoch() == 2


@pytest.mark.parametrize(
    "link",
    ["#epoch=-4", "#epoch=999", "#run=nobody", "#view=nothing&units=0,9&space=no&sample=99999&morph=99"],
)
def test_a_link_that_makes_no_sense_does_no_harm(link: str, single: Path, open_page: Open) -> None:
    opened = open_page(single, link)
    assert 0 <= opened.epoch() <= 10
    expect(opened.page.locator(".plane")).to_have_count(2)


def test_views_are_offered_as_far_as_the_run_has_them(
    make_run: MakeRun, open_page: Open, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(40, 3)).astype(np.float32), rng.integers(0, 5, 40)
    wide = save_page(make_run(units=(3, 4, 5), data=data), tmp_path / "wide.html")
    opened = open_page(wide, "#epoch=2")
    values = (
        opened.page.get_by_label("View").locator("option").evaluate_all("(all) => all.map((o) => o.value)")
    )
    usual = ["dashboard", "feature-space", "network", "step", "probabilities", "losses", "curves"]
    assert values == [
        *usual,
        "trajectory",
        "confusion-matrix",
        "weights",
        "gradients",
        "gradient-flow",
        "unit-health",
    ]
    for view in values[1:]:
        opened.page.get_by_label("View").select_option(view)
        opened.settle()
        assert opened.page.evaluate("boundaryReplay.stage.view") == view
        assert opened.page.locator(".plane").count() == (view in ("feature-space", "step"))
        shown = {"feature-space": (".plane", 1), "probabilities": (".histogram", 5), "curves": (".curves", 2)}
        shown |= {"step": (".panel", 2)}
        selector, count = shown.get(view, (".panel", 1))
        expect(opened.page.locator(selector)).to_have_count(count)


def test_units_of_a_wide_layer_are_paired(make_run: MakeRun, open_page: Open, tmp_path: Path) -> None:
    path = make_run(units=(2, 4, 1))
    opened = open_page(save_page(path, tmp_path / "wide.html"), "#epoch=2")
    expect(opened.page.get_by_label("Unit on the horizontal axis")).to_be_hidden()
    opened.page.get_by_label("Plane of the feature space").select_option("pair")
    opened.page.get_by_label("Unit on the horizontal axis").select_option("4")
    opened.page.get_by_label("Unit on the vertical axis").select_option("1")
    opened.settle()
    assert "units=4,1" in opened.page.url
    stage = "boundaryReplay.stage"
    points = opened.floats(f"{stage}.runs[0].points(2, {stage}.featurePlane({stage}.runs[0]))").reshape(-1, 2)
    expected = Replay(path).activations("hidden", epochs=[2])[0][:, [3, 0]]
    np.testing.assert_allclose(points, expected, atol=1e-5)


# Views of layers


LAYERS = "boundaryReplay.runs[0].data.layers"


@pytest.mark.parametrize(
    ("view", "panel"),
    [
        ("weights", ".distributions"),
        ("gradients", ".distributions"),
        ("gradient-flow", ".layer-curves"),
        ("unit-health", ".layer-curves"),
        ("kernels", ".kernels"),
    ],
)
def test_views_of_layers_are_drawn(
    view: str, panel: str, make_run: MakeRun, open_page: Open, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(60, 6, 6, 1)).astype(np.float32).reshape(60, 36), rng.integers(0, 3, 60)
    path = make_run(units=(36, 8, 2, 3), data=images, n_snapshots=4)
    opened = open_page(save_page(path, tmp_path / "page.html"), f"#epoch=1&view={view}")
    canvas = opened.page.locator(f"{panel} canvas")
    expect(canvas).to_have_count(1)
    drawn = "(it) => it.toDataURL()"
    before = canvas.evaluate(drawn)
    assert "hidden_1" in (canvas.get_attribute("aria-label") or "")
    opened.page.keyboard.press("ArrowRight")
    opened.settle()
    assert canvas.evaluate(drawn) != before


# Morph


def test_the_morph_goes_from_the_input_through_all_layers_to_the_output(
    single: Path, make_run: MakeRun, open_page: Open
) -> None:
    replay = Replay(make_run(n_snapshots=11))
    opened = open_page(single, "#epoch=6")
    opened.page.get_by_role("button", name="Morph").click()
    stages = ["input", "stretch", "rotate", "shift", "tanh", "read", "sigmoid"]
    expect(opened.page.locator(".stages span")).to_have_text(stages)  # they appear with the next frame
    run = "boundaryReplay.runs[0]"
    moved = f"{run}.journey(6, [0, 0]).move({run}.inputs(), argument)"
    z = replay.activations("hidden", epochs=[6], before_activation=True)[0]
    for mark, expected in (
        (0, replay.recording.inputs),
        (3, z),
        (4, np.tanh(z)),
        (3.5, (z + np.tanh(z)) / 2),
    ):
        np.testing.assert_allclose(opened.floats(moved, mark).reshape(-1, 2), expected, atol=1e-4)
    # It plays to its end by itself.
    opened.until("boundaryReplay.stage.mark === 6", seconds=60)  # a frame may take long on a busy machine
    opened.page.get_by_role("slider", name="Morph").fill("1.5")
    opened.settle()
    assert "morph=1.5" in opened.page.url


def test_the_morph_of_runs_with_different_activations_goes_to_the_end_of_each(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    paths = [make_run(f"{name}.h5", activation=name, run=name) for name in ("linear", "tanh")]
    opened = open_page(save_page(paths, tmp_path / "two.html"), "#epoch=2&morph=99&run=linear&run=tanh")
    expect(opened.page.locator(".stages span").nth(4)).to_have_text("tanh")
    assert opened.page.evaluate("boundaryReplay.stage.mark") == 6
    assert opened.page.locator(".plane figcaption").first.inner_text().startswith("“output”: sigmoid")
    opened.page.get_by_label("View").select_option("losses")
    opened.settle()
    expect(opened.page.get_by_role("button", name="Morph")).to_be_hidden()


def test_inputs_that_are_no_plane_have_no_morph(make_run: MakeRun, open_page: Open, tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    run = make_run(units=(4, 3, 1), data=(inputs, np.arange(40) % 2))
    opened = open_page(save_page(run, tmp_path / "wide.html"), "#epoch=2")
    expect(opened.page.get_by_role("button", name="Morph")).to_be_hidden()


def test_the_title_tells_the_layer_and_its_step(make_run: MakeRun, open_page: Open, tmp_path: Path) -> None:
    opened = open_page(save_page(make_run(units=(2, 4, 1)), tmp_path / "wide.html"), "#epoch=2&morph=0")
    title = opened.page.locator(".plane figcaption").first
    slider = opened.page.get_by_role("slider", name="Morph")
    for mark, words in (
        (0, "Input plane"),
        (0.5, "“hidden”: mix"),
        (2, "“hidden”: tanh"),
        (4, "“output”: sigmoid"),
    ):
        slider.fill(str(mark))
        expect(title).to_contain_text(words)
    assert slider.get_attribute("aria-valuetext") == "after sigmoid of “output”"


def test_help_tells_the_keys(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=6")
    opened.page.keyboard.press("?")
    dialog = opened.page.get_by_role("dialog")
    expect(dialog).to_contain_text("play or pause")
    opened.page.keyboard.press("ArrowRight")  # the dialog has the keys
    opened.page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert opened.epoch() == 6
