"""What a controller is told: values, colours, bounds, and its own words never; through a real bay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.feedback import AT_ONCE, BYTES_A_SECOND, EVERY, FLASH, QUIET, Heard, Teller
from latentjockey.mapping.lamps import encode
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.page import NEXT, Pages
from latentjockey.mapping.profile import ECHO, Colours, Light, Profile, Touch
from latentjockey.mapping.table import MidiBinding, MidiMap

CC, NOTE, BEND = MessageKind.CC, MessageKind.NOTE, MessageKind.PITCHBEND
LOOP, OSC = Source("loop", Rank.LOOP), Source("osc", Rank.OSC)
SPECS = (
    ControlSpec("/plain", Kind.FLOAT, 0.0, 0.0, 127.0),
    ControlSpec("/log", Kind.FLOAT, 1.0, 1.0, 100.0, taper=Taper.LOG),
    ControlSpec("/guarded", Kind.FLOAT, 64.0, 0.0, 127.0, guard=(None, 100.0)),
    ControlSpec("/switch", Kind.BOOL, False),
    ControlSpec("/choice", Kind.CHOICE, 0, 0, 2, choices=("x", "y", "z")),
    ControlSpec("/vector", Kind.VECTOR, 0.0, 0.0, 127.0, size=4),
    ControlSpec("/go", Kind.TRIGGER),
    ControlSpec("/say", Kind.COMMAND, ""),
    ControlSpec("/word", Kind.TEXT, "none"),
    ControlSpec("/deck/a/reach", Kind.FLOAT, 20.0, 0.0, 127.0),
    ControlSpec("/deck/b/reach", Kind.FLOAT, 90.0, 0.0, 127.0),
    ControlSpec("/surface/focus", Kind.CHOICE, 0, 0, 1, choices=("a", "b")),
)
ALL = Colours(off=1, on=2, beyond=3, asleep=4)


class Rig:
    def __init__(self, *bindings: MidiBinding, profile: Profile | None = None, banks: tuple[str, ...] = ()) -> None:
        self.clock = ManualClock(10.0)
        self.bay = Bay(Layout(1, SPECS), self.clock)
        self.layers = Layers(MidiMap("mine"), MidiMap("m", bindings=bindings, banks=banks, feedback=profile))
        self.pages = Pages(banks)
        self.teller = Teller()
        self.moved: list[tuple[object, float]] = []
        self.teller.begin(self.layers)

    def told(self, after: float = 0.0) -> list[str]:
        """What goes out, as hex, ``after`` seconds."""
        self.clock.advance(after)
        telling = self.teller.turn(self.bay, self.layers, self.pages, self.clock.now())
        self.moved += telling.moved
        return [message.hex() for message in telling.messages]

    def put(self, address: str, value: float | str, by: Source = RECALL) -> None:
        self.bay.write([(address, value)], by)

    def hear(self, kind: MessageKind, number: int, value: int, channel: int = 1) -> bool:
        """Whether what comes is taken for an echo."""
        return self.teller.hear(MidiEvent(kind, channel, number, value, self.clock.now())) is not Heard.HAND


def cc(address: str, number: int = 1, *lights: Light, **more: object) -> MidiBinding:
    return MidiBinding(CC, address, number, feedback=lights or (ECHO,), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "number", "value", "messages"),
    [
        (CC, 7, 100, "b20764"),
        (NOTE, 60, 5, "923c05"),
        (NOTE, 60, 0, "923c00"),
        (BEND, 0, 8192, "e20040"),
        (MessageKind.AFTERTOUCH, 0, 9, "d209"),
        (MessageKind.POLYTOUCH, 60, 9, "a23c09"),
        (MessageKind.PROGRAM, 0, 9, "c209"),
        (MessageKind.CC14, 3, 8193, "b20340 b22301"),
        (MessageKind.NRPN, 300, 8193, "b26302 b2622c b20640 b22601"),
        (MessageKind.RPN, 300, 8193, "b26502 b2642c b20640 b22601"),
    ],
)
def test_messages_on_the_wire(kind: MessageKind, number: int, value: int, messages: str) -> None:
    assert " ".join(m.hex() for m in encode((kind, 3, number), value)) == messages


@pytest.mark.parametrize(
    ("binding", "address", "value", "told"),
    [
        (cc("/plain"), "/plain", 64.0, "b00140"),
        (cc("/plain", 1, lo=127.0, hi=0.0), "/plain", 127.0, "b00100"),
        (cc("/plain", 1, lo=-100.0, hi=100.0), "/plain", 100.0, "b0017f"),
        (cc("/plain"), "/plain", 5000.0, "b0017f"),
        (cc("/plain"), "/plain", -5000.0, "b00100"),
        (cc("/log"), "/log", 10.0, "b00140"),
        (cc("/log"), "/log", -10.0, "b00100"),
        (cc("/vector/2"), "/vector/2", 127.0, "b0017f"),
        (cc("/switch"), "/switch", 1.0, "b0017f"),
        (cc("/choice"), "/choice", 1.0, "b00140"),
        (cc("/plain", 1, Light(values=(17, 27))), "/plain", 127.0, "b0011b"),
        (cc("/plain", 1, Light(values=(27, 17))), "/plain", 127.0, "b00111"),
        (cc("/plain", 1, Light(channel=2, number=9)), "/plain", 127.0, "b1097f"),
        (cc("/plain", 1, Light(kind=NOTE, values=(0, 5))), "/plain", 127.0, "900105"),
        (cc("/plain", 1, Light(colours=ALL)), "/plain", 0.0, "b00101"),
        (cc("/plain", 1, Light(colours=ALL)), "/plain", 3.0, "b00102"),
        (cc("/plain", 1, Light(colours=ALL)), "/plain", 127.0, "b00102"),
        (cc("/plain", 1, Light(colours=ALL)), "/plain", 128.0, "b00103"),
        (cc("/plain", 1, Light(colours=ALL)), "/plain", -1.0, "b00103"),
        (cc("/plain", 1, Light(colours=Colours(beyond=3))), "/plain", 127.0, "b0017f"),
        (cc("/nowhere", 1, Light(colours=ALL)), "/plain", 0.0, "b00104"),
        (cc("/nowhere"), "/plain", 0.0, "b00100"),
        (cc("/choice", 1, Light(colours=ALL)), "/choice", 2.0, "b00102"),
        (MidiBinding(NOTE, "/switch", 9, channel=4, feedback=(ECHO,)), "/switch", 1.0, "93097f"),
        (MidiBinding(NOTE, "/word", 9, text="dusk", feedback=(ECHO,)), "/word", "dusk", "90097f"),
        (MidiBinding(NOTE, "/word", 9, text="dusk", feedback=(ECHO,)), "/word", "dawn", "900900"),
        (MidiBinding(BEND, "/plain", feedback=(ECHO,)), "/plain", 127.0, "e07f7f"),
        (MidiBinding(MessageKind.CC14, "/plain", 3, feedback=(ECHO,)), "/plain", 127.0, "b0037f b0237f"),
        (cc("/deck/@/reach"), "/surface/focus", 1.0, "b0015a"),
    ],
)
def test_one_value_one_message(binding: MidiBinding, address: str, value: float | str, told: str) -> None:
    rig = Rig(binding)
    rig.put(address, value)
    assert " ".join(rig.told()) == told
    assert rig.told(1.0) == []


@pytest.mark.parametrize("by", [RECALL, HAND, OSC, LOOP])
def test_whoever_moves_the_control_the_light_follows(by: Source) -> None:
    rig = Rig(cc("/plain"))
    rig.told()
    rig.put("/plain", 64.0, by)
    assert rig.told(EVERY) == ["b00140"]


def test_a_binding_without_feedback_shows_nothing() -> None:
    rig = Rig(MidiBinding(CC, "/plain", 1))
    rig.put("/plain", 64.0)
    assert rig.told() == []


def test_setup_goes_first_and_everything_after_a_plug() -> None:
    raw = (bytes.fromhex("f0002029f7"), bytes.fromhex("b06301"))
    rig = Rig(cc("/plain"), profile=Profile(setup=raw))
    assert rig.told() == ["f0002029f7", "b06301"]
    assert rig.told(EVERY) == ["b00100"]
    rig.teller.end()
    rig.teller.begin(rig.layers)
    assert rig.told(1.0) + rig.told() == ["f0002029f7", "b06301", "b00100"]


def test_a_model_that_goes_puts_its_lights_to_sleep_and_wakes_them() -> None:
    rig = Rig(cc("/plain", 1, Light(colours=ALL)))
    rig.told()
    rig.bay.install(Layout(2, [s for s in SPECS if s.address != "/plain"]))
    assert rig.told(1.0) == ["b00104"]
    rig.bay.install(Layout(3, SPECS))
    assert rig.told(1.0) == ["b00101"]


def test_a_range_that_was_widened_shows() -> None:
    rig = Rig(cc("/plain"))
    rig.put("/plain", 127.0)
    rig.told()
    rig.bay.set_range("/plain", 0.0, 254.0)
    assert rig.told(1.0) == ["b00140"]


def test_the_newest_value_wins_and_no_message_comes_oftener_than_a_hundred_times_a_second() -> None:
    rig = Rig(cc("/plain"))
    rig.told()
    times: list[float] = []
    for n in range(1000):  # a value each millisecond
        rig.put("/plain", n % 127 + 1.0)
        times += [rig.clock.now()] * len(rig.told(0.001))
    assert 90 <= len(times) <= 101
    rig.put("/plain", 5.0)
    rig.put("/plain", 77.0)
    assert rig.told(EVERY) == ["b0014d"]


def test_no_more_goes_out_than_a_cable_carries_and_everybody_has_a_turn() -> None:
    rig = Rig(*(cc(f"/vector/{n % 4}", n) for n in range(120)))
    count: Counter[str] = Counter()
    for tick in range(2000):
        rig.bay.write([(f"/vector/{n}", float((tick + n) % 128)) for n in range(4)], OSC)
        count.update(message[:4] for message in rig.told(0.005))
    seconds = 10.0
    assert sum(count.values()) * 3 <= seconds * BYTES_A_SECOND + AT_ONCE
    assert sum(count.values()) * 3 >= 0.95 * seconds * BYTES_A_SECOND
    assert len(count) == 120
    assert min(count.values()) >= 0.8 * max(count.values())


def test_what_a_knob_sent_is_not_told_back() -> None:
    rig = Rig(cc("/plain"))
    rig.told()
    for value in range(1, 60):
        rig.clock.advance(0.005)
        assert not rig.hear(CC, 1, value)
        rig.put("/plain", float(value))
        assert rig.told() == []
    assert rig.told(1.0) == []


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda rig: rig.put("/guarded", 120.0), ["b00164"]),  # the guard stops it at 100
        (lambda rig: None, ["b00140"]),  # it waits to be taken over
        (lambda rig: rig.put("/guarded", 20.0, HAND), ["b00114"]),  # another hand put it elsewhere
    ],
)
def test_where_the_control_ends_elsewhere_the_truth_is_told_after_a_while(
    end: Callable[[Rig], None], told: list[str]
) -> None:
    rig = Rig(cc("/guarded"))
    assert rig.told() == ["b00140"]
    rig.clock.advance(0.2)
    assert not rig.hear(CC, 1, 120)
    end(rig)
    assert rig.told() == rig.told(QUIET - 0.001) == []
    assert rig.told(0.002) == told
    assert rig.told(1.0) == []


def test_while_a_knob_turns_others_wait_to_be_shown_on_it() -> None:
    rig = Rig(cc("/plain"))
    rig.told(1.0)
    for value in range(1, 20):
        rig.hear(CC, 1, value)
        rig.put("/plain", 100.0)
        assert rig.told(QUIET - 0.001) == []
    assert rig.told(0.002) == ["b00164"]


def test_a_button_may_show_anything_and_is_told_what_is_true() -> None:
    rig = Rig(MidiBinding(NOTE, "/switch", 9, feedback=(ECHO,)))
    assert rig.told() == ["900900"]
    rig.clock.advance(1.0)
    rig.hear(NOTE, 9, 127)
    rig.put("/switch", 1.0)
    assert rig.told() == []
    assert rig.told(QUIET) == ["90097f"]
    rig.clock.advance(1.0)
    rig.hear(NOTE, 9, 0)
    assert rig.told(QUIET) == ["90097f"]
    assert rig.told(1.0) == []


def test_a_ring_follows_its_encoder_at_once() -> None:
    rig = Rig(cc("/plain", encoding=Encoding.TWOS_COMPLEMENT))
    rig.told()
    rig.clock.advance(1.0)
    rig.hear(CC, 1, 1)
    rig.put("/plain", 20.0)
    assert rig.told() == ["b00114"]


def test_a_motor_fader_is_left_alone_while_it_is_touched() -> None:
    rig = Rig(MidiBinding(BEND, "/plain", feedback=(Light(moves=True, touch=Touch(NOTE, 104)),)))
    assert rig.told() == ["e00000"]
    rig.hear(NOTE, 104, 127)
    rig.put("/plain", 127.0)
    assert rig.told(1.0) == []
    rig.hear(NOTE, 104, 0)
    assert rig.told(EVERY) == ["e07f7f"]
    assert rig.moved == [((BEND, 1, 0), 0.0), ((BEND, 1, 0), 1.0)]


def test_a_recall_flashes() -> None:
    rig = Rig(MidiBinding(NOTE, "/go", 9, feedback=(ECHO,)), MidiBinding(NOTE, "/say", 8, text="x", feedback=(ECHO,)))
    assert sorted(rig.told()) == ["900800", "900900"]
    rig.put("/go", 1.0)
    rig.put("/say", "x")
    assert sorted(rig.told(EVERY)) == ["90087f", "90097f"]
    assert rig.told(FLASH / 2) == []
    assert sorted(rig.told(FLASH)) == ["900800", "900900"]
    rig.put("/say", "y")
    assert rig.told(EVERY) == []


def test_another_bank_is_shown_wholly_and_what_it_lacks_goes_dark() -> None:
    rig = Rig(
        cc("/plain", 1, bank="A"), cc("/guarded", 2, bank="A"), cc("/log", 1, bank="B"), cc("/switch", 3),
        banks=("A", "B"),
    )  # fmt: skip
    rig.put("/plain", 127.0)
    assert sorted(rig.told()) == ["b0017f", "b00240", "b00300"]
    rig.pages.turn_to(NEXT)
    assert sorted(rig.told(EVERY)) == ["b00100", "b00200", "b00300"]
    rig.pages.turn_to(NEXT)
    assert sorted(rig.told(EVERY)) == ["b0017f", "b00240", "b00300"]


def test_shift_shows_what_differs() -> None:
    rig = Rig(cc("/plain", 1, shift=False), cc("/guarded", 1, shift=True), cc("/switch", 3))
    rig.told()
    rig.pages.hold_shift(held=True)
    assert rig.told(EVERY) == ["b00140"]
    rig.pages.hold_shift(held=False)
    assert rig.told(EVERY) == ["b00100"]


def test_lights_of_the_profile_and_of_the_pages() -> None:
    lights = (
        Light(NOTE, 1, address="/midi/bank/A"),
        Light(NOTE, 2, address="/midi/bank/B", colours=Colours(off=3, on=60)),
        Light(NOTE, 3, address="/midi/shift"),
        Light(NOTE, 4, address="/plain", lo=0.0, hi=254.0),
        Light(NOTE, 5, address="/midi/bank/Q", colours=ALL),
    )
    rig = Rig(profile=Profile(lights=lights), banks=("A", "B"))
    rig.put("/plain", 127.0)
    assert sorted(rig.told()) == ["90017f", "900203", "900300", "900440", "900504"]
    rig.pages.turn_to(NEXT)
    rig.pages.hold_shift(held=True)
    assert sorted(rig.told(EVERY))[:3] == ["900100", "90023c", "90037f"]


def test_the_players_bindings_have_the_light_before_the_map() -> None:
    rig = Rig(cc("/plain"))
    rig.layers = rig.layers.learnt(MidiBinding(CC, "/guarded", 1, 1, feedback=(ECHO,)))
    assert rig.told() == ["b00140"]


def test_farewell_is_dark_and_then_the_teardown() -> None:
    profile = Profile(teardown=(bytes.fromhex("b06300"),))
    rig = Rig(cc("/guarded"), cc("/plain", 2), cc("/guarded", 3, Light(moves=True)), profile=profile)
    rig.told()
    assert [m.hex() for m in rig.teller.farewell(rig.layers)] == ["b00100", "b06300"]


# -- loops: the output leads into the input ---------------------------------------------------------------------------


def test_what_comes_back_of_a_knob_is_swallowed_at_any_time() -> None:
    rig = Rig(cc("/plain"), cc("/guarded", 2, encoding=Encoding.TWOS_COMPLEMENT))
    for message in rig.told():
        assert message in ("b00100", "b00240")
    rig.clock.advance(1.0)
    rig.told()  # nothing came back: no loop
    rig.put("/plain", 33.0)
    rig.put("/guarded", 65.0)
    assert sorted(rig.told()) == ["b00121", "b00241"]
    rig.clock.advance(0.003)
    assert rig.hear(CC, 1, 33)
    assert rig.hear(CC, 2, 65)
    assert not rig.hear(CC, 1, 33), "once told, once back"
    rig.clock.advance(1.0)
    assert not rig.hear(CC, 1, 33)


def test_no_press_is_lost_by_chance_and_in_a_loop_none_is_made_up() -> None:
    rig = Rig(MidiBinding(NOTE, "/switch", 9, feedback=(ECHO,)))
    rig.told()
    rig.told(1.0)  # nothing came back
    rig.put("/switch", 1.0)
    assert rig.told() == ["90097f"]
    assert not rig.hear(NOTE, 9, 127), "a hand's, by chance at the same moment"
    rig.told(1.0)
    rig.put("/switch", 0.0)
    assert rig.told() == ["900900"]
    assert rig.hear(NOTE, 9, 0), "again what was told, at once: it is a loop"
    for value, message in ((1.0, 127), (0.0, 0)) * 5:
        rig.put("/switch", value)
        assert rig.told(EVERY) == [f"9009{message:02x}"]
        assert rig.hear(NOTE, 9, message)


@given(st.lists(st.tuples(st.sampled_from("hrlw"), st.integers(0, 127)), max_size=60))
def test_in_the_end_controller_and_bay_agree(moves: list[tuple[str, int]]) -> None:
    """Whatever a hand on the knob, a recall and a loop do, in whatever order and however fast."""
    rig = Rig(cc("/guarded"))
    shows = -1
    for who, value in moves:
        if who == "h":
            rig.hear(CC, 1, value)
            shows = value
            if value % 3:  # else it waits to be taken over
                rig.put("/guarded", float(value), OSC)
        elif who == "w":
            rig.clock.advance(value / 1000)
        else:
            rig.put("/guarded", float(value), RECALL if who == "r" else LOOP)
        for message in rig.told():
            shows = int(message[4:], 16)
    for _ in range(20):
        rig.bay.advance()
        for message in rig.told(0.1):
            shows = int(message[4:], 16)
    assert shows == round(rig.bay.number("/guarded"))
