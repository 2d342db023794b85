"""How much is right, and that a network without answers is not called wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from replay import Replay, compare
from replay.drawing.artists.accuracy import FORMS, FORMS_OF_TWO, percent_right, shares_right, told
from tests.conftest import MakeRun
from tests.helpers.awkward import awkward_run


def test_a_network_of_nan_weights_has_no_answer(tmp_path: Path) -> None:
    evaluation = Replay(awkward_run("nan-from-3", tmp_path)).evaluation
    before, after = (shares_right(evaluation, epoch)[0] for epoch in (2, 3))
    assert before == evaluation.at(2).correct.mean() > 0
    assert np.isnan(after)
    assert percent_right(after) == "no answer" and percent_right(0.0) == "0% right"


@pytest.mark.parametrize("form", [*map(str, (*FORMS, *FORMS_OF_TWO))])
def test_every_form_says_it(form: str) -> None:
    words = told(form, *[np.nan] * form.count("{"))
    assert words == ("NaN" if form == "{share}" else "no answer")


@pytest.mark.parametrize("view", [None, "backprop"])
def test_a_comparison_says_it_beside_the_run_that_diverged(
    tmp_path: Path, make_run: MakeRun, view: str | None
) -> None:
    runs = [Replay(awkward_run("nan-from-3", tmp_path)), Replay(make_run("other.h5"))]
    composition = compare(runs) if view is None else compare(runs, view=view)
    composition.plot(4)
    said = [str(text.get_text()) for text in composition.figure.findobj(Text)]
    assert sum(words in ("no answer", "NaN") for words in said) == 1
    assert not any(words.startswith("0%") for words in said)
