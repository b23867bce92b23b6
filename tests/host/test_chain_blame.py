"""Who is to blame for the end of an effects process."""

from __future__ import annotations

from latentjockey.host.chain_blame import Blame


def test_the_slot_that_changed_last_is_the_suspect() -> None:
    blame = Blame()
    blame.note(1.0, {1: "a", 2: "a", 3: "a"})
    assert blame.newest((1, 2)) == 2
    blame.note(2.0, {1: "b", 2: "a", 3: "a"})
    assert blame.newest((1, 2, 3)) == 1
    blame.note(3.0, {1: "b", 2: "a", 3: "b"})
    assert blame.newest((1, 2)) == 1, "only what was drawn comes into question"
    assert blame.newest(()) is None


def test_failures_count_while_nothing_has_drawn_for_long() -> None:
    blame = Blame()
    assert blame.failed(10.0, 9.0, meddled=False) == 1
    assert blame.failed(12.0, 11.0, meddled=False) == 2
    assert blame.failed(30.0, 13.0, meddled=False) == 1, "it had drawn well"
    assert blame.failed(31.0, None, meddled=False) == 2
    blame.forget()
    assert blame.failed(32.0, None, meddled=False) == 1


def test_being_killed_from_outside_is_nobodys_fault_unless_nothing_was_drawn() -> None:
    blame = Blame()
    for n in range(5):
        assert blame.failed(n, n - 0.5, meddled=True) == 0
    assert blame.failed(6.0, None, meddled=True) == 1
