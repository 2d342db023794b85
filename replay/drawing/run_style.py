"""The style for pictures of some runs: colours for their classes, and fonts that have their names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from replay.drawing.class_looks import class_style
from replay.drawing.fonts import with_fonts
from replay.drawing.style import Style
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording

UNTOLD = ("architecture", "packages")  # parts of a description that no picture shows


def run_style(style: Style, evaluations: Sequence[Evaluation]) -> Style:
    """`style` for the classes and the names of these runs."""
    return readable(class_style(style, evaluations), evaluations)


def readable(style: Style, evaluations: Sequence[Evaluation]) -> Style:
    """`style` with fonts for whatever script the names of these runs are in."""
    texts = [text for evaluation in evaluations for text in _texts(evaluation.recording)]
    fonts = with_fonts(style.font, texts, style.language)
    return style if fonts == style.font else replace(style, font=fonts)


def _texts(recording: Recording) -> Iterator[str]:
    """All that pictures may quote of a run."""
    told = {name: part for name, part in recording.description.to_json().items() if name not in UNTOLD}
    yield json.dumps(told, ensure_ascii=False, default=str)
    yield from recording.history
    yield from recording.path.absolute().parts[-2:]
