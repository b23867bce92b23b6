"""How far out a deck stands, with its steps along the model's directions; and on which cue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND
from latentjockey.models import directions
from latentjockey.models.builtin import BUILTIN
from latentjockey.ui.binder import Binder
from latentjockey.ui.deck_panel import DeckPanel

MODEL = "cppn"
Show = Callable[[QWidget, int, int], None]


@pytest.fixture
def panel(bay: Bay, binder: Binder, shown: Show) -> DeckPanel:
    """Deck B of a model with directions, at the middle of its space."""
    spec = BUILTIN[MODEL]
    bay.install(Layout(2, catalogue.builtin(spec.z_dim, (64, 64), (), spec.directions)))
    bay.write([("/engine/model", MODEL)], ENGINE)
    made = DeckPanel(binder, "b", lambda: None)
    shown(made, 320, 520)
    binder.poll()
    return made


def far(panel: DeckPanel, binder: Binder) -> float:
    binder.poll()
    QApplication.processEvents()
    return panel.meter.distance


def test_a_step_along_a_direction_is_a_distance(panel: DeckPanel, bay: Bay, binder: Binder) -> None:
    assert far(panel, binder) == 0.0
    z_dim = BUILTIN[MODEL].z_dim
    bay.write([("/deck/b/dir/0", 4.0)], CONDUCTOR)
    assert far(panel, binder) == pytest.approx(4 / np.sqrt(z_dim), rel=1e-4)  # a row of length 1, times 4
    bay.write([("/deck/b/dir/3", 3.0)], CONDUCTOR)
    assert far(panel, binder) == pytest.approx(5 / np.sqrt(z_dim), rel=1e-4)  # at right angles to the first
    bay.write([("/deck/b/psi", -2.0), ("/deck/b/overdrive", 3.0)], CONDUCTOR)
    assert far(panel, binder) == pytest.approx(30 / np.sqrt(z_dim), rel=1e-4)
    bay.write([("/deck/a/dir/0", 100.0)], CONDUCTOR)
    assert far(panel, binder) == pytest.approx(30 / np.sqrt(z_dim), rel=1e-4)


def test_steps_and_position_add_up(panel: DeckPanel, bay: Bay, binder: Binder) -> None:
    rows = directions.load(MODEL)
    assert rows is not None
    bay.write([("/deck/b/z", rows[0].astype(np.float64) * 7), ("/deck/b/dir/0", -7.0)], HAND)
    assert far(panel, binder) == pytest.approx(0.0, abs=1e-5)


def test_of_a_model_whose_directions_are_not_known_the_position_counts(
    panel: DeckPanel, bay: Bay, binder: Binder
) -> None:
    bay.write([("/deck/b/z", np.full(BUILTIN[MODEL].z_dim, 2.0)), ("/deck/b/dir/0", 50.0)], HAND)
    assert far(panel, binder) > 2.5
    bay.write([("/engine/model", "nobody's")], ENGINE)
    assert far(panel, binder) == pytest.approx(2.0)


def test_steps_beyond_all_numbers_are_shown_as_such(panel: DeckPanel, bay: Bay, binder: Binder, qtbot: Any) -> None:
    bay.write([("/deck/b/dir", 1e308), ("/deck/b/overdrive", 1e308)], HAND)
    assert far(panel, binder) == float("inf")
    assert panel.meter.text == "∞ σ"


def test_the_cue_is_the_place_with_its_steps(panel: DeckPanel, bay: Bay, binder: Binder) -> None:
    rows = directions.load(MODEL)
    assert rows is not None
    place = rows[1].astype(np.float64) * 2.5
    bay.write([("/deck/b/cue/6/z", place), ("/deck/b/cue/6/filled", True)], CONDUCTOR)
    far(panel, binder)
    assert not any(pad.current for pad in panel.cues.pads)
    bay.write([("/deck/b/dir/1", 2.5)], CONDUCTOR)
    far(panel, binder)
    assert [pad.current for pad in panel.cues.pads].index(True) == 5
    bay.write([("/deck/b/cue/6/filled", False)], CONDUCTOR)
    far(panel, binder)
    assert not any(pad.current for pad in panel.cues.pads)
