"""Checkpoints of other programs are chosen while the show plays: what was playing plays until another can."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentjockey.models import foreign, library
from tests.models.families.published import nvidia, nvidia_bytes, stylegan2
from tests.models.reading import forms, payloads

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

Until = Callable[..., bool]
Play = Callable[..., Any]
PATIENCE_S = 120.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that shows and their engines look into; what is read there is kept in a cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = tmp_path / "models"
    place.mkdir()
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(place))
    return place


def _plays_on(stage: Any, until: Until, pid: int) -> None:
    """The same engine, the same model, and a hand that is obeyed."""
    assert until(lambda: stage.text("/model") == "testcard"), stage.text("/model")
    stage.write(deck__a__psi=0.5)
    assert until(stage.shows_what_is_set), stage.difference()
    assert (stage.pid, stage.text("/engine/state")) == (pid, "playing")


def test_a_hostile_checkpoint_is_refused_and_the_show_goes_on(
    folder: Path, tmp_path: Path, play: Play, until: Until
) -> None:
    target = tmp_path / "made"
    files = {
        "hostile": payloads.LIVE["reduce"](str(target)),
        "nested": payloads.STREAMS["a program in part 3 of a stream"](str(target)),
        "bomb": payloads.ZIPS["a bomb"](str(target)),
        "strange": forms.torch_zip(),
        "torn": forms.torch_zip()[:-50],
    }
    for name, data in files.items():
        (folder / f"{name}.pkl").write_bytes(data)
    stage = play()
    pid = stage.pid
    for name in files:
        stage.write(model=name)
        said = f"{name}.pkl cannot be used: "
        assert until(lambda said=said: said in stage.text("/engine/error"), PATIENCE_S), stage.messages()
        _plays_on(stage, until, pid)
    assert not target.exists()


def test_a_checkpoint_that_is_removed_while_it_is_wanted(folder: Path, play: Play, until: Until) -> None:
    path = folder / "going.pkl"
    path.write_bytes(forms.torch_zip())
    stage = play()
    pid = stage.pid
    path.unlink()
    stage.write(model="going")
    assert until(lambda: "going" in stage.text("/engine/error"), PATIENCE_S)
    _plays_on(stage, until, pid)


def test_a_checkpoint_plays_when_it_was_read(folder: Path, play: Play, until: Until) -> None:
    path = folder / "faces.pkl"
    path.write_bytes(nvidia_bytes(nvidia(stylegan2(size=16))))
    stage = play()
    assert foreign.known(path) is None
    stage.write(model="faces")
    assert until(lambda: stage.text("/engine/model") == "faces", PATIENCE_S), stage.messages()
    assert until(lambda: not stage.frame().held)
    assert foreign.known(path) is not None
    entry = library.find("faces")
    assert entry is not None
    assert entry.source == path
