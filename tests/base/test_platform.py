"""Shared memory, locks and children: what the rest of the program leaves to the system."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base import platform
from latentjockey.base.clock import SystemClock
from latentjockey.base.platform import Family, FolderLock, attach_shared, create_shared, die_with_parent, is_stopped

linux = pytest.mark.skipif(not platform.LINUX, reason="as Linux does it")


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether the condition comes true in time."""
    clock, rest = SystemClock(), threading.Event()
    end = clock.now() + seconds
    while not (true := condition()) and clock.now() < end:
        rest.wait(0.005)
    return true


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def python(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_what_one_process_writes_the_other_reads() -> None:
    block = create_shared(10_000)
    assert bytes(block.buffer) == bytes(10_000)
    block.buffer[:4] = b"ping"
    child = python(
        """
        import sys
        from latentjockey.base.platform import attach_shared
        block = attach_shared(sys.argv[1], 10_000)
        assert bytes(block.buffer[:4]) == b"ping"
        block.buffer[9_996:] = b"pong"
        """,
        block.handle,
    )
    child.communicate(timeout=60)
    assert child.returncode == 0
    assert bytes(block.buffer[9_996:]) == b"pong"
    block.close()


@linux
def test_a_block_leaves_no_name_and_no_descriptor() -> None:
    before = descriptors()
    block = create_shared(1 << 20)
    other = attach_shared(block.handle, 1 << 20)
    assert not [name for name in os.listdir("/dev/shm") if "latentjockey" in name]
    for each in (block, other, block):
        each.close()
    assert descriptors() == before
    with pytest.raises(ValueError, match="closed"):
        _ = block.buffer


@linux
def test_a_view_keeps_its_memory_and_the_last_one_frees_it() -> None:
    gc.disable()
    try:
        before = descriptors()
        block = create_shared(1 << 20)
        view = np.frombuffer(block.buffer, np.uint8)
        view[:] = 7
        block.close()
        assert np.all(view == 7)
        del view
        assert descriptors() == before, "without waiting for the garbage collector"
    finally:
        gc.enable()


@linux
def test_a_block_that_is_gone_or_smaller_is_refused() -> None:
    block = create_shared(4096)
    handle = block.handle
    with pytest.raises(ValueError):  # noqa: PT011 - mmap's own words
        attach_shared(handle, 1 << 20)
    before = descriptors()
    block.close()
    with pytest.raises(OSError, match="No such file"):
        attach_shared(handle, 4096)
    assert descriptors() == before - 2


@linux
def test_more_memory_than_there_is_is_refused_at_once() -> None:
    before = descriptors()
    with pytest.raises(MemoryError, match="not free"):
        create_shared(1 << 60)
    assert descriptors() == before


def test_one_process_at_a_time_has_a_folder(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from latentjockey.base.platform import FolderLock
        lock = FolderLock(Path(sys.argv[1]))
        print(lock.acquire(), flush=True)
        sys.stdin.read()
        """
    first = python(script, str(tmp_path))
    assert first.stdout is not None
    assert first.stdout.readline().strip() == b"True"
    mine = FolderLock(tmp_path)
    assert not mine.acquire()
    first.kill()  # however it ends
    first.communicate(timeout=60)
    assert mine.acquire()
    assert mine.acquire()
    second = python(script, str(tmp_path))
    assert second.communicate(timeout=60)[0].strip() == b"False"
    mine.release()
    mine.release()
    third = python(script, str(tmp_path))
    assert third.communicate(timeout=60)[0].strip() == b"True"


@linux
def test_a_stopped_process_is_known_as_such() -> None:
    child = python("import sys; print(1, flush=True); sys.stdin.read()")
    assert child.stdout is not None
    child.stdout.readline()
    try:
        assert not is_stopped(child.pid)
        os.kill(child.pid, signal.SIGSTOP)
        assert until(lambda: is_stopped(child.pid))
    finally:
        child.kill()
        child.communicate(timeout=60)
    assert not is_stopped(child.pid)


@linux
@pytest.mark.parametrize("stopped", [False, True])
def test_a_child_dies_with_its_parent(stopped: bool) -> None:
    parent = python(
        """
        import os, subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", '''
        import os, sys, time
        from latentjockey.base.platform import die_with_parent
        die_with_parent(int(sys.argv[1]))
        print("up", flush=True)
        time.sleep(60)
        '''.replace("        ", ""), str(os.getpid())], stdout=subprocess.PIPE)
        child.stdout.readline()
        print(child.pid, flush=True)
        sys.stdin.read()
        """
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    if stopped:
        os.kill(pid, signal.SIGSTOP)
        assert until(lambda: is_stopped(pid))
    parent.kill()
    parent.communicate(timeout=60)
    assert until(lambda: not Path(f"/proc/{pid}").exists() or _zombie(pid))


@linux
def test_a_child_whose_parent_went_before_it_looked_leaves() -> None:
    child = os.fork()
    if child == 0:
        die_with_parent(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_free_memory_is_a_plausible_number() -> None:
    free = platform.shared_memory_free()
    if platform.LINUX:
        assert free is not None
        assert 1 << 20 < free < 1 << 50
    assert platform.memory_kills() >= 0


def test_ctrl_c_in_a_terminal_does_not_reach_children() -> None:
    process = Family().start([sys.executable, "-c", "import sys; sys.stdin.read()"], dict(os.environ))
    try:
        if os.name == "posix":
            assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    finally:
        platform.end_at_once(process)
        process.communicate(timeout=60)


@pytest.mark.skipif(os.name != "posix", reason="Windows has classes of priority")
@pytest.mark.parametrize("yielding", [0, platform.LITTLE, platform.MUCH])
def test_a_child_stands_back_as_far_as_it_is_told(yielding: int) -> None:
    process = Family().start(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], dict(os.environ), yielding=yielding
    )
    try:
        here = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == max(here, yielding)
    finally:
        platform.end_at_once(process)
        process.communicate(timeout=60)


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
