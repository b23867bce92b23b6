"""The journal survives a kill; the autosave is whole or the one before."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.models.builtin import CPPN
from latentjockey.presets.journal import Autosave, JournalWriter, read_journal
from latentjockey.presets.preset import Preset


def state() -> Preset:
    return Preset("now", "cppn", CPPN.card, {"/mix/crossfade": 0.25}, saved_at=2.0)


def test_everything_written_is_read_in_order(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "night", state)
    z = np.random.default_rng(1).standard_normal(512)
    assert writer.append({"/mix/crossfade": 0.5, "/deck/a/centre": "1 3"}, 2.5, "osc 127.0.0.1:5")
    assert writer.append({"/deck/a/z": z, "/mix/even": False}, 2.75, "surface")
    journal = read_journal(writer.path)  # while it is still open
    writer.close()
    assert journal.preset.values == {"/mix/crossfade": 0.25}
    assert journal.lost == 0
    first, second = journal.entries
    assert (first.time, first.source, first.changes) == (
        2.5,
        "osc 127.0.0.1:5",
        {"/mix/crossfade": 0.5, "/deck/a/centre": "1 3"},
    )
    assert np.asarray(second.changes["/deck/a/z"]).tobytes() == z.tobytes()
    assert second.changes["/mix/even"] is False
    assert not writer.append({"/mix/crossfade": 1.0}, 3.0, "surface")


@given(st.integers(0, 400), st.binary(max_size=30))
@settings(deadline=None)
def test_a_torn_end_costs_only_what_was_torn(tmp_path_factory: pytest.TempPathFactory, cut: int, junk: bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    writer = JournalWriter(folder, "n", state)
    for i in range(8):
        writer.append({"/mix/crossfade": i / 8}, float(i), "surface")
    writer.close()
    whole = writer.path.read_bytes()
    head = whole.index(b"\n") + 1
    end = max(head, len(whole) - cut)
    writer.path.write_bytes(whole[:end] + junk)
    kept = whole[head:end].count(b"\n")
    journal = read_journal(writer.path)
    assert [e.time for e in journal.entries[:kept]] == [float(i) for i in range(kept)]
    assert len(journal.entries) <= kept + 1  # junk may happen to end the torn line


CHILD = """
import sys
from pathlib import Path
from latentjockey.models.builtin import CPPN
from latentjockey.presets.journal import JournalWriter
from latentjockey.presets.preset import Preset
writer = JournalWriter(Path(sys.argv[1]), "n", lambda: Preset("", "cppn", CPPN.card, {}))
i = 0
while True:
    writer.append({"/mix/crossfade": float(i)}, float(i), "s")
    i += 1
    if i == 200:
        sys.stdout.write("200\\n"); sys.stdout.flush()
"""


def test_a_killed_process_loses_at_most_the_last_line(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "200\n"
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    child.stdout.close()
    (path,) = tmp_path.glob("*.jsonl")
    journal = read_journal(path)
    assert len(journal.entries) >= 200
    assert journal.lost <= 1
    assert [e.time for e in journal.entries] == [float(i) for i in range(len(journal.entries))]


def test_a_full_part_is_followed_by_one_that_stands_alone(tmp_path: Path) -> None:
    stranger = tmp_path / "holiday.jsonl"
    stranger.write_text('{"not": "ours"}\n')
    writer = JournalWriter(tmp_path, "n", state, largest=1200, keep=3)
    for i in range(100):
        assert writer.append({"/mix/crossfade": i / 7}, float(i), "surface")
    writer.close()
    parts = sorted(p for p in tmp_path.glob("n-*.jsonl"))
    assert len(parts) == 3
    journals = [read_journal(p) for p in parts]
    times = [e.time for j in journals for e in j.entries]
    assert times == [float(i) for i in range(100 - len(times), 100)]
    assert all(j.preset.values == {"/mix/crossfade": 0.25} for j in journals)
    assert all(p.stat().st_size <= 1200 for p in parts)
    assert stranger.exists()


def test_two_sessions_never_write_into_one_file(tmp_path: Path) -> None:
    one, two = JournalWriter(tmp_path, "n", state), JournalWriter(tmp_path, "n", state)
    assert one.path != two.path
    one.close()
    two.close()


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
def test_a_full_disk_ends_the_journal_with_one_sentence(tmp_path: Path) -> None:
    import resource

    writer = JournalWriter(tmp_path, "n", state)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (writer.path.stat().st_size + 500, hard))
    try:
        written = [writer.append({"/mix/crossfade": 0.1}, float(i), "surface") for i in range(50)]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert written[0]
    assert not written[-1]
    assert "ended" in writer.error
    journal = read_journal(writer.path)
    assert len(journal.entries) == sum(written)


@pytest.mark.parametrize(
    "head", [b"", b"{}\n", b"[1]\n", b'{"format":"latentjockey-journal","version":9,"preset":{}}\n']
)
def test_another_file_is_refused(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(head)
    with pytest.raises(StageError, match=r"x\.jsonl"):
        read_journal(path)


def test_autosave_comes_back_and_stays_whole(tmp_path: Path) -> None:
    save = Autosave(tmp_path / "state" / "session.json")
    assert save.restore() is None
    save.save(state())
    again = Autosave(save.path).restore()
    assert again is not None
    assert again.values == {"/mix/crossfade": 0.25}
    stamp = save.path.stat().st_ino
    save.save(state())
    assert save.path.stat().st_ino == stamp  # nothing changed, nothing written
    save.path.write_text("{")
    with pytest.raises(StageError, match=r"session\.json"):
        Autosave(save.path).restore()
