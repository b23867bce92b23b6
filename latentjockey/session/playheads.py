"""What the conductor does for clips: records that let none jump, and a beginning for one that comes onto a deck.

Thread ``conductor``. Pure functions that give write batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from latentjockey.control.names import DECKS, own_address
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import RECALL
from latentjockey.control.values import Value
from latentjockey.models.pair import part
from latentjockey.modulation import playhead
from latentjockey.modulation.playhead import Playhead, playhead_on
from latentjockey.modulation.transport import transport_of

Writes = list[tuple[str, Value]]

_PLAYS = "/engine/model"
_PACES = (playhead.SCRUB, playhead.SPEED, playhead.LOOP, playhead.BEATS)
_RECORDS = frozenset(
    own_address(address, deck)
    for deck in DECKS
    for address in (playhead.ANCHOR, playhead.SINCE, playhead.BEAT, playhead.LAG)
)


def is_record(address: str) -> bool:
    """Whether the address is where a clip was at some moment: nothing that a morph or undo brings back."""
    return address in _RECORDS


def kept(before: Snapshot, after: Snapshot, moved: Callable[[str], bool], t: float) -> Writes:
    """New anchors for the clips of which something was ``moved``, so that each goes on at ``t`` from where it is."""
    writes: Writes = []
    for deck in DECKS:
        if any(moved(own_address(address, deck)) for address in _PACES):
            old, new = playhead_on(before, deck), playhead_on(after, deck)
            if old is not None and new is not None:
                beat = transport_of(before).beat_at(t)
                new = replace(new, anchor=old.anchor, since=old.since, beat=old.beat, lag=old.lag)
                made = new.changed(old, t, beat).settled()
                writes += [(own_address(playhead.SCRUB, deck), made.scrub)] if made.scrub != new.scrub else []
                writes += _written(deck, made)
    return writes


def begun(before: Snapshot, after: Snapshot, by: Mapping[str, str], t: float) -> Writes:
    """The beginning of each clip that was never played, or that came onto its deck just now, unless somebody said where
    it is to go on. ``by`` tells who changed what."""
    writes: Writes = []
    a, b = (str(snapshot.texts.get(_PLAYS, "")) for snapshot in (before, after))
    for deck in DECKS:
        here = playhead_on(after, deck)
        length = own_address(playhead.LENGTH, deck)
        if here is not None and after.number(length) != here.length:
            writes.append((length, here.length))  # a value stays where its address does; this one is the clip's own
        since = own_address(playhead.SINCE, deck)
        if here is None or by.get(since) == RECALL.name:
            continue
        if here.since == 0.0 or (_PLAYS in by and a and part(a, deck) != part(b, deck)):
            writes += _written(deck, here.restarted(t, transport_of(after).beat_at(t)))
    return writes


def undone(now: Snapshot, writes: Sequence[tuple[str, Value]], t: float) -> Writes:
    """``writes`` of an undo with what keeps clips where they are, instead of where they once were; a scrub that is
    taken back brings the clip back to where it was put before."""
    told = dict(writes)
    own: Writes = []
    for deck in DECKS:
        old = playhead_on(now, deck)
        addresses = [own_address(address, deck) for address in _PACES]
        if old is None or told.keys().isdisjoint(addresses):
            continue
        scrub, speed, loop, beats = (_number(told.get(address), now.number(address)) for address in addresses)
        if not told.keys().isdisjoint(addresses[1:]):  # of a pace that was changed, scrub is no move
            old = replace(old, scrub=scrub, anchor=old.anchor + old.scrub - scrub)
        new = replace(old, scrub=scrub, speed=speed, loop=int(loop), beats=beats)
        own += _written(deck, new.changed(old, t, transport_of(now).beat_at(t)))
    return [*((address, value) for address, value in writes if not is_record(address)), *own]


def restarted(now: Snapshot, address: str, t: float) -> Writes:
    """What a press of a clip's restart writes."""
    for deck in DECKS:
        here = playhead_on(now, deck)
        if here is not None and address == own_address(playhead.RESTART, deck):
            return _written(deck, here.restarted(t, transport_of(now).beat_at(t)))
    return []


def _written(deck: str, here: Playhead) -> Writes:
    return [(own_address(address, deck), value) for address, value in playhead.records(here)]


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise
