"""The table of layers that NumPy replays; add a row to support another layer.

Used by the description, the forward and backward pass, the shape check and the views.
"""

from __future__ import annotations

from collections.abc import Mapping

from replay.network.in_numpy.kinds.batch_normalization import BATCH_NORMALIZATION
from replay.network.in_numpy.kinds.dense import DENSE
from replay.network.in_numpy.kinds.embedding import EMBEDDING
from replay.network.in_numpy.kinds.fixed_scales import NORMALIZATION, RESCALING
from replay.network.in_numpy.kinds.joining import ADD, CONCATENATE, MULTIPLY
from replay.network.in_numpy.kinds.kind import LayerKind
from replay.network.in_numpy.kinds.layer_normalization import LAYER_NORMALIZATION
from replay.network.in_numpy.kinds.prelu import PRELU
from replay.network.in_numpy.kinds.reshaping import FLATTEN, RESHAPE

LAYERS: Mapping[str, LayerKind] = {
    kind.class_name: kind
    for kind in (
        DENSE,
        BATCH_NORMALIZATION,
        LAYER_NORMALIZATION,
        NORMALIZATION,
        RESCALING,
        FLATTEN,
        RESHAPE,
        PRELU,
        EMBEDDING,
        ADD,
        MULTIPLY,
        CONCATENATE,
        LayerKind("Activation"),
        LayerKind(
            "ReLU", activation="relu", activation_arguments=("max_value", "negative_slope", "threshold")
        ),
        LayerKind("LeakyReLU", activation="leaky_relu", activation_arguments=("negative_slope",)),
        LayerKind("ELU", activation="elu", activation_arguments=("alpha",)),
        LayerKind("Softmax", activation="softmax", activation_arguments=("axis",)),
        LayerKind("InputLayer", passes_on=True),
        LayerKind("Identity", passes_on=True),
        # These act only during training:
        LayerKind("Dropout", passes_on=True),
        LayerKind("AlphaDropout", passes_on=True),
        LayerKind("GaussianDropout", passes_on=True),
        LayerKind("GaussianNoise", passes_on=True),
        LayerKind("SpatialDropout1D", passes_on=True),
        LayerKind("SpatialDropout2D", passes_on=True),
        LayerKind("SpatialDropout3D", passes_on=True),
        LayerKind("ActivityRegularization", passes_on=True),
    )
}
