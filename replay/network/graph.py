"""The graph of a network: which layers each layer takes, and what lies between two of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

SAMPLES = -1  # in place of a position: the network's input


class Node(Protocol):
    """A layer: its name, and the names of the layers that it takes; None for the one before it."""

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def inputs(self) -> tuple[str, ...] | None: ...  # noqa: D102


class Graph:
    """Layers in an order in which each comes after those that it takes.

    `sources` are, for each layer, the positions of the layers that it takes; SAMPLES are the network's input.
    Raises ValueError if a layer takes one that does not come before it.

    >>> from replay import LayerDescription as Layer
    >>> graph = Graph([Layer("a", "Dense"), Layer("b", "Dense"), Layer("sum", "Add", inputs=("a", "b"))])
    >>> graph.sources
    ((-1,), (0,), (0, 1))
    >>> graph.needed(2), graph.needed(1, start=0), graph.needed(2, start=1)
    ((0, 1, 2), (1,), None)
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.positions: dict[str, int] = {}
        sources: list[tuple[int, ...]] = []
        for place, node in enumerate(nodes):
            for name in node.inputs or ():
                if name not in self.positions:
                    raise ValueError(f"{node.name!r:.70} takes {name!r:.70}, which is no layer before it")
            taken = [place - 1] if node.inputs is None else map(self.positions.__getitem__, node.inputs)
            sources.append(tuple(taken))
            self.positions[node.name] = place
        self.sources: Sequence[tuple[int, ...]] = tuple(sources)
        self._found: dict[tuple[int, int], tuple[int, ...] | None] = {}

    def needed(self, last: int, start: int = SAMPLES) -> tuple[int, ...] | None:
        """The positions of the layers to compute for the one at `last`, in order, from the values at `start`.

        None where it also takes something else that comes from the samples: then these values don't suffice.
        """
        if (last, start) not in self._found:  # asked for several times a frame
            found, entered = self._before({last}, start)
            self._found[last, start] = found if entered <= {start} else None
        return self._found[last, start]

    def needed_by(self, wanted: Collection[int]) -> tuple[int, ...]:
        """The positions of the layers to compute for all of these, in order, from the samples."""
        return self._before(wanted, SAMPLES)[0]

    def _before(self, wanted: Collection[int], start: int) -> tuple[tuple[int, ...], set[int]]:
        """The layers behind `start` that these need, themselves included, and what these take in turn."""
        open_, found = set(wanted), []
        for position in range(max(wanted, default=start), start, -1):
            if position in open_:
                found.append(position)
                open_.remove(position)
                open_.update(self.sources[position])
        return tuple(reversed(found)), open_

    def taker(self, position: int) -> int | None:
        """The layer that alone takes this one, and takes nothing else; None where there is none."""
        found = self._takers.get(position, [])
        return found[0] if len(found) == 1 and self.sources[found[0]] == (position,) else None

    @cached_property
    def _takers(self) -> Mapping[int, list[int]]:
        found: dict[int, list[int]] = {}
        for place, sources in enumerate(self.sources):
            for source in set(sources):
                found.setdefault(source, []).append(place)
        return found

    def last_uses(self, positions: Iterable[int]) -> Mapping[int, int]:
        """By position, the last of these layers that takes it: from then on, nobody needs its values."""
        return {source: position for position in positions for source in self.sources[position]}
