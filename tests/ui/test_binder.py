"""Widgets and bay find each other, both ways, through changes of layout."""

from __future__ import annotations

import gc
import sys

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.names import TRAVEL_POINTS
from latentjockey.control.source import HAND, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import binder as binder_module
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.slider import Slider

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
PSI = "/deck/a/psi"


class View:
    def __init__(self) -> None:
        self.values: list[Shown] = []
        self.range = (0.0, 0.0)
        self.awake = False

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        self.awake, self.range = True, (lo, hi)

    def show_value(self, value: Shown) -> None:
        self.values.append(value)

    def show_asleep(self) -> None:
        self.awake = False


def test_a_new_binding_knows_value_and_range(binder: Binder) -> None:
    view = View()
    binder.bind(PSI, view)
    assert view.awake
    assert view.range == (-1.0, 2.0)
    assert view.values == [1.0]


def test_changes_of_others_arrive(binder: Binder, bay: Bay) -> None:
    view = View()
    binder.bind(PSI, view)
    bay.write([(PSI, 0.25)], OSC)
    binder.poll()
    assert view.values[-1] == 0.25


def test_nothing_arrives_when_nothing_changed(binder: Binder, bay: Bay) -> None:
    view = View()
    binder.bind(PSI, view)
    bay.write([("/deck/b/psi", 0.25)], OSC)
    binder.poll()
    binder.poll()
    assert len(view.values) == 1


def test_writes_of_one_pass_become_one_batch(binder: Binder, bay: Bay) -> None:
    before = bay.revision
    for value in (0.1, 0.2, 0.3):
        binder.write(PSI, value)
    binder.write("/mix/crossfade", 0.5)
    assert bay.number(PSI) == 1.0
    QApplication.processEvents()
    assert bay.number(PSI) == 0.3
    assert bay.number("/mix/crossfade") == 0.5
    assert bay.revision == before + 1


def test_what_the_bay_made_of_a_write_comes_back(binder: Binder, bay: Bay) -> None:
    """A guard may change a value; the hand must see it."""
    view = View()
    binder.bind("/deck/a/glide/time", view)
    binder.write("/deck/a/glide/time", -4.0)
    binder.poll()
    assert view.values[-1] == 0.0
    assert bay.number("/deck/a/glide/time") == 0.0


def test_a_companion_of_a_hands_write_is_shown(clock: ManualClock) -> None:
    def fill(spec: ControlSpec, number: float) -> list[tuple[str, object]]:
        return [("/deck/a/z", np.full(4, number))]

    own = Bay(Layout(1, catalogue.builtin(4, (64, 64))), clock, {"/deck/a/seed": fill})  # type: ignore[dict-item]
    binder, view = Binder(own), View()
    binder.bind("/deck/a/z", view)
    binder.write("/deck/a/seed", 9)
    binder.poll()
    assert np.array_equal(view.values[-1], np.full(4, 9.0))


def test_a_component_is_an_address(binder: Binder, bay: Bay) -> None:
    one, some = View(), View()
    binder.bind("/deck/a/z/3", one)
    binder.bind("/deck/a/z/2-4", some)
    bay.write([("/deck/a/z/3", 5.0)], OSC)
    binder.poll()
    assert np.array_equal(one.values[-1], [5.0])
    assert np.array_equal(some.values[-1], [0.0, 5.0, 0.0])


def test_overlapping_slices_arrive_in_the_order_they_were_painted(binder: Binder, bay: Bay) -> None:
    binder.write("/deck/a/z/0-1", [1.0, 1.0])
    binder.write("/deck/a/z/1-2", [2.0, 2.0])
    binder.write("/deck/a/z/0-1", [3.0, 3.0])
    binder.flush()
    assert np.array_equal(bay.value("/deck/a/z/0-2"), [3.0, 3.0, 2.0])


def test_every_press_counts(binder: Binder, bay: Bay) -> None:
    for _ in range(3):
        binder.press("/deck/a/mutate")
    assert bay.number("/deck/a/mutate") == 3.0
    assert [event.address for event in bay.drain_events()] == ["/deck/a/mutate"] * 3


def test_commands_keep_their_order_and_come_after_what_waits(binder: Binder, bay: Bay) -> None:
    binder.write(PSI, 0.5)
    binder.command("/preset/save", "one")
    binder.command("/preset/recall", "two")
    assert bay.number(PSI) == 0.5
    assert [event.text for event in bay.drain_events()] == ["one", "two"]


def test_a_touched_control_is_the_hands_until_released(binder: Binder, bay: Bay, clock: ManualClock) -> None:
    binder.touch(PSI)
    bay.write([(PSI, 9.0)], OSC)
    assert bay.number(PSI) == 1.0
    assert binder.holder(PSI) == HAND.name
    binder.release(PSI)
    clock.advance(1.0)
    assert binder.holder(PSI) == ""


def test_a_refusal_is_said(binder: Binder) -> None:
    said: list[str] = []
    binder.refused.connect(said.append)
    assert binder.write_now(PSI, float("nan")).refused
    assert said
    assert "no position" in said[0]


def test_ranges_reach_every_view(binder: Binder, bay: Bay) -> None:
    view = View()
    binder.bind(PSI, view)
    bay.set_range(PSI, -8.0, 8.0)
    bay.write([(PSI, 3.0)], OSC)  # the newer change must not hide the range
    binder.poll()
    assert view.range == (-8.0, 8.0)
    assert view.values[-1] == 3.0


def test_default_of_a_number_a_vector_and_a_component(binder: Binder, bay: Bay) -> None:
    bay.write([(PSI, 7.0), ("/deck/a/z", np.ones(512)), ("/mix/travel/1", 9.0)], OSC)
    for address in (PSI, "/deck/a/z/5", "/mix/travel/1"):
        binder.reset(address)
    binder.flush()
    assert bay.number(PSI) == 1.0
    z = bay.value("/deck/a/z")
    assert isinstance(z, np.ndarray)
    assert z[5] == 0.0
    assert z[4] == 1.0
    assert np.array_equal(bay.value("/mix/travel/1"), [1 / (TRAVEL_POINTS - 1)])


def test_another_layout_puts_to_sleep_and_wakes_by_address(binder: Binder, bay: Bay) -> None:
    old = bay.layout
    gone, stays, changed = View(), View(), []
    binder.bind("/gen/hue", gone)
    binder.bind(PSI, stays)
    binder.epoch_changed.connect(lambda: changed.append(1))
    bay.write([("/gen/hue", 33.0)], OSC)
    bay.install(Layout(2, [s for s in old.specs if not s.address.startswith("/gen/")]))
    binder.poll()
    assert not gone.awake
    assert stays.awake
    assert changed == [1]
    bay.write([(PSI, 0.125)], OSC)
    binder.poll()
    assert stays.values[-1] == 0.125
    bay.install(Layout(3, old.specs))
    binder.poll()
    assert gone.awake
    assert gone.values[-1] == 33.0


def test_a_new_layout_is_told_in_portions_between_which_the_loop_goes_round(
    binder: Binder, bay: Bay, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binder_module, "_PORTION_NS", 0)
    views, changed = [View() for _ in range(4)], []
    for view in views:
        binder.bind(PSI, view)
    binder.epoch_changed.connect(lambda: changed.append([len(view.values) for view in views]))
    told: list[list[int]] = []
    between = QTimer(interval=0)
    between.timeout.connect(lambda: told.append([len(view.values) for view in views]))
    bay.install(Layout(2, bay.layout.specs))
    binder.start()
    between.start()
    qtbot.waitUntil(lambda: [2, 1, 1, 1] in told, timeout=30_000)
    binder.unbind(views[3])
    bay.write([(PSI, 0.125)], OSC)
    qtbot.waitUntil(lambda: bool(changed), timeout=30_000)
    assert [2, 2, 1, 1] in told
    assert changed == [[2, 2, 2, 1]], "once, after the last of them, and nobody who left is told"
    qtbot.waitUntil(lambda: all(view.values[-1] == 0.125 for view in views[:3]), timeout=30_000)
    assert views[3].values == [1.0]
    binder.stop()


def test_a_layout_that_comes_while_another_is_told_is_what_is_told(
    binder: Binder, bay: Bay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binder_module, "_PORTION_NS", 0)
    old, views, changed = bay.layout, [View(), View()], []
    for view in views:
        binder.bind("/gen/hue", view)
    binder.epoch_changed.connect(lambda: changed.append(1))
    bay.install(Layout(2, [s for s in old.specs if not s.address.startswith("/gen/")]))
    views[0].show_asleep = lambda: bay.install(Layout(3, old.specs))  # type: ignore[method-assign]
    binder.poll()
    assert all(view.awake for view in views)
    assert changed == [1]


def test_a_sleeping_address_may_be_bound_before_it_exists(binder: Binder, bay: Bay) -> None:
    view = View()
    binder.bind("/gen/later", view)
    assert not view.awake
    bay.install(Layout(2, [*bay.layout.specs, ControlSpec("/gen/later", Kind.FLOAT, 0.75)]))
    binder.poll()
    assert view.awake
    assert view.values == [0.75]


def test_a_view_that_is_gone_is_forgotten(binder: Binder, bay: Bay) -> None:
    view = View()
    seen = view.values
    binder.bind(PSI, view)
    del view
    gc.collect()
    bay.write([(PSI, 0.5)], OSC)
    binder.poll()
    assert seen == [1.0]


def test_a_deleted_widget_is_not_spoken_to(binder: Binder, bay: Bay) -> None:
    slider = Slider(binder, PSI)
    slider.deleteLater()
    QApplication.sendPostedEvents(slider, 52)  # QEvent::DeferredDelete
    bay.write([(PSI, 0.5)], OSC)
    binder.poll()
    assert bay.number(PSI) == 0.5


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None has no count there")
def test_polling_and_signals_leave_the_count_of_none_alone(binder: Binder, bay: Bay) -> None:
    slider = Slider(binder, PSI)
    binder.refused.connect(lambda _: None)

    def turn(times: int) -> None:
        for i in range(times):
            bay.write([(PSI, float(i))], OSC)
            binder.poll()
            binder.refused.emit("no")
            slider.set_value(float(i) + 0.5)
            QApplication.processEvents()

    turn(50)
    before = sys.getrefcount(None)
    turn(500)
    assert abs(sys.getrefcount(None) - before) < 250


def test_guests_come_and_go_without_anybody_else_being_bound_anew(binder: Binder, bay: Bay) -> None:
    guest = ControlSpec("/fx/1/tint", Kind.VECTOR, 0.5, size=4, local=True)
    resident, visitor, part, told = View(), View(), View(), []
    binder.bind("/mix/crossfade", resident)
    binder.bind("/fx/1/tint", visitor)
    binder.bind("/fx/1/tint/2", part)
    binder.guests_changed.connect(lambda: told.append(1))
    bay.exchange([guest])
    binder.poll()
    bay.write([("/fx/1/tint/2", 0.75)], OSC)
    binder.poll()
    assert np.array_equal(part.values[-1], [0.75])
    assert np.array_equal(visitor.values[-1], [0.5, 0.5, 0.75, 0.5])
    bay.exchange([])
    binder.poll()
    assert not visitor.awake
    assert not part.awake
    assert resident.values == [0.0]
    assert told == [1, 1]
