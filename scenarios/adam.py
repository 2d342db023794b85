"""Adam's learning rates: one for each weight, where SGD has the same for all (Kingma & Ba 2015).

Two inputs, one of them ten times as small as the other, so that the gradients of their weights differ as
much. Adam divides each by its own size: the weight with small gradients gets a large rate.

All samples are in each batch and all weights begin at 0, so that no seed changes anything.
"""

import numpy as np

from replay import Scenario


def two_scales():
    """100 points with inputs of standard deviation 1 and 0.1, and a target that needs both."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(100, 2)) * (1.0, 0.1)
    targets = 2 * inputs[:, :1] + 5 * inputs[:, 1:] + 1 + rng.normal(scale=0.1, size=(100, 1))
    return inputs.astype(np.float32), targets.astype(np.float32)


scenario = Scenario(
    name="adam",
    description="inputs of two scales, three weights, and the learning rate that each really has",
    data=two_scales,
    feature_names=("large", "small"),
    activations=("linear",),
    hidden_units=(),
    output_activation="linear",
    output_kernel_initializer="zeros",
    loss="mean_squared_error",
    metrics=(),
    batch_size=100,  # all
    epochs=80,
    views=("step-sizes",),
    compared_by="step-sizes",
    runs={
        "sgd": {"optimizer": "sgd", "learning_rate": 0.02},
        "adam": {"optimizer": "adam", "learning_rate": 0.02},
    },
)
