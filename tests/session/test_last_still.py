"""The last still: kept every minute and at the end, whole, quietly, and never of a black stage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.models.builtin import BUILTIN
from latentjockey.presets.still import read_still
from latentjockey.presets.store import PresetStore
from latentjockey.session.keeper import Keeper
from latentjockey.session.last_still import EVERY_S, LastStill
from latentjockey.session.library import Library


class Stage:
    """A source of one picture after another, over a real bay."""

    def __init__(self, folder: Path) -> None:
        spec = BUILTIN["cppn"]
        self.clock = ManualClock(50.0)
        self.messages = Messages()
        self.keeper = Keeper(self.messages, self.clock)
        self.bay = Bay(Layout(1, builtin(spec.z_dim, spec.size, spec.controls)), self.clock)
        self.number = 0
        self.leases = 0
        store = PresetStore(folder / "presets")
        library = Library(
            self.bay, self, self.clock, self.messages, store, lambda: folder / "pictures", lambda: BUILTIN["cppn"]
        )  # fmt: skip
        self.still = LastStill(folder, self.keeper, library.last_still)
        self.path = folder / "last.png"

    def acquire(self) -> Frame | None:
        if not self.number:
            return None
        stamp = Stamp(1, self.number, 1, self.bay.revision, self.clock.now(), 0, 0, 0, 0, 0)
        pixels = np.full((3, 4, 6), self.number, np.uint8)
        effective = self.bay.snapshot().values[: self.bay.layout.engine_size].copy()
        self.leases += 1
        return Frame(pixels, stamp, effective, np.zeros((2, 3), np.float32), True, False, self._back)

    def _back(self) -> None:
        self.leases -= 1

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return False

    def written(self) -> None:
        """Wait until the keeper has done everything, and begin with another."""
        self.keeper.close()
        self.keeper = Keeper(self.messages, self.clock)
        self.still._keeper = self.keeper


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.keeper.close()


def level(path: Path) -> int:
    from PIL import Image

    with Image.open(path) as image:
        assert image.size == (6, 4)
        pixel = image.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return int(pixel[0])


def test_it_is_kept_every_minute_and_says_nothing(stage: Stage) -> None:
    assert stage.still.path is None
    stage.number = 7
    t = stage.clock.now()
    for step in range(int(EVERY_S * 10)):
        assert stage.still.move(t + step / 10) is False
    stage.written()
    assert stage.still.path is None
    stage.still.move(t + EVERY_S)
    stage.written()
    assert stage.still.path == stage.path
    assert level(stage.path) == 7
    assert stage.messages.total == 0
    assert stage.leases == 0


def test_it_carries_its_position_like_every_still(stage: Stage) -> None:
    stage.bay.write([("/deck/a/psi", -1.75)], HAND)
    stage.number = 1
    stage.still.save()
    assert read_still(stage.path).values["/deck/a/psi"] == -1.75


def test_a_picture_that_did_not_change_is_not_written_again(stage: Stage) -> None:
    stage.number = 1
    stage.still.save()
    stage.path.unlink()
    stage.still.save()
    assert not stage.path.exists()
    stage.number = 2
    stage.still.save()
    assert level(stage.path) == 2
    assert stage.leases == 0


def test_a_black_stage_and_one_without_a_picture_leave_the_one_before(stage: Stage) -> None:
    stage.still.save()
    assert not stage.path.exists()
    stage.number = 1
    stage.still.save()
    stage.bay.write([("/stage/blackout", True)], HAND)
    stage.number = 2
    stage.still.save()
    assert level(stage.path) == 1
    assert stage.leases == 0


def test_a_disk_that_does_not_take_it_says_so_once(stage: Stage) -> None:
    stage.path.mkdir()
    stage.number = 1
    for minute in range(4):
        stage.still.move(stage.clock.now() + minute * EVERY_S)
    stage.written()
    (said,) = stage.messages.recent()
    assert "could not be written" in said.text
    assert said.count == 3
