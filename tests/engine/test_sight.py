"""What the engine sees from outside: pictures by a ring, newest wins, and its own last one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.base.platform import SharedBlock, create_shared
from latentjockey.control.layout import Layout
from latentjockey.control.names import INPUTS
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.sight import Eye
from latentjockey.frames.frame import Stamp
from latentjockey.generators.protocol import FrameResult
from latentjockey.link.messages import Looked, Sight, ToShow
from latentjockey.link.ring import RingWriter, slot_bytes
from latentjockey.models.builtin import CPPN
from latentjockey.models.controls import controls_of

_EACH = slot_bytes(8, 8, 0, (0, 0))
_STAMP = Stamp(0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0)
LAYOUT = Layout(1, controls_of(CPPN))


def snapshot(source: str, **numbers: float) -> Snapshot:
    """The defaults, with an input."""
    values = np.zeros(LAYOUT.size)
    for address, value in {"source": INPUTS.index(source), "strength": 0.6, "zoom": 1.0, "fit": 1, **numbers}.items():
        target = LAYOUT.resolve(f"/input/{address}")
        assert target is not None
        values[target.start] = value
    return Snapshot(LAYOUT, 1, 0, values, {})


def grey(level: int, height: int = 8, width: int = 8) -> NDArray[np.uint8]:
    return np.full((3, height, width), level, np.uint8)


class Show:
    """The show's end of the ring."""

    def __init__(self) -> None:
        self.said: list[ToShow] = []
        self.eye = Eye(self.said.append)
        self.eye.heard = True
        self.memory: SharedBlock = create_shared(3 * _EACH)
        self.ring = RingWriter(self.memory.buffer, 3, _EACH)
        self.eye.open(Sight(4, self.memory.handle, 3, _EACH))

    def send(self, pixels: NDArray[np.uint8]) -> None:
        """Let the eye see a picture; slots that it is done with come back."""
        slot = self.ring.put(pixels, True, _STAMP, np.zeros(0), np.zeros((0, 0), np.float32))
        self.eye.see(4, slot)
        for message in self.said:
            assert isinstance(message, Looked)
            self.ring.give(message.slot)
        self.said.clear()


@pytest.fixture
def show() -> Iterator[Show]:
    made = Show()
    yield made
    made.eye.close()
    made.ring.close()
    made.memory.close()


def test_the_newest_picture_is_begun_with_and_slots_come_back(show: Show) -> None:
    numbers = []
    for level in range(20):
        show.send(grey(level))
        found = show.eye.beginning(snapshot("camera", mirror=1.0, zoom=2.0, turn=-7.0))
        assert found is not None
        assert (int(found.pixels[0, 0, 0]), found.mirror, found.zoom, found.turn) == (level, True, 2.0, -7.0)
        numbers.append(found.number)
    assert numbers == sorted(set(numbers))


def test_who_asks_for_none_or_cannot_hears_nothing(show: Show) -> None:
    show.send(grey(3))
    assert show.eye.beginning(snapshot("none")) is None
    assert show.eye.beginning(snapshot("image")) is not None
    assert show.eye.beginning(snapshot("feedback")) is None, "nothing was shown yet"
    show.eye.heard = False
    assert show.eye.beginning(snapshot("image")) is None
    assert not show.eye.fresh(snapshot("image"))


def test_a_new_picture_wakes_and_a_still_one_costs_nothing(show: Show) -> None:
    now = snapshot("video")
    assert not show.eye.fresh(now)
    show.send(grey(3))
    assert show.eye.fresh(now)
    show.eye.shown(now, FrameResult(grey(9), True))
    assert not show.eye.fresh(now)
    show.send(grey(3))
    assert show.eye.fresh(now)


def test_what_is_forgotten_is_begun_with_no_more(show: Show) -> None:
    now = snapshot("ndi")
    show.send(grey(3))
    show.eye.shown(now, FrameResult(grey(9), True))
    show.eye.forget()
    assert show.eye.beginning(now) is None
    assert show.eye.fresh(now), "the picture is made once more, without"


def test_feedback_is_the_last_picture_until_it_comes_to_rest(show: Show) -> None:
    now = snapshot("feedback")
    packed = np.zeros((4, 6, 4), np.uint8)
    packed[..., 0] = 77
    show.eye.shown(now, FrameResult(packed, True, planar=False))
    found = show.eye.beginning(now)
    assert found is not None
    assert found.pixels.shape == (3, 4, 6)
    assert (found.pixels[0] == 77).all()
    assert show.eye.fresh(now)
    show.eye.shown(now, FrameResult(grey(5), True))
    assert show.eye.fresh(now)
    show.eye.shown(now, FrameResult(grey(5), True))
    assert not show.eye.fresh(now), "what no longer changes costs nothing"
    show.eye.shown(now, replace(FrameResult(grey(99), False)))
    found = show.eye.beginning(now)
    assert found is not None
    assert int(found.pixels[0, 0, 0]) == 5, "what is not finite never comes back"


def test_what_lies_in_no_slot_is_refused(show: Show) -> None:
    with pytest.raises(ValueError, match="no slot"):
        show.eye.see(4, 17)
    show.eye.see(3, 0)
    assert show.eye.beginning(snapshot("camera")) is None, "that was of another ring"
