"""Which layers a layer needs, and which it goes around, against all ways through small graphs."""

from __future__ import annotations

import numpy as np
import pytest

from replay import LayerDescription
from replay.network.graph import SAMPLES, Graph


def layers(*inputs: tuple[str, ...] | None) -> list[LayerDescription]:
    """Layers called 0, 1, … with these inputs."""
    return [LayerDescription(str(place), "Add", inputs=taken) for place, taken in enumerate(inputs)]


BLOCK = layers(None, None, None, ("0", "2"), None)  # 0 → 1 → 2, and 0 + 2 → 3 → 4


def test_without_inputs_each_layer_takes_the_one_before() -> None:
    chain = Graph(layers(None, None, None))
    assert chain.sources == ((SAMPLES,), (0,), (1,))
    assert chain.needed(2) == (0, 1, 2)
    assert chain.needed(2, start=0) == (1, 2)
    assert chain.needed(1, start=1) == ()


def test_a_layer_that_others_go_around_does_not_suffice() -> None:
    graph = Graph(BLOCK)
    assert [graph.needed(4, start) for start in range(5)] == [(1, 2, 3, 4), None, None, (4,), ()]
    assert graph.needed(2, start=1) == (2,)  # but within the block it does


def test_what_comes_before_does_not_follow() -> None:
    assert Graph(BLOCK).needed(1, start=2) is None


def test_only_what_leads_to_a_layer_is_needed() -> None:
    graph = Graph(layers(None, None, ("0",), ("0", "2")))
    assert graph.needed(3) == (0, 2, 3)
    assert graph.needed_by([1, 2]) == (0, 1, 2)
    assert graph.needed_by([]) == ()


def test_the_only_taker_of_a_layer_is_told() -> None:
    assert [Graph(BLOCK).taker(place) for place in range(5)] == [None, 2, None, 4, None]


def test_values_are_held_until_the_last_that_takes_them() -> None:
    assert Graph(BLOCK).last_uses(range(5)) == {SAMPLES: 0, 0: 3, 1: 2, 2: 3, 3: 4}


@pytest.mark.parametrize(
    "inputs", [(("1",), None), (("0",), None), (None, ("9",)), (None, ("",)), (None, ("2",), ("1",))]
)
def test_a_layer_that_is_not_there_yet_is_refused(inputs: tuple[tuple[str, ...] | None, ...]) -> None:
    with pytest.raises(ValueError, match="which is no layer before it"):
        Graph(layers(*inputs))


@pytest.mark.parametrize("seed", range(20))
def test_a_layer_suffices_if_every_way_leads_through_it(seed: int) -> None:
    """Brute force: all ways from the samples to the last layer, in random graphs."""
    rng = np.random.default_rng(seed)
    n = 7
    taken = [rng.choice(place, rng.integers(1, min(place, 2) + 1), replace=False) for place in range(1, n)]
    graph = Graph(layers(None, *(tuple(map(str, each)) for each in taken)))

    def ways(place: int) -> list[list[int]]:
        if place == SAMPLES:
            return [[]]
        return [[*way, place] for source in graph.sources[place] for way in ways(source)]

    every = ways(n - 1)
    for start in range(n):
        needed = graph.needed(n - 1, start)
        assert (needed is not None) == all(start in way for way in every)
        if needed is not None:
            assert set(needed) == {place for way in every for place in way[way.index(start) + 1 :]}
