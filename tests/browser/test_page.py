"""The page as a whole: where it opens, how it looks, and what it makes of bad input."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from replay import Replay, interactive
from replay.drawing.class_looks import class_style, coloured_classes
from replay.drawing.style import DARK, LIGHT
from replay.network.description import RunDescription, dense
from replay.storage.writer import RunWriter
from replay.views.probability_histogram import probability_histograms
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun
from tests.helpers.awkward import awkward_run

pytestmark = pytest.mark.slow
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--\u202eשלום]]>"


def background(opened: Opened) -> str:
    return opened.page.evaluate("getComputedStyle(document.body).backgroundColor")


def rgb(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgb({red}, {green}, {blue})"


# Looks


@pytest.mark.parametrize(("scheme", "style"), [("light", LIGHT), ("dark", DARK)])
def test_the_readers_colour_scheme_is_honoured(
    scheme: Any, style: Any, single: Path, open_page: Open
) -> None:
    opened = open_page(single, "#epoch=5", color_scheme=scheme)
    assert background(opened) == rgb(style.background)
    other = {"light": "dark", "dark": "light"}[scheme]
    opened.page.emulate_media(color_scheme=other)
    opened.settle()
    assert background(opened) == rgb({"light": LIGHT, "dark": DARK}[other].background)


def test_a_theme_for_all_overrules_the_readers(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    path = save_page(make_run(), tmp_path / "dark.html", theme="dark")
    assert background(open_page(path, "#epoch=2", color_scheme="light")) == rgb(DARK.background)


@pytest.mark.parametrize("width", [320, 768, 1280, 3840])
def test_nothing_is_wider_than_the_window(width: int, single: Path, open_page: Open) -> None:
    opened = open_page(
        single, "#epoch=5&sample=3", viewport={"width": width, "height": width * 9 // 16 + 300}
    )
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = opened.page.locator(".panel").evaluate_all(
        "(all) => all.map((it) => it.getBoundingClientRect()).map((b) => [b.left, b.right, b.top, b.bottom])"
    )
    for left, right, top, bottom in boxes:
        assert 0 <= left < right <= width
        assert bottom - top >= 100
    for one, (left, right, top, bottom) in enumerate(boxes):
        for other in boxes[one + 1 :]:
            apart = (
                right <= other[0] + 1 or other[1] <= left + 1 or bottom <= other[2] + 1 or other[3] <= top + 1
            )
            assert apart, "two panels overlap"


def test_milestones_names_do_not_overlap(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=5")
    spans = opened.page.locator(".milestone.named .label").evaluate_all(
        "(all) => all.map((it) => it.getBoundingClientRect()).map((b) => [b.left, b.right])"
    )
    spans.sort()
    assert len(spans) > 0
    assert all(one[1] < other[0] for one, other in itertools.pairwise(spans))
    assert all(left >= 0 and right <= 1280 for left, right in spans)


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_canvases_are_as_dense_as_the_screen(ratio: int, single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=5", device_scale_factor=ratio)
    width, drawn = opened.page.locator(".plane canvas").first.evaluate("(it) => [it.clientWidth, it.width]")
    assert drawn == width * ratio


def test_samples_are_drawn_in_the_colours_of_their_classes(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=5")
    pixels = opened.pixels(1)[..., :3].reshape(-1, 3)
    for colour in LIGHT.classes[:2]:
        same = (np.abs(pixels.astype(int) - list(bytes.fromhex(colour[1:]))) <= 24).all(axis=1)
        assert same.sum() > 50


def near(pixels: Any, colour: str) -> Any:
    """Which pixels have a colour."""
    return (np.abs(pixels[..., :3].astype(int) - list(bytes.fromhex(colour[1:]))) <= 40).all(axis=-1)


def test_a_misclassified_sample_keeps_its_colour_in_a_ring(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=0&view=decision-boundary")
    places = opened.page.evaluate(
        """() => {
          const [panel] = boundaryReplay.panels();
          const { labels } = panel.run;
          const { correct } = panel.run.answers(0);
          const { points } = panel.scene;
          return [...correct.keys()].filter((sample) => !correct[sample]).map((sample) => [
            labels[sample],
            panel.margins.left + panel.x(points[2 * sample]),
            panel.margins.top + panel.y(points[2 * sample + 1]),
          ]);
        }"""
    )
    pixels = opened.pixels()
    assert len(places) > 3
    for _, x, y in places:
        around = pixels[round(y) - 10 : round(y) + 11, round(x) - 10 : round(x) + 11]
        assert near(around, LIGHT.error).any()
    kept = [near(pixels[round(y), round(x)], LIGHT.classes[label]) for label, x, y in places]
    assert np.mean(kept) > 0.7  # others may lie on top
    expect(opened.page.locator(".legend")).to_contain_text("misclassified")


def test_samples_beyond_the_limits_are_arrows_at_the_edge(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=5&view=decision-boundary")
    opened.page.evaluate(
        """() => {
          const [run] = boundaryReplay.runs;
          const [[low], [bottom]] = run.limits({ layer: null });
          run.limits = () => [[low, low + 1], [bottom, bottom + 1]];
          boundaryReplay.draw();
        }"""
    )
    inner, margins = opened.page.evaluate(
        "(({ inner, margins }) => [inner, margins])(boundaryReplay.panels()[0])"
    )
    left, top = round(margins["left"]), round(margins["top"])
    right, bottom = round(left + inner["width"]), round(top + inner["height"])
    pixels = opened.pixels()
    edge = pixels[top:bottom, right - 6 : right - 2]
    assert any(near(edge, colour).any() for colour in LIGHT.classes[:2])
    beyond = pixels[top:bottom, right + 1 :]
    assert not any(near(beyond, colour).any() for colour in LIGHT.classes[:2])


def test_a_print_is_light_and_without_controls(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=5", color_scheme="dark")
    pdf = opened.page.pdf(width="1280px", height="900px", print_background=True)
    assert pdf.startswith(b"%PDF")
    opened.page.set_viewport_size({"width": 720, "height": 1000})
    opened.page.emulate_media(media="print")
    expect(opened.page.get_by_role("group", name="Player")).to_be_hidden()
    # Axes lie where they were drawn for: the canvas below them has kept its proportions.
    for plot in opened.page.locator(".plot").all():
        wide, high, drawn_wide, drawn_high = plot.evaluate(
            "(it) => [it.clientWidth, it.clientHeight, it.firstChild.width, it.firstChild.height]"
        )
        assert wide / high == pytest.approx(drawn_wide / drawn_high, rel=0.02)
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert background(opened) == rgb(LIGHT.background)


def test_captions_move_nothing(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=0", viewport={"width": 700, "height": 720})
    tops = set()
    for epoch in range(11):
        opened.page.evaluate(f"boundaryReplay.stage.clock.show({epoch}); boundaryReplay.draw()")
        tops.add(opened.page.locator(".views").evaluate("(it) => it.getBoundingClientRect().top"))
    captions = opened.page.locator(".caption").inner_text()
    assert captions != ""
    assert len(tops) == 1


def test_a_stretch_of_epochs_has_its_own_axes_and_milestones(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    path = make_run(n_snapshots=21)
    opened = open_page(save_page(path, tmp_path / "some.html", epochs=(8, 12)), "#epoch=10")
    marked = opened.page.locator(".milestone").evaluate_all("(all) => all.map((it) => it.title)")
    expected = [each for each in Replay(path).milestones() if 8 <= each.epoch <= 12]
    assert len(marked) == len(expected)
    beside = opened.page.locator(".curves canvas").first.evaluate(
        """(it) => {
          const { data } = it.getContext("2d").getImageData(0, 0, 40, it.height - 40);
          return data.some((value) => value > 0);
        }"""
    )
    assert not beside  # the curve begins where its axis does


# Where it opens


def test_without_scripts_there_are_a_still_and_a_sentence(single: Path, open_page: Open) -> None:
    opened = open_page(single, waits=False, java_script_enabled=False)
    still = opened.page.locator("noscript img")
    expect(still).to_be_visible()
    box = still.bounding_box()
    assert box is not None and box["width"] > 600
    assert "JavaScript" in opened.page.locator("noscript").inner_text()
    source = still.get_attribute("src")
    assert source is not None
    picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    assert picture.format == "WEBP"
    colours = picture.convert("RGB").resize((64, 32)).getcolors(64 * 32)
    assert colours is not None and len(colours) > 20


def test_it_opens_in_an_iframe_of_a_post(single: Path, tmp_path: Path, open_page: Open) -> None:
    post = tmp_path / "post.html"
    post.write_text(
        f'<!doctype html><iframe src="{single.as_uri()}#epoch=4" width="800" height="700"></iframe>'
    )
    opened = open_page(post, waits=False)
    frame = opened.page.frame_locator("iframe")
    expect(frame.locator(".epoch")).to_have_text("epoch 4")
    frame.get_by_role("button", name="On to the next snapshot").click()
    expect(frame.locator(".epoch")).to_have_text("epoch 5")
    assert opened.page.url == post.as_uri()


def test_it_opens_in_a_notebooks_output(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    output = tmp_path / "notebook.html"
    shown = Replay(make_run())._repr_html_()
    output.write_text(f"<!doctype html><meta charset=utf-8><div>{shown}</div>", encoding="utf-8")
    opened = open_page(output, waits=False)
    frame = opened.page.frame_locator("iframe")
    expect(frame.locator(".panel")).not_to_have_count(0)
    frame.get_by_role("button", name="On to the next snapshot").click()
    expect(frame.get_by_role("button", name="Copy a link to this moment")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "link", ["#epoch=5", "#epoch=5&sample=3&morph=1.5", "#epoch=5&view=confusion-matrix"]
)
def test_the_accessibility_check_finds_nothing(link: str, scheme: Any, single: Path, open_page: Open) -> None:
    opened = open_page(single, link, color_scheme=scheme, bypass_csp=True)  # for the checker's own script
    found = Axe().run(opened.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    opened.page.keyboard.press("?")
    found = Axe().run(opened.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_the_page_says_in_words_what_it_shows(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=5")
    told = opened.page.evaluate("boundaryReplay.page.description")
    main = opened.page.get_by_role("main")
    assert main.get_attribute("aria-label") == told["alt"]["en"]
    expect(main).to_have_accessible_description(told["text"]["en"])
    unseen = opened.page.locator("#replay-description").bounding_box()
    assert unseen is not None
    assert unseen["width"] * unseen["height"] <= 1


def test_the_policy_lets_nothing_in(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#epoch=5")
    opened.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "globalThis.injected = true";
          document.body.append(script);
          const image = document.createElement("img");
          image.src = "https://example.org/pixel.png";
          document.body.append(image);
        }"""
    )
    opened.page.wait_for_timeout(200)
    assert opened.page.evaluate("globalThis.injected") is None
    assert len(opened.complaints) == 2
    assert all("Content Security Policy" in complaint for complaint in opened.complaints)
    opened.complaints.clear()
    opened.requests.clear()


# Bad input


def test_names_are_text_never_markup(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    paths = [make_run(f"{n}.h5", scenario=NASTY, run=f"{NASTY}{n}", seed=n) for n in range(2)]
    page = interactive(paths, title=NASTY)
    opened = open_page(page.save(tmp_path / "nasty.html"), "#epoch=2")
    dialogs: list[str] = []
    opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    expect(opened.page.locator("h1")).to_have_text(NASTY)
    assert opened.page.title() == NASTY
    for n in range(2):
        button = opened.page.locator(".run").nth(n)
        expect(button).to_have_text(f"{NASTY}{n}")
        button.click()
    opened.settle()
    assert opened.page.locator("main img, main script").count() == 0
    assert dialogs == []
    linked = open_page(tmp_path / "nasty.html", "#" + opened.page.url.split("#")[1])
    assert linked.page.evaluate("boundaryReplay.stage.shown") == opened.page.evaluate(
        "boundaryReplay.stage.shown"
    )


def test_layers_with_markup_in_their_names(tmp_path: Path, open_page: Open) -> None:
    name = NASTY.replace("/", "")  # which Keras lets no layer have
    layers = (dense(name, 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    rng = np.random.default_rng(0)
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, rng.normal(size=(20, 2)), np.arange(20) % 2) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, [rng.normal(size=w.shape) for _, w in description.weight_paths], None)
        writer.finish()
    opened = open_page(save_page(tmp_path / "run.h5", tmp_path / "page.html"), "#epoch=1")
    expect(opened.page.locator(".plane .title").first).to_have_text(f"Feature space of “{name}”")


def with_weights(path: Path, weights: Any) -> Path:
    """A 2-2-1 run with these weights, by snapshot, in place of all others."""
    layers = (dense("hidden", 2, 2, "relu"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    rng = np.random.default_rng(1)
    with RunWriter(path, description, rng.normal(size=(30, 2)), np.arange(30) % 2) as writer:
        for epoch, value in enumerate(weights):
            arrays = [rng.normal(size=w.shape).astype(np.float32) for _, w in description.weight_paths]
            if value is not None:
                arrays[0][...] = value
            writer.snapshot(epoch, arrays, {"loss": 1.0 if value is None else float(np.float32(value))})
        writer.finish()
    return path


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e38])
def test_weights_that_diverged_are_shown_as_such(bad: float, tmp_path: Path, open_page: Open) -> None:
    path = with_weights(tmp_path / "run.h5", [None, None, bad, bad])
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=0")
    for epoch in (0.5, 1.5, 2, 3):
        opened.page.evaluate(f"location.hash = '#epoch={epoch}'")
        opened.until(f"boundaryReplay.stage.epoch === {epoch}")
        opened.settle()
    replay = Replay(path)
    found = opened.floats("boundaryReplay.runs[0].answers(3).probabilities")
    shown = 3 if np.isfinite(bad) else 1  # the last epoch with finite weights
    np.testing.assert_allclose(found, replay.probabilities(epochs=[shown])[0], atol=1e-4)
    opened.page.mouse.move(*[400, 300])
    if not np.isfinite(bad):
        expect(opened.page.locator(".caption")).to_contain_text("no longer finite")


def test_one_snapshot_is_a_still(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    path = make_run(n_snapshots=1, logs=False)
    opened = open_page(save_page(path, tmp_path / "page.html"))
    for key in ("Space", "ArrowRight", "End", "Home"):
        opened.page.keyboard.press(key)
        opened.settle()
    assert opened.epoch() == 0
    expect(opened.page.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    expect(opened.page.locator(".plane")).to_have_count(2)


def test_a_thousand_snapshots(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    path = make_run(n_snapshots=1001)
    page = interactive(path)
    assert page.notes == []
    opened = open_page(page.save(tmp_path / "page.html"), "#epoch=1000&probe=0.1,0.2")
    assert opened.epoch() == 1000
    found = opened.floats("boundaryReplay.runs[0].answers(617).probabilities")
    np.testing.assert_allclose(found, Replay(path).probabilities(epochs=[617])[0], atol=1e-4)


def test_a_run_too_large_for_its_page_says_what_was_thinned_out(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(3000, 50)).astype(np.float32), rng.integers(0, 3, 3000)
    path = make_run(units=(50, 64, 2, 3), data=data, n_snapshots=40)
    page = interactive(path, max_bytes=600_000)
    assert len(page.html.encode()) <= 600_000
    assert page.notes != []
    opened = open_page(page.save(tmp_path / "page.html"), "#epoch=20")
    for note in page.notes:
        expect(opened.page.locator(".note", has_text=note)).to_be_visible()


def test_a_thinned_page_has_axes_and_numbers_that_are_right(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(9000, 2)).astype(np.float32)
    path = make_run(data=(inputs, (inputs[:, 0] > 0).astype(int)), n_snapshots=3)
    page = interactive(path)
    assert any("9,000" in note for note in page.notes)
    opened = open_page(page.save(tmp_path / "thin.html"), "#epoch=1")
    run = "boundaryReplay.runs[0]"
    n = opened.page.evaluate(f"{run}.n")
    values = opened.floats(f"{run}.answers(1).probabilities")
    labels = np.array(opened.page.evaluate(f"[...{run}.labels]"))
    highest = np.histogram(values[labels == 0], 20, (0, 1))[0].max()
    ticks = (
        opened.page.locator(".histogram").first.locator("g.axis").nth(1).locator("text").all_text_contents()
    )
    assert float(ticks[-1]) > highest / 2  # the axis is made for these bars
    opened.page.evaluate(
        "boundaryReplay.stage.probe({set: 0, sample: 77, input: null}); boundaryReplay.draw();"
    )
    told = opened.page.locator(".readout tbody th").inner_text()
    number = int(told.split("sample ")[1].split()[0])
    np.testing.assert_allclose(opened.floats(f"{run}.input(77)"), inputs[number])
    assert number != 77 and n == 5000
    again = open_page(tmp_path / "thin.html", f"#epoch=1&sample={number}")
    assert again.page.evaluate("boundaryReplay.stage.probes[0].sample") == 77


def test_the_confusion_matrix_says_which_class_is_taken_for_which(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    rng = np.random.default_rng(3)
    data = rng.normal(size=(200, 2)).astype(np.float32), rng.integers(0, 3, 200)
    path = make_run(units=(2, 2, 3), data=data)
    matrix = Replay(path).confusion_matrices(epochs=[2])[0]
    np.fill_diagonal(matrix, 0)
    true, taken = np.unravel_index(matrix.argmax(), matrix.shape)
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=2&view=confusion-matrix")
    canvas = opened.page.locator(".confusion canvas")
    label = canvas.get_attribute("aria-label")
    assert label is not None
    assert label.endswith(f"class {true} is taken for {taken} ({matrix.max()})")
    box = canvas.bounding_box()
    assert box is not None
    panel = "boundaryReplay.panels()[0]"
    inner, margins = opened.page.evaluate(f"[{panel}.inner, {panel}.margins]")
    assert inner["width"] == pytest.approx(inner["height"], abs=1)
    side = inner["width"] / 3
    x, y = margins["left"] + (taken + 0.5) * side, margins["top"] + (true + 0.5) * side
    canvas.hover(position={"x": x, "y": y})
    opened.settle()
    told = f"true {true}, predicted {taken}: {matrix.max()}"
    expect(opened.page.locator(".confusion .aside")).to_have_text(told)
    canvas.click(position={"x": x, "y": y})
    assert opened.page.evaluate("boundaryReplay.stage.group.count") == matrix.max()


def test_a_regression_shows_its_outputs(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(40, 2)), rng.normal(size=40)
    path = make_run(output_activation="linear", loss="mean_squared_error", data=data)
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=2&sample=7")
    expect(opened.page.locator(".plane")).to_have_count(1)  # its fit
    cells = [
        float(cell.replace("−", "-")) for cell in opened.page.locator(".readout tbody td").all_inner_texts()
    ]
    replay = Replay(path)
    output = replay.activations("output", epochs=[2])[0, 7, 0]
    expected = [output, data[1][7], replay.losses(epochs=[2])[0, 7]]
    np.testing.assert_allclose(cells, expected, rtol=0.006, atol=1e-6)


def test_a_browser_that_cannot_read_the_page_is_told(single: Path, tmp_path: Path, open_page: Open) -> None:
    broken = tmp_path / "broken.html"
    text = single.read_text(encoding="utf-8")
    for part in ("replay-data", "replay-script"):
        start = text.index(f'id="{part}">') + 60
        broken.write_text(text[:start] + "AAAA" + text[start + 4 :], encoding="utf-8")
        opened = open_page(broken, waits=False)
        expect(opened.page.get_by_role("alert")).to_contain_text("cannot be shown")
        opened.complaints.clear()


def test_the_page_runs_no_script_but_its_own(single: Path, tmp_path: Path, open_page: Open) -> None:
    forged = tmp_path / "forged.html"
    text = single.read_text(encoding="utf-8")
    script = gzip.compress(b"globalThis.boundaryReplay = 1")
    packed = base64.b64encode(script).decode()
    forged.write_text(re.sub(r'(id="replay-script">)[^<]*', rf"\g<1>{packed}", text), encoding="utf-8")
    opened = open_page(forged, waits=False)
    opened.settle()
    assert opened.page.evaluate("globalThis.boundaryReplay === undefined")
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)
    opened.complaints.clear()


# What films show, the page shows as well


def test_a_network_that_diverged_stands_at_its_last_finite_epoch(tmp_path: Path, open_page: Open) -> None:
    path = awkward_run("nan-from-3", tmp_path)
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=2")
    points = opened.floats("boundaryReplay.runs[0].points(2, boundaryReplay.runs[0].planes.at(-1))")
    opened.page.evaluate("boundaryReplay.stage.clock.show(5.5); boundaryReplay.draw()")
    later = opened.floats("boundaryReplay.runs[0].points(5.5, boundaryReplay.runs[0].planes.at(-1))")
    np.testing.assert_array_equal(later, points)
    caption = opened.page.locator(".caption")
    expect(caption).to_have_text(
        "since epoch 3: the weights are no longer finite; planes and histograms show epoch 2"
    )


def test_histograms_share_a_scale_or_say_that_they_do_not(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    for path, own in ((awkward_run("imbalanced", tmp_path), True), (make_run(), False)):
        opened = open_page(save_page(path, tmp_path / "page.html"), "#view=probabilities&epoch=2")
        names = opened.page.locator(".plot .name").all_text_contents()
        assert [name for name in names if "P(class 1)" in name] == [f"P(class 1){', own scale' * own}"] * 2
        tops = opened.page.evaluate("boundaryReplay.panels().map((panel) => panel.counted.ceiling)")
        views = probability_histograms(Replay(path).evaluation)
        assert tops == [view.top for view in views]
        assert (len(set(tops)) > 1) == own


def test_of_many_classes_the_worst_have_colours_and_the_legend_counts_the_others(
    tmp_path: Path, open_page: Open
) -> None:
    path = awkward_run("40-classes", tmp_path)
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=6")
    coloured = coloured_classes(class_style(LIGHT, [Replay(path).evaluation]), 40)
    expect(opened.page.locator(".legend span")).to_have_text(
        [*map(str, coloured), f"{40 - len(coloured)} other classes", "misclassified"]
    )
