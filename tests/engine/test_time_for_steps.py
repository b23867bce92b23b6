"""How long an engine may take before it counts as hung: a picture of many steps is given time for each of them."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from latentjockey.base.platform import create_shared
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.engine.bank import Bank
from latentjockey.engine.loop import Engine
from latentjockey.engine.warming import Costs
from latentjockey.generators.protocol import FrameRequest, FrameResult, Latch
from latentjockey.generators.testcard import Testcard
from latentjockey.link import messages as m
from latentjockey.link.block import BlockWriter, block_bytes
from latentjockey.link.ring import SLOTS, slot_bytes
from latentjockey.models.builtin import TESTCARD

SIZE = (64, 64)


class Room:
    """An engine in this process, and what it says. It is told to quit once it has nothing to do."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.phases: list[str] = []
        self.allowed: list[float] = []
        layout = Layout(1, builtin(TESTCARD.z_dim, SIZE, TESTCARD.controls))
        size = layout.engine_size
        each = slot_bytes(*SIZE, size, (TESTCARD.num_ws, TESTCARD.w_dim))
        self.block, self.ring = create_shared(block_bytes(size)), create_shared(SLOTS * each)
        BlockWriter(self.block.buffer, 1, size).write(layout.defaults()[:size].copy(), 1, 1, 0)
        self.told: deque[Any] = deque(
            (
                m.Load("testcard", *SIZE),
                m.Play(1, 1, layout.engine_specs(), self.block.handle, self.block.size),
                m.Ring(0, self.ring.handle, SLOTS, each),
            )
        )

    def send(self, message: Any) -> None:
        self.said.append(message)

    def receive(self) -> Any:
        return self.told.popleft() if self.told else None

    def wait(self, timeout: float) -> None:
        self.told.append(m.Quit())

    def phase(self, name: str, allowed_s: float) -> None:
        self.phases.append(name)
        if name == "rendering":
            self.allowed.append(allowed_s)

    def beat(self) -> None: ...

    def play(self) -> None:
        try:
            Engine(self, self).run()  # type: ignore[arg-type]
        finally:
            self.block.close()
            self.ring.close()


def test_each_look_at_the_controls_begins_the_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Testcard.frame

    def in_steps(card: Testcard, request: FrameRequest, latch: Latch) -> FrameResult:
        for _ in range(6):
            latch()
        return drawn(card, request, latch)

    monkeypatch.setattr(Testcard, "frame", in_steps)
    room = Room()
    room.play()
    assert any(isinstance(message, m.Ready) for message in room.said)
    assert room.phases.count("rendering") >= 7


@pytest.mark.parametrize(("small_s", "measured"), [(0.001, True), (2.0, False)])
def test_the_way_between_decks_is_measured_only_where_pictures_are_quick(
    monkeypatch: pytest.MonkeyPatch, small_s: float, measured: bool
) -> None:
    monkeypatch.setattr("latentjockey.engine.loading.Bank", lambda: Bank(warm=lambda *arguments: Costs(1.0, small_s)))
    room = Room()
    room.play()
    assert any(isinstance(message, m.Ready) for message in room.said)
    assert ("measuring" in room.phases) is measured


def test_a_picture_is_given_the_time_that_a_small_one_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentjockey.engine.loading.Bank", lambda: Bank(warm=lambda *arguments: Costs(1.0, 9.0)))
    room = Room()
    room.play()
    assert room.allowed
    assert min(room.allowed) >= 90.0
