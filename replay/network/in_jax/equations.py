"""What a function of JAX computes, as one list of primitive equations, with inner functions written out.

JAX's traces (jaxprs) nest: `jax.nn.relu` is a function with a rule for its derivative around a jitted one
around one `max`. Written out and without what nobody uses, two ways to write the same computation are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal

# Primitives that only call a function.
CALLS = (
    *("jit", "pjit", "closed_call", "core_call", "checkpoint", "remat", "remat2"),
    *("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"),
)
RULES = ("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr")  # with derivatives of their own
REAL = "biuf"  # kinds of NumPy's types
FOLDED = ("convert_element_type", "broadcast_in_dim")  # of a number: the same number


@dataclass(frozen=True)
class Number:
    """A number that is written in the function."""

    value: float


Operand = int | Number  # a value by its number in the list, or a number


@dataclass(frozen=True)
class Equation:
    """One step: a primitive with its parameters and operands, and the values that it gives."""

    primitive: str
    params: Mapping[str, Any]
    operands: tuple[Operand, ...]
    results: tuple[int, ...]


@dataclass
class Computation:
    """A function written out.

    `inputs` are the values that it takes, `output` the one that it gives. `types` has the shape and dtype of
    each value. `has_rules`: whether a function within it has a derivative of its own.
    """

    inputs: list[Operand] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    output: Operand = 0
    types: list[Any] = field(default_factory=list)
    has_rules: bool = False

    def users(self, value: int) -> list[Equation]:
        """The equations that take a value."""
        return [equation for equation in self.equations if value in equation.operands]


def written_out(function: Callable[..., Any], *arguments: Any, mark: str | None = None) -> Computation:
    """The computation of a function that gives one array.

    Args:
        function: A function of pytrees.
        *arguments: Arrays, or their shapes and types.
        mark: Jitted functions whose names begin so stay one equation, called by their name.
    """
    closed = jax.make_jaxpr(function)(*arguments)
    writing = _Writing(mark)
    computation = writing.computation
    computation.inputs = [writing.new(var.aval) for var in closed.jaxpr.invars]
    (computation.output, *_) = writing.write(closed.jaxpr, closed.consts, computation.inputs)
    computation.equations = _used(computation.equations, computation.output)
    return computation


class _Writing:
    """Writes nested functions into one list."""

    def __init__(self, mark: str | None) -> None:
        self.computation = Computation()
        self._mark = mark

    def new(self, aval: Any) -> int:
        self.computation.types.append(aval)
        return len(self.computation.types) - 1

    def write(self, jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Operand]) -> list[Operand]:
        known: dict[Any, Operand] = dict(zip(jaxpr.invars, inputs, strict=True))
        for var, value in zip(jaxpr.constvars, consts, strict=True):
            known[var] = self._constant(value, var.aval)

        def operand(atom: Any) -> Operand:
            return self._constant(atom.val, atom.aval) if isinstance(atom, Literal) else known[atom]

        for equation in jaxpr.eqns:
            operands = tuple(map(operand, equation.invars))
            known.update(zip(equation.outvars, self._results(equation, operands), strict=True))
        return [operand(atom) for atom in jaxpr.outvars]

    def _constant(self, value: Any, aval: Any) -> Operand:
        """A number, or a value of which nothing is known: an array, a random key."""
        real = (
            not jax.dtypes.issubdtype(aval.dtype, jax.dtypes.prng_key) and np.dtype(aval.dtype).kind in REAL
        )
        return Number(float(np.float32(value))) if real and aval.shape == () else self.new(aval)

    def _results(self, equation: Any, operands: tuple[Operand, ...]) -> Sequence[Operand]:
        name = equation.primitive.name
        inner = _inner(equation) if name in CALLS else None
        own = str(equation.params.get("name", ""))
        marked = self._mark is not None and own.startswith(self._mark)
        if inner is not None and not marked:
            self.computation.has_rules |= name in RULES
            return self.write(*inner, operands)
        if name == "convert_element_type" and _keeps_type(equation):
            return operands
        if name in FOLDED and isinstance(operands[0], Number):
            return [_folded(operands[0], equation.outvars[0].aval.dtype)]
        results = tuple(self.new(var.aval) for var in equation.outvars)
        self.computation.equations.append(
            Equation(own if marked else name, {} if marked else equation.params, operands, results)
        )
        return results


def _inner(equation: Any) -> tuple[Any, Sequence[Any]] | None:
    """The function that an equation calls, and its constants."""
    for name in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        inner = equation.params.get(name)
        if inner is not None:
            return (inner.jaxpr, inner.consts) if hasattr(inner, "consts") else (inner, ())
    return None


def _keeps_type(equation: Any) -> bool:
    """Whether a conversion only makes a weak type, as that of `jnp.full(3, 1.0)`, a strong one."""
    return bool(equation.invars[0].aval.dtype == equation.outvars[0].aval.dtype)


def _folded(number: Number, dtype: Any) -> Number:
    return number if np.dtype(dtype).kind == "f" else Number(float(np.asarray(number.value).astype(dtype)))


def _used(equations: Sequence[Equation], output: Operand) -> list[Equation]:
    """The equations on which the output depends."""
    needed = {output}
    kept = []
    for equation in reversed(equations):
        if needed & {*equation.results}:
            needed |= {*equation.operands}
            kept.append(equation)
    return kept[::-1]
