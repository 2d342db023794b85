"""Every public name documents itself, and its examples run as they stand."""

from __future__ import annotations

import doctest
import inspect
import re
import webbrowser
from collections.abc import Iterator
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import replay
from replay import datasets, dense, errors
from replay.drawing.registry.table import TABLE
from replay.sweeps.folder import SweepStore
from replay.sweeps.result import SweepRun
from tests.conftest import MakeRun

NEED_KERAS = ("Recorder", "run", "sweep", "train", "datasets.mnist")
FUNCTIONS = [name for name, one in vars(datasets).items() if inspect.isfunction(one) and name[0] != "_"]
OWN = [name for name in FUNCTIONS if getattr(datasets, name).__module__.startswith(datasets.__name__)]
NAMES = sorted({*replay.__all__, *(f"datasets.{name}" for name in OWN)} - {"__version__", "datasets"})
EACH = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in NEED_KERAS else ()) for name in NAMES]
)
SECTION = re.compile(r"^(?:Args|Attributes):\n((?:    .*\n|\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)*):", re.MULTILINE)
RAISED = re.compile(r"\braise (\w+Error)\(")


def public(name: str) -> Any:
    """What is called so: a class or function."""
    module, dot, function = name.partition(".")
    return getattr(getattr(replay, module), function) if dot else getattr(replay, name)


def methods(one: Any) -> dict[str, Any]:
    """The public methods and properties of a class, those of Keras's and Python's left out."""
    if not inspect.isclass(one):
        return {}
    found = {
        name: part
        for base in reversed(one.__mro__)
        if base.__module__.startswith("replay")
        for name, part in vars(base).items()
        if not name.startswith("_")
    }
    kinds = (property, cached_property, classmethod, staticmethod)
    return {name: part for name, part in found.items() if inspect.isfunction(part) or isinstance(part, kinds)}


def code_of(part: Any) -> Any:
    """The function behind a method or property."""
    return getattr(part, "fget", None) or getattr(part, "func", None) or getattr(part, "__func__", part)


def documentation(one: Any) -> str:
    return inspect.getdoc(one) or ""


def described(text: str) -> set[str]:
    """The names that the lists of arguments and attributes describe."""
    entries = [entry for section in SECTION.findall(f"{text}\n") for entry in ENTRY.findall(section)]
    return {name.strip().lstrip("*") for entry in entries for name in entry.split(",")}


def parameters(one: Any) -> set[str]:
    """The arguments of a function or class; errors take what Exception takes."""
    if inspect.isclass(one) and issubclass(one, Exception):
        return set()
    return set(inspect.signature(one).parameters) - {"self", "cls"}


def raised(one: Any) -> set[str]:
    """The package's errors that the code of a function, or of a class's constructor, raises itself."""
    if not inspect.isclass(one):
        return set(RAISED.findall(inspect.getsource(one))) & set(vars(errors))
    makers = [vars(one)[name] for name in ("__init__", "__post_init__") if name in vars(one)]
    written = [maker for maker in makers if maker.__code__.co_filename == inspect.getfile(one)]
    return {error for maker in written for error in raised(maker)}


@EACH
def test_a_public_name_says_what_it_is_takes_and_raises(name: str) -> None:
    one = public(name)
    text = documentation(one)
    summary, _, rest = text.partition("\n\n")
    assert summary.endswith("."), "a summary comes first"
    assert "\n" not in summary, "the summary is one line"
    assert parameters(one) <= described(text), f"not described: {parameters(one) - described(text)}"
    assert not (missing := {error for error in raised(one) if error not in text}), f"raises {missing}"
    assert ">>> " in rest, "an example shows how it is used"
    assert "doctest: +SKIP" not in text


@EACH
def test_each_method_of_a_public_class_says_what_it_does(name: str) -> None:
    for method, part in methods(public(name)).items():
        text = documentation(part)
        summary = text.partition("\n\n")[0]
        assert summary, f"{name}.{method} has no docstring"
        assert "\n" not in summary, f"the summary of {name}.{method} is one line"
        code = code_of(part)
        assert not {error for error in raised(code) if error not in text}, f"{name}.{method}"
        if described(text) or method.startswith("build_"):
            assert parameters(code) <= described(text), f"{name}.{method}"


def examples(name: str) -> dict[str, str]:
    """The documentation that has examples: of what is called so, and of its methods."""
    one = public(name)
    texts = {name: documentation(one)}
    texts |= {f"{name}.{method}": documentation(part) for method, part in methods(one).items()}
    return {owner: text for owner, text in texts.items() if ">>> " in text}


@pytest.fixture
def desk(name: str, tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with the files that the examples of `name` read; what they leave behind goes with it."""
    read = "".join(examples(name).values())
    epochs = np.array([0, 30, 60, 90, 120, 150])
    runs = (("run", "tanh"), ("sigmoid", "sigmoid"), ("tanh", "tanh"), ("validated", "tanh"))
    for run, activation in runs:
        if f'"{run}.h5"' in read:
            make_run(
                f"{run}.h5",
                activation=activation,
                n_snapshots=len(epochs),
                data=datasets.parabola(50),
                epochs=epochs,
                seed=1 if activation == "tanh" else 2,
                scenario="parabola",
                run=activation,
                held_out=datasets.parabola(20, seed=5) if run == "validated" else None,
            )
    if '"sweep"' in read:
        small_sweep(tmp_path / "sweep")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webbrowser, "open", lambda *_: pytest.fail("an example opens a browser"))
    views = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(views)


def small_sweep(folder: Path) -> None:
    """A sweep of two activations with four seeds each: tanh solves it with all of them, sigmoid with one."""
    store = SweepStore(folder)
    names = ("sigmoid", "tanh")
    settings = {"scenario": "parabola", "combinations": {name: {"activation": name} for name in names}}
    store.begin({**settings, "epochs": 150}, overwrite=False)
    store.keep_data(*datasets.parabola(50))
    for name in names:
        layers = (dense("hidden", 2, 2, name), dense("output", 2, 1, "sigmoid"))
        for seed in range(4):
            solved = name == "tanh" or seed == 0
            rng = np.random.default_rng(seed)
            store.add(
                SweepRun(
                    name=name,
                    seed=seed,
                    solved=solved,
                    solved_at=100.0 + 10 * seed if solved else None,
                    loss=0.1,
                    accuracy=1.0 if solved else 0.9,
                    seconds=1.0,
                    losses=np.geomspace(0.7, 0.1, 150, dtype=np.float32),
                    weights=tuple(rng.normal(size=each.shape) for layer in layers for each in layer.weights),
                    layers=layers,
                )
            )


def model() -> Any:
    """A compiled Keras model for the inputs and labels of the examples."""
    import keras

    layers = [keras.layers.Dense(2, activation="tanh", name="hidden"), keras.layers.Dense(1, name="output")]
    made = keras.Sequential([keras.Input((2,)), *layers, keras.layers.Activation("sigmoid")])
    made.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
    return made


@EACH
@pytest.mark.usefixtures("desk")
def test_the_examples_of_a_public_name_run(name: str, request: pytest.FixtureRequest) -> None:
    X, y = datasets.parabola(50)
    at_hand: dict[str, Any] = {"__name__": "__main__", "X": X, "y": y}
    if name in NEED_KERAS:
        at_hand["model"] = model()
    if name == "datasets.mnist":
        request.getfixturevalue("mnist_at_hand")
    for owner, text in examples(name).items():
        said = StringIO()
        test = doctest.DocTestParser().get_doctest(text, dict(at_hand), owner, None, 0)
        results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.write)
        assert not results.failed, said.getvalue()
