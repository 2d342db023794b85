"""Tell an activation function by what it computes: the same equations as JAX's own, with its arguments.

Names prove nothing: anybody may call a function `relu`. So each candidate is traced by JAX on the same shape,
and its equations are compared with those of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from replay.network.in_jax.equations import Computation, Equation, Number, Operand, written_out

COMMUTATIVE = ("add", "mul", "max", "min")
UNTOLD = ("sharding", "out_sharding", "weak_type", "accuracy")  # do not change what is computed
AT_MOST = 40  # equations of an activation
_Named = tuple[str, Mapping[str, Any]]  # an activation and its arguments


@dataclass(frozen=True)
class Candidate:
    """A way to write an activation: `function(z)` or, with the name of an `argument`, `function(z, value)`.

    `fixed` are arguments that this way has. `of_rows`: of all values of a sample together. `of_vector`: the
    function is written for one sample alone.
    """

    name: str
    function: Callable[..., Any]
    argument: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    of_rows: bool = False
    of_vector: bool = False

    def suits(self, rank: int, mapped: bool) -> bool:
        """Whether it may stand for a function of values with so many axes, the first that of the samples."""
        return (not self.of_vector or (mapped and rank == 2)) and (not self.of_rows or rank >= 2)


def _by_max(z: Any) -> Any:
    powers = jnp.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _less_log_sum(z: Any) -> Any:
    return z - jax.scipy.special.logsumexp(z, axis=-1, keepdims=True)


CANDIDATES = (
    Candidate("tanh", jnp.tanh),
    Candidate("sigmoid", jax.nn.sigmoid),
    Candidate("sigmoid", lambda z: 1 / (1 + jnp.exp(-z))),
    Candidate("relu", jax.nn.relu),
    Candidate("relu", lambda z: jnp.where(z > 0, z, 0.0)),
    Candidate("relu", lambda z: z * (z > 0)),
    Candidate("softmax", jax.nn.softmax, of_rows=True),
    Candidate("softmax", _by_max, of_rows=True),
    Candidate("log_softmax", jax.nn.log_softmax, of_rows=True),
    Candidate("log_softmax", _less_log_sum, of_rows=True),
    Candidate("log_softmax", lambda z: z - jax.scipy.special.logsumexp(z), of_vector=True),
    Candidate("silu", jax.nn.silu),
    Candidate("gelu", partial(jax.nn.gelu, approximate=True), fixed={"approximate": True}),
    Candidate("gelu", partial(jax.nn.gelu, approximate=False), fixed={"approximate": False}),
    Candidate("softplus", jax.nn.softplus),
    Candidate("softplus", lambda z: jnp.log1p(jnp.exp(z))),
    Candidate("softsign", jax.nn.soft_sign),
    Candidate("selu", jax.nn.selu),
    Candidate("relu6", jax.nn.relu6),
    Candidate("hard_tanh", jax.nn.hard_tanh),
    Candidate("hard_tanh", lambda z: jnp.clip(z, -1, 1)),
    Candidate("hard_sigmoid", jax.nn.hard_sigmoid),
    Candidate("hard_silu", jax.nn.hard_silu),
    Candidate("mish", jax.nn.mish),
    Candidate("log_sigmoid", jax.nn.log_sigmoid),
    Candidate("sparse_plus", jax.nn.sparse_plus),
    Candidate("sparse_sigmoid", jax.nn.sparse_sigmoid),
    Candidate("glu", jax.nn.glu, of_rows=True),
    Candidate("exponential", jnp.exp),
    Candidate("leaky_relu", jax.nn.leaky_relu, "negative_slope"),
    Candidate("leaky_relu", lambda z, slope: jnp.where(z > 0, z, slope * z), "negative_slope"),
    Candidate("elu", jax.nn.elu, "alpha"),
    Candidate("celu", jax.nn.celu, "alpha"),
    Candidate("squareplus", jax.nn.squareplus, "b"),
)


@dataclass(frozen=True)
class Told:
    """An activation that was told: its name and arguments, and the value that it is of."""

    name: str
    arguments: Mapping[str, Any]
    start: int


class Teller:
    """Tells activations in one computation. Equal expressions have equal numbers, whoever wrote them."""

    def __init__(self, computation: Computation) -> None:
        self._types = computation.types
        self._made = {value: equation for equation in computation.equations for value in equation.results}
        self._numbers: dict[Any, int] = {}
        self._expressions_of: dict[Any, Mapping[int, _Named]] = {}

    def activation(self, value: int) -> Told | None:
        """The activation that gives a value; None if none does. Of several, one in the other, the longest."""
        before = self._before(value)
        starts = sorted({one for equation in before for one in equation.operands if isinstance(one, int)})
        constants = {one.value for equation in before for one in equation.operands if isinstance(one, Number)}
        found: dict[int, int] = {}
        for start in starts:
            seen = self._relative_to(start, before)
            if value in seen and _may_give(self._types[start].shape, self._types[value].shape):
                found[start] = seen[value]
        for mapped in (False, True):
            for argument in (None, *sorted(constants)):
                for start, number in found.items():
                    known = self._expressions(self._types[start], argument, mapped)
                    if number in known:
                        return Told(*known[number], start)
        return None

    def _before(self, value: int) -> list[Equation]:
        """The last equations on which a value depends, in order."""
        found: dict[int, Equation] = {}
        waiting = [value]
        while waiting and len(found) < AT_MOST:
            equation = self._made.get(waiting.pop(0))
            if equation is not None and equation.results[0] not in found:
                found[equation.results[0]] = equation
                waiting += [one for one in equation.operands if isinstance(one, int)]
        return [found[result] for result in sorted(found)]

    def _relative_to(self, start: int, equations: Sequence[Equation]) -> dict[int, int]:
        """The numbers of the expressions that need `start` alone, by value."""
        seen = {start: self._numbered("z")}
        for equation in equations:
            known = all(isinstance(one, Number) or one in seen for one in equation.operands)
            if known and start not in equation.results:
                self._follow(equation, seen)
        return seen

    def _follow(self, equation: Equation, seen: dict[int, int]) -> None:
        """Number the results of an equation whose operands are numbered."""
        operands = [self._operand(one, seen) for one in equation.operands]
        if equation.primitive in COMMUTATIVE:
            operands.sort()
        params = tuple(
            sorted((name, _plain(value)) for name, value in equation.params.items() if name not in UNTOLD)
        )
        for place, result in enumerate(equation.results):
            seen[result] = self._numbered((equation.primitive, params, tuple(operands), place))

    def _operand(self, one: Operand, seen: Mapping[int, int]) -> int:
        return self._numbered(("number", one.value)) if isinstance(one, Number) else seen[one]

    def _numbered(self, key: Any) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _expressions(self, aval: Any, value: float | None, mapped: bool) -> Mapping[int, _Named]:
        """Those without or with an argument of this value; `mapped`, as `vmap` of samples writes them."""
        key = aval.shape, str(aval.dtype), value, mapped
        if key not in self._expressions_of:
            self._expressions_of[key] = dict(self._numbered_candidates(aval, value, mapped))
        return self._expressions_of[key]

    def _numbered_candidates(
        self, aval: Any, value: float | None, mapped: bool
    ) -> Iterator[tuple[int, _Named]]:
        argument = None if value is None else float(str(np.float32(value)))
        for candidate in CANDIDATES:
            if not candidate.suits(len(aval.shape), mapped) or (candidate.argument is None) != (
                value is None
            ):
                continue
            function = candidate.function if argument is None else _with(candidate.function, argument)
            number = self._expression(jax.vmap(function) if mapped else function, aval)
            if number is not None:
                given = {} if argument is None else {str(candidate.argument): argument}
                yield number, (candidate.name, {**candidate.fixed, **given})

    def _expression(self, function: Callable[[Any], Any], aval: Any) -> int | None:
        """The number of a function's expression of values of this shape; None where it takes no such ones."""
        try:
            computation = written_out(function, jax.ShapeDtypeStruct(aval.shape, aval.dtype))
        except (TypeError, ValueError, AssertionError, ZeroDivisionError):  # an odd number of values for glu
            return None
        (start,) = computation.inputs
        seen = self._relative_to(int(start), computation.equations)  # type: ignore[arg-type]
        return seen.get(computation.output)  # type: ignore[arg-type]


def _may_give(own: Sequence[int], given: Sequence[int]) -> bool:
    """Whether an activation of values of one shape may have the other; glu takes twice as many."""
    halved = len(own) > 1 and own[:-1] == given[:-1] and own[-1] == 2 * given[-1]
    return own == given or halved


def _with(function: Callable[..., Any], value: float) -> Callable[[Any], Any]:
    return lambda z: function(z, value)


def _plain(value: Any) -> Any:
    """A parameter in a form that compares: NumPy's integers as Python's."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(_plain, value))
    return int(value) if isinstance(value, int | np.integer) else repr(value)
