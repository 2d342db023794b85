"""Adam's learning rates: one for each weight, where SGD has the same for all (Kingma & Ba 2015).

The line and the two weights of `valley`, with steps that are small enough not to swing. The gradient of w is
the larger one; Adam divides by its size, so that w and b move alike.

All samples are in each batch and all weights begin at 0, so that no seed changes anything.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="adam",
    description="a line through points: two weights, and the learning rate that each really has",
    data=datasets.line,
    feature_names=("x",),
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
