"""Three yes-or-no questions and a single neuron: it learns a weight for each, and how much is enough.

The usual example of a perceptron: somebody goes to the cinema if the weather is good, or if a friend comes
and the cinema is near.

All of the seeds 0 to 13 solve it, at epochs 11 to 19: 0 does at epoch 18, and begins with a negative weight
for good weather. There is no noise, so that the weights go on growing, in the proportions 5 to 2 to 2.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="cinema",
    description="three yes-or-no questions, a single neuron, SGD",
    data=datasets.cinema,
    feature_names=("good weather", "friend comes", "cinema near"),
    class_names=("stays home", "goes"),
    activations=("sigmoid",),
    hidden_units=(),
    output_kernel_initializer="glorot_normal",
    optimizer="sgd",
    learning_rate=0.1,
    batch_size=16,
    epochs=100,
    seed=0,
)
