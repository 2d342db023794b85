"""Exclusive or (XOR): one layer cannot learn it, two hidden units can.

The seed was found by search (benchmarks/search_seed.py): 12 is one of 2 among seeds 0 to 39 with which all
activations solve it, sigmoid at epoch 21, tanh at 9, ReLU at 5; often a ReLU starts dead, or both units
find the same side.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="xor",
    description="four squares, a 2-2-1 network, Adam",
    data=datasets.xor,
    hidden_units=(2,),
    optimizer="adam",
    learning_rate=0.005,
    batch_size=16,
    epochs=80,
    seed=12,
    views=("dashboard", "why"),
)
