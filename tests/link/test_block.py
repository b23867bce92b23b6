"""The snapshot block: what was written last is what is read, whole, also while another process writes."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.platform import create_shared
from latentjockey.link.block import BlockReader, BlockWriter, block_bytes

WRITER = textwrap.dedent(
    """
    import sys
    import threading
    import numpy as np
    from latentjockey.base.platform import attach_shared
    from latentjockey.link.block import BlockWriter, block_bytes
    block = attach_shared(sys.argv[1], block_bytes(2000))
    writer = BlockWriter(block.buffer, 1, 2000)
    enough = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), enough.set()), daemon=True).start()
    i = 0
    while not enough.is_set():
        writer.write(np.full(2000, float(i)), i, i)
        i += 1
    print(i - 1)
    """
)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30), st.integers(1, 9))
def test_the_newest_is_read_bit_for_bit(values: list[float], times: int) -> None:
    buffer = memoryview(bytearray(block_bytes(len(values))))
    writer, reader = BlockWriter(buffer, 3, len(values)), BlockReader(buffer, 3, len(values))
    assert reader.read() is None
    for i in range(times):
        writer.write(np.array(values) + 0.0, 10 + i, 20 + i, 30 + i)
    reading = reader.read()
    assert reading is not None
    assert (reading.sequence, reading.revision, reading.changed_ns) == (times, 9 + times, 19 + times)
    assert reading.page == 29 + times
    assert reading.values.tobytes() == (np.array(values) + 0.0).tobytes()
    assert reader.read(reading.sequence) is None


def test_a_block_of_another_epoch_is_not_read() -> None:
    buffer = memoryview(bytearray(block_bytes(2)))
    BlockWriter(buffer, 1, 2).write(np.zeros(2), 1, 1)
    assert BlockReader(buffer, 2, 2).read() is None


def test_damage_is_noticed() -> None:
    buffer = memoryview(bytearray(block_bytes(2)))
    writer = BlockWriter(buffer, 1, 2)
    writer.write(np.array([1.0, 2.0]), 1, 1)
    for at in range(16 + 40, len(buffer)):
        buffer[at] ^= 0xFF
    assert BlockReader(buffer, 1, 2).read() is None


def test_no_snapshot_is_ever_torn_while_another_process_writes() -> None:
    block = create_shared(block_bytes(2000))
    reader = BlockReader(block.buffer, 1, 2000)
    command = [sys.executable, "-c", WRITER, block.handle]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdin is not None
    assert writer.stdout is not None
    last: float | None = None
    try:
        seen: list[float] = []
        known = -1
        while True:
            reading = reader.read(known)
            if reading is not None:
                known = reading.sequence
                assert np.all(reading.values == reading.values[0])
                assert reading.values[0] == reading.revision
                seen.append(reading.values[0])
            elif last is not None:
                break
            if len(seen) == 500 and last is None:
                writer.stdin.close()
                last = float(writer.stdout.readline())
    finally:
        writer.kill()
        writer.wait()
        reader.close()
        block.close()
    assert seen == sorted(seen)
    assert seen[-1] == last
