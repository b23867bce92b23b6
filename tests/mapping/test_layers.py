"""The player's own map in front of the one behind: who has a message, what changes leave, what the table says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import EIGHT
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.mapping.apply import Applier
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.own_maps import OwnMaps
from latentjockey.mapping.rows import RowState, hand_word, rows, with_waiting
from latentjockey.mapping.table import NOTHING, MidiBinding, MidiMap, Takeover, why_asleep

CC, CC14 = MessageKind.CC, MessageKind.CC14
LAYOUT = Layout(1, builtin(8, (64, 64)))


def bind(number: int, address: str, channel: int | None = None, kind: MessageKind = CC) -> MidiBinding:
    return MidiBinding(kind, address, number, channel, takeover=Takeover.JUMP)


BACK = MidiMap("generic", bindings=(bind(1, "/mix/crossfade"), bind(2, "/deck/a/psi"), bind(2, "/deck/b/psi")))


def layers(*front: MidiBinding, back: MidiMap = BACK) -> Layers:
    return Layers(MidiMap("mine", "Knobs", front), back)


def moves(made: Layers, number: int, channel: int = 1) -> list[str]:
    applier = Applier(made.front, made.back)
    bay = Bay(LAYOUT, ManualClock())
    return [a for a, _ in applier.batch([MidiEvent(CC, channel, number, 64, 0.0)], bay)]


def test_the_front_wins_message_by_message_and_channel_by_channel() -> None:
    made = layers(bind(2, "/echo/amount", 1))
    assert moves(made, 2) == ["/echo/amount"]
    assert moves(made, 2, channel=5) == ["/deck/a/psi", "/deck/b/psi"]
    assert moves(made, 1) == ["/mix/crossfade"]


def test_what_is_learnt_replaces_what_the_message_did_and_leaves_what_else_plays_the_control() -> None:
    made = layers().learnt(bind(2, "/echo/amount", 1)).learnt(bind(3, "/echo/amount", 1))
    assert [b.number for b in made.front.bindings] == [2, 3]
    made = made.learnt(bind(2, "/break/amount", 1))
    assert [(b.number, b.address) for b in made.front.bindings] == [(3, "/echo/amount"), (2, "/break/amount")]
    assert [b.number for b in made.forgotten("/echo/amount").front.bindings] == [2]


def test_a_pair_and_its_halves_replace_each_other() -> None:
    made = layers().learnt(bind(3, "/echo/amount", 1, CC14)).learnt(bind(35, "/break/amount", 1))
    assert [b.number for b in made.front.bindings] == [35]
    behind = MidiMap("generic", bindings=(bind(3, "/deck/a/psi", kind=CC14),))
    alone = layers(bind(3, "/echo/amount", 1), back=behind)
    assert (1, 3) not in alone.listening().pairs
    assert (2, 3) in alone.listening().pairs


def test_a_binding_of_the_back_can_be_changed_and_taken_away_alone() -> None:
    old, other = BACK.bindings[1], BACK.bindings[2]
    changed = layers().exchanged(old, bind(2, "/echo/amount"))
    assert moves(changed, 2) == ["/echo/amount", "/deck/b/psi"]
    assert other in changed.front.bindings
    gone = layers().exchanged(old, None)
    assert moves(gone, 2) == ["/deck/b/psi"]
    silent = layers().exchanged(BACK.bindings[0], None)
    assert moves(silent, 1) == []
    assert [b.address for b in silent.bindings] == ["/deck/a/psi", "/deck/b/psi"]
    assert silent.front.bindings[0].address == NOTHING
    assert LAYOUT.resolve(NOTHING) is None


def test_the_eight_are_taken_in_order_by_controllers_that_are_unknown() -> None:
    made = layers()
    for n, (word, address) in enumerate(EIGHT):
        assert made.next_of_eight() == (word, address)
        made = made.learnt(bind(n, address, 1))
    assert made.next_of_eight() is None
    assert layers(bind(1, "/deck/a/psi")).next_of_eight() is None, "something else was learnt"
    assert layers(back=MidiMap("mine", "nano")).next_of_eight() is None, "it has a map of its own"


def test_pedals_and_what_is_bound_take_none() -> None:
    made = layers(bind(5, EIGHT[0][1], 1))
    free = {n for n in range(128) if made.may_take(MidiEvent(CC, 1, n, 0, 0.0))}
    assert free == set(range(128)) - {5} - set(range(64, 70)) - set(range(120, 128))


@pytest.mark.parametrize(
    ("address", "awake_in_a", "awake_in_b"),
    [("/deck/@/reach", True, True), ("/deck/@/warp", False, True), ("/deck/@/none", False, False)],
)
def test_what_follows_the_focus_is_awake_when_either_deck_has_it(
    address: str, awake_in_a: bool, awake_in_b: bool
) -> None:
    layout = Layout(1, builtin(8, (64, 64), [ControlSpec("/deck/b/warp", Kind.FLOAT)]))
    binding = bind(1, address)
    assert (not why_asleep(binding, layout)) == (awake_in_a or awake_in_b)
    bay = Bay(layout, ManualClock())
    for focus, awake in ((0, awake_in_a), (1, awake_in_b)):
        bay.write([("/surface/focus", focus)], HAND)
        batch = Applier(MidiMap("m", bindings=(binding,))).batch([MidiEvent(CC, 1, 1, 9, 0.0)], bay)
        assert [a for a, _ in batch] == ([address.replace("@", "ab"[focus])] if awake else [])


def test_hand_words() -> None:
    words = [hand_word(a) for a in ("/deck/@/drift/speed", "/deck/b/reach", "/echo/amount", "/deck/a/psi")]
    assert words == ["wander", "reach B", "echo", ""]


def test_the_table_says_what_each_binding_does_and_why_not() -> None:
    twice = bind(9, "/deck/b/psi")
    made = layers(bind(5, "/deck/@/reach", 1), bind(9, "/deck/a/psi"), twice, bind(7, "/gen/gone"))
    told = with_waiting(rows("Knobs", True, made, LAYOUT), {made.front.bindings[0]: 0.3})
    assert [(r.binding.number, r.own, r.hand, r.state) for r in told] == [
        (5, True, "reach", RowState.WAITING),
        (9, True, "", RowState.LIVE),
        (9, True, "", RowState.CONFLICT),
        (7, True, "", RowState.ASLEEP),
        (1, False, "", RowState.LIVE),
        (2, False, "", RowState.LIVE),
        (2, False, "", RowState.CONFLICT),
    ]
    assert "/gen/gone" in told[3].why
    assert "both" in told[2].why


def test_own_maps_are_kept_by_device_and_others_are_found_beside_them(tmp_path: Path) -> None:
    now: list[object] = []
    own = OwnMaps(tmp_path / "midi", lambda job: (now.append(job), job())[1])
    assert own.read() == []
    learnt = MidiMap("x", "Knobs/1: MIDI", (bind(5, "/deck/@/reach", 1),))
    own.keep(learnt)
    own.keep(MidiMap("y", "Pads"))
    (path,) = (tmp_path / "midi").iterdir()
    (tmp_path / "midi" / "by hand.json").write_text(path.read_text().replace("Knobs/1: MIDI", "nano"))
    again = OwnMaps(tmp_path / "midi", lambda job: job())
    assert again.read() == []
    assert again.of("Knobs/1: MIDI") == learnt
    assert again.of("Pads").bindings == ()
    assert [m.port for m in again.others] == ["nano"]
    again.keep(MidiMap("x", "Knobs/1: MIDI"))
    assert not path.exists(), "a map without bindings is no file"


def test_a_file_that_cannot_be_read_is_told_and_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "Knobs.json").write_text("{ not json")
    own = OwnMaps(tmp_path, lambda job: job())
    (trouble,) = own.read()
    assert "Knobs.json" in trouble
    own.keep(MidiMap("x", "Knobs", (bind(5, "/deck/@/reach", 1),)))
    assert (tmp_path / "Knobs.unread").read_text() == "{ not json"
    assert OwnMaps(tmp_path, lambda job: job()).read() == []


def test_what_was_given_another_message_or_page_leaves_nothing_of_the_old_one_behind() -> None:
    made = layers().exchanged(BACK.bindings[0], bind(9, "/mix/crossfade", 3))
    assert moves(made, 1) == []
    assert moves(made, 9, channel=3) == ["/mix/crossfade"]
    again = made.exchanged(bind(9, "/mix/crossfade", 3), bind(8, "/mix/crossfade", 3))
    assert (moves(again, 9, channel=3), moves(again, 8, channel=3)) == ([], ["/mix/crossfade"])
    ranged = layers().exchanged(BACK.bindings[0], replace(BACK.bindings[0], hi=5.0))
    elsewhere = ranged.exchanged(ranged.front.bindings[0], bind(9, "/mix/crossfade"))
    assert moves(elsewhere, 1) == []


def test_both_layers_are_one_map_that_plays_the_same() -> None:
    made = layers(bind(2, "/echo/amount")).exchanged(BACK.bindings[0], None)
    merged = made.merged("both", "Knobs")
    assert [b.address for b in merged.bindings] == ["/echo/amount"]
    assert merged.conflicts() == ()
    for number in (1, 2):
        assert moves(Layers(MidiMap("none"), merged), number) == moves(made, number)
