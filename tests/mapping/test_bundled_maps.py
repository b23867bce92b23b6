"""The maps that are shipped for known controllers, against the published tables of what each of their parts sends.

The tables were put together from the makers' own MIDI documents and from public programs that play these controllers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import BANDS, CUES, DECKS, EIGHT, on_deck
from latentjockey.control.source import HAND
from latentjockey.control.spec import Kind
from latentjockey.mapping import map_file
from latentjockey.mapping.event import Key, MessageKind
from latentjockey.mapping.lamps import encode, lamps, told
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.page import Page, Pages
from latentjockey.mapping.profile import Profile
from latentjockey.mapping.table import MidiBinding, MidiMap, choose
from latentjockey.models.builtin import BUILTIN

FOLDER = Path(__file__).parents[2] / "presets" / "midi"
CC, NOTE = MessageKind.CC, MessageKind.NOTE
Message = tuple[MessageKind, int, int]
"""Kind, channel 1..16, number."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a controller's parts send, by their names; ``silent`` are parts that deliberately play nothing, and why."""

    file: str
    parts: dict[Message, str]
    silent: dict[str, str]
    ports: tuple[str, ...]
    strangers: tuple[str, ...] = ()


def run(name: str, kind: MessageKind, channel: int, numbers: range | list[int]) -> dict[Message, str]:
    """Equal parts in a row: ``fader 1``, ``fader 2``, … on one channel."""
    return {(kind, channel, number): f"{name} {n}" for n, number in enumerate(numbers, 1)}


def tracks(name: str, kind: MessageKind, number: int, channels: range = range(1, 9)) -> dict[Message, str]:
    """Equal parts in a row that differ by their channel."""
    return {(kind, channel, number): f"{name} {n}" for n, channel in enumerate(channels, 1)}


NANO = Chart(
    "nanokontrol2.json",
    {
        **run("fader", CC, 1, range(8)),
        **run("knob", CC, 1, range(16, 24)),
        **run("S", CC, 1, range(32, 40)),
        **run("M", CC, 1, range(48, 56)),
        **run("R", CC, 1, range(64, 72)),
        (CC, 1, 41): "play",
        (CC, 1, 42): "stop",
        (CC, 1, 43): "rewind",
        (CC, 1, 44): "forward",
        (CC, 1, 45): "record",
        (CC, 1, 46): "cycle",
        (CC, 1, 58): "track left",
        (CC, 1, 59): "track right",
        (CC, 1, 60): "marker set",
        (CC, 1, 61): "marker left",
        (CC, 1, 62): "marker right",
    },
    {},
    (
        "nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0",
        "nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTR 36:0",
        "nanoKONTROL2 SLIDER/KNOB",
        "nanoKONTROL2 0",
    ),
    ("nanoKONTROL:nanoKONTROL MIDI 1 20:0", "nanoKONTROL Studio", "nanoKEY2 KEYBOARD"),
)

LAUNCH = Chart(
    "launch_control_xl.json",
    {
        **run("send A", CC, 9, range(13, 21)),
        **run("send B", CC, 9, range(29, 37)),
        **run("pan", CC, 9, range(49, 57)),
        **run("fader", CC, 9, range(77, 85)),
        **run("track focus", NOTE, 9, [41, 42, 43, 44, 57, 58, 59, 60]),
        **run("track control", NOTE, 9, [73, 74, 75, 76, 89, 90, 91, 92]),
        (NOTE, 9, 105): "device",
        (NOTE, 9, 106): "mute",
        (NOTE, 9, 107): "solo",
        (NOTE, 9, 108): "record arm",
        (CC, 9, 104): "send select up",
        (CC, 9, 105): "send select down",
        (CC, 9, 106): "track select left",
        (CC, 9, 107): "track select right",
    },
    {},
    (
        "Launch Control XL:Launch Control XL MIDI 1 20:0",
        "Launch Control XL:Launch Control XL Launch Contro 28:0",
        "Launch Control XL",
        "Launch Control XL 1",
    ),
    ("Launch Control:Launch Control MIDI 1 20:0", "LCXL3 1 MIDI Out", "Launchpad Mini"),
)

TWISTER = Chart(
    "midi_fighter_twister.json",
    {
        **run("turn", CC, 1, range(64)),
        **run("push", CC, 2, range(64)),
        **{(CC, 4, number): f"bank {number + 1} chosen" for number in range(4)},
        **{
            (CC, 4, 8 + 6 * bank + n): f"{side} {row}, bank {bank + 1}"
            for bank in range(4)
            for n, (side, row) in enumerate((s, r) for s in ("left", "right") for r in (1, 2, 3))
        },
    },
    {
        **{f"bank {n} chosen": "says which bank it shows; each has numbers of its own" for n in range(1, 5)},
        **{f"{side} 2, bank {n}": "changes the Twister's bank" for side in ("left", "right") for n in range(1, 5)},
    },
    ("Midi Fighter Twister:Midi Fighter Twister MIDI 1 20:0", "Midi Fighter Twister", "Midi Fighter Twister 2"),
    ("Midi Fighter 3D", "Midi Fighter Spectra:Midi Fighter Spectra MIDI 1 24:0"),
)  # fmt: skip

XTOUCH = Chart(
    "x_touch_mini.json",
    {
        **run("turn A", CC, 11, range(1, 9)),
        **run("push A", NOTE, 11, range(8)),
        **run("upper A", NOTE, 11, range(8, 16)),
        **run("lower A", NOTE, 11, range(16, 24)),
        (CC, 11, 9): "fader A",
        **run("turn B", CC, 11, range(11, 19)),
        **run("push B", NOTE, 11, range(24, 32)),
        **run("upper B", NOTE, 11, range(32, 40)),
        **run("lower B", NOTE, 11, range(40, 48)),
        (CC, 11, 10): "fader B",
    },
    {},
    ("X-TOUCH MINI:X-TOUCH MINI MIDI 1 24:0", "X-TOUCH MINI", "X-TOUCH MINI 3"),
    ("X-TOUCH COMPACT", "X-Touch-Ext", "X-TOUCH ONE"),
)

# Mode 1, into which the map's setup puts it: buttons are momentary, device knobs are not banked by the chosen track.
APC = Chart(
    "apc40_mkii.json",
    {
        **{(NOTE, 1, 8 * row + column): f"clip {5 - row}/{column + 1}" for row in range(5) for column in range(8)},
        **run("scene", NOTE, 1, range(82, 87)),
        **tracks("clip stop", NOTE, 52),
        (NOTE, 1, 81): "stop all clips",
        **tracks("activator", NOTE, 50),
        **tracks("solo", NOTE, 49),
        **tracks("record arm", NOTE, 48),
        **tracks("A|B", NOTE, 66),
        **tracks("track fader", CC, 7),
        (CC, 1, 14): "master fader",
        (CC, 1, 15): "crossfader",
        (CC, 1, 13): "tempo",
        (CC, 1, 47): "cue level",
        **run("track knob", CC, 1, range(48, 56)),
        **run("device knob", CC, 1, range(16, 24)),
        **run("device button", NOTE, 1, range(58, 66)),
        **tracks("track select", NOTE, 51),
        (NOTE, 1, 80): "master select",
        (NOTE, 1, 87): "pan",
        (NOTE, 1, 88): "sends",
        (NOTE, 1, 89): "user",
        (NOTE, 1, 90): "metronome",
        (NOTE, 1, 91): "play",
        (NOTE, 1, 93): "record",
        (NOTE, 1, 94): "up",
        (NOTE, 1, 95): "down",
        (NOTE, 1, 96): "right",
        (NOTE, 1, 97): "left",
        (NOTE, 1, 98): "shift",
        (NOTE, 1, 99): "tap tempo",
        (NOTE, 1, 100): "nudge -",
        (NOTE, 1, 101): "nudge +",
        (NOTE, 1, 102): "session",
        (NOTE, 1, 103): "bank",
        (CC, 1, 64): "foot switch",
    },
    {},
    ("APC40 mkII:APC40 mkII MIDI 1 20:0", "APC40 mkII", "APC40 mkII 1"),
    ("Akai APC40", "APC40:APC40 MIDI 1 20:0", "APC mini mk2"),
)

CHARTS = (NANO, LAUNCH, TWISTER, XTOUCH, APC)
ENDLESS = replace(TWISTER, file="midi_fighter_twister_endless.json", ports=())
EVERY = (*CHARTS, ENDLESS)
by_chart = pytest.mark.parametrize("chart", EVERY, ids=lambda chart: chart.file)


def loaded(file: str) -> MidiMap:
    return map_file.load(FOLDER / file)


def layout() -> Layout:
    model = BUILTIN["cppn"]
    return Layout(1, builtin(model.z_dim, model.size, model.controls, model.directions))


def message(binding: MidiBinding) -> Message:
    assert binding.channel is not None, binding
    return binding.kind, binding.channel, -1 if binding.number is None else binding.number


def test_every_file_of_the_folder_has_its_chart() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {"generic.json", *(chart.file for chart in EVERY)}


@by_chart
def test_it_is_read_without_unknown_keys_conflicts_or_sleepers(chart: Chart) -> None:
    midi_map = loaded(chart.file)
    assert midi_map.unknown_keys() == ()
    assert midi_map.conflicts() == ()
    assert midi_map.asleep(layout()) == ()
    assert map_file.decode(map_file.encode(midi_map), chart.file) == midi_map


@by_chart
def test_it_says_that_it_was_not_tried(chart: Chart) -> None:
    assert loaded(chart.file).notes.endswith("From the published chart; not verified on hardware.")


@by_chart
def test_every_part_plays_or_is_silent_on_purpose(chart: Chart) -> None:
    assert len(set(chart.parts.values())) == len(chart.parts)
    played = {message(binding) for binding in loaded(chart.file).bindings}
    assert played <= chart.parts.keys()
    assert sorted(name for sent, name in chart.parts.items() if sent not in played) == sorted(chart.silent)


@by_chart
def test_every_page_of_it_plays_every_part(chart: Chart) -> None:
    """What one bank or shift layer leaves out would be a dead knob there."""
    midi_map = loaded(chart.file)
    for bank in midi_map.banks or ("",):
        for shift in (False, True):
            page = Page(bank, shift)
            played = {message(binding) for binding in midi_map.bindings if binding.plays_on(page)}
            dead = [name for sent, name in chart.parts.items() if sent not in played and name not in chart.silent]
            assert dead == [], (bank, shift)


@by_chart
def test_what_it_needs_to_turn_its_pages_is_on_it(chart: Chart) -> None:
    midi_map = loaded(chart.file)
    addresses = {binding.address for binding in midi_map.bindings}
    assert {f"/midi/bank/{bank}" for bank in midi_map.banks} <= addresses
    if any(binding.shift is not None for binding in midi_map.bindings):
        assert "/midi/shift" in addresses


@by_chart
def test_a_stage_can_be_played_from_it(chart: Chart) -> None:
    addresses = {binding.address for binding in loaded(chart.file).bindings}
    hands = [address for _, address in EIGHT]
    for deck in DECKS:  # its own knobs, or those of the focused deck
        assert {on_deck(a, deck) for a in hands} <= addresses or set(hands) <= addresses
        for address in (f"/deck/{deck}/cue/{n}/{what}" for n in CUES for what in ("recall", "store")):
            assert address in addresses or address.replace(f"/{deck}/", "/@/") in addresses
    for address in ("/mix/crossfade", "/stage/freeze", "/stage/blackout", "/panic", "/transport/tap", "/surface/focus"):
        assert address in addresses
    kills = [b for b in loaded(chart.file).bindings if b.address.endswith(BANDS) and (b.lo, b.hi) == (1.0, 0.0)]
    assert {binding.address.rsplit("/", 1)[1] for binding in kills} == set(BANDS)


@by_chart
def test_what_it_shows_is_what_it_plays(chart: Chart) -> None:
    """Lights without a binding belong to cues that are filled, to banks, to shift, and to knobs that are bound."""
    midi_map = loaded(chart.file)
    assert midi_map.feedback is not None
    bound = {binding.address for binding in midi_map.bindings}
    resolved = layout()
    for light in midi_map.feedback.lights:
        shown = light.address
        if shown.endswith("/filled"):
            assert shown.replace("/filled", "/recall") in bound
        else:
            assert shown in bound
        assert shown.startswith("/midi/") or resolved.resolve(on_deck(shown, "a")) is not None


@by_chart
def test_no_two_lights_quarrel_for_one_lamp(chart: Chart) -> None:
    midi_map = loaded(chart.file)
    profile = midi_map.feedback or Profile()
    lamps: list[tuple[object, ...]] = []
    for light in profile.lights:
        lamps += _pages(midi_map, light.bank, light.shift, (light.kind, light.channel, light.number))
    for binding in midi_map.bindings:
        for light in binding.feedback:
            lamp = (light.kind or binding.kind, light.channel or binding.channel, light.number or binding.number)
            lamps += _pages(midi_map, binding.bank, binding.shift, lamp)
    assert [lamp for lamp, count in Counter(lamps).items() if count > 1] == []


def _pages(
    midi_map: MidiMap, bank: str | None, shift: bool | None, lamp: tuple[object, ...]
) -> list[tuple[object, ...]]:
    return [
        (*lamp, b, s)
        for b in midi_map.banks or ("",)
        for s in (False, True)
        if bank in (None, b) and shift in (None, s)
    ]


@by_chart
def test_every_lamp_can_be_told_wherever_its_control_goes(chart: Chart) -> None:
    midi_map = loaded(chart.file)
    layers = Layers(MidiMap("none"), midi_map)
    bay = Bay(layout(), ManualClock())
    shown: dict[Key, set[int | None]] = {}
    for far in (-1e6, 0.0, 1.0, 1e6):
        bay.write([(spec.address, far) for spec in bay.layout.specs if spec.kind in (Kind.FLOAT, Kind.BOOL)], HAND)
        for bank in midi_map.banks or ("",):
            for lamp in lamps(layers, Page(bank)):
                value = told(lamp, bay, Pages(midi_map.banks), ())
                assert value is not None
                assert all(byte < 0x80 for message in encode(lamp.spot, value) for byte in message[1:])
                shown.setdefault(lamp.spot, set()).add(value)
    assert any(len(values) > 1 for values in shown.values())


@by_chart
def test_what_turns_without_end_says_how(chart: Chart) -> None:
    """Only the encoders that send steps are read as such."""
    steps = {chart.parts[message(b)] for b in loaded(chart.file).bindings if b.encoding is not None}
    if chart is ENDLESS:
        assert steps == {f"turn {n}" for n in range(1, 65)}
    else:
        assert steps == ({"tempo", "cue level"} if chart is APC else set())


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.file)
def test_a_ports_name_chooses_the_map(chart: Chart) -> None:
    maps = [map_file.load(path) for path in sorted(FOLDER.glob("*.json"))]
    for port in chart.ports:
        assert choose(maps, port) == loaded(chart.file), port
    for port in chart.strangers:
        chosen = choose(maps, port)
        assert chosen is not None
        assert chosen.name == "generic", port
