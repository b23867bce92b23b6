"""The example in ``docs/presets.md`` is a preset that loads."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.models.builtin import CPPN
from latentjockey.presets.preset import batch
from latentjockey.presets.schema import decode

PAGE = Path(__file__).parents[2] / "docs" / "presets.md"


def test_the_documented_preset_can_be_recalled() -> None:
    match = re.search(r"```json\n(\{.*?\n\})\n```", PAGE.read_text("utf-8"), re.DOTALL)
    assert match is not None
    preset = decode(match[1].encode())
    assert preset.unknown == ()
    bay = Bay(Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions)), ManualClock())
    recall = batch(preset, bay.layout)
    assert recall.missing == ()
    assert bay.write(recall.writes, RECALL).refused == ()
    snapshot = bay.snapshot()
    assert snapshot.number("/deck/a/psi") == 1.4
    np.testing.assert_array_equal(snapshot.vector("/deck/a/z")[:5], [0.5, -1.25, 0.0, 2.0, 0.0])
