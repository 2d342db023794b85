"""Six hidden layers on MNIST: vanishing gradients with sigmoid, and gradients with ReLU."""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="mnist-deep",
    description="MNIST, a 784-6×512-10 network, Adam",
    data=datasets.mnist,
    validation_data=partial(datasets.mnist, test=True),
    activations=("linear", "sigmoid", "relu"),
    hidden_units=(512,) * 6,
    output_units=10,
    output_activation="softmax",
    loss="sparse_categorical_crossentropy",
    kernel_initializer="glorot_uniform",
    output_kernel_initializer="glorot_uniform",
    optimizer="adam",
    learning_rate=0.001,
    batch_size=128,
    epochs=5,
    tween=9,
    recording={"samples": 1000},
)
