"""Which machine this is, in words that name nobody, and how much of it others used meanwhile."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

_TORCH = (
    "import torch; print(torch.get_num_threads(), torch.backends.cpu.get_cpu_capability(), "
    "torch.cuda.get_device_name() if torch.cuda.is_available() else '', sep='|')"
)


def describe() -> str:
    """Processor, memory, system, Python and torch, in one line."""
    asked = subprocess.run([sys.executable, "-c", _TORCH], capture_output=True, text=True, check=True)
    threads, capability, gpu = asked.stdout.strip().split("|")
    parts = [
        f"{_processor()}, {len(_processors())} cores",
        _memory(),
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        f"torch {version('torch')} with {threads} threads ({capability.replace('_', ' ')})",
        gpu,
    ]
    return "; ".join(part for part in parts if part)


def _processors() -> range | set[int]:
    if sys.platform == "linux":
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    known = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = known.get("model name") or platform.machine()
    model = known.get("model", "")
    return f"{name} (family {known.get('cpu family', '?')}, model {model})" if model else name


def _memory() -> str:
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return ""
    return f"{pages * size / 2**30:.0f} GiB"


@dataclass(frozen=True, slots=True)
class _Used:
    """Seconds of processor time since the start: of the whole machine, of everybody, of us and our ended children."""

    total: float
    busy: float
    ours: float


class Others:
    """How much of the machine was used by others between ``begin`` and ``share``; children that are still running
    count as others, so ask when they have ended."""

    def __init__(self) -> None:
        self._begin = _used()

    def share(self) -> float | None:
        """0..1 of all processors, time stolen by a hypervisor included; ``None`` where the system does not tell."""
        now, begin = _used(), self._begin
        if now is None or begin is None or now.total <= begin.total:
            return None
        others = (now.busy - begin.busy) - (now.ours - begin.ours)
        return max(0.0, others / (now.total - begin.total))


def _used() -> _Used | None:
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    except OSError:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    user, nice, system, idle, waiting, irq, softirq, stolen = (int(f) / ticks for f in fields)
    busy = user + nice + system + irq + softirq + stolen
    return _Used(busy + idle + waiting, busy, sum(os.times()[:4]))
