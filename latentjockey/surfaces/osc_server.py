"""The OSC port: one UDP socket and one daemon thread, ``osc``, that receives, waits for time tags, and sends.

Nothing here blocks or sleeps on what a packet says. Bundles with time tags wait on a heap, subscriptions are polled
from the same loop, and sockets never block. What messages mean is :mod:`latentjockey.surfaces.osc_talk`.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from latentjockey.base.clock import Clock, wall_seconds
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.surfaces.osc_decode import Message, OscError, decode
from latentjockey.surfaces.osc_peers import SocketAddress, is_loopback, source_name
from latentjockey.surfaces.osc_talk import Talk

FURTHEST = 10.0
"""Seconds: how far ahead a time tag may lie."""
MOST_WAITING = 4_194_304
"""Bytes of packets with time tags that may wait at once."""

_RECEIVE_BUFFER = 4 * 1024 * 1024
_SEND_BUFFER = 1024 * 1024  # macOS also takes the largest datagram from this
_AT_ONCE = 256
_IDLE = 0.1


@dataclass(frozen=True, slots=True)
class OscStats:
    """What came in since the start. ``rate``: messages a second over the last whole second."""

    packets: int = 0
    messages: int = 0
    refused: int = 0
    unsent: int = 0
    rate: float = 0.0
    last_sender: str = ""
    last_address: str = ""


class OscServer:
    """OSC in and out. ``start`` and ``close`` from one thread; ``stats`` and the properties from any.

    ``out`` gets every change that did not come from there. ``wall`` gives Unix seconds, to read time tags by.
    """

    def __init__(
        self,
        bay: Bay,
        messages: Messages,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 9000,
        out: tuple[str, int] | None = None,
        wall: Callable[[], float] = wall_seconds,
    ) -> None:
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._asked = (host, port)
        self._out = out
        self._wall = wall
        self._bound: SocketAddress = (host, port)
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._heap: list[tuple[float, int, SocketAddress, list[Message], int]] = []
        self._order = itertools.count()
        self._waiting_bytes = 0
        self._packets = self._received = self._unsent = 0
        self._window = (0.0, 0)
        self._rate = 0.0
        self._last: tuple[SocketAddress, str] | None = None

    # -- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Bind and begin. Raises :class:`StageError` when the port or host cannot be had."""
        if self._thread is not None:
            raise RuntimeError("this server was started before")
        with contextlib.ExitStack() as undo:
            self._socket = undo.enter_context(_bind(*self._asked))
            self._bound = self._socket.getsockname()
            self._out_socket = self._socket
            send_out = None
            out_name = ""
            if self._out is not None:
                family, address = _resolve(*self._out)
                if address[:2] == self._bound[:2]:
                    raise StageError("OSC would be sent to the port it is received on: choose another with --osc-out.")
                out_name = source_name(address)
                if family != self._socket.family or (not self.off_loopback and not is_loopback(str(address[0]))):
                    self._out_socket = undo.enter_context(_unbound(family))  # loopback reaches no other machine

                def send_out(packet: bytes) -> None:
                    self._sendto(self._out_socket, packet, address)

            self._talk = Talk(
                self._bay, self._messages, self._clock, self._send, send_out, out_name, int(self._bound[1])
            )
            self._selector = undo.enter_context(selectors.DefaultSelector())
            self._selector.register(self._socket, selectors.EVENT_READ)
            self._window = (self._clock.now(), 0)
            self._closing = undo.pop_all()
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and let go of the port. May be called twice, or without a start."""
        if self._thread is None or self._stop.is_set():
            return
        self._stop.set()
        with contextlib.suppress(OSError):  # an empty packet wakes the thread; without it the next idle round does
            host = self._bound[0] if self._bound[0] not in ("0.0.0.0", "::") else "localhost"
            self._socket.sendto(b"", (host, *self._bound[1:]))
        self._thread.join()
        self._closing.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what others may know ---------------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        """The address it listens on, in numbers once started."""
        return str(self._bound[0])

    @property
    def port(self) -> int:
        """The port it listens on; the real one once started."""
        return int(self._bound[1])

    @property
    def off_loopback(self) -> bool:
        """Whether other machines can reach it: to be shown."""
        return not is_loopback(self.host)

    @property
    def stats(self) -> OscStats:
        """Counters, for any thread."""
        refused = self._talk.refused if self._thread is not None else 0
        last = self._last
        name, address = ("", "") if last is None else (source_name(last[0]).removeprefix("osc "), last[1])
        return OscStats(self._packets, self._received, refused, self._unsent, self._rate, name, address)

    # -- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                if self._selector.select(self._patience()):
                    self._drain()
                now = self._clock.now()
                self._carry_out(now)
                self._talk.publish(now)
                self._measure(now)
        except Exception:
            self._messages.post(self._clock.now(), "osc", "OSC stopped by a fault of ours; see the log.", serious=True)
            raise

    def _patience(self) -> float:
        due = min(self._talk.next_due(), self._heap[0][0] if self._heap else float("inf"))
        return max(0.0, min(_IDLE, due - self._clock.now()))

    def _drain(self) -> None:
        """Take what is there, but not for ever: time tags and subscriptions want their turn in a flood, too."""
        for _ in range(_AT_ONCE):
            try:
                packet, sender = self._socket.recvfrom(65_536)
            except BlockingIOError:
                return
            except ConnectionResetError:  # Windows tells so that somebody no longer listens for our answers
                continue
            except OSError as error:
                self._messages.post(self._clock.now(), "osc", f"OSC cannot receive: {error.strerror}.", serious=True)
                self._stop.wait(_IDLE)
                return
            if self._stop.is_set():
                return
            self._take(packet, sender)

    def _take(self, packet: bytes, sender: SocketAddress) -> None:
        self._packets += 1
        try:
            messages = decode(packet)
        except OscError as error:
            self._talk.complain(sender, str(error))
            return
        if not messages:
            return
        self._received += len(messages)
        self._last = (sender, messages[-1].address)
        if all(m.time is None for m in messages):
            self._talk.hear(messages, sender)
        else:
            self._schedule(messages, sender, len(packet))

    def _schedule(self, messages: list[Message], sender: SocketAddress, size: int) -> None:
        """Messages of one packet and one time stay together; those that are late are due at once."""
        now, wall = self._clock.now(), self._wall()
        groups: dict[float, list[Message]] = {}
        for message in messages:
            ahead = 0.0 if message.time is None else max(0.0, message.time - wall)
            groups.setdefault(ahead, []).append(message)
        for ahead, group in groups.items():
            if ahead == 0.0:
                self._talk.hear(group, sender)
            elif ahead > FURTHEST:
                self._talk.complain(
                    sender, f"a time tag {ahead:.1f} s ahead is beyond {FURTHEST:g} s: do both machines' clocks agree?"
                )
            elif self._waiting_bytes + size > MOST_WAITING:
                self._talk.complain(sender, "too many bundles wait for their time already")
            else:
                self._waiting_bytes += size
                heapq.heappush(self._heap, (now + ahead, next(self._order), sender, group, size))

    def _carry_out(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            _, _, sender, group, size = heapq.heappop(self._heap)
            self._waiting_bytes -= size
            self._talk.hear(group, sender)

    def _measure(self, now: float) -> None:
        since, count = self._window
        if now - since >= 1.0:
            self._rate = (self._received - count) / (now - since)
            self._window = (now, self._received)

    def _send(self, packet: bytes, address: SocketAddress) -> None:
        self._sendto(self._socket, packet, address)

    def _sendto(self, sock: socket.socket, packet: bytes, address: SocketAddress) -> None:
        try:
            sock.sendto(packet, address)
        except OSError:  # no room, no route, nobody there: UDP promises nothing, but it is counted
            self._unsent += 1


def _resolve(host: str, port: int) -> tuple[int, SocketAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (socket.gaierror, UnicodeError, OverflowError):
        raise StageError(f"OSC knows no address {host}:{port}; give a host and a port, as in 127.0.0.1:9000.") from None
    family, _, _, _, address = min(found, key=lambda f: f[0] != socket.AF_INET)  # most OSC senders know IPv4 only
    return family, address


def _unbound(family: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    return sock


def _bind(host: str, port: int) -> socket.socket:
    family, address = _resolve(host, port)
    sock = _unbound(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)  # the system takes what it allows
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if exclusive is not None:
            sock.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            why = "is taken by another program, perhaps a second latentjockey"
        elif error.errno == errno.EACCES:
            why = "is not allowed on this system"
        else:
            why = f"cannot be opened ({error.strerror})"
        raise StageError(f"OSC port {port} on {host} {why}: choose another with --osc-in.") from None
    return sock
