"""Allowlist for a recorded architecture (Keras's JSON of a model): what is safe to rebuild without trust.

Keras rebuilds whatever the JSON names: functions, layers that hold code (`Lambda`), objects that the
program has registered, calls with constants. Only what computes at a known cost is listed here; the rest
needs the user's trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from replay.network import untrusted_json

Part = Mapping[str, Any]


def _words(text: str) -> set[str]:
    return set(text.split())


# Models, and the parts of layers: these modules hold nothing but initializers, regularizers, constraints.
MODELS = {"Functional", "Sequential", "Model"}
BESIDE_LAYERS = {"keras.initializers", "keras.regularizers", "keras.constraints"}
MODULES_OF_MODELS = {"keras", "keras.models", "keras.src.models.functional", "keras.src.models.sequential"}
# Layers that compute from inputs and weights. Not listed: layers that hold code or read files, and
# spectrogram layers, whose tables take memory that no weight accounts for.
LAYERS = _words(
    """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average
    BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Conv1DTranspose Conv2DTranspose
    Conv3DTranspose Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout EinsumDense ELU
    Embedding Flatten GaussianDropout GaussianNoise GroupNormalization GroupQueryAttention GRU GRUCell
    Identity InputLayer LayerNormalization LeakyReLU LSTM LSTMCell Masking Maximum Minimum
    MultiHeadAttention Multiply Normalization Permute PReLU RandomBrightness RandomContrast RandomCrop
    RandomFlip RandomRotation RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing
    ReversibleEmbedding RMSNormalization RNN SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
    SpectralNormalization StackedRNNCells Subtract TimeDistributed UnitNormalization
    """
) | {
    f"{kind}{n}D"
    for n in (1, 2, 3)
    for kind in (
        *("AdaptiveAveragePooling", "AdaptiveMaxPooling", "AveragePooling", "MaxPooling"),
        *("GlobalAveragePooling", "GlobalMaxPooling", "Conv", "ConvLSTM", "Cropping"),
        *("SpatialDropout", "UpSampling", "ZeroPadding"),
    )
}
# Operators and functions of keras.ops, as they appear in the JSON.
MODULES_OF_OPERATIONS = {
    f"keras.src.ops.{name}" for name in ("core", "image", "numpy", "nn", "math", "linalg")
}
OPERATIONS = _words(
    """
    Abs Absolute AdaptiveAveragePool AdaptiveMaxPool Add All AllClose Amax Amin Angle Any Append Arange
    Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax Argmin Argpartition Argsort ArraySplit
    Average AveragePool BatchNorm BinaryCrossentropy Bincount BitwiseAnd BitwiseInvert BitwiseLeftShift
    BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor BroadcastTo Cast CategoricalCrossentropy Cbrt CDist
    Ceil Celu Cholesky CholeskyInverse Clip Concatenate Conj Conjugate Conv ConvTranspose Copy Corrcoef
    Correlate Cos Cosh CountNonzero Cross Cumprod Cumsum Deg2rad DepthToSpace DepthwiseConv Det Diag
    Diagflat Diagonal Diff Digitize Divide DivideNoNan Dot DotProductAttention Dsplit Dstack Eig Eigh Einsum
    Elu EmptyLike Equal Erf Erfc Erfinv Exp Exp2 ExpandDims Expm1 ExtractSequences Fabs FFT FFT2 Flip Fliplr
    Flipud Floor FloorDivide Fmax Fmin Fmod Fold Full FullLike Gcd Gelu Geomspace GetItem Glu Greater
    GreaterEqual HardShrink HardSigmoid HardSilu HardTanh Heaviside Histogram Hsplit Hstack Hypot I0 IFFT2
    Imag Inner InTopK Inv IRFFT Isclose Isfinite IsIn Isinf Isnan Isneginf Isposinf Isreal ISTFT Kron
    LayerNorm Lcm Ldexp LeakyRelu LeftShift Less LessEqual Linspace Log Log10 Log1p Log2 Logaddexp
    Logaddexp2 Logdet LogicalAnd LogicalNot LogicalOr LogicalXor LogSigmoid LogSoftmax Logspace Logsumexp
    Lstsq LuFactor Matmul MatrixRank Max Maximum MaxPool Mean Median Meshgrid Min Minimum Mod Moments
    Moveaxis MultiHot Multiply Nanargmax Nanargmin Nancumprod Nancumsum Nanmax Nanmean Nanmedian Nanmin
    Nanpercentile Nanprod Nanquantile Nanstd Nansum NanToNum Nanvar Ndim Negative Nextafter Nonzero Norm
    Normalize NotEqual OneHot OnesLike Outer Pad Percentile Pinv Polar Power Prod PSNR Ptp Qr Quantile
    Rad2deg Ravel Real Reciprocal Relu Relu6 Repeat Reshape Resize RFFT RightShift RMSNorm Roll Rot90 Round
    Rsqrt SaturateCast SearchSorted SegmentMax SegmentMin SegmentProd SegmentReduction SegmentSum Select
    Selu SeparableConv Sigmoid Sign Signbit Silu Sin Sinc Sinh Size Slice Slogdet Softmax Softplus
    SoftShrink Softsign Solve SolveTriangular Sort SpaceToDepth SparseCategoricalCrossentropy Sparsemax
    SparsePlus SparseSigmoid Split Sqrt Square Squareplus Squeeze Stack Std STFT StopGradient Subtract Sum
    SVD Swapaxes Take TakeAlongAxis Tan Tanh TanhShrink Tensordot Threshold Tile TopK Trace Transpose
    Trapezoid Tril Triu TrueDivide Trunc Unfold Unique UnravelIndex Unstack Vander Var Vdot ViewAsComplex
    ViewAsReal Vsplit Vstack Where ZerosLike
    """
)
# Connections between layers, and plain numbers.
STRUCTURE = {"__keras_tensor__", "__tuple__", "__numpy__", "__tensor__", "__slice__", "__ellipsis__"}
# Keras rebuilds a sequence in quadratic time, and needs one pass for each layer listed before its inputs.
MAX_IN_SEQUENCE = 200
MAX_LATE = 100


def read(architecture: str) -> Any:
    """Parse the architecture for rebuilding: drop the compile config, initialise all weights to zeros.

    A replay sets the weights anyway. Raises ValueError if the JSON is malformed or exceeds the limits.
    """
    data = untrusted_json.loads(architecture, "description.architecture")
    for part in _objects(data):
        part.pop("compile_config", None)
        for key in part:
            if key.endswith("_initializer") and part[key] is not None:
                part[key] = "zeros"
    return data


def objection(architecture: str) -> str | None:
    """Why the architecture cannot be rebuilt without trust; None if it can."""
    for part in _objects(read(architecture)):
        found = _objection_to(part) or _objection_to_calls(part) or _objection_to_order(part)
        if found is not None:
            return found
    return None


def stateful_layer(architecture: str) -> str | None:
    """The name of a layer whose answer depends on the batches before; None if there is none."""
    stateful = (part for part in _objects(read(architecture)) if part.get("stateful") is True)
    return next((str(part.get("name")) for part in stateful), None)


def texts(architecture: str) -> set[str]:
    """Every string in the architecture: Keras might look up any of them as a registered object."""
    return {value for value in _values(read(architecture)) if isinstance(value, str)}


def _values(data: Any) -> Iterator[Any]:
    """Every value in the JSON, nested ones included."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Every object in the JSON, nested ones included."""
    return (value for value in _values(data) if isinstance(value, dict))


def _objection_to(part: Part) -> str | None:
    """The objection to the class that the object names, None if it is allowed."""
    name, module = part.get("class_name"), part.get("module")
    if name is None and module is None:
        return None
    if not isinstance(name, str) or not isinstance(module, str | None):
        return "names a class or module that is not text"
    if name in STRUCTURE:
        return None
    if name.startswith("__") or name == "function":  # Keras's own functions appear as plain names
        return f"holds the object {name}, which may carry code"
    if (part.get("registered_name") or name) not in (name, f"keras>{name}") or ">" in name:
        return f"holds the custom object {part.get('registered_name') or name!r}"
    if module == "keras.layers":
        if name in LAYERS:
            return None
        return f"holds the layer {name}, which is not on the list of safe layers"
    if (
        module in BESIDE_LAYERS
        or (module in MODULES_OF_MODELS and name in MODELS)
        or (module in MODULES_OF_OPERATIONS and name in OPERATIONS)
        or (module == "keras" and name == "DTypePolicy")
    ):
        return None
    return f"holds {name!r} of the module {module!r}, which is not on the list of safe classes"


def _objection_to_calls(part: Part) -> str | None:
    """The objection to a call with constants only: Keras runs it while rebuilding, at any cost."""
    calls = part.get("inbound_nodes")
    if calls is None:
        return None
    if not isinstance(calls, list) or not all(
        isinstance(call, dict) and _takes_inputs(call) for call in calls
    ):
        return f"calls {part.get('name')!r} with constants only"
    return None


def _takes_inputs(call: Part) -> bool:
    return any(part.get("class_name") == "__keras_tensor__" for part in _objects(call))


def _objection_to_order(part: Part) -> str | None:
    layers = part.get("layers")
    if not isinstance(layers, list):
        return None
    if "input_layers" not in part:
        return f"lists {len(layers)} layers in a sequence" if len(layers) > MAX_IN_SEQUENCE else None
    known: set[str] = set()
    n_late = 0
    for layer in filter(_is_object, layers):
        n_late += any(name not in known for name in _inputs_of(layer))
        known.add(str(layer.get("name")))
    return f"lists {n_late} layers before their inputs" if n_late > MAX_LATE else None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _inputs_of(layer: Part) -> Iterator[str]:
    """The names of the layers that feed a layer."""
    for part in _objects(layer.get("inbound_nodes")):
        history = part.get("keras_history")
        if isinstance(history, list) and history and isinstance(history[0], str):
            yield history[0]
