"""Describe a Keras model as plain data: layers, weights, loss, optimizer, architecture. Loads Keras."""

from __future__ import annotations

import importlib.metadata
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras.src.models.functional import Functional  # not public; `keras.Model(inputs, outputs)` makes one

from replay.network.description import DTYPES, LayerDescription, RunDescription, WeightDescription
from replay.network.in_keras import identity, values
from replay.network.in_keras.graph import with_inputs
from replay.network.in_keras.perceptron import PerceptronRule
from replay.network.in_keras.quantile_loss import QuantileLoss
from replay.network.in_numpy.layers import LAYERS
from replay.network.losses import CROSS_ENTROPIES
from replay.network.number_losses import NUMBER_LOSSES

logger = logging.getLogger(__name__)
MAX_ARCHITECTURE = 4_000_000  # characters; leaves room within what a reader accepts for a description

PACKAGES = ("boundary-replay", "keras", "numpy", "h5py")


def describe(model: Any, **facts: Any) -> RunDescription:
    """Describe a built Keras model; `facts` are other fields of RunDescription (scenario, seed, …)."""
    chain = _chain(model)
    described = [_describe_layer(layer) for layer in layers(model)]
    names = _unique([layer.name for layer in described])
    described = [replace(layer, name=name) for layer, name in zip(described, names, strict=True)]
    own = _weights_beside_layers(model)
    if chain is None and not own and _is_functional(model) and not _share_weights(model.layers):
        described = with_inputs(model, described)
    if own:  # a subclassed model may hold weights outside its layers
        described.append(LayerDescription("(model)", type(model).__name__, weights=_describe_weights(own)))
    return RunDescription(
        layers=tuple(described),
        chain=chain is not None and not own,
        output_layer=_output_layer(model, described),
        loss=_describe_loss(model),
        losses=_describe_losses(model),
        metrics=_describe_metrics(model),
        optimizer=_describe_optimizer(model),
        architecture=_architecture(model),
        packages=packages(),
        **facts,
    )


def layers(model: Any) -> list[Any]:
    """The model's layers, in the order of `describe`; nested chains unrolled."""
    chain = _chain(model)
    return list(model.layers) if chain is None else chain


def variables(model: Any) -> list[Any]:
    """The model's weights as Keras variables, in the order of `describe`."""
    return [variable for layer in layers(model) for variable in layer.weights] + _weights_beside_layers(model)


def weights(model: Any) -> list[Any]:
    """The model's weights as arrays, in the order of `describe`."""
    return recorded_values(variables(model))


def recorded_variables(model: Any, description: RunDescription) -> list[Any]:
    """The model's weights that `description`, made from this model, marks as recorded."""
    kept = [layer.recorded for layer in description.layers for _ in layer.weights]
    return [variable for variable, is_kept in zip(variables(model), kept, strict=True) if is_kept]


def recorded_values(variables: Sequence[Any]) -> list[Any]:
    """The values of variables, as they are recorded: in float32 if NumPy lacks their type."""
    read = map(values.of, variables)
    return [array if array.dtype.name in DTYPES else array.astype(np.float32) for array in read]


def _dtype(variable: Any) -> str:
    name = str(keras.backend.standardize_dtype(variable.dtype))
    return name if name in DTYPES else "float32"


def _unique(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        candidates = (name, *(f"{name}_{number}" for number in range(1, len(names) + 1)))
        found.append(next(candidate for candidate in candidates if candidate not in found))
    return found


def build(model: Any, inputs: Any) -> None:
    """Build a model that has no weights yet, for batches of any size."""
    if model.built:
        return
    if isinstance(model, keras.Sequential):
        model.build((None, *np.shape(inputs)[1:]))
    else:
        model(keras.tree.map_structure(lambda array: array[:1], inputs), training=False)


def packages() -> dict[str, str]:
    """Versions of the packages that record the run."""
    names = (*PACKAGES[:2], keras.backend.backend(), *PACKAGES[2:])
    return {name: importlib.metadata.version(name) for name in names}


def _chain(model: Any) -> list[Any] | None:
    """The layers of a model where each feeds only the next, nested chains unrolled; None for other models.

    Also None where two of them share a weight: its gradient comes through both.
    """
    chain = _line(model)
    return None if chain is None or _share_weights(chain) else chain


def _share_weights(layers: Sequence[Any]) -> bool:
    held = [id(variable) for layer in layers for variable in layer.weights]
    return len(set(held)) < len(held)


def _line(model: Any) -> list[Any] | None:
    """The layers of a model that is one line of layers, nested lines unrolled; None for other models."""
    if not _is_sequential(model) and not _is_functional(model):
        return None
    chain: list[Any] = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inner = _line(layer) if _is_sequential(layer) or _is_functional(layer) else [layer]
        if inner is None or not identity.is_called_as_any_layer(layer):
            return None
        chain.extend(inner)
    if _is_sequential(model):
        return chain
    return chain if _is_straight(model) else None


def _is_sequential(model: Any) -> bool:
    return identity.answers_as(model, keras.Sequential)


def _is_functional(model: Any) -> bool:
    return identity.answers_as(model, Functional)


def _is_straight(model: Any) -> bool:
    """Whether a functional model is one line of layers from one input to one output, each used once."""
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


def _weights_beside_layers(model: Any) -> list[Any]:
    held = {id(variable) for layer in layers(model) for variable in layer.weights}
    return [variable for variable in model.weights if id(variable) not in held]


def _describe_layer(layer: Any) -> LayerDescription:
    config = _config(layer)
    class_name = class_of(layer)
    config = config if config is not None and identity.is_own(layer) else {}
    arguments_needed = LAYERS[class_name].arguments if class_name in LAYERS else ()
    kept = {name: config[name] for name in arguments_needed if config.get(name) is not None}
    shape = output_shape(layer)
    if shape is not None and "axis" in kept and not LAYERS[class_name].any_axis:
        kept["axis"] = _from_the_end(kept["axis"], len(shape) + 1)
    if layer.compute_dtype != "float32":
        kept["dtype"] = layer.compute_dtype
    activation, arguments = _describe_activation(class_name, config, getattr(layer, "activation", None))
    if arguments:
        kept["activation_arguments"] = arguments
    units = getattr(layer, "units", shape[-1] if shape else None)
    return LayerDescription(
        name=layer.name,
        class_name=class_name,
        units=units if isinstance(units, int) else None,
        activation=activation,
        config=kept,
        weights=_describe_weights(layer.weights),
        shape=shape,
        trainable=bool(layer.trainable),
    )


def class_of(layer: Any) -> str:
    """The name of a layer's class; with its module if the layer is not Keras's own."""
    own = identity.is_own(layer) and _config(layer) is not None
    return type(layer).__name__ if own else identity.full_name(layer)


def _from_the_end(axis: Any, rank: int) -> list[int]:
    """Axes counted from the end, which stay valid with a snapshot axis in front."""
    axes = [axis] if isinstance(axis, int) else axis
    return [one - rank if one >= 0 else one for one in axes]


def _config(layer: Any) -> dict[str, Any] | None:
    """The config of a layer or optimizer as plain data; None if Keras cannot serialise it."""
    try:
        config: dict[str, Any] = _plain(layer.get_config())
    except (ValueError, TypeError, NotImplementedError):
        return None
    return config


def _plain(value: Any) -> Any:
    """A config as JSON values: arrays become lists, other objects become text."""
    if isinstance(value, dict):
        if value.get("class_name") == "__numpy__":  # Keras's form of an array
            return value["config"]["value"]
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _describe_activation(
    class_name: str, config: dict[str, Any], function: Any
) -> tuple[str | None, dict[str, Any]]:
    """The name and arguments of a layer's activation; `function` is the activation itself."""
    if is_activation_layer(class_name):
        kind = LAYERS[class_name]
        return kind.activation, {
            argument: config[argument]
            for argument in kind.activation_arguments
            if config.get(argument) is not None
        }
    if function is None or "activation" not in config:
        return None, {}
    if isinstance(function, keras.Layer):  # as LeakyReLU(0.1), given to another layer
        own = class_of(function)
        if is_activation_layer(own):
            return _describe_activation(own, _config(function) or {}, None)
        return own, {}
    return identity.activation_name(function) or identity.full_name(function), {}


def is_activation_layer(class_name: Any) -> bool:
    """Whether layers of this class are an activation function, as ReLU or Softmax."""
    return class_name in LAYERS and LAYERS[class_name].activation is not None


def _describe_weights(variables: Sequence[Any]) -> tuple[WeightDescription, ...]:
    names: list[str] = []
    for variable in variables:
        name = variable.name.replace("/", "_")
        names.append(name if name not in names else f"{name}_{len(names)}")
    return tuple(
        WeightDescription(name, tuple(variable.shape), _dtype(variable))
        for name, variable in zip(names, variables, strict=True)
    )


def output_shape(layer: Any) -> tuple[int | None, ...] | None:
    """The shape of one sample's activations; None for layers outside a functional graph."""
    try:
        return tuple(layer.output.shape[1:])
    except (AttributeError, ValueError):
        return None


def _output_layer(model: Any, described: Sequence[LayerDescription]) -> str | None:
    if _chain(model):
        return described[-1].name
    if _is_functional(model) and len(model.outputs) == 1:
        for layer in model.layers:
            try:
                if layer.output is model.outputs[0]:
                    return layer.name
            except (AttributeError, ValueError):
                continue
    return None


def _describe_loss(model: Any) -> dict[str, Any] | None:
    """Name and arguments of the loss; None if there are several or none."""
    given = _of_one_output(getattr(model, "loss", None))
    return None if given is None else _described_loss(given, model)


def _of_one_output(given: Any) -> Any:
    """The loss as it is given for one output, where it is given in a dict or list of one."""
    if isinstance(given, dict):
        given = list(given.values())
    if isinstance(given, list | tuple):
        return given[0] if len(given) == 1 else None
    return given


def _describe_losses(model: Any) -> dict[str, Any] | None:
    """The loss of each output, by name; None if there is one, or none."""
    given = getattr(model, "loss", None)
    if isinstance(given, list | tuple):
        names = getattr(model, "output_names", range(len(given)))
        given = dict(zip(map(str, names), given, strict=False))
    if not isinstance(given, dict) or len(given) < 2:
        return None
    return {str(name): _described_loss(loss, model) for name, loss in given.items() if loss is not None}


def _described_loss(given: Any, model: Any) -> dict[str, Any]:
    if identity.computes_its_own_loss(model):
        return {"name": f"{identity.full_name(model)}.compute_loss"}
    loss = keras.losses.get(given)
    if not isinstance(loss, keras.losses.Loss):
        own = identity.is_own_function(loss) and getattr(keras.losses, loss.__name__, None) is loss
        return _named_loss(_snake_case(loss.__name__)) if own else {"name": identity.full_name(loss)}
    if identity.is_exactly(loss, QuantileLoss):
        return {"name": "quantile", "q": loss.q}
    if not identity.is_own(loss) or not identity.is_own_function(getattr(loss, "fn", keras.losses.get)):
        return {"name": identity.full_name(loss)}
    name = _snake_case(type(loss).__name__)
    return _named_loss(name) | _arguments_of_loss(name, _plain(_config_of_loss(loss)))


def _config_of_loss(loss: Any) -> dict[str, Any]:
    """The arguments of a loss of Keras's. Huber's `get_config` (3.15) leaves out what it was given."""
    return {**loss.get_config(), **getattr(loss, "_fn_kwargs", {})}


def _named_loss(name: str) -> dict[str, Any]:
    """A loss of Keras's. On TensorFlow alone, Keras looks behind outputs for a cross-entropy's logits."""
    from_outputs = name in CROSS_ENTROPIES and keras.backend.backend() != "tensorflow"
    return {"name": name, "from_outputs": True} if from_outputs else {"name": name}


def _arguments_of_loss(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """The arguments on which each sample's loss depends, where they are not the default."""
    if name in NUMBER_LOSSES:
        known = NUMBER_LOSSES[name].arguments
        return {each: config[each] for each, value in known.items() if config.get(each, value) != value}
    arguments = {
        "from_logits": bool(config.get("from_logits")),
        "label_smoothing": config.get("label_smoothing") or 0.0,
        "ignore_class": config.get("ignore_class"),
        "axis": config.get("axis", -1),
    }
    default = {"from_logits": False, "label_smoothing": 0.0, "ignore_class": None, "axis": -1}
    return {name: value for name, value in arguments.items() if value != default[name]}


def _describe_metrics(model: Any) -> dict[str, str]:
    """What the metrics are that were given as functions or objects, by the name that Keras logs."""
    compiled = getattr(model, "_compile_metrics", None)
    given = [getattr(compiled, name, None) for name in ("_user_metrics", "_user_weighted_metrics")]
    metrics = [one for one in keras.tree.flatten(given) if callable(one)]
    return {getattr(one, "name", None) or _name_of(one): _name_of_metric(one) for one in metrics}


def _name_of_metric(metric: Any) -> str:
    if not isinstance(metric, keras.metrics.Metric):
        return str(metric.__name__) if identity.is_own_function(metric) else identity.full_name(metric)
    usual = identity.is_own_class(type(metric)) and (_config(metric) or {}).get("threshold", 0.5) == 0.5
    return _snake_case(type(metric).__name__) if usual else identity.full_name(metric)


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _snake_case(name: str) -> str:
    """As Keras names objects of a class: `BinaryCrossentropy`, `AUC` and `KLDivergence` alike."""
    return re.sub("([a-z0-9])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def _describe_optimizer(model: Any) -> dict[str, Any] | None:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return None
    own = identity.is_own(optimizer) or type(optimizer) is PerceptronRule
    name = type(optimizer).__name__ if own else identity.full_name(optimizer)
    return {"class": name, **_optimizer_config(optimizer)}


def _optimizer_config(optimizer: Any) -> dict[str, Any]:
    """The optimizer's arguments without its name, which Keras numbers; or just its learning rate's class."""
    config = _config(optimizer)
    if config is None:  # e.g. a user's learning-rate schedule without get_config
        return {
            "learning_rate": type(getattr(optimizer, "inner_optimizer", optimizer)._learning_rate).__name__
        }
    config.pop("name", None)
    inner = config.get("inner_optimizer")
    if isinstance(inner, dict) and isinstance(inner.get("config"), dict):  # of a loss-scale optimizer
        inner["config"].pop("name", None)
    return config


def _is_rebuilt_otherwise(layer: Any) -> bool:
    """Whether Keras (3.15) forgets an argument when it rebuilds a layer: the alpha of LoRA."""
    return bool(getattr(layer, "lora_enabled", False)) and layer.lora_alpha != layer.lora_rank


def _architecture(model: Any) -> str | None:
    """Keras's JSON of the model; None if Keras would not rebuild this very model from it.

    Keras knows functions by their names alone, and would take another `tanh` for its own. What two models
    inside this one share, it would make twice.
    """
    if not isinstance(model, keras.Sequential | Functional) or _share_weights(layers(model)):
        return None
    if not all(map(identity.is_told_apart, identity.strangers(model))):
        return None
    if any(map(_is_rebuilt_otherwise, model._flatten_layers())):
        return None
    try:
        architecture: str = model.to_json()
    except (NotImplementedError, TypeError, ValueError):
        return None
    if len(architecture) <= MAX_ARCHITECTURE:
        return architecture
    logger.warning(
        "the model's configuration is %.0f MB long and is not recorded: replays that need Keras will need "
        "the model itself, as in Replay(path, model=model)",
        len(architecture) / 1e6,
    )
    return None
