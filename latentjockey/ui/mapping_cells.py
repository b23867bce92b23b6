"""What a cell of the mappings table may become: the bindings that can be chosen or typed there. Pure, no Qt."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import LABELS, NUMBERLESS_KINDS, MessageKind
from latentjockey.mapping.profile import ECHO, Light
from latentjockey.mapping.table import MidiBinding, Mode, Takeover
from latentjockey.ui.mapping_columns import BANK, LIGHT, MODE, SHIFT, TAKEOVER, TURNS

MODES = {Mode.VALUE: "follows", Mode.MOMENTARY: "while down", Mode.TOGGLE: "toggles", Mode.TRIGGER: "presses"}
TAKEOVERS = {Takeover.PICKUP: "picks up", Takeover.JUMP: "jumps", Takeover.SCALE: "scales"}
ENCODINGS = {
    Encoding.TWOS_COMPLEMENT: "two's compl.",
    Encoding.SIGNED_BIT: "sign bit",
    Encoding.BINARY_OFFSET: "offset 64",
}
SPEEDS = (0.0, 1.0, 3.0, 7.0)
"""What ``accelerate`` can be chosen from; any other number may stand in a file."""

_MESSAGE = re.compile(r"(?P<kind>[a-z0-9][a-z0-9 -]*?)\s*(?P<number>\d+)?(?:\s+(?:ch(?:annel)?\s*(?P<ch>\d+)|any.*))?")
_KINDS = {name: kind for kind in MessageKind for name in (str(kind), LABELS[kind].lower())}
_BETWEEN = re.compile(r"\s*(?:…|\.\.+|\bto\b|;)\s*|\s+")
_RANGES = "type two numbers, such as -2 … 3, or nothing for the nominal range"
_EXAMPLE = "type a message, such as CC 21 ch 1, note 36 or pitch bend ch 2"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a cell may be: in words, the binding it makes, and whether it is so now."""

    words: str
    binding: MidiBinding
    chosen: bool


def options(binding: MidiBinding, column: str, banks: Sequence[str], known: Sequence[Light] = ()) -> list[Option]:
    """What can be chosen in a column for a binding; empty where there is nothing to choose.

    ``banks`` are those of its device; ``known`` are the lights that came with the program for its message.
    """
    if column == MODE:
        natural = _natural(binding)
        return [
            Option(words, replace(binding, mode=None if mode is natural else mode), binding.natural_mode is mode)
            for mode, words in MODES.items()
        ]
    if column == TAKEOVER and binding.is_knob:
        now = binding.takeover or Takeover.PICKUP
        return [
            Option(words, replace(binding, takeover=None if t is Takeover.PICKUP else t), now is t)
            for t, words in TAKEOVERS.items()
        ]
    if column == TURNS:
        return _turns(binding)
    if column == BANK and (banks or binding.bank):
        return [
            Option(bank or "every bank", replace(binding, bank=bank), binding.bank == bank) for bank in (None, *banks)
        ]
    if column == SHIFT:
        words = {None: "with or without", True: "with shift", False: "without shift"}
        return [Option(text, replace(binding, shift=s), binding.shift is s) for s, text in words.items()]
    if column == LIGHT:
        shown = binding.feedback or tuple(known) or (ECHO,)
        lit = bool(binding.feedback)
        return [
            Option("shows its control", replace(binding, feedback=shown), lit),
            Option("stays dark", replace(binding, feedback=()), not lit),
        ]
    return []


def _turns(binding: MidiBinding) -> list[Option]:
    if binding.kind is not MessageKind.CC:
        return []
    made = [Option("positions", replace(binding, encoding=None, accelerate=None), binding.encoding is None)]
    made += [
        Option(f"steps, {words}", replace(binding, encoding=encoding), binding.encoding is encoding)
        for encoding, words in ENCODINGS.items()
    ]
    if binding.encoding is not None:
        for speed in SPEEDS:
            words = f"fast turns count ×{1 + speed:g}" if speed else "fast turns count as slow ones"
            given = speed or None
            made.append(Option(words, replace(binding, accelerate=given), (binding.accelerate or 0.0) == speed))
    return made


def _natural(binding: MidiBinding) -> Mode:
    return replace(binding, mode=None).natural_mode


def with_message(binding: MidiBinding, text: str) -> MidiBinding:
    """The binding with another message, as somebody typed it: ``CC 21 ch 1``, ``note 36``. Raises ValueError in words.

    Without a channel it is heard on every one.
    """
    found = _MESSAGE.fullmatch(text.strip().lower())
    kind = _KINDS.get(found["kind"].strip()) if found is not None else None
    if found is None or kind is None or (kind in NUMBERLESS_KINDS) is (found["number"] is not None):
        raise ValueError(_EXAMPLE)
    number = None if kind in NUMBERLESS_KINDS else int(found["number"])
    channel = None if found["ch"] is None else int(found["ch"])
    return moved(binding, kind, number, channel)


def with_address(binding: MidiBinding, text: str) -> MidiBinding:
    """The binding with another address, typed. Raises ValueError in words."""
    address = text.strip()
    if len(address) < 2 or any(c.isspace() for c in address):
        raise ValueError("type an address, such as /deck/a/reach; @ in place of the letter is the focused deck")
    return replace(binding, address=address)


def with_range(binding: MidiBinding, text: str) -> MidiBinding:
    """The binding with the ends that somebody typed. Raises ValueError in words."""
    lo, hi = parse_range(text)
    return replace(binding, lo=lo, hi=hi)


def nominal(binding: MidiBinding) -> MidiBinding:
    """The binding over the nominal range of the day."""
    return replace(binding, lo=None, hi=None)


def parse_range(text: str) -> tuple[float | None, float | None]:
    """The ends that somebody typed: ``-2 … 3``, ``-2 3``, ``… 3``, or nothing at all. Raises ValueError in words."""
    plain = text.strip().replace("−", "-")
    if not plain:
        return None, None
    parts = _BETWEEN.split(plain)
    if len(parts) != 2:
        raise ValueError(_RANGES)
    lo, hi = (_number(part) for part in parts)
    return lo, hi


def _number(part: str) -> float | None:
    if not part:
        return None
    try:
        number = float(part.replace(",", ".", 1))
    except ValueError as error:
        raise ValueError(_RANGES) from error
    if not math.isfinite(number):
        raise ValueError("a range ends at finite numbers")
    return number


def moved(binding: MidiBinding, kind: MessageKind, number: int | None, channel: int | None) -> MidiBinding:
    """The binding heard from another message; what only the old kind of message had is left behind.

    Raises ValueError for what no message can be.
    """
    other = kind is not binding.kind
    return replace(
        binding,
        kind=kind,
        number=number,
        channel=channel,
        encoding=None if kind is not MessageKind.CC else binding.encoding,
        accelerate=None if kind is not MessageKind.CC else binding.accelerate,
        mode=None if other and binding.mode is _natural(binding) else binding.mode,
        feedback=() if other else binding.feedback,
    )


def turns_text(binding: MidiBinding) -> str:
    """How an encoder sends its turns, in a word or two; empty for what sends positions."""
    if binding.encoding is None:
        return ""
    speed = f" ×{1 + binding.accelerate:g}" if binding.accelerate else ""
    return ENCODINGS[binding.encoding] + speed
