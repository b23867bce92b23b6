"""What messages mean, without a socket and on a clock that moves when told."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND, RECALL
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.surfaces.osc_decode import Arg, Message, decode
from latentjockey.surfaces.osc_peers import LASTS, MOST_NAMES, MOST_PEERS, MOST_PER_PEER, MOST_SUBSCRIPTIONS
from latentjockey.surfaces.osc_routes import MOST_SEARCHES
from latentjockey.surfaces.osc_talk import MOST_COMMANDS, Talk

ME = ("127.0.0.1", 5000)
YOU = ("127.0.0.1", 6000)
FAR = ("192.0.2.7", 5000)

Heard = tuple[str, tuple[Arg, ...]]


class Room:
    """A bay, a talk, and everything that was sent, by where it went."""

    def __init__(self, z: int = 8) -> None:
        self.clock = ManualClock(100.0)
        self.bay = Bay(Layout(1, builtin(z, (64, 64))), self.clock, seed_from=len)
        self.messages = Messages()
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.out: list[bytes] = []
        self.talk = Talk(
            self.bay,
            self.messages,
            self.clock,
            lambda packet, to: self.sent.append((packet, (to[0], to[1]))),
            self.out.append,
            "osc 127.0.0.1:7000",
            port=9000,
        )

    def say(self, address: str, *args: Arg, sender: tuple[str, int] = ME) -> None:
        self.talk.hear([_message(address, args)], sender)

    def say_together(self, *batch: tuple[str, tuple[Arg, ...]], sender: tuple[str, int] = ME) -> None:
        self.talk.hear([_message(address, args) for address, args in batch], sender)

    def heard(self, by: tuple[str, int] = ME) -> list[Heard]:
        """What was sent to a place since the last question."""
        mine = [packet for packet, to in self.sent if to == by]
        self.sent = [item for item in self.sent if item[1] != by]
        return _read(mine)

    def pass_time(self, seconds: float, step: float = 0.01) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.bay.advance()
            self.talk.publish(self.clock.now())


def _message(address: str, args: tuple[Arg, ...]) -> Message:
    tags = {float: "f", int: "i", str: "s", bytes: "b", bool: "T", type(None): "N", tuple: "m"}
    return Message(address, "".join(tags[type(a)] for a in args), args)


def _read(packets: Iterable[bytes]) -> list[Heard]:
    return [(m.address, m.args) for packet in packets for m in decode(packet)]


@pytest.fixture
def room() -> Room:
    return Room()


def test_values_of_every_type_reach_their_control(room: Room) -> None:
    room.say("/mix/crossfade", 0.25)
    room.say("/deck/a/psi", -3)
    room.say("/mix/even", False)
    room.say("/stage/fit", "crop")
    room.say("/deck/a/seed", "a word")
    room.say("/deck/a/centre", "1 3")
    assert room.bay.number("/mix/crossfade") == 0.25
    assert room.bay.number("/deck/a/psi") == -3.0
    assert room.bay.number("/mix/even") == 0.0
    assert room.bay.number("/stage/fit") == 1.0
    assert room.bay.number("/deck/a/seed") == 6.0
    assert room.bay.value("/deck/a/centre") == "1 3"
    assert room.heard() == []


ADDRESSES = [s.address for s in builtin(8, (64, 64))] + ["/deck/a/z/3", "//z/0-3", "/deck/*/*", "/no", "/lj/no", "//*"]
COMMANDS = [f"/lj/{c}" for c in ("get", "ping", "subscribe", "unsubscribe", "set_range", "reply_port", "list")]
ARGUMENTS = st.one_of(
    st.floats(),
    st.integers(-(2**63), 2**64 - 1),
    st.booleans(),
    st.none(),
    st.text(max_size=8),
    st.sampled_from([*ADDRESSES, "/[", "/{a,", "nan", "1e999"]),
    st.binary(max_size=12),
    st.just((1, 2, 3, 4)),
)


@given(st.lists(st.tuples(st.sampled_from(ADDRESSES + COMMANDS * 8), st.lists(ARGUMENTS, max_size=4)), max_size=12))
def test_whatever_is_said_the_talk_goes_on_and_no_control_becomes_nan(batch: list[tuple[str, list[Arg]]]) -> None:
    room = Room()
    room.say_together(*[(address, tuple(args)) for address, args in batch])
    room.pass_time(1.0, 0.1)
    assert np.isfinite(room.bay.snapshot().values).all()
    room.say("/lj/reply_port", 0)
    room.heard()
    room.say("/lj/ping", 5)
    assert room.heard() == [("/lj/pong", (5,))]


def test_of_several_samples_for_one_number_the_last_counts(room: Room) -> None:
    room.say("/mix/crossfade", 0.1, 0.2, 0.3)
    assert room.bay.number("/mix/crossfade") == 0.3
    room.say("/deck/a/z/3", 0.1, 0.7)
    assert room.bay.value("/deck/a/z").tolist() == [0, 0, 0, 0.7, 0, 0, 0, 0]  # type: ignore[union-attr]


def test_a_line_that_comes_word_by_word_is_one_text(room: Room) -> None:
    room.say("/deck/a/centre", "a", "moth", 12, 0.5, 3.0, "windows")
    assert room.bay.value("/deck/a/centre") == "a moth 12 0.5 3 windows"
    room.say("/deck/a/centre", 1, 3)
    assert room.bay.value("/deck/a/centre") == "3", "numbers alone are samples"
    room.say("/deck/a/centre", "a", b"moth")
    room.say("/deck/a/centre", "long", "x" * 5000)
    assert room.bay.value("/deck/a/centre") == "3"


def test_vectors_come_whole_partly_by_slice_by_index_and_as_blobs(room: Room) -> None:
    def z() -> list[float]:
        value = room.bay.value("/deck/a/z")
        assert isinstance(value, np.ndarray)
        return value.tolist()

    room.say("/deck/a/z", *[float(i) for i in range(8)])
    assert z() == [0, 1, 2, 3, 4, 5, 6, 7]
    room.say("/deck/a/z", 9.0, 8.0)
    assert z() == [9, 8, 2, 3, 4, 5, 6, 7]
    room.say("/deck/a/z/6-7", -1.0, -2.0)
    room.say("/deck/a/z/2", 0.5)
    assert z() == [9, 8, 0.5, 3, 4, 5, -1, -2]
    room.say("/deck/a/z", struct.pack(">8f", *range(8)))
    assert z() == [0, 1, 2, 3, 4, 5, 6, 7]
    room.say("/deck/a/z/1-2", struct.pack(">2f", 5, 6))
    assert z() == [0, 5, 6, 3, 4, 5, 6, 7]
    before = z()
    for args in ((b"abc",), (b"",), (b"abcd", 1.0), ("words",), (None,), ((1, 2, 3, 4),), tuple([0.5] * 9), ()):
        room.say("/deck/a/z", *args)
    assert z() == before
    assert [address for address, _ in room.heard()] == ["/lj/error"] * 8


def test_a_bundle_is_one_write(room: Room) -> None:
    revision = room.bay.revision
    room.say_together(
        ("/mix/crossfade", (0.5,)), ("/deck/a/psi", (2.0,)), ("/no/such", (1.0,)), ("/deck/b/psi", (3.0,))
    )
    assert room.bay.revision == revision + 1
    assert room.bay.number("/deck/b/psi") == 3.0
    assert room.heard() == [("/lj/error", ("there is no control /no/such",))]


def test_commands_in_a_bundle_see_its_writes(room: Room) -> None:
    room.say_together(("/lj/get", ("/mix/crossfade",)), ("/mix/crossfade", (0.75,)))
    assert room.heard() == [("/mix/crossfade", (0.75,))]


def test_triggers_are_pressed_by_impulses_and_by_the_rising_edge_of_a_gate(room: Room) -> None:
    def presses() -> float:
        return room.bay.number("/panic")

    room.say("/panic")
    room.say("/panic", True)
    room.say("/panic", None)
    room.say("/panic", 1.0)
    assert presses() == 4
    room.say("/panic", False)
    for value in (0.0, 1.0, 1.0, 1.0, 0.0, 0.5):
        room.say("/panic", value)
    assert presses() == 6
    room.say("/panic", 0.0, 0.0)
    room.say("/panic", 0.0, 1.0, 0.0)
    assert presses() == 7
    room.say("/panic", b"blob")
    assert presses() == 7


def test_commands_carry_their_text(room: Room) -> None:
    room.say("/preset/recall", "night garden")
    room.say("/still/save")
    room.say("/preset/recall", 3.0)
    assert [(e.address, e.text) for e in room.bay.drain_events()] == [
        ("/preset/recall", "night garden"),
        ("/still/save", ""),
        ("/preset/recall", "3"),
    ]


def test_patterns_write_every_matching_control_and_nothing_of_the_instruments_own(room: Room) -> None:
    room.say("/deck/{a,b}/eq/*", -0.5)
    assert {room.bay.number(f"/deck/{d}/eq/{b}") for d in "ab" for b in ("coarse", "middle", "fine")} == {-0.5}
    room.say("/deck/*/z/2", 0.5)
    room.say("//z/6-7", 1.0, 2.0)
    assert room.bay.value("/deck/b/z").tolist() == [0, 0, 0.5, 0, 0, 0, 1, 2]  # type: ignore[union-attr]
    restarts, phase = room.bay.value("/engine/restarts"), room.bay.value("/deck/a/drift/phase")
    room.say("//restarts", 1000.0)
    room.say("/deck/a/drift/*", 7.0)
    assert room.bay.value("/engine/restarts") == restarts
    assert room.bay.value("/deck/a/drift/phase") == phase
    assert room.bay.number("/deck/a/drift/speed") == 7.0
    room.say("/deck/a/drift/phase", 7.0)
    room.say("/deck/[a", 7.0)
    assert room.bay.value("/deck/a/drift/phase") == phase
    errors = [str(args[0]) for _, args in room.heard()]
    assert [e.split()[0] for e in errors] == ["no", "/deck/a/drift/phase", "/deck/[a"]


def test_a_packet_of_patterns_writes_a_bounded_number_of_values(room: Room) -> None:
    room.say_together(*[("//*", (float(i),)) for i in range(4096)])
    assert room.talk.refused > 4000  # and it came back
    assert room.bay.number("/mix/crossfade") < 100


def test_a_packet_brings_a_bounded_number_of_new_patterns(room: Room) -> None:
    flood = [(f"/deck/*/no{i}", (0.5,)) for i in range(MOST_SEARCHES)]
    room.say_together(*flood, ("/deck/*/psi", (0.5,)), ("/mix/crossfade", (0.5,)))
    assert room.bay.number("/deck/a/psi") == 1.0
    assert room.bay.number("/mix/crossfade") == 0.5
    room.say_together(*flood, ("/deck/*/psi", (0.5,)))  # the others are known by now
    assert room.bay.number("/deck/a/psi") == 0.5


def test_nan_is_refused_and_counted_by_sender(room: Room) -> None:
    room.say("/mix/crossfade", float("nan"))
    room.say("/deck/a/z", 0.0, float("inf"))
    assert room.bay.number("/mix/crossfade") == 0.0
    assert room.bay.counts.not_finite["osc 127.0.0.1:5000"] == 2
    assert [address for address, _ in room.heard()] == ["/lj/error"] * 2


def test_a_repeating_sender_does_not_lock_the_instrument(room: Room) -> None:
    room.say("/mix/crossfade", 0.25)
    for _ in range(30):
        room.pass_time(1 / 60, 1 / 60)
        room.say("/mix/crossfade", 0.25)
    room.bay.write([("/mix/crossfade", 0.9)], HAND)
    for _ in range(60):
        room.pass_time(1 / 60, 1 / 60)
        room.say("/mix/crossfade", 0.25)
        assert room.bay.number("/mix/crossfade") == 0.9
    room.say("/mix/crossfade", 0.5)  # now it really moves: it comes in, softly
    assert room.bay.number("/mix/crossfade") == 0.9
    room.pass_time(0.1)
    assert 0.5 < room.bay.number("/mix/crossfade") < 0.9
    room.pass_time(0.5)
    assert room.bay.number("/mix/crossfade") == 0.5


def test_get_answers_at_the_address_that_was_asked(room: Room) -> None:
    room.say("/deck/a/z", *[float(i) for i in range(8)])
    for address, answer in (
        ("/mix/crossfade", (0.0,)),
        ("/deck/a/seed", (1,)),
        ("/mix/even", (1,)),
        ("/deck/a/centre", ("mean",)),
        ("/deck/a/z", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)),
        ("/deck/a/z/2-4", (2.0, 3.0, 4.0)),
        ("/deck/a/z/7", (7.0,)),
        ("/engine/state", ("starting",)),
    ):
        room.say("/lj/get", address)
        assert room.heard() == [(address, answer)]
    room.say("/lj/get", "/deck/*/psi")
    assert room.heard() == [("/deck/a/psi", (1.0,)), ("/deck/b/psi", (1.0,))]
    for wrong in (("/deck/a/nothing",), ("/deck/a/z/8",), (), ("psi",), (1.0,), ("/x\x1b",), ("/[",), ("/" * 300,)):
        room.say("/lj/get", *wrong)
        (answer,) = room.heard()
        assert answer[0] == "/lj/error"


def test_a_class_is_played_by_its_name_on_every_deck_that_matches(room: Room) -> None:
    room.bay.install(Layout(2, builtin(8, (64, 64), (), 0, ("Bloom", "Night moth"))))
    room.say("/deck/a/class/night_moth", -1.5)
    assert np.asarray(room.bay.value("/deck/a/class")).tolist() == [1.0, -1.5]
    room.say("/deck/*/class/bloom", 3.0)
    assert [np.asarray(room.bay.value(f"/deck/{deck}/class/0"))[0] for deck in "ab"] == [3.0, 3.0]
    room.say("/deck/*/class/wolf", 9.0)
    assert np.asarray(room.bay.value("/deck/b/class")).tolist() == [3.0, 1.0]


def test_a_vector_too_long_for_a_packet_answers_in_slices() -> None:
    room = Room(z=14_000)
    room.say("/lj/get", "/deck/a/z")
    assert [address for address, _ in room.heard()] == [
        "/deck/a/z/0-4095",
        "/deck/a/z/4096-8191",
        "/deck/a/z/8192-12287",
        "/deck/a/z/12288-13999",
    ]


def test_ping_is_answered_with_what_it_carried(room: Room) -> None:
    room.say("/lj/ping", 7)
    room.say("/lj/ping")
    room.say("/lj/ping", 2**63, "x", b"blob", None)
    assert room.heard() == [("/lj/pong", (7,)), ("/lj/pong", ()), ("/lj/pong", (2.0**63, "x"))]


def test_subscribers_hear_changes_but_no_echo(room: Room) -> None:
    room.say("/lj/subscribe", "/mix/*", 30.0)
    room.say("/lj/subscribe", "/engine/fps", 30.0)
    room.pass_time(0.1)
    assert room.heard() == []
    room.say("/mix/crossfade", 0.3)
    room.pass_time(0.1)
    assert room.heard() == []
    room.say("/mix/crossfade", 0.5, sender=YOU)
    room.bay.write([("/engine/fps", 50.0)], ENGINE)
    room.bay.write([("/deck/a/psi", 3.0)], HAND)
    room.bay.write([("/mix/travel", [0.5])], CONDUCTOR)  # internal
    room.pass_time(0.1)
    assert sorted(room.heard()) == [("/engine/fps", (50.0,)), ("/mix/crossfade", (0.5,))]
    room.say("/lj/unsubscribe", "/mix/*")
    room.bay.write([("/mix/crossfade", 0.1), ("/engine/fps", 40.0)], CONDUCTOR)
    room.pass_time(0.1)
    assert room.heard() == [("/engine/fps", (40.0,))]
    room.say("/lj/unsubscribe")
    room.bay.write([("/engine/fps", 30.0)], ENGINE)
    room.pass_time(0.1)
    assert room.heard() == []


def test_a_part_of_a_vector_can_be_subscribed(room: Room) -> None:
    room.say("/lj/subscribe", "/deck/a/z/2-3")
    room.bay.write([("/deck/a/z", [0.5, 1.0, 1.5, 2.0])], HAND)
    room.pass_time(0.1)
    assert room.heard() == [("/deck/a/z/2-3", (1.5, 2.0))]


def test_the_rate_of_a_subscription_is_kept_and_only_the_newest_value_sent(room: Room) -> None:
    room.say("/lj/subscribe", "/mix/crossfade", 5.0)
    for i in range(200):
        room.bay.write([("/mix/crossfade", i / 256)], HAND)
        room.pass_time(0.01)
    heard = room.heard()
    assert 9 <= len(heard) <= 12
    assert heard[-1][1][0] > heard[0][1][0]  # type: ignore[operator]


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e9, float("nan"), float("inf")])
def test_any_rate_is_brought_to_one_that_can_be_kept(room: Room, rate: float) -> None:
    room.say("/lj/subscribe", "/mix/crossfade", rate)
    room.bay.write([("/mix/crossfade", 0.5)], HAND)
    room.pass_time(0.05)
    assert room.heard() == [("/mix/crossfade", (0.5,))]
    assert room.clock.now() < room.talk.next_due() <= room.clock.now() + 10.0


def test_a_subscription_lapses_unless_it_is_renewed(room: Room) -> None:
    room.say("/lj/subscribe", "/mix/crossfade")
    room.pass_time(LASTS - 1.0, 0.1)
    room.say("/lj/subscribe", "/mix/crossfade")
    room.pass_time(LASTS - 1.0, 0.1)
    room.bay.write([("/mix/crossfade", 0.5)], HAND)
    room.pass_time(0.5, 0.1)
    assert len(room.heard()) == 1
    room.pass_time(1.0, 0.1)
    room.bay.write([("/mix/crossfade", 0.75)], HAND)
    room.pass_time(0.5, 0.1)
    assert room.heard() == []
    assert room.talk.peers.active == ()


def test_subscriptions_follow_a_new_layout(room: Room) -> None:
    room.say("/lj/subscribe", "/deck/a/z")
    room.pass_time(0.1)
    room.bay.install(Layout(2, builtin(4, (64, 64))))
    room.pass_time(0.1)
    assert room.heard() == [("/deck/a/z", (0.0,) * 4)]
    room.say("/deck/a/z/5", 1.0)
    assert room.heard() == [("/lj/error", ("there is no control /deck/a/z/5",))]


def test_the_inputs_of_a_shader_are_there_at_once_and_subscriptions_wait_for_them(room: Room) -> None:
    tint = ControlSpec("/fx/1/tint", Kind.VECTOR, 0.5, size=4, local=True)
    room.say("/lj/subscribe", "/fx/1/tint")
    room.say("/lj/subscribe", "/mix/crossfade")
    room.pass_time(0.1)
    room.heard()
    room.bay.exchange([tint])
    room.say("/fx/1/tint/1", 2.5)
    room.pass_time(0.1)
    assert room.heard() == [("/fx/1/tint", (0.5, 2.5, 0.5, 0.5))], "and nothing of what stayed"
    room.bay.exchange([])
    room.say("/fx/1/tint/1", 1.0)
    assert room.heard() == [("/lj/error", ("there is no control /fx/1/tint/1",))]


def test_a_subscription_may_wait_for_what_is_not_there_yet(room: Room) -> None:
    room.say("/lj/subscribe", "/gen/none")
    ((address, args),) = room.heard()
    assert address == "/lj/error"
    assert "no control /gen/none now" in str(args[0])
    assert len(room.talk.peers.active) == 1


def test_subscriptions_are_bounded(room: Room) -> None:
    for i in range(MOST_PER_PEER + 1):
        room.say("/lj/subscribe", f"/deck/a/z/0-{i % 8}" if i < 8 else f"/deck/b/cue/{i - 7}/z")
    assert "you have 16" in str(room.heard()[-1][1][0])
    for port in range(MOST_SUBSCRIPTIONS):
        room.say("/lj/subscribe", "/panic", sender=("127.0.0.1", 20_000 + port))
    assert len(room.talk.peers.active) == MOST_SUBSCRIPTIONS
    assert "there are 64" in str(room.heard(("127.0.0.1", 20_000 + MOST_SUBSCRIPTIONS - 1))[0][1][0])


def test_senders_are_bounded_and_who_subscribed_stays(room: Room) -> None:
    room.say("/lj/subscribe", "/mix/crossfade")
    for i in range(3 * MOST_NAMES):
        room.say("/mix/crossfade", 0.1 + i * 1e-4, sender=(f"10.0.{i % 200}.1", 1024 + i))
    assert len(room.talk.peers) == MOST_PEERS
    assert room.talk.peers.get(("10.99.0.1", 1)).source.name == "osc 10.99.0.1"  # no room for a name of its own
    room.pass_time(0.1)
    assert room.heard()[-1][0] == "/mix/crossfade"


def test_a_range_is_widened(room: Room) -> None:
    room.say("/lj/set_range", "/mix/crossfade", -2, 3.5)
    assert room.bay.range("/mix/crossfade") == (-2.0, 3.5)
    assert room.heard() == []
    for args in (
        ("/mix/crossfade", 1.0, 1.0),
        ("/no", 0.0, 1.0),
        ("/mix/crossfade", 1.0),
        ("/mix/crossfade", "a", "b"),
    ):
        room.say("/lj/set_range", *args)
        assert room.heard()[0][0] == "/lj/error"
    room.say("/lj/set_range", "/mix/crossfade", float("-inf"), 0.0)
    assert room.bay.range("/mix/crossfade") == (-2.0, 3.5)


def test_answers_go_to_the_port_that_was_named_on_the_same_machine(room: Room) -> None:
    room.say("/lj/reply_port", 7777)
    room.say("/lj/ping", 1)
    room.say("/lj/subscribe", "/mix/crossfade")
    room.bay.write([("/mix/crossfade", 0.5)], HAND)
    room.pass_time(0.1)
    assert room.heard(("127.0.0.1", 7777)) == [("/lj/pong", (1,)), ("/mix/crossfade", (0.5,))]
    assert room.heard() == []
    room.say("/lj/reply_port", 0)
    room.say("/lj/ping", 2)
    assert room.heard() == [("/lj/pong", (2,))]
    for wrong in (9000, -1, 65_536, 1.5, "7777", None, float("nan")):  # 9000 is the instrument itself
        room.say("/lj/reply_port", wrong)
        assert room.heard()[0][0] == "/lj/error"


def test_over_a_network_only_subscribers_are_answered(room: Room) -> None:
    room.say("/mix/crossfade", 0.5, sender=FAR)
    room.say("/lj/ping", 1, sender=FAR)
    room.say("/lj/get", "/deck/a/z", sender=FAR)
    room.say("/nothing", 1.0, sender=FAR)
    assert room.bay.number("/mix/crossfade") == 0.5
    assert room.sent == []
    room.say("/lj/subscribe", "/panic", sender=FAR)
    room.say("/lj/ping", 2, sender=FAR)
    assert room.heard(FAR) == [("/lj/pong", (2,))]
    room.pass_time(LASTS + 0.1, 0.1)
    room.say("/lj/ping", 3, sender=FAR)
    assert room.sent == []


def test_errors_are_told_ten_times_a_second_and_posted_once(room: Room) -> None:
    for _ in range(1000):
        room.say("/nothing", 1.0)
    assert len(room.heard()) == 10
    assert room.messages.total == 1
    room.pass_time(1.0)
    assert room.messages.total == 2
    assert "and 998 more" in room.messages.recent()[-1].text
    assert room.talk.refused == 1000
    room.say("/nothing", 1.0)
    assert len(room.heard()) == 1


def test_answers_of_another_instrument_start_no_quarrel(room: Room) -> None:
    for address in ("/lj/error", "/lj/pong", "/lj/control", "/lj/listed"):
        room.say(address, "x")
    assert room.sent == []
    room.say("/lj/dance")
    assert "there is no /lj/dance" in str(room.heard()[0][1][0])


def test_commands_in_one_packet_are_bounded(room: Room) -> None:
    room.say_together(*[("/lj/ping", (i,)) for i in range(4000)])
    heard = room.heard()
    assert len(heard) == MOST_COMMANDS + 1
    assert heard[-1][0] == "/lj/error"


def test_controls_are_listed_with_kind_and_range(room: Room) -> None:
    room.say("/lj/set_range", "/deck/b/psi", -4.0, 4.0)
    room.say("/lj/list", "/deck/?/psi")
    assert room.heard() == [
        ("/lj/control", ("/deck/a/psi", "float", 1, -1.0, 2.0)),
        ("/lj/control", ("/deck/b/psi", "float", 1, -4.0, 4.0)),
        ("/lj/listed", ("/deck/?/psi", 2)),
    ]
    room.say("/lj/list")
    heard = room.heard()
    assert len(heard) == 1 + sum(not s.internal for s in room.bay.layout.specs)


def test_osc_out_gets_what_did_not_come_from_there(room: Room) -> None:
    room.pass_time(0.1)
    room.out.clear()
    room.say("/mix/crossfade", 0.5, sender=("127.0.0.1", 7000))
    room.pass_time(0.1)
    assert room.out == []
    room.say("/deck/a/psi", 0.5)
    room.bay.write([("/deck/a/z", [1.0] * 8), ("/deck/a/centre", "2")], RECALL)
    room.bay.write([("/deck/a/drift/since", 5.0)], CONDUCTOR)
    room.pass_time(0.1)
    assert sorted(_read(room.out)) == [("/deck/a/centre", ("2",)), ("/deck/a/psi", (0.5,)), ("/deck/a/z", (1.0,) * 8)]
