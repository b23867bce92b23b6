"""ONNX graphs and generators that players wrote, in a real show: they play, and what is wrong harms nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.models import library, trust
from tests.models.reading import onnx_files
from tests.models.reading.onnx_files import body, graph, info, model, node

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

Until = Callable[..., bool]
Play = Callable[..., Any]
PATIENCE_S = 120.0
OWN = """
import os, time, pathlib
import torch
from latentjockey.generators.own import OwnGenerator

class Generator(OwnGenerator):
    def setup(self):
        pathlib.Path(PLACE).write_text(str(os.getpid()))

    def synthesize(self, layers, controls, size):
        if controls["mood"] > 8:
            while True:
                time.sleep(1.0)
        if controls["mood"] > 4:
            raise ValueError("not in that mood")
        return torch.sin(layers.sum() + torch.linspace(0, 9, 3 * 16 * 16).view(3, 16, 16))
"""
WORDS = '{"z_dim": 8, "size": [32, 32], "controls": [{"name": "mood", "hi": 4}]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that shows and their engines look into."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = tmp_path / "models"
    place.mkdir()
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(place))
    return place


def own(folder: Path, ran: Path, *, trusted: bool = True) -> Path:
    """A generator with a mood, which leaves the id of the process that runs it in the file ``ran``."""
    place = folder / "moody"
    place.mkdir()
    (place / "generator.py").write_text(f"PLACE = {str(ran)!r}\n{OWN}")
    (place / "model.json").write_text(WORDS)
    if trusted:
        trust.trust(place)
    return place


def settled(stage: Any, name: str) -> bool:
    return bool(stage.text("/engine/model") == stage.text("/model") == name and not stage.frame().held)


def test_a_graph_plays_on_both_decks_and_is_crossfaded(folder: Path, play: Play, until: Until) -> None:
    (folder / "graph.onnx").write_bytes(onnx_files.with_classes())
    stage = play(standby=False)
    stage.write(model="graph")
    assert until(lambda: settled(stage, "graph"), PATIENCE_S), stage.messages()
    assert "onnxruntime" in stage.text("/engine/device")
    assert stage.show.bay.layout.width("/deck/a/class") == 3
    stage.write(deck__a__seed=3, deck__b__seed=4, mix__crossfade=0.0, deck__a__class=[4.0, -2.0, 0.0])
    seen: list[Any] = []
    for place in (0.0, 0.5, 1.0):
        stage.write(mix__crossfade=place)
        assert until(lambda place=place: abs(number_shown(stage, "/mix/crossfade") - place) < 1e-6)
        seen.append(stage.frame().rgb().astype(float))
    assert all(np.abs(a - b).mean() > 3 for a, b in pairwise(seen))


def number_shown(stage: Any, address: str) -> float:
    """A number of which the picture on stage was made."""
    frame, layout = stage.frame(), stage.show.bay.layout
    if frame.held or frame.stamp.epoch != layout.epoch:
        return float("nan")
    target = layout.resolve(address)
    assert target is not None
    return float(frame.effective[target.start])


def test_graphs_that_cannot_be_played_are_sentences_and_the_show_goes_on(
    folder: Path, play: Play, until: Until
) -> None:
    steps, weights = body("z", 12)
    image = [info("image", ["N", 3, 16, 16])]
    run = node("Run", ["z"], ["x"], "evil.ops")
    unknown = model(graph([node("NoSuchThing", ["z"], ["image"])], [info("z", ["N", 12])], image, weights))
    files = {
        "library": (model(graph([run, *steps], [info("z", ["N", 12])], image, weights)), "library of its own"),
        "unknown": (unknown, "cannot be played"),
        "torn": (onnx_files.plain()[:-40], "damaged or was cut short"),
    }
    for name, (data, _) in files.items():
        (folder / f"{name}.onnx").write_bytes(data)
    stage = play()
    pid = stage.pid
    for name, (_, why) in files.items():
        stage.write(model=name)
        assert until(lambda why=why: why in stage.text("/engine/error"), PATIENCE_S), stage.messages()
        assert until(lambda: stage.text("/model") == "testcard")
        assert (stage.pid, stage.text("/engine/state")) == (pid, "playing")


def test_own_code_plays_when_it_is_trusted_and_in_the_engine_alone(
    folder: Path, tmp_path: Path, play: Play, until: Until
) -> None:
    ran = tmp_path / "ran"
    place = own(folder, ran, trusted=False)
    stage = play(standby=False)
    stage.write(model="moody")
    assert until(lambda: "not trusted yet" in stage.text("/engine/error"), PATIENCE_S), stage.messages()
    assert until(lambda: stage.text("/model") == "testcard")
    assert not ran.exists()
    trust.trust(place)
    stage.write(model="moody")
    assert until(lambda: settled(stage, "moody"), PATIENCE_S), stage.messages()
    assert int(ran.read_text()) == stage.pid != os.getpid()
    assert stage.frame().rgb().std() > 5


@pytest.mark.parametrize("mood", [5.0, 9.0], ids=["raises", "hangs"])
def test_own_code_that_fails_while_it_plays_is_taken_back(
    folder: Path, tmp_path: Path, play: Play, until: Until, mood: float
) -> None:
    own(folder, tmp_path / "ran")
    stage = play()
    stage.write(model="moody")
    assert until(lambda: settled(stage, "moody"), PATIENCE_S), stage.messages()
    pid = stage.pid
    stage.write(gen__mood=mood)
    assert until(lambda: stage.pid != pid and settled(stage, "moody"), PATIENCE_S), stage.messages()
    assert until(lambda: stage.number("/gen/mood") == 0.0, PATIENCE_S), stage.messages()
    assert until(lambda: not stage.frame().held, PATIENCE_S)
    assert until(lambda: "mood" in stage.messages())
    if mood < 9:
        assert until(lambda: "ValueError: not in that mood" in stage.messages())
