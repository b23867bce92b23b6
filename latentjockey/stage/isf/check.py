"""Which of a folder's shaders play here: each is tried in a child process that is killed when it takes too long.

``latentjockey shaders check FOLDER``. Waits for children: call it where waiting is allowed.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from latentjockey.base.diagnostics import StageError
from latentjockey.base.platform import Family, end_at_once

SUFFIXES: Final = frozenset({".fs", ".isf", ".frag"})
MOST_FILES: Final = 5000
_START_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one file: ``sentence`` is "" when it plays."""

    path: Path
    sentence: str
    line: int | None = None

    def told(self, folder: Path) -> str:
        """One line for a person: ``name: ok``, or what is wrong and where."""
        inside = self.path != folder and self.path.is_relative_to(folder)
        name = self.path.relative_to(folder) if inside else self.path
        where = f"line {self.line}: " if self.line is not None else ""
        return f"{name}: {where}{self.sentence or 'ok'}"


def check(place: Path, seconds: float) -> Iterator[Verdict]:
    """Try each shader at ``place``, a folder or one file, for at most ``seconds`` each, in the order of their names.

    Raises StageError where there is no shader or no OpenGL.
    """
    found = shaders_at(place)
    family, worker = Family(), None
    try:
        for path in found:
            if worker is None:
                worker = _Worker(family)
            verdict, alive = worker.examine(path, seconds)
            if not alive:
                worker.end()
                worker = None
            yield verdict
    finally:
        if worker is not None:
            worker.end()


def shaders_at(place: Path) -> list[Path]:
    """The shader files of a folder and of those in it, or the one file. Raises StageError when there is none."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise StageError(f"There is nothing at {place}.")
    found = sorted(p for p in place.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise StageError(f"There are no shaders in {place}; their names end in {' or '.join(sorted(SUFFIXES))}.")
    if len(found) > MOST_FILES:
        raise StageError(f"There are {len(found)} shaders in {place}; at most {MOST_FILES} are checked at once.")
    return found


class _Worker:
    """One child and the thread that reads it."""

    def __init__(self, family: Family) -> None:
        module = "latentjockey.stage.isf.examiner"
        self._process = family.start([sys.executable, "-m", module, str(os.getpid())], dict(os.environ))
        self._answers: queue.Queue[bytes | None] = queue.Queue()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        threading.Thread(target=self._read, args=(self._process.stdout,), name="shader check", daemon=True).start()
        threading.Thread(target=_drain, args=(self._process.stderr,), name="shader check log", daemon=True).start()
        try:
            hello = self._next(_START_S)
        except TimeoutError:
            hello = None
        if hello is None or not hello.get("ready"):
            self.end()
            raise StageError(str(hello["why"]) if hello else "The process that tries shaders does not start.")

    def examine(self, path: Path, seconds: float) -> tuple[Verdict, bool]:
        """The verdict, and whether this child can be asked again."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended: there will be no answer
            self._process.stdin.write(json.dumps(str(path.absolute())).encode() + b"\n")
        try:
            said = self._next(seconds)
        except TimeoutError:
            return Verdict(path, f"It takes longer than {seconds:g} s, so it was ended; a loop may have no end."), False
        if said is None:
            code = self._process.wait()
            return Verdict(path, f"It takes the whole process down (exit status {code})."), False
        line = said.get("line")
        return Verdict(path, str(said.get("sentence", "")), line if isinstance(line, int) else None), True

    def _next(self, seconds: float) -> dict[str, object] | None:
        """The next answer; ``None`` when the child has ended. Raises TimeoutError."""
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        said = json.loads(line) if line else None
        return said if isinstance(said, dict) else None

    def _read(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                self._answers.put(line)
        self._answers.put(None)

    def end(self) -> None:
        """Kill the child, and wait until it is gone."""
        end_at_once(self._process)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _drain(stream: IO[bytes]) -> None:
    """A full pipe would hold the child."""
    with contextlib.suppress(OSError, ValueError):
        while stream.read(65536):
            pass
