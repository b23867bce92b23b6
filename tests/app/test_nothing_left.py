"""Quitting, crashing or being killed leaves no process and no shared memory; no socket opens but those shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from latentjockey.host.engine_process import _CATCHING_UP_S, _SILENCE_S

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

SHOW = """
import sys, threading
from latentjockey.app import Show
from latentjockey.options import Options
from latentjockey.control.source import HAND
with Show(Options(model="testcard", osc_in=("127.0.0.1", 0), session=False)) as show:
    while not show.feed.wait_newer((-1, -1), 0.1):
        pass
    show.bay.write([("/deck/a/drift/speed", 0.5), ("/deck/a/drift/spread", 1.0)], HAND)
    while not show.bay.number("/engine/pid"):
        threading.Event().wait(0.01)
    print(int(show.bay.number("/engine/pid")), show.plugs.osc.port, flush=True)
    {then}
"""
WAIT = "sys.stdin.read()"
BREAK = "raise RuntimeError('a bug of our own')"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], tuple[subprocess.Popen[str], int, int]]]:
    shows: list[subprocess.Popen[str]] = []

    def begin(then: str) -> tuple[subprocess.Popen[str], int, int]:
        script = SHOW.replace("{then}", then)
        shows.append(
            subprocess.Popen(
                [sys.executable, "-c", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        stream = shows[-1].stdout
        assert stream is not None
        pid, port = map(int, stream.readline().split())
        return shows[-1], pid, port

    yield begin
    for show in shows:
        show.kill()
        show.communicate(timeout=60)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def up(pid: int) -> bool:
    """Whether an engine has begun: it is not the interpreter that is starting any more."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 2
    except OSError:
        return False


def sockets_of(pid: int) -> dict[str, str]:
    """The sockets a process has open, by inode, and what the system says of each."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    known: dict[str, str] = dict.fromkeys(inodes, "unknown")
    for protocol in ("tcp", "tcp6", "udp", "udp6", "raw", "unix"):
        table = Path(f"/proc/{pid}/net/{protocol}")
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            parts = line.split()
            inode, place = (parts[6], parts[7:8]) if protocol == "unix" else (parts[9], parts[1:2])
            if inode in inodes:
                known[inode] = f"{protocol} {' '.join(place)}".strip()
    return known


@pytest.mark.parametrize("then", ["pass", BREAK, "import os; show._unused = 1; sys.exit(3)"])
def test_nothing_is_left_after_an_end_of_any_kind(start: Any, until: Any, engines: Any, then: str) -> None:
    show, pid, _ = start(then)
    show.wait(60)
    assert until(lambda: not alive(pid))
    assert show.returncode == {"pass": 0, BREAK: 1}.get(then, 3)


@pytest.mark.parametrize("stopped", [False, True])
def test_nothing_is_left_after_the_show_was_killed(start: Any, until: Any, engines: Any, stopped: bool) -> None:
    show, pid, _ = start(WAIT)
    assert until(lambda: len(engines(show.pid)) == 2 and all(map(up, engines(show.pid)))), "one stands by"
    children = engines(show.pid)
    assert pid in children
    if stopped:
        for child in children:
            os.kill(child, signal.SIGSTOP)
    show.kill()
    show.wait(60)
    assert until(lambda: not any(alive(child) for child in children))


def test_the_shared_memory_has_no_name(start: Any) -> None:
    before = set(os.listdir("/dev/shm")), set(os.listdir("/tmp"))
    _, pid, _ = start(WAIT)
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "memfd:latentjockey (deleted)" in maps
    assert not [name for name in set(os.listdir("/dev/shm")) - before[0] if "latentjockey" in name]
    mine = [name for name in set(os.listdir("/tmp")) - before[1] if name.startswith("latentjockey-")]
    assert not [name for name in mine if not name.startswith("latentjockey-tests-")], "those are another run's"


def test_ctrl_c_reaches_the_show_alone(start: Any, until: Any) -> None:
    show, pid, _ = start(WAIT)
    assert os.getpgid(pid) == pid, "an engine has a process group of its own"
    os.kill(show.pid, signal.SIGINT)
    show.wait(60)
    assert until(lambda: not alive(pid))


def test_only_the_sockets_that_are_shown_are_open(start: Any, until: Any, engines: Any) -> None:
    show, _, port = start(WAIT)
    assert until(lambda: len(engines(show.pid)) == 2)
    for child in engines(show.pid):
        assert sockets_of(child) == {}, "engines talk through pipes"
    assert set(sockets_of(show.pid).values()) == {f"udp 0100007F:{port:04X}"}


def test_engines_are_spawned_not_forked_and_the_show_has_no_torch(start: Any, until: Any, engines: Any) -> None:
    show, pid, _ = start(WAIT)
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    assert words[1:5] == [b"-P", b"-m", b"latentjockey.engine", str(show.pid).encode()]
    assert "torch" not in Path(f"/proc/{show.pid}/maps").read_text()
    assert not any(
        os.path.samefile(f"/proc/{pid}/fd/{e}", f"/proc/{show.pid}/fd/1")
        for e in {"0", "1", "2"} & set(os.listdir(f"/proc/{pid}/fd"))
    ), "an engine cannot write where the show writes"


def test_a_show_that_was_stopped_forgives_its_engines(start: Any, until: Any) -> None:
    show, pid, _ = start(WAIT)
    os.kill(show.pid, signal.SIGSTOP)
    threading.Event().wait(_SILENCE_S + 0.6)  # longer than any silence that an engine is allowed
    os.kill(show.pid, signal.SIGCONT)
    threading.Event().wait(_CATCHING_UP_S + 0.6)
    assert alive(pid), "the show had slept, not the engine"
    assert show.poll() is None


def test_a_folder_with_strange_files_is_no_library(until: Any, tmp_path: Path) -> None:
    """An engine started where a file is called like a library must not import it."""
    (tmp_path / "numpy.py").write_text("raise SystemExit('this is not numpy')")
    (tmp_path / "queue.py").write_text("raise SystemExit('this is not queue')")
    root = str(Path(__file__).parents[2])
    script = f"import sys; sys.path[0] = {root!r}\n" + SHOW.replace("{then}", "pass")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
