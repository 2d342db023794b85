"""Four weight initializers of a deep network, with three activations.

After the second "Hyper-parameters in Action" article: with small weights the signal fades from layer to
layer, and so does the gradient. The initializer of Glorot & Bengio 2010 prevents it for tanh, that of He et
al. 2015 for ReLU; for so many sigmoid layers, none does.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="initializers",
    description="inside or outside a sphere in 10-D, a 10-5×100-1 network",
    data=datasets.ball,
    activations=("tanh", "relu", "sigmoid"),
    hidden_units=(100,) * 5,
    output_kernel_initializer="glorot_normal",
    optimizer="sgd",
    learning_rate=0.1,
    batch_size=16,
    epochs=30,
    views=("curves",),
    vary={
        "kernel_initializer": ("normal_0.01", "glorot_normal", "he_normal", "lecun_normal"),
    },
)
