"""Whether the last session said goodbye."""

from __future__ import annotations

from pathlib import Path

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.models.builtin import CPPN
from latentjockey.presets.preset import Preset
from latentjockey.session.autosave import SessionFiles
from latentjockey.session.keeper import Keeper
from latentjockey.session.running_mark import RunningMark


def test_the_mark_is_found_only_while_it_lies_there(tmp_path: Path) -> None:
    mark = RunningMark(tmp_path)
    assert not mark.found
    mark.clear()
    mark.set()
    mark.set()
    assert RunningMark(tmp_path).found
    mark.clear()
    assert not RunningMark(tmp_path).found


def test_only_a_session_that_kept_something_and_was_cut_off_ended_badly(tmp_path: Path) -> None:
    clock, messages = ManualClock(1.0), Messages()
    keeper = Keeper(messages, clock)

    def files() -> SessionFiles:
        return SessionFiles(
            tmp_path, keeper, clock, messages, lambda: Preset("last", "cppn", CPPN.card, {"/mix/crossfade": 0.3})
        )

    first = files()
    assert not first.ended_badly
    assert not files().ended_badly  # cut off before anything was kept: nothing is lost
    first.save()
    cut_off = files()
    assert cut_off.ended_badly
    assert cut_off.last is not None
    assert cut_off.last.values["/mix/crossfade"] == 0.3
    cut_off.close()
    assert not files().ended_badly
    keeper.close()
    assert messages.latest() is None
