"""One network with four batch sizes, from 4 samples to a quarter of the data: larger is less noisy."""

from replay import Scenario, datasets

scenario = Scenario(
    name="batch-size",
    description="two half moons, a 2-8-2-1 network, four batch sizes",
    data=datasets.moons,
    activations=("tanh",),
    hidden_units=(8, 2),
    optimizer="adam",
    learning_rate=0.02,
    epochs=80,
    seed=4,
    vary={"batch_size": (4, 16, 64, 256)},
)
