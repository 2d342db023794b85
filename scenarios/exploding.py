"""The exploding gradient: initial weights that are far too large, against those that suit the layers' size.

Each layer multiplies the gradient by its weights. Where these are large, the product grows from layer to
layer, and the first steps throw all weights so far away that the loss is no longer a number.

With weights of σ 3 the gradient grows by a factor of 3,000 to 170,000 with each of the seeds 0 to 9, and 9
of them end in NaN within an epoch: all but 5, which answers the same to all samples. With He's weights 6
get all samples right at some epoch, and the others 91 % or more: seed 2 does at epoch 14.
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
    seed=2,
    views=("backprop", "dashboard"),
    compared_by="backprop",
    runs={
        "too-large": {"kernel_initializer": "normal_3"},
        "he": {"kernel_initializer": "he_normal"},
    },
)
