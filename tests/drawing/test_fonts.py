"""Every script is drawn with a font that has it, shaped, and not cut; without one, one line says so."""

from __future__ import annotations

import logging
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTCollection, TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags

from replay import Replay, compare, compose, register, theme
from replay.drawing import font_search, fonts
from replay.drawing.fonts import LAST, chosen, families, with_fonts
from replay.drawing.panels.panel import Panel
from replay.drawing.registry.table import TABLE
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from replay.views.view import View
from tests.conftest import MakeRun
from tests.helpers.pictures import faults, redrawn
from tests.helpers.scripts import SAMPLES, needed, only_own_fonts

SIZES = ((320, 200), (1280, 720))
DEJAVU = Path(fontManager.findfont(FontProperties(family=LAST)))


def glyphs(text: str, family: list[str], weight: str = "normal") -> list[tuple[str, int]]:
    """What is drawn for a text, from left to right: the family and the number of each glyph."""
    font = get_font(fontManager._find_fonts_by_props(FontProperties(family=family, weight=weight)))
    font.set_size(20, 100)
    items = sorted(font._layout(text, LoadFlags.NO_HINTING), key=lambda item: item.x)
    return [(item.ft_object.family_name, int(item.glyph_index)) for item in items]


def characters_of(family: str, weight: str) -> set[int]:
    """Those that a family has, as fontTools reads them."""
    path = fontManager.findfont(FontProperties(family=family, weight=weight))
    if Path(path.path).suffix == ".ttc":
        return set(TTCollection(path.path, lazy=True).fonts[path.face_index].getBestCmap())
    return set(TTFont(path.path, lazy=True).getBestCmap())


@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("name", SAMPLES)
def test_each_character_is_in_a_font_that_suits_its_script(name: str, weight: str) -> None:
    sample = needed(name)
    found = with_fonts((LAST,), [sample.title])
    assert found == ((LAST,) if sample.family == LAST else (LAST, sample.family))
    there = set.union(*(characters_of(family, weight) for family in found))
    assert {ord(character) for character in sample.title} <= there
    drawn = glyphs(sample.title, list(found), weight)
    assert all(number for _, number in drawn)
    assert not any("Last Resort" in family for family, _ in drawn)


def test_arabic_is_joined_and_runs_from_right_to_left() -> None:
    word = "قطة"
    together, alone = glyphs(word, [LAST]), [glyphs(letter, [LAST])[0] for letter in word]
    assert len(together) == 3
    assert not set(together) & set(alone)  # each letter has the form that it has beside the others
    # As HarfBuzz joins them, so do the presentation forms of Unicode: initial, medial, final.
    forms = [glyphs(form, [LAST])[0] for form in "\ufed7\ufec4\ufe94"]
    assert together == forms[::-1]


def test_signs_of_devanagari_stand_where_they_are_read() -> None:
    family = [LAST, needed("hindi").family]
    before, letter = glyphs("ि", family)[-1:], glyphs("क", family)
    together = glyphs("कि", family)
    assert together[-1] == letter[0]  # the sign is written before the letter that it follows
    assert len(together) == 2 and before
    assert len(glyphs("क्ष", family)) == 1  # a conjunct


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=list(SAMPLES))
def test_a_dashboard_in_any_script_is_whole(number: int, make_run: MakeRun) -> None:
    name, sample = list(SAMPLES.items())[number]
    title = needed(name).title
    run = make_run(scenario=title, run=sample.title[:4])
    for size, style in zip(SIZES, (LIGHT, DARK)[:: 1 if number % 2 else -1], strict=True):
        drawn = Replay(run, style=style).dashboard(size=size)
        assert faults(drawn.plot(2), drawn.style) == []
        assert drawn.clock.title.get_fontfamily() == list(with_fonts((LAST,), [title]))


def test_han_characters_have_the_shapes_of_their_language() -> None:
    needed("japanese")
    assert with_fonts((LAST,), ["双曲"]) == (LAST, "Noto Sans CJK SC")
    assert with_fonts((LAST,), ["双曲"], "ja") == (LAST, "Noto Sans CJK JP")
    assert with_fonts((LAST,), ["双曲", "ペ"], "zh") == (LAST, "Noto Sans CJK JP")
    assert with_fonts((LAST,), ["双曲"], "es-ES") == (LAST, "Noto Sans CJK SC")


def test_the_choice_does_not_depend_on_the_order_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [needed(name).title for name in SAMPLES]
    fonts._beside.cache_clear()
    once = with_fonts((LAST,), texts)
    for seed in range(3):
        mixed = list(fontManager.ttflist)
        random.Random(seed).shuffle(mixed)
        monkeypatch.setattr(fontManager, "ttflist", mixed)
        fonts._beside.cache_clear()
        assert with_fonts((LAST,), reversed(texts)) == once


def test_a_font_that_nobody_knows_is_found_by_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = needed("thai")
    monkeypatch.setattr(font_search, "good_families", lambda script, language: ())
    fonts._beside.cache_clear()
    _, found = with_fonts((LAST,), [sample.title])
    fonts._beside.cache_clear()
    assert {ord(character) for character in sample.title} <= characters_of(found, "normal")


@pytest.mark.slow
def test_nothing_is_looked_for_where_dejavu_has_it_all(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(font_search, "_candidates", lambda *of: pytest.fail("fonts were looked for"))
    run = make_run(scenario="Größe · Κλάση", run="Пингвин")
    assert Replay(run).dashboard(size=(320, 200)).style.font == (LAST,)


@pytest.mark.slow
def test_without_a_font_one_line_says_so_and_the_rest_is_drawn(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    title = SAMPLES["chinese"].title
    run, other = make_run(scenario=title, run="a"), make_run("other.h5", scenario=title, run="b")
    plain = make_run("plain.h5", scenario="penguins", run="a")
    with only_own_fonts(monkeypatch), caplog.at_level(logging.WARNING):
        drawn = Replay(run).dashboard(size=(640, 320))
        drawn.save(tmp_path / "still.png")
        compare([run, other], size=(640, 320)).animate(duration=0.1).save(tmp_path / "film.gif", jobs=2)
        assert [record.name for record in caplog.records] == ["replay.drawing.fonts"]
        line = caplog.messages[0]
        boxes, words = (
            redrawn(Replay(one).dashboard(size=(640, 320)).plot(4), LIGHT) for one in (run, plain)
        )
    assert "\n" not in line
    assert set(re.findall("[企鹅的分类：决策边界与特征空间]", line)) <= set(title)
    assert "(15 in all)" in line
    assert "apt install fonts-noto-cjk" in line
    assert "brew install --cask font-noto-sans-cjk" in line
    assert "Windows" in line
    assert np.array_equal(boxes[60:], words[60:])  # below the title


@pytest.mark.slow
def test_a_film_is_the_same_in_two_processes(make_run: MakeRun, tmp_path: Path) -> None:
    needed("japanese")
    run = make_run(scenario=SAMPLES["japanese"].title, run="学習")
    drawn = Replay(run).view("curves", size=(320, 200))
    films = [drawn.animate(fps=5).save(tmp_path / f"{jobs}.gif", jobs=jobs).read_bytes() for jobs in (1, 2)]
    assert films[0] == films[1]


# Texts that are not the run's


@pytest.mark.slow
def test_titles_of_the_users_own_axes_have_their_fonts(make_run: MakeRun) -> None:
    title, family = SAMPLES["korean"].title, needed("korean").family
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.set_title(title)
    panels = [one(axes) for axes in (left, right) for one in [Replay(make_run()).build_loss_and_metric]]
    assert family in left.title.get_fontfamily()
    both = compose(*panels, title=title)
    assert family in both.clock.text.get_fontfamily()
    right.set_xlabel(title)  # as late as that
    both.plot(2)
    assert family in right.xaxis.label.get_fontfamily()


class Said(View):
    """Nothing but its panel's words."""

    def at(self, epoch: float) -> float:
        return epoch


class SaidPanel(Panel):
    def __init__(self, axes: Any, view: View, style: Any) -> None:
        super().__init__(axes, view, style)
        self.words = axes.text(0, 0, "")
        axes.set_title(SAMPLES["hindi"].title)

    @property
    def moving(self) -> list[Any]:
        return [self.words]

    def show(self, epoch: float) -> None:
        self.words.set_text(f"क्ष {self.view.at(epoch)}")


@pytest.mark.usefixtures("table_of_views_kept")
def test_a_view_of_the_users_own_may_say_anything(make_run: MakeRun) -> None:
    family = needed("hindi").family
    register(Said, SaidPanel, caption="words", needs="nothing")
    assert "said" in TABLE
    drawn = Replay(make_run()).view("said")
    (words,) = drawn.panels[0].moving
    assert family in words.get_fontfamily()
    assert family in words.axes._left_title.get_fontfamily()


# Fonts that are asked for


def test_a_family_is_called_by_its_name_in_any_case() -> None:
    assert chosen("dejavu serif") == "DejaVu Serif"
    assert theme("dark", font="DejaVu Serif").font == ("DejaVu Serif", LAST)
    with pytest.raises(ViewError, match=r"unknown font 'DejaVu Sanz': did you mean DejaVu Sans .*\.ttf"):
        chosen("DejaVu Sanz")
    with pytest.raises(ViewError, match="unknown font ''"):
        chosen("")


def test_a_file_is_a_font_without_being_installed(tmp_path: Path) -> None:
    file = tmp_path / "Mine, too.ttf"
    file.write_bytes((DEJAVU.parent / "DejaVuSerif.ttf").read_bytes())
    style = theme("light", font=file)
    assert style.font == (str(file), LAST)
    with style.applied():
        drawn = Figure().text(0, 0, "Words").get_fontfamily()
    assert glyphs("Words", drawn) == glyphs("Words", ["DejaVu Serif"]) != glyphs("Words", [LAST])


def test_what_is_not_installed_is_left_out() -> None:
    assert families(("Nobody's Font", "DejaVu Serif")) == ["DejaVu Serif", LAST]
    assert families((LAST, "DejaVu Serif")) == [LAST, "DejaVu Serif"]
