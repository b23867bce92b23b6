"""The two maps a device plays by: the player's own in front, the one that came with the program behind. Pure data.

A message that the front map binds on a page never reaches the one behind there. All changes give new layers; any thread
may read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from latentjockey.control.names import EIGHT
from latentjockey.mapping.event import NUMBERLESS_KINDS, Key, MessageKind, MidiEvent
from latentjockey.mapping.page import Page, turns_page
from latentjockey.mapping.profile import Profile
from latentjockey.mapping.table import NOTHING, Listening, MidiBinding, MidiMap

_EIGHT_ADDRESSES = tuple(address for _, address in EIGHT)
_TAKEN_BY = frozenset({MessageKind.CC, MessageKind.CC14})
_FIRST = Page()
_NOT_TAKEN = frozenset(range(64, 70)) | frozenset(range(120, 128))
"""Pedals and switches, and the messages about the channel itself: no knobs."""


@dataclass(frozen=True, slots=True)
class Layers:
    """``front`` wins, message by message, over ``back``."""

    front: MidiMap
    back: MidiMap
    bindings: tuple[MidiBinding, ...] = field(init=False, compare=False, repr=False)
    """All that can be heard, the front first. Those wholly covered by the front, and silencers, are left out."""
    own: frozenset[MidiBinding] = field(init=False, compare=False, repr=False)
    """Those of the front."""
    _shared: frozenset[MidiBinding] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        heard = [b for b in self.front.bindings if b.address != NOTHING]
        shared: list[MidiBinding] = []
        for binding in self.back.bindings:
            rivals = [b for b in self.front.bindings if b.rivals(binding)]
            shared += [binding] if rivals else []
            if not _covered(binding, rivals, self.banks):
                heard.append(binding)
        object.__setattr__(self, "bindings", tuple(heard))
        object.__setattr__(self, "own", frozenset(self.front.bindings))
        object.__setattr__(self, "_shared", frozenset(shared))

    def hears(self, binding: MidiBinding, key: Key, page: Page = _FIRST) -> bool:
        """Whether what comes from one knob or pad reaches ``binding`` on a page."""
        if not binding.plays_on(page) or not binding.hears(key):
            return False
        return binding not in self._shared or binding in self.own or not self._front_takes(key, page)

    def _front_takes(self, key: Key, page: Page | None = None) -> bool:
        """Whether the front has a message for itself, on a page or on any."""
        kind, channel, number = key
        probe = MidiBinding(kind, NOTHING, None if kind in NUMBERLESS_KINDS else number, channel)
        return any(b.rivals(probe) and (page is None or b.plays_on(page)) for b in self.front.bindings)

    def turns_pages(self, key: Key) -> bool:
        """Whether a message is for a bank or shift, on whatever page."""
        return any(turns_page(b.address) and b.hears(key) for b in self.bindings)

    def listening(self) -> Listening:
        """What the decoder must read together, where the front does not take a half of it alone."""
        front, back = self.front.listening(), self.back.listening()
        alone = [b for b in self.front.bindings if b.kind is MessageKind.CC]
        pairs = {
            (channel, number)
            for channel, number in back.pairs
            if not any(b.number in (number, number + 32) and b.channel in (None, channel) for b in alone)
        }
        return Listening(front.pairs | pairs, front.parameters | back.parameters)

    @property
    def banks(self) -> tuple[str, ...]:
        """The banks of the front, or else those of the back."""
        return self.front.banks or self.back.banks

    @property
    def profile(self) -> Profile:
        """What the controller is told beside its bindings' feedback."""
        return self.front.feedback or self.back.feedback or Profile()

    # -- changes ----------------------------------------------------------------------------------------------------

    def for_page(self, binding: MidiBinding, page: Page) -> MidiBinding:
        """A binding that was just learnt on ``page``: for its bank, and for shift if that was held.

        What came with the program for the same message tells what kind of thing sends it: its encoding and its lights
        are the new binding's too. A message that means something else with shift is learnt without.
        """
        rivals = [b for b in (*self.front.bindings, *self.back.bindings) if b.claims == binding.claims]
        rivals = [b for b in rivals if b.rivals(binding)]
        if not turns_page(binding.address):
            shift = True if page.shift else False if any(b.shift for b in rivals) else None
            binding = replace(binding, bank=page.bank or None, shift=shift)
        known = next((b for b in rivals if b.encoding is not None), None)
        if known is not None and binding.encoding is None:
            binding = replace(binding, encoding=known.encoding, accelerate=known.accelerate)
        shown = next((b for b in rivals if b.feedback), None)
        return binding if shown is None or binding.feedback else replace(binding, feedback=shown.feedback)

    def learnt(self, binding: MidiBinding) -> Layers:
        """With ``binding`` in front, in place of what heard its message there on its pages."""
        kept: list[MidiBinding] = []
        for old in self.front.bindings:
            kept += _without(old, binding, self.banks) if old.rivals(binding) else (old,)
        return self._with((*kept, binding))

    def forgotten(self, address: str) -> Layers:
        """Without what was learnt for ``address``."""
        return self._with(b for b in self.front.bindings if b.address != address)

    def exchanged(self, old: MidiBinding, new: MidiBinding | None) -> Layers:
        """With ``new``, or nothing, in place of ``old``, wherever that stands.

        A binding of the back stays there: the front gets ``new``, the others of the same message, and a silencer where
        that leaves some of what ``old`` heard to the back.
        """
        if old in self.own:
            left = _exchange(self.front.bindings, old, new)
            hidden = [b for b in self.back.bindings if b.rivals(old) and b.address == old.address]
        else:
            together = tuple(b for b in self.back.bindings if b.rivals(old))
            left, hidden = (*self.front.bindings, *_exchange(together, old, new)), [old]
        bare = [b for b in hidden if not _covered(b, [other for other in left if other.rivals(b)], self.banks)]
        return self._with((*left, *(_silencer(binding) for binding in bare)))

    def _with(self, bindings: Iterable[MidiBinding]) -> Layers:
        return Layers(replace(self.front, bindings=tuple(bindings)), self.back)

    def merged(self, name: str, port: str) -> MidiMap:
        """Both as one map: of the back what the front leaves of it."""
        kept = list(self.back.bindings)
        for new in self.front.bindings:
            left = [_without(old, new, self.banks) if old.rivals(new) else (old,) for old in kept]
            kept = [binding for some in left for binding in some]
        own = [binding for binding in self.front.bindings if binding.address != NOTHING]
        profile = self.front.feedback or self.back.feedback
        return MidiMap(name, port, (*own, *kept), self.banks, profile, notes=self.back.notes)

    # -- the eight --------------------------------------------------------------------------------------------------

    def next_of_eight(self) -> tuple[str, str] | None:
        """The hand word and address that the next knob of an unknown controller takes, ``None`` when none is left.

        Unknown is a controller whose map behind suits every port and whose front holds nothing but taken knobs.
        """
        if self.back.port or any(b.address not in _EIGHT_ADDRESSES for b in self.front.bindings):
            return None
        taken = {b.address for b in self.front.bindings}
        return next(((word, address) for word, address in EIGHT if address not in taken), None)

    def may_take(self, event: MidiEvent) -> bool:
        """Whether this message could be that of a knob which is still free to take one of the eight."""
        if event.kind not in _TAKEN_BY or event.number in _NOT_TAKEN:
            return False
        return not self._front_takes(event.key)


def _silencer(binding: MidiBinding) -> MidiBinding:
    return MidiBinding(binding.kind, NOTHING, binding.number, binding.channel, bank=binding.bank, shift=binding.shift)


def _covered(binding: MidiBinding, rivals: Collection[MidiBinding], banks: tuple[str, ...]) -> bool:
    """Whether ``rivals`` take all messages of ``binding``, on each page on which it plays."""
    everywhere = [b for b in rivals if b.channel in (None, binding.channel)]
    pages = [Page(bank, shift) for bank in banks or ("",) for shift in (False, True)]
    played = [page for page in pages if binding.plays_on(page)]
    if not played:  # it is for a bank that is none, and so asleep
        return any(b.covers(binding) for b in everywhere)
    return all(any(b.plays_on(page) for b in everywhere) for page in played)


def _without(old: MidiBinding, new: MidiBinding, banks: tuple[str, ...]) -> tuple[MidiBinding, ...]:
    """What is left of ``old`` when ``new`` takes its message on the pages of ``new``."""
    left: list[MidiBinding] = []
    if new.bank is not None and old.bank is None:
        left += [replace(old, bank=bank) for bank in banks if bank != new.bank]
    if new.shift is not None and old.shift is None:
        left.append(replace(old, bank=old.bank if old.bank is not None else new.bank, shift=not new.shift))
    return tuple(left)


def _exchange(bindings: tuple[MidiBinding, ...], old: MidiBinding, new: MidiBinding | None) -> tuple[MidiBinding, ...]:
    at = bindings.index(old)
    return (*bindings[:at], *(() if new is None else (new,)), *bindings[at + 1 :])
