"""Text encoders leave a device while nobody writes, and come back for a text."""

from __future__ import annotations

import torch

from latentjockey.generators.diffusion.parking import Parked


class Moved:
    """A network that notes where it was sent."""

    def __init__(self) -> None:
        self.went: list[str] = []

    def to(self, device: torch.device) -> None:
        self.went.append(device.type)


def test_they_leave_after_a_while_and_come_back_for_a_text() -> None:
    both = [Moved(), Moved()]
    parked = Parked(both, torch.device("meta"), 0.0, idle_s=8.0)
    for now in (1.0, 7.9):
        parked.look(now)
    assert both[0].went == []
    parked.look(8.1)
    parked.look(100.0)
    assert [each.went for each in both] == [["cpu"], ["cpu"]]
    assert parked.away
    parked.fetch(101.0)
    parked.fetch(102.0)
    assert both[1].went == ["cpu", "meta"]
    parked.look(109.0)
    assert not parked.away, "they were needed a moment ago"
    parked.look(111.0)
    assert both[0].went == ["cpu", "meta", "cpu"]


def test_on_the_processor_nothing_moves() -> None:
    network = Moved()
    parked = Parked([network], torch.device("cpu"), 0.0)
    parked.look(1e6)
    parked.fetch(1e6)
    assert network.went == []
