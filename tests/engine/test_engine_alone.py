"""An engine process spoken to as a show speaks to it, message by message."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import numpy as np
import pytest

from latentjockey.base.platform import SharedBlock, create_shared
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.generators.testcard import BLOCKS, level, marks, read_layers, read_marks
from latentjockey.link import messages as m
from latentjockey.link.block import BlockWriter, block_bytes
from latentjockey.link.ring import SLOTS, RingReader, slot_bytes
from latentjockey.models.builtin import TESTCARD, WORDS

SIZE = (128, 96)
Kind = TypeVar("Kind")


class Host:
    """The show's end of one engine, all of it in the open."""

    def __init__(self) -> None:
        root = str(Path(__file__).parents[2])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "latentjockey.engine", str(os.getpid())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env={**os.environ, "PYTHONPATH": root},
        )  # fmt: skip
        self.layout = Layout(1, builtin(TESTCARD.z_dim, SIZE, TESTCARD.controls))
        self.values = self.layout.defaults()[: self.layout.engine_size].copy()
        self.said: SimpleQueue[Any] = SimpleQueue()
        self.rings: dict[int, RingReader] = {}
        self.blocks: list[SharedBlock] = []
        self._revision = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.expect(m.Hello)

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while (message := m.read_to_show(_Exact(stream))) is not None:
            if not isinstance(message, m.Beat | m.Travel | m.Holds):
                self.said.put(message)
        self.said.put(None)

    def send(self, message: m.ToEngine) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(m.pack(message))

    def expect(self, kind: type[Kind], *, ignoring: tuple[type, ...] = ()) -> Kind:
        """The next message but for heartbeats, which must be of this kind."""
        while isinstance(message := self.said.get(timeout=60.0), ignoring):
            continue
        assert isinstance(message, kind), message
        return message

    def silent(self, seconds: float) -> bool:
        """Whether nothing but heartbeats comes for a while."""
        with contextlib.suppress(Empty):
            self.said.get(timeout=seconds)
            return False
        return True

    def set(self, address: str, value: object) -> None:
        target = self.layout.resolve(address)
        assert target is not None
        self.values[target.start : target.stop] = value

    def publish(self, page: int = 0) -> None:
        self._revision += 1
        self.writer.write(self.values, self._revision, 12345, page)

    def play(self, size: tuple[int, int] = SIZE) -> None:
        self.send(m.Load("testcard", *size))
        assert self.expect(m.Loaded).model == TESTCARD
        block = create_shared(block_bytes(self.layout.engine_size))
        self.blocks.append(block)
        self.writer = BlockWriter(block.buffer, 1, self.layout.engine_size)
        self.set("/mix/even", 0.0)
        self.publish()
        self.send(m.Play(3, 1, self.layout.engine_specs(), block.handle, block.size))
        self.ring(size)

    def ring(self, size: tuple[int, int]) -> None:
        number = len(self.rings)
        each = slot_bytes(*size, self.layout.engine_size, (TESTCARD.num_ws, TESTCARD.w_dim))
        block = create_shared(SLOTS * each)
        self.blocks.append(block)
        self.rings[number] = RingReader(block.buffer, each, lambda slot: self.send(m.Free(number, slot)))
        self.send(m.Ring(number, block.handle, SLOTS, each))

    def picture(self) -> Any:
        ready = self.expect(m.Ready, ignoring=(m.Idle,))
        self.rings[ready.ring].ready(ready.slot)
        return self.rings[ready.ring].acquire()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(60)
        for block in self.blocks:
            block.close()


class _Exact:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        data = b""
        while len(data) < size and (part := self._stream.read(size - len(data))):
            data += part
        return data


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.close()


def test_one_picture_for_one_change_and_then_it_sleeps(host: Host) -> None:
    host.play()
    with host.picture() as frame:
        assert frame.size == SIZE
        assert (frame.stamp.generation, frame.stamp.number, frame.stamp.epoch, frame.stamp.revision) == (3, 0, 1, 1)
    assert host.expect(m.Idle).sequence == 1
    assert host.silent(0.3), "a still picture costs nothing"
    host.set("/deck/a/z", np.linspace(-2, 2, 512))
    host.publish()
    assert host.silent(0.2), "it sleeps until it is woken"
    host.send(m.Wake())
    with host.picture() as frame:
        assert np.allclose(frame.position[0], np.linspace(-2, 2, 512), atol=1e-6)
        assert np.array_equal(read_layers(frame.rgb(), 3)[0], level(frame.position[0, :BLOCKS]))
        assert np.array_equal(frame.effective, host.values)
    assert host.expect(m.Idle).sequence == 2


def test_a_snapshot_waits_for_its_texts_and_texts_for_their_snapshot(host: Host) -> None:
    host.play()
    host.picture().release()
    host.expect(m.Idle)
    host.send(m.Words(1, {WORDS: "a moth"}))
    assert host.expect(m.Idle).sequence == 1, "texts without a snapshot that has them change nothing"
    host.set("/deck/a/z", 1.0)
    host.publish(2)
    host.send(m.Wake())
    assert host.expect(m.Idle).sequence == 1, "a snapshot whose texts are not here yet is not shown"
    assert host.silent(0.2)
    host.send(m.Words(2, {WORDS: "two moths"}))
    with host.picture() as frame:
        assert frame.stamp.revision == 2
        assert np.array_equal(read_marks(frame.rgb()), marks("two moths"))
        assert (frame.position[0] == 1.0).all()
    host.publish(2)
    host.send(m.Wake())
    with host.picture() as frame:
        assert np.array_equal(read_marks(frame.rgb()), marks("two moths")), "they stay"


def test_nothing_is_drawn_that_has_no_place_to_go(host: Host) -> None:
    host.play()
    host.picture().release()
    host.expect(m.Idle)
    host.set("/engine/width", 4000.0)
    host.set("/engine/height", 3000.0)
    host.publish()
    host.send(m.Wake())
    assert host.expect(m.NeedRing, ignoring=(m.Idle,)) == m.NeedRing(4000, 3000)
    assert host.silent(0.3), "asked once"
    host.set("/engine/width", 64.0)  # refused: the show goes back to what fits
    host.set("/engine/height", 96.0)
    host.publish()
    with host.picture() as frame:
        assert frame.size == (64, 96)
    host.expect(m.Idle)
    host.set("/engine/width", 4000.0)
    host.set("/engine/height", 3000.0)
    host.publish()
    host.send(m.Wake())
    host.expect(m.NeedRing, ignoring=(m.Idle,))
    host.ring((4000, 3000))
    with host.picture() as frame:
        assert frame.size == (4000, 3000)
    host.set("/engine/width", 64.0)
    host.set("/engine/height", 64.0)
    host.publish()
    host.send(m.Wake())
    assert host.expect(m.NeedRing, ignoring=(m.Idle,)) == m.NeedRing(64, 64), "so much memory is not needed any more"
    with host.picture() as frame:
        assert frame.size == (64, 64), "which is no reason to wait"


def test_it_waits_while_the_show_holds_all_slots(host: Host) -> None:
    host.set("/deck/a/drift/speed", 1.0)
    host.set("/deck/a/drift/spread", 1.0)
    host.set("/engine/fps_cap", 0.0)
    host.play()
    held = [host.picture() for _ in range(SLOTS)]
    assert host.silent(0.3)
    numbers = [frame.stamp.number for frame in held]
    assert numbers == list(range(SLOTS))
    first = held[0].pixels.copy()
    held[1].release()
    later = host.picture()
    assert later.stamp.number == SLOTS
    assert np.array_equal(held[0].pixels, first), "what is leased is not drawn over"


def test_nan_is_told_once_tried_again_and_told_to_be_over(host: Host) -> None:
    host.set("/gen/rehearse", 5.0)
    host.play()
    problem = host.expect(m.Problem, ignoring=(m.Idle,))
    assert "NaN" in problem.text
    assert not problem.fatal
    host.set("/gen/rehearse", 0.0)
    host.publish()  # and nobody wakes it
    host.expect(m.Fine, ignoring=(m.Idle,))
    host.picture().release()


def test_a_model_nobody_has_is_one_sentence(host: Host) -> None:
    host.send(m.Load("nobody", *SIZE))
    assert "nobody" in host.expect(m.Problem).text
    host.play()
    host.picture().release()


def test_an_exception_is_told_before_the_end(host: Host) -> None:
    host.set("/gen/rehearse", 1.0)
    host.play()
    assert host.expect(m.Problem) == m.Problem("RuntimeError: this failure is a rehearsal", True)
    assert host.process.wait(60) == 1


@pytest.mark.parametrize("end", ["quit", "eof", "garbage"])
def test_it_leaves_with_the_show(host: Host, end: str) -> None:
    host.play()
    host.picture().release()
    assert host.process.stdin is not None
    acts: dict[str, Callable[[], object]] = {
        "quit": lambda: host.send(m.Quit()),
        "eof": host.process.stdin.close,
        "garbage": lambda: host.process.stdin.write(b"\xff" * 40),  # type: ignore[union-attr]
    }
    acts[end]()
    host.process.wait(60)


def test_what_a_library_prints_does_not_get_between_messages(host: Host) -> None:
    assert os.path.samefile(f"/proc/{host.process.pid}/fd/1", f"/proc/{host.process.pid}/fd/2")
