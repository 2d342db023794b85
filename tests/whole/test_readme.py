"""The README and the docs say what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from replay.choices import PACES, THEMES
from replay.cli import app as command_line
from replay.cli.run import ANIMATED_FORMATS
from replay.drawing.artists.plane import MAX_MARKERS, MAX_RINGS
from replay.drawing.registry.table import TABLE as VIEWS
from replay.drawing.sizes import SIZES
from replay.film.encoder.formats import ANIMATED, STILL
from replay.runs.milestone import GROUPS
from replay.scenario import built_in

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def commands() -> list[str]:
    """The indented command lines of the README that set up an environment."""
    return [line.strip() for line in README.splitlines() if line.startswith("    python3 -m venv")]


def test_ci_runs_the_test_command_as_it_stands_in_the_readme() -> None:
    assert commands()[1] in (ROOT / ".ci" / "run").read_text().splitlines()


def test_both_commands_are_those_that_were_promised() -> None:
    assert commands() == [
        "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/replay run parabola",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
    ]


def test_every_local_link_and_picture_of_the_docs_exists() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name} points to {target}"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "outputs" / "gallery").glob("*.gif")), ids=lambda path: path.name
)
def test_every_picture_of_the_gallery_is_an_animation_under_a_megabyte_and_a_half(path: Path) -> None:
    assert path.stat().st_size < 1_500_000
    with Image.open(path) as film:
        assert film.n_frames > 20


def test_the_readme_shows_the_gallery_and_first_of_all_a_picture_that_moves() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures[0].endswith(".gif")
    for picture in pictures:
        assert re.fullmatch(r"outputs/gallery/[a-z-]+\.(gif|png)", picture), picture


def test_the_pythons_of_the_readme_and_docs_compile_and_import_what_exists() -> None:
    import replay

    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL):
            compile(block, page.name, "exec")
            for names in re.findall(r"^from replay import (.+)$", block, flags=re.MULTILINE):
                for name in names.split(", "):
                    assert name in replay.__all__, (
                        f"{page.name} imports {name}"
                    )  # test_package has each of them


def test_the_readmes_python_has_at_most_ten_lines() -> None:
    block = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)[0]
    assert len([line for line in block.splitlines() if line.strip()]) <= 10


def test_every_command_option_view_and_format_is_in_the_docs() -> None:
    import typer

    text = (ROOT / "docs" / "command-line.md").read_text()
    group = typer.main.get_command(command_line.app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert f"`replay {name}" in text
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("--") and option not in ("--help", "--output"):
                    assert re.search(rf"{option}(?![\w-])", text), f"{name} {option}"
    for name in (*VIEWS, *PACES, *THEMES, *SIZES):
        assert f"`{name}`" in text
    for name, size in SIZES.items():
        assert f"| `{name}` | {size.width}×{size.height} |" in text
    for suffix in (*ANIMATED, *STILL):
        assert suffix in text
    assert ANIMATED_FORMATS == ("gif", "mp4")


def test_the_kinds_of_milestones_and_the_limits_of_drawing_are_in_the_docs() -> None:
    text = (ROOT / "docs" / "python.md").read_text()
    endings = (ending for group in GROUPS for ending in group)
    for kind in ("negatives_right", "positives_right", "class_N_right", "classes_never_answered", *endings):
        assert re.search(rf"\w*{kind}`", text), kind
    for number in (MAX_MARKERS, MAX_RINGS):
        assert f"{number:,}" in text


def test_every_scenario_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text()
    for name in built_in.built_in():
        assert f"| `{name}` |" in text
