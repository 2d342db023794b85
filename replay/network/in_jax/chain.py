"""Tell a chain of layers from a function's equations: products with a kernel, added biases, activations.

What is found computes the same as the function; where something else is in it, `NoChain` says what.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from replay.network.in_jax.equations import Computation, Equation, Number
from replay.network.in_jax.told_activations import Teller

RESHAPES = ("reshape", "broadcast_in_dim", "squeeze", "expand_dims")


class NoChain(Exception):
    """The function is no chain of known layers; says why."""


@dataclass(frozen=True)
class Source:
    """Where a weight of a layer comes from: one of the parameters, perhaps transposed, in this shape."""

    leaf: int
    shape: tuple[int, ...]
    transposed: bool = False


@dataclass(frozen=True)
class Link:
    """A layer of the chain. `mark` is the name of a layer of NNX's, empty for others."""

    class_name: str
    shape: tuple[int, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Source] = field(default_factory=dict)
    activation: str | None = None
    mark: str = ""


def chain_of(computation: Computation, marked: Mapping[str, str]) -> list[Link]:
    """The layers of a function of parameters, the first inputs, and samples, the last one.

    `marked` has the classes of NNX's layers, by the names of their equations. Raises NoChain for others.
    """
    return _Walk(computation, marked).links()


class _Walk:
    """Follows the samples through the equations."""

    def __init__(self, computation: Computation, marked: Mapping[str, str]) -> None:
        self._computation = computation
        self._marked_as = marked
        self._teller = Teller(computation)
        *leaves, samples = computation.inputs
        self._at = int(samples)  # type: ignore[arg-type]
        types = computation.types
        self._sources = {
            int(value): Source(leaf, tuple(types[int(value)].shape))  # type: ignore[arg-type]
            for leaf, value in enumerate(leaves)
        }
        self._trace_sources()
        self._n_samples = types[self._at].shape[0]
        self._links: list[Link] = []

    def _trace_sources(self) -> None:
        """Parameters that the function transposes or gives another shape."""
        for equation in self._computation.equations:
            first = equation.operands[0] if equation.operands else None
            source = self._sources.get(first) if isinstance(first, int) else None
            if source is None or len(equation.results) != 1:
                continue
            shape = tuple(self._computation.types[equation.results[0]].shape)
            if equation.primitive == "transpose" and len(shape) == 2:
                turned = replace(source, shape=shape, transposed=not source.transposed)
                self._sources[equation.results[0]] = turned
            elif equation.primitive in RESHAPES and _has_units_last(source.shape, shape):
                self._sources[equation.results[0]] = source

    def links(self) -> list[Link]:
        while self._at != self._computation.output:
            before = self._at
            self._step()
            assert self._at != before
        return self._links

    def _step(self) -> None:
        users = self._computation.users(self._at)
        if len(users) == 1:
            (user,) = users
            if user.primitive in self._marked_as:
                return self._marked(user)
            if user.primitive == "dot_general":
                return self._dense(user)
        told = self._teller.activation(self._at)
        if told is not None:
            return self._activation(told.name, told.arguments, told.result)
        if len(users) != 1:
            raise NoChain("what one layer gives goes to several")
        if user.primitive in RESHAPES or user.primitive == "slice":
            return self._reshaped(user)
        return self._scaled(user)

    # The layers

    def _add(self, link: Link, result: int) -> None:
        self._links.append(link)
        self._at = result

    def _shape(self, value: int) -> tuple[int, ...]:
        """The shape of one sample's value."""
        aval = self._computation.types[value]
        if str(aval.dtype) != "float32":
            raise NoChain(f"it computes with {aval.dtype}")
        if aval.shape[:1] != (self._n_samples,):
            raise NoChain("it does not treat each sample by itself")
        return _column(aval.shape[1:])

    def _check_rows(self) -> None:
        """Raise NoChain where the last axis is that of the samples: a layer would take them for values."""
        if len(self._computation.types[self._at].shape) < 2:
            raise NoChain("it treats the samples as the values of one")

    def _marked(self, user: Equation) -> None:
        self._check_rows()
        others = [one for one in user.operands if one != self._at]
        if len(others) != len(user.operands) - 1 or not all(one in self._sources for one in others):
            raise NoChain("a layer takes more than samples and its own weights")
        kind, shape = self._marked_as[user.primitive], self._shape(user.results[0])
        self._add(Link(kind, shape, mark=user.primitive), user.results[0])

    def _dense(self, user: Equation) -> None:
        self._check_rows()
        source = self._other_source(user, self._at)
        if source is None or len(source.shape) not in (1, 2):
            raise NoChain("a product with something that is no matrix of parameters")
        result, contracted = self._product(user)
        kernel = _turned(source) if contracted == 1 else replace(source, shape=(*source.shape, 1)[:2])
        weights = {"kernel": kernel}
        bias = self._bias(result, kernel.shape[1])
        if bias is not None:
            weights["bias"], result = bias
        self._add(Link("Dense", self._shape(result), weights=weights), result)

    def _other_source(self, user: Equation, value: int) -> Source | None:
        """The parameter that an equation of two operands takes beside a value; None if it is none."""
        others = [self._sources.get(one) for one in user.operands if one != value and isinstance(one, int)]
        return others[0] if len(others) == 1 else None

    def _product(self, user: Equation) -> tuple[int, int]:
        """The product of samples and a kernel, samples first; and along which of the kernel's axes."""
        contracted, batched = user.params["dimension_numbers"]
        samples_first = user.operands[0] == self._at
        (own,), (of_kernel,) = contracted if samples_first else contracted[::-1]
        rank = len(self._computation.types[self._at].shape)
        if any(map(len, batched)) or own != rank - 1:
            raise NoChain("a product along another axis than the last one")
        result = user.results[0]
        if samples_first or len(self._computation.types[result].shape) == 1:
            return result, of_kernel
        users = self._computation.users(result)
        if rank != 2 or len(users) != 1 or users[0].primitive != "transpose":
            raise NoChain("a product whose samples are not its rows")
        return users[0].results[0], of_kernel

    def _bias(self, product: int, units: int) -> tuple[Source, int] | None:
        """The bias that is added to a product, and the sum; None where there is none."""
        users = self._computation.users(product)
        if len(users) != 1 or users[0].primitive != "add" or self._computation.output == product:
            return None
        source = self._other_source(users[0], product)
        if source is None or math.prod(source.shape) != units or source.transposed:
            return None
        return replace(source, shape=(units,)), users[0].results[0]

    def _activation(self, name: str, arguments: Mapping[str, Any], result: int) -> None:
        shape = self._shape(result)
        config = {"activation_arguments": dict(arguments)} if arguments else {}
        last = self._links[-1] if self._links else None
        if last is not None and last.class_name == "Dense" and last.activation is None:
            self._links[-1] = replace(last, activation=name, config={**last.config, **config}, shape=shape)
            self._at = result
        else:
            self._add(Link("Activation", shape, config, activation=name), result)

    def _reshaped(self, user: Equation) -> None:
        """A change of shape: samples flattened, or the one number of each sample without or with its axis."""
        result = user.results[0]
        before, after = self._shape(self._at), self._shape(result)
        if math.prod(before) != math.prod(after):
            raise NoChain(f"it takes a part of samples of shape {before}")
        if after == before:
            self._at = result
        elif len(after) == 1:
            self._add(Link("Flatten", after), result)
        else:
            self._add(Link("Reshape", after, {"target_shape": list(after)}), result)

    def _scaled(self, user: Equation) -> None:
        """Values scaled and moved by numbers."""
        scale, offset = _affine(user, self._at)
        shape = self._shape(user.results[0])
        self._add(Link("Rescaling", shape, {"scale": scale, "offset": offset}), user.results[0])


def _column(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of a sample's value, with an axis for its units: a network may give one number each."""
    return tuple(shape) or (1,)


def _has_units_last(own: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether a change of shape only adds or drops axes of one: of a row of units, as a bias is."""
    return [size for size in own if size != 1] == [size for size in shape if size != 1] and (
        math.prod(own) == 1 or not shape or shape[-1] == math.prod(own) or len(own) == len(shape)
    )


def _turned(source: Source) -> Source:
    return replace(source, shape=source.shape[::-1], transposed=not source.transposed)


def _affine(user: Equation, value: int) -> tuple[float, float]:
    """Scale and offset of one step with a number. Raises NoChain for any other step."""
    numbers = [one.value for one in user.operands if isinstance(one, Number)]
    first = bool(user.operands) and user.operands[0] == value
    if user.primitive == "neg":
        return -1.0, 0.0
    if len(numbers) == 1 and len(user.operands) == 2:
        (number,) = numbers
        if user.primitive == "mul":
            return number, 0.0
        if user.primitive == "add":
            return 1.0, number
        if user.primitive == "sub":
            return (1.0, -number) if first else (-1.0, number)
        if user.primitive == "div" and first and number:
            return 1 / number, 0.0
    raise NoChain(f"{user.primitive} is in no layer that NumPy knows")
