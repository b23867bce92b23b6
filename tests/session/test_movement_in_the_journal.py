"""What moves by itself fills no journal: each writing keeps where it has come to, and every hand's move by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.models.card import ModelCard
from latentjockey.presets.journal import read_journal
from latentjockey.presets.preset import Preset
from latentjockey.session.autosave import SessionFiles
from latentjockey.session.keeper import Keeper

EMPTY = Preset("session", "cppn", ModelCard("x"), {})


class Patient:
    """A keeper that does its jobs when told."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def do(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)


def test_movement_is_kept_as_it_is_at_each_writing_and_hands_move_by_move(tmp_path: Path) -> None:
    clock = ManualClock(10.0)
    keeper = Patient()
    files = SessionFiles(tmp_path, cast("Keeper", keeper), clock, Messages(), lambda: EMPTY)
    for n in range(100):
        clock.advance(0.01)
        files.note({"/mix/crossfade": (0.0, float(n)), f"/gen/{n % 2}": (0.0, float(n))}, clock.now(), "conductor")
    for n in (1.0, 2.0):
        files.note({"/deck/a/psi": (0.0, n)}, clock.now(), "surface")
    files.note({"/mix/crossfade": (0.0, 200.0)}, clock.now(), "conductor")
    files.close()
    (path,) = (tmp_path / "journal").glob("*.jsonl")
    told = [(entry.source, dict(entry.changes)) for entry in read_journal(path).entries]
    assert told[-3:] == [
        ("surface", {"/deck/a/psi": 1.0}),
        ("surface", {"/deck/a/psi": 2.0}),
        ("conductor", {"/mix/crossfade": 200.0}),
    ]
    assert told[-4] == ("conductor", {"/mix/crossfade": 99.0, "/gen/0": 98.0, "/gen/1": 99.0})
    assert len(told) <= 8
