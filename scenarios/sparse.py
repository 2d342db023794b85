"""About half of the units of a wide ReLU layer are off for any one sample: its activations are sparse.

A sample is told by which units are on. The share of zeros is a number beside each layer, and a curve.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="sparse",
    description="two half moons, a 2-48-24-1 network, ReLU",
    data=partial(datasets.moons, n_per_class=150, noise=0.1),
    activations=("relu",),
    hidden_units=(48, 24),
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    optimizer="adam",
    learning_rate=0.01,
    batch_size=16,
    epochs=40,
    seed=0,
    views=("sparsity", "dashboard"),
)
