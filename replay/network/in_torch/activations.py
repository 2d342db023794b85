"""PyTorch's activations, as modules and as functions, by their names in the catalogue.

A row tells PyTorch's arguments, which modules keep as attributes of the same names, and how they are
arguments of the catalogue's function. An activation counts only if it is PyTorch's very own object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F


class Found(NamedTuple):
    """An activation of the catalogue with its arguments."""

    name: str
    arguments: Mapping[str, Any]


# From PyTorch's arguments and the axes of the input (with that of the samples) to the catalogue's; None
# where the catalogue's function does not do what PyTorch's does with these.
Translated = Callable[[Mapping[str, Any], int], Mapping[str, Any] | None]


def _none(given: Mapping[str, Any], n_axes: int) -> Mapping[str, Any]:
    return {}


def _same(given: Mapping[str, Any], n_axes: int) -> Mapping[str, Any]:
    return given


def _last_axis(given: Mapping[str, Any], n_axes: int) -> Mapping[str, Any] | None:
    axis = given["dim"]
    if axis is None:  # PyTorch's choice where none is given
        axis = 0 if n_axes in (0, 1, 3) else 1
    return {} if axis in (-1, n_axes - 1) else None


def _only(**expected: Any) -> Translated:
    """For an activation that the catalogue has with these arguments of PyTorch's alone."""
    return lambda given, n_axes: {} if dict(given) == expected else None


def _threshold(given: Mapping[str, Any], n_axes: int) -> Mapping[str, Any]:
    return {"threshold": given["threshold"], "default_value": given["value"]}


def _mean_slope(given: Mapping[str, Any], n_axes: int) -> Mapping[str, Any]:
    return {"negative_slope": (given["lower"] + given["upper"]) / 2}  # what it is in evaluation


@dataclass(frozen=True)
class Row:
    """One activation: PyTorch's module, its functions and methods (by name), and their arguments."""

    name: str
    module: type[Any]
    functions: Sequence[Any] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)  # with PyTorch's defaults, in their order
    translated: Translated = _none


ROWS = (
    Row("relu", nn.ReLU, (F.relu, torch.relu, "relu")),
    Row("relu6", nn.ReLU6, (F.relu6,)),
    Row("tanh", nn.Tanh, (F.tanh, torch.tanh, "tanh")),
    Row("sigmoid", nn.Sigmoid, (F.sigmoid, torch.sigmoid, "sigmoid")),
    Row("leaky_relu", nn.LeakyReLU, (F.leaky_relu,), {"negative_slope": 0.01}, _same),
    Row("leaky_relu", nn.RReLU, (), {"lower": 1 / 8, "upper": 1 / 3}, _mean_slope),
    Row("elu", nn.ELU, (F.elu,), {"alpha": 1.0}, _same),
    Row("celu", nn.CELU, (F.celu,), {"alpha": 1.0}, _same),
    Row("selu", nn.SELU, (F.selu, torch.selu)),
    Row("silu", nn.SiLU, (F.silu,)),
    Row("mish", nn.Mish, (F.mish,)),
    Row(
        "gelu",
        nn.GELU,
        (F.gelu,),
        {"approximate": "none"},
        lambda given, _: {"approximate": given["approximate"] == "tanh"},
    ),
    Row("softplus", nn.Softplus, (F.softplus,), {"beta": 1, "threshold": 20}, _only(beta=1, threshold=20)),
    Row("softsign", nn.Softsign, (F.softsign,)),
    Row(
        "soft_shrink",
        nn.Softshrink,
        (F.softshrink,),
        {"lambd": 0.5},
        lambda given, _: {"threshold": given["lambd"]},
    ),
    Row(
        "hard_shrink",
        nn.Hardshrink,
        (F.hardshrink,),
        {"lambd": 0.5},
        lambda given, _: {"threshold": given["lambd"]},
    ),
    Row("tanh_shrink", nn.Tanhshrink, (F.tanhshrink,)),
    Row("threshold", nn.Threshold, (F.threshold,), {"threshold": None, "value": None}, _threshold),
    Row("hard_sigmoid", nn.Hardsigmoid, (F.hardsigmoid,)),
    Row("hard_silu", nn.Hardswish, (F.hardswish,)),
    Row(
        "hard_tanh",
        nn.Hardtanh,
        (F.hardtanh,),
        {"min_val": -1.0, "max_val": 1.0},
        _only(min_val=-1.0, max_val=1.0),
    ),
    Row("log_sigmoid", nn.LogSigmoid, (F.logsigmoid,)),
    Row("softmax", nn.Softmax, (F.softmax, torch.softmax, "softmax"), {"dim": None}, _last_axis),
    Row(
        "log_softmax",
        nn.LogSoftmax,
        (F.log_softmax, torch.log_softmax, "log_softmax"),
        {"dim": None},
        _last_axis,
    ),
    Row("glu", nn.GLU, (F.glu,), {"dim": -1}, _last_axis),
    Row("exponential", nn.Module, (torch.exp, "exp")),
)
_OF_MODULES = {row.module: row for row in ROWS if row.module is not nn.Module}
_OF_FUNCTIONS = {function: row for row in ROWS for function in row.functions}
_WITHOUT_EFFECT = {"inplace": (False, True), "_stacklevel": (3,), "dtype": (None,)}


def of_module(module: Any, n_axes: int) -> Found | None:
    """The activation that a module is, None where it is none that the catalogue has.

    `n_axes` counts the axes of its input, with that of the samples.
    """
    row = _OF_MODULES.get(type(module))
    if row is None:
        return None
    return _found(row, {name: getattr(module, name) for name in row.arguments}, n_axes)


def of_call(function: Any, positional: Sequence[Any], named: Mapping[str, Any], n_axes: int) -> Found | None:
    """The activation that a call of a function is, or of a method by its name; None as `of_module`.

    `positional` are the arguments behind the input.
    """
    row = _OF_FUNCTIONS.get(function)
    if row is None or len(positional) > len(row.arguments):
        return None
    given = {**row.arguments, **dict(zip(row.arguments, positional, strict=False))}
    for name, value in named.items():
        if name in row.arguments:
            given[name] = value
        elif value not in _WITHOUT_EFFECT.get(name, ()):
            return None
    return _found(row, given, n_axes)


def _found(row: Row, given: Mapping[str, Any], n_axes: int) -> Found | None:
    arguments = row.translated(given, n_axes)
    return None if arguments is None else Found(row.name, arguments)
