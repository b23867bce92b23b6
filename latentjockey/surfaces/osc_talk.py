"""What OSC messages mean: writes to the bay, the ``/lj`` commands, and the answers and changes that go back.

:class:`Talk` has no socket: it is given messages and a way to send. All of it runs on the OSC thread. Nothing is done
per change: what changed is asked of the bay when a subscription is due.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay, Change
from latentjockey.control.values import Value
from latentjockey.surfaces import osc_encode
from latentjockey.surfaces.osc_decode import LONGEST_ADDRESS, Arg, Message
from latentjockey.surfaces.osc_pattern import has_pattern
from latentjockey.surfaces.osc_peers import USUAL_RATE, FullError, Peer, Peers, SocketAddress
from latentjockey.surfaces.osc_routes import MOST_SEARCHES, Route, Routes, UnfitError, value_from

MOST_WRITES = 8_192
"""Writes that the messages of one packet may amount to by their patterns."""
MOST_COMMANDS = 256
"""``/lj`` commands in one packet: each may draw a long answer."""
OUT_RATE = 60.0

_ANSWERS = frozenset({"/lj/error", "/lj/pong", "/lj/control", "/lj/listed"})  # ours, should they come back


class Talk:
    """The conversation with all peers. ``port`` is our own, which nobody may name as the place for answers."""

    def __init__(
        self,
        bay: Bay,
        messages: Messages,
        clock: Clock,
        send: Callable[[bytes, SocketAddress], None],
        out: Callable[[bytes], None] | None = None,
        out_name: str = "",
        port: int = 0,
    ) -> None:
        self.peers = Peers()
        self.refused = 0
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._send = send
        self._out = out
        self._out_name = out_name
        self._port = port
        self._routes = Routes(bay.layout)
        self._out_revision = bay.revision
        self._out_due = clock.now() if out is not None else math.inf
        self._next = math.inf
        self._noted = -math.inf
        self._unnoted = 0
        self._last_note = ""
        self._commands: dict[str, Callable[[Peer, Sequence[Arg]], None]] = {
            "/lj/get": self._get,
            "/lj/ping": self._ping,
            "/lj/subscribe": self._subscribe,
            "/lj/unsubscribe": self._unsubscribe,
            "/lj/set_range": self._set_range,
            "/lj/reply_port": self._reply_port,
            "/lj/list": self._list,
        }

    # -- hearing ----------------------------------------------------------------------------------------------------

    def hear(self, batch: Sequence[Message], sender: SocketAddress) -> None:
        """Carry out the messages of one packet that are due together: first the writes, then the commands."""
        peer = self.peers.get(sender)
        routes = self._refreshed()
        writes: list[tuple[str, Value]] = []
        commands: list[Message] = []
        for message in batch:
            if message.address.startswith("/lj/"):
                commands.append(message)
                continue
            try:
                self._plan(routes, message, writes)
            except UnfitError as error:
                self._bay.counts.unfit[peer.source.name] += 1
                self._complain(peer, str(error))
        if writes:
            for _, reason in self._bay.write(writes, peer.source).refused:
                self._complain(peer, reason)
        for message in commands[:MOST_COMMANDS]:
            self._command(peer, message)
        if len(commands) > MOST_COMMANDS:
            self._complain(peer, f"a packet has up to {MOST_COMMANDS} /lj commands, not {len(commands)}")

    def complain(self, sender: SocketAddress, text: str) -> None:
        """Count something that could not be done, tell its sender and, once a second, the messages panel."""
        self._complain(self.peers.get(sender), text)

    def _plan(self, routes: Routes, message: Message, writes: list[tuple[str, Value]]) -> None:
        targets = routes.targets(message.address)
        if not targets:  # the bay refuses it, and counts
            writes.append((message.address, True))
            return
        if len(writes) + len(targets) > MOST_WRITES:
            raise UnfitError(f"a packet may write up to {MOST_WRITES} values; {message.address} is beyond")
        if message.tags == "f":
            value = message.args[0]
            writes.extend([(route.address, value) for route in targets])  # type: ignore[misc] # f is a float
        else:
            writes.extend([(route.address, value_from(route, message.args)) for route in targets])

    def _command(self, peer: Peer, message: Message) -> None:
        handler = self._commands.get(message.address)
        if handler is None:
            if message.address not in _ANSWERS:
                self._complain(peer, f"there is no {message.address}; there are {', '.join(self._commands)}")
            return
        try:
            handler(peer, message.args)
        except (UnfitError, FullError) as error:
            self._complain(peer, str(error))

    def _current(self) -> Routes:
        layout = self._bay.layout
        if self._routes.layout is not layout:
            self._routes = Routes(layout)
        return self._routes

    def _refreshed(self) -> Routes:
        """The same, at the beginning of a packet or a round of sending."""
        routes = self._current()
        routes.searches_left = MOST_SEARCHES
        return routes

    # -- commands ---------------------------------------------------------------------------------------------------

    def _get(self, peer: Peer, args: Sequence[Arg]) -> None:
        if not args:
            raise UnfitError("/lj/get needs an address")
        for arg in args[:MOST_COMMANDS]:
            address = _address(arg)
            routes = self._current().find(address)
            if not routes:
                raise UnfitError(_nothing(address))
            packets = [packet for route in routes for packet in self._values(route)]
            self._answer(peer, osc_encode.bundles(packets) if has_pattern(address) else packets)

    def _values(self, route: Route) -> list[bytes]:
        try:
            value = self._bay.value(route.address)
        except KeyError:  # the layout changed under us
            return []
        return osc_encode.value_messages(route.address, route.spec, value, route.first)

    def _ping(self, peer: Peer, args: Sequence[Arg]) -> None:
        echo = [arg for arg in args[:16] if isinstance(arg, float | int | str)]
        self._answer(peer, [osc_encode.message("/lj/pong", *echo)])

    def _subscribe(self, peer: Peer, args: Sequence[Arg]) -> None:
        pattern = _address(args[0] if args else None)
        rate = _number(args[1], "a rate") if len(args) > 1 else USUAL_RATE
        found = self._current().find(pattern)
        self.peers.subscribe(peer, pattern, rate, self._clock.now(), self._bay.revision)
        self._next = -math.inf
        if not found:
            raise UnfitError(f"{_nothing(pattern)} now; changes are sent when one comes")

    def _unsubscribe(self, peer: Peer, args: Sequence[Arg]) -> None:
        self.peers.unsubscribe(peer, _address(args[0]) if args else None)

    def _set_range(self, peer: Peer, args: Sequence[Arg]) -> None:
        if len(args) != 3:
            raise UnfitError("/lj/set_range needs an address, a lower and an upper end")
        address = _address(args[0])
        lo, hi = _number(args[1], "the lower end"), _number(args[2], "the upper end")
        try:
            self._bay.set_range(address, lo, hi)
        except KeyError:
            raise UnfitError(_nothing(address)) from None
        except ValueError as error:
            raise UnfitError(str(error)) from None

    def _reply_port(self, peer: Peer, args: Sequence[Arg]) -> None:
        number = _number(args[0] if args else None, "a port")
        if not (number.is_integer() and 0 <= number <= 65_535):
            raise UnfitError("/lj/reply_port needs a port from 1 to 65535, or 0 for the one you send from")
        port = int(number)
        if port == self._port and peer.local:
            raise UnfitError(f"/lj/reply_port {port} is where this instrument listens: name the port you listen on")
        peer.reply = (peer.sender[0], port, *peer.sender[2:]) if port else peer.sender

    def _list(self, peer: Peer, args: Sequence[Arg]) -> None:
        pattern = _address(args[0]) if args else "//*"
        lines = []
        for route in self._current().find(pattern):
            try:
                lo, hi = self._bay.range(route.spec.address)
            except KeyError:  # the layout changed under us
                continue
            kind = route.spec.kind.value
            lines.append(osc_encode.message("/lj/control", route.address, kind, route.stop - route.first, lo, hi))
        lines.append(osc_encode.message("/lj/listed", pattern, len(lines)))
        self._answer(peer, osc_encode.bundles(lines))

    # -- sending ----------------------------------------------------------------------------------------------------

    def _answer(self, peer: Peer, packets: Iterable[bytes]) -> None:
        if peer.may_answer(self._clock.now()):
            for packet in packets:
                self._send(packet, peer.reply)

    def _complain(self, peer: Peer, text: str) -> None:
        self.refused += 1
        now = self._clock.now()
        if peer.may_answer(now) and peer.may_complain(now):
            self._send(osc_encode.message("/lj/error", text), peer.reply)
        self._unnoted += 1
        self._last_note = f"{peer.source.name}: {text}"
        self._note(now)

    def _note(self, now: float) -> None:
        """Post what was refused, at most one line a second."""
        if not self._unnoted or now - self._noted < 1.0:
            return
        more = f" (and {self._unnoted - 1} more)" if self._unnoted > 1 else ""
        self._noted, self._unnoted = now, 0
        self._messages.post(now, "osc", self._last_note + more)

    def next_due(self) -> float:
        """When :meth:`publish` wants to be called next, in seconds of the clock."""
        return min(self._next, self._out_due)

    def publish(self, now: float) -> None:
        """Send what changed to those for whom it is time."""
        self._note(now)
        if now >= self._out_due and self._out is not None:
            self._out_due = _following(self._out_due, 1.0 / OUT_RATE, now)
            self._out_revision, changes = self._bay.changes_since(self._out_revision, self._out_name)
            for packet in osc_encode.bundles(_whole(changes)):
                self._out(packet)
        if now < self._next:
            return
        self.peers.expire(now)
        routes = self._refreshed()
        for peer, subscription in self.peers.active:
            if now < subscription.due:
                continue
            subscription.due = _following(subscription.due, subscription.period, now)
            if self._bay.revision == subscription.revision:
                continue
            subscription.revision, changes = self._bay.changes_since(subscription.revision, peer.source.name)
            watched = routes.watched(subscription.pattern)
            for packet in osc_encode.bundles(m for change in changes for m in _parts(change, watched)):
                self._send(packet, peer.reply)
        self._next = min((s.due for _, s in self.peers.active), default=math.inf)


def _following(due: float, period: float, now: float) -> float:
    """The next time on the beat; after a stall, one period from now."""
    return due + period if due + period > now else now + period


def _whole(changes: Iterable[Change]) -> Iterable[bytes]:
    for change in changes:
        if not change.spec.internal:
            yield from osc_encode.value_messages(change.spec.address, change.spec, change.value)


def _parts(change: Change, watched: Mapping[str, tuple[Route, ...]]) -> Iterable[bytes]:
    """The messages at the addresses that were subscribed: the whole control, a slice or a component."""
    for route in watched.get(change.spec.address, ()):
        value = change.value if isinstance(change.value, float | str) else change.value[route.first : route.stop]
        yield from osc_encode.value_messages(route.address, change.spec, value, route.first)


def _address(arg: Arg) -> str:
    if isinstance(arg, str) and arg.startswith("/") and arg.isascii() and arg.isprintable():
        if len(arg) > LONGEST_ADDRESS:
            raise UnfitError(f"an address has up to {LONGEST_ADDRESS} characters, not {len(arg)}")
        return arg
    raise UnfitError(f"{str(arg)[:40]!r} is no address: one begins with a slash")


def _number(arg: Arg, what: str) -> float:
    if isinstance(arg, float | int):
        return float(arg)
    raise UnfitError(f"{what} is a number, not {str(arg)[:40]!r}")


def _nothing(address: str) -> str:
    return f"no control matches {address}" if has_pattern(address) else f"there is no control {address}"
