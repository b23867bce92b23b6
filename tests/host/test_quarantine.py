"""The quarantine suspects the control whose move began last before the trouble."""

from __future__ import annotations

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.host.quarantine import Quarantine

SPECS = (
    ControlSpec("/a", Kind.FLOAT, 0.0, 0.0, 1.0),
    ControlSpec("/b", Kind.FLOAT, 0.0, 0.0, 1.0),
    ControlSpec("/v", Kind.VECTOR, 0.0, -1.0, 1.0, size=4),
    ControlSpec("/gen/word", Kind.TEXT, "moon"),
    ControlSpec("/record", Kind.FLOAT, 0.0, 0.0, 1.0, internal=True),
)


class Desk:
    """A bay whose every write is published at once, as a conductor would."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.bay = Bay(Layout(1, SPECS), self.clock)
        self.quarantine = Quarantine()

    def write(self, address: str, value: Value, at: float) -> None:
        before = self.bay.snapshot()
        self.bay.write([(address, value)], HAND)
        self.note(before, at)

    def note(self, before: Snapshot, at: float) -> None:
        after = self.bay.snapshot()
        said, says = before.own_texts(), after.own_texts()
        self.quarantine.note(at, self.bay.layout, before.values.tobytes(), after.values, said, says)

    def suspect(self, now: float, since: float | None = None) -> str | None:
        before = self.bay.snapshot()
        found = self.quarantine.suspect(self.bay, now, now if since is None else since)
        self.note(before, now)
        return found


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nobody_moved_nobody_is_suspected(desk: Desk) -> None:
    assert desk.suspect(1.0) is None


def test_the_control_goes_back_to_where_its_move_began(desk: Desk) -> None:
    desk.write("/a", 0.25, 1.0)
    for i in range(200):
        desk.write("/a", 1.0 + i, 30.0 + i / 60)
    assert desk.suspect(35.0) == "/a"
    assert desk.bay.number("/a") == 0.25


def test_what_streamed_before_is_innocent(desk: Desk) -> None:
    for i in range(2000):
        desk.write("/b", i / 2000, i / 60)
        if i == 1500:
            desk.write("/a", 9.0, i / 60)
    assert desk.suspect(2000 / 60) == "/a"
    assert desk.bay.number("/a") == 0.0
    assert desk.bay.number("/b") == 1999 / 2000


def test_what_moved_only_after_the_trouble_is_innocent(desk: Desk) -> None:
    desk.write("/a", 9.0, 10.0)
    desk.write("/b", 9.0, 11.0)
    assert desk.suspect(12.0, since=10.5) == "/a"
    assert desk.bay.number("/b") == 9.0


def test_each_is_suspected_once_and_again_after_it_was_set_again(desk: Desk) -> None:
    desk.write("/a", 9.0, 10.0)
    desk.write("/b", 9.0, 11.0)
    assert desk.suspect(12.0) == "/b"
    assert desk.suspect(12.1) == "/a"
    assert desk.suspect(12.2) is None
    desk.write("/b", 9.0, 13.0)
    assert desk.suspect(13.5) == "/b"
    assert desk.bay.number("/b") == 0.0


def test_a_text_goes_back_to_what_it_was_and_is_suspected_once(desk: Desk) -> None:
    desk.write("/a", 9.0, 10.0)
    desk.write("/gen/word", "m", 11.0)
    desk.write("/gen/word", "moth", 11.2)
    assert desk.suspect(12.0) == "/gen/word"
    assert desk.bay.value("/gen/word") == "moon"
    assert desk.suspect(12.1) == "/a"
    desk.write("/gen/word", "moth", 13.0)
    assert desk.suspect(13.5) == "/gen/word"


def test_one_who_put_it_back_already_keeps_being_watched(desk: Desk) -> None:
    desk.write("/a", 9.0, 10.0)
    desk.write("/a", 0.0, 10.5)
    assert desk.suspect(11.0) == "/a"
    desk.write("/a", 9.0, 12.0)
    assert desk.suspect(12.5) == "/a"


def test_what_changed_together_goes_back_together(desk: Desk) -> None:
    desk.write("/a", 0.5, 1.0)
    before = desk.bay.snapshot()
    desk.bay.write([("/a", 9.0), ("/b", 9.0), ("/v", [9.0] * 4)], HAND)
    desk.note(before, 40.0)
    assert desk.suspect(41.0) == "/a and 2 more"
    assert desk.bay.number("/a") == 0.5
    assert desk.bay.number("/b") == 0.0
    assert not desk.bay.snapshot().vector("/v").any()
    assert desk.suspect(41.1) is None


def test_a_vector_goes_back_whole(desk: Desk) -> None:
    desk.write("/v", [1.0, 2.0, 3.0, 4.0], 1.0)
    desk.write("/v/2", 1e30, 40.0)
    assert desk.suspect(41.0) == "/v"
    assert np.array_equal(desk.bay.value("/v"), [1.0, 2.0, 3.0, 4.0])


def test_records_and_old_moves_are_no_suspects(desk: Desk) -> None:
    desk.write("/a", 9.0, 1.0)
    desk.write("/record", 9.0, 30.0)
    assert desk.suspect(31.0) is None


def test_a_control_that_went_with_its_model_is_let_go(desk: Desk) -> None:
    desk.write("/a", 9.0, 1.0)
    desk.bay.install(Layout(2, SPECS[1:]))
    assert desk.quarantine.suspect(desk.bay, 2.0, 2.0) == "/a"
    assert desk.bay.layout.resolve("/a") is None
