"""Finds and loads scenarios from Python files: built-in ones by name, and a user's own."""

from __future__ import annotations

from pathlib import Path

from replay.errors import ScenarioError, unknown
from replay.files import run_python
from replay.scenario.scenario import Scenario


def folder() -> Path:
    """The folder of the built-in scenarios: inside an installed package, beside it in a checkout."""
    here = Path(__file__).parent
    installed = here / "built_in_files"
    return installed if installed.is_dir() else here.parents[1] / "scenarios"


def built_in() -> list[str]:
    """The names of the built-in scenarios."""
    return sorted(
        file.stem.replace("_", "-") for file in folder().glob("*.py") if not file.stem.startswith("_")
    )


def load_scenario(name_or_file: str) -> Scenario:
    """Load a built-in scenario by its name, or one of your own from its Python file.

    Args:
        name_or_file: A name, such as "parabola", or a file that ends in .py and defines one `Scenario`.
            Running a file runs its code: only name files that you would run as Python.

    Returns:
        The `Scenario`.

    Raises:
        ScenarioError: There is no such scenario, or the file fails or defines none.

    >>> from replay import load_scenario
    >>> scenario = load_scenario("parabola")
    >>> scenario.hidden_units, scenario.epochs
    ((2,), 150)
    """
    if name_or_file.endswith(".py"):
        return _from_file(Path(name_or_file))
    if Path(name_or_file).is_file() and name_or_file not in built_in():
        raise ScenarioError(
            f"{name_or_file} is no scenario: one of your own must end in .py, and data are trained on by "
            f"'replay run moons --data {name_or_file}' or another scenario"
        )
    if name_or_file not in built_in():
        raise ScenarioError(
            unknown("scenario", name_or_file, built_in()) + " (the name of your own file must end in .py)"
        )
    return _from_file(folder() / f"{name_or_file.replace('-', '_')}.py")


def _from_file(file: Path) -> Scenario:
    module = run_python(file, "replay_scenario_", ScenarioError)
    found = [value for name, value in vars(module).items() if isinstance(value, Scenario)]
    named = getattr(module, "scenario", None)
    if isinstance(named, Scenario):
        return named
    if len(found) != 1:
        raise ScenarioError(f"{file} must define one scenario, such as: scenario = Scenario(...)")
    return found[0]
