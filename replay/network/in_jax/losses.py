"""The loss that a user names: by Keras's name, or as a function of optax's, which is told by the object."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from replay.errors import ScenarioError, unknown
from replay.network.losses import CROSS_ENTROPIES, LOSSES

SHORT = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "logcosh": "log_cosh"}
FROM_LOGITS = {"from_logits": True}
# Each of optax's, with Keras's name, its arguments, and those of its own that may be given.
OPTAX: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "sigmoid_binary_cross_entropy": ({"name": "binary_crossentropy", **FROM_LOGITS}, ()),
    "softmax_cross_entropy": ({"name": "categorical_crossentropy", **FROM_LOGITS}, ()),
    "softmax_cross_entropy_with_integer_labels": (
        {"name": "sparse_categorical_crossentropy", **FROM_LOGITS},
        (),
    ),
    "squared_error": ({"name": "mean_squared_error"}, ()),
    "l2_loss": ({"name": "half_squared_error"}, ()),
    "huber_loss": ({"name": "huber", "delta": 1.0}, ("delta",)),
    "log_cosh": ({"name": "log_cosh"}, ()),
}


def described_loss(loss: Any) -> dict[str, Any] | None:
    """The loss as a run file has it; None for None.

    Args:
        loss: A name of Keras's, a name with its arguments (in a tuple, or in a dict as in run files), or a
            function. One of optax's is known, also as a `functools.partial`; any other is kept by its name.

    Raises:
        ScenarioError: There is no loss of this name, or it is none of these.
    """
    if loss is None:
        return None
    if isinstance(loss, str):
        return _named(loss, {})
    if isinstance(loss, Mapping) and isinstance(loss.get("name"), str):
        return _named(loss["name"], {name: value for name, value in loss.items() if name != "name"})
    if isinstance(loss, tuple) and len(loss) == 2 and isinstance(loss[1], Mapping):
        return _named(loss[0], loss[1])
    if callable(loss):
        return _of_function(loss)
    raise ScenarioError(f"loss must be a name, a name with its arguments, or a function, not {loss!r}")


def _named(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name = SHORT.get(name, name)
    if name not in LOSSES:
        raise ScenarioError(unknown("loss", name, LOSSES))
    # Keras on JAX takes a cross-entropy from the outputs as they are.
    as_given = {"from_outputs": True} if name in CROSS_ENTROPIES else {}
    return {"name": name, **as_given, **arguments}


def _of_function(function: Callable[..., Any]) -> dict[str, Any]:
    given = {}
    of = function
    if isinstance(function, partial) and not function.args:
        of, given = function.func, function.keywords
    for name, (described, arguments) in OPTAX.items():
        known = of is getattr(sys.modules.get("optax"), name, None)  # who passes one has loaded it
        if known and {*given} <= {*arguments}:
            as_given = {"from_outputs": True} if described["name"] in CROSS_ENTROPIES else {}
            return {**described, **as_given, **{key: float(value) for key, value in given.items()}}
    return {"name": full_name(of)}


def full_name(function: Any) -> str:
    """The name of a function or class with its module, as run files have those of users' own."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"
