"""The scale bar: a round length, told right, in the corner with fewer samples."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay.drawing.artists.scale_bar import ScaleBar
from replay.drawing.style import LIGHT


@pytest.mark.parametrize(("width", "length"), [(4.0, 1.0), (9.9, 2.0), (1e-3, 2e-4), (7e5, 1e5)])
@pytest.mark.parametrize("samples_on_right", [False, True])
def test_its_length_is_round_and_is_what_it_says(width: float, length: float, samples_on_right: bool) -> None:
    axes = Figure(figsize=(4, 4)).subplots()
    axes.set_xlim(-1, width - 1)
    rng = np.random.default_rng(0)
    samples = rng.uniform(0, 0.25, (2, 30, 2)) + ([0.75, 0] if samples_on_right else [0, 0])
    bar = ScaleBar(axes, LIGHT, samples)
    bar.show()
    start, stop = bar._line.get_xdata()
    assert (stop - start) * width == pytest.approx(length)
    shown = bar._words.get_text().replace("k", "e3")
    assert float(shown) == pytest.approx(length)
    assert (stop < 0.5) == samples_on_right and 0 < start < stop < 1
