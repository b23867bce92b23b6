"""A clip on a deck of a real show: it plays, is scrubbed, crossfaded with a model, and survives its engine."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.models import container, library
from latentjockey.models.video_folder import FAMILIES
from tests.models import clips


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = library.own_folder()
    _video_model(place / "ltx")
    clips.write(place, "film", count=16, fps=8.0, model="LTX", prompt="a wave", seed=7)
    return place


def _video_model(folder: Path) -> None:
    """What a video model looks like before it is loaded."""
    classes = {name: found[0] for name, found in FAMILIES["LTXPipeline"].parts.items()}
    library_of = {"text_encoder": "transformers", "tokenizer": "transformers"}
    index = {name: [library_of.get(name, "diffusers"), cls] for name, cls in classes.items()}
    for name, cls in classes.items():
        (folder / name).mkdir(parents=True)
        config = {"architectures": [cls]} if name == "text_encoder" else {"_class_name": cls}
        for file in ("config.json", "scheduler_config.json", "tokenizer.json"):
            (folder / name / file).write_text(json.dumps(config))
        container.write(folder / name / "model.safetensors", {"w": np.zeros(1, np.float32)}, {})
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "LTXPipeline", **index}))


def test_a_clip_is_scrubbed_and_crossfaded_and_goes_on_in_another_engine(folder: Path, play: Any, until: Any) -> None:
    stage = play(standby=False)
    stage.write(deck__a__model="film")
    assert until(lambda: stage.text("/engine/model") == "film+testcard" and not stage.frame().held, 120)

    def grey() -> float:
        rgb = stage.frame().rgb().astype(float)
        high, wide = rgb.shape[:2]
        return float(rgb[high * 5 // 8, wide // 2].mean())

    numbers = [stage.frame().stamp.number]
    assert until(lambda: stage.frame().stamp.number > numbers[0] + 3), "it plays by itself"
    stage.write(gen__loop="hold")
    assert until(lambda: stage.number("/gen/scrub") > 0.0), "where it is held"
    stage.write(gen__scrub=0.0)
    assert until(lambda: abs(grey() - 20) < 6)
    stage.write(gen__scrub=1.0)
    assert until(lambda: abs(grey() - 220) < 6)
    assert until(lambda: "plays a clip rendered by LTX from “a wave”, seed 7" in stage.text("/model/credit"))
    before = stage.frame().rgb().astype(float)
    stage.write(mix__crossfade=0.5)
    assert until(lambda: np.abs(stage.frame().rgb().astype(float) - before).mean() > 5), "the card shines through"
    stage.write(mix__crossfade=0.0, gen__scrub=0.5)
    assert until(lambda: abs(grey() - 120) < 9)
    stage.write(model="ltx")
    assert until(lambda: "ltx renders clips" in stage.messages()), "a sentence, and what played plays on"
    assert until(lambda: stage.text("/model") == "film+testcard")
    pid = stage.pid
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: stage.pid != pid and not stage.frame().held, 120)
    assert until(lambda: abs(grey() - 120) < 9), "and is where it was"
