"""Three linear layers are one line, however long they train; with tanh between them they bend around it.

A product of matrices is a matrix: without activations a deep network draws one straight boundary, and two
parabolas need another. After the first "Hyper-parameters in Action" article.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="linear-deep",
    description="two parabolas, a 2-4-3-1 network without and with activations",
    data=partial(datasets.parabola, n_per_class=150),
    activations=("linear", "tanh"),
    hidden_units=(4, 3),
    output_kernel_initializer="glorot_normal",
    optimizer="adam",
    learning_rate=0.03,
    batch_size=16,
    epochs=40,
    seed=0,
    views=("linear-collapse",),
    compared_by="linear-collapse",
)
