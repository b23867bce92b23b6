"""Class weights in files: with their names, and refused where a stranger's names are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import StageError
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL
from latentjockey.models.builtin import CPPN
from latentjockey.presets.preset import Resolved, batch, capture
from latentjockey.presets.schema import decode, encode
from latentjockey.presets.still import read_still, write_still

KINDS = ("bloom", "moth", "été")


def bay(classes: tuple[str, ...]) -> Bay:
    return Bay(Layout(1, builtin(4, (64, 64), (), 0, classes)), ManualClock(5.0))


def test_a_still_carries_classes_with_their_names(tmp_path: Path) -> None:
    here = bay(KINDS)
    here.write([("/deck/a/class", [0.25, -1.5, 1e30]), ("/deck/a/cue/2/class", [0.0, 0.0, 1.0])], HAND)
    resolved = Resolved(np.zeros((3, 4), np.float32), 5.0)
    kept = capture(here.snapshot(), {}, CPPN, "one", now=5.0, resolved=resolved)
    write_still(tmp_path / "one.png", np.zeros((8, 8, 3), np.uint8), kept)
    again = read_still(tmp_path / "one.png")
    assert again.classes == KINDS
    there = bay(("été", "wolf", "bloom"))
    there.write(batch(again, there.layout).writes, RECALL)
    assert np.asarray(there.value("/deck/a/class")).tolist() == [1e30, 0.0, 0.25]
    assert np.asarray(there.value("/deck/a/cue/2/class")).tolist() == [1.0, 0.0, 0.0]


def test_without_classes_a_file_is_as_it_always_was() -> None:
    data = json.loads(encode(capture(bay(()).snapshot(), {}, CPPN, "old", now=5.0)))
    assert "classes" not in data
    assert not any("class" in address for address in data["values"])
    assert decode(encode(capture(bay(()).snapshot(), {}, CPPN, "old", now=5.0))).classes == ()


@pytest.mark.parametrize("names", ["moth", 7, [1, 2], {"moth": 1}, ["x" * 5000], [None]])
def test_names_that_are_none_are_refused_in_one_sentence(names: object) -> None:
    data = json.loads(encode(capture(bay(KINDS).snapshot(), {}, CPPN, "one", now=5.0)))
    with pytest.raises(StageError, match="class"):
        decode(json.dumps(data | {"classes": names}).encode(), "one")


def test_more_or_fewer_names_than_weights_are_no_weights() -> None:
    kept = capture(bay(KINDS).snapshot(), {}, CPPN, "one", now=5.0)
    data = json.loads(encode(kept)) | {"classes": ["bloom", "moth"]}
    recall = batch(decode(json.dumps(data).encode()), bay(KINDS).layout)
    assert recall.note
    assert "/deck/a/class" not in dict(recall.writes)
