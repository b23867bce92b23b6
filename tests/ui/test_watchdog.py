"""The watchdog counts what blocks the event loop, names it, and takes a sleeping machine for no stall."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from latentjockey.base.clock import ManualClock, SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.ui import application
from latentjockey.ui.beats import STALL_S, Beats
from latentjockey.ui.watchdog import Watchdog, place_of


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def watchdog(qtbot: QtBot, messages: Messages) -> Iterator[Watchdog]:
    made = Watchdog(SystemClock(), messages)
    made.start()
    yield made
    made.stop()


def block(seconds: float) -> None:
    """Keep the loop from going round, as a slow function would."""
    clock = SystemClock()
    until = clock.now() + seconds
    while clock.now() < until:
        sum(range(1000))


def test_a_blocked_loop_is_counted(qtbot: QtBot, watchdog: Watchdog) -> None:
    before = watchdog.beats.count
    QTimer.singleShot(0, block_by(0.08))
    qtbot.waitUntil(lambda: watchdog.beats.count > before, timeout=30_000)
    seen = watchdog.stalls()
    assert seen.count >= 1
    assert seen.worst_ms >= 50
    assert watchdog.beats.worst >= 0.08


def block_by(seconds: float) -> Callable[[], None]:
    return lambda: block(seconds)


def test_a_long_stall_is_told_once(qtbot: QtBot, watchdog: Watchdog, messages: Messages) -> None:
    for _ in range(3):
        before = watchdog.beats.count
        QTimer.singleShot(0, block_by(0.3))
        qtbot.waitUntil(lambda before=before: watchdog.beats.count > before, timeout=30_000)  # type: ignore[misc]
    said = [m for m in messages.recent() if m.text.startswith("The window stood still for")]
    assert 1 <= len(said) <= 2  # at work, or, on a busy machine, waiting
    assert all(m.category == "surface" and m.count == 1 for m in said)


def test_a_short_stall_is_for_the_log(
    qtbot: QtBot, watchdog: Watchdog, messages: Messages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "latentjockey.surface")
    before = watchdog.beats.count
    QTimer.singleShot(0, block_by(0.08))
    qtbot.waitUntil(lambda: watchdog.beats.count > before, timeout=30_000)
    assert any("stood still" in record.getMessage() for record in caplog.records)


def test_the_innermost_function_of_ours_is_named() -> None:
    def beats_that_look() -> str:
        found: list[str] = []

        class Clock(ManualClock):
            def now(self) -> float:
                found.append(place_of(sys._getframe()))
                return 0.0

        Watchdog(Clock(), Messages())
        return found[0]

    assert place_of(sys._getframe()) == "Qt or a library"
    assert beats_that_look() == "Qt or a library"  # the watchdog itself is never to blame


def test_where_only_qt_is_at_work_nothing_of_ours_is_named(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    found: list[str] = []

    class App:
        def exec(self) -> int:
            found.append(place_of(sys._getframe()))
            return 0

        def sendPostedEvents(self, *_: object) -> None:  # noqa: N802
            pass

    monkeypatch.setattr(application, "_Interrupts", lambda app: SimpleNamespace(close=lambda: None))
    application.run(cast("QApplication", App()), QWidget(), lambda: None)
    assert found == ["Qt or a library"]


def test_a_sleeping_machine_is_no_stall_and_a_waiting_loop_is_one() -> None:
    beats = Beats()
    beats.begin(0.0, 0.0, 0.0)
    assert beats.beat(0.01, 0.0, 0.0) == 0
    assert beats.beat(60.0, 0.001, 0.0, watched=0.02) == 0  # nobody looked, nothing was computed
    assert beats.worst < 1
    assert beats.beat(63.0, 0.002, 0.0, watched=62.9) == pytest.approx(3.0)  # the other thread was awake
    assert beats.beat(66.0, 2.5, 2.0, watched=63.0) == pytest.approx(3.0)  # something was computed
    assert beats.count == 2
    assert beats.stalls(66.0).own_ms.tolist() == pytest.approx([0.0, 2000.0])


@given(st.lists(st.floats(0.001, 0.9), max_size=60))
def test_stalls_are_the_gaps_over_fifty_milliseconds(gaps: list[float]) -> None:
    beats = Beats()
    now = 0.0
    beats.begin(now, 0.0, 0.0)
    expected = []
    for gap in gaps:
        last, now = now, now + gap
        beats.beat(now, now, now / 2)
        expected.append(now - last)
    stalls = beats.stalls(now)
    long = [gap for gap in expected if gap > STALL_S]
    assert stalls.gap_ms.tolist() == pytest.approx([gap * 1e3 for gap in long])
    assert stalls.own_ms.tolist() == pytest.approx([gap * 5e2 for gap in long])
    assert beats.count == len(long)
    assert stalls.worst_ms == pytest.approx(max(expected, default=0.0) * 1e3)
    assert all(a >= b for a, b in zip(stalls.age_s, stalls.age_s[1:], strict=False))


def test_only_two_minutes_are_kept() -> None:
    beats = Beats()
    beats.begin(0.0, 0.0, 0.0)
    beats.beat(0.5, 0.5, 0.5)
    for i in range(1, 20_000):
        beats.beat(0.5 + i * 0.01, 0.5, 0.5)
    assert beats.stalls(0.5 + 200.0).count == 0
    assert beats.count == 1
    assert beats.worst == 0.5
