"""The break tab, judged by what the bay holds after real events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.catalogue_breaks import BLEND, BREAKS
from latentjockey.control.names import BANDS
from latentjockey.control.source import CONDUCTOR, HAND
from latentjockey.ui.binder import Binder
from latentjockey.ui.break_tab import BreakTab
from latentjockey.ui.window import MainWindow

RACK = [f"/break/{band}/{way}" for band in BANDS for way in BREAKS]


@pytest.fixture
def tab(binder: Binder, shown: Callable[[QWidget, int, int], None]) -> BreakTab:
    made = BreakTab(binder)
    shown(made, 1260, 160)
    return made


def away(bay: Bay) -> set[str]:
    """What of the rack is not at its default."""
    return {at for at in (*RACK, BLEND, "/break/amount") if bay.number(at) != bay.layout.spec(at).default}


def test_every_break_has_its_knob_once(tab: BreakTab) -> None:
    assert [knob.address for band in tab.bands for knob in band.knobs] == RACK


def test_a_drag_breaks_its_band_alone(tab: BreakTab, binder: Binder, bay: Bay, hand: Any) -> None:
    knob = tab.bands[1].knobs[BREAKS.index("kill")]
    hand.drag(knob, 60)
    binder.poll()
    assert away(bay) == {"/break/middle/kill"}
    assert bay.number("/break/middle/kill") > 0.2
    assert [band.heading.broken for band in tab.bands] == [False, True, False]
    assert "broken" in tab.bands[1].heading.accessibleName()
    assert "whole" in tab.bands[0].heading.accessibleName()


def test_heal_makes_one_band_whole_and_heal_all_every_one(tab: BreakTab, binder: Binder, bay: Bay, hand: Any) -> None:
    bay.write([(address, 3.5) for address in (*RACK, BLEND, "/break/amount")], HAND)
    binder.poll()
    hand.click(tab.bands[2].heal)
    binder.flush()
    assert away(bay) == {at for at in (*RACK, BLEND, "/break/amount") if not at.startswith("/break/fine/")}
    hand.click(tab.heal)
    binder.flush()
    assert away(bay) == set()
    assert bay.number("/break/seed") == 1.0


def test_what_is_whole_has_nothing_to_heal(tab: BreakTab, binder: Binder, bay: Bay) -> None:
    assert not any(band.heal.isEnabled() for band in tab.bands)
    bay.write([("/break/coarse/rotate", 400.0)], CONDUCTOR)
    binder.poll()
    assert [band.heal.isEnabled() for band in tab.bands] == [True, False, False]
    tab.bands[0].heal.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(tab.bands[0].heal, Qt.Key.Key_Space)
    binder.flush()
    binder.poll()
    assert away(bay) == set()
    assert not tab.bands[0].heal.isEnabled()


def test_it_is_a_tab_of_the_studio(window: MainWindow) -> None:
    window.studio.tabs.show_page("break")
    page = window.studio.tabs.page("break")
    assert isinstance(page, BreakTab)
    assert page.isVisible()
