"""Messages are counted, bounded and never lost between threads; clocks do not go back."""

from __future__ import annotations

import logging
import threading

import pytest

from latentjockey.base.clock import ManualClock, SystemClock, now_ns
from latentjockey.base.diagnostics import Messages


def test_equal_messages_are_counted_not_repeated() -> None:
    messages = Messages()
    assert messages.latest() is None
    messages.post(1.0, "osc", "NaN refused")
    messages.post(2.0, "midi", "fader gone", serious=True)
    messages.post(3.0, "osc", "NaN refused")
    assert [(m.category, m.count, m.time) for m in messages.recent()] == [("midi", 1, 2.0), ("osc", 2, 3.0)]
    latest = messages.latest()
    assert latest is not None
    assert (latest.text, latest.serious, messages.total) == ("NaN refused", False, 3)


def test_another_category_is_another_message() -> None:
    messages = Messages()
    messages.post(1.0, "osc", "gone")
    messages.post(1.0, "midi", "gone")
    assert [m.count for m in messages.recent()] == [1, 1]


def test_what_is_long_past_is_told_again() -> None:
    messages = Messages()
    messages.post(0.0, "osc", "first")
    for i in range(20):
        messages.post(1.0, "osc", str(i))
    messages.post(2.0, "osc", "first")
    assert [m.count for m in messages.recent() if m.text == "first"] == [1, 1]


def test_only_the_newest_are_kept_and_all_are_counted() -> None:
    messages = Messages(keep=10)
    for i in range(1000):
        messages.post(float(i), "osc", str(i))
    assert [m.text for m in messages.recent()] == [str(i) for i in range(990, 1000)]
    assert messages.total == 1000


def test_threads_lose_no_message() -> None:
    messages = Messages()

    def post(who: int) -> None:
        for _ in range(500):
            messages.post(0.0, f"thread {who}", "the same")

    threads = [threading.Thread(target=post, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted((m.category, m.count) for m in messages.recent()) == [(f"thread {i}", 500) for i in range(4)]
    assert messages.total == 2000


def test_messages_reach_the_log_of_their_category(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Messages().post(0.0, "engine", "100 % of %s", serious=True)
    assert [(r.name, r.levelno, r.getMessage()) for r in caplog.records] == [
        ("latentjockey.engine", logging.WARNING, "100 % of %s")
    ]


def test_clocks() -> None:
    manual = ManualClock(5.0)
    manual.advance(0.5)
    assert manual.now() == 5.5
    before = now_ns()
    system = SystemClock().now()
    after = now_ns()
    assert before * 1e-9 <= system <= after * 1e-9
