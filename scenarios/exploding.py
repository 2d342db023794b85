"""The exploding gradient: initial weights that are far too large, against those that suit the layers' size.

Each layer multiplies the gradient by its weights. Where these are large, the product grows from layer to
layer, and the first step throws all weights so far away that the loss is no longer a number.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="exploding",
    description="two half moons, eight layers: weights that are far too large, and weights that suit",
    data=partial(datasets.moons, n_per_class=100),
    activations=("relu",),
    hidden_units=(10,) * 8,
    output_kernel_initializer="glorot_normal",
    optimizer="sgd",
    learning_rate=0.05,
    batch_size=16,
    epochs=30,
    views=("backprop", "dashboard"),
    runs={
        "too-large": {"kernel_initializer": "normal_3"},
        "he": {"kernel_initializer": "he_normal"},
    },
)
