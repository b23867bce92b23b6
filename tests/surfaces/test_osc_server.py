"""The OSC port over real sockets on this machine, with python-osc as the other side."""

from __future__ import annotations

import random
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_packet import OscPacket
from pythonosc.udp_client import SimpleUDPClient

from latentjockey.base.clock import ManualClock, SystemClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.surfaces.osc_server import FURTHEST, MOST_WAITING, OscServer

PATIENCE = 60.0
WALL = 1_700_000_000.0


def eventually(true: Callable[[], bool]) -> bool:
    """Whether something comes true within some seconds; waits no longer than it must."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.002)):
        if true():
            return True
        pause.wait(0.002)
    return true()


class Client:
    """python-osc sends; what comes back to the same port is read by python-osc's parser."""

    def __init__(self, server: OscServer) -> None:
        self._osc = SimpleUDPClient("127.0.0.1", server.port)
        self.socket: socket.socket = self._osc._sock
        self._ping = 0

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def send(self, address: str, *args: Any) -> None:
        self._osc.send_message(address, list(args))

    def send_raw(self, packet: bytes) -> None:
        self.socket.sendto(packet, ("127.0.0.1", self._osc._port))

    def send_bundle(self, when: float, *messages: tuple[str, float]) -> None:
        builder = OscBundleBuilder(when)  # type: ignore[arg-type] # its annotation says int, its text says float
        for address, value in messages:
            builder.add_content(build_msg(address, value))
        self._osc.send(builder.build())

    def receive(self) -> list[tuple[str, list[Any]]]:
        """The messages of the next packet."""
        ready, _, _ = select.select([self.socket], [], [], PATIENCE)
        assert ready, "nothing came"
        packet = OscPacket(self.socket.recv(65_536))
        return [(m.message.address, m.message.params) for m in packet.messages]

    def settle(self) -> list[tuple[str, list[Any]]]:
        """Wait until all that was sent before is carried out; returns what came meanwhile."""
        self._ping += 1
        self.send("/lj/ping", self._ping)
        came: list[tuple[str, list[Any]]] = []
        while True:
            came += self.receive()
            if came[-1] == ("/lj/pong", [self._ping]):
                return came[:-1]

    def close(self) -> None:
        self.socket.close()


class Stage:
    def __init__(self) -> None:
        self.clock = ManualClock(50.0)
        self.bay = Bay(Layout(1, builtin(16, (64, 64))), self.clock)
        self.messages = Messages()
        self.server = OscServer(self.bay, self.messages, self.clock, port=0, wall=lambda: WALL)
        self.server.start()
        self.clients: list[Client] = []

    def client(self) -> Client:
        self.clients.append(Client(self.server))
        return self.clients[-1]


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.server.close()
    for client in stage.clients:
        client.close()
    assert not [t for t in threading.enumerate() if t.name == "osc"]


def test_round_trips(stage: Stage) -> None:
    client = stage.client()
    client.send("/mix/crossfade", 0.25)
    client.send("/lj/get", "/mix/crossfade")
    assert client.receive() == [("/mix/crossfade", [0.25])]
    client.send("/lj/get", "/deck/a/z")
    assert client.receive() == [("/deck/a/z", [0.0] * 16)]
    client.send("/lj/ping", 12)
    assert client.receive() == [("/lj/pong", [12])]
    client.send("/lj/set_range", "/mix/crossfade", -1.0, 2.0)
    client.send("/no/such", 1.0)
    assert client.receive() == [("/lj/error", ["there is no control /no/such"])]
    assert stage.bay.range("/mix/crossfade") == (-1.0, 2.0)


def test_subscribers_get_bundles_of_changes_and_no_echo(stage: Stage) -> None:
    client, other = stage.client(), stage.client()
    client.send("/lj/subscribe", "/deck/a/*", 60)
    assert client.settle() == []
    client.send("/deck/a/psi", 0.5)
    client.settle()
    other.send_bundle(IMMEDIATELY, ("/deck/a/psi", 0.75), ("/deck/a/overdrive", 2.0))
    other.settle()
    stage.clock.advance(0.1)
    assert client.receive() == [("/deck/a/psi", [0.75]), ("/deck/a/overdrive", [2.0])]
    assert client.settle() == []
    client.send("/lj/unsubscribe", "/deck/a/*")
    assert client.settle() == []
    other.send("/deck/a/psi", 0.1)
    other.settle()
    stage.clock.advance(1.0)
    assert client.settle() == []


def test_answers_go_to_the_reply_port(stage: Stage) -> None:
    client, ear = stage.client(), stage.client()
    ear.socket.bind(("127.0.0.1", 0))
    client.send("/lj/reply_port", ear.port)
    client.send("/lj/ping", 3)
    assert ear.receive() == [("/lj/pong", [3])]
    client.send("/lj/reply_port", stage.server.port)
    assert "listens" in ear.receive()[0][1][0]


def test_a_bundle_is_never_seen_in_halves(stage: Stage) -> None:
    client = stage.client()
    torn: list[tuple[float, float]] = []
    seen: set[float] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            snapshot = stage.bay.snapshot()
            a, b = snapshot.number("/deck/a/psi"), snapshot.number("/deck/b/psi")
            seen.add(a)
            if a != b:
                torn.append((a, b))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for i in range(300):
        client.send_bundle(IMMEDIATELY, ("/deck/a/psi", float(i)), ("/deck/b/psi", float(i)))
        client.settle()
    stop.set()
    watcher.join()
    assert torn == []
    assert len(seen) > 1


def test_bundles_wait_for_their_time_and_hold_nobody_up(stage: Stage) -> None:
    client = stage.client()
    client.send_bundle(WALL + 5.0, ("/deck/a/psi", 5.0), ("/deck/b/psi", 5.0))
    client.send_bundle(WALL + 2.0, ("/deck/a/psi", 2.0))
    client.send_bundle(WALL - 3.0, ("/mix/crossfade", 0.5))  # late: at once
    assert client.settle() == []
    assert stage.bay.number("/mix/crossfade") == 0.5
    assert stage.bay.number("/deck/a/psi") == 1.0
    stage.clock.advance(2.5)
    assert eventually(lambda: stage.bay.number("/deck/a/psi") == 2.0)
    assert stage.bay.number("/deck/b/psi") == 1.0
    stage.clock.advance(3.0)
    assert eventually(lambda: stage.bay.number("/deck/b/psi") == 5.0)
    assert stage.bay.number("/deck/a/psi") == 5.0


def test_on_the_real_clock_a_time_tag_is_met() -> None:
    bay = Bay(Layout(1, builtin(4, (64, 64))), SystemClock())
    now = SystemClock()
    with OscServer(bay, Messages(), now, port=0, wall=lambda: WALL) as server:
        client = Client(server)
        sent = now.now()
        client.send_bundle(WALL + 0.2, ("/mix/crossfade", 0.5))
        assert eventually(lambda: bay.number("/mix/crossfade") == 0.5)
        assert now.now() - sent >= 0.19
        client.close()


def test_a_time_too_far_ahead_is_refused_and_told(stage: Stage) -> None:
    client = stage.client()
    client.send_bundle(WALL + FURTHEST + 1.0, ("/deck/a/psi", 5.0))
    ((address, (text,)),) = client.receive()
    assert address == "/lj/error"
    assert "11.0 s ahead" in text
    stage.clock.advance(20.0)
    client.settle()
    assert stage.bay.number("/deck/a/psi") == 1.0


def test_what_waits_is_bounded(stage: Stage) -> None:
    client = stage.client()
    packet = b"#bundle\x00" + struct.pack(">II", int(WALL) + 5 + 2_208_988_800, 0)
    vector = b"/deck/a/z\x00\x00\x00,b\x00\x00" + struct.pack(">i", 60_000) + b"\x00" * 60_000
    packet += struct.pack(">i", len(vector)) + vector
    fitting = MOST_WAITING // len(packet)
    for _ in range(fitting):
        client.send_raw(packet)
        assert client.settle() == []
    client.send_raw(packet)
    assert "too many bundles" in client.receive()[0][1][0]
    stage.clock.advance(6.0)
    assert eventually(lambda: stage.server.stats.refused == fitting + 1)  # due now, and too long for this z


def test_a_hand_wins_over_a_sender_that_repeats_itself(stage: Stage) -> None:
    client = stage.client()
    client.send("/mix/crossfade", 0.25)
    client.settle()
    assert stage.bay.number("/mix/crossfade") == 0.25
    stage.bay.write([("/mix/crossfade", 0.9)], HAND)
    for _ in range(60):
        client.send("/mix/crossfade", 0.25)
        client.settle()
        stage.clock.advance(1 / 60)
        stage.bay.advance()
        assert stage.bay.number("/mix/crossfade") == 0.9


def test_garbage_floods_and_bombs_harm_nobody(stage: Stage) -> None:
    good, bad = stage.client(), stage.client()
    chance = random.Random(7)
    deep = b"/panic\x00\x00,\x00\x00\x00"
    while len(deep) < 60_000:
        deep = b"#bundle\x00" + struct.pack(">Q", 1) + struct.pack(">i", len(deep)) + deep
    bombs = [
        deep,
        b"/**********X\x00\x00\x00\x00,f\x00\x00" + struct.pack(">f", 1.0),
        b"/" + b"*a" * 120 + b"\x00" * 3 + b",f\x00\x00" + struct.pack(">f", 1.0),
        b"/mix/crossfade\x00\x00,f\x00\x00" + struct.pack(">f", float("nan")),
        b"/deck/a/centre\x00\x00,s\x00\x00\xff\xfe\x00\x00",
        b"#bundle\x00" + b"\xff" * 8 + struct.pack(">i", 12) + b"/panic\x00\x00,\x00\x00\x00",
        b"",
    ]
    for i in range(2_000):
        bad.send_raw(chance.choice(bombs[1:] if i % 50 else bombs))
        bad.send_raw(chance.randbytes(chance.randrange(200)))
        if i % 20 == 0:
            good.send("/deck/a/psi", float(i))
            good.settle()
            assert stage.bay.number("/deck/a/psi") == float(i)
    assert stage.bay.number("/mix/crossfade") == 0.0
    assert stage.bay.counts.not_finite[f"osc 127.0.0.1:{bad.port}"] > 0
    assert stage.server.stats.refused > 100
    assert stage.messages.total == 1  # the clock stands still
    assert good.settle() == []


def test_what_is_counted_can_be_read(stage: Stage) -> None:
    client = stage.client()
    client.send_bundle(IMMEDIATELY, ("/deck/a/psi", 0.5), ("/mix/crossfade", 0.5))
    client.send("/nothing", 1.0)
    client.send_raw(b"garbage!")
    client.settle()
    stats = stage.server.stats
    assert (stats.packets, stats.messages, stats.refused, stats.unsent) == (4, 4, 2, 0)
    assert stats.last_sender == f"127.0.0.1:{client.port}"
    assert stats.last_address == "/lj/ping"
    stage.clock.advance(2.0)
    assert eventually(lambda: stage.server.stats.rate == 2.0)
    stage.clock.advance(2.0)
    assert eventually(lambda: stage.server.stats.rate == 0.0)


def test_osc_out_gets_changes_but_not_its_own() -> None:
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind(("127.0.0.1", 0))
    ear.settimeout(PATIENCE)
    clock = ManualClock()
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    with OscServer(bay, Messages(), clock, port=0, out=("localhost", ear.getsockname()[1])) as server:
        ear.sendto(build_msg("/mix/crossfade", 0.5).dgram, ("127.0.0.1", server.port))
        assert eventually(lambda: bay.number("/mix/crossfade") == 0.5)
        bay.write([("/deck/a/psi", 0.25)], HAND)
        clock.advance(0.1)
        packet, sender = ear.recvfrom(65_536)
        assert sender[1] == server.port
        (timed,) = OscPacket(packet).messages
        assert (timed.message.address, timed.message.params) == ("/deck/a/psi", [0.25])
    ear.close()


def test_two_instruments_that_send_to_each_other_come_to_rest() -> None:
    clock = ManualClock()
    bays = [Bay(Layout(1, builtin(4, (64, 64))), clock) for _ in range(2)]
    free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    with OscServer(bays[0], Messages(), clock, port=0, out=("127.0.0.1", port)) as first:
        free.close()
        with OscServer(bays[1], Messages(), clock, port=port, out=("127.0.0.1", first.port)) as second:
            bays[0].write([("/mix/crossfade", 0.5)], HAND)
            clock.advance(0.1)
            assert eventually(lambda: bays[1].number("/mix/crossfade") == 0.5)
            revisions = [bay.revision for bay in bays]
            clients = [Client(first), Client(second)]
            for client in clients * 6:
                clock.advance(0.1)
                client.settle()
            assert [bay.revision for bay in bays] == revisions
            assert first.stats.last_sender == f"127.0.0.1:{clients[0].port}"  # the second had nothing to say
            for client in clients:
                client.close()


def test_a_port_that_is_taken_is_one_sentence(stage: Stage) -> None:
    second = OscServer(stage.bay, Messages(), stage.clock, port=stage.server.port)
    with pytest.raises(StageError, match=r"is taken by another program, .* choose another with --osc-in\.$"):
        second.start()
    second.close()
    nowhere = OscServer(stage.bay, Messages(), stage.clock, host="no such host", port=0)
    with pytest.raises(StageError, match="no address"):
        nowhere.start()
    mirror = OscServer(stage.bay, Messages(), stage.clock, port=0)
    with mirror:
        port = mirror.port
    itself = OscServer(stage.bay, Messages(), stage.clock, port=port, out=("127.0.0.1", port))
    with pytest.raises(StageError, match="choose another"):
        itself.start()
    with OscServer(stage.bay, Messages(), stage.clock, port=port):  # the failure left nothing open
        pass


def test_closing_frees_the_port_and_may_be_done_twice() -> None:
    clock = SystemClock()
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    server = OscServer(bay, Messages(), clock, port=0)
    server.close()
    server.start()
    port = server.port
    server.close()
    server.close()
    with pytest.raises(RuntimeError):
        server.start()
    with OscServer(bay, Messages(), clock, port=port) as again:
        assert again.port == port


@pytest.mark.parametrize(("host", "off"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_other_interfaces_are_told(host: str, off: bool) -> None:
    clock = SystemClock()
    bay = Bay(Layout(1, builtin(4, (64, 64))), clock)
    with OscServer(bay, Messages(), clock, host=host, port=0) as server:
        assert server.off_loopback is off
