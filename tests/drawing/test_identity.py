"""A run's look belongs to what it is: the same in every picture, and no two runs of a picture look alike."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, pairwise, product
from typing import Any

import pytest

from replay.choices import INITIALIZERS, OPTIMIZERS
from replay.drawing.identity import ACTIVATIONS, Look, looks, run_looks
from replay.drawing.style import DARK, LIGHT
from replay.network.activations import CATALOGUE
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording


def of(trait: str, values: Iterable[str], **common: str) -> dict[str, Look]:
    chosen = list(values)
    return dict(zip(chosen, looks([{**common, trait: value} for value in chosen], LIGHT), strict=True))


@pytest.mark.parametrize(
    ("trait", "known"),
    [
        ("activation", ACTIVATIONS[:8]),
        ("optimizer", OPTIMIZERS[:8]),
        ("kernel_initializer", INITIALIZERS[:8]),
    ],
)
def test_a_value_has_the_same_colour_whatever_stands_beside_it(trait: str, known: tuple[str, ...]) -> None:
    alone = {value: of(trait, [value, other])[value] for value, other in pairwise(known)}
    for chosen in combinations(known[:6], 3):
        for value, look in of(trait, chosen).items():
            assert look == alone[value]
    assert len({look.colour for look in alone.values()}) == len(alone)


def test_all_activations_that_replay_knows_look_different() -> None:
    assert set(ACTIVATIONS) <= set(CATALOGUE) | {"hard_swish", "swish"}
    found = of("activation", sorted(CATALOGUE))
    assert len({(look.colour, str(look.dashes)) for look in found.values()}) == len(CATALOGUE)


def test_of_two_traits_the_first_has_the_colour_and_the_second_the_line_style() -> None:
    pairs = list(product(("relu", "tanh", "sigmoid"), ("glorot_normal", "he_normal", "lecun_normal")))
    found = looks([{"activation": a, "kernel_initializer": b, "name": f"{a}-{b}"} for a, b in pairs], LIGHT)
    for (one, first), (other, second) in combinations(zip(pairs, found, strict=True), 2):
        assert (first.colour == second.colour) == (one[0] == other[0])
        assert (first.dashes == second.dashes) == (one[1] == other[1])
    assert found[0].colour == of("activation", ("relu", "elu"))["relu"].colour


def test_a_rate_that_belongs_to_its_optimizer_changes_nothing() -> None:
    alone = looks([{"optimizer": "sgd"}, {"optimizer": "adam"}], LIGHT)
    rated = [{"optimizer": "sgd", "learning_rate": "0.3"}, {"optimizer": "adam", "learning_rate": "0.02"}]
    assert looks(rated, LIGHT) == alone


@pytest.mark.parametrize("n", [2, 12, 30])
def test_unknown_runs_never_look_alike_and_few_have_colours_of_their_own(n: int) -> None:
    for batch in range(20):
        names = [f"experiment {batch} of {number}" for number in range(n)]
        found = of("name", names).values()
        assert len({(look.colour, str(look.dashes)) for look in found}) == n
        assert len({look.colour for look in found}) == min(n, len(LIGHT.runs))


def test_a_known_run_keeps_its_colour_beside_strangers() -> None:
    relu = of("activation", ("relu", "tanh"))["relu"]
    for number in range(40):
        assert of("activation", (f"mine_{number}", "relu"))["relu"] == relu


def test_looks_come_from_the_files(make_run: Any) -> None:
    """The network's activation counts, whatever the file is called; seeds of one network differ, too."""
    paths = [make_run(f"{n}.h5", activation=name) for n, name in enumerate(("tanh", "relu", "sigmoid"))]
    found = run_looks([Evaluation(Recording(path)) for path in paths], LIGHT)
    expected = of("activation", ("tanh", "relu", "sigmoid"))
    assert found == list(expected.values())
    seeds = [make_run(f"seed{n}.h5", run=f"tanh-{n}") for n in range(3)]
    assert len({look.colour for look in run_looks([Evaluation(Recording(p)) for p in seeds], DARK)}) == 3
