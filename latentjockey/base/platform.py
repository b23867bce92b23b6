"""The one place that knows which operating system this is: shared memory, children that die with us, quiet starts.

Tested where: Linux (all of it, continuously). macOS and Windows follow the documented calls named below and are not
run by the test suite.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

LINUX = sys.platform.startswith("linux")
WINDOWS = sys.platform == "win32"
LITTLE, MUCH = 10, 19
"""How far a child stands back where processors are scarce: the surface goes before what draws pictures, so that no
hand waits, and both go before what has time."""
_OFFERED, _MOST_OFFERED = 300, 1000
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3


class SharedBlock:
    """A piece of memory that two processes see; nothing of it is left when both are gone, however they went.

    Linux: an anonymous memory file (memfd_create(2)), reached by the other process through /proc, so that it never has
    a name that could stay behind; its pages are allocated at once (posix_fallocate), so that a full machine says no
    here and not by SIGBUS later. Windows: a page-file mapping by tag, gone with its last handle. Elsewhere: a temporary
    file, unlinked by :meth:`forget_name` as soon as the other side has opened it.
    """

    def __init__(self, handle: str, size: int, mapping: mmap.mmap, descriptor: int | None, path: Path | None) -> None:
        self.handle = handle
        self.size = size
        self._mapping: mmap.mmap | None = mapping
        self._descriptor = descriptor
        self._path = path

    @property
    def buffer(self) -> memoryview:
        """The memory, writable. Raises ValueError after ``close``."""
        if self._mapping is None:
            raise ValueError("the shared block is closed")
        return memoryview(self._mapping)

    def forget_name(self) -> None:
        """The other side has it open: from now on only open handles keep it alive."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
            self._path = None

    def close(self) -> None:
        """Let go. Views still in use keep the pages until they are gone. Calling it again does nothing."""
        self.forget_name()
        mapping, self._mapping = self._mapping, None
        if mapping is not None:
            with contextlib.suppress(BufferError):  # the last view takes it along
                mapping.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def create_shared(size: int) -> SharedBlock:
    """Make a block of ``size`` bytes, zeroed. Raises MemoryError or OSError when the machine has no room.

    Asked for more than there is, Linux would hand out pages until it had to kill somebody: so that is asked first.
    """
    free = shared_memory_free()
    if free is not None and size > free:
        raise MemoryError(f"{size >> 20} MiB of shared memory are not free")
    if LINUX:
        descriptor = os.memfd_create("latentjockey", os.MFD_CLOEXEC)
        try:
            os.posix_fallocate(descriptor, 0, size)
            mapping = mmap.mmap(descriptor, size)
        except BaseException:
            os.close(descriptor)
            raise
        return SharedBlock(f"/proc/{os.getpid()}/fd/{descriptor}", size, mapping, descriptor, None)
    name = f"latentjockey-{secrets.token_hex(12)}"
    if sys.platform == "win32":
        return SharedBlock(name, size, mmap.mmap(-1, size, tagname=name), None, None)
    path = Path(tempfile.gettempdir()) / name
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.truncate(descriptor, size)
        mapping = mmap.mmap(descriptor, size)
    except BaseException:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return SharedBlock(str(path), size, mapping, descriptor, path)


def attach_shared(handle: str, size: int) -> SharedBlock:
    """Open a block that another process made. Raises OSError when it is gone, ValueError when it is smaller."""
    if sys.platform == "win32":
        return SharedBlock(handle, size, mmap.mmap(-1, size, tagname=handle), None, None)
    descriptor = os.open(handle, os.O_RDWR | os.O_CLOEXEC)
    try:
        mapping = mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)  # the mapping has one of its own
    return SharedBlock(handle, size, mapping, None, None)


def die_with_parent(parent: int) -> None:
    """Called by a child at its start: be killed when the parent goes, even if we are stopped or hang by then.

    Linux: PR_SET_PDEATHSIG (prctl(2)); it fires when the *thread* that started us ends, so children are started from a
    thread that lasts as long as the show. Elsewhere the end of the command pipe tells us.
    """
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def confine(memory: int, seconds: float) -> None:
    """Called by a child that is to read what strangers made: from now on it has ``memory`` bytes of address space and
    ``seconds`` of processor time, and leaves no core file.

    Linux, setrlimit(2); macOS takes the call and does not hold to the memory. Windows has no such limits, and who waits
    for the child ends it in time.
    """
    if sys.platform == "win32":
        return
    import resource

    limits = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, max(1, round(seconds))), (resource.RLIMIT_CORE, 0))
    for kind, wanted in limits:
        _, most = resource.getrlimit(kind)
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (value, value))


def keep_freed_memory() -> None:
    """Let this process keep the memory it gives back, for what it needs next.

    Networks take and give back the same megabytes with each picture. By default glibc hands large pieces to the system
    and gets them anew, and every page of them has to be mapped again when it is first touched. mallopt(3), glibc on
    Linux; elsewhere it changes nothing.
    """
    if not LINUX:
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for parameter, value in ((_M_MMAP_THRESHOLD, 32 << 20), (_M_TRIM_THRESHOLD, (1 << 31) - 1), (_M_TOP_PAD, 64 << 20)):
        mallopt(parameter, value)  # musl has none that listens; a refusal leaves things as they were


class _Allocated(ctypes.Structure):
    """What mallinfo2(3) tells: in bytes what is wanted of it here."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks")
    ] + [("keepcost", ctypes.c_size_t)]


def allocated_bytes() -> int | None:
    """Bytes that this process has allocated and not freed, mappings of files apart; ``None`` where nobody counts.

    mallinfo2(3), glibc from 2.33 on.
    """
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None) if LINUX else None
    if ask is None:
        return None
    ask.restype = _Allocated
    told = ask()
    return int(told.uordblks) + int(told.hblkhd)


def give_freed_memory_back() -> None:
    """Give the system what :func:`keep_freed_memory` kept. malloc_trim(3), glibc; elsewhere it changes nothing."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if LINUX else None
    if trim is not None:
        trim(ctypes.c_size_t(0))


def offer_for_memory(on: bool) -> None:
    """Where the system must end a process for its memory, let it be this one before its parent and others of that; or
    no longer.

    proc_pid_oom_score_adj(5), Linux; elsewhere it changes nothing.
    """
    with contextlib.suppress(OSError, ValueError):
        parents = int(Path(f"/proc/{os.getppid()}/oom_score_adj").read_text())
        score = min(parents + _OFFERED, _MOST_OFFERED) if on else parents
        Path("/proc/self/oom_score_adj").write_text(str(score))


@contextlib.contextmanager
def one_processor() -> Iterator[None]:
    """Keep this process, with the threads it starts meanwhile, to one of its processors: the last it may use.

    For loading beside a show that is played: what is loaded takes as long, and the others stay free. Linux; elsewhere,
    and where a sandbox forbids it, it changes nothing.
    """
    try:
        allowed = os.sched_getaffinity(0) if LINUX else set()
        if len(allowed) > 1:
            os.sched_setaffinity(0, {max(allowed)})
    except OSError:
        allowed = set()
    try:
        yield
    finally:
        if len(allowed) > 1:
            for thread in os.listdir("/proc/self/task"):
                with contextlib.suppress(OSError):  # it may have ended by itself
                    os.sched_setaffinity(int(thread), allowed)


def has_cpp_compiler() -> bool:
    """Whether there is a C++ compiler that torch would find."""
    return any(shutil.which(name) for name in (os.environ.get("CXX") or "c++", "g++", "clang++", "cl"))


def cores() -> int:
    """How many cores this process may use; two processors of one core count once where the system tells (Linux)."""
    if not LINUX:
        return os.cpu_count() or 1
    siblings = set()
    for processor in os.sched_getaffinity(0):
        path = Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list")
        try:
            siblings.add(path.read_text())
        except OSError:
            siblings.add(str(processor))
    return len(siblings)


class Family:
    """Children that are not to outlive this process. On Windows a job object closes with us and ends them."""

    def __init__(self) -> None:
        self._job = _windows_job()

    def start(self, arguments: list[str], environment: dict[str, str], *, yielding: int = 0) -> subprocess.Popen[bytes]:
        """Start a child with all three standard streams as pipes, ``yielding`` not at all, LITTLE or MUCH."""
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            bufsize=0,
            # Ctrl-C in the terminal is for the show to handle. No session of its own: Linux shares processors out
            # between sessions first (autogroup), and the surface waited up to a quarter of a second for its turn.
            process_group=None if WINDOWS else 0,
            # CREATE_NEW_PROCESS_GROUP, for the same reason; BELOW_NORMAL_PRIORITY_CLASS
            creationflags=(0x00000200 | (0x00004000 if yielding >= MUCH else 0)) if WINDOWS else 0,
        )
        if yielding and sys.platform != "win32":
            with contextlib.suppress(OSError):  # its threads to come inherit it
                os.setpriority(os.PRIO_PROCESS, process.pid, max(yielding, os.getpriority(os.PRIO_PROCESS, 0)))
        if sys.platform == "win32" and self._job is not None:
            ctypes.windll.kernel32.AssignProcessToJobObject(self._job, int(process._handle))
        return process


def _windows_job() -> int | None:
    """A job object with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE (0x2000 in BasicLimitInformation.LimitFlags)."""
    if sys.platform != "win32":
        return None
    kernel = ctypes.windll.kernel32
    job = kernel.CreateJobObjectW(None, None)
    if not job:
        return None
    # JOBOBJECT_EXTENDED_LIMIT_INFORMATION: LimitFlags lies after two 64-bit times
    info = (ctypes.c_byte * (144 if ctypes.sizeof(ctypes.c_void_p) == 8 else 112))()
    ctypes.c_uint32.from_buffer(info, 16).value = 0x2000
    kernel.SetInformationJobObject(job, 9, ctypes.byref(info), ctypes.sizeof(info))
    return int(job)


def end_at_once(process: subprocess.Popen[bytes]) -> None:
    """Kill a child of a :class:`Family`, and what it may have started itself. Does nothing when it has ended."""
    if sys.platform != "win32" and process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # it leads a process group of its own
    process.kill()


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a child of a :class:`Family` has ended. What it may have started itself and left behind ends then.

    Its number is taken until it is collected, so its group is looked for before that: waitid(2) with WNOWAIT.
    """
    if sys.platform != "win32" and process.returncode is None and hasattr(os, "waitid"):
        with contextlib.suppress(ChildProcessError):
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.poll() is not None


def is_stopped(pid: int) -> bool:
    """Whether somebody stopped the process (SIGSTOP). Known on Linux only."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("T", "t")
    return False


def memory_kills() -> int:
    """How often the system has killed a process for its memory since it started. Known on Linux only, otherwise 0."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def shared_memory_free() -> int | None:
    """Bytes this process could still have, by the machine's memory and its group's limit (cgroup v2), or ``None``
    where that is not known."""
    free: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                free.append(int(line.split()[1]) * 1024)
    for group in _control_groups():
        with contextlib.suppress(OSError, ValueError, KeyError):  # no limit is the word max
            limit = int((group / "memory.max").read_text())
            statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            used = int((group / "memory.current").read_text())
            files = int(statistics["active_file"]) + int(statistics["inactive_file"])  # given back on demand
            free.append(max(0, limit - used + files))
    return min(free, default=None)


def _control_groups() -> list[Path]:
    """This process's control group and all above it. Empty where there is no cgroup v2."""
    root = Path("/sys/fs/cgroup")
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                own = root / line[3:].strip().lstrip("/")
                return [p for p in (own, *own.parents) if p == root or root in p.parents]
    return []


class FolderLock:
    """At most one process holds a folder; the system lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".lock"
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Whether this process has the folder now."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go. Calling it again does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
