"""Names in scripts that DejaVu Sans has and has not, and the fonts that draw them in the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from matplotlib import get_data_path
from matplotlib.font_manager import findSystemFonts, fontManager

from replay.drawing import font_search, fonts
from replay.drawing.scripts import good_families


class Sample(NamedTuple):
    """A title, the families of which the first that is installed draws it, and a Debian package of one."""

    title: str
    families: tuple[str, ...]
    package: str

    @property
    def family(self) -> str:
        """The family that draws it here, empty without one."""
        there = fontManager.get_font_names()
        return next((family for family in self.families if family in there), "")


SAMPLES = {
    "chinese": Sample("企鹅的分类：决策边界与特征空间", ("Noto Sans CJK SC",), "fonts-noto-cjk"),
    "japanese": Sample("ペンギンの分類と学習", ("Noto Sans CJK JP",), "fonts-noto-cjk"),
    "korean": Sample("펭귄 분류와 학습", ("Noto Sans CJK KR",), "fonts-noto-cjk"),
    "arabic": Sample("تصنيف البطاريق ١٢", ("DejaVu Sans",), "fonts-dejavu-core"),
    "hebrew": Sample("סיווג פינגווינים 12", ("DejaVu Sans",), "fonts-dejavu-core"),
    "hindi": Sample("पेंगुइन वर्गीकरण क्षत्रिय", good_families("DEVANAGARI", ""), "fonts-lohit-deva"),
    "thai": Sample("การจำแนกนกเพนกวินน้ำ", good_families("THAI", ""), "fonts-tlwg-loma-ttf"),
}


def needed(name: str) -> Sample:
    """The sample called `name`; the test is skipped, or in CI fails, where no installed font draws it."""
    sample = SAMPLES[name]
    font_search.find_new_fonts()
    if not sample.family:
        advice = f"no font for {name}: install {sample.families[0]}, or on Debian {sample.package}"
        if os.environ.get("REPLAY_FONTS") == "required":
            pytest.fail(advice)
        pytest.skip(advice)
    return sample


@contextmanager
def only_own_fonts(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within the block, no fonts are installed but those that come with matplotlib."""
    own = [entry for entry in fontManager.ttflist if entry.fname.startswith(get_data_path())]
    with patch.context() as installed:
        installed.setattr(fontManager, "ttflist", own)
        installed.setattr(font_search, "findSystemFonts", lambda: findSystemFonts(get_data_path()))
        installed.setattr(fonts, "_told", set())
        _forget()
        yield
    _forget()


def _forget() -> None:
    fonts._beside.cache_clear()
    font_search.find_new_fonts.cache_clear()
    fontManager._findfont_cached.cache_clear()
