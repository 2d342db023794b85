"""Views of one's own in the table."""

from __future__ import annotations

from typing import Any

import pytest

from replay import Panel, Replay, View, register
from replay.drawing.registry.lookup import row_of
from replay.drawing.registry.table import TABLE
from replay.errors import ViewError

pytestmark = pytest.mark.usefixtures("table_of_views_kept")


class Mean(View):
    def at(self, epoch: float) -> Any:
        return self.evaluation.at(epoch).probabilities.mean()


class MeanPanel(Panel):
    def __init__(self, axes: Any, view: Any, style: Any) -> None:
        super().__init__(axes, view, style)
        (self.bar,) = axes.bar([0], [0])

    @property
    def moving(self) -> list[Any]:
        return [self.bar]

    def show(self, epoch: float) -> None:
        self.bar.set_height(self.view.at(epoch))


def test_a_view_that_is_registered_is_known_by_name_and_class(make_run: Any) -> None:
    with pytest.raises(ViewError, match=r"Mean is not registered: call replay\.register\(Mean, ITS_PANEL\)"):
        row_of(Mean)
    register(Mean, MeanPanel, caption="the mean probability")
    assert row_of(Mean) is row_of("mean")
    replay = Replay(make_run())
    (panel,) = replay.view(Mean).panels
    for epoch in (0, 1.5, 4):
        panel.show(epoch)
        expected = replay.evaluation.at(epoch).probabilities.mean()
        assert panel.panel.bar.get_height() == expected  # type: ignore[attr-defined]


def test_the_name_comes_from_the_class() -> None:
    for class_name, expected in (
        ("MyView", "my-view"),
        ("PCAPlane", "pca-plane"),
        ("Layer2_Norms", "layer2-norms"),
    ):
        register(type(class_name, (Mean,), {}), MeanPanel)
        assert expected in TABLE


def test_the_same_class_defined_again_takes_its_own_place() -> None:
    """As in a cell of a notebook that is run twice."""
    register(Mean, MeanPanel)
    again = type("Mean", (Mean,), {"__module__": Mean.__module__, "__qualname__": "Mean"})
    register(again, MeanPanel, caption="anew")
    assert TABLE["mean"].view is again


@pytest.mark.parametrize(
    ("view", "panel", "options", "message"),
    [
        (
            Mean,
            MeanPanel,
            {"name": "losses"},
            r"test_register\.py: Mean cannot be called 'losses', as another",
        ),
        (Mean, MeanPanel, {"name": "dashboard"}, "cannot be called 'dashboard'"),
        (Mean, MeanPanel, {"name": "My View"}, r"test_register\.py: .*small letters.*not 'My View'"),
        (Mean, MeanPanel, {"name": "../mean"}, r"small letters, digits and dashes"),
        (Mean, MeanPanel, {"takes": ("layers",)}, r"unknown option of a view 'layers': did you mean layer"),
        (MeanPanel, MeanPanel, {}, "a class of View, not with .*MeanPanel"),
        (Mean, Mean, {}, "a class of Panel, not with .*Mean"),
        (Mean(None), MeanPanel, {}, "a class of View"),  # type: ignore[arg-type]
        (type("Idle", (View,), {}), MeanPanel, {}, "Idle lacks at"),
        (Mean, type("IdlePanel", (Panel,), {}), {}, "IdlePanel lacks moving, show"),
    ],
)
def test_what_cannot_be_registered_is_refused(view: Any, panel: Any, options: Any, message: str) -> None:
    before = dict(TABLE)
    with pytest.raises(ViewError, match=message):
        register(view, panel, **options)
    assert before == TABLE


def test_another_class_does_not_take_a_name_that_is_taken() -> None:
    register(Mean, MeanPanel, name="mine")
    with pytest.raises(ViewError, match="cannot be called 'mine'"):
        register(type("Other", (Mean,), {}), MeanPanel, name="mine")


def test_options_go_to_the_views_that_take_them(make_run: Any) -> None:
    class OfLayer(View):
        def __init__(self, evaluation: Any, layer: str = "hidden") -> None:
            super().__init__(evaluation)
            self.layer = layer

        def at(self, epoch: float) -> Any:
            return self.evaluation.at(epoch).activations(self.layer).mean()

    register(OfLayer, MeanPanel, takes=("layer",))
    replay = Replay(make_run())
    assert [panel.panel.view.layer for panel in replay.view("of-layer", layer="output").panels] == ["output"]  # type: ignore[attr-defined]
    with pytest.raises(
        ViewError, match=r"units are chosen for the views feature-space, .*neuron, not for of-layer"
    ):
        replay.view("of-layer", units=(1, 2))
