"""Names in scripts that DejaVu Sans has and has not, and the fonts that draw them in the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from matplotlib import get_data_path
from matplotlib.font_manager import findSystemFonts, fontManager

from replay.drawing import fonts


class Sample(NamedTuple):
    """A title, the family that is to draw it, and Debian's package that has this."""

    title: str
    family: str
    package: str


SAMPLES = {
    "chinese": Sample("企鹅的分类：决策边界与特征空间", "Noto Sans CJK SC", "fonts-noto-cjk"),
    "japanese": Sample("ペンギンの分類と学習", "Noto Sans CJK JP", "fonts-noto-cjk"),
    "korean": Sample("펭귄 분류와 학습", "Noto Sans CJK KR", "fonts-noto-cjk"),
    "arabic": Sample("تصنيف البطاريق ١٢", "DejaVu Sans", ""),
    "hebrew": Sample("סיווג פינגווינים 12", "DejaVu Sans", ""),
    "hindi": Sample("पेंगुइन वर्गीकरण क्षत्रिय", "Lohit Devanagari", "fonts-lohit-deva"),
    "thai": Sample("การจำแนกนกเพนกวินน้ำ", "Loma", "fonts-tlwg-loma-ttf"),
}


def needed(name: str) -> Sample:
    """The sample called `name`; the test is skipped, or in CI fails, where no installed font draws it."""
    sample = SAMPLES[name]
    fonts._find_new_fonts()
    if sample.family not in fontManager.get_font_names():
        advice = (
            f"{name} is drawn with {sample.family}: install it, on Debian with apt install {sample.package}"
        )
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
        installed.setattr(fonts, "findSystemFonts", lambda: findSystemFonts(get_data_path()))
        installed.setattr(fonts, "_told", set())
        _forget()
        yield
    _forget()


def _forget() -> None:
    fonts._beside.cache_clear()
    fonts._find_new_fonts.cache_clear()
    fontManager._findfont_cached.cache_clear()
