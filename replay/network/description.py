"""The description in a run file as dataclasses: layers, loss, optimizer, scenario, packages.

`docs/format.md` defines it. No HDF5 and no Keras here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from replay.network.data_description import DataDescription
from replay.network.graph import Graph
from replay.network.untrusted_json import (
    LARGEST_AXIS,
    MAX_AXES,
    MAX_TEXT,
    Fields,
    is_number,
    is_whole,
)

# Weight dtypes that both Keras and NumPy have.
DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
CLIPS = ("clipnorm", "global_clipnorm", "clipvalue")  # optimizer arguments
MAX_LAYERS = 2_000
MAX_INPUTS = 10_000  # that the layers of a network take, all together
MAX_ARCHITECTURE = 8_000_000  # characters
LARGEST_SEED = 2**63


@dataclass(frozen=True)
class WeightDescription:
    """One weight array: its name in the layer, shape and dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class LayerDescription:
    """One layer as data: everything that its forward pass needs besides the weights.

    Args:
        name: The name of the layer.
        class_name: The name of its Keras class, such as "Dense".
        units: The last axis of its activations, None where it is not known.
        activation: A name of Keras's, such as "tanh". None where the layer has none.
        config: The further arguments of the layer, as Keras has them. Those of the activation are under
            "activation_arguments".
        weights: The name, shape and dtype of each of its arrays of weights.
        shape: The shape of one sample's activations, None where it is not known.
        recorded: Whether snapshots hold the layer's weights. True by default.
        trainable: Whether training changes them. True by default.
        inputs: The names of the layers whose activations it takes, in order. None for the layer before it
            or, for the first layer, the samples.

    >>> from replay import LayerDescription
    >>> flatten = LayerDescription("flat", "Flatten", units=784, shape=(784,))
    >>> LayerDescription.from_json(flatten.to_json()) == flatten
    True
    """

    name: str
    class_name: str
    units: int | None = None
    activation: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    weights: tuple[WeightDescription, ...] = ()
    shape: tuple[int | None, ...] | None = None
    recorded: bool = True
    trainable: bool = True
    inputs: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """The layer as JSON, as in the file format."""
        data = asdict(self)
        data["class"] = data.pop("class_name")
        if self.inputs is None:
            del data["inputs"]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LayerDescription:
        """Parse a layer from the file format's JSON; raises ValueError if it is malformed."""
        return cls._of(Fields(data, "layer"))

    @classmethod
    def _of(cls, fields: Fields) -> LayerDescription:
        return cls(
            name=fields.key("name"),
            class_name=fields.text("class"),
            units=fields.whole("units", None),
            shape=fields.shape("shape", None, open_axes=True),
            activation=fields.text("activation", None),
            config=_checked_config(fields),
            recorded=fields.flag("recorded", True),
            trainable=fields.flag("trainable", True),
            weights=tuple(_weight(weight) for weight in fields.each("weights", ())),
            inputs=_inputs(fields),
        )


def _inputs(fields: Fields) -> tuple[str, ...] | None:
    if "inputs" not in fields:
        return None
    names: tuple[str, ...] = fields.texts("inputs", MAX_INPUTS, MAX_TEXT)
    if not names:
        raise fields.refusal("inputs", "the names of one layer or more")
    return names


def _weight(fields: Fields) -> WeightDescription:
    dtype = fields.text("dtype", "float32")
    if dtype not in DTYPES:
        raise fields.refusal("dtype", f"one of {', '.join(DTYPES)}")
    return WeightDescription(fields.key("name"), fields.shape("shape"), dtype)


def _checked_config(layer: Fields) -> Mapping[str, Any]:
    """A layer's arguments, after type checks on those that the forward pass reads."""
    config = layer.within("config")
    for name in ("axis", "target_shape"):
        value = config[name]
        listed = value if isinstance(value, list | tuple) else [value]
        if name in config and not _are_axes(listed):
            raise config.refusal(name, "whole numbers, one for each axis")
    config.number("epsilon", 1e-3)
    for name in ("rms_scaling", "invert"):
        config.flag(name, False)
    for name in ("data_format", "dtype"):
        config.text(name, "")
    for name in ("scale", "offset", "mean", "variance"):
        if name in config and not _are_numbers(config[name]):
            raise config.refusal(name, "numbers")
    arguments = config.within("activation_arguments")
    for name, value in config.object("activation_arguments", {}).items():
        axes = name == "axis" and isinstance(value, list | tuple) and _are_axes(value)
        if not (value is None or isinstance(value, bool | int | float) or axes):
            raise arguments.refusal(name, "a number")
    checked: Mapping[str, Any] = layer.object("config", {})
    return checked


def _are_axes(values: Sequence[Any]) -> bool:
    """Whether these can be axis numbers or axis sizes."""
    return len(values) <= MAX_AXES and all(is_whole(one) and abs(one) <= LARGEST_AXIS for one in values)


def _are_numbers(value: Any) -> bool:
    return all(map(_are_numbers, value)) if isinstance(value, list | tuple) else is_number(value)


def dense(
    name: str, inputs: int, units: int, activation: str = "linear", **activation_arguments: Any
) -> LayerDescription:
    """Describe a dense layer with a kernel (inputs, units) and a bias (units,). For writers without Keras.

    Args:
        name: The name of the layer.
        inputs: How many values it takes of each sample.
        units: How many values it gives.
        activation: A name of Keras's, by default "linear".
        **activation_arguments: Arguments of the activation, such as `alpha=0.3`.

    Returns:
        A `LayerDescription`.

    >>> from replay import dense
    >>> hidden = dense("hidden", 2, 3, "tanh")
    >>> [(weight.name, weight.shape) for weight in hidden.weights]
    [('kernel', (2, 3)), ('bias', (3,))]
    """
    return LayerDescription(
        name=name,
        class_name="Dense",
        units=units,
        shape=(units,),
        activation=activation,
        config={"activation_arguments": activation_arguments} if activation_arguments else {},
        weights=(WeightDescription("kernel", (inputs, units)), WeightDescription("bias", (units,))),
    )


@dataclass(frozen=True)
class RunDescription:
    """One run as data: its network, its training and where it comes from.

    Args:
        layers: The layers, from input to output.
        chain: Whether each layer feeds the next and nothing else, so that the layers suffice to replay the
            network. True by default. False for any other network; its layers suffice, too, where one of
            them has `inputs` (`is_graph`).
        output_layer: The name of the layer whose activation is the network's output, by default the last
            layer of a chain or graph.
        loss: The loss's name under "name", and its arguments. None where it is not known.
        losses: Of a network with several outputs, such a loss for each output, by its name. None otherwise.
        metrics: Of logged metrics that are more than a name of Keras's, what they are, by the name logged:
            Keras's name of a metric, or the full name of somebody's own.
        optimizer: The optimizer's class under "class", and its arguments. None where it is not known.
        architecture: Keras's JSON of the model, or None.
        scenario, run: What pictures call the training, both empty by default.
        seed: The seed of the training, or None.
        batch_size: Samples a step, or None.
        subset: Of how many samples ("of") those of the file are a stratified choice, and with which seed
            ("seed"). None where they are all.
        data: What the data were taken for, or None.
        packages: Versions of the packages that recorded it, by name.

    >>> from replay import RunDescription, dense
    >>> layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    >>> description = RunDescription(layers, loss={"name": "binary_crossentropy"}, scenario="parabola")
    >>> [path for path, _ in description.weight_paths]
    ['hidden/kernel', 'hidden/bias', 'output/kernel', 'output/bias']
    """

    layers: tuple[LayerDescription, ...]
    chain: bool = True
    output_layer: str | None = None
    loss: Mapping[str, Any] | None = None
    losses: Mapping[str, Mapping[str, Any]] | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    optimizer: Mapping[str, Any] | None = None
    architecture: str | None = None
    scenario: str = ""
    run: str = ""
    seed: int | None = None
    batch_size: int | None = None
    subset: Mapping[str, Any] | None = None
    data: DataDescription | None = None
    packages: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_graph(self) -> bool:
        """Whether the network is no chain, and its layers and their `inputs` suffice to replay it."""
        return not self.chain and any(layer.inputs is not None for layer in self.layers)

    @cached_property
    def graph(self) -> Graph | None:
        """Which layers each layer takes, in a chain or a graph; None of a network that only Keras knows."""
        return Graph(self.layers) if self.chain or self.is_graph else None

    @property
    def output(self) -> LayerDescription | None:
        """The output layer, None if it is not known."""
        if self.output_layer is None:
            return self.layers[-1] if self.layers and (self.chain or self.is_graph) else None
        return next(layer for layer in self.layers if layer.name == self.output_layer)

    @property
    def weight_paths(self) -> list[tuple[str, WeightDescription]]:
        """Every recorded weight with its path "layer/weight", in the order of the snapshots."""
        return [
            (f"{layer.name}/{weight.name}", weight)
            for layer in self.layers
            if layer.recorded
            for weight in layer.weights
        ]

    def to_json(self) -> dict[str, Any]:
        """The description as JSON, as in the file format."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["layers"] = [layer.to_json() for layer in self.layers]
        data["data"] = None if self.data is None else self.data.to_json()
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunDescription:
        """Parse a description; ignores unknown keys, which later minor versions may add.

        Raises ValueError, naming the key, if it is malformed.
        """
        fields = Fields(data)
        layers = tuple(map(LayerDescription._of, fields.each("layers")))
        _check_names(layers)
        output = fields.text("output_layer", None)
        if output is not None and output not in [layer.name for layer in layers]:
            raise fields.refusal("output_layer", "the name of a layer")
        chain = fields.flag("chain", True)
        if any(layer.inputs is not None for layer in layers):
            _check_inputs(layers)
            if chain:
                raise fields.refusal("chain", "false where a layer has inputs")
            if output not in (None, layers[-1].name):
                raise fields.refusal("output_layer", "the last layer where layers have inputs")
        return cls(
            layers=layers,
            chain=chain,
            output_layer=output,
            loss=_checked_loss(fields, "loss"),
            losses=_checked_losses(fields),
            metrics=_checked_metrics(fields),
            optimizer=_checked_optimizer(fields),
            architecture=fields.text("architecture", None, longest=MAX_ARCHITECTURE),
            scenario=fields.text("scenario", ""),
            run=fields.text("run", ""),
            seed=fields.whole("seed", None, least=-LARGEST_SEED, most=LARGEST_SEED),
            batch_size=fields.whole("batch_size", None),
            subset=_checked_subset(fields),
            data=DataDescription.from_json(fields.within("data")) if "data" in fields else None,
            packages=_checked_packages(fields),
        )


def _check_names(layers: tuple[LayerDescription, ...]) -> None:
    if not layers:
        raise ValueError("description.layers is empty: a network has a layer or more")
    if len(layers) > MAX_LAYERS:
        raise ValueError(f"description.layers lists {len(layers)} layers, more than {MAX_LAYERS}")
    if len({layer.name for layer in layers}) < len(layers):
        raise ValueError("description.layers has two layers of the same name")
    for layer in layers:
        if len({weight.name for weight in layer.weights}) < len(layer.weights):
            raise ValueError(f"description.layers: layer {layer.name!r} has two weights of the same name")


def _check_inputs(layers: tuple[LayerDescription, ...]) -> None:
    """Raise ValueError unless each layer takes layers before it: so no layer waits for itself."""
    total = sum(len(layer.inputs or ()) for layer in layers)
    if total > MAX_INPUTS:
        raise ValueError(f"description.layers have {total} inputs, more than {MAX_INPUTS}")
    try:
        Graph(layers)
    except ValueError as error:
        raise ValueError(f"description.layers: inputs: {error}") from error


def _checked_loss(holder: Fields, name: str) -> Mapping[str, Any] | None:
    loss: Mapping[str, Any] | None = holder.object(name, None)
    if loss is not None:
        fields = holder.within(name)
        fields.text("name")
        for argument in ("from_logits", "from_outputs"):
            fields.flag(argument, False)
        fields.number("label_smoothing", 0.0)
        for argument in ("delta", "beta", "q", "least_log"):
            fields.number(argument, None)
        fields.text("reduction", "")
        for argument in ("weights", "positive_weights"):
            if argument in fields and not _are_numbers(fields[argument]):
                raise fields.refusal(argument, "numbers")
        for argument in ("ignore_class", "axis"):
            if argument in fields and not is_whole(fields[argument]):
                raise fields.refusal(argument, "a whole number")
    return loss


def _checked_losses(run: Fields) -> Mapping[str, Any] | None:
    losses: Mapping[str, Any] | None = run.object("losses", None)
    for output in losses or ():
        _checked_loss(run.within("losses"), output)
    return losses


def _checked_metrics(run: Fields) -> Mapping[str, str]:
    metrics: Mapping[str, str] = run.object("metrics", {})
    for name in metrics:
        run.within("metrics").text(name)
    return metrics


def _checked_optimizer(run: Fields) -> Mapping[str, Any] | None:
    optimizer: Mapping[str, Any] | None = run.object("optimizer", None)
    if optimizer is not None:
        fields = run.within("optimizer")
        fields.text("class", "")
        for name in CLIPS:
            fields.number(name, None)
    return optimizer


def _checked_subset(run: Fields) -> Mapping[str, Any] | None:
    subset: Mapping[str, Any] | None = run.object("subset", None)
    if subset is not None:
        run.within("subset").whole("of", 0)
    return subset


def _checked_packages(run: Fields) -> Mapping[str, str]:
    packages: Mapping[str, str] = run.object("packages", {})
    for name in packages:
        run.within("packages").text(name)
    return packages
