"""The compiled form of a model: had from the cache, or made beside the show while it plays as it is. Engine's thread.

The cache is a folder for each model, number format, processor and release of torch. What lies in it is native code that
this program wrote for itself, so only a folder that nobody else may write to is read.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from latentjockey.base.clock import wall_seconds
from latentjockey.base.diagnostics import logger
from latentjockey.base.paths import cache_dir
from latentjockey.base.platform import has_cpp_compiler
from latentjockey.generators.packages import Run, load_package
from latentjockey.generators.style.compile_child import FAILED, READY
from latentjockey.generators.style.layered import LayeredSegment
from latentjockey.generators.style.segments import Play

EAGER = "LATENTJOCKEY_EAGER"
"""Set in the environment, nothing is compiled, and nothing compiled is used."""
_LOG = logger("compile")
_TRY_AGAIN_S = 3600.0
_KEPT = 6
_VERSION = "1"


class Compiled:
    """Looks after the compiled form of the model at ``path`` in ``dtype``, on the CPU.

    ``state`` says in a few words how it stands: ``eager``, ``compiling``, ``compiled``, or why it stays eager.
    """

    def __init__(self, path: Path, dtype: torch.dtype, segments: Sequence[LayeredSegment]) -> None:
        self._path = path
        self._dtype = str(dtype).removeprefix("torch.")
        self._segments = segments
        self._child: subprocess.Popen[bytes] | None = None
        self._folder = _folder(path, self._dtype)
        self._done = self._folder is None
        self.state = "eager"

    def ready(self) -> list[Play] | None:
        """The compiled segments, once, as soon as they are there. Cheap; asks the file system."""
        if self._done or self._folder is None:
            return None
        if (self._folder / READY).exists():
            self._done = True
            try:
                plays = [_whole(load_package(path)) for path in self._packages(self._folder)]
            except Exception as error:  # noqa: BLE001 - a package of the cache that does not load is made anew
                _LOG.warning("the compiled form in the cache cannot be used: %s", error)
                shutil.rmtree(self._folder, ignore_errors=True)
                return None
            self.state = "compiled"
            os.utime(self._folder)
            return plays
        ended = self._child.poll() if self._child is not None else None
        if ended == 0:  # another process has the folder and compiles, or this one has just done so
            self._child = None
        elif ended is not None:
            self._done = True
            self.state = f"eager: {_failure(self._folder)}"
        return None

    def begin(self) -> None:
        """Let it be compiled beside the show, unless it is, cannot be, or could not be within the last hour."""
        if self._done or self._folder is None or self._child is not None or (self._folder / READY).exists():
            return
        failed = self._folder / FAILED
        if not has_cpp_compiler():
            self._done, self.state = True, "eager: there is no C++ compiler on this machine"
        elif failed.exists() and wall_seconds() - failed.stat().st_mtime < _TRY_AGAIN_S:
            self._done, self.state = True, f"eager: {_failure(self._folder)}"
        else:
            _tidy(self._folder)
            command = [sys.executable, "-m", "latentjockey.generators.style.compile_child"]
            command += [str(self._path), self._dtype, str(self._folder), str(os.getpid())]
            quiet = subprocess.DEVNULL
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            try:
                self._child = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=environment)
            except OSError as error:
                self._done, self.state = True, f"eager: no process to compile in could be started ({error})"
            else:
                self.state = "compiling"

    def give_up(self, why: str) -> None:
        """Stay eager, because ``why``."""
        self._done, self.state = True, f"eager: {why}"

    def close(self) -> None:
        """End the compiling, if it goes on. Calling it again does nothing."""
        self._done = True
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def _packages(self, folder: Path) -> list[Path]:
        return [folder / f"{i}.pt2" for i in range(len(self._segments))]


def _whole(run: Run) -> Play:
    """A compiled segment as it is called; where it shows no picture yet, its package gives none."""

    def play(*inputs: Tensor | None) -> tuple[Tensor, Tensor | None]:
        made = run([tensor for tensor in inputs if tensor is not None])
        return made[0], made[1] if len(made) > 1 else None

    return play


def _folder(path: Path, dtype: str) -> Path | None:
    """Where the compiled form lies, made if need be; ``None`` where nothing is to be compiled or kept."""
    if os.environ.get(EAGER):
        return None
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        for part in (_VERSION, dtype, torch.__version__, torch.backends.cpu.get_cpu_capability(), platform.processor()):
            digest.update(part.encode())
    except OSError as error:
        _LOG.warning("the model cannot be read (%s), so it is not compiled", error)
        return None
    return kept_at(digest.digest())


def kept_at(digest: bytes) -> Path | None:
    """Where the compiled form of what ``digest`` tells lies, made if need be; ``None`` where nothing can be kept, or
    others might have written it."""
    try:
        folder = cache_dir() / "compiled" / digest.hex()[:32]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = folder.stat()
    except OSError as error:
        _LOG.warning("nothing can be kept in the cache (%s), so the model is not compiled", error)
        return None
    if hasattr(os, "getuid") and (mine.st_uid != os.getuid() or mine.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        _LOG.warning("%s can be written by others, so nothing in it is used", folder)
        return None
    return folder


def _failure(folder: Path) -> str:
    try:
        return (folder / FAILED).read_text(encoding="utf-8")[:200]
    except OSError:
        return "compiling was cut short"


def _tidy(folder: Path) -> None:
    """Throw away the compiled forms that were not used for longest."""
    others = sorted((f for f in folder.parent.iterdir() if f != folder and f.is_dir()), key=lambda f: f.stat().st_mtime)
    for old in others[: max(0, len(others) - _KEPT + 1)]:
        shutil.rmtree(old, ignore_errors=True)
