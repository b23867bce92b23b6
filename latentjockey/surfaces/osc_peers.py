"""Who talks to us over OSC: names, where answers go, subscriptions, and how often a peer may be told of its errors.

Used on the OSC thread only. Everything here is bounded, since senders' addresses can be invented.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from latentjockey.control.source import Rank, Source

SocketAddress = tuple[Any, ...]
"""As the socket module gives it: host and port first, more after them for IPv6."""

MOST_PEERS = 256
MOST_SUBSCRIPTIONS = 64
MOST_PER_PEER = 16
MOST_NAMES = 1_024
"""Senders that get a name of their own; the bay remembers names, so later ones share that of their machine."""
LASTS = 10.0
"""Seconds from the last renewal of a subscription to its end."""
USUAL_RATE = 30.0
RATES = (0.1, 240.0)
"""Hz: the slowest and the fastest subscription."""
ERRORS_A_SECOND = 10


class FullError(Exception):
    """No room for another subscription; ``str()`` says how many there are."""


@dataclass(slots=True)
class Subscription:
    """What a peer wants to hear of. ``period``, ``until`` and ``due`` in seconds of the show's clock."""

    pattern: str
    period: float
    until: float
    due: float
    revision: int


@dataclass(slots=True)
class Peer:
    """One sender. ``reply`` is where answers go."""

    sender: SocketAddress
    source: Source
    local: bool
    reply: SocketAddress
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    _second: float = -math.inf
    _told: int = 0

    def may_answer(self, now: float) -> bool:
        """On this machine always; over a network only who has subscribed, so that forged senders draw little."""
        return self.local or any(s.until > now for s in self.subscriptions.values())

    def may_complain(self, now: float) -> bool:
        """Whether another error may be told in this second; telling is counted."""
        if now - self._second >= 1.0:
            self._second, self._told = now, 0
        self._told += 1
        return self._told <= ERRORS_A_SECOND


class Peers:
    """The peers heard of lately; who has no subscription and was silent longest is forgotten first."""

    def __init__(self) -> None:
        self._peers: OrderedDict[SocketAddress, Peer] = OrderedDict()
        self._sources: dict[str, Source] = {}
        self.active: tuple[tuple[Peer, Subscription], ...] = ()

    def __len__(self) -> int:
        return len(self._peers)

    def get(self, sender: SocketAddress) -> Peer:
        """The peer that sends from this address."""
        peer = self._peers.get(sender)
        if peer is None:
            peer = self._peers[sender] = Peer(sender, self._source(sender), is_loopback(str(sender[0])), sender)
            if len(self._peers) > MOST_PEERS:
                del self._peers[next(a for a, p in self._peers.items() if not p.subscriptions and p is not peer)]
        self._peers.move_to_end(sender)
        return peer

    def subscribe(self, peer: Peer, pattern: str, rate: float, now: float, revision: int) -> None:
        """Begin or renew a subscription to what changes after ``revision``. Raises :class:`FullError`."""
        self.expire(now)
        if not math.isfinite(rate):
            rate = USUAL_RATE
        period = 1.0 / min(RATES[1], max(RATES[0], rate))
        known = peer.subscriptions.get(pattern)
        if known is not None:
            known.until = now + LASTS
            known.due = min(known.due, now + period)
            known.period = period
            return
        if len(peer.subscriptions) >= MOST_PER_PEER:
            raise FullError(f"you have {MOST_PER_PEER} subscriptions, the most: let one lapse or unsubscribe it")
        if len(self.active) >= MOST_SUBSCRIPTIONS:
            raise FullError(f"there are {MOST_SUBSCRIPTIONS} subscriptions, the most: one lapses {LASTS:g} s unrenewed")
        peer.subscriptions[pattern] = Subscription(pattern, period, now + LASTS, now, revision)
        self._list()

    def unsubscribe(self, peer: Peer, pattern: str | None) -> None:
        """End one subscription of a peer, or with ``None`` all."""
        if pattern is None:
            peer.subscriptions.clear()
        else:
            peer.subscriptions.pop(pattern, None)
        self._list()

    def expire(self, now: float) -> None:
        """Drop the subscriptions that were not renewed."""
        gone = [(peer, s.pattern) for peer, s in self.active if s.until <= now]
        for peer, pattern in gone:
            del peer.subscriptions[pattern]
        if gone:
            self._list()

    def _list(self) -> None:
        self.active = tuple((peer, s) for peer in self._peers.values() for s in peer.subscriptions.values())

    def _source(self, sender: SocketAddress) -> Source:
        for name, most in ((source_name(sender), MOST_NAMES), (f"osc {sender[0]}", 2 * MOST_NAMES)):
            known = self._sources.get(name)
            if known is None and len(self._sources) < most:
                known = self._sources[name] = Source(name, Rank.OSC, streams=True)
            if known is not None:
                return known
        return _OTHERS


_OTHERS = Source("osc others", Rank.OSC, streams=True)


def source_name(address: SocketAddress) -> str:
    """``osc 127.0.0.1:53211``: how the sender at a socket address is called everywhere."""
    host = str(address[0])
    return f"osc [{host}]:{address[1]}" if ":" in host else f"osc {host}:{address[1]}"


def is_loopback(host: str) -> bool:
    """Whether a numeric address belongs to this machine alone."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
