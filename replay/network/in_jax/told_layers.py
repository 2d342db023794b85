"""Tell a network's layers from a function's equations: products with a kernel, biases, activations, sums.

From the output back, each value is told by how it was made. What is found computes the same as the function;
where something else is in it, `Untold` says what.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from replay.network.in_jax.equations import Computation, Equation, Number, Operand
from replay.network.in_jax.told_activations import Teller

RESHAPES = ("reshape", "broadcast_in_dim", "squeeze", "expand_dims", "slice")
JOINS = {"add": "Add", "add_any": "Add", "mul": "Multiply"}
SAMPLES = -1  # the place of what the network takes


class Untold(Exception):
    """The function is not made of known layers alone; says why."""


@dataclass(frozen=True)
class Source:
    """Where a weight of a layer comes from: one of the parameters, perhaps transposed, in this shape."""

    leaf: int
    shape: tuple[int, ...]
    transposed: bool = False


@dataclass(frozen=True)
class Link:
    """A layer, and the places of those that it takes. `mark` names a layer of NNX's, empty for others."""

    class_name: str
    takes: tuple[int, ...]
    shape: tuple[int, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Source] = field(default_factory=dict)
    activation: str | None = None
    mark: str = ""


def layers_of(computation: Computation, marked: Mapping[str, str]) -> list[Link]:
    """The layers of a function of parameters, the first inputs, and samples, the last one.

    Each comes after those that it takes, and the last one is the output. `marked` has the classes of NNX's
    layers, by the names of their equations. Raises Untold.
    """
    telling = _Telling(computation, marked)
    if not isinstance(computation.output, int):
        raise Untold("it gives a number")
    telling.place(computation.output)
    return _with_activations(telling.links)


class _Telling:
    """Tells values, each once, with those before it."""

    def __init__(self, computation: Computation, marked: Mapping[str, str]) -> None:
        self.links: list[Link] = []
        self._types = computation.types
        self._marked_as = marked
        self._teller = Teller(computation)
        self._made = {value: equation for equation in computation.equations for value in equation.results}
        *leaves, samples = computation.inputs
        self._n_samples = self._types[_value(samples)].shape[0]
        self._places = {_value(samples): SAMPLES}
        self._sources = {
            _value(value): Source(leaf, tuple(self._types[_value(value)].shape))
            for leaf, value in enumerate(leaves)
        }
        for equation in computation.equations:
            self._trace_source(equation)

    def _trace_source(self, equation: Equation) -> None:
        """Note a parameter that the function transposes or gives another shape."""
        source = self._source(equation.operands[0]) if equation.operands else None
        if source is None:
            return
        (result,) = equation.results[:1]
        shape = tuple(self._types[result].shape)
        if equation.primitive == "transpose" and len(shape) == 2:
            self._sources[result] = replace(source, shape=shape, transposed=not source.transposed)
        elif equation.primitive in RESHAPES and _is_same_row(source.shape, shape):
            self._sources[result] = source

    def _source(self, operand: Operand | None) -> Source | None:
        return self._sources.get(operand) if isinstance(operand, int) else None

    def place(self, operand: Operand) -> int:
        """The place of the layer that gives this value."""
        if not isinstance(operand, int):
            raise Untold("a number takes the place of samples")
        if operand not in self._places:
            self._places[operand] = self._told(operand)
        return self._places[operand]

    def _told(self, value: int) -> int:
        equation = self._made.get(value)
        if equation is None:
            raise Untold("it takes parameters or arrays in other ways than layers do")
        if equation.primitive in self._marked_as:
            return self._marked(equation)
        product = self._product(value)
        if product is not None:
            return self._dense(value, *product)
        told = self._teller.activation(value)
        if told is not None:
            given = {"activation_arguments": dict(told.arguments)} if told.arguments else {}
            return self._add("Activation", (told.start,), value, given, activation=told.name)
        if equation.primitive in RESHAPES:
            return self._reshaped(equation)
        values = [one for one in equation.operands if isinstance(one, int)]
        if equation.primitive in JOINS and len(values) == 2 and not any(map(self._source, values)):
            return self._add(JOINS[equation.primitive], equation.operands, value)
        if equation.primitive == "concatenate":
            return self._joined(equation)
        return self._scaled(equation)

    # The layers

    def _add(
        self,
        kind: str,
        takes: Sequence[Operand],
        value: int,
        config: Mapping[str, Any] | None = None,
        weights: Mapping[str, Source] | None = None,
        **given: Any,
    ) -> int:
        places, shape = tuple(map(self.place, takes)), self._shape(value)
        self.links.append(Link(kind, places, shape, config or {}, weights or {}, **given))
        return len(self.links) - 1

    def _shape(self, value: Operand) -> tuple[int, ...]:
        """The shape of one sample's value, with an axis for its units: a network may give one number each."""
        aval = self._types[_value(value)]
        if str(aval.dtype) != "float32":
            raise Untold(f"it computes with {aval.dtype}")
        if aval.shape[:1] != (self._n_samples,):
            raise Untold("it does not treat each sample by itself")
        return tuple(aval.shape[1:]) or (1,)

    def _check_rows(self, value: Operand) -> None:
        """Raise Untold where the last axis is that of the samples: a layer would take them for values."""
        if len(self._types[_value(value)].shape) < 2:
            raise Untold("it treats the samples as the values of one")

    def _marked(self, equation: Equation) -> int:
        taken = [one for one in equation.operands if self._source(one) is None]
        if len(taken) != 1:
            raise Untold("a layer takes more than samples and its own weights")
        self._check_rows(taken[0])
        kind = self._marked_as[equation.primitive]
        return self._add(kind, taken, equation.results[0], mark=equation.primitive)

    def _dense(self, value: int, taken: Operand, kernel: Source, bias: Source | None) -> int:
        weights = {"kernel": kernel} if bias is None else {"kernel": kernel, "bias": bias}
        return self._add("Dense", (taken,), value, weights=weights)

    def _product(self, value: int) -> tuple[Operand, Source, Source | None] | None:
        """What a product takes, its kernel, and the bias that is added to it; None if the value is none."""
        found = self._without_bias(value)
        if found is not None:
            return (*found, None)
        equation = self._made[value]
        if equation.primitive != "add":
            return None
        for bias, product in (equation.operands, equation.operands[::-1]):
            source = self._source(bias)
            found = None if source is None or source.transposed else self._without_bias(product)
            if source is not None and found is not None and math.prod(source.shape) == found[1].shape[1]:
                return (*found, replace(source, shape=(found[1].shape[1],)))
        return None

    def _without_bias(self, value: Operand) -> tuple[Operand, Source] | None:
        """What a product takes, and its kernel of inputs by units; None if the value is no product."""
        equation = self._made.get(value) if isinstance(value, int) else None
        turned = equation is not None and equation.primitive == "transpose"
        if equation is not None and turned and len(self._types[_value(value)].shape) == 2:
            equation = self._made.get(_value(equation.operands[0]))  # its samples are its columns
        if equation is None or equation.primitive != "dot_general":
            return None
        first, second = equation.operands
        samples_first = self._source(first) is None
        taken, source = (first, self._source(second)) if samples_first else (second, self._source(first))
        if source is None or self._source(taken) is not None or len(source.shape) not in (1, 2):
            raise Untold("a product with something that is no matrix of parameters")
        self._check_rows(taken)
        contracted, batched = equation.params["dimension_numbers"]
        (own,), (of_kernel,) = contracted if samples_first else contracted[::-1]
        rank, of_result = (len(self._types[_value(one)].shape) for one in (taken, equation.results[0]))
        if any(map(len, batched)) or own != rank - 1:
            raise Untold("a product along another axis than the last one")
        if turned == samples_first and of_result > 1:
            raise Untold("a product whose samples are not its rows")
        return taken, _turned(source) if of_kernel == 1 else replace(source, shape=(*source.shape, 1)[:2])

    def _reshaped(self, equation: Equation) -> int:
        """A change of shape: samples flattened, or the one number of each sample without or with its axis."""
        (taken,), value = equation.operands[:1], equation.results[0]
        before, after = self._shape(taken), self._shape(value)
        if math.prod(before) != math.prod(after):
            raise Untold(f"it takes a part of samples of shape {before}")
        if after == before:
            return self.place(taken)
        if len(after) == 1:
            return self._add("Flatten", (taken,), value)
        return self._add("Reshape", (taken,), value, {"target_shape": list(after)})

    def _joined(self, equation: Equation) -> int:
        value = equation.results[0]
        if equation.params["dimension"] != len(self._types[value].shape) - 1:
            raise Untold("it joins along another axis than the last one")
        for one in equation.operands:
            self._check_rows(one)
        return self._add("Concatenate", equation.operands, value, {"axis": -1})

    def _scaled(self, equation: Equation) -> int:
        """Values scaled and moved by a number."""
        taken, scale, offset = _affine(equation)
        return self._add("Rescaling", (taken,), equation.results[0], {"scale": scale, "offset": offset})


def _with_activations(links: Sequence[Link]) -> list[Link]:
    """The layers, with an activation in the dense layer before it where nobody else takes what that gives."""
    users = Counter(place for link in links for place in link.takes)
    kept: list[Link] = []
    places = {SAMPLES: SAMPLES}
    for number, link in enumerate(links):
        taken = tuple(places[place] for place in link.takes)
        before = kept[taken[0]] if taken[0] != SAMPLES else None
        joins = before is not None and before.class_name == "Dense" and before.activation is None
        if before is not None and joins and link.class_name == "Activation" and users[link.takes[0]] == 1:
            config = {**before.config, **link.config}
            kept[taken[0]] = replace(before, activation=link.activation, config=config, shape=link.shape)
            places[number] = taken[0]
        else:
            kept.append(replace(link, takes=taken))
            places[number] = len(kept) - 1
    return kept


def _value(operand: Operand) -> int:
    """An operand that is no number. Raises Untold for one."""
    if not isinstance(operand, int):
        raise Untold("a number takes the place of samples")
    return operand


def _is_same_row(own: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether a change of shape only adds or drops axes of one: of a row of units, as a bias is."""
    same = [size for size in own if size != 1] == [size for size in shape if size != 1]
    return same and (not shape or shape[-1] == math.prod(own) or len(own) == len(shape))


def _turned(source: Source) -> Source:
    return replace(source, shape=source.shape[::-1], transposed=not source.transposed)


def _affine(equation: Equation) -> tuple[Operand, float, float]:
    """What one step with a number takes, its scale and offset. Raises Untold for any other step."""
    if equation.primitive == "neg":
        return equation.operands[0], -1.0, 0.0
    first, second = (*equation.operands, None, None)[:2]
    if len(equation.operands) == 2 and isinstance(first, Number) != isinstance(second, Number):
        number = first.value if isinstance(first, Number) else second.value  # type: ignore[union-attr]
        taken = second if isinstance(first, Number) else first
        assert taken is not None
        if equation.primitive == "mul":
            return taken, number, 0.0
        if equation.primitive == "add":
            return taken, 1.0, number
        if equation.primitive == "sub":
            return (taken, -1.0, number) if taken is second else (taken, 1.0, -number)
        if equation.primitive == "div" and taken is first and number:
            return taken, 1 / number, 0.0
    raise Untold(f"{equation.primitive} is in no layer that NumPy knows")
