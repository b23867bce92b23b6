"""A film comes into a whole show, the picture follows it, and whatever reads it may die."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.control.names import INPUTS
from latentjockey.models import library
from tests.generators import diffusion_folders
from tests.inputs.films import film

Until = Callable[..., bool]


def source(kind: str) -> int:
    return INPUTS.index(kind)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for a process by its number")
def test_a_film_is_begun_with_and_goes_on_after_a_crash(
    play: Any, until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = library.own_folder()
    place.mkdir(parents=True)
    diffusion_folders.make(place, "small-autoencoder")
    path = film(tmp_path / "film.mp4", size=(64, 64))
    stage = play(model="small-autoencoder", standby=False)
    without = stage.frame().rgb()
    stage.write(input__strength=0.0, input__file=str(path), input__source=source("video"))
    assert until(lambda: stage.text("/input/state").startswith("coming in: film.mp4"), 90), stage.messages()
    assert until(lambda: stage.number("/engine/frames") > 8), "each picture of the film is one of ours"
    assert until(lambda: not np.array_equal(stage.frame().rgb(), without))
    begun = stage.frame().rgb()

    process = stage.show.inputs._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert until(lambda: "stopped" in stage.text("/input/state"))
    assert stage.text("/engine/state") == "playing"
    assert until(lambda: stage.text("/input/state").startswith("coming in"), 90)
    stage.write(input__speed=0.0)
    stage.write(input__source=source("feedback"), input__strength=0.3, input__turn=20.0)
    assert until(lambda: stage.text("/input/state") == "coming in: the last picture")
    assert until(lambda: not np.array_equal(stage.frame().rgb(), begun))
    stage.write(input__source=source("none"))
    assert until(lambda: np.array_equal(stage.frame().rgb(), without)), "and nothing of it stays"
    assert until(lambda: stage.show.inputs._process is None)
    assert stage.number("/engine/restarts") == 0
