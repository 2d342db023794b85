"""Functions and modules of JAX as plain data: chains that NumPy replays, and all others whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from replay.errors import DataError
from tests.helpers.backends import need

need("jax")
need("flax")
import jax
import jax.numpy as jnp
from flax import nnx

from replay.network.in_jax.describe import Described, described, packages
from replay.network.in_jax.given_model import model_of

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
IMAGES = np.random.default_rng(1).normal(size=(7, 4, 4)).astype(np.float32)


def weights(*shape: int, seed: int = 0) -> Any:
    return jnp.asarray(np.random.default_rng([seed, *shape]).normal(size=shape), jnp.float32)


def of(function: Any, params: Any, x: Any = X) -> Described:
    return described(model_of(function, params), x, "run.h5")


def kinds(found: Described) -> list[tuple[str, str, str | None]]:
    return [(layer.name, layer.class_name, layer.activation) for layer in found.layers]


def dense(params: Any, x: Any) -> Any:
    return x @ params["kernel"] + params["bias"]


NAMED = {
    "hidden": {"kernel": weights(3, 4), "bias": weights(4)},
    "out": {"kernel": weights(4, 1), "bias": weights(1)},
}


def named(params: Any, x: Any) -> Any:
    return jax.nn.sigmoid(dense(params["out"], jnp.tanh(dense(params["hidden"], x))))


# Chains


def test_layers_are_called_as_their_parameters() -> None:
    found = of(named, NAMED)
    assert found.chain
    assert kinds(found) == [("hidden", "Dense", "tanh"), ("out", "Dense", "sigmoid")]
    assert [layer.units for layer in found.layers] == [4, 1]
    assert [*found.sources] == ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]


def test_weights_are_copies_in_the_order_of_the_description() -> None:
    found = of(named, NAMED)
    got = found.weights(NAMED, found.sources)
    expected = [NAMED[layer][weight] for layer in ("hidden", "out") for weight in ("kernel", "bias")]
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.flags.owndata or (
            ours.base is not None and not np.shares_memory(ours, np.asarray(theirs))
        )


def test_layers_without_names_are_numbered_and_the_last_is_the_output() -> None:
    params = [(weights(3, 4), weights(4)), (weights(4, 5), weights(5)), (weights(5, 2), weights(2))]

    def apply(params: Any, x: Any) -> Any:
        for kernel, bias in params[:-1]:
            x = jax.nn.relu(x @ kernel + bias)
        kernel, bias = params[-1]
        return x @ kernel + bias

    assert kinds(of(apply, params)) == [
        ("dense_1", "Dense", "relu"), ("dense_2", "Dense", "relu"), ("output", "Dense", "linear"),
    ]  # fmt: skip


def test_a_kernel_of_units_by_inputs_is_recorded_the_other_way_round() -> None:
    params = {"w": weights(4, 3), "b": weights(1, 4)}
    for apply in (
        lambda params, x: x @ params["w"].T + params["b"],
        jax.vmap(lambda params, x: params["w"] @ x + params["b"][0], (None, 0)),
    ):
        found = of(apply, params)
        kernel, bias = found.weights(params, found.sources)
        np.testing.assert_array_equal(kernel, params["w"].T)
        np.testing.assert_array_equal(bias, params["b"][0])


def test_parameters_of_a_weak_type_are_parameters_like_others() -> None:
    params = {"kernel": jnp.full((3, 2), 1.0), "bias": jnp.arange(2) * 1.0}
    assert params["bias"].weak_type
    assert kinds(of(dense, params)) == [("output", "Dense", "linear")]


def test_a_rematerialised_function_and_custom_rules_that_hold_are_chains() -> None:
    @jax.custom_jvp
    def own_tanh(z: Any) -> Any:
        return jnp.tanh(z)

    own_tanh.defjvp(lambda z, t: (own_tanh(*z), t[0] * (1 - jnp.tanh(z[0]) ** 2)))
    for function in (
        jax.checkpoint(lambda p, x: jnp.tanh(dense(p, x))),
        lambda p, x: own_tanh(dense(p, x)),
    ):
        assert kinds(of(function, SQUARE)) == [("output", "Dense", "tanh")]


def test_jitted_functions_columns_and_layers_without_bias_are_chains() -> None:
    params = {"first": weights(3, 4), "last": weights(4, 1)}
    found = of(jax.jit(lambda params, x: (jnp.tanh(x @ params["first"]) @ params["last"])[:, 0]), params)
    assert kinds(found) == [("dense_1", "Dense", "tanh"), ("output", "Dense", "linear")]


def test_a_logistic_regression_by_a_vector_and_a_number_is_a_unit() -> None:
    params = {"w": weights(3), "b": jnp.float32(0.3)}
    of_one = jax.vmap(lambda w, b, x: jax.nn.sigmoid(jnp.dot(w, x) + b), (None, None, 0))
    for function in (
        lambda params, x: jax.nn.sigmoid(x @ params["w"] + params["b"]),
        lambda params, x: of_one(params["w"], params["b"], x),
    ):
        found = of(function, params)
        assert kinds(found) == [("output", "Dense", "sigmoid")]
        assert [one.shape for one in found.layers[0].weights] == [(3, 1), (1,)]


def test_a_column_may_lose_its_axis_before_the_activation() -> None:
    params = {"kernel": weights(3, 1), "bias": weights(1)}
    assert kinds(of(lambda p, x: jax.nn.sigmoid(dense(p, x)[:, 0]), params)) == [
        ("output", "Dense", "sigmoid")
    ]
    assert kinds(of(lambda p, x: jnp.tanh(dense(p, x).squeeze())[:, None], params)) == [
        ("output", "Dense", "tanh")
    ]


def test_images_are_flattened_and_scaled() -> None:
    params = {"kernel": weights(16, 3), "bias": weights(3)}
    found = of(lambda p, x: jax.nn.softmax(dense(p, (x / 255).reshape(len(x), -1))), params, IMAGES)
    assert kinds(found) == [
        ("rescaling_1", "Rescaling", None), ("flatten_1", "Flatten", None), ("output", "Dense", "softmax"),
    ]  # fmt: skip
    assert found.layers[0].config["scale"] == pytest.approx(1 / 255)


class Net(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.linear = nnx.Linear(3, 4, rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.inner = nnx.Sequential(nnx.Linear(4, 4, rngs=rngs), nnx.gelu, nnx.LayerNorm(4, rngs=rngs))
        self.out = nnx.Linear(4, 2, use_bias=False, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = nnx.relu(self.dropout(self.norm(self.linear(x))))
        return self.out(self.inner(x))


def test_a_module_is_the_chain_of_its_layers_and_stays_in_its_mode() -> None:
    module = Net(nnx.Rngs(0))
    found = of(module, None)
    assert kinds(found) == [
        ("linear", "Dense", "linear"),
        ("norm", "BatchNormalization", None),
        ("dropout_1", "Dropout", None),
        ("activation_1", "Activation", "relu"),
        ("dense_1", "Dense", "gelu"),
        ("layer_normalization_1", "LayerNormalization", None),
        ("out", "Dense", "linear"),
    ]
    assert not module.norm.use_running_average and not module.dropout.deterministic
    assert type(module.linear) is nnx.Linear
    assert [weight.name for weight in found.layers[1].weights] == [
        "gamma", "beta", "moving_mean", "moving_variance"
    ]  # fmt: skip


def test_nested_sequentials_are_unrolled() -> None:
    rngs = nnx.Rngs(0)
    inner = nnx.Sequential(nnx.Linear(4, 4, rngs=rngs), jax.nn.softplus)
    found = of(
        nnx.Sequential(nnx.Linear(3, 4, rngs=rngs), jnp.tanh, inner, nnx.Linear(4, 2, rngs=rngs)), None
    )
    assert kinds(found) == [
        ("dense_1", "Dense", "tanh"), ("dense_2", "Dense", "softplus"), ("output", "Dense", "linear"),
    ]  # fmt: skip


def test_packages_say_what_recorded() -> None:
    assert "keras" not in packages(model_of(named, NAMED)) and "flax" not in packages(model_of(named, NAMED))
    assert {"jax", "flax", "numpy"} <= {*packages(model_of(Net(nnx.Rngs(0))))}


# Graphs


def joined(found: Described) -> list[tuple[str, str, tuple[str, ...] | None]]:
    return [(layer.name, layer.class_name, layer.inputs) for layer in found.layers]


class Residual(nnx.Module):
    def __init__(self) -> None:
        self.first = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
        self.inner = nnx.Linear(4, 4, rngs=nnx.Rngs(1))
        self.last = nnx.Linear(4, 2, rngs=nnx.Rngs(2))

    def __call__(self, x: Any) -> Any:
        x = nnx.relu(self.first(x))
        x = x + nnx.silu(self.inner(x))
        return self.last(x)


def test_a_residual_module_is_a_graph() -> None:
    found = of(Residual(), None)
    assert found.known and not found.chain
    assert joined(found) == [
        ("first", "Dense", None),
        ("inner", "Dense", None),
        ("add_1", "Add", ("first", "inner")),
        ("last", "Dense", None),
    ]


def test_what_skips_from_the_samples_takes_a_layer_that_passes_them_on() -> None:
    found = of(lambda p, x: x + jnp.tanh(dense(p, x)), SQUARE)
    assert joined(found) == [
        ("input_1", "InputLayer", None),
        ("output", "Dense", None),
        ("add_1", "Add", ("input_1", "output")),
    ]


def test_an_activation_that_others_pass_by_is_a_layer_of_its_own() -> None:
    def gated(p: Any, x: Any) -> Any:
        z = dense(p, x)
        return jnp.concatenate([z, jnp.tanh(z) * z], axis=-1)

    assert joined(of(gated, SQUARE)) == [
        ("output", "Dense", None),
        ("activation_1", "Activation", None),
        ("multiply_1", "Multiply", ("activation_1", "output")),
        ("concatenate_1", "Concatenate", ("output", "multiply_1")),
    ]


# What is recorded whole


class Doubled(nnx.Linear):
    def __call__(self, x: Any) -> Any:
        return 2 * super().__call__(x)


class Shared(nnx.Module):
    def __init__(self) -> None:
        self.first = nnx.Linear(3, 3, rngs=nnx.Rngs(0))

    def __call__(self, x: Any) -> Any:
        return self.first(jnp.tanh(self.first(x)))


class Half(nnx.Module):
    def __init__(self) -> None:
        self.linear = nnx.Linear(3, 3, dtype=jnp.bfloat16, rngs=nnx.Rngs(0))

    def __call__(self, x: Any) -> Any:
        return self.linear(x).astype(jnp.float32)


@jax.custom_jvp
def straight_through(z: Any) -> Any:
    return jnp.maximum(z, 0)


straight_through.defjvp(lambda primals, tangents: (straight_through(*primals), tangents[0]))


@jax.custom_vjp
def reversed_gradient(z: Any) -> Any:
    return z * 2


reversed_gradient.defvjp(lambda z: (z * 2, None), lambda _, slope: (-slope,))
SQUARE = {"kernel": weights(3, 3), "bias": weights(3)}
WHOLE: dict[str, tuple[Any, Any, str]] = {
    "a layer twice": (Shared(), None, "used twice"),
    "an unused array": (lambda p, x: x @ p["kernel"], SQUARE, "params['bias'] is used in no layer"),
    "a sine": (lambda p, x: jnp.sin(dense(p, x)), SQUARE, "sin is in no layer"),
    "statistics of the batch": (lambda p, x: dense(p, x - x.mean(axis=0)), SQUARE, ""),
    "half precision": (Half(), None, "no layer that NumPy knows"),
    "a derivative of its own": (lambda p, x: straight_through(dense(p, x)), SQUARE, "derivatives"),
    "another by custom_vjp": (lambda p, x: jnp.tanh(reversed_gradient(dense(p, x))), SQUARE, "derivatives"),
    "a loop": (
        lambda p, x: jax.lax.fori_loop(0, 2, lambda _, z: jnp.tanh(dense(p, z)), x),
        SQUARE,
        "no layer",
    ),
    "a layer that is frozen within": (
        lambda p, x: jnp.tanh(jax.lax.stop_gradient(dense(p, x))),
        SQUARE,
        "stop_gradient",
    ),
    "a random key within": (
        lambda p, x: dense(p, x) * jax.random.bernoulli(jax.random.key(3), 0.5, (3,)),
        SQUARE,
        "",
    ),
    "an array within": (lambda p, x: dense(p, x) * np.arange(3, dtype=np.float32), SQUARE, ""),
    "softmax over samples": (lambda p, x: jax.nn.softmax(dense(p, x), axis=0), SQUARE, ""),
    "softmax of a column": (lambda p, x: jax.nn.softmax(x @ p["w"]), {"w": weights(3)}, ""),
    "samples as values": (
        lambda p, x: jnp.tanh(x @ p["w"]) @ p["mix"],
        {"w": weights(3), "mix": weights(40, 40)},
        "samples as",
    ),
    "several answers": (lambda p, x: (dense(p, x), x), SQUARE, "several arrays"),
    "values that decide": (lambda p, x: dense(p, x) if x[0, 0] > 9 else x @ p["kernel"], SQUARE, "values"),
    "layers mixed over samples": (lambda p, x: jnp.cumsum(dense(p, x), axis=0), SQUARE, ""),
}


@pytest.mark.parametrize("case", WHOLE)
def test_what_numpy_does_not_know_is_recorded_whole_and_said_in_one_line(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    model, params, why = WHOLE[case]
    with caplog.at_level(logging.INFO, "replay"):
        found = of(model, params)
    (line,) = [record.getMessage() for record in caplog.records]
    assert not found.known and "\n" not in line
    assert line.startswith("run.h5: the network is recorded whole") and why in line


@pytest.mark.slow
def test_more_layers_than_python_follows_are_recorded_whole(caplog: pytest.LogCaptureFixture) -> None:
    params = [{"kernel": jnp.eye(3), "bias": jnp.zeros(3)} for _ in range(600)]

    def apply(params: Any, x: Any) -> Any:
        for one in params:
            x = jnp.tanh(dense(one, x))
        return x

    assert not of(apply, params).known
    assert "very many layers" in caplog.text


def test_a_subclass_of_a_layer_is_told_by_what_it_computes() -> None:
    found = of(nnx.Sequential(Doubled(3, 3, rngs=nnx.Rngs(0))), None)
    assert kinds(found) == [("output", "Dense", "linear"), ("rescaling_1", "Rescaling", None)]


def test_arrays_of_a_network_recorded_whole_are_in_layers_by_their_parents() -> None:
    params = {"block": {"attention": {"query": weights(3, 3), "key": weights(3, 3)}}, "scale": weights(3)}
    found = of(lambda p, x: jnp.sin(x @ p["block"]["attention"]["query"]) * p["scale"], params)
    assert [(layer.name, [one.name for one in layer.weights]) for layer in found.layers] == [
        ("block.attention", ["key", "query"]), ("(model)", ["scale"]),
    ]  # fmt: skip
    got = found.weights(params, found.sources)
    np.testing.assert_array_equal(got[1], params["block"]["attention"]["query"])


def test_names_with_slashes_become_names_in_a_file() -> None:
    params = {"mlp/~/linear_0": {"w": weights(3, 2)}}
    assert [
        layer.name for layer in of(lambda p, x: jnp.tanh(x @ p["mlp/~/linear_0"]["w"]), params).layers
    ] == ["mlp_~_linear_0"]


class Pair(NamedTuple):
    kernel: Any
    bias: Any


@jax.tree_util.register_dataclass
@dataclass
class Layer:
    kernel: Any
    bias: Any


@pytest.mark.parametrize("kind", [Pair, Layer])
def test_named_tuples_and_data_classes_have_names_too(kind: Any) -> None:
    params = {"hidden": kind(weights(3, 4), weights(4)), "out": kind(weights(4, 1), weights(1))}

    def apply(params: Any, x: Any) -> Any:
        hidden, out = params["hidden"], params["out"]
        return jnp.tanh(x @ hidden.kernel + hidden.bias) @ out.kernel + out.bias

    assert kinds(of(apply, params)) == [("hidden", "Dense", "tanh"), ("out", "Dense", "linear")]


# What is refused


@pytest.mark.parametrize(
    ("model", "params", "message"),
    [
        (lambda p, x: x @ p, "words", "params is no array but of type str"),
        (lambda p, x: x, {"a": None}, "params hold no array"),
        (lambda p, x: x, {"key": jax.random.key(0)}, r"params\['key'\] is a random key"),
        (lambda p, x: x, {"a": jnp.ones(2, jnp.complex64)}, "complex numbers"),
        (lambda p, x: x @ p["w"], {"w": jnp.ones((5, 2))}, r"apply\(params, X\) fails: TypeError: "),
        (lambda p, x: (x @ p["w"]).sum(), {"w": jnp.ones((3, 2))}, r"of shape \(\) for 40 samples"),
        (lambda p, x: x @ p["v"], {"w": jnp.ones((3, 2))}, "fails: KeyError: 'v'"),
        (3, None, "a network of JAX is a function"),
    ],
)
def test_what_is_no_network_of_these_samples_is_refused_in_one_line(
    model: Any, params: Any, message: str
) -> None:
    with pytest.raises(DataError, match=message) as raised:
        of(model, params)
    assert "\n" not in str(raised.value)


def test_other_params_than_before_are_refused() -> None:
    found = of(named, NAMED)
    with pytest.raises(DataError, match="their structure must stay"):
        found.weights({"hidden": NAMED["hidden"]}, found.sources)
    grown = {**NAMED, "out": {"kernel": jnp.ones((4, 2)), "bias": jnp.ones(1)}}
    with pytest.raises(DataError, match=r"params\['out'\]\['kernel'\] has shape \(4, 2\) now"):
        found.weights(grown, found.sources)


def test_a_donated_array_is_named() -> None:
    found = of(named, NAMED)
    mine = jax.tree.map(jnp.copy, NAMED)
    mine["out"]["bias"].delete()
    with pytest.raises(DataError, match=r"params\['out'\]\['bias'\] was deleted"):
        found.weights(mine, found.sources)
