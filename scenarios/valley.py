"""Six optimizers on one surface: two weights, so that their loss is a valley that can be drawn as it is.

A line is fitted to points, w·x + b. The inputs do not lie around 0, so that w and b can make up for each
other: the loss is steep across that diagonal, and nearly flat along it. All runs begin with w = b = 0.
Gradient descent zigzags across the valley, as its learning rate is just below the largest that converges;
mini-batches add noise; momentum overshoots and comes back round; Adagrad slows down; RMSprop and Adam go
along the floor.

The seed decides on the order of the mini-batches alone, so that all of the seeds 0 to 9 show this.
"""

from replay import Scenario, datasets

ALL = 100

scenario = Scenario(
    name="valley",
    description="a line through points: two weights, a long narrow valley, six optimizers",
    data=datasets.line,
    feature_names=("x",),
    activations=("linear",),
    hidden_units=(),
    output_activation="linear",
    output_kernel_initializer="zeros",
    loss="mean_squared_error",
    metrics=(),
    batch_size=ALL,
    epochs=60,
    views=("trajectory",),
    compared_by="trajectory",
    runs={
        "sgd": {"optimizer": "sgd", "learning_rate": 0.21},
        "mini-batch": {"optimizer": "sgd", "learning_rate": 0.04, "batch_size": 10},
        "momentum": {"optimizer": "momentum", "learning_rate": 0.02},
        "adagrad": {"optimizer": "adagrad", "learning_rate": 0.6},
        "rmsprop": {"optimizer": "rmsprop", "learning_rate": 0.1},
        "adam": {"optimizer": "adam", "learning_rate": 0.15},
    },
)
