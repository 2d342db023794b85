"""Too wide a network on few noisy points learns the noise by heart, unless one of three remedies prevents it.

Overfitting is seen in the 200 held-out samples: the network goes on to get more of the 50 that it trains on
right, and fewer of these. Dropout (Srivastava et al. 2014), decoupled weight decay (Loshchilov & Hutter 2019)
and early stopping each keep most of what the network knew at its best.
"""

from functools import partial

from replay import Scenario, datasets

NOISE = 0.3

scenario = Scenario(
    name="overfit",
    description="50 noisy points of two half moons, a 2-64-64-1 network, and three remedies",
    data=partial(datasets.moons, n_per_class=25, noise=NOISE, seed=1),
    validation_data=partial(datasets.moons, n_per_class=100, noise=NOISE, seed=2),
    activations=("tanh",),
    hidden_units=(64, 64),
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    optimizer="adam",
    learning_rate=0.01,
    batch_size=25,
    epochs=200,
    runs={
        "plain": {},
        "dropout": {"dropout": 0.5},
        "weight-decay": {"weight_decay": 1.0},
        "early-stopping": {"patience": 20},
    },
)
