"""The head of a figure is read at a glance: nothing overlaps, nothing jumps."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from replay import Replay, datasets
from replay.drawing.header import Header, epoch_words
from replay.drawing.layout import LEFT, RIGHT
from replay.drawing.sizes import SIZES, Shape, Size, shape
from replay.drawing.style import LIGHT
from replay.runs.milestone import Milestone, latest
from replay.runs.milestones import milestones

SHAPES = {name: shape(Shape(12, 6, 120), size) for name, size in SIZES.items() if name != "4k"}
SHAPES["4k"] = shape(Shape(12, 6, 120), Size(960, 540))  # the same shape, drawn faster
SHAPES["odd"] = shape(Shape(12, 6, 120), Size(641, 487))
SHAPES["slim"] = shape(Shape(12, 6, 120), Size(300, 1200))
SHAPES["small square"] = shape(Shape(7.2, 7.2, 120), Size(200, 200))
TOLD = (
    Milestone(3, "class_0_right", "every positive is right"),
    Milestone(120, "solved", "the loss falls fastest, from 0.6931 to 0.0213, and that is more " * 2),
)


def header(size: Shape, title: str = "moons · tanh", n_classes: int = 2, **more: Any) -> Header:
    figure = Figure(figsize=size.inches, dpi=size.dpi)
    edges: dict[str, Any] = {"left": LEFT / size.width, "right": 1 - RIGHT / size.width}
    with LIGHT.applied():
        return Header(figure, title, n_classes, LIGHT, **{"widest_epoch": 1500, **edges, **more})


def boxes(head: Header) -> dict[str, Bbox]:
    """Where the parts of a header lie that can be seen, in pixels."""
    figure = head._figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [head.epoch, *(text for text in figure.artists if hasattr(text, "get_text"))]
    seen = {
        text.get_text(): text.get_window_extent(renderer)  # type: ignore[attr-defined]
        for text in texts
        if text.get_visible() and text.get_text()  # type: ignore[attr-defined]
    }
    for number, legend in enumerate(figure.legends):
        seen[f"legend {number}"] = legend.get_window_extent(renderer)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, id=name, marks=[] if name in ("blog", "story") else [pytest.mark.slow])
        for name, size in SHAPES.items()
    ],
)
@pytest.mark.parametrize("n_classes", [2, 4, 10])
def test_nothing_overlaps_or_leaves_the_figure(size: Shape, n_classes: int) -> None:
    head = header(size, "a name that says it all " * 6, n_classes, milestones=TOLD)
    for epoch, decimals in ((0, None), (9, 0), (1500, 1), (123.45, 2)):
        head.show(epoch, decimals)
        found = boxes(head)
        assert len(head._figure.legends) == 1
        for name, box in found.items():
            assert box.x0 >= 0 and box.y0 >= 0, name
            assert box.x1 <= size.width * size.dpi and box.y1 <= size.height * size.dpi, name
            assert box.y0 >= (size.height - head.height - 0.12) * size.dpi, f"{name} reaches too low"
        for (name, box), (other, its_box) in combinations(found.items(), 2):
            assert not box.overlaps(its_box), f"{name} lies on {other}"


@pytest.mark.parametrize(
    ("n_classes", "shape", "names"),
    [
        (2, "blog", ["class 0", "class 1"]),
        (4, "blog", [f"class {label}" for label in range(4)]),
        *((10, shape, [str(label) for label in range(10)]) for shape in ("blog", "square", "story")),
        (26, "story", ["classes 0–25"]),
    ],
)
def test_the_legend_names_classes_in_words_by_number_or_all_at_once(
    n_classes: int, shape: str, names: list[str]
) -> None:
    words = [text.get_text() for text in header(SHAPES[shape], n_classes=n_classes)._figure.legends[0].texts]
    assert words == [*names, "misclassified"]


def legend(composition: Any) -> list[str]:
    return [text.get_text() for one in composition.figure.legends for text in one.texts]


CLASSES = ["class 0", "class 1"]


@pytest.mark.parametrize("view", ["units", "decision-boundary", "before-after", "probabilities"])
def test_a_still_explains_the_marks_of_errors_where_some_are_drawn(make_run: Any, view: str) -> None:
    replay = Replay(make_run(seed=3, n_snapshots=9))
    n_wrong = (~replay.evaluation.at(0).correct).sum()
    composition = replay.view(view)
    composition.plot(0)
    assert n_wrong and legend(composition) == [*CLASSES, "misclassified"]
    replay.evaluation.at(8).correct[:] = True  # what the views read
    composition.plot(8)
    assert legend(composition) == CLASSES
    composition.begin([0, 8])  # a film, which must not jump
    composition.show(8)
    assert legend(composition) == [*CLASSES, "misclassified"]


@pytest.mark.parametrize("view", ["network", "cross-entropy"])
def test_views_without_marks_explain_none(make_run: Any, view: str) -> None:
    held_out = datasets.moons(20, noise=0.3, seed=2)
    composition = Replay(make_run(seed=3, held_out=held_out)).view(view)
    composition.plot(0)
    assert legend(composition) == CLASSES
    composition.begin([0, 1])
    assert legend(composition) == CLASSES


def test_rings_are_explained_by_a_ring_and_bars_by_a_square(make_run: Any) -> None:
    replay = Replay(make_run(seed=3))
    for view, marker in (("decision-boundary", "o"), ("probabilities", "s")):
        composition = replay.view(view)
        composition.plot(0)
        (handles,) = [one.legend_handles for one in composition.figure.legends]
        assert handles[-1].get_marker() == marker  # type: ignore[union-attr]


def test_a_regression_has_no_legend() -> None:
    head = header(SHAPES["blog"], n_classes=0)
    assert head._figure.legends == [] and head.height < header(SHAPES["story"], n_classes=4).height + 0.01


def test_the_word_epoch_and_the_number_stand_still() -> None:
    head = header(SHAPES["blog"])
    places = set()
    for epoch, decimals in ((9, None), (10, None), (100, 0), (1500, 0), (2.25, None), (99.5, None)):
        head.show(epoch, decimals)
        found = boxes(head)
        places.add((round(found["epoch"].x0, 6), round(found["epoch"].x1, 6), head.epoch.get_position()))
        assert found[head.epoch.get_text()].x0 > found["epoch"].x1
    assert len(places) == 1


@pytest.mark.parametrize("title", ["moons · tanh", "a title that is longer than there is room for it " * 3])
@pytest.mark.parametrize(("last", "decimals"), [(10, 1), (10, 2), (9, 2), (10, None)])
def test_epochs_with_decimals_end_at_the_margin_and_keep_their_place(
    title: str, last: float, decimals: int | None
) -> None:
    head = header(SHAPES["blog"], title, widest_epoch=last)
    margin = head._right * head._figure.bbox.width
    places = []
    for epoch in (0.0, 5.25, 9.75) if decimals is None else (0.0, 3.5, 9.0, float(last)):
        head.show(epoch, decimals)
        found = boxes(head)
        assert found[head.epoch.get_text()].x1 <= margin + 1
        word, title_box = found["epoch"], found[head.title.get_text()]
        assert title_box.x1 < word.x0 < word.x1 < found[head.epoch.get_text()].x0
        places.append(word.x0)
    assert decimals is None or len(set(places)) == 1
    assert {head.epoch, head._word, head.title} <= set(head.moving)  # films draw them after what stands still


def test_the_caption_tells_the_latest_milestone(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=12, seed=3))
    told = milestones(replay.evaluation)
    assert len(told) >= 2
    composition = replay.dashboard()
    seen = set()
    for epoch in (0, 0.5, 1, 2, 3.5, 6, 8, 10, 11):
        composition.plot(epoch)
        milestone = latest(told, epoch)
        expected = "" if milestone is None else milestone.caption
        assert composition.clock.caption.get_text() == expected  # type: ignore[attr-defined]
        seen.add(expected)
    assert len(seen) >= 2


def test_captions_can_be_left_out(make_run: Any) -> None:
    composition = Replay(make_run(n_snapshots=12)).dashboard(captions=False)
    for epoch in (0, 3, 11):
        composition.plot(epoch)
        assert composition.clock.caption.get_text() == ""  # type: ignore[attr-defined]


def test_all_captions_have_one_size() -> None:
    head = header(SHAPES["story"], milestones=TOLD)
    sizes = set()
    for epoch in (3, 130):
        head.show(epoch)
        sizes.add(head.caption.get_fontsize())
    assert len(sizes) == 1 and sizes.pop() < LIGHT.size_caption
    assert head.caption.get_text().endswith("…")


def test_a_short_caption_keeps_its_size_and_its_words() -> None:
    head = header(SHAPES["blog"], milestones=TOLD[:1])
    head.show(5)
    assert head.caption.get_text() == TOLD[0].caption == "since epoch 3: every positive is right"
    assert head.caption.get_fontsize() == LIGHT.size_caption


@pytest.mark.slow
def test_without_a_clock_no_epoch_is_named_and_the_title_has_its_room() -> None:
    head = header(SHAPES["blog"], "a name that says it all " * 6, clock=False)
    head.show(3)
    found = boxes(head)
    assert "epoch" not in found and "3" not in found
    width = SHAPES["blog"].width * SHAPES["blog"].dpi
    assert next(box for name, box in found.items() if "…" in name).x1 > 0.9 * width


def test_a_long_title_is_made_to_fit_and_a_short_one_is_left_alone() -> None:
    short = header(SHAPES["blog"]).title
    long = header(SHAPES["blog"], "a name that says it all " * 6).title
    assert (short.get_text(), short.get_fontsize()) == ("moons · tanh", LIGHT.size_title)
    assert "…" in long.get_text() and long.get_text().startswith("a name")
    assert 0.7 * LIGHT.size_title <= long.get_fontsize() < LIGHT.size_title


def test_titles_from_a_file_are_not_read_as_formulas(make_run: Any) -> None:
    composition = Replay(make_run(scenario="$\\frac{1", run="x_2$")).dashboard()
    assert len(list(composition.animate(pace="uniform").frames(dpi=30))) == 5
    assert composition.clock.title.get_text() == "$\\frac{1 · x_2$"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("epoch", "decimals", "text"),
    [
        (0, None, "0"),
        (150.0, None, "150"),
        (2.5, None, "2.5"),
        (2.125, None, "2.12"),
        (100, None, "100"),
        (7, 1, "7.0"),
        (7.25, 0, "7"),
        (7.75, 0, "8"),
        (7.25, 0, "7"),
        (7.9999999, 0, "8"),
        (0, 0, "0"),
    ],
)
def test_epochs_read_as_numbers_do(epoch: float, decimals: int | None, text: str) -> None:
    assert epoch_words(epoch, decimals) == text


def test_a_legend_of_very_many_classes_has_each_colour_once() -> None:
    (legend,) = header(SHAPES["blog"], n_classes=100_000)._figure.legends
    assert legend.texts[0].get_text() == "classes 0–99999"
    assert len(legend.legend_handles) == 2
