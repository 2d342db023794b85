"""Identity: the colour and line style of each run. They belong to what a run is, not to its place.

ReLU has the same colour in every picture, whichever runs stand beside it. This is the one place that decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from replay.choices import INITIALIZERS, OPTIMIZERS
from replay.drawing.style import Style
from replay.runs.evaluation import Evaluation
from replay.runs.run_names import run_names
from replay.runs.traits import ACTIVATION, INITIALIZER, NAME, OPTIMIZER, OUTPUT_INITIALIZER, traits

# Known values, in the order of the colours: those that stand side by side most often come first.
ACTIVATIONS = (
    *("relu", "tanh", "sigmoid", "elu", "leaky_relu", "linear", "selu", "gelu"),
    *("hard_sigmoid", "hard_tanh", "exponential", "softsign", "softplus", "silu", "relu6", "mish"),
    *("hard_silu", "celu", "log_sigmoid", "tanh_shrink", "softmax", "swish", "hard_swish", "threshold"),
)
_NORMALS = ("normal_0.01", "glorot_normal", "he_normal", "lecun_normal", "random_normal")
_INITIALIZERS = tuple(dict.fromkeys((*_NORMALS, *INITIALIZERS)))
KNOWN: Mapping[str, Sequence[str]] = {
    ACTIVATION: ACTIVATIONS,
    OPTIMIZER: OPTIMIZERS,
    INITIALIZER: _INITIALIZERS,
    OUTPUT_INITIALIZER: _INITIALIZERS,
}
# Which trait has the colour where several differ: the first of these, then any other, the name last.
FIRST = (ACTIVATION, OPTIMIZER, INITIALIZER)


class Look(NamedTuple):
    """A run's colour and the dashes of its lines, as matplotlib reads them."""

    colour: str
    dashes: Any


def run_looks(evaluations: Sequence[Evaluation], style: Style) -> list[Look]:
    """The look of each of these runs."""
    names = run_names(evaluations)
    return looks([traits(*pair) for pair in zip(evaluations, names, strict=True)], style)


def looks(runs: Sequence[Mapping[str, str]], style: Style) -> list[Look]:
    """The looks of runs by their traits, trait → value; no two are the same while there are enough.

    Where one trait tells all runs apart, each of its values has a colour and, beyond the last colour, a line
    style. Where it takes two, the first has the colours and the second the line styles. Runs that would look
    alike give way to those whose values are known.
    """
    varied = _varied(runs)
    places = [_place(run, varied, style) for run in runs]
    taken: set[tuple[int, int]] = set()
    found: dict[int, tuple[int, int]] = {}
    for number in sorted(range(len(runs)), key=lambda each: (not _is_known(runs[each], varied), each)):
        found[number] = _free(places[number], taken, style, may_move=not _is_known(runs[number], varied))
        taken.add(found[number])
    return [Look(style.runs[found[n][0]], style.run_dashes[found[n][1]]) for n in range(len(runs))]


def _varied(runs: Sequence[Mapping[str, str]]) -> list[str]:
    """The one or two traits that tell the runs apart best."""
    every = list(dict.fromkeys(trait for run in runs for trait in (*FIRST, *run) if trait in run))
    every.sort(key=lambda trait: (FIRST.index(trait) if trait in FIRST else len(FIRST), trait == NAME))
    differing = [trait for trait in every if _n_values(runs, [trait]) > 1] or every[:1] or [NAME]
    first, others = differing[0], differing[1:]
    if _n_values(runs, [first]) == len(runs) or not others:
        return [first]
    return [first, max(others, key=lambda trait: (_n_values(runs, [first, trait]), trait != NAME))]


def _n_values(runs: Sequence[Mapping[str, str]], chosen: Iterable[str]) -> int:
    return len({tuple(run.get(trait, "") for trait in chosen) for run in runs})


def _place(run: Mapping[str, str], varied: Sequence[str], style: Style) -> tuple[int, int]:
    """The numbers of the colour and the dashes that a run would have alone."""
    n_colours, n_dashes = len(style.runs), len(style.run_dashes)
    first, *second = (_number(trait, run.get(trait, "")) for trait in varied)
    return first % n_colours, (second[0] if second else first // n_colours) % n_dashes


def _number(trait: str, value: str) -> int:
    """The number of a value: of a known one its place, of a small whole number itself, else a hash."""
    for known in [KNOWN[trait]] if trait in KNOWN else KNOWN.values():
        if value in known:
            return known.index(value)
    return int(value) if value.isdecimal() and len(value) < 4 else crc32(value.encode())


def _is_known(run: Mapping[str, str], varied: Sequence[str]) -> bool:
    value = run.get(varied[0], "")
    return any(value in known for known in KNOWN.values())


def _free(
    place: tuple[int, int], taken: set[tuple[int, int]], style: Style, may_move: bool
) -> tuple[int, int]:
    """The nearest look to `place` that nobody has; with `may_move`, in a colour that nobody has."""
    n_colours, n_dashes = len(style.runs), len(style.run_dashes)
    in_use = {colour for colour, _ in taken}
    colours = [(place[0] + step) % n_colours for step in range(n_colours)]
    if may_move and len(in_use) < n_colours:
        colours.sort(key=lambda colour: colour in in_use)
    for colour in colours:
        for step in range(n_dashes):
            look = colour, (place[1] + step) % n_dashes
            if look not in taken:
                return look
    return place
