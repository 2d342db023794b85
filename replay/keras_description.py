"""A Keras model as a description: layers, loss and optimizer as plain data. Loads TensorFlow."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Sequence
from typing import Any

import keras

from replay.description import LayerDescription, RunDescription, WeightDescription

PACKAGES = ("boundary-replay", "keras", "tensorflow", "numpy", "h5py")
# The arguments of each layer that its forward pass needs; activations are kept apart.
FORWARD_ARGUMENTS = {
    "BatchNormalization": ("axis", "epsilon"),
    "LayerNormalization": ("axis", "epsilon"),
    "Normalization": ("axis", "invert", "mean", "variance"),
    "Rescaling": ("scale", "offset"),
    "Reshape": ("target_shape",),
}
# Layers that are an activation, with the arguments of the function behind them.
ACTIVATION_LAYERS = {
    "ReLU": ("relu", ("max_value", "negative_slope", "threshold")),
    "LeakyReLU": ("leaky_relu", ("negative_slope",)),
    "ELU": ("elu", ("alpha",)),
    "Softmax": ("softmax", ("axis",)),
    "PReLU": ("prelu", ()),
}


def describe(model: Any, **facts: Any) -> RunDescription:
    """Describe a built Keras model; `facts` are further fields of RunDescription (scenario, seed, …)."""
    chain = _chain(model)
    layers = tuple(_describe_layer(layer) for layer in chain or model.layers)
    own = _weights_beside_layers(model)
    if own:  # weights that a subclassed model holds itself
        layers += (LayerDescription("(model)", type(model).__name__, weights=_describe_weights(own)),)
    return RunDescription(
        layers=layers,
        chain=chain is not None and not own and _weights_in_order(chain, model),
        output_layer=_output_layer(model, chain),
        loss=_describe_loss(model),
        optimizer=_describe_optimizer(model),
        architecture=_architecture(model),
        packages=packages(),
        **facts,
    )


def weights(model: Any) -> list[Any]:
    """The model's weights as arrays, in the order in which `describe` lists them."""
    return [variable.numpy() for variable in _variables(model)]


def _variables(model: Any) -> list[Any]:
    layers = _chain(model) or model.layers
    return [variable for layer in layers for variable in layer.weights] + _weights_beside_layers(model)


def packages() -> dict[str, str]:
    """Versions of what recorded the run."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def _chain(model: Any) -> list[Any] | None:
    """The layers of a model in which each feeds the next and nothing else; nested chains are unrolled."""
    if not isinstance(model, keras.Sequential) and not _is_functional(model):
        return None
    chain: list[Any] = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inner = _chain(layer) if isinstance(layer, keras.Sequential) or _is_functional(layer) else [layer]
        if inner is None:
            return None
        chain.extend(inner)
    if isinstance(model, keras.Sequential):
        return chain
    return chain if _is_straight(model) else None


def _is_functional(model: Any) -> bool:
    return isinstance(model, keras.Model) and type(model).__name__ == "Functional"


def _is_straight(model: Any) -> bool:
    """Whether a functional model has one input, one output, and layers used once, each on the one before."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return False
    tensor = model.inputs[0]
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        try:
            if layer.input is not tensor:
                return False
            tensor = layer.output
        except (AttributeError, ValueError):  # used more than once, or several inputs
            return False
    return tensor is model.outputs[0]


def _weights_in_order(chain: Sequence[Any], model: Any) -> bool:
    return [id(variable) for layer in chain for variable in layer.weights] == [id(v) for v in model.weights]


def _weights_beside_layers(model: Any) -> list[Any]:
    layers = _chain(model) or model.layers
    held = {id(variable) for layer in layers for variable in layer.weights}
    return [variable for variable in model.weights if id(variable) not in held]


def _describe_layer(layer: Any) -> LayerDescription:
    class_name = type(layer).__name__
    built_in = type(layer).__module__.startswith("keras.")
    config = layer.get_config() if built_in else {}
    kept = {
        name: config[name] for name in FORWARD_ARGUMENTS.get(class_name, ()) if config.get(name) is not None
    }
    if layer.compute_dtype != "float32":
        kept["dtype"] = layer.compute_dtype
    activation, arguments = _describe_activation(class_name, config)
    if arguments:
        kept["activation_arguments"] = arguments
    return LayerDescription(
        name=layer.name,
        class_name=class_name if built_in else f"{type(layer).__module__}.{class_name}",
        units=_units(layer),
        activation=activation,
        config=kept,
        weights=_describe_weights(layer.weights),
    )


def _describe_activation(class_name: str, config: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """The name of a layer's activation and its arguments, from the layer's configuration."""
    if class_name in ACTIVATION_LAYERS:
        name, arguments = ACTIVATION_LAYERS[class_name]
        return name, {
            argument: config[argument] for argument in arguments if config.get(argument) is not None
        }
    activation = config.get("activation")
    if isinstance(activation, dict):  # an activation layer, or a function of the user's own
        inner = activation.get("config")
        if activation.get("class_name") in ACTIVATION_LAYERS and isinstance(inner, dict):
            return _describe_activation(activation["class_name"], inner)
        return str(inner if isinstance(inner, str) else activation.get("class_name")), {}
    return activation, {}


def _describe_weights(variables: Sequence[Any]) -> tuple[WeightDescription, ...]:
    names: list[str] = []
    for variable in variables:
        name = variable.name.replace("/", "_")
        names.append(name if name not in names else f"{name}_{len(names)}")
    return tuple(
        WeightDescription(name, tuple(variable.shape), str(keras.backend.standardize_dtype(variable.dtype)))
        for name, variable in zip(names, variables, strict=True)
    )


def _units(layer: Any) -> int | None:
    if isinstance(getattr(layer, "units", None), int):
        return layer.units
    try:
        return layer.output.shape[-1]
    except (AttributeError, ValueError):  # no shape is known outside a graph of layers
        return None


def _output_layer(model: Any, chain: list[Any] | None) -> str | None:
    if chain:
        return chain[-1].name
    if _is_functional(model) and len(model.outputs) == 1:
        for layer in model.layers:
            try:
                if layer.output is model.outputs[0]:
                    return layer.name
            except (AttributeError, ValueError):
                continue
    return None


def _describe_loss(model: Any) -> dict[str, Any] | None:
    """Name and arguments of a loss; None where there are several or none."""
    given = getattr(model, "loss", None)
    if given is None or isinstance(given, dict | list | tuple):
        return None
    loss = keras.losses.get(given)
    if not isinstance(loss, keras.losses.Loss):
        return {"name": _snake_case(getattr(loss, "__name__", type(loss).__name__))}
    config = loss.get_config()
    arguments = {name: config[name] for name in ("from_logits", "label_smoothing") if config.get(name)}
    return {"name": _snake_case(type(loss).__name__), **arguments}


def _snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _describe_optimizer(model: Any) -> dict[str, Any] | None:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return None
    config = optimizer.get_config()
    config.pop("name", None)
    return {"class": type(optimizer).__name__, **json.loads(json.dumps(config, default=str))}


def _architecture(model: Any) -> str | None:
    """Keras's JSON of the model; None where Keras cannot rebuild it, as for subclassed models."""
    if not isinstance(model, keras.Sequential) and not _is_functional(model):
        return None
    try:
        return model.to_json()
    except (NotImplementedError, TypeError, ValueError):
        return None
