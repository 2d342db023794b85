"""Four ways to draw the initial weights of a deep network, under three activations.

After the second "Hyper-parameters in Action" article: with small weights the signal fades from layer to
layer, and with it the gradient. Glorot & Bengio 2010 keep it for tanh, He et al. 2015 for ReLU; in so deep a
stack of sigmoids none does.
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
