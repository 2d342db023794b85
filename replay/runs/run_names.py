"""Names and titles of runs in comparisons: unique names for the runs, and one common title."""

from __future__ import annotations

from collections.abc import Sequence

from replay.language.message import say_number
from replay.runs.evaluation import Evaluation


def run_names(evaluations: Sequence[Evaluation]) -> list[str]:
    """Unique names: the run names, else scenario and run name, else folder and file name, else numbered.

    Of runs that miss different units, the first that can tell is the second.
    """
    recordings = [evaluation.recording for evaluation in evaluations]
    choices = [
        [recording.description.run or recording.path.stem for recording in recordings],
        [recording.title for recording in recordings],
        [f"{recording.path.absolute().parent.name}/{recording.path.stem}" for recording in recordings],
    ]
    if len({recording.taken_away for recording in recordings}) > 1:
        choices = choices[1:2]
    for names in choices:
        if len(set(names)) == len(names):
            return names
    return [f"{number}: {recording.title}" for number, recording in enumerate(recordings, start=1)]


def runs_title(evaluations: Sequence[Evaluation]) -> str:
    """The title of a picture of these runs: of a single run, its own; else that of their data.

    What was taken away from the network of each of them follows.
    """
    if len(evaluations) == 1:
        return evaluations[0].recording.title
    titles = {evaluation.recording.data_title for evaluation in evaluations}
    name = titles.pop() if len(titles) == 1 else None
    taken = [list(map(str, evaluation.recording.taken_away)) for evaluation in evaluations]
    missing = [each for each in taken[0] if all(each in others for others in taken)]
    return " · ".join([name or say_number("{number} run", "{number} runs", len(evaluations)), *missing])
