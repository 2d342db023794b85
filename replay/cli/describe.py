"""The command `replay describe`: says in words what the picture of a run shows, or of several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay.choices import ADAPTIVE
from replay.cli import picture_options as of
from replay.cli.console import say, say_json
from replay.cli.run_files import Groups, run_places
from replay.drawing.registry.row import DASHBOARD

if TYPE_CHECKING:
    from replay.film.timeline import Timeline
    from replay.replay import Replay


def describe(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|DIR", help="Run files (.h5), or folders of them.", show_default=False),
    ],
    group: Groups = None,
    view: of.View = DASHBOARD,
    epoch: Annotated[
        float | None,
        typer.Option(metavar="N", help="The epoch that a still shows, or the last of a film."),
    ] = None,
    language: of.Language = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Say in words what the film of a run shows: alt text, a paragraph, and what is told when."""
    from replay import replay
    from replay.language.catalogue import ENGLISH

    shown = [replay.Replay(place.path, group=place.group) for place in run_places(runs, group)]
    told = replay.describe(shown, view=of.named(view), epoch=epoch, language=language or ENGLISH)
    narration = told.narration(_timeline(shown, epoch, of.named(view)))
    if as_json:
        facts: dict[str, Any] = {
            "title": told.title,
            "alt": told.alt,
            "text": told.text,
            "language": told.language,
            "narration": [cue._asdict() for cue in narration],
        }
        say_json(facts)
        return
    say(told.alt)
    say(told.text)
    for cue in narration:
        say(f"{cue.start:5.1f} s  {cue.text}")


def _timeline(shown: list[Replay], epoch: float | None, view: str) -> Timeline:
    """The timeline of the film that `replay render` and `replay compare` make of these runs."""
    import numpy as np

    from replay.drawing.registry.lookup import loaded, row_of
    from replay.film.timeline import Timeline
    from replay.runs.milestone import leading
    from replay.views.motion import common_motion

    evaluations = [one.evaluation for one in shown]
    if row_of(view).at_one_epoch and len(shown) == 1:
        subject = loaded(row_of(view).told)(evaluations[0], float(shown[0].epochs[-1]), ())
        return Timeline.through(len(subject.told))
    # A film stays at its captions, which one run alone has.
    alone = len(shown) == 1 and evaluations[0].at_hand
    stops = [milestone.epoch for milestone in leading(shown[0].milestones())] if alone else []
    return Timeline.of(
        np.unique(np.concatenate([one.epochs for one in shown])),
        last=epoch,
        pace=ADAPTIVE,
        motion=lambda epochs: common_motion(evaluations, epochs),
        stops=stops,
    )
