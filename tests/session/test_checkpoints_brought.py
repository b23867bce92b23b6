"""A checkpoint of another program comes in from outside: copied as it is, wanted at once, read by nobody here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.models import foreign, library
from latentjockey.models.spec import ModelSpec
from latentjockey.session.keeper import Keeper
from latentjockey.session.model_shelf import ModelShelf, take


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Any:
        raise AssertionError("the show read a checkpoint")

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    monkeypatch.setattr(foreign, "_run", refuse)


def test_it_is_copied_whole_and_wanted(tmp_path: Path) -> None:
    messages, clock = Messages(), ManualClock(1.0)
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    keeper = Keeper(messages, clock)
    shelf = ModelShelf(keeper, bay)
    path = tmp_path / "My Faces.pkl"
    path.write_bytes(b"\x80\x04N.")
    shelf.bring(path)
    keeper.close()
    assert not messages.recent()
    assert bay.value("/model") == "my-faces"
    assert (shelf.folder() / "My Faces.pkl").read_bytes() == b"\x80\x04N."
    assert [entry.name for entry in shelf.models() if entry.unread] == ["my-faces"]
    assert take(path) == "my-faces"


def test_one_that_was_written_anew_is_offered(tmp_path: Path) -> None:
    library.own_folder().mkdir(parents=True)
    path = library.own_folder() / "faces.pkl"
    path.write_bytes(b"\x80\x04N.")
    now = library.stamp(path)
    assert now is not None
    clock = ManualClock(1.0)
    keeper = Keeper(Messages(), clock)
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    playing = [ModelSpec("faces", library.read(path).card, 4, 4, 4, (1, 2), file=now)]
    shelf = ModelShelf(keeper, bay, lambda: playing[0])
    shelf.look()
    keeper.close()
    assert not shelf.newer()
    playing[0] = ModelSpec("faces", playing[0].card, 4, 4, 4, (1, 2), file=(now[0] - 1, now[1], now[2]))
    assert shelf.newer()
