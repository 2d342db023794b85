"""A network that learnt its noise by heart is too sure of all else: how often its probabilities come true.

The plain network of the scenario `overfit`, with so many held-out samples that each of the ten bins has some.
It is as sure as it is right of the 50 that it learnt, and far too sure of the others: see Guo et al. 2017,
"On Calibration of Modern Neural Networks".
"""

from functools import partial

from replay import Scenario, datasets

NOISE = 0.3

scenario = Scenario(
    name="calibration",
    description="50 noisy points of two half moons, 4000 held out: how sure, and how often right",
    data=partial(datasets.moons, n_per_class=25, noise=NOISE, seed=1),
    validation_data=partial(datasets.moons, n_per_class=2000, noise=NOISE, seed=2),
    activations=("tanh",),
    hidden_units=(64, 64),
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    optimizer="adam",
    learning_rate=0.01,
    batch_size=25,
    epochs=200,
    views=("calibration",),
    recording={"every_n_epochs": 10},
)
