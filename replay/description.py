"""What a run file says of itself: the network, its training and its origin, as plain data.

These classes hold what `docs/format.md` calls the description. They know neither HDF5 nor Keras.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class WeightDescription:
    """One array of weights of a layer: its name within the layer, shape and dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class LayerDescription:
    """One layer as data: everything that its forward pass needs besides the weights.

    `shape` is that of one sample's activations and `units` its last axis, None where they are not known.
    `activation` is a name of Keras's, `config` the further arguments of the layer, with those of the
    activation under "activation_arguments". `recorded` says whether snapshots hold the layer's weights,
    `trainable` whether training changes them.
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

    def to_json(self) -> dict[str, Any]:
        """The layer as an object of the file format."""
        data = asdict(self)
        data["class"] = data.pop("class_name")
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LayerDescription:
        """Rebuild a layer from an object of the file format."""
        return cls(
            name=data["name"],
            class_name=data["class"],
            units=data.get("units"),
            shape=None if data.get("shape") is None else tuple(data["shape"]),
            activation=data.get("activation"),
            config=data.get("config", {}),
            recorded=bool(data.get("recorded", True)),
            trainable=bool(data.get("trainable", True)),
            weights=tuple(
                WeightDescription(weight["name"], tuple(weight["shape"]), weight.get("dtype", "float32"))
                for weight in data.get("weights", ())
            ),
        )


def dense(
    name: str, inputs: int, units: int, activation: str = "linear", **activation_arguments: Any
) -> LayerDescription:
    """Describe a dense layer: kernel (inputs, units), bias (units,). For writers without Keras."""
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
    """One run as data.

    `chain` says that each layer feeds the next and nothing else, so that the layers suffice to replay
    the network. `output_layer` names the layer whose activation is the network's output; None where that
    is not known. `loss` holds the loss's name under "name" and its arguments. `architecture` is Keras's
    JSON of the model, or None. `subset` says of how many samples ("of") those of the file are a stratified
    choice, and with which seed ("seed"); None where they are all that the recorder was given.
    """

    layers: tuple[LayerDescription, ...]
    chain: bool = True
    output_layer: str | None = None
    loss: Mapping[str, Any] | None = None
    optimizer: Mapping[str, Any] | None = None
    architecture: str | None = None
    scenario: str = ""
    run: str = ""
    seed: int | None = None
    batch_size: int | None = None
    subset: Mapping[str, Any] | None = None
    packages: Mapping[str, str] = field(default_factory=dict)

    @property
    def output(self) -> LayerDescription | None:
        """The layer that gives the network's output, where it is known."""
        if self.output_layer is None:
            return self.layers[-1] if self.chain and self.layers else None
        return next(layer for layer in self.layers if layer.name == self.output_layer)

    @property
    def weight_paths(self) -> list[tuple[str, WeightDescription]]:
        """Every recorded weight with its path "layer/weight", in the order in which snapshots list them."""
        return [
            (f"{layer.name}/{weight.name}", weight)
            for layer in self.layers
            if layer.recorded
            for weight in layer.weights
        ]

    def to_json(self) -> dict[str, Any]:
        """The description as an object of the file format."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["layers"] = [layer.to_json() for layer in self.layers]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunDescription:
        """Rebuild a description; unknown keys, of a later minor version, are passed over."""
        known = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        layers: Sequence[Mapping[str, Any]] = known.pop("layers")
        return cls(layers=tuple(LayerDescription.from_json(layer) for layer in layers), **known)
