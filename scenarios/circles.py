"""A circle within a circle: two units alone cannot open the ring, so a wider layer comes first.

The seed was found by search (benchmarks/search_seed.py): 7 is one of 3 among seeds 0 to 9 with which all
activations solve it, sigmoid at epoch 20, tanh at 5, ReLU at 3.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="circles",
    description="a ring around a disc's edge, a 2-3-1 network, Adam",
    data=datasets.circles,
    hidden_units=(3,),
    optimizer="adam",
    learning_rate=0.05,
    batch_size=16,
    epochs=100,
    seed=7,
)
