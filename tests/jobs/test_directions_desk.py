"""Finding directions as a real process, played by a double, and once for a small model by itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.generators.style import model_file
from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import prior_of
from latentjockey.jobs import directions_wish
from latentjockey.jobs.directions_desk import DirectionsDesk, Search
from latentjockey.jobs.job import Patience
from latentjockey.models import found_directions, library
from latentjockey.models.card import ModelCard

DOUBLE = Path(__file__).with_name("directions_double.py")
LONG_S = 240.0


class Show:
    """A desk, what it found, and what it said."""

    def __init__(self, command: Callable[[str], list[str]], patience: Patience | None = None) -> None:
        self.messages = Messages()
        self.found: list[str] = []
        self.went: list[str] = []
        self.desk = DirectionsDesk(self.messages, SystemClock(), self.found.append, self.went.append, command, patience)

    def until(self, true: Callable[[Search], bool]) -> Search:
        clock, tick = SystemClock(), threading.Event()
        end = clock.now() + LONG_S
        while (search := self.desk.search()) is None or not true(search):
            assert clock.now() < end, search
            tick.wait(0.01)
        return search

    def over(self) -> Search:
        return self.until(lambda search: search.over)

    def said(self) -> list[str]:
        self.desk.close()
        return [message.text for message in self.messages.recent()]


@pytest.fixture
def played() -> Iterator[Callable[..., Show]]:
    """``played(patience)``: a desk whose searches are the double's."""
    shows: list[Show] = []

    def make(patience: Patience | None = None) -> Show:
        shows.append(Show(lambda way: [sys.executable, str(DOUBLE), way], patience))
        return shows[-1]

    yield make
    for show in shows:
        show.desk.close()


def test_it_tells_how_far_it_is_and_what_it_found(played: Callable[..., Show]) -> None:
    show = played()
    assert show.desk.start("finds") == ""
    search = show.over()
    assert (search.state, search.sentence) == ("finished", "32 directions were found for Moths, the first PCA 1.")
    assert show.said() == [search.sentence]
    assert show.found == ["finds"]
    assert "finding 50% · 2 min left" in show.went
    assert show.went[-1] == ""


def test_a_failure_is_its_own_sentence_and_finds_nothing(played: Callable[..., Show]) -> None:
    show = played()
    show.desk.start("fails")
    assert show.over().sentence == "Moths brings directions of its own."
    show.desk.start("breaks")
    assert "broke off (no such number); try again." in show.over().sentence
    assert all(message.serious for message in show.messages.recent())
    assert show.found == []


def test_a_process_that_cannot_be_started_is_one_sentence(played: Callable[..., Show]) -> None:
    show = Show(lambda way: ["/no/such/program"])
    assert show.desk.start("moths") == ""
    assert show.over().sentence.startswith("Directions of moths could not be looked for: ")


def test_one_at_a_time_and_it_can_be_given_up(played: Callable[..., Show]) -> None:
    show = played()
    show.desk.start("obeys")
    show.until(lambda search: search.state == "running")
    assert show.desk.start("other") == "Directions of obeys are being found: wait, or stop that first."
    show.desk.stop()
    assert show.desk.search().words in ("stopping", "")  # type: ignore[union-attr]
    search = show.over()
    assert (search.state, search.words) == ("stopped", "")
    assert show.said() == ["Finding directions of obeys was stopped; nothing of it is kept."]
    assert show.found == []


def test_one_that_does_not_listen_is_ended(played: Callable[..., Show]) -> None:
    show = played(Patience(0.2, 0.2, 5.0))
    show.desk.start("is_deaf")
    show.until(lambda search: search.state == "running")
    show.desk.stop()
    assert show.over().state == "stopped"


def test_a_show_that_ends_takes_it_along(played: Callable[..., Show]) -> None:
    show = played()
    show.desk.start("obeys")
    show.until(lambda search: search.state == "running")
    show.desk.close()
    assert show.desk.search().state == "stopped"  # type: ignore[union-attr]
    assert show.desk.start("obeys") == "The show is about to end."


# -- by itself --------------------------------------------------------------------------------------------------------


@pytest.fixture
def moths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small model of random weights in the player's folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv(library.FOLDERS_VARIABLE, "")
    torch.manual_seed(1)
    config = StyleConfig(size=32, z_dim=8, w_dim=12, channel_base=128, channel_max=8)
    path = library.own_folder() / "moths.safetensors"
    path.parent.mkdir(parents=True)
    model_file.save(path, StyleNet(config), prior_of(config), name="Moths", classes=(), card=ModelCard("Moths"))
    return path


def test_a_small_model_is_searched_and_has_directions_from_then_on(moths: Path) -> None:
    show = Show(lambda name: directions_wish.command(name, count=4, seconds=1.0))
    show.desk.start("moths")
    search = show.over()
    show.desk.close()
    assert search.state == "finished", search
    spec = library.get("moths").spec
    assert spec is not None
    assert (spec.directions, spec.layer_directions) == (4, True)
    assert search.sentence.startswith("4 directions were found for Moths, the first ")
    assert show.found == ["moths"]


def test_one_that_is_stopped_leaves_nothing(moths: Path) -> None:
    show = Show(lambda name: directions_wish.command(name, count=64, seconds=3600.0))
    show.desk.start("moths")
    show.until(lambda search: search.done > 0.1)
    show.desk.stop()
    assert show.over().state == "stopped"
    show.desk.close()
    assert not list(found_directions.folder().glob("*"))
    assert library.get("moths").spec.directions == 0  # type: ignore[union-attr]


def test_a_model_that_is_not_there_is_one_sentence(moths: Path) -> None:
    show = Show(lambda name: directions_wish.command(name))
    show.desk.start("wasps")
    assert show.over().sentence.startswith("There is no model 'wasps'; ")
    show.desk.close()
