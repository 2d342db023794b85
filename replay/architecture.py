"""A recorded architecture, Keras's JSON of a model: what in it is rebuilt for anybody.

Keras rebuilds whatever the JSON names: functions, layers with code within (`Lambda`), objects that the
program has registered, calls with constants. Here is what only computes, at a cost that can be told before;
the rest needs the user's trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from replay import json_text

Part = Mapping[str, Any]


def _words(text: str) -> set[str]:
    return set(text.split())


# Models, and what goes with layers: of initializers, regularizers and the like, Keras has no others.
MODELS = {"Functional", "Sequential", "Model"}
BESIDE_LAYERS = {"keras.initializers", "keras.regularizers", "keras.constraints"}
MODULES_OF_MODELS = {"keras", "keras.models", "keras.src.models.functional", "keras.src.models.sequential"}
# Layers that compute from inputs and weights. Those that hold code, read files or hold other models are not
# among them, nor those that make spectrograms or augment images.
LAYERS = _words(
    """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average
    BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Dense Discretization Dot
    Dropout ELU EinsumDense Embedding Flatten GaussianDropout GaussianNoise GroupNormalization
    GroupQueryAttention GRU GRUCell Identity InputLayer LSTM LSTMCell LayerNormalization LeakyReLU Masking
    Maximum Minimum MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization RNN ReLU
    RepeatVector Rescaling Reshape Resizing ReversibleEmbedding SimpleRNN SimpleRNNCell Softmax
    SpectralNormalization StackedRNNCells Subtract TimeDistributed UnitNormalization RandomBrightness
    RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation RandomZoom
    """
) | {
    f"{kind}{n}D"
    for n in (1, 2, 3)
    for kind in (
        *("AdaptiveAveragePooling", "AdaptiveMaxPooling", "AveragePooling", "MaxPooling"),
        *("GlobalAveragePooling", "GlobalMaxPooling", "Conv", "ConvLSTM", "DepthwiseConv", "SeparableConv"),
        *("Cropping", "SpatialDropout", "UpSampling", "ZeroPadding"),
    )
} | {f"Conv{n}DTranspose" for n in (1, 2, 3)}  # fmt: skip
# What operators and functions of keras.ops become.
MODULES_OF_OPERATIONS = {f"keras.src.ops.{name}" for name in ("core", "numpy", "nn", "math")}
OPERATIONS = _words(
    """
    Abs Absolute Add All Amax Amin Any Arctan Argmax Argmin Average AveragePool BatchNorm BroadcastTo Cast
    Ceil Clip Concatenate Conv Cos Cosh CumSum Cumsum Divide DivideNoNan Dot Einsum Elu Equal Erf Exp
    ExpandDims Expm1 Flip Floor FloorDivide Gelu GetItem Greater GreaterEqual HardSigmoid HardSilu LayerNorm
    LeakyRelu Less LessEqual Log Log10 Log1p Log2 LogSigmoid LogSoftmax LogicalAnd LogicalNot LogicalOr
    Logsumexp Matmul Max MaxPool Maximum Mean Min Minimum Mod Moments Moveaxis Multiply Negative Norm
    Normalize NotEqual OneHot OnesLike Outer Pad Power Prod RMSNorm Ravel Reciprocal Relu Relu6 Repeat
    Reshape Roll Round Rsqrt Selu Sigmoid Sign Silu Sin Sinh Slice Softmax Softplus Softsign Split Sqrt
    Square Squeeze Stack Std StopGradient Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile
    Transpose TrueDivide Unstack Var Vstack Where ZerosLike
    """
)
# How layers hang together, and plain numbers.
STRUCTURE = {"__keras_tensor__", "__tuple__", "__numpy__", "__tensor__", "__slice__", "__ellipsis__"}
# Keras needs the square of a sequence's length to rebuild it, and as many rounds as layers are out of order.
MOST_IN_SEQUENCE = 200
MOST_LATE = 100


def read(architecture: str) -> Any:
    """The architecture as it is rebuilt: without how it was trained, all weights to begin as zeros.

    A replay gives the weights anyway. Raises ValueError where it is no JSON that a program can bear.
    """
    data = json_text.loads(architecture)
    for part in _objects(data):
        part.pop("compile_config", None)
        for key in part:
            if key.endswith("_initializer") and part[key] is not None:
                part[key] = "zeros"
    return data


def objection(architecture: str) -> str | None:
    """What speaks against rebuilding the architecture without trust; None where nothing does."""
    for part in _objects(read(architecture)):
        found = _objection_to(part) or _objection_to_calls(part) or _objection_to_order(part)
        if found is not None:
            return found
    return None


def texts(architecture: str) -> set[str]:
    """Every text in the architecture, by which Keras might find what a program has registered."""
    return {value for value in _values(read(architecture)) if isinstance(value, str)}


def _values(data: Any) -> Iterator[Any]:
    """Every value in the JSON, and all that it holds."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Every object in the JSON."""
    return (value for value in _values(data) if isinstance(value, dict))


def _objection_to(part: Part) -> str | None:
    """What the object names."""
    name, module = part.get("class_name"), part.get("module")
    if name is None and module is None:
        return None
    if not isinstance(name, str) or not isinstance(module, str | None):
        return "names what is no class"
    if name in STRUCTURE:
        return None
    if name.startswith("__") or name == "function":  # Keras's own functions are mere names
        return f"holds the object {name}, which may carry code"
    if (part.get("registered_name") or name) not in (name, f"keras>{name}") or ">" in name:
        return f"holds the custom object {part.get('registered_name') or name!r}"
    if module == "keras.layers":
        if name in LAYERS:
            return None
        return f"holds the layer {name}, which is none of those that only compute"
    if (
        module in BESIDE_LAYERS
        or (module in MODULES_OF_MODELS and name in MODELS)
        or (module in MODULES_OF_OPERATIONS and name in OPERATIONS)
        or (module == "keras" and name == "DTypePolicy")
    ):
        return None
    return f"holds {name!r} of the module {module!r}, which is not Keras's own or more than a layer"


def _objection_to_calls(part: Part) -> str | None:
    """Calls without an input of the model would be made at once, and may make anything of constants."""
    calls = part.get("inbound_nodes")
    if calls is None:
        return None
    if not isinstance(calls, list) or not all(
        isinstance(call, dict) and _takes_inputs(call) for call in calls
    ):
        return f"calls {part.get('name')!r} with constants alone"
    return None


def _takes_inputs(call: Part) -> bool:
    return any(part.get("class_name") == "__keras_tensor__" for part in _objects(call))


def _objection_to_order(part: Part) -> str | None:
    layers = part.get("layers")
    if not isinstance(layers, list):
        return None
    if "input_layers" not in part:
        return f"lists {len(layers)} layers in a sequence" if len(layers) > MOST_IN_SEQUENCE else None
    known: set[Any] = set()
    n_late = 0
    for layer in filter(_is_object, layers):
        n_late += any(name not in known for name in _inputs_of(layer))
        known.add(layer.get("name"))
    return f"lists {n_late} layers before their inputs" if n_late > MOST_LATE else None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _inputs_of(layer: Part) -> Iterator[str]:
    """The names of the layers that a layer is called with."""
    for part in _objects(layer.get("inbound_nodes")):
        history = part.get("keras_history")
        if isinstance(history, list) and history and isinstance(history[0], str):
            yield history[0]
