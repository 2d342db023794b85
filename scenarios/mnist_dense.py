"""One hidden layer of 512 units on MNIST with four activations.

Linear, sigmoid, tanh and ReLU, with the settings of Keras's dense MNIST example: RMSprop, batches of 128.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="mnist-dense",
    description="MNIST, a 784-512-10 network, RMSprop",
    data=datasets.mnist,
    validation_data=partial(datasets.mnist, test=True),
    activations=("linear", "sigmoid", "tanh", "relu"),
    hidden_units=(512,),
    output_units=10,
    output_activation="softmax",
    loss="sparse_categorical_crossentropy",
    kernel_initializer="glorot_uniform",
    output_kernel_initializer="glorot_uniform",
    optimizer="rmsprop",
    learning_rate=0.001,
    batch_size=128,
    epochs=5,
    tween=9,
    recording={"samples": 1000},
)
