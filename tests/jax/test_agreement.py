"""What a replay says of networks of JAX is what JAX says: answers, losses and gradients of every snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay
from tests.helpers.backends import need

need("jax")
need("flax")
import jax
import jax.numpy as jnp
import optax
from flax import nnx

import replay.jax
from replay.network.in_jax.describe import described
from replay.network.in_jax.given_model import model_of

RNG = np.random.default_rng(7)
N, EPOCHS = 30, 3
X = RNG.normal(size=(N, 2)).astype(np.float32)
BINARY = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
CLASSES = (BINARY + (X[:, 0] > 0.5)).astype(np.int64)
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]
NUMBERS = np.sin(X).astype(np.float32)
IMAGES = RNG.normal(size=(N, 3, 3)).astype(np.float32)


@dataclass(frozen=True)
class Case:
    """A network, its data, the loss as the recorder is given it, and each sample's by JAX."""

    model: Callable[[], tuple[Any, Any]]  # a function with its parameters, or a module and None
    y: np.ndarray
    loss: Any
    losses: Callable[[Any, Any], Any]
    kind: str = "chain"  # or "graph", or "whole"
    x: np.ndarray = field(default_factory=lambda: X)


def weights(*shape: int) -> Any:
    return jnp.asarray(np.random.default_rng([3, *shape]).normal(size=shape) * 0.7, jnp.float32)


def dense(params: Any, x: Any) -> Any:
    return x @ params["kernel"] + params["bias"]


def layer(n_in: int, n_out: int) -> Any:
    return {"kernel": weights(n_in, n_out), "bias": weights(n_out)}


def mlp(activation: Any, n_out: int = 1, last: Any = lambda z: z) -> Callable[[], tuple[Any, Any]]:
    def apply(params: Any, x: Any) -> Any:
        x = x.reshape(len(x), -1)
        return last(dense(params["output"], activation(dense(params["hidden"], x))))

    return lambda: (apply, {"hidden": layer(2, 4), "output": layer(4, n_out)})


def nodes(kind: Any) -> Callable[[], tuple[Any, Any]]:
    """The same network with each layer in a node of this kind, and the layers in a list."""

    def apply(params: Any, x: Any) -> Any:
        for one in params[:-1]:
            kernel, bias = jax.tree.leaves(one)
            x = jnp.tanh(x @ kernel + bias)
        kernel, bias = jax.tree.leaves(params[-1])
        return (x @ kernel + bias)[:, 0]

    return lambda: (apply, [kind((weights(2, 3), weights(3))), kind((weights(3, 1), weights(1)))])


@jax.tree_util.register_dataclass
@dataclass
class Layer:
    kernel: Any
    bias: Any


def column(of: Any) -> Callable[[Any, Any], Any]:
    """Each sample's loss of a column of outputs, or of a vector."""
    return lambda outputs, targets: of(outputs.reshape(targets.shape), targets)


def mean(of: Any) -> Callable[[Any, Any], Any]:
    return lambda outputs, targets: of(outputs, targets).mean(axis=-1)


def logs(outputs: Any, targets: Any) -> Any:
    return -(targets * jnp.log(outputs)).sum(axis=-1)


def binary_logs(outputs: Any, targets: Any) -> Any:
    p = outputs[:, 0]
    return -(targets * jnp.log(p) + (1 - targets) * jnp.log(1 - p))


class Normed(nnx.Module):
    def __init__(self, norm: Any, rngs: nnx.Rngs) -> None:
        self.first = nnx.Linear(2, 4, rngs=rngs)
        self.norm = norm(4, rngs=rngs)
        self.dropout = nnx.Dropout(0.3, rngs=rngs)
        self.last = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.last(self.dropout(nnx.silu(self.norm(self.first(x)))))


class Residual(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.first = nnx.Linear(2, 4, rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.dropout = nnx.Dropout(0.3, rngs=rngs)
        self.inner = nnx.Linear(4, 4, rngs=rngs)
        self.last = nnx.Linear(4, 1, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = nnx.relu(self.norm(self.first(x)))
        return self.last(x + nnx.tanh(self.dropout(self.inner(x))))


class Convolution(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.conv = nnx.Conv(1, 4, (2, 2), rngs=rngs)
        self.last = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.last(nnx.relu(self.conv(x[..., None])).mean(axis=(1, 2)))


def sequential() -> tuple[Any, Any]:
    rngs = nnx.Rngs(0)
    inner = nnx.Sequential(nnx.Linear(4, 4, rngs=rngs), nnx.BatchNorm(4, rngs=rngs), nnx.elu)
    layers = (nnx.Linear(2, 4, rngs=rngs), nnx.gelu, inner, nnx.LayerNorm(4, rngs=rngs))
    return nnx.Sequential(*layers, nnx.Linear(4, 1, rngs=rngs), nnx.sigmoid), None


def attention() -> tuple[Any, Any]:
    def apply(params: Any, x: Any) -> Any:
        tokens = x[:, :, None] * params["embedding"]
        scores = jnp.einsum("nqd,de,nke->nqk", tokens, params["attention"]["mix"], tokens)
        mixed = jax.nn.softmax(scores) @ tokens
        return dense(params["output"], mixed.mean(axis=1))

    return apply, {"embedding": weights(4), "attention": {"mix": weights(4, 4)}, "output": layer(4, 3)}


def images() -> tuple[Any, Any]:
    def apply(params: Any, x: Any) -> Any:
        return dense(params["output"], jnp.tanh(dense(params["hidden"], x.reshape(len(x), -1) / 2)))

    return apply, {"hidden": layer(9, 4), "output": layer(4, 3)}


sigmoid_ce = optax.sigmoid_binary_cross_entropy
labels_ce = optax.softmax_cross_entropy_with_integer_labels
of_binary = column(sigmoid_ce)
huber = partial(optax.huber_loss, delta=0.3)
ACTIVATIONS: dict[str, Any] = {
    "tanh": jnp.tanh, "relu": jax.nn.relu, "elu": partial(jax.nn.elu, alpha=0.5), "celu": jax.nn.celu,
    "selu": jax.nn.selu, "gelu": jax.nn.gelu, "silu": jax.nn.silu, "softplus": jax.nn.softplus,
    "leaky_relu": partial(jax.nn.leaky_relu, negative_slope=0.2), "soft_sign": jax.nn.soft_sign,
    "mish": jax.nn.mish, "squareplus": jax.nn.squareplus, "softmax": jax.nn.softmax,
}  # fmt: skip
CASES: dict[str, Case] = {
    **{name: Case(mlp(of), BINARY, sigmoid_ce, of_binary) for name, of in ACTIVATIONS.items()},
    "squared error": Case(mlp(jnp.tanh, 2), NUMBERS, optax.squared_error, mean(optax.squared_error)),
    "half the squared error": Case(mlp(jnp.tanh, 2), NUMBERS, optax.l2_loss, mean(optax.l2_loss)),
    "huber": Case(mlp(jnp.tanh, 2), NUMBERS, huber, mean(huber)),
    "log cosh": Case(mlp(jnp.tanh, 2), NUMBERS, optax.log_cosh, mean(optax.log_cosh)),
    "labels": Case(mlp(jnp.tanh, 3), CLASSES, labels_ce, labels_ce),
    "one-hot": Case(mlp(jnp.tanh, 3), ONE_HOT, optax.softmax_cross_entropy, optax.softmax_cross_entropy),
    "probabilities": Case(mlp(jnp.tanh, 3, jax.nn.softmax), ONE_HOT, "categorical_crossentropy", logs),
    "a probability": Case(mlp(jnp.tanh, 1, jax.nn.sigmoid), BINARY, "binary_crossentropy", binary_logs),
    "logits by name": Case(
        mlp(jnp.tanh), BINARY, ("binary_crossentropy", {"from_logits": True}), of_binary
    ),
    "a sigmoid taken for logits": Case(mlp(jnp.tanh, 1, jax.nn.sigmoid), BINARY, sigmoid_ce, of_binary),
    "tuples": Case(nodes(tuple), BINARY, sigmoid_ce, of_binary),
    "lists": Case(nodes(list), BINARY, sigmoid_ce, of_binary),
    "data classes": Case(nodes(lambda pair: Layer(*pair)), BINARY, sigmoid_ce, of_binary),
    "images": Case(images, CLASSES, labels_ce, labels_ce, x=IMAGES),
    "batch normalisation": Case(
        lambda: (Normed(nnx.BatchNorm, nnx.Rngs(0)), None), CLASSES, labels_ce, labels_ce
    ),
    "layer normalisation": Case(
        lambda: (Normed(nnx.LayerNorm, nnx.Rngs(0)), None), CLASSES, labels_ce, labels_ce
    ),
    "nested sequentials": Case(sequential, BINARY, "binary_crossentropy", binary_logs),
    "a residual module": Case(
        lambda: (Residual(nnx.Rngs(0)), None), BINARY, sigmoid_ce, of_binary, kind="graph"
    ),
    "a convolution": Case(
        lambda: (Convolution(nnx.Rngs(0)), None), CLASSES, labels_ce, labels_ce, kind="whole", x=IMAGES
    ),
    "attention": Case(attention, CLASSES, labels_ce, labels_ce, kind="whole"),
}  # fmt: skip
QUICK = ("relu", "a residual module")


def evaluating(model: Any, params: Any) -> tuple[Any, Any]:
    """A pure function and its parameters, as a user would write it for a module."""
    if params is not None:
        return model, params
    graph, rest, random = nnx.split(nnx.clone(model), nnx.Not(nnx.RngState), ...)

    def function(state: Any, x: Any) -> Any:
        copy = nnx.merge(graph, state, random)
        copy.eval()
        return copy(x)

    return function, rest


def snapshots(case: Case, path: Path) -> list[Any]:
    """Record a short training; the parameters at each snapshot, kept by the test itself."""
    model, params = case.model()
    if params is None:
        return of_module(case, model, path)

    @jax.jit
    def step(params: Any) -> Any:
        slopes = jax.grad(lambda params: case.losses(model(params, case.x), case.y).mean())(params)
        return jax.tree.map(lambda old, slope: old - 0.5 * slope, params, slopes)

    kept = [params]
    with replay.jax.Recorder(model, params, case.x, case.y, path, loss=case.loss) as recorder:
        for _ in range(EPOCHS):
            params = step(params)
            recorder.epoch_end(params)
            kept.append(params)
    return kept


def of_module(case: Case, module: Any, path: Path) -> list[Any]:
    """The same of a module, in training mode, with dropout and moving averages."""
    optimizer = nnx.Optimizer(module, optax.sgd(0.3), wrt=nnx.Param)

    @nnx.jit
    def step(module: Any, optimizer: Any) -> None:
        slopes = nnx.grad(lambda module: case.losses(module(case.x), case.y).mean())(module)
        optimizer.update(module, slopes)

    kept = [evaluating(module, None)[1]]
    with replay.jax.Recorder(module, case.x, case.y, path, loss=case.loss) as recorder:
        for _ in range(EPOCHS):
            step(module, optimizer)
            recorder.epoch_end()
            kept.append(evaluating(module, None)[1])
    return kept


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES]
)
def test_answers_losses_and_gradients_are_jaxs_at_every_snapshot(name: str, tmp_path: Path) -> None:
    case, path = CASES[name], tmp_path / "run.h5"
    kept = snapshots(case, path)
    model, params = case.model()
    own = Replay(path, model=model if case.kind == "whole" else None)
    described_as = own.recording.description
    assert (described_as.chain, described_as.is_graph) == (case.kind == "chain", case.kind == "graph")
    assert own.recording.complete
    function, _ = evaluating(model, params)
    outputs = [function(params, case.x) for params in kept]
    np.testing.assert_allclose(
        own.evaluation.activations().reshape(EPOCHS + 1, -1), np.reshape(outputs, (EPOCHS + 1, -1)), atol=1e-5
    )
    losses = [case.losses(one, case.y) for one in outputs]
    np.testing.assert_allclose(own.losses(), losses, rtol=1e-5, atol=1e-5)
    network = described(model_of(model, params), case.x, "run.h5")
    slopes = [
        jax.grad(lambda params: case.losses(function(params, case.x), case.y).mean())(params)
        for params in kept
    ]
    weights = [network.weights(one, network.sources) for one in slopes]
    for position, weight in enumerate(network.sources):
        layer, _, weight_name = weight.partition("/")
        if weight_name.startswith("moving_") or weight_name in ("mean", "var"):  # learnt without gradients
            assert not own.evaluation.gradients(layer)[weight_name].any()
            continue
        np.testing.assert_allclose(
            own.evaluation.gradients(layer)[weight_name],
            [arrays[position] for arrays in weights],
            atol=1e-5,
            err_msg=weight,
        )
