"""A circle within a circle: three units lift the ring off, until a plane slides between them.

The seed was found by search (benchmarks/search_seed.py): 12 is one of 10 among seeds 0 to 24 with which all
activations solve it, sigmoid at epoch 67, tanh at 57, ReLU at 19.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="circles",
    description="a ring around a disc's edge, a 2-3-1 network, Adam",
    data=partial(datasets.circles, noise=0.04),
    hidden_units=(3,),
    optimizer="adam",
    learning_rate=0.05,
    batch_size=16,
    epochs=80,
    seed=12,
    views=("dashboard", "why"),
)
