"""Two spiral arms: a deeper network unrolls them into a 2-unit layer before the output.

The seed was found by search (benchmarks/search_seed.py): 8 is one of 9 among seeds 0 to 9 with which all
activations solve it, tanh at epoch 47, ReLU at 31, ELU at 56; sigmoid solved it with none of eight seeds in
150 epochs.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="spiral",
    description="two spiral arms, a 2-16-16-2-1 network, Adam",
    data=datasets.spiral,
    activations=("tanh", "relu", "elu"),
    hidden_units=(16, 16, 2),
    optimizer="adam",
    learning_rate=0.005,
    batch_size=16,
    epochs=120,
    seed=8,
    views=("dashboard", "why"),
)
