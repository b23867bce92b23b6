"""Stills off the calling thread."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.models.builtin import CPPN
from latentjockey.outputs import stills
from latentjockey.outputs.stills import StillWriter
from latentjockey.presets.preset import Preset
from latentjockey.presets.still import read_still

PRESET = Preset("s", "cppn", CPPN.card, {"/mix/crossfade": 0.5})
PICTURE = np.zeros((8, 8, 3), np.uint8)


def test_stills_are_kept_in_order_and_nothing_is_overwritten(tmp_path: Path) -> None:
    messages = Messages()
    writer = StillWriter(messages, ManualClock())
    for _ in range(3):
        assert writer.save(PICTURE, PRESET, tmp_path / "still.png")
    writer.close()
    writer.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["still-2.png", "still-3.png", "still.png"]
    assert writer.saved == 3
    assert read_still(tmp_path / "still-3.png").values == PRESET.values
    assert not writer.save(PICTURE, PRESET, tmp_path / "late.png")


def test_a_disk_that_refuses_is_a_message_and_the_next_still_is_kept(tmp_path: Path) -> None:
    (tmp_path / "blocker").write_text("")
    messages = Messages()
    writer = StillWriter(messages, ManualClock())
    writer.save(PICTURE, PRESET, tmp_path / "blocker" / "a.png")
    writer.save(PICTURE, PRESET, tmp_path / "b.png")
    writer.close()
    assert [m.serious for m in messages.recent()] == [True, False]
    assert (tmp_path / "b.png").exists()


def test_a_slow_disk_never_makes_the_caller_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(stills, "write_still", lambda *_: gate.wait(60))
    messages = Messages()
    writer = StillWriter(messages, ManualClock(), waiting=2)
    kept = [writer.save(PICTURE, PRESET, tmp_path / f"{i}.png") for i in range(10)]
    assert kept[:2] == [True, True]
    assert not all(kept)
    assert any("too slow" in m.text for m in messages.recent())
    gate.set()
    writer.close()
    assert writer.saved == sum(kept)
