"""Views of users' own are drawn as the built-in ones are, and what is wrong in them is told in one line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text
from PIL import Image
from typer.testing import CliRunner

from replay import Replay
from replay.cli.app import app
from replay.drawing.own_views import view_in_file
from replay.drawing.style import DARK
from replay.errors import ReplayError, ViewError
from tests.helpers.pictures import faults

DOCS = Path(__file__).parents[2] / "docs" / "own-views.md"
EXAMPLE = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)[0]
pytestmark = pytest.mark.usefixtures("table_of_views_kept")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The file that the docs show."""
    file = tmp_path / "margins.py"
    file.write_text(EXAMPLE)
    return file


def line(words: str) -> int:
    """The number of the line of the example that holds these words."""
    return next(n for n, one in enumerate(EXAMPLE.splitlines(), start=1) if words in one)


def render(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["render", *map(str, arguments)])


def test_the_example_of_the_docs_has_about_forty_lines() -> None:
    assert 35 <= len(EXAMPLE.splitlines()) <= 45


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [[], ["--epoch", 2], ["--theme", "dark"], ["--sheet", "2x2"], ["--size", "story"]]
)
def test_the_example_is_drawn_as_a_still(
    example: Path, make_run: Any, options: list[Any], tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    assert render(make_run(), "--view", f"{example}:Margins", "-o", picture, *options).exit_code == 0
    with Image.open(picture) as image:
        assert len(image.convert("RGB").getcolors(10**6)) > 20


@pytest.mark.slow
def test_the_example_is_drawn_as_a_film_of_one_process_and_of_two(
    example: Path, make_run: Any, tmp_path: Path
) -> None:
    run, films = make_run(), [tmp_path / "one.gif", tmp_path / "two.gif"]
    for jobs, film in enumerate(films, start=1):
        done = render(run, "--view", example, "--tween", 1, "--size", "400x300", "-j", jobs, "-o", film)
        assert done.exit_code == 0, done.output
    assert films[0].read_bytes() == films[1].read_bytes()
    with Image.open(films[0]) as film:
        assert film.n_frames > 5  # they differ: what moves, moves


def test_the_example_shows_what_the_arrays_hold_with_header_clock_and_theme(
    example: Path, make_run: Any
) -> None:
    view = view_in_file(f"{example}:Margins")
    replay = Replay(make_run(), style=DARK)
    composition = replay.view(view.name)
    figure = composition.plot(3)
    bars = [bar.get_height() for bar in composition.panels[0].moving]  # type: ignore[attr-defined]
    margins = np.abs(replay.probabilities(epochs=[3])[0] - 0.5)
    np.testing.assert_allclose(bars, np.histogram(margins, np.linspace(0, 0.5, 11))[0] / len(margins))
    words = [text.get_text() for text in figure.findobj(Text)]
    assert {"3", "Distance from a tie", replay.recording.title} <= set(words)
    assert figure.get_facecolor() == to_rgba(DARK.background)
    assert faults(figure, composition.style) == []


def test_a_scenario_draws_the_view_that_it_registers(example: Path, make_run: Any) -> None:
    from replay import load_scenario

    file = example.with_name("mine.py")
    file.write_text(
        f"{EXAMPLE}\nfrom replay import Scenario, datasets\n\n"
        'scenario = Scenario(name="mine", data=datasets.moons, views=("dashboard", "margins"))\n'
    )
    assert load_scenario(str(file)).views == ("dashboard", "margins")


@pytest.mark.parametrize("base", ["super().__init__(evaluation)", "super().__init__(axes, view, style)"])
def test_constructors_that_forget_those_they_extend_do_no_harm(
    example: Path, make_run: Any, tmp_path: Path, base: str
) -> None:
    forgetful = EXAMPLE.replace(f"        {base}\n", "", 1).replace("self.view.at", "self.mine.at")
    example.write_text(forgetful.replace("self.bars = ", "self.mine = view\n        self.bars = "))
    assert base not in example.read_text()
    done = render(make_run(), "--view", example, "-o", tmp_path / "picture.png")
    assert done.exit_code == 0, done.exception


def test_a_page_does_not_begin_with_it(example: Path, make_run: Any, tmp_path: Path) -> None:
    done = render(make_run(), "--view", example, "-o", tmp_path / "page.html")
    assert isinstance(done.exception, ViewError)
    assert "a page has no view margins: use one of dashboard" in str(done.exception)


# What is wrong

BROKEN = {
    "at fails": (
        ("return np.histogram(", "return 1 / 0 + np.histogram("),
        r"margins\.py: Margins\.at \(line LINE\) fails at epoch 4: ZeroDivisionError: division by zero",
    ),
    "at names a layer that there is not": (
        (".probabilities", ".activations('hiden')"),
        r"margins\.py: Margins\.at \(line LINE\) fails at epoch 4: ViewError: unknown layer 'hiden'",
    ),
    "at returns None": (
        ("return np.histogram", "np.histogram"),
        r"margins\.py: Margins\.at returns None at epoch 4",
    ),
    "at returns NaN": (
        ("return np.histogram(", "return np.nan * np.histogram("),
        r"margins\.py: Margins\.at gives no finite number at epoch 4, only NaN or infinity",
    ),
    "the view's constructor fails": (
        ("np.linspace(0, 0.5, 11)", "evaluation.nothing"),
        r"margins\.py: Margins\.__init__ \(line LINE\) fails: AttributeError: .*nothing",
    ),
    "the view's constructor takes nothing": (
        ("def __init__(self, evaluation):", "def __init__(self):"),
        r"margins\.py: Margins\.__init__ fails: TypeError: .*",
    ),
    "the panel's constructor fails": (
        ("color=style.metric", "color=style.metrics"),
        r"margins\.py: MarginsPanel\.__init__ \(line LINE\) fails: AttributeError: .*metrics",
    ),
    "show fails": (
        ("bar.set_height(share)", "bar.set_hight(share)"),
        r"margins\.py: MarginsPanel\.show \(line LINE\) fails at epoch 4: AttributeError: .*set_hight",
    ),
    "what show sets cannot be drawn": (
        ("bar.set_height(share)", "bar.set_height('high')"),
        r"margins\.py: MarginsPanel\.show.* fails at epoch 4: \w+: .*",
    ),
    "moving fails": (
        ("return list(self.bars)", "return list(self.lines)"),
        r"margins\.py: MarginsPanel\.moving \(line LINE\) fails: AttributeError: .*lines",
    ),
    "moving lists no artists": (
        ("return list(self.bars)", "return [1]"),
        r"margins\.py: MarginsPanel\.moving has 1, which is no artist on these axes",
    ),
    "nothing is drawn": (
        ("bar.set_height(share)", "bar.set_visible(False)"),
        r"margins\.py: MarginsPanel draws nothing at epoch 4: create artists in __init__",
    ),
    "it is not registered": (
        ("register(Margins, MarginsPanel, ", "dict("),
        r"margins\.py: the view Margins is not registered: call replay\.register\(Margins, ITS_PANEL\)",
    ),
    "it is called as another": (
        ('caption="how', 'name="losses", caption="how'),
        r"margins\.py fails: ViewError: .*margins\.py: Margins cannot be called 'losses', as another view is",
    ),
    "the file is no Python": (("class Margins", "clas Margins"), r"margins\.py fails: SyntaxError"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_what_is_wrong_is_one_line_that_names_the_file_and_the_method(
    example: Path, make_run: Any, tmp_path: Path, fault: str, suffix: str
) -> None:
    (right, wrong), message = BROKEN[fault]
    assert right in EXAMPLE
    example.write_text(EXAMPLE.replace(right, wrong, 1))
    picture = tmp_path / f"picture{suffix}"
    done = render(make_run(), "--view", f"{example}:Margins", "-o", picture)
    assert isinstance(done.exception, ReplayError), done.exception
    message = message.replace("LINE", str(line(right)))
    assert re.search(message, str(done.exception)), str(done.exception)
    assert "\n" not in str(done.exception)
    assert not picture.exists() and not list(tmp_path.glob(".*partial*"))


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_in_the_middle_of_a_film_is_told_too(
    example: Path, make_run: Any, tmp_path: Path, jobs: int
) -> None:
    example.write_text(
        EXAMPLE.replace("margins = np.abs(", "assert epoch != 2, 'two'\n        margins = np.abs(")
    )
    done = render(make_run(), "--view", example, "--pace", "uniform", "-j", jobs, "-o", tmp_path / "film.gif")
    assert isinstance(done.exception, ViewError)
    message = rf"margins\.py: Margins\.at \(line {line('margins = ')}\) fails at epoch 2: AssertionError: two"
    assert re.search(message, str(done.exception))
    assert not (tmp_path / "film.gif").exists()


def test_a_diverged_run_is_drawn_empty_as_by_the_built_in_views(
    example: Path, tmp_path: Path, make_run: Any
) -> None:
    from replay import RunDescription, RunWriter, datasets, dense

    layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    path = tmp_path / "diverged.h5"
    with RunWriter(path, description, *datasets.parabola(20)) as writer:
        for epoch, value in enumerate((0.5, np.nan)):
            writer.snapshot(epoch, [np.full(w.shape, value, "f4") for _, w in description.weight_paths])
    example.write_text(
        EXAMPLE.replace("return np.histogram(margins, self.edges)[0] / len(margins)", "return margins[:10]")
    )
    assert render(path, "--view", example, "-o", tmp_path / "picture.png").exit_code == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "margins.py:Margin",
            r"margins\.py: there is no view 'Margin'; name one of them, as in .*margins\.py:Margins",
        ),
        ("margins.py:np", "there is no view 'np'"),
        ("empty.py", r"empty\.py: which view is meant\?; it has none"),
        ("missing.py:Margins", r"missing\.py does not exist: check its path"),
    ],
)
def test_a_view_that_is_not_there_is_told_with_those_that_are(example: Path, name: str, message: str) -> None:
    example.with_name("empty.py").write_text("")
    with pytest.raises(ViewError, match=message):
        view_in_file(str(example.with_name(name)))


@pytest.mark.slow
def test_the_command_shows_one_line_and_ends_with_status_2(
    example: Path, make_run: Any, tmp_path: Path
) -> None:
    example.write_text(EXAMPLE.replace("return np.histogram(", "return 1 / 0 + np.histogram("))
    done = subprocess.run(
        [sys.executable, "-m", "replay", "render", make_run(), "--view", example, "-o", tmp_path / "a.png"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    where = rf"Margins\.at \(line {line('return np.histogram')}\)"
    message = rf"replay: .*margins\.py: {where} fails at epoch 4: ZeroDivisionError: division by zero\n"
    assert re.fullmatch(message, done.stderr)
