"""Two interleaved half moons: a wider layer warps the plane, a 2-unit layer shows it.

The seed was found by search (benchmarks/search_seed.py): 4 is one of 9 among seeds 0 to 9 with which all
activations solve it, sigmoid at epoch 35, tanh at 24, ReLU at 6.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="moons",
    description="two half moons, a 2-8-2-1 network, Adam",
    data=datasets.moons,
    hidden_units=(8, 2),
    optimizer="adam",
    learning_rate=0.02,
    batch_size=16,
    epochs=80,
    seed=4,
    views=("dashboard", "why"),
)
